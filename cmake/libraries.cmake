# The libraries of others, each as one imported target: capstan::<name>.
find_package(PkgConfig REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
add_library(capstan::mpi ALIAS MPI::MPI_C)

function(capstan_library name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
  add_library(capstan::${name} ALIAS PkgConfig::${name})
endfunction()

capstan_library(jansson jansson)
capstan_library(yaml yaml-0.1)
capstan_library(crypto libcrypto)
capstan_library(utf8proc libutf8proc)
if(CAPSTAN_TESTS)
  capstan_library(cmocka cmocka)
endif()

# HDF5 built with MPI: Debian's name of it, then others' one, then what its compiler wrapper says.
pkg_search_module(hdf5 IMPORTED_TARGET GLOBAL hdf5-openmpi hdf5)
if(hdf5_FOUND)
  add_library(capstan::hdf5 ALIAS PkgConfig::hdf5)
else()
  set(HDF5_PREFER_PARALLEL ON)
  find_package(HDF5 REQUIRED COMPONENTS C)
  add_library(capstan::hdf5 ALIAS hdf5::hdf5)
endif()
