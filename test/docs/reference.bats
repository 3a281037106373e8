#!/usr/bin/env bats
# reference.bats - the reference is refused where --help, the tables or a page say something else
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
    capstan=$(command -v capstan)
    reference=$BATS_TEST_DIRNAME/../../site/reference.py
}

# edited SED: a capstan whose --help went through sed
edited() {
    printf '#!/bin/bash\nset -o pipefail\n[ "${!#}" = --help ] || exec %q "$@"\n%q "$@" | sed %q\n' \
        "$capstan" "$capstan" "$1" >edited
    chmod +x edited
}

@test "help as it is agrees with the tables" {
    edited ''
    run -0 python3 "$reference" ./edited .
    [ -s commands.md ] && [ -s pipeline.md ] && [ -s schema.md ]
}

@test "an option that help lacks, or has too many, is named" {
    edited '/^  --refit CHALLENGER/s/refit/rifit/'
    run -1 python3 "$reference" ./edited .
    [[ $output == *"capstan train: --help shows --rifit CHALLENGER, the table does not"* ]]
    [[ $output == *"capstan train: the table has --refit CHALLENGER, --help does not show it"* ]]
}

@test "a key that help lacks is named" {
    edited '/^  tolerance /d'
    run -1 python3 "$reference" ./edited .
    [[ $output == *"capstan evaluate, keys of gate: the table has tolerance"* ]]
}

@test "a page that shows an option of another command is named" {
    printf 'Try `capstan prepare --all --leaves 3`, or `--set` and `--sit`.\n' >page.md
    run -1 python3 "$reference" "$capstan" . page.md
    [ "$output" = "page.md: capstan prepare has no option --leaves
page.md: no command has an option --sit" ]
}
