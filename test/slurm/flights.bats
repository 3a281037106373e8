#!/usr/bin/env bats
# flights.bats - two months of flights, trained on two nodes and on this machine: the same ids
bats_require_minimum_version 1.5.0

load tools.bash

setup_file() {
    start_cluster
    landing=${LANDING:-$BATS_TEST_DIRNAME/../../build/landing}
    "$BATS_TEST_DIRNAME/../../jobs/flight-delay/fetch" "$landing"
    mkdir -p "$BATS_FILE_TMPDIR/here/landing"
    cd "$BATS_FILE_TMPDIR/here"
    cp "$landing"/flights-2013-0[12].csv "$landing/weather.csv" landing/
    cp "$BATS_TEST_DIRNAME"/../../jobs/flight-delay/*.yaml .
    capstan init registry
    capstan ingest --registry registry --dataset weather --set missing=NA landing/weather.csv
    cp -a ../here ../there
    capstan run --registry registry pipeline.yaml
}

teardown_file() {
    stop_cluster
}

setup() {
    use_cluster
    cd "$BATS_FILE_TMPDIR/there"
    export CAPSTAN_REGISTRY=$PWD/registry
}

@test "submitted on two nodes, the flights give the ids of the run on this machine" {
    sed -i 's/^  default: .*/  default: {nodes: 2, ranks: 4, time: 10m}/' pipeline.yaml
    echo 'slurm: {poll: 1s}' >>pipeline.yaml
    run -0 --separate-stderr capstan submit pipeline.yaml
    id=$output
    run -0 timeout 300 capstan wait "$id"
    diff <("$BATS_TEST_DIRNAME/../loop/ids" ../here/registry) <("$BATS_TEST_DIRNAME/../loop/ids" registry)
}

@test "every step that works on rows ran on both nodes" {
    for step in ingest validate prepare train evaluate prepare-all refit; do
        nodes=$(jq -r .slurm.nodes registry/runs/*/"$step"/attempt-1/end.json)
        [ "$nodes" = 'n[1-2]' ]
    done
}

@test "nothing is left in the queue" {
    [ -z "$(squeue -h)" ]
}
