#!/usr/bin/env bats
# chain.bats - a pipeline submitted: the same ids as here, mended by itself, cancelled, taken up again
bats_require_minimum_version 1.5.0
load tools.bash
load ../cli/tools/world.bash

# In a job, as `module load` of slurm.modules: the step HOLD_STEP waits while HOLD is there, a job ends
# before it has begun where VANISH is set, which the sentinel does not get.
module() {
    [ -z "${VANISH:-}" ] || [[ $SLURM_JOB_NAME == *sentinel* ]] || exit 0
    local name=${SLURM_JOB_NAME%-*}
    while [ "${name##*-}" = "${HOLD_STEP:-}" ] && [ -e "${HOLD:-}" ]; do sleep 0.1; done
}
export -f module

setup_file() {
    start_cluster
    export WORLD=$BATS_FILE_TMPDIR
    cd "$WORLD"
    small_world 2 500
    printf 'slurm: {poll: 1s, modules: [held], retries: {infrastructure: 1}}\n' >>pipeline.yaml
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
    cp -r registry here
    cp -r registry hand
    RUN=$(capstan submit pipeline.yaml --set resources.default.nodes=2)
    export RUN
    capstan run pipeline.yaml --registry here
    capstan wait "$RUN"
    sed 's/^SlurmctldPort=.*/SlurmctldPort=1/' "$CLUSTER/slurm.conf" >away.conf
    held timeout train --set train.trees=9 --set resources.train.time=10m --only train
}

teardown_file() {
    stop_cluster
}

setup() {
    cd "$WORLD"
}

# held NAME STEP OPTION…: submit with a step that waits while the file NAME is there; the run's id
# is in the file NAME.run.
held() {
    local name=$1 step=$2
    shift 2
    touch "$name"
    HOLD=$WORLD/$name HOLD_STEP=$step capstan submit pipeline.yaml "$@" >"$name.run"
}

# field RUN STEP KEY: of capstan status --json
field() {
    capstan status "$1" --json | jq -r --arg step "$2" --arg key "$3" \
        '.steps[] | select(.id == $step) | .[$key] // ""'
}

is() { # run, step, key, value
    [ "$(field "$1" "$2" "$3")" = "$4" ]
}

# Is a job of the run in the queue?
queued() {
    squeue -h -o "%j %T %r %E" | grep -- "$1"
}

# The sentinel may be on its last words.
soon_empty() {
    until_true 20 not_queued "$1"
}

not_queued() {
    ! queued "$1"
}

@test "submitted on two nodes, a pipeline has the ids of capstan run" {
    run -0 --separate-stderr capstan wait "$RUN" --json
    [ "$(jq -r '[.state, .class] | join(" ")' <<<"$output")" = "ended done" ]
    diff <("$BATS_TEST_DIRNAME/../loop/ids" here) <("$BATS_TEST_DIRNAME/../loop/ids" registry)
    grep -q -- '^#SBATCH --nodes=2$' "registry/runs/$RUN/train/attempt-1/script"
    soon_empty "$RUN" # of the sentinel too
}

@test "what is printed with --dry-run is what was sent" {
    capstan submit pipeline.yaml --dry-run --set resources.default.nodes=2 >dry
    for step in ingest validate prepare train evaluate prepare-all refit promote sentinel; do
        attempt=registry/runs/$RUN/$step/attempt-1
        nonce=$(jq -r .nonce "$attempt/submission.json")
        echo "sent: $step" && sed -e "s/$RUN/RUN/g" -e "s/$nonce/NONCE/g" "$attempt/script"
    done | grep -v '^sent:' >sent
    diff <(grep -v -e '^# sbatch' -e '^$' dry) sent
    grep -q '^# sbatch --dependency=afterok:<prepare> --kill-on-invalid-dep=yes train/script$' dry
}

# The lines of a script that say how it is started, stopped and brought back.
manners() {
    grep -E -e '--(no-)?requeue|--signal|--open-mode|^set |^trap |^status=0$|= 75|scontrol|^exit' "$@" |
        sed 's/ &&$//'
}

@test "the scripts of jobs/ start, stop and come back as submit's do" {
    for step in ingest validate prepare train evaluate; do
        run manners "registry/runs/$RUN/$step/attempt-1/script"
        for line in "${lines[@]}"; do
            case $line in
            "trap "* | *"= 75"*) [ $step = train ] || continue ;; # no other goes back into the queue
            esac
            grep -qF -- "$line" "$BATS_TEST_DIRNAME/../../jobs/$step.sbatch" || {
                echo "jobs/$step.sbatch lacks: $line" >&2
                return 1
            }
        done
    done
}

