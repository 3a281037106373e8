#!/usr/bin/env bats
# modules.bats - the modulefiles in Environment Modules and in Lmod, from a prefix that was moved
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    local build
    build=$(realpath "$(dirname "$(command -v capstan)")/../..")
    MODULECMD=$("$BATS_TEST_DIRNAME/environment-modules" "$build/environment-modules")
    cmake --install "$build" --prefix "$BATS_FILE_TMPDIR/first" >install.log
    mkdir elsewhere # no blanks: Lmod takes none in the path of a Tcl modulefile
    mv first "elsewhere/second-place"
    export MODULECMD ROOT="$BATS_FILE_TMPDIR/elsewhere/second-place"
    export LMOD=/usr/share/lmod/lmod/init/bash
    [ -e "$LMOD" ]
}

# Run bash lines in an environment that knows nothing but the modules of this kind.
fresh_shell() { # environment-modules|lmod root-of-modules line…
    local begin="source $LMOD" modules=$2
    [ "$1" = lmod ] || begin="eval \"\$(tclsh '$MODULECMD' bash autoinit)\""
    shift 2
    printf '%s\n' "set -e" "$begin" "module use '$modules'" "$@" >shell
    env -i HOME="$BATS_TEST_TMPDIR" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 bash ./shell
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# Load, use and unload; what is exported afterwards must be what was before, but for the system's own.
comes_and_goes() { # environment-modules|lmod tcl|lua
    run -0 fresh_shell "$1" "$ROOT/share/modulefiles/$2" \
        "variables() { env | grep -vE '^(LOADEDMODULES|_LMFILES_|_ModuleTable|__|_=|LMOD|BASH_FUNC)' | sort; }" \
        "variables >before" \
        "module load capstan" \
        "env >loaded" \
        "command -v capstan >where" \
        "capstan --version" \
        "capstan doctor ." \
        "man -w capstan-train >page 2>/dev/null || true" \
        "module unload capstan" \
        "variables >after" \
        "! command -v capstan"
    [[ $output == *"capstan "*"(commit "*"programs: all stages are in $ROOT/bin"* ]]
    diff before after
    [ "$(cat where)" = "$ROOT/bin/capstan" ]
    grep -qxF "CAPSTAN_ROOT=$ROOT" loaded
    grep -qxF "CMAKE_PREFIX_PATH=$ROOT" loaded
    # An empty part stands for the system's own pages.
    grep -qE "^MANPATH=$ROOT/share/man:(.*:)?\$" loaded
    if [ -s page ]; then
        [ "$(cat page)" = "$ROOT/share/man/man1/capstan-train.1" ]
    fi
}

@test "Environment Modules load and unload the Tcl file" {
    comes_and_goes environment-modules tcl
}

@test "Lmod loads and unloads the Tcl file" {
    comes_and_goes lmod tcl
}

@test "Lmod loads and unloads the Lua file" {
    comes_and_goes lmod lua
}

@test "each root shows one version, with what it is and help" {
    version=$(capstan --version | cut -d ' ' -f 2)
    for which in "environment-modules tcl" "lmod tcl" "lmod lua"; do
        read -r system kind <<<"$which"
        run -0 fresh_shell "$system" "$ROOT/share/modulefiles/$kind" \
            "module -t avail 2>&1 | grep capstan" "module whatis capstan 2>&1" "module help capstan 2>&1"
        [ "$(grep -cx "capstan/$version" <<<"$output")" = 1 ]
        [[ $output == *"Continuous training"*"capstan doctor"* ]]
    done
}

@test "a module that it was built with must be loaded, where the installation says so" {
    cmake -S "$BATS_TEST_DIRNAME/../.." -B made -G Ninja -DCAPSTAN_MODULE_PREREQ=mpi-of-the-site >log
    mkdir site
    echo '#%Module1.0' >site/mpi-of-the-site
    for which in "environment-modules tcl" "lmod tcl" "lmod lua"; do
        read -r system kind <<<"$which"
        run ! fresh_shell "$system" "$PWD/made/modules/$kind" "module load capstan && module is-loaded capstan"
        run -0 fresh_shell "$system" "$PWD/made/modules/$kind" "module use '$PWD/site'" \
            "module load mpi-of-the-site capstan" "module is-loaded capstan"
    done
}
