# Tests: ctest's names are folders (unit/exact/sum), its labels are suites (test/run unit).

# capstan_unit(<room> <module> [USES room…]): test/unit/<room>/<module>.c, one process, no MPI.
function(capstan_unit room module)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  set(target unit_${room}_${module})
  add_executable(${target} ${CMAKE_CURRENT_SOURCE_DIR}/${module}.c)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE capstan_${room} capstan::cmocka m)
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(${target} PRIVATE capstan_${used})
  endforeach()
  add_test(NAME unit/${room}/${module} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
  set_tests_properties(unit/${room}/${module} PROPERTIES LABELS unit TIMEOUT 300)
endfunction()

# capstan_mpi(<room> <module> [USES room…]): test/mpi/<room>/<module>.c at 1, 2, 3, 4 and 7 ranks.
# A failed assertion aborts the whole program, so that no rank is left waiting.
set(CAPSTAN_MPI_ENVIRONMENT
    "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_hwloc_base_binding_policy=none;OMPI_MCA_mpi_yield_when_idle=1;CMOCKA_TEST_ABORT=1")
function(capstan_mpi room module)
  cmake_parse_arguments(ARG "" "" "USES" ${ARGN})
  set(target mpi_${room}_${module})
  add_executable(${target} ${CMAKE_CURRENT_SOURCE_DIR}/${module}.c)
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PRIVATE capstan_${room} capstan::cmocka capstan::mpi m)
  foreach(used IN LISTS ARG_USES)
    target_link_libraries(${target} PRIVATE capstan_${used})
  endforeach()
  foreach(ranks 1 2 3 4 7)
    set(name mpi/${room}/${module}/${ranks})
    add_test(NAME ${name}
             COMMAND ${MPIEXEC_EXECUTABLE} --oversubscribe -n ${ranks} $<TARGET_FILE:${target}>
             WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS mpi TIMEOUT 300 PROCESSORS 2
                         ENVIRONMENT "${CAPSTAN_MPI_ENVIRONMENT};LSAN_OPTIONS=detect_leaks=0")
  endforeach()
endfunction()
