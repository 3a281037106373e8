#!/usr/bin/env bats
# step.bats - capstan step, as a job runs it: the fence, what it finds, what it exits with
bats_require_minimum_version 1.5.0
load tools/world.bash

setup() {
    cd "$BATS_TEST_TMPDIR"
    unset SLURM_JOB_ID SLURM_RESTART_COUNT
    small_world 2 2000
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
    sed -i 's/ranks: 2/ranks: 1/' pipeline.yaml
}

# A run that nobody drives: its driver finds no program, and what it has left of steps is removed.
new_run() {
    mkdir -p alone
    cp "$(command -v capstan)" alone/
    run=$(PATH=/usr/bin:/bin alone/capstan run --quiet pipeline.yaml 2>/dev/null || true)
    [ -n "$run" ]
    rm -r registry/runs/"$run"/*/
}

@test "who sends jobs itself opens a run, and asks for the script of each attempt" {
    run=$(capstan plan pipeline.yaml --open --set resources.ingest.time=7m)
    [ "$(jq -r .engine "registry/runs/$run/plan.json")" = external ]
    capstan attempt "$run" ingest >script
    grep -qxF "capstan step $run ingest --attempt 1 --registry $PWD/registry -- srun --mpi=pmix --kill-on-bad-exit=1 --ntasks=1 || status=\$?" script
    grep -qxF "#SBATCH --time=0-00:07:00" script
    capstan step "$run" ingest --attempt 1
    [ "$(class ingest 1)" = done ]
    run -0 --separate-stderr capstan attempt "$run" ingest --json
    [ "$(jq -c '[.attempt, .requeues]' <<<"$output")" = '[2,false]' ]
    [ "$(jq -r .script <<<"$output")" = "$(sed -e 's/attempt 1/attempt 2/; s/attempt-1/attempt-2/' -e "s/$(jq -r .nonce "registry/runs/$run/ingest/attempt-1/submission.json")/$(jq -r .nonce "registry/runs/$run/ingest/attempt-2/submission.json")/" script)" ]
    run -2 capstan attempt "$run" nothing
    [[ $output == *"has no step nothing"* ]]
}

# submit STEP [N]: as a driver does before it sends a job.
submit() {
    local attempt=registry/runs/$run/$1/attempt-${2:-1}
    mkdir -p "$attempt"
    printf '{"engine":"slurm","nonce":"%s","step":"%s"}\n' "${3:-nonce-of-$1}" "$1" >"$attempt/submission.json"
}

# step STEP [N] [-- LAUNCHER…]
step() {
    local id=$1
    shift
    local number=1
    if [[ ${1:-} =~ ^[0-9]+$ ]]; then
        number=$1
        shift
    fi
    capstan step "$run" "$id" --attempt "$number" "$@"
}

# aside COMMAND…: in a copy of the registry, which is then other/. A run knows where its registry
# lies, so the copy stands in its place meanwhile.
aside() {
    cp -r registry before
    "$@"
    mv registry other
    mv before registry
}

# class STEP N: of its receipt
class() {
    jq -r .class "registry/runs/$run/$1/attempt-$2/end.json"
}

@test "step by step, under whatever launcher, a pipeline makes what capstan run makes" {
    cp -r registry other
    run -0 env CAPSTAN_REGISTRY=$PWD/other capstan run --quiet pipeline.yaml
    new_run
    for id in ingest validate prepare train evaluate prepare-all refit promote; do
        submit $id
        step $id -- mpirun -n 2
        [ "$(class $id 1)" = done ]
    done
    diff <("$BATS_TEST_DIRNAME/../loop/ids" other) <("$BATS_TEST_DIRNAME/../loop/ids" registry)
    run -0 capstan verify --level 1
    run -0 capstan status "$run" --json
    [ "$(jq -r '[.steps[].class] | unique | join(" ")' <<<"$output")" = done ]
    new_run # and again everything is found done
    for id in ingest validate prepare train evaluate prepare-all refit promote; do
        submit $id
        step $id
        [ "$(class $id 1)" = skipped ]
    done
    [ "$(capstan log late --json | jq -s 'flatten | length')" = 1 ]
}

@test "an attempt that was not submitted is refused, and so is a step that is none" {
    new_run
    run -2 --separate-stderr step ingest
    [[ $stderr == *"attempt 1 of ingest was never submitted in run $run"* ]]
    submit ingest
    run -2 step ingest 2
    run -2 --separate-stderr step ../ingest
    [[ $stderr == *"has no step ../ingest"* ]]
    run -2 capstan step "$run" ingest
    run -1 capstan step 20130401T120000Z-1a2b3c4d ingest --attempt 1
    [ "$(ls registry/runs/"$run"/ingest/attempt-1)" = submission.json ]
}

@test "who comes second finds the attempt taken, and does nothing" {
    new_run
    submit ingest
    SLURM_JOB_ID=7 step ingest
    before=$(find registry -type f | sort)
    SLURM_JOB_ID=8 run -4 --separate-stderr step ingest
    [[ $stderr == *"attempt 1 of ingest belongs to job 7 on "*"nothing was done"* ]]
    run -4 step ingest
    [ "$(find registry -type f | sort)" = "$before" ]
}

@test "a job of an older submission does nothing" {
    new_run
    submit ingest 1 older
    submit ingest 2 newer
    SLURM_JOB_ID=7 run -4 --separate-stderr step ingest 1
    [[ $stderr == *"submitted again since, as attempt 2"* ]]
    SLURM_JOB_ID=7 SLURM_RESTART_COUNT=1 run -4 step ingest 1
    [ ! -e registry/snapshots/trips ]
    SLURM_JOB_ID=8 run -0 step ingest 2
}

@test "a job that was requeued goes on in an attempt of its own" {
    new_run
    submit ingest
    printf '#!/bin/sh\nexit 1\n' >broken
    chmod +x broken
    SLURM_JOB_ID=7 run -1 --separate-stderr step ingest -- ./broken
    [[ $stderr == *"ingest ended with status 1 and left no receipt"* ]]
    [ ! -e registry/runs/"$run"/ingest/attempt-1/end.json ]
    SLURM_JOB_ID=7 SLURM_RESTART_COUNT=1 run -0 step ingest
    [ "$(class ingest 2)" = done ]
    diff <(jq -S . registry/runs/"$run"/ingest/attempt-1/submission.json) \
        <(jq -S . registry/runs/"$run"/ingest/attempt-2/submission.json)
    [ "$(jq -c '[.job, .restarts, .nonce]' registry/runs/"$run"/ingest/attempt-2/claim.json)" = '["7",1,"nonce-of-ingest"]' ]
    [ "$(jq -c '[.slurm.job, .slurm.restarts]' registry/runs/"$run"/ingest/attempt-2/end.json)" = '["7",1]' ]
    SLURM_JOB_ID=7 SLURM_RESTART_COUNT=2 run -0 step ingest # what is done is not done again
    [ "$(class ingest 3)" = done ]
    [ ! -e registry/runs/"$run"/ingest/attempt-3/begin.json ]
    [ "$(capstan status "$run" --json | jq -r '.steps[0].class')" = done ] # and its receipt is believed
}

# Start a step under a launcher that never ends, and wait until that runs: $job is its process.
start_endless() { # script of the launcher, step
    printf '#!/bin/sh\n%s\necho $$ >launched\nwhile :; do sleep 0.05; done\n' "$1" >endless
    chmod +x endless
    capstan step "$run" "$2" --attempt 1 -- ./endless 2>stderr 3>&- &
    job=$!
    until [ -s launched ]; do sleep 0.02; done
}

@test "killed and started again, as after the loss of the controller, the same job goes on" {
    new_run
    submit ingest
    export SLURM_JOB_ID=7
    start_endless '' ingest
    kill -9 $job
    wait $job || true
    while kill -0 "$(cat launched)" 2>/dev/null; do sleep 0.02; done # its program went with it
    run -0 step ingest
    [ "$(class ingest 2)" = done ]
}

@test "a signal is for the program: TERM reaches a launcher as USR1" {
    new_run
    submit ingest
    start_endless 'trap "echo USR1 >got; exit 9" USR1' ingest
    kill -TERM $job
    status=0
    wait $job || status=$?
    [ $status = 1 ]
    [ "$(cat got)" = USR1 ]
    grep -q "ingest ended with status 9 and left no receipt" stderr
    grep -q "ingest: its output is in .*/ingest/attempt-1/log" stderr
}

