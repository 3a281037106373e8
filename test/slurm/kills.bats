#!/usr/bin/env bats
# kills.bats - a training that checkpoints is killed again and again, and ends in the same model
bats_require_minimum_version 1.5.0

load tools.bash
load world.bash

setup_file() {
    start_cluster --accounting file
    small_base "$BATS_FILE_TMPDIR/base"
    sed -i -e 's/^train: .*/train: {model: gbdt, trees: 3000, leaves: 7, min_rows: 2, checkpoint: 0s}/' \
        -e 's/^slurm: .*/slurm: {poll: 1s, restarts: 1000, retries: {killed: 1000, infrastructure: 1000}}/' pipeline.yaml
    for trees in 1200 3000; do
        world here
        capstan run pipeline.yaml --set train.checkpoint=1d --set train.trees=$trees
        ids registry >"$BATS_FILE_TMPDIR/expected.$trees"
    done
}

teardown_file() {
    stop_cluster
}

setup() {
    use_cluster
}

# The ranks of this cluster's trainings.
ranks() {
    local pid
    for pid in $(pgrep -x capstan-train); do
        ! grep -qzxF "SLURM_CONF=$SLURM_CONF" "/proc/$pid/environ" 2>/dev/null || echo "$pid"
    done
}

# All processes of a job but Slurm's own: its script, capstan step, srun, the ranks.
processes() { # job
    local entry
    for entry in /proc/[0-9]*; do
        if grep -qzxF "SLURM_JOB_ID=$1" "$entry/environ" 2>/dev/null &&
            grep -qzxF "SLURM_CONF=$SLURM_CONF" "$entry/environ" && ! grep -qx slurmstepd "$entry/comm"; then
            echo "${entry#/proc/}"
        fi
    done
}

training_job() {
    squeue -h -t RUNNING -o '%A %j' | awk -v run="capstan-$id-train-" 'index($2, run) == 1 { print $1 }'
}

has_ended() {
    [ -n "$(find "registry/runs/$id/pipeline" -name end.json)" ]
}

# Ranks are at work, none of them among those of before.
goes_on() { # ranks before
    local now
    has_ended && return 0
    now=$(ranks)
    [ "$(wc -w <<<"$now")" = 2 ] && [ -z "$(comm -12 <(sort <<<"$1") <(sort <<<"$now"))" ]
}

# strike KIND: false where there was nothing to be hit any more.
strike() {
    local job
    job=$(training_job)
    [ -n "$job" ] || return 1
    case $1 in
    "a rank killed") kill -KILL "$(ranks | shuf -n 1)" ;;
    "capstan step killed") kill -KILL $(pgrep -f "capstan step $id train ") ;;
    "the whole job killed") kill -KILL $(processes "$job") ;; # scancel would be somebody's word
    "requeued") scontrol requeue "$job" ;;
    "preempted") batch -p urgent -N 2 --exclusive true ;;
    esac
}

# Twenty with test/slurm/run, of all kinds; a few of the first kinds where all suites are run.
@test "kills at random moments of trainings end in the same model" {
    wanted=${CAPSTAN_KILLS:-5}
    kinds=("a rank killed" "a rank killed" "capstan step killed" "a rank killed" "requeued"
        "a rank killed" "the whole job killed" "a rank killed" "capstan step killed" "preempted")
    n=0
    for ((round = 1; n < wanted && round <= 10; round++)); do # a quick machine ends a training before
        world "there-$round"
        id=$(capstan submit pipeline.yaml)
        capstan wait "$id" >wait.log 2>&1 3>&- &
        driver=$!
        before=
        while ((n < wanted)); do
            until_true 90 goes_on "$before"
            ! has_ended || break
            before=$(ranks)
            sleep "0.$((RANDOM % 6))"
            if strike "${kinds[n % ${#kinds[@]}]}"; then
                provoked "training: ${kinds[n % ${#kinds[@]}]}" "the same model"
                n=$((n + 1))
            fi
        done
        wait $driver || { cat wait.log; false; }
        diff "$BATS_FILE_TMPDIR/expected.3000" <(ids registry)
    done
    echo "$n kills in $((round - 1)) trainings"
    [ $n = "$wanted" ]
}

@test "two attempts alive at once make one model" {
    world twice
    id=$(capstan submit pipeline.yaml --set train.trees=1200)
    until_true 60 goes_on ""
    job=$(training_job)
    node=$(squeue -h -j "$job" -o %N)
    before=$(ranks)
    kill -STOP "$(cat "$CLUSTER/pid/slurmd.$node")" # the node is cut off: nobody can end its ranks
    scontrol update nodename="$node" state=down reason=provoked
    both() { [ "$(ranks | wc -w)" = 4 ]; }
    until_true 60 both
    run -0 timeout 120 capstan wait "$id"
    kill -CONT "$(cat "$CLUSTER/pid/slurmd.$node")"
    scontrol update nodename="$node" state=resume || true # it may be back by itself
    diff "$BATS_FILE_TMPDIR/expected.1200" <(ids registry)
    [ "$(ls -d "registry/runs/$id/train"/attempt-* | wc -l)" = 2 ]
    [ -z "$(find "registry/runs/$id" -name alarm.json)" ]
    provoked "a node cut off, its ranks alive" "one model"
}
