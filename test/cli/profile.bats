#!/usr/bin/env bats
# profile.bats - what is in a snapshot, as a table and as JSON; a schema proposed from it
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 2 500
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-01.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-02.csv
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

@test "a line a column, with what a CSV tool counts" {
    run -0 --separate-stderr capstan-profile trips@2
    [[ ${lines[0]} == column* ]]
    [[ $output == *"1000 rows"* ]]
    missing=$(cat landing/trips-0[12].csv | awk -F, '$4 == "NA"' | wc -l)
    run -0 jq -e --argjson missing "$missing" \
        '.columns[] | select(.name == "load") | .missing == $missing and .count == 1000 - $missing' \
        <<<"$(capstan-profile trips@2 --json)"
    largest=$(cat landing/trips-0[12].csv | awk -F, '$5 + 0 > m { m = $5 } END { print m }')
    run -0 jq -e --argjson largest "$largest" \
        '.columns[] | select(.name == "stops") | .max == $largest' <<<"$(capstan-profile trips@2 --json)"
}

@test "the newest part alone" {
    run -0 --separate-stderr capstan-profile trips@2 --rows newest --json
    [ "$(jq .rows <<<"$output")" = 500 ]
}

@test "more ranks give the same bytes" {
    one=$(capstan-profile trips@2 --json)
    for ranks in 2 3; do
        [ "$one" = "$(mpirun -n $ranks capstan-profile trips@2 --json)" ]
    done
}

@test "nothing is published" {
    before=$(find registry -name manifest.json | sort)
    capstan-profile trips@2 >/dev/null
    capstan-infer trips@2 >/dev/null
    [ "$before" = "$(find registry -name manifest.json | sort)" ]
}

@test "the schema that is proposed is one that ingest and validate take" {
    capstan-infer trips@2 >proposed.yaml
    grep -q 'levels: \[north, south, west\]' proposed.yaml || grep -q -- '- north' proposed.yaml
    run -0 --separate-stderr capstan-ingest --dataset again --schema proposed.yaml --set missing=NA \
        landing/trips-01.csv landing/trips-02.csv
    run -0 --separate-stderr capstan-validate again@1 --schema proposed.yaml
}

@test "what is not there is said to be not there" {
    run -1 --separate-stderr capstan-profile tripz@1
    [ -z "$output" ]
    [[ $stderr == *tripz* ]]
    run -2 --separate-stderr capstan-profile
    [[ $stderr == *SNAPSHOT* ]]
    run -2 --separate-stderr capstan-profile trips@2 --rows some
    [[ $stderr == *newest* ]]
}
