#!/usr/bin/env bats
# pipeline.bats - plan, run, status, wait, cancel, resume, on a small world
bats_require_minimum_version 1.5.0
load tools/world.bash

setup() {
    cd "$BATS_TEST_TMPDIR"
    small_world 2 2000
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
}

# The id of the newest run, once there is one that has got to a step.
run_at() {
    local waited=0
    until [ -e "$(echo registry/runs/*/"$1"/attempt-1/job.json)" ]; do
        sleep 0.02
        waited=$((waited + 1))
        [ $waited -lt 1500 ]
    done
    local job
    job=$(echo registry/runs/*/"$1"/attempt-1/job.json)
    job=${job#registry/runs/}
    echo "${job%%/*}"
}

@test "a plan shows settings, pins and steps, and starts nothing" {
    run -0 --separate-stderr capstan plan pipeline.yaml
    [[ $output == *"train.trees "*20* ]]
    [[ $output == *"join:weather weather@1"* ]]
    [[ $output == *"train        srun --mpi=pmix --kill-on-bad-exit=1 --ntasks=2"* ]]
    [ ! -e registry/snapshots/trips ]
    run -0 --separate-stderr capstan plan pipeline.yaml --json
    [ "$(jq -r '[.steps[].id] | join(" ")' <<<"$output")" = \
        "ingest validate prepare train evaluate prepare-all refit promote" ]
    [ "$(jq -r .pins.weather.version <<<"$output")" = 1 ]
    [ "$(jq -r '.steps[3].after[0]' <<<"$output")" = prepare ]
    [ "$(jq -r '.steps[3].sections.train.trees' <<<"$output")" = 20 ]
}

@test "a wrong pipeline file is refused with its line before anything is done" {
    sed -i 's/train: {model/train: {modell/' pipeline.yaml
    line=$(grep -n modell pipeline.yaml | cut -d: -f1)
    for command in plan run; do
        run -2 --separate-stderr capstan $command pipeline.yaml
        [[ $stderr == *"pipeline.yaml:$line: train.modell: unknown key; did you mean \"model\"?"* ]]
    done
    [ -z "$(find registry/runs -name plan.json)" ]
}

@test "files that are not there are an error of the plan" {
    rm landing/trips-*.csv
    run -1 --separate-stderr capstan run pipeline.yaml
    [[ $stderr == *"no file matches"* ]]
}

@test "a run makes a champion, and again finds everything done" {
    run -0 --separate-stderr capstan run pipeline.yaml
    first=$output
    run -0 capstan show late@champion
    run -0 --separate-stderr capstan status "$first" --json
    [ "$(jq -r .state <<<"$output")" = ended ]
    [ "$(jq -r .class <<<"$output")" = done ]
    [ "$(jq -r '[.steps[].class] | unique | join(" ")' <<<"$output")" = done ]
    run -0 capstan wait "$first"
    run -99 --separate-stderr capstan run pipeline.yaml
    run -99 capstan wait "$output"
    [ "$(capstan log late --json | jq -s 'flatten | length')" = 1 ]
    run -0 --separate-stderr capstan replay --ranks 3 late@champion
    [ "$output" = identical ]
    run -0 --separate-stderr capstan replay late@1 --json
    [ "$(jq -r .identical <<<"$output")" = true ]
}

@test "more trees train again, what comes before is found done" {
    sed -i 's/refit: all/refit: none/' pipeline.yaml # a refit would have seen the test rows
    run -0 capstan run pipeline.yaml
    run -0 --separate-stderr capstan run pipeline.yaml --set train.trees=25
    run -0 --separate-stderr capstan status "$output" --json
    [ "$(jq -r '[.steps[] | select(.id == "prepare" or .id == "train") | .class] | join(" ")' \
        <<<"$output")" = "skipped done" ]
}

@test "validation that refuses ends the run with 3, and trains nothing" {
    sed -i 's/levels: \[north, south, west\]/levels: [north, south]/' trips.schema.yaml
    run -3 --separate-stderr capstan run pipeline.yaml
    [[ $stderr == *"validate"* ]]
    [ ! -e registry/features/late ]
    run -3 capstan run pipeline.yaml
}

@test "a driver that is killed does no harm: resume goes on" {
    capstan run pipeline.yaml >id 2>/dev/null &
    driver=$!
    run=$(run_at prepare)
    kill -9 $driver
    wait $driver || true
    run -1 --separate-stderr capstan wait "$run"
    [[ $stderr == *"nobody drives run"* ]]
    run -0 capstan resume "$run"
    run -0 capstan show late@champion
    [ "$(ls -d registry/runs/"$run"/pipeline/attempt-* | wc -l)" = 2 ]
    [ "$(ls -d registry/runs/"$run"/ingest/attempt-* | wc -l)" = 1 ]
    run -99 capstan resume "$run"
}

@test "a run that is cancelled ends with 75 and can go on" {
    capstan run pipeline.yaml >id 2>/dev/null &
    driver=$!
    run=$(run_at prepare)
    run -0 capstan cancel "$run"
    status=0
    wait $driver || status=$?
    [ "$status" = 75 ]
    run -99 --separate-stderr capstan cancel "$run"
    run -0 --separate-stderr capstan status "$run" --json
    [ "$(jq -r .class <<<"$output")" = stopped ]
    [ "$(jq '[.steps[] | select(.state == "unknown")] | length' <<<"$output")" = 0 ]
    run -0 capstan resume "$run"
    run -0 capstan show late@champion
}

@test "a run has one driver at a time" {
    capstan run pipeline.yaml >id 2>/dev/null &
    driver=$!
    run=$(run_at ingest)
    run -4 --separate-stderr capstan resume "$run"
    [[ $stderr == *"is driven by process"* ]]
    wait $driver
}

@test "a terminated driver ends its step and leaves its receipt" {
    capstan run pipeline.yaml >id 2>/dev/null &
    driver=$!
    run=$(run_at prepare)
    kill -TERM $driver
    status=0
    wait $driver || status=$?
    [ "$status" = 75 ]
    [ "$(jq -r .class registry/runs/"$run"/pipeline/attempt-1/end.json)" = stopped ]
    [ "$(jq -r .class registry/runs/"$run"/prepare/attempt-1/end.json)" = stopped ]
}

@test "a step that dies without a receipt is a failure" {
    mkdir programs
    cp "$(command -v capstan)" programs/
    for program in ingest validate prepare evaluate; do
        ln -s "$(command -v capstan-$program)" programs/
    done
    printf '#!/bin/sh\necho "no disk left" >&2\nexit 0\n' >programs/capstan-train
    chmod +x programs/capstan-train
    sed -i 's/ranks: 2/ranks: 1/' pipeline.yaml
    run -1 --separate-stderr programs/capstan run pipeline.yaml
    [[ $stderr == *"train ended with status 0 and left no receipt"* ]]
    run -0 grep -r "no disk left" registry/runs/"$output"/train/attempt-1/log
}

@test "a run that is not there is named" {
    run -1 --separate-stderr capstan status 20130401T120000Z-1a2b3c4d
    [[ $stderr == *"there is no run 20130401T120000Z-1a2b3c4d"* ]]
    run -2 --separate-stderr capstan status ../x
}
