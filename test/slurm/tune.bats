#!/usr/bin/env bats
# tune.bats - a search on Slurm, by arrays and by pilots, has the winner of the same search here
bats_require_minimum_version 1.5.0
load tools.bash
load ../cli/tools/world.bash

setup_file() {
    start_cluster
    cd "$BATS_FILE_TMPDIR"
    small_world 2 600
    sed -i 's/ranks: 2/ranks: 1/; s/refit: all/refit: none/' pipeline.yaml
    sed -i 's/^train: .*/train: {model: gbdt, trees: 9, leaves: 7}/' pipeline.yaml
    cat >>pipeline.yaml <<'TEXT'
tune:
  method: asha
  trials: 24
  rungs: [1, 3, 9]
  space: {leaves: [3, 5, 7, 15], learning_rate: "log(0.05, 0.5)", min_rows: "logint(5, 40)"}
slurm: {poll: 1s}
TEXT
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
    for name in here arrays pilots cancelled; do cp -r registry $name; done
    capstan run pipeline.yaml --registry here
}

teardown_file() {
    stop_cluster
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

# killed PATTERN WHAT: -9 to a process whose command line matches, as soon as there is one
killed() {
    local victim end=$((SECONDS + 60))
    until victim=$(pgrep -f "$1" | shuf -n 1) && [ -n "$victim" ] && kill -9 "$victim" 2>/dev/null; do
        [ $SECONDS -lt $end ]
        sleep 0.1
    done
    provoked "$2 of a search killed (-9)" "the trial is done by another, the same winner"
}

trial_of() { # registry
    echo "^[^ ]*/capstan-trial .*--search $PWD/$1/"
}

same_as_here() {
    diff <("$BATS_TEST_DIRNAME/../loop/ids" here) <("$BATS_TEST_DIRNAME/../loop/ids" "$1")
    cmp {here,"$1"}/reports/late-search/0000000001/search.json
    [ "$(find "$1/runs" -name result.json | wc -l)" = 34 ]
    nothing_queued # no helper is left, nor a sentinel
}

nothing_queued() {
    ! squeue -h -o %j | grep -q -- "$id"
}

# The jobs whose pilots claimed trials: array elements have an index of theirs.
claimants() {
    find "$1/runs" -name 'claim-*.json' -exec jq -r '.slurm | "\(.job)_\(.index)"' {} + | sort -u
}

@test "an array a rung: 24 trials, three killed and their step warned, have the winner of the search here" {
    id=$(capstan submit pipeline.yaml --registry "$PWD/arrays" --set slurm.tune.limit=3 \
        --set slurm.tune.pack=2)
    until_true 60 test -e "arrays/runs/$id/search/helpers-1.json"
    # a trial may end before it is told: the pilot is told as well
    scancel --full --signal=USR1 "$(jq -r .job "arrays/runs/$id/search/attempt-1/claim.json")"
    for _ in 1 2 3; do
        killed "$(trial_of arrays)" trial
        sleep 0.5
    done
    run -0 timeout 300 capstan wait "$id" --registry "$PWD/arrays"
    same_as_here arrays
    [ "$(jq -r .class "arrays/runs/$id/search/attempt-1/end.json")" = stopped ]
    [ "$(jq -r .class "arrays/runs/$id/search/attempt-2/end.json")" = done ]
    provoked "search warned (USR1)" "back into the queue, the same winner"
    grep -q '^#SBATCH --array=0-11%3$' "arrays/runs/$id/helpers/attempt-1/script-0" # 23 by two
    [ "$(claimants arrays | wc -l)" -gt 2 ]
    [ -n "$(find arrays/runs -name 'claim-2.json')" ]
}

@test "pilots: 24 trials, two of them killed and a pilot, have the winner of the search here" {
    id=$(capstan submit pipeline.yaml --registry "$PWD/pilots" --set slurm.tune.mode=pilots \
        --set slurm.tune.workers=3)
    killed "$(trial_of pilots)" trial
    killed "^[^ ]*capstan pilot $id" pilot
    killed "$(trial_of pilots)" trial
    run -0 timeout 300 capstan wait "$id" --registry "$PWD/pilots"
    same_as_here pilots
    [ "$(claimants pilots | wc -l)" -ge 2 ]
    [ -n "$(find pilots/runs -name 'claim-2.json')" ]
}

@test "a search that is cancelled leaves no helper in the queue, and can go on" {
    id=$(capstan submit pipeline.yaml --registry "$PWD/cancelled" --set slurm.tune.mode=pilots \
        --set slurm.tune.workers=8)
    until_true 60 test -e "cancelled/runs/$id/search/helpers-1.json"
    run -0 timeout 120 capstan cancel "$id" --registry "$PWD/cancelled"
    until_true 30 nothing_queued
    run -0 capstan resume "$id" --registry "$PWD/cancelled"
    run -0 timeout 300 capstan wait "$id" --registry "$PWD/cancelled"
    same_as_here cancelled
}

begun() {
    compgen -G 'elsewhere/runs/*/search/search.json' >/dev/null
}

results_are() {
    [ "$(find elsewhere/runs -name result.json | wc -l)" = "$1" ]
}

@test "a trial claimed on another node is left to it while its job runs, and taken over afterwards" {
    cp -r here elsewhere
    rm -rf elsewhere/{runs,keys,reports,models,evaluations,aliases}
    capstan tune --features late@1 --name late --pipeline pipeline.yaml --registry elsewhere 2>/dev/null &
    driver=$!
    until_true 30 begun
    kill -9 $driver
    wait $driver || true
    id=$(ls elsewhere/runs)
    other=$(batch 'exec sleep 600')
    wait_for_state "$other" RUNNING
    mkdir -p "elsewhere/runs/$id/search/trials/23/rung-0"
    jq -n --argjson job "$other" '{engine: "local", host: "elsewhere", pid: 1, started: 1,
        slurm: {job: $job, index: -1, restarts: 0, begun: now | floor}}' \
        >"elsewhere/runs/$id/search/trials/23/rung-0/claim-1.json"
    pilot=$(batch "capstan pilot $id --registry $PWD/elsewhere -- srun --mpi=pmix -n 1")
    until_true 60 results_are 23
    sleep 2
    results_are 23
    scancel "$other"
    wait_for_record "$pilot" COMPLETED
    results_are 34
    [ -e "elsewhere/runs/$id/search/trials/23/rung-0/claim-2.json" ]
    provoked "claim of a job that is gone" "taken over by Slurm's word"
}
