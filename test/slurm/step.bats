#!/usr/bin/env bats
# step.bats - capstan step in jobs of a real Slurm
bats_require_minimum_version 1.5.0
load ../cli/tools/world.bash
load tools.bash

setup_file() {
    start_cluster --accounting file
}

teardown_file() {
    stop_cluster
}

# A run whose features are made, its training submitted.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    small_world 2 2000
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
    sed -i -e 's/ranks: 2/ranks: 1/' -e 's/trees: 20/trees: 1000/' pipeline.yaml
    mkdir alone
    cp "$(command -v capstan)" alone/
    run=$(PATH=/usr/bin:/bin alone/capstan run --quiet pipeline.yaml 2>/dev/null || true)
    rm -r registry/runs/"$run"/*/
    for id in ingest validate prepare; do
        submit $id
        capstan step "$run" $id --attempt 1
    done
    submit train
    train=registry/runs/$run/train
    use_cluster
}

submit() { # step
    mkdir -p registry/runs/"$run"/"$1"/attempt-1
    printf '{"engine":"slurm","nonce":"nonce-of-%s"}\n' "$1" >registry/runs/"$run"/"$1"/attempt-1/submission.json
}

wait_for() { # file
    until_true 60 test -e "$1" || { cat job.log "$train"/attempt-*/log && false; }
}

# True once the job has ended well.
is_completed() {
    [[ $(scontrol show job "$job") == *"JobState=COMPLETED "*"ExitCode=0:0"* ]]
}

@test "a requeued training goes on in an attempt of its own, and knows when its time is over" {
    # shellcheck disable=SC2016 # the launcher's own
    printf '#!/bin/sh\necho "$CAPSTAN_STOP_AT" >>deadlines\nexec srun --mpi=pmix --kill-on-bad-exit=1 -N 2 -n 2 "$@"\n' >launcher
    printf '#!/bin/bash\ntrap : TERM USR1 USR2\ncapstan step %s train --attempt 1 -- ./launcher\n' "$run" >script
    chmod +x launcher
    job=$(sbatch --parsable -N 2 --requeue --open-mode=append -t 20 -o job.log script)
    wait_for "$train"/attempt-1/begin.json
    [ "$(cat deadlines)" = "$(SLURM_TIME_FORMAT=%s squeue -h -j "$job" -o %e)" ]
    scontrol requeue "$job"
    wait_for "$train"/attempt-2/end.json
    [ "$(jq -c '[.job, .restarts]' "$train"/attempt-1/claim.json)" = "[\"$job\",0]" ]
    [ "$(jq -c '[.job, .restarts]' "$train"/attempt-2/claim.json)" = "[\"$job\",1]" ]
    [ "$(jq -c '[.class, .slurm.job, .slurm.restarts]' "$train"/attempt-2/end.json)" = "[\"done\",\"$job\",1]" ]
    [ "$(sort -u deadlines | wc -l)" = 2 ]
    run -0 --separate-stderr capstan replay late@1
    [ "$output" = identical ]
    until_true 20 is_completed
    provoked requeue "gone on in an attempt of its own"
}

# So it is after a start that failed: Slurm neither starts the job again nor lets go of what waits for
# it. Here a person holds it, and the same work is done by hand.
@test "a job that Slurm holds though its step is done does not hold up the run" {
    sed -i 's/trees: 1000/trees: 20/' pipeline.yaml
    printf 'slurm: {poll: 1s}\n' >>pipeline.yaml
    mkdir slow
    printf '#!/bin/sh\n[ -e %s/quick ] || [ "$SLURM_JOB_NAME" = "${SLURM_JOB_NAME#*-train-}" ] || sleep 60\nexec %s "$@"\n' \
        "$PWD" "$(command -v srun)" >slow/srun
    chmod +x slow/srun
    run=$(PATH=$PWD/slow:$PATH capstan submit pipeline.yaml)
    train=registry/runs/$run/train
    wait_for "$train"/attempt-1/claim.json
    touch quick
    job=$(jq -r .job "$train"/attempt-1/claim.json)
    scontrol requeuehold "$job"
    SLURM_JOB_ID=$job SLURM_RESTART_COUNT=1 run -0 capstan step "$run" train --attempt 1
    run -0 timeout 100 capstan wait "$run"
    [[ $output == *"train is done, and Slurm holds its job $job: it is ended"* ]]
    [ "$(jq -r .class registry/runs/"$run"/promote/attempt-*/end.json)" = done ]
    [ -z "$(squeue -h -o %j | grep "$run")" ]
    provoked "a done step's job held" "the run went on without it"
}
