# manuals.cmake - a manual page for each command, and bash's completion, as CAPSTAN describes itself;
# in folders under OUTPUT that are named as those of an installation's share/.
function(describe out)
  execute_process(COMMAND ${CAPSTAN} describe ${ARGN} OUTPUT_VARIABLE text
                  COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

describe(commands)
string(JSON count LENGTH "${commands}")
math(EXPR last "${count} - 1")
set(names capstan)
foreach(i RANGE ${last})
  string(JSON name GET "${commands}" ${i} name)
  list(APPEND names "${name}")
endforeach()

file(REMOVE_RECURSE ${OUTPUT})
foreach(name IN LISTS names)
  describe(page --man "${name}")
  string(REPLACE " " "-" file "${name}")
  if(NOT file STREQUAL capstan)
    set(file capstan-${file})
  endif()
  file(WRITE ${OUTPUT}/man/man1/${file}.1 "${page}")
endforeach()
describe(completion --completion bash)
file(WRITE ${OUTPUT}/bash-completion/completions/capstan "${completion}")
file(TOUCH ${OUTPUT}/stamp)
