#!/usr/bin/env bats
# monitor.bats - a model watched on months that come in
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 3 4000
    capstan-ingest --dataset weather --set missing=NA landing/weather.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-01.csv
    capstan-prepare trips@1 --name trips --pipeline pipeline.yaml --set split.validation=4d
    capstan-train --features trips@1 --name late --pipeline pipeline.yaml
    capstan-evaluate late@1 --against none --pipeline pipeline.yaml
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-02.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-03.csv
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

@test "a month like the first one is no alarm" {
    run -0 --separate-stderr capstan-monitor late@1 trips@2 --pipeline pipeline.yaml
    [ "$output" = late-drift@1 ]
    [[ $stderr == *"score: PSI"* && $stderr == *"quality: loss"* ]]
}

@test "wind that counts twice is an alarm, in quality or score" {
    run -3 --separate-stderr capstan-monitor late@1 trips@3 --pipeline pipeline.yaml --json
    run -0 jq -e '.verdict == "alarm" and (.reasons | length) > 0 and (.log_loss | type) == "number"' <<<"$output"
}

@test "more ranks make the same report" {
    one=$(capstan-monitor late@1 trips@3 --pipeline pipeline.yaml --json --quiet 2>/dev/null | jq -r .id) || true
    for ranks in 2 3; do
        more=$(mpirun -n $ranks capstan-monitor late@1 trips@3 --pipeline pipeline.yaml --json --quiet 2>/dev/null | jq -r .id) || true
        [ "$one" = "$more" ]
    done
}

@test "all rows, and their scores as a file" {
    run --separate-stderr capstan-monitor late@1 trips@3 --rows all --pipeline pipeline.yaml --scores scores.csv
    [ "$status" = 0 ] || [ "$status" = 3 ]
    [ "$(head -n 1 scores.csv)" = row,label,weight,score ]
    labelled=$(cat landing/trips-*.csv | awk -F, '$6 ~ /^-?[0-9]/' | wc -l)
    [ "$(wc -l <scores.csv)" = $((labelled + 1)) ]
    awk -F, 'NR > 1 && !($4 > 0 && $4 < 1) { exit 1 }' scores.csv
}

@test "a few rows are not judged" {
    run -0 --separate-stderr capstan-monitor late@1 trips@2 --pipeline pipeline.yaml --set min_rows=5000 --json
    [ "$(jq -r .verdict <<<"$output")" = "too few rows" ]
}

@test "wrong keys, unknown models, unknown joins" {
    run -2 --separate-stderr capstan-monitor late@1 trips@2 --set score_psy=0.1
    [[ $stderr == *score_psi* ]]
    run -2 --separate-stderr capstan-monitor late@1 trips@2 --set 'windows=[3, 2]'
    [[ $stderr == *"[2, 3]"* ]]
    run -1 --separate-stderr capstan-monitor early@1 trips@2
    [[ $stderr == *early* ]]
    run -2 --separate-stderr capstan-monitor late@1 trips@2 --join fog=fog@1
    [[ $stderr == *"fog=fog@1"* ]]
}
