#!/usr/bin/env bats
# install.bats - what is installed runs wherever its folder is moved to
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    local build
    build=$(realpath "$(dirname "$(command -v capstan)")/../..")
    cmake --install "$build" --prefix "$BATS_FILE_TMPDIR/first" >install.log
    mkdir elsewhere
    mv first "elsewhere/second place"
    export PREFIX="$BATS_FILE_TMPDIR/elsewhere/second place"
    export BUILT_PATH=$PATH
    # nothing of the build may help
    PATH=$PREFIX/bin:$(tr : '\n' <<<"$PATH" | grep -vF "$build" | paste -sd :)
    export PATH
}

setup() {
    cd "$BATS_TEST_TMPDIR"
}

@test "capstan is the one that was moved" {
    [ "$(command -v capstan)" = "$PREFIX/bin/capstan" ]
    run -0 capstan --version
    [[ $output == "capstan "*" (commit "* ]]
}

@test "a registry is made and a file ingested on two ranks" {
    export CAPSTAN_REGISTRY=$BATS_TEST_TMPDIR/reg
    capstan init reg
    printf 'a,b\n1,x\n2,y\n3,x\n' >small.csv
    run -0 --separate-stderr capstan ingest --ranks 2 --dataset small small.csv
    [ "$output" = small@1 ]
    [ "$(capstan show small@1 --json | jq '.manifest.parts[0].rows')" = 3 ]
    run -0 capstan verify --level 3
}

# The folders a program names for its libraries, a line each.
searched() {
    readelf -d "$1" | sed -nE 's/.*\((RPATH|RUNPATH)\).*\[(.*)\]/\2/p' | tr : '\n'
}

@test "every program of the build is there, and none looks for libraries in a place of its own" {
    seen=0
    for program in "$PREFIX"/bin/*; do
        # shellcheck disable=SC2016 # $ORIGIN is the loader's
        [ -z "$(searched "$program" | grep -v '^\$ORIGIN')" ]
        [ -z "$(ldd "$program" | grep 'not found')" ]
        seen=$((seen + 1))
    done
    built=$(dirname "$(PATH=$BUILT_PATH command -v capstan)")
    [ "$seen" = "$(find "$built" -maxdepth 1 -type f -executable -name 'capstan*' | wc -l)" ]
}

@test "nothing that is installed names the folder it was installed into" {
    run ! grep -rlF "$BATS_FILE_TMPDIR/first" "$PREFIX"
}

@test "every command has its manual page, and bash its completion" {
    for name in capstan $(capstan describe | jq -r '.[].name | "capstan-" + gsub(" "; "-")'); do
        [ -s "$PREFIX/share/man/man1/$name.1" ]
    done
    capstan describe --man 'schema infer' | cmp - "$PREFIX/share/man/man1/capstan-schema-infer.1"
    capstan describe --completion bash | cmp - "$PREFIX/share/bash-completion/completions/capstan"
    if command -v man >/dev/null; then
        [ "$(man -M "$PREFIX/share/man" -w capstan-ingest)" = "$PREFIX/share/man/man1/capstan-ingest.1" ]
    fi
}
