#!/usr/bin/env bats
# doctor.bats - what capstan doctor finds on a cluster, whole and broken
bats_require_minimum_version 1.5.0

setup_file() {
    export CLUSTER=$BATS_FILE_TMPDIR/cluster
    "$BATS_TEST_DIRNAME/cluster" start "$CLUSTER" --owner $$
}

teardown_file() {
    "$BATS_TEST_DIRNAME/cluster" stop "$CLUSTER"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    eval "$("$BATS_TEST_DIRNAME/cluster" env "$CLUSTER")"
}

verdict() { # check: its verdict in the JSON of the last run
    jq -r --arg check "$1" '.[] | select(.check == $check) | .verdict' <<<"${lines[0]}"
}

message() { # check
    jq -r --arg check "$1" '.[] | select(.check == $check) | .message' <<<"${lines[0]}"
}

@test "a cluster that is whole: its facts, and nothing is submitted unasked" {
    run -0 --separate-stderr capstan doctor --json .
    for check in slurmctld pmix accounting partitions arrays preemption requeue; do
        [ "$(verdict $check)" = ok ]
    done
    [[ $(message slurmctld) == *"Slurm $(sinfo --version | cut -d ' ' -f 2)" ]]
    [[ $(message partitions) == "main* 1:00:00, 2 nodes, preempted by REQUEUE; "*"; urgent 1:00:00, 2 nodes" ]]
    [[ $(message arrays) == "64 tasks an array"* ]]
    [[ $(message preemption) == "REQUEUE (preempt/partition_prio)"* ]]
    [ -z "$(squeue -h -t all)" ]
}

@test "a job of two ranks on two nodes exchanges a message and looks at the files" {
    mkdir shared
    run -0 --separate-stderr capstan doctor --json --jobs shared
    [[ $(message job) == "2 ranks on n"[12]" and n"[12]" exchanged messages: Open MPI"*", PMIx "* ]]
    for check in job "nodes: files" "nodes: listing" "nodes: file clock" "nodes: clocks"; do
        [ "$(verdict "$check")" = ok ]
    done
    [ -n "$(verdict "nodes: locked memory")" ]
    [ -n "$(verdict "nodes: open files")" ]
    [ -z "$(ls -A shared)" ]
}

@test "an option of srun is passed on, and ranks that PMIx does not unite are a problem" {
    run -1 --separate-stderr capstan doctor --json --jobs --srun=--mpi=none .
    [ "$(verdict job)" = problem ]
    [ "$(verdict slurmctld)" = ok ]
    [[ $(message job) == *PMI* ]]
}

@test "a job that gets no nodes in time is given up, and not left in the queue" {
    blocker=$(sbatch --parsable -N 2 --exclusive -o /dev/null --wrap "sleep 600")
    run -1 --separate-stderr capstan doctor --json --jobs --patience 2 .
    [ "$(verdict job)" = problem ]
    [[ $(message job) == *"--patience"* ]]
    [ "$(squeue -h -o %A)" = "$blocker" ]
    scancel "$blocker"
}

# What ranks would report of faults that one machine cannot have.
@test "nodes that see other files, other times or too few of them" {
    mkdir bin
    cat >bin/srun <<'SH'
#!/bin/sh
case "$*" in *--ntasks*) cat "$REPORTS" ;; *) exec /usr/bin/srun "$@" ;; esac
SH
    chmod +x bin/srun
    PATH=$PWD/bin:$PATH
    export REPORTS=$PWD/reports
    report() { # rank node listed_after file_clock rank_clock
        jq -nc --argjson rank "$1" --arg node "$2" --argjson listed "$3" --argjson file "$4" \
            --argjson clock "$5" '{$rank, $node, ranks: 2, mpi: "Open MPI v4.1.4", pmix: "4.2.2",
            files: null, listed_after: $listed, file_clock: $file, rank_clock: $clock,
            memory_lock: -1, open_files: 1024}'
    }
    { report 0 a -30 0 0 && report 1 b 0.5 -7.25 61; } >reports
    run -1 --separate-stderr capstan doctor --json --jobs .
    [ "$(verdict "nodes: listing")" = problem ]
    [[ $(message "nodes: listing") == *"not seen on another in 30 s"* ]]
    [ "$(message "nodes: file clock")" = "b's is 7.2 s from the file system's clock: ask for NTP" ]
    [ "$(message "nodes: clocks")" = "b's is 61.0 s from the first node's: ask for NTP" ]
    [ "$(verdict "nodes: locked memory")" = ok ]

    { report 0 a 0.1 0 0 && report 1 b 9.5 0 0; } >reports
    run -0 --separate-stderr capstan doctor --json --jobs .
    [ "$(verdict "nodes: listing")" = warning ]

    report 0 a 0 0 0 >reports
    run -1 --separate-stderr capstan doctor --json --jobs .
    [[ $(message job) == "1 of 2 ranks reported"* ]]

    { report 0 a 0 0 0 && report 0 b 0 0 0; } | jq -c '.ranks = 1' >reports
    run -1 --separate-stderr capstan doctor --json --jobs .
    [[ $(message job) == "each rank is alone"* ]]
}

@test "a site that runs failed jobs again by itself is warned of" {
    sed -i 's/^RequeueExit=.*/RequeueExit=2-5,75/' "$SLURM_CONF"
    scontrol reconfigure
    run -0 --separate-stderr capstan doctor --json .
    [ "$(verdict requeue)" = warning ]
    [[ $(message requeue) == *"ended as refused again"* ]]
}

@test "commands without a cluster are no problem" {
    [ ! -e /etc/slurm/slurm.conf ] || skip "this machine belongs to a cluster"
    run -0 --separate-stderr env -u SLURM_CONF capstan doctor --json .
    [ "$(verdict slurm)" = warning ]
    [[ $(message slurm) == "none here"* ]]
}

@test "accounting that is down is a warning that says what takes its place" {
    kill -KILL "$(cat "$CLUSTER/pid/slurmdbd")"
    run -0 --separate-stderr timeout 60 capstan doctor --json .
    [ "$(verdict accounting)" = warning ]
    [[ $(message accounting) == *"ends of jobs are looked up in $CLUSTER/jobcomp"* ]]
}

@test "a slurmctld that does not answer, or is down, is a problem with a remedy, and soon" {
    kill -STOP "$(cat "$CLUSTER/pid/slurmctld")"
    run -1 --separate-stderr timeout 60 capstan doctor --json --jobs .
    [ "$(verdict slurmctld)" = problem ]
    [[ $(message slurmctld) == *"no answer in 10 seconds"*"have slurmctld started"* ]]
    kill -KILL "$(cat "$CLUSTER/pid/slurmctld")"
    run -1 --separate-stderr timeout 60 capstan doctor --json .
    [[ $(message slurmctld) == *"is DOWN"*"have slurmctld started"* ]]
    [ -z "$(verdict pmix)" ]
}
