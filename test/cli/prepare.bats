#!/usr/bin/env bats
# prepare.bats - features from snapshots: good use, and what is said of bad use
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 2 500
    two_months
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

# The pipeline with one line of it changed.
with() {
    sed "$1" pipeline.yaml >"$BATS_TEST_TMPDIR/pipeline.yaml"
    cp trips.schema.yaml "$BATS_TEST_TMPDIR"
    run -"$2" --separate-stderr capstan-prepare trips@1 --name bad \
        --pipeline "$BATS_TEST_TMPDIR/pipeline.yaml"
    [ -z "$output" ]
    [ ! -e registry/features/bad ] || [ -z "$(find registry/features/bad -name manifest.json)" ]
}

@test "a snapshot becomes features; the same again is found" {
    run -0 --separate-stderr capstan-prepare trips@1 --name trips --pipeline pipeline.yaml
    [ "$output" = trips@1 ]
    [[ $stderr == *"1000 rows read"* ]]
    version=registry/features/trips/0000000001
    for file in manifest.json transform.json train.h5 validation.h5 test.h5 reference.json schema.json; do
        [ -f "$version/$file" ]
    done
    run -99 --separate-stderr capstan-prepare trips@1 --name trips --pipeline pipeline.yaml
    [ "$output" = trips@1 ]
}

@test "more ranks make the same id" {
    one=$(capstan-prepare trips@1 --name trips --pipeline pipeline.yaml --json --quiet | jq -r .id)
    for ranks in 2 3; do
        more=$(mpirun -n $ranks capstan-prepare trips@1 --name trips --pipeline pipeline.yaml --json --quiet | jq -r .id)
        [ "$one" = "$more" ]
    done
}

@test "--all leaves nothing for validation or test" {
    run -0 --separate-stderr capstan-prepare trips@1 --name whole --all --pipeline pipeline.yaml --json
    path=$(jq -r .path <<<"$output")
    [ -f "$path/train.h5" ]
    [ ! -e "$path/test.h5" ]
    [ ! -e "$path/validation.h5" ]
    [ "$(jq .split.all "$path/manifest.json")" = true ]
}

@test "the sides follow one another in time" {
    capstan-prepare trips@1 --name trips --pipeline pipeline.yaml || [ $? = 99 ]
    run -0 jq -e '.split | .training[1] < .validation[0] and .validation[1] < .test[0]' \
        registry/features/trips/0000000001/manifest.json
}

@test "the snapshot that is joined can be chosen" {
    run -0 --separate-stderr capstan-prepare trips@1 --name chosen --pipeline pipeline.yaml --join weather=weather@1
    run -2 --separate-stderr capstan-prepare trips@1 --name bad --pipeline pipeline.yaml --join fog=fog@1
    [[ $stderr == *"fog=fog@1"* ]]
    run -1 --separate-stderr capstan-prepare trips@1 --name bad --pipeline pipeline.yaml --join weather=weather@7
    [[ $stderr == *"weather@7"* ]]
}

@test "an unknown column in an expression is pointed at, with the nearest name" {
    with 's/late: "delay > 10"/late: "delai > 10"/' 2
    [[ $stderr == *"delai > 10"* && $stderr != *"rows read"* ]]
    [[ $stderr == *'did you mean "delay"'* || $stderr == *"did you mean delay"* ]]
}

@test "a derived name may not repeat a column" {
    with 's/hour: "hour(time)"/load: "hour(time)"/' 1
    [[ $stderr == *'a column "load" already'* ]]
}

@test "a label must be there, and must not be a feature" {
    with '/^  label:/d' 2
    [[ $stderr == *"prepare.label"* ]]
    with 's/^  label: late/  label: tardy/' 2
    [[ $stderr == *"tardy"* ]]
    with 's/columns: \[hour, load/columns: [late, hour, load/' 2
    [[ $stderr == *"the label itself"* ]]
}

@test "what is not known before the event is no feature" {
    with 's/columns: \[hour, load/columns: [delay, hour, load/' 2
    [[ $stderr == *"delay"*"only there in training"* ]]
}

@test "a split that leaves nothing names its spans and the data's" {
    with 's/test: 14d/test: 400d/' 1
    [[ $stderr == *"no row is left for training"*"400d"*"2013-01-01"* ]]
    with 's/by: time, test: 14d, validation: 7d/by: hash, test: 10%/' 2
    [[ $stderr == *"weather"*"split by time"* ]]
}

@test "a repeated key in what is joined is named" {
    with 's/on: \[site, time\]/on: [time]/' 1
    [[ $stderr == *"join of weather"*"time=2013-01-01T00:00:00Z"* ]]
}

@test "wrong keys and versions" {
    with 's/^  split:/  splitt:/' 2
    [[ $stderr == *"splitt"*"split"* ]]
    run -2 --separate-stderr capstan-prepare trips@1 --pipeline pipeline.yaml
    [[ $stderr == *"--name"* ]]
    run -1 --separate-stderr capstan-prepare trips@9 --name bad --pipeline pipeline.yaml
    [[ $stderr == *"trips@9"* ]]
}