@test "submitted by hand, the scripts of jobs/ make the same ids" {
    export CAPSTAN_REGISTRY=$WORLD/hand DATASET=trips SNAPSHOT=trips@1 FEATURES=late MODEL=late
    local after=
    for step in ingest validate prepare train evaluate; do
        case $step in
        train) FEATURES=late@1 ;;
        evaluate) MODEL=late@1 ;;
        esac
        job=$(sbatch --parsable --ntasks=2 --time=10 ${after:+--dependency=afterok:$after --kill-on-invalid-dep=yes} \
            "$BATS_TEST_DIRNAME/../../jobs/$step.sbatch")
        after=$job
    done
    wait_for_record "$job" COMPLETED || { cat ./*.log >&2; return 1; }
    "$BATS_TEST_DIRNAME/../loop/ids" hand >ids.hand
    [ "$(grep -c -E '^(snapshot trips|features late|model late|evaluation late)@1 ' ids.hand)" = 4 ]
    [ -z "$(comm -23 ids.hand <("$BATS_TEST_DIRNAME/../loop/ids" here))" ]
}

@test "a node fails, and the sentinel submits again what it took away" {
    held node validate --set validate.psi=0.3 --only validate
    run=$(<node.run)
    until_true 30 is "$run" validate state running
    node=$(squeue -h -t R -o '%j %N' | sed -n "s/^capstan-$run-validate.* //p")
    scontrol update nodename="$node" state=down reason=test
    until_true 30 test -e "registry/runs/$run/validate/attempt-2/job.json"
    rm node
    until_true 60 is "$run" validate class "done"
    grep -q "^#SBATCH --exclude=$node\$" "registry/runs/$run/validate/attempt-2/script"
    [ "$(jq -r .retry "registry/runs/$run/validate/attempt-2/submission.json")" = infrastructure ]
    [ ! -e "registry/runs/$run/validate/attempt-3" ]
    scontrol update nodename="$node" state=resume 2>/dev/null || true # it may be back already
    provoked NODE_FAIL "submitted again by the sentinel"
}

# A report of validation whose receipt stands while its job does not end, and then loses its node.
fail_after_receipt() { # name, psi; the run is in $run
    local made attempt
    made=$(capstan submit pipeline.yaml --set validate.psi="$2" --only validate)
    capstan wait "$made"
    held "$1" validate --set validate.psi="$2" --only validate
    run=$(<"$1.run")
    attempt=registry/runs/$run/validate/attempt-1
    until_true 30 is "$run" validate state running
    cp "registry/runs/$made/validate/attempt-1/end.json" "$attempt/end.json"
    report=$(jq -r '.outputs[0].path' "$attempt/end.json")
}

fail_node_of() { # run
    node=$(squeue -h -t R -o '%j %N' | sed -n "s/^capstan-$1-validate.* //p")
    scontrol update nodename="$node" state=down reason=test
    until_true 30 nodes_are_well
}

nodes_are_well() {
    ! sinfo -h -N -o %T | grep -q -v -e idle -e mixed -e allocated
}

@test "a receipt that Slurm contradicts is believed once what was made verifies" {
    fail_after_receipt suspect 0.31
    fail_node_of "$run"
    run -0 --separate-stderr capstan wait "$run" --json
    [[ $(jq -r .steps[1].message <<<"$output") == *"NODE_FAIL"*"what it made verifies"* ]]
    [ "$(jq .steps[1].suspect <<<"$output")" = true ]
    provoked "NODE_FAIL after the receipt" "outputs verified, done"
}

@test "… and a failure where it does not" {
    fail_after_receipt damaged 0.32
    chmod u+w "$report/validation.json"
    echo damaged >>"$report/validation.json"
    fail_node_of "$run"
    run -1 --separate-stderr capstan wait "$run"
    [[ $stderr == *"validate: "*"what it made does not verify"* ]]
    capstan resume "$run" >/dev/null 2>&1
    run -1 --separate-stderr capstan wait "$run"
    [[ $stderr == *"capstan verify --quarantine moves it aside"* ]]
    capstan verify --quarantine >/dev/null 2>&1 || true
    capstan resume "$run" >/dev/null 2>&1
    run -0 capstan wait "$run"
    provoked "NODE_FAIL after the receipt, output damaged" "failed until it was moved aside"
}

@test "a job that ended well and left no receipt is lost, and sentinels do not pile up meanwhile" {
    run=$(VANISH=1 capstan submit pipeline.yaml --set validate.psi=0.33 --only validate \
        --set slurm.lost_after=6s --set slurm.retries.lost=0)
    run -1 --separate-stderr capstan wait "$run"
    [[ $stderr == *"COMPLETED by "*"but there is no receipt"* ]]
    [ "$(ls "registry/runs/$run/sentinel" | wc -l)" -le 2 ]
    run queued "$run"
    [ "$status" = 1 ]
    provoked "COMPLETED without a receipt" "lost after lost_after"
}

@test "a refused gate stops the chain: wait says why, with 3" {
    run=$(capstan submit pipeline.yaml --set train.trees=3 --set gate.floor=0.999)
    run -3 --separate-stderr capstan wait "$run"
    [[ $stderr == *"evaluate: "*"does not pass the gate"* ]]
    [ ! -e "registry/runs/$run/refit/attempt-1/claim.json" ]
    run -3 capstan wait "$run"
    soon_empty "$run"
    provoked "refused gate" "the chain ends with 3"
}

@test "a step that fails by itself ends the run, and is not tried again" {
    run=$(capstan submit pipeline.yaml --set prepare.where="load > 1000")
    run -1 --separate-stderr capstan wait "$run"
    [[ $stderr == *"prepare: "* ]]
    [ ! -e "registry/runs/$run/prepare/attempt-2" ]
    is "$run" train message "never begun"
    provoked "failing step" "the run ends with 1"
}

@test "cancelled, nothing is left in the queue; resumed, it goes on" {
    held cancel train --set train.trees=6 --set slurm.account=test --set 'slurm.extra=[--nice=7]'
    run=$(<cancel.run)
    until_true 30 is "$run" train state running
    is "$run" evaluate reason Dependency
    job=$(field "$run" train job)
    scontrol show job "$job" | grep 'Nice=7 Account=test'
    run -0 capstan status "$run"
    [[ $output == *"train: srun --jobid=$job --overlap --pty bash"* ]]
    run -0 capstan cancel "$run"
    run queued "$run"
    [ "$status" = 1 ]
    run -75 capstan wait "$run"
    run -99 capstan cancel "$run"
    rm cancel
    run -0 capstan resume "$run"
    run capstan wait "$run"
    [[ $status = 0 || $status = 3 ]] # as the gate finds
    is "$run" train class "done"
    [ "$(ls "registry/runs/$run/prepare")" = attempt-1 ]
    provoked "run cancelled" "nothing left in the queue; resumed"
}

@test "a job that a user cancels ends the run when its turn comes, and is not sent again" {
    held behind ingest --set train.trees=10
    run=$(<behind.run)
    until_true 30 is "$run" ingest state running
    scancel "$(field "$run" train job)"
    until_true 30 is "$run" train class cancelled
    rm behind
    run -75 --separate-stderr capstan wait "$run"
    [[ $stderr == *"train: CANCELLED"* ]]
    [ "$(ls -d "registry/runs/$run"/{train,evaluate}/attempt-* | wc -l)" = 2 ]
    soon_empty "$run"
    provoked "job cancelled by a user" "the run ends with 75"
}

@test "a step alone, or from a step on, wants those before it done" {
    run -1 --separate-stderr capstan submit pipeline.yaml --from evaluate --set train.trees=4
    [[ $stderr == *"step train was not done"* ]]
    run -2 --separate-stderr capstan submit pipeline.yaml --only trian
    [[ $stderr == *"has no step trian: its steps are ingest, validate,"* ]]
    run -0 --separate-stderr capstan submit pipeline.yaml --from train --dry-run
    [[ ${lines[0]} == "# sbatch train/script" ]]
}

@test "Slurm that refuses a job ends the run, and says why" {
    run -1 --separate-stderr capstan submit pipeline.yaml --set slurm.partition=nowhere
    [[ $stderr == *"ingest: sbatch refused the job"*"partition"* ]]
    run -1 capstan wait "$output"
}

@test "Slurm is asked once a look, however many jobs there are" {
    held count train --set train.trees=8
    run=$(<count.run)
    until_true 30 is "$run" train state running
    mkdir bin
    for command in squeue sacct; do
        printf '#!/bin/sh\necho asked >>%s\nexec %s "$@"\n' "$WORLD/$command.asked" \
            "$(command -v $command)" >bin/$command
        chmod +x bin/$command
    done
    PATH=$WORLD/bin:$PATH run -124 timeout 8 capstan wait "$run"
    [ "$(wc -l <squeue.asked)" -ge 4 ]
    [ "$(wc -l <squeue.asked)" -le 9 ]
    [ ! -e sacct.asked ] || [ "$(wc -l <sacct.asked)" -le 3 ]
}

@test "a cancel that Slurm does not answer is made good by whoever looks next" {
    run=$(<count.run)
    SLURM_CONF=$WORLD/away.conf run -1 --separate-stderr capstan cancel "$run"
    [[ $stderr == *"Slurm does not answer, so its jobs may still be there"* ]]
    run -75 capstan wait "$run"
    soon_empty "$run"
    provoked "controller away at cancel" "cancelled by the next who looked"
}

@test "while Slurm does not answer nothing is concluded" {
    held away train --set train.trees=7 --only train
    run=$(<away.run)
    until_true 30 is "$run" train state running
    SLURM_CONF=$WORLD/away.conf run -124 --separate-stderr timeout 15 capstan wait "$run"
    [ "$(grep -c "Slurm does not answer" <<<"$stderr")" = 1 ]
    rm away
    run -0 capstan wait "$run"
    provoked "controller away" "unknown until it answered"
}

# Begun in setup_file: Slurm looks at time limits twice a minute.
@test "the time limit, with a checkpoint: once more, with twice the time" {
    run=$(<timeout.run)
    mkdir -p "registry/runs/$run/train/checkpoints"
    until_true 30 is "$run" train state running
    touch "registry/runs/$run/train/checkpoints/0000000001.safetensors"
    scontrol update jobid="$(field "$run" train job)" EndTime=now+1
    until_true 90 test -e "registry/runs/$run/train/attempt-2/job.json"
    rm timeout
    run -0 capstan wait "$run"
    grep -q -- '^#SBATCH --time=0-00:20:00$' "registry/runs/$run/train/attempt-2/script"
    provoked TIMEOUT "submitted again with more time"
}
