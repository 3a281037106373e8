#!/usr/bin/env bats
# driver.bats - capstan submit killed anywhere and gone on with, Slurm's daemons away, cancel
bats_require_minimum_version 1.5.0

load tools.bash
load world.bash

setup_file() {
    start_cluster
    KILL=$(compile "$BATS_TEST_DIRNAME/kill_at.c")
    export KILL
    small_base "$BATS_FILE_TMPDIR/base"
    world here
    capstan run pipeline.yaml
    ids registry >"$BATS_FILE_TMPDIR/expected"
}

teardown_file() {
    stop_cluster
}

setup() {
    use_cluster
    every=${CAPSTAN_LONG:+1} away=${CAPSTAN_LONG:+60}
    every=${every:-3} # of the points that a driver can be killed at
}

# killed N COMMAND…: it was killed just before its nth visible call; false: it had come to its end.
killed() {
    local at=$1 status=0
    shift
    rm -f calls
    KILL_AT=$at KILL_LOG=calls LD_PRELOAD=$KILL "$@" >out 2>err || status=$?
    [ $status != 137 ] || return 0
    [ $status = 0 ] || { cat err >&2; return 2; }
    return 1
}

# What the driver was about to do when it was killed: the call, and the file or program.
last_call() {
    tail -n 1 calls | sed -E -e 's|^([a-z0-9]+) .*/|\1 |' -e 's|^mkdir .*|mkdir|' -e 's|\.tmp\..*|draft|' \
        -e 's|attempt-.*|attempt|'
}

# Every step of the run has one attempt, whose job is in the queue and the only one of its name.
submitted_once() { # run
    local step nonce job
    for step in $(jq -r '.steps[].id' "registry/runs/$1/plan.json"); do
        [ "$(ls -d "registry/runs/$1/$step"/attempt-* | wc -l)" = 1 ]
        nonce=$(jq -r .nonce "registry/runs/$1/$step/attempt-1/submission.json")
        job=$(jq -r .job "registry/runs/$1/$step/attempt-1/job.json")
        [ "$(squeue -h -o %A --name "capstan-$1-$step-$nonce")" = "$job" ]
    done
    [ "$(queued "$1" | wc -l)" = $(($(jq '.steps | length' "registry/runs/$1/plan.json") + 1)) ] # the sentinel
}

# Each step was claimed by one job, and of all jobs of its name that one alone has worked.
done_once() { # run
    local step nonce
    for step in $(jq -r '.steps[].id' "registry/runs/$1/plan.json"); do
        [ "$(find "registry/runs/$1/$step" -name claim.json | wc -l)" = 1 ]
        nonce=$(jq -r .nonce "registry/runs/$1/$step"/attempt-1/claim.json)
        [ "$(grep -c "JobState=COMPLETED.*capstan-$1-$step-$nonce\|capstan-$1-$step-$nonce.*JobState=COMPLETED" "$CLUSTER/jobcomp")" = 1 ]
    done
}

go_on() { # file; prints the run
    local id
    id=$(newest_run)
    if [ -z "$id" ]; then
        capstan submit "$1"
    else
        capstan wait "$id" --once >/dev/null || capstan resume "$id" >/dev/null
        echo "$id"
    fi
}

# A driver dies as it is about to send the first step; its run is in $id.
dies_sending() { # file
    mkdir -p dead
    printf '#!/bin/bash\nkill -KILL $PPID\n' >dead/sbatch
    chmod +x dead/sbatch
    PATH=$PWD/dead:$PATH run capstan submit "$1"
    id=$(newest_run)
    [ -e "registry/runs/$id/ingest/attempt-1/submission.json" ]
}

# In the folder slow, an sbatch that takes its time, once it has said that it was asked.
slow_sbatch() {
    mkdir slow
    printf '#!/bin/bash\ntouch %q\nsleep 3\nexec %q "$@"\n' "$PWD/asked" "$(command -v sbatch)" >slow/sbatch
    chmod +x slow/sbatch
}

@test "killed before any of its calls, submit is gone on with and each step is in the queue once" {
    local points=0 status=0
    for ((n = 1 + RANDOM % every; ; n += every)); do
        world "held-$n"
        killed "$n" capstan submit held.yaml || status=$?
        [ $status = 0 ] || break
        points=$((points + 1))
        id=$(go_on held.yaml)
        submitted_once "$id"
        provoked "submit killed before $(last_call)" "each step submitted once"
        capstan cancel "$id"
        [ -z "$(queued "$id")" ]
        rm -rf "$PWD"
    done
    [ $status = 1 ]
    [ $points -ge 10 ]
    capstan cancel "$(newest_run)" # whose driver was not killed
}

@test "killed and gone on with, a run ends with the same ids, each step done once" {
    for n in 20 35; do
        world "killed-$n"
        killed $n capstan submit pipeline.yaml
        id=$(go_on pipeline.yaml)
        capstan wait "$id"
        diff "$BATS_FILE_TMPDIR/expected" <(ids registry)
        done_once "$id"
        provoked "submit killed before $(last_call)" "the same ids"
    done
}

@test "two drivers at once submit each step once" {
    world two
    id=$(capstan submit pipeline.yaml)
    capstan wait "$id" &
    one=$!
    capstan wait "$id" &
    two=$!
    wait $one
    wait $two
    diff "$BATS_FILE_TMPDIR/expected" <(ids registry)
    done_once "$id"
    provoked "two drivers at once" "each step done once"
}

