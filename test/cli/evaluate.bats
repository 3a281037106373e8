#!/usr/bin/env bats
# evaluate.bats - challengers judged on test rows: good use, and what is said of bad use
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 2 2000
    two_months
    capstan-prepare trips@1 --name trips --pipeline pipeline.yaml
    capstan-train --features trips@1 --name late --pipeline pipeline.yaml
    capstan-train --features trips@1 --name late --pipeline pipeline.yaml --set trees=1 --set leaves=2
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

evaluate() {
    run "-$1" --separate-stderr capstan-evaluate --pipeline pipeline.yaml "${@:2}"
}

@test "a first model passes by its floor alone" {
    evaluate 0 late@1
    [ "$output" = late@1 ]
    [[ $stderr == *"gate: passed (first model, auc"* ]]
    [[ $stderr == *"floor:auc"* ]]
    evaluate 99 late@1
    [ "$output" = late@1 ]
}

@test "a worse model is refused with exit 3, and its evaluation is there" {
    evaluate 3 late@2 --against late@1 --json
    [ "$(jq -r .evaluation.verdict <<<"$output")" = refused ]
    path=$(jq -r .path <<<"$output")
    jq -e '.conditions[] | select(.name == "not-worse") | .passed == false' "$path/evaluation.json"
    [ "$(jq -r '.slices[].name' "$path/evaluation.json" | paste -sd,)" = site=north,site=south,site=west ]
    [[ $stderr == *"late@2 does not pass the gate: refused"* ]]
}

@test "more ranks make the same id" {
    one=$(capstan-evaluate --pipeline pipeline.yaml late@1 --against none --json --quiet | jq -r .id) || true
    for ranks in 2 3; do
        more=$(mpirun -n $ranks capstan-evaluate --pipeline pipeline.yaml late@1 --against none --json --quiet | jq -r .id) || true
        [ -n "$one" ] && [ "$one" = "$more" ]
    done
}

@test "what is set on the command line comes before the file" {
    evaluate 3 late@1 --against none --set gate.floor=0.999
    [[ $stderr == *"NO  floor:auc"* ]]
}

@test "scores can be looked at by others" {
    evaluate 3 late@2 --against late@1 --scores scores.csv
    [ "$(head -1 scores.csv)" = row,label,weight,score,score_against ]
    awk -F, 'NR > 1 && !($2 ~ /^[01]$/ && $3 == 1 && $4 > 0 && $4 < 1 && $5 > 0 && $5 < 1) {exit 1}' scores.csv
    evaluate 3 late@2 --against late@1 --scores scores.csv
    evaluate 1 late@2 --against late@1 --scores nowhere/scores.csv
    [[ $stderr == *nowhere/scores.csv* ]]
}

@test "a refit has no test rows of its own and has seen the others" {
    capstan-prepare trips@1 --name whole --all --pipeline pipeline.yaml
    capstan-train --features whole@1 --name late --refit late@1 --pipeline pipeline.yaml
    evaluate 2 late@3
    [[ $stderr == *"whole@1 has no test rows"* ]]
    evaluate 3 late@2 --against late@3
    [[ $stderr == *"gate: not judged"* ]]
    [[ $stderr == *"NO  disjoint"*"late@3 was fitted on rows up to"* ]]
}

@test "what is not there or does not fit is named, and nothing is published" {
    before=$(find registry/evaluations -name manifest.json | wc -l)
    evaluate 1 late@9
    [[ $stderr == *late@9* ]]
    evaluate 1 nobody
    [[ $stderr == *nobody* ]]
    evaluate 2 late@1 --set 'slices=[sight]'
    [[ $stderr == *sight* ]]
    evaluate 2 late@1 --set gate.metric=rmse
    [[ $stderr == *'"rmse" is not one of classification'* ]]
    evaluate 2 late@1 --set gate.metrik=auc
    [[ $stderr == *metric* ]]
    evaluate 2
    [ "$(find registry/evaluations -name manifest.json | wc -l)" = "$before" ]
}