@test "the program is told when the time of its job is over" {
    new_run
    submit ingest
    # shellcheck disable=SC2016 # the launcher's own
    printf '#!/bin/sh\necho "$CAPSTAN_STOP_AT" >>deadlines\n' >launcher
    chmod +x launcher
    export SLURM_JOB_ID=7 SLURM_JOB_END_TIME=1893456000
    run -1 step ingest -- ./launcher
    CAPSTAN_STOP_AT=1893450000 run -1 step ingest -- ./launcher # somebody knows better
    [ "$(cat deadlines)" = 1893456000$'\n'1893450000 ]
}

@test "a signal that comes before the program is started stops the step, and nothing is started" {
    new_run
    submit ingest
    run -75 --separate-stderr /usr/bin/python3 -c '
import os, signal, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}) # it waits, for whom this becomes
os.kill(os.getpid(), signal.SIGTERM)
os.execvp("capstan", ["capstan", "step", sys.argv[1], "ingest", "--attempt", "1"])' "$run"
    [[ $stderr == *"a signal came before"*"was started"* ]]
    [ "$(class ingest 1)" = stopped ]
    [ ! -e registry/runs/"$run"/ingest/attempt-1/log ]
}

@test "what is refused, and what comes after it, exits with 3" {
    sed -i 's/levels: \[north, south, west\]/levels: [north, south]/' trips.schema.yaml
    new_run
    for id in ingest validate prepare; do submit $id; done
    step ingest
    run -3 step validate
    run -3 --separate-stderr step prepare
    [[ $stderr == *"validate was refused, so nothing comes after it"* ]]
    [ "$(class prepare 1)" = refused ]
}

