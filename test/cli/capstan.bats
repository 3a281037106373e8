#!/usr/bin/env bats
# capstan.bats - what capstan says of itself, and how it starts a stage
bats_require_minimum_version 1.5.0
load tools/versions.bash

@test "the version names the commit" {
    run -0 capstan --version
    [[ $output =~ ^capstan\ [0-9]+\.[0-9]+\.[0-9]+\ \(commit\ [0-9a-f]{12} || $output == *"(commit unknown"* ]]
}

@test "help lists every command, and tells of each" {
    run -0 capstan --help
    help=$output
    while IFS= read -r name; do
        [[ $help == *"  $name "* ]]
        # shellcheck disable=SC2086 # a name is one word or two
        run -0 capstan help $name
        [[ $output == "Usage: capstan $name "* || $output == "Usage: capstan $name"$'\n'* ]]
        [[ $output == *"Example:"* && $output == *"Exit codes:"* ]]
    done < <(capstan describe | jq -r '.[].name')
}

@test "every program of a stage can be had as a command, but for those that other programs start" {
    folder=$(dirname "$(command -v capstan)")
    for program in "$folder"/capstan-*; do
        name=${program##*/capstan-}
        [[ -x $program && $name != verify && $name != probe && $name != trial ]] || continue
        [ "$name" != infer ] || name="schema infer"
        [ "$(capstan describe | jq --arg name "$name" '[.[] | select(.name == $name)] | length')" = 1 ]
    done
}

@test "the description of all commands is JSON that names options" {
    run -0 capstan describe
    [ "$(jq -r '.[] | select(.name == "promote") | .options[].name' <<<"$output" | grep -cx expect)" = 1 ]
    [ "$(jq -r '.[] | select(.name == "train") | .options[].name' <<<"$output" | grep -cx ranks)" = 1 ]
}

@test "the keys of a pipeline file and of a schema file are described too" {
    run -0 capstan describe pipeline
    [ "$(jq -r '.[] | select(.name == "gate") | .keys[].name' <<<"$output" | grep -cx tolerance)" = 1 ]
    [ "$(jq -c '[.[] | select(.name == "train") | .learners[].name] | sort' <<<"$output")" = '["gbdt","glm"]' ]
    run -0 capstan describe schema
    [ "$(jq -r '.[] | select(.name == "columns") | .keys[0].keys[].name' <<<"$output" | grep -cx unseen)" = 1 ]
    run -2 capstan describe pipelin
}

@test "a command that is none is refused with the nearest one" {
    run -2 capstan lst
    [[ $output == *"did you mean list?"* ]]
    run -2 capstan
    [[ $output == *"capstan --help"* ]]
    run -2 capstan list --limt 3
    [[ $output == *"did you mean --limit?"* ]]
}

@test "without a registry it is said how to name one" {
    unset CAPSTAN_REGISTRY
    run -2 capstan list
    [[ $output == *"--registry DIR"*"CAPSTAN_REGISTRY"*"registry:"* ]]
}

@test "output that cannot be written is a failure" {
    fresh_registry
    run -1 bash -c 'capstan --help >/dev/full'
    [[ $output == *"standard output"* ]]
    run -1 bash -c 'capstan list >/dev/full'
}

@test "with ranks the exit code is the receipt's" {
    fresh_registry
    run -1 capstan profile --ranks 2 none@1
    [[ $output == *"none"* ]]
    run -0 find reg/runs -name end.json
    [ "${#lines[@]}" = 1 ]
    [ "$(jq -r .class "${lines[0]}")" = failed ]
}

@test "a wrong option of a stage starts nothing" {
    fresh_registry
    run -2 capstan profile --ranks 2 --jason none@1
    [[ $output == *"did you mean --json?"* ]]
    run -2 capstan profile --ranks 0 none@1
    [ ! -e reg/runs ]
}

@test "doctor prints a line a check" {
    fresh_registry
    run capstan doctor --json
    [ "$(jq -r '.[] | select(.check == "file system") | .verdict' <<<"${lines[0]}")" = ok ]
    [ "$(jq -r '.[] | select(.check == "mpirun") | .verdict' <<<"${lines[0]}")" = ok ]
    run capstan doctor
    [[ ${lines[0]} == "ok "*"mpirun:"* ]]
}

@test "without Slurm on the machine doctor says so in one line, and finds no fault with it" {
    cd "$BATS_TEST_TMPDIR"
    mkdir bin
    ln -s "$(command -v mpirun)" bin/mpirun
    path=$(dirname "$(command -v capstan)"):$PWD/bin
    run -0 env PATH="$path" capstan doctor .
    [ "${lines[-1]}" = "ok       slurm: none here" ]
    run -1 env PATH="$path" capstan doctor --jobs .
    [[ $output == *"problem  job: no Slurm answers"* ]]
}
