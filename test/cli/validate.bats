#!/usr/bin/env bats
# validate.bats - good months pass; broken ones are refused with column, row, file and line
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 3 500
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-01.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-02.csv
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

# A third month changed by an awk program, refused; $stderr is what validate said.
refused() { # name program [option…]
    local name=$1 program=$2
    shift 2
    awk -F, -v OFS=, "$program" landing/trips-03.csv >"$name.csv"
    capstan-ingest --dataset "$name" --pipeline pipeline.yaml --schema trips.schema.yaml "$name.csv"
    run -3 --separate-stderr capstan-validate "$name@1" --against trips@2 --pipeline pipeline.yaml "$@"
    [ "$output" = "$name-validation@1" ]
}

@test "a month like the one before passes" {
    run -0 --separate-stderr capstan-validate trips@2 --pipeline pipeline.yaml
    [ "$output" = trips-validation@1 ]
    [[ $stderr == *"trips@2 passed"* ]]
    run -0 --separate-stderr capstan-validate trips@2 --pipeline pipeline.yaml
    [ "$output" = trips-validation@1 ]
}

@test "more ranks make the same report" {
    one=$(capstan-validate trips@2 --pipeline pipeline.yaml --json --quiet | jq -r .id)
    for ranks in 2 3; do
        [ "$one" = "$(mpirun -n $ranks capstan-validate trips@2 --pipeline pipeline.yaml --json --quiet | jq -r .id)" ]
    done
}

@test "a column renamed is missed, and its new name suggested" {
    refused renamed 'NR == 1 { sub("load", "loading") } { print }'
    [[ $stderr == *"column load is not in the source: is it called loading now?"* ]]
    [[ $stderr == *renamed.csv* ]]
}

@test "a site that nobody knows is named with its line" {
    refused site 'NR == 101 { $2 = "moon" } { print }'
    [[ $stderr == *"unseen-level"*"moon (1 row)"*"row 99, site.csv:101"* ]]
}

@test "a value out of range is named with its line" {
    refused range 'NR == 301 { $5 = -5 } { print }'
    [[ $stderr == *"column stops: -5 in 1 row, the schema says 2 to 21: row 299, range.csv:301"* ]]
}

@test "after a row that could not be read, lines are still right" {
    refused after 'NR == 50 { $4 = "12x" } NR == 301 { $5 = -5 } { print }' --set max_reject_fraction=0.1
    [[ $stderr == *"column stops: -5 in 1 row"*"row 298, after.csv:301"* ]]
    refused rejected 'NR == 50 { $4 = "12x" } { print }' --set max_reject_fraction=0.001
    [[ $stderr == *"rows-rejected: 1 of 500 rows could not be read"* ]]
}

@test "most of the rows gone are refused" {
    refused few 'NR == 1 || NR % 4 == 0'
    [[ $stderr == *"125 rows, 75 % fewer than the 500 of trips@2"* ]]
}

@test "the report says what was found, and stands in the registry" {
    refused stops 'NR == 301 { $5 = -5 } { print }'
    run -0 jq -e '.verdict == "refused" and (.anomalies[] | select(.kind == "out-of-range") |
        .severity == "error" and .column == "stops" and .examples[0].line == 301)' \
        registry/reports/stops-validation/0000000001/validation.json
}

@test "a severity can be chosen, and refuses no more" {
    awk -F, -v OFS=, 'NR == 301 { $5 = -5 } { print }' landing/trips-03.csv >mild.csv
    capstan-ingest --dataset mild --pipeline pipeline.yaml mild.csv
    run -0 --separate-stderr capstan-validate mild@1 --pipeline pipeline.yaml --set severity.out-of-range=warning
    [[ $stderr == *"warning: out-of-range"* ]]
}

@test "an unknown anomaly is a wrong usage, with the nearest known" {
    run -2 --separate-stderr capstan-validate trips@2 --set severity.out-of-rang=warning
    [[ $stderr == *out-of-range* ]]
}

@test "an unknown snapshot, and one compared with itself" {
    run -1 --separate-stderr capstan-validate tripz@1
    [[ $stderr == *tripz* ]]
    run -2 --separate-stderr capstan-validate trips@2 --against trips@2
    [[ $stderr == *itself* ]]
}

@test "nothing is added to a refused snapshot, and a mended file takes its place" {
    awk -F, -v OFS=, 'NR == 101 { $2 = "moon" } { print }' landing/trips-02.csv >spoilt.csv
    capstan-ingest --dataset mended --pipeline pipeline.yaml landing/trips-01.csv
    capstan-ingest --dataset mended --pipeline pipeline.yaml spoilt.csv
    run -3 capstan-validate mended@2 --pipeline pipeline.yaml
    run -0 --separate-stderr capstan-ingest --dataset mended --pipeline pipeline.yaml landing/trips-02.csv
    [ "$output" = mended@3 ]
    [[ $stderr == *"mended@2 was refused by validation: nothing is added to it"* ]]
    [ "$(jq -r '.parts[].sources[].path' registry/snapshots/mended/0000000003/manifest.json | xargs -n 1 basename | paste -sd' ')" = "trips-01.csv trips-02.csv" ]
    run -0 capstan-validate mended@3 --pipeline pipeline.yaml
    run -0 capstan-ingest --dataset mended --pipeline pipeline.yaml landing/trips-03.csv
    [ "$(jq '.parts | length' registry/snapshots/mended/0000000004/manifest.json)" = 3 ]
}
