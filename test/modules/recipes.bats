#!/usr/bin/env bats
# recipes.bats - the recipes for EasyBuild and Spack name what there is, and all that is needed
bats_require_minimum_version 1.5.0

setup() {
    modules=$(realpath "$BATS_TEST_DIRNAME/../../modules")
}

# The libraries that the programs of the build are linked with, but for libc's own.
needed() {
    local folder
    folder=$(dirname "$(command -v capstan)")
    find "$folder" -maxdepth 1 -name 'capstan*' -type f -executable -exec readelf -d {} + |
        sed -n 's/.*(NEEDED).*\[lib\([a-z0-9]*\).*/\1/p' | grep -vxE 'c|m|dl' | sort -u
}

@test "EasyBuild takes the recipes, and finds all that they depend on" {
    run -0 "$BATS_TEST_DIRNAME/easybuild" check
    [[ $output == *"style checks PASSed"* ]]
    [[ $output == *"OpenMPI-"*"HDF5-"*"Capstan-$(capstan --version | cut -d ' ' -f 2)-"* ]]
}

@test "what the programs are linked with stands in both recipes" {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/spack_recipe.py" "$modules/spack/packages/capstan/package.py" \
        >"$BATS_TEST_TMPDIR/spack"
    sed -n "s/^    ('\([A-Za-z0-9]*\)', .*/\1/p; s/^toolchain = .*gompi.*/mpi/p" \
        "$modules"/easybuild/Capstan-*.eb | tr '[:upper:]' '[:lower:]' >"$BATS_TEST_TMPDIR/easybuild"
    run -0 needed
    [ "${#lines[@]}" -ge 6 ]
    for library in "${lines[@]}"; do
        case $library in
        crypto) package=openssl ;;
        yaml) package=libyaml ;;
        *) package=$library ;;
        esac
        grep -qx "$package" "$BATS_TEST_TMPDIR/spack"
        grep -qx "$package" "$BATS_TEST_TMPDIR/easybuild"
    done
}

@test "the Spack recipe builds the clone that it lies in" {
    run -0 /usr/bin/python3 "$BATS_TEST_DIRNAME/spack_recipe.py" \
        "$modules/spack/packages/capstan/package.py"
    [ "${lines[-1]}" = "file://$(dirname "$modules")" ]
}