@test "a submission that is accepted after its driver has died is found or fenced off" {
    world late
    slow_sbatch
    PATH=$PWD/slow:$PATH capstan submit pipeline.yaml >out 2>&1 &
    driver=$!
    until_true 30 test -e asked
    kill -KILL $driver
    id=$(go_on pipeline.yaml)
    capstan wait "$id"
    diff "$BATS_FILE_TMPDIR/expected" <(ids registry)
    done_once "$id"
    provoked "driver killed while sbatch runs" "each step done once"
}

@test "cancelled while another driver sends a step, nothing is left in the queue" {
    world sending
    slow_sbatch
    dies_sending held.yaml
    PATH=$PWD/slow:$PATH capstan wait "$id" >log 2>&1 3>&- &
    driver=$!
    until_true 30 test -e asked
    capstan cancel "$id"
    wait $driver || true
    [ -e "registry/runs/$id/ingest/attempt-1/job.json" ] # it was sent
    [ -z "$(queued "$id")" ]
    provoked "cancelled while a step is being sent" "nothing left in the queue"
}

@test "a job that comes into the queue after its run was cancelled does nothing" {
    world behind
    slow_sbatch
    PATH=$PWD/slow:$PATH capstan submit pipeline.yaml >out 2>&1 3>&- &
    driver=$!
    until_true 30 test -e asked
    kill -KILL $driver
    id=$(newest_run)
    capstan cancel "$id"
    came() { grep -q "capstan-$id-ingest-" "$CLUSTER/jobcomp"; }
    until_true 30 came
    [ ! -e "registry/runs/$id/ingest/attempt-1/claim.json" ]
    grep -q "run $id was cancelled: nothing was done" "registry/runs/$id/ingest/attempt-1/log"
    provoked "a job accepted after cancel" "nothing was done"
}

@test "squeue is asked once a poll, however many jobs" {
    world asked
    shim "$PWD/shims" "$PWD/asked" squeue sacct scontrol
    id=$(capstan submit held.yaml)
    [ "$(queued "$id" | wc -l)" -ge 6 ]
    started=$SECONDS
    PATH=$PWD/shims:$PATH timeout 6 capstan wait "$id" || true
    looks=$((SECONDS - started + 2))
    [ "$(grep -c ' squeue ' asked)" -ge 2 ]
    [ "$(grep -c ' squeue ' asked)" -le $looks ]
    [ "$(grep -c ' sacct ' asked)" -le $looks ]
    capstan cancel "$id"
    [ -z "$(queued "$id")" ]
}

# In a job, as `module load` of slurm.modules: train waits while HOLD is there.
module() {
    while [[ $SLURM_JOB_NAME == *-train-* ]] && [ -e "$HOLD" ]; do sleep 0.1; done
}
export -f module

# away AFTER SECONDS: slurmctld is killed so many seconds into train, is away for so many, and comes
# back before train ends; the run's id is in $id.
away() {
    local driver
    export HOLD=$PWD/hold
    touch "$HOLD"
    id=$(capstan submit pipeline.yaml --set slurm.modules=[held])
    capstan wait "$id" >log 2>&1 3>&- &
    driver=$!
    until_true 60 test -e "registry/runs/$id/prepare/attempt-1/end.json"
    until_true 60 is_training
    sleep "$1"
    "$BATS_TEST_DIRNAME/cluster" kill "$CLUSTER" slurmctld
    sleep "$2"
    "$BATS_TEST_DIRNAME/cluster" begin "$CLUSTER" slurmctld
    until_true 60 nodes_answer
    sleep 2 # an srun that comes too early tries again after a minute
    rm "$HOLD"
    wait $driver || { cat log; return 1; }
    diff "$BATS_FILE_TMPDIR/expected" <(ids registry)
}

nodes_answer() {
    local states
    states=$(timeout 10 sinfo -h -p main -N -o %T) && ! grep -qvE '^(idle|mixed|allocated)$' <<<"$states"
}

is_training() {
    squeue -h -t RUNNING -o %j | grep -q -- "$id-train-"
}

@test "a slurmctld that is away for a while loses nothing" {
    world away
    away 7 "${away:-20}" # it saves what it knows every few seconds
    done_once "$id"
    provoked "slurmctld away" "each step done once"
}

@test "jobs that a killed slurmctld has forgotten are lost, and submitted again" {
    world forgotten
    sed -i 's/^slurm: .*/slurm: {poll: 1s, lost_after: 3s}/' pipeline.yaml
    away 0 1
    provoked "slurmctld killed" "the same ids"
}

@test "without slurmdbd a run goes on" {
    world unaccounted
    "$BATS_TEST_DIRNAME/cluster" end "$CLUSTER" slurmdbd
    id=$(capstan submit pipeline.yaml)
    run timeout 120 capstan wait "$id"
    "$BATS_TEST_DIRNAME/cluster" begin "$CLUSTER" slurmdbd
    [ "$status" = 0 ]
    diff "$BATS_FILE_TMPDIR/expected" <(ids registry)
    provoked "slurmdbd away" "the same ids"
}

@test "nothing is left in the queue after cancel" {
    world cancelled
    id=$(capstan submit pipeline.yaml)
    until_true 30 test -e "registry/runs/$id/ingest/attempt-1/claim.json"
    capstan cancel "$id"
    [ -z "$(queued "$id")" ]
    run capstan wait "$id"
    [ "$status" != 0 ]
    provoked "cancelled while a step runs" "nothing left in the queue"
}
