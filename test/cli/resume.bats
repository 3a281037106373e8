#!/usr/bin/env bats
# resume.bats - a training that was stopped or killed goes on, and ends as one that was not
bats_require_minimum_version 1.5.0
load tools/world.bash

# So many trees that none of these trainings ends before it is stopped: a second and a half of work.
recipe=(--features trips@1 --set leaves=7 --set trees=4000 --set checkpoint=0s)

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 2 1500
    two_months
    capstan-prepare trips@1 --name trips --pipeline pipeline.yaml
    capstan-train "${recipe[@]}" --set checkpoint=1h --name whole --quiet
}

setup() {
    cd "$BATS_FILE_TMPDIR"
    whole=registry/models/whole/0000000001
    folder=$BATS_TEST_TMPDIR/checkpoints
    RANDOM=4
}

# newest FOLDER: the step of its newest checkpoint, 0 where there is none.
newest() {
    local name
    name=$(cd "$1" 2>/dev/null && printf '%s\n' 0*.safetensors | tail -n 1) || true
    echo $((10#0${name%%[.*]*}))
}

# until_step STEP FOLDER PID: wait until its newest checkpoint is of that step or a later one.
until_step() {
    until [ "$(newest "$2")" -ge "$1" ]; do
        kill -0 "$3"
        sleep 0.01
    done
}

# same NAME: the model of that name is the one that nobody disturbed, losses by step included.
same() {
    [ "$(jq -r .id "registry/models/$1/0000000001/manifest.json")" = "$(jq -r .id $whole/manifest.json)" ]
    cmp "registry/models/$1/0000000001/metrics.json" $whole/metrics.json
}

@test "TERM ends a training with 75 and a checkpoint; more ranks go on from it" {
    capstan-train "${recipe[@]}" --name late 3>&- &
    until [ -d registry/checkpoints/* ]; do sleep 0.01; done
    until_step 20 registry/checkpoints/* $!
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" = 75 ]
    [ ! -e registry/models/late ]
    step=$(newest registry/checkpoints/*)
    run -0 --separate-stderr mpirun -n 3 capstan-train "${recipe[@]}" --set checkpoint=1h --name late --resume
    [[ $stderr == *"resumed from a checkpoint of step $step"* ]]
    same late
    [ -z "$(ls registry/checkpoints)" ]
}

@test "of several ranks any may be told; the receipt says how it ended" {
    mkdir "$BATS_TEST_TMPDIR/attempt"
    mpirun -n 2 capstan-train "${recipe[@]}" --name told --checkpoints "$folder" --attempt "$BATS_TEST_TMPDIR/attempt" 3>&- &
    until_step 5 "$folder" $!
    kill -USR1 $! # which mpirun hands to its ranks
    wait $!
    run -0 jq -e '.class == "stopped" and .status == 75 and (.message | test("^stopped after step [0-9]+ of 4000"))' \
        "$BATS_TEST_TMPDIR/attempt/end.json"
    run -0 capstan-train "${recipe[@]}" --set checkpoint=1h --name told --checkpoints "$folder" --resume
    same told
    [ ! -e "$folder" ]
}

@test "Ctrl-C of capstan train leaves a checkpoint, whatever the ranks" {
    for ranks in 1 2; do
        setsid capstan train "${recipe[@]}" --name typed --checkpoints "$folder" --resume --ranks $ranks 3>&- &
        until_step $((5 * ranks + $(newest "$folder"))) "$folder" $!
        kill -INT -- -$! # to all of its group, as a terminal does
        status=0
        wait $! || status=$?
        [ "$status" = 75 ]
    done
}

@test "time that is nearly up makes a step at a time, and never none" {
    for step in 0 1 2; do
        CAPSTAN_STOP_AT=$(($(date +%s) + 5)) run -75 --separate-stderr \
            capstan-train "${recipe[@]}" --name hasty --checkpoints "$folder" --resume
        [[ $stderr == *"stopped after step $step of 4000: little time is left"* ]]
    done
    CAPSTAN_STOP_AT=soon run -2 --separate-stderr capstan-train "${recipe[@]}" --name hasty
    [[ $stderr == *'CAPSTAN_STOP_AT is "soon"; expected seconds since 1970'* ]]
}

@test "twenty kills at random moments cost what is not in the newest checkpoint, and nothing else" {
    for ((i = 0; i < 20; i++)); do
        before=$(newest "$folder")
        mpirun -n $((2 + i % 2)) capstan-train "${recipe[@]}" --name killed --checkpoints "$folder" --resume 2>log 3>&- &
        until_step $((before + RANDOM % 12)) "$folder" $!
        until ranks=($(pgrep -P $!)); do sleep 0.01; done
        sleep "0.0$((RANDOM % 30))"
        if ((i < 1)); then # one rank: mpirun takes two seconds to end the others
            kill -KILL "${ranks[RANDOM % ${#ranks[@]}]}"
        else
            kill -KILL "${ranks[@]}" $!
        fi
        status=0
        wait $! || status=$?
        [ "$status" != 0 ]
        ! grep resumed log || grep "resumed from a checkpoint of step $before\$" log
    done
    echo "killed at step $(newest "$folder") of 4000 for the last time"
    run -0 mpirun -n 2 capstan-train "${recipe[@]}" --set checkpoint=1h --name killed --checkpoints "$folder" --resume
    same killed
}

@test "where no checkpoint can be written a training goes on, but does not stop in good order" {
    short=("${recipe[@]}" --set trees=3 --name homeless --checkpoints pipeline.yaml/folder)
    CAPSTAN_STOP_AT=$(date +%s) run -1 --separate-stderr capstan-train "${short[@]}"
    [[ $stderr == *"cannot make directory pipeline.yaml"* ]]
    run -0 --separate-stderr capstan-train "${short[@]}"
    [[ $stderr == *"no checkpoint of step 2: cannot make directory pipeline.yaml"* ]]
}

@test "two trainings of one recipe in one folder at once make one model" {
    short=("${recipe[@]}" --set trees=200)
    capstan-train "${short[@]}" --set checkpoint=1h --name calm --quiet
    capstan-train "${short[@]}" --name twins --checkpoints "$folder" --resume 3>&- &
    until_step 3 "$folder" $!
    run --separate-stderr mpirun -n 2 capstan-train "${short[@]}" --name twins --checkpoints "$folder" --resume --json
    second=0
    wait $! || second=$?
    [[ "$status $second" =~ ^(0 99|99 0)$ ]]
    [ "$(ls registry/models/twins)" = 0000000001 ]
    whole=registry/models/calm/0000000001 same twins
}

@test "a run that is interrupted goes on inside its training" {
    sed 's/^train:.*/train: {model: gbdt, leaves: 7, trees: 4000}/; s/^refit:.*//' pipeline.yaml >long.yaml
    capstan run long.yaml >id 3>&- &
    until [ -s id ]; do sleep 0.01; done
    run=registry/runs/$(cat id)
    until [ -e "$run/train/attempt-1/begin.json" ]; do sleep 0.01; done
    kill -INT $!
    status=0
    wait $! || status=$?
    [ "$status" = 75 ]
    [ "$(jq -r .class "$run/train/attempt-1/end.json")" = stopped ]
    step=$(newest "$run/train/checkpoints")
    capstan resume "$(cat id)" || [ $? = 3 ]
    grep "resumed from a checkpoint of step $step\$" "$run/train/attempt-2/log"
    model=$(jq -r '.outputs[0].path' "$run/train/attempt-2/end.json")
    [ "$(jq -r .id "$model/manifest.json")" = "$(jq -r .id $whole/manifest.json)" ]
    [ "$(jq -r .key "$run/train/attempt-1/submission.json")" = "$(jq -r .key "$run/train/attempt-2/submission.json")" ]
}

@test "how often a checkpoint is written changes neither id nor key" {
    sed 's/^train:.*/train: {model: gbdt, leaves: 7, trees: 4000, checkpoint: 7s}/' pipeline.yaml >often.yaml
    sed 's/^train:.*/train: {model: gbdt, leaves: 7, trees: 4000}/' pipeline.yaml >plain.yaml
    run -0 jq -e '.params | has("trees") and (has("checkpoint") | not)' $whole/manifest.json
    for file in often plain; do
        capstan plan $file.yaml --json | jq '.steps[] | select(.id == "train") | .sections' >$file.json
    done
    cmp often.json plain.json
}
