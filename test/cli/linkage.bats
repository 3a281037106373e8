#!/usr/bin/env bats
# linkage.bats - what people type starts without MPI and HDF5
bats_require_minimum_version 1.5.0

needed() {
    readelf -d "$(command -v "$1")" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}

@test "capstan links neither MPI nor HDF5" {
    run -0 needed capstan
    [[ $output == *libc.so* ]]
    [[ $output != *mpi* && $output != *hdf5* && $output != *pmix* ]]
}

@test "the program behind verify links HDF5" {
    run -0 needed capstan-verify
    [[ $output == *hdf5* ]]
}