@test "a step whose forerunner has not finished fails, and says so in its receipt" {
    new_run
    submit prepare
    run -1 --separate-stderr step prepare
    [[ $stderr == *"ingest comes before prepare and has not finished"* ]]
    [ "$(class prepare 1)" = failed ]
}

@test "two attempts alive at once make one version, and no alarm" {
    new_run
    for id in ingest validate prepare train; do submit $id; done
    for id in ingest validate prepare; do step $id; done
    export SLURM_JOB_ID=7
    step train 2>first 3>&- &
    step train 2>second 3>&- &
    wait -n
    wait -n
    [ "$(jq -r '.outputs[0].id' registry/runs/"$run"/train/attempt-{1,2}/end.json | sort -u | wc -l)" = 1 ]
    [ "$(ls registry/models/late)" = 0000000001 ]
    [ -z "$(find registry/runs -name alarm.json)" ]
}

@test "another result under the same key is an alarm and a failure" {
    new_run
    for id in ingest validate prepare train; do submit $id; done
    for id in ingest validate prepare; do step $id; done
    aside step train
    key=$(basename "$(grep -l '"step": "train"' other/keys/*)" .json)
    jq -S '.run = "20130401T120000Z-1a2b3c4d" | .outputs[0].id |= (.[:-4] + "beef") | del(.record_sha256)' \
        other/keys/"$key".json >forged.json
    seal=$(jq -cSj . forged.json | sha256sum | cut -d' ' -f1)
    jq -S --arg seal "$seal" '.record_sha256 = $seal' forged.json >registry/keys/"$key".json
    chmod 444 registry/keys/"$key".json
    run -0 capstan verify --level 0
    run -1 --separate-stderr step train
    [[ $stderr == *"alarm"*"20130401T120000Z-1a2b3c4d"*"beef)"*"run $run"*"capstan diff"*"capstan replay"* ]]
    [ "$(jq -r '.second.run' registry/runs/"$run"/train/attempt-1/alarm.json)" = "$run" ]
    run -0 --separate-stderr capstan status "$run" --json
    [ "$(jq -r '.steps[] | select(.id == "train") | .class' <<<"$output")" = failed ]
    submit evaluate
    run -1 step evaluate
    rm -f registry/keys/"$key".json # a person has found that it was the other one that was wrong
    submit train 2
    run -0 step train 2
}

@test "a training that is stopped exits with 75, and the job goes on to the same model" {
    sed -i 's/trees: 20/trees: 400/' pipeline.yaml
    new_run
    for id in ingest validate prepare train; do submit $id; done
    for id in ingest validate prepare; do step $id; done
    aside step train
    export SLURM_JOB_ID=7
    capstan step "$run" train --attempt 1 -- mpirun -n 2 2>stderr 3>&- &
    job=$!
    until [ -e registry/runs/"$run"/train/attempt-1/begin.json ]; do sleep 0.02; done
    kill -TERM $job
    status=0
    wait $job || status=$?
    [ $status = 75 ]
    [ "$(class train 1)" = stopped ]
    [ ! -e registry/models/late/0000000001 ]
    SLURM_RESTART_COUNT=1 run -0 step train
    grep -q "resumed from a checkpoint" registry/runs/"$run"/train/attempt-2/log
    [ "$(jq -r '.outputs[0].id' registry/runs/"$run"/train/attempt-2/end.json)" = \
        "$(jq -r '.outputs[0].id' other/runs/"$run"/train/attempt-1/end.json)" ]
}
