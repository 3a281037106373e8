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
capstan_library(hdf5 hdf5-openmpi)
capstan_library(cmocka cmocka)
