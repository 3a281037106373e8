#!/usr/bin/env bats
# program.bats - what the programs of all stages have in common, tried on a stage of a few lines
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
    unset CAPSTAN_REGISTRY
    mkdir registry attempt
    printf '{"format":1}' >registry/registry.json
    cat >p.yaml <<'TEXT'
pipeline: p
dataset: d
seed: 9
train: {trees: 50}
TEXT
}

@test "the result is one line, or JSON with the keys of the section" {
    run -0 --separate-stderr capstan-example --registry registry
    [ "$output" = thing@3 ]
    run -0 --separate-stderr capstan-example --registry registry --json
    [ "$output" = '{"kind":"model","name":"thing","seed":0,"trees":100,"version":3}' ]
}

@test "keys come from the file, and --set and --seed stand above it" {
    run -0 --separate-stderr capstan-example --registry registry --json --pipeline p.yaml
    [[ $output == *'"seed":9,"trees":50'* ]]
    run -0 --separate-stderr capstan-example --registry registry --json --pipeline p.yaml \
        --set trees=60 --set gate.trees=7 --seed 4
    [[ $output == *'"seed":4,"trees":60'* ]]
}

@test "a wrong key is named with its line, and nothing is done" {
    sed -i 's/trees/tress/' p.yaml
    run -2 --separate-stderr capstan-example --registry registry --pipeline p.yaml
    [ -z "$output" ]
    [[ $stderr == *'p.yaml:4: train.tress: unknown key; did you mean "trees"?'* ]]
    run -2 --separate-stderr capstan-example --registry registry --set trees=0
    [[ $stderr == *'train.trees: expected an integer from 1 to 1000, found 0'* ]]
    run -2 --separate-stderr capstan-example --registri registry
    [[ $stderr == *'did you mean --registry?'* ]]
}

@test "the registry is named by option, environment or pipeline file, or asked for" {
    run -2 --separate-stderr capstan-example
    [[ $stderr == *"give --registry DIR, set CAPSTAN_REGISTRY"* ]]
    CAPSTAN_REGISTRY=registry run -0 capstan-example
    mkdir -p folder
    { cat p.yaml; echo "registry: ../registry"; } >folder/p.yaml
    run -0 capstan-example --pipeline folder/p.yaml
}

@test "help and version need neither registry nor MPI" {
    run -0 --separate-stderr capstan-example --help
    [[ $output == *"Usage: capstan-example"* ]]
    [[ $output == *"Keys of train: in the pipeline file, or --set KEY=VALUE"* ]]
    [[ $output == *"Keys of gate: in the pipeline file, or --set gate.KEY=VALUE"* ]]
    run -0 --separate-stderr capstan-example --version
    [[ $output == "capstan-example "*"(commit "* ]]
}

@test "the exit code is the class" {
    run -3 --separate-stderr capstan-example --registry registry --how refused
    [ "$output" = thing@3 ]
    [[ $stderr == *"not better"* ]]
    run -99 capstan-example --registry registry --how skipped
    run -1 --separate-stderr capstan-example --registry registry --how failed
    [ -z "$output" ]
    [[ $stderr == *"row 12 of a.csv"* ]]
}

@test "receipts say what was done" {
    run -3 capstan-example --registry registry --how refused --attempt attempt
    [ "$(jq -r .stage attempt/begin.json)" = example ]
    [ "$(jq -r '.class, .status' attempt/end.json | xargs)" = "refused 3" ]
    [ "$(jq -c .rows attempt/end.json)" = '{"kept":6,"read":7,"rejected":1}' ]
    [ "$(jq -r '.outputs[0].name' attempt/end.json)" = thing ]
    [ "$(jq '.seconds >= 0 and .peak_memory > 0' attempt/end.json)" = true ]
}

@test "an attempt that was begun is not begun again" {
    run -0 capstan-example --registry registry --attempt attempt
    before=$(cat attempt/end.json)
    run -1 --separate-stderr capstan-example --registry registry --attempt attempt
    [[ $stderr == *"begin.json"* ]]
    [ "$(cat attempt/end.json)" = "$before" ]
}

@test "a wrong pipeline file is in the receipt as well" {
    echo "colour: red" >>p.yaml
    run -2 capstan-example --registry registry --pipeline p.yaml --attempt attempt
    [ "$(jq -r .class attempt/end.json)" = usage ]
    [[ $(jq -r .message attempt/end.json) == *"p.yaml:5: colour: unknown key"* ]]
}

@test "with more ranks the receipt has the code and the program ends with 0" {
    run -0 --separate-stderr mpirun --oversubscribe -n 3 capstan-example --registry registry \
        --how refused --attempt attempt
    [ "$output" = thing@3 ]
    [ "$(jq .status attempt/end.json)" = 3 ]
}

@test "an error on one rank ends all, and is told once" {
    run -0 --separate-stderr mpirun --oversubscribe -n 3 capstan-example --registry registry \
        --how failed --rank 1 --attempt attempt
    [ "$(jq .status attempt/end.json)" = 1 ]
    [ "$(grep -c 'row 12 of a.csv' <<<"$stderr")" = 1 ]
}

@test "a rank that dies takes the others along, and leaves no receipt of success" {
    run ! timeout 60 mpirun --oversubscribe -n 3 capstan-example --registry registry \
        --how killed --rank 2 --attempt attempt
    [ "$status" != 124 ]
    [ -e attempt/begin.json ]
    [ ! -e attempt/end.json ]
}

@test "a full standard output is an error" {
    run -1 --separate-stderr bash -c 'capstan-example --registry registry >/dev/full'
    [[ $stderr == *"standard output"* ]]
}
