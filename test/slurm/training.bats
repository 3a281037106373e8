#!/usr/bin/env bats
# training.bats - a training that Slurm warns, and one that it takes the node from: both go on
bats_require_minimum_version 1.5.0
load tools.bash
load ../cli/tools/world.bash

setup_file() {
    start_cluster --accounting file
    cd "$BATS_FILE_TMPDIR"
    small_world 2 1500
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
    sed -i 's/^train:.*/train: {model: gbdt, leaves: 7, trees: 6000}/; s/^refit:.*//; s/^promote:.*//' pipeline.yaml
    printf 'slurm: {poll: 1s}\n' >>pipeline.yaml
    cp -r registry here
    capstan run pipeline.yaml --registry here
}

teardown_file() {
    stop_cluster
}

# attempt N FILE: the path of a file of the training's attempt
attempt() {
    echo "registry/runs/$id/train/attempt-$1/$2"
}

# resumed N: attempt N has gone on from a checkpoint of one before.
resumed() {
    grep -q 'resumed from a checkpoint of step [0-9]*$' "$(attempt "$1" log)"
}

@test "warned by USR1, then preempted, a training on two nodes ends as one left alone" {
    cd "$BATS_FILE_TMPDIR"
    id=$(capstan submit pipeline.yaml --set resources.default.nodes=2)
    until_true 120 test -e "$(attempt 1 begin.json)"
    job=$(jq -r .job "$(attempt 1 claim.json)")
    scancel --signal=USR1 "$job" # what --signal sends: to the ranks, not to the script
    until_true 60 test -e "$(attempt 1 end.json)"
    [ "$(jq -r .class "$(attempt 1 end.json)")" = stopped ]
    provoked "warning (USR1)" "checkpoint, back into the queue, the id of one left alone"

    until_true 120 test -e "$(attempt 2 begin.json)"
    urgent=$(batch -p urgent -N 2 --exclusive 'exec sleep 600')
    wait_for_state "$urgent" RUNNING
    scancel "$urgent"
    until_true 120 test -e "$(attempt 3 begin.json)"
    provoked PREEMPTED "training went on from its checkpoint"

    run -0 timeout 300 capstan wait "$id"
    resumed 2
    resumed 3
    [ "$(jq -r .job "$(attempt 3 claim.json)")" = "$job" ] # Slurm brought it back
    diff <("$BATS_TEST_DIRNAME/../loop/ids" here) <("$BATS_TEST_DIRNAME/../loop/ids" registry)
    [ ! -e "registry/runs/$id/train/checkpoints" ]
}

@test "a training that somebody cancels stops with a checkpoint, and does not come back" {
    cd "$BATS_FILE_TMPDIR"
    id=$(capstan submit pipeline.yaml --set train.trees=100000) # it never gets there
    until_true 120 test -e "$(attempt 1 begin.json)"
    sleep 1 # until it looks for signals
    job=$(jq -r .job "$(attempt 1 claim.json)")
    scancel "$job"
    run -75 timeout 120 capstan wait "$id"
    [ ! -e "$(attempt 2 begin.json)" ]
    [ -z "$(squeue -h)" ]
    provoked "scancel of a training" "the run ends, stopped"
}
