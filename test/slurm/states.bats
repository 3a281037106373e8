#!/usr/bin/env bats
# states.bats - every end that Slurm can give a job is provoked on a real one, and judged
bats_require_minimum_version 1.5.0

load tools
load provoke

setup_file() {
    start_cluster --nodes 7
    export PROVOKED=$BATS_FILE_TMPDIR/provoked
    mkdir "$PROVOKED"
    build_controller "$BATS_TEST_DIRNAME"
    submit_all
    provoke_all
}

teardown_file() {
    stop_cluster
}

verdict_of() { # subject: a job's id and what else is known
    line=$(slurm_verdict look "$1")
    jq -r '[.fate, .failure, if .held then "held" else empty end, if .suspect then "suspect" else empty end]
           | map(select(. != "")) | join(" ")' <<<"$line"
}

is_judged() { # subject, verdict
    verdict=$(verdict_of "$1")
    [ "$verdict" = "$2" ]
}

# ends KIND VERDICT [,MORE]: until the job of that kind is judged so.
ends() {
    until_true 100 is_judged "$(job_of "$1")${3:-}" "$2" || {
        echo "$1: expected '$2', it is '$verdict': $(slurm_verdict look "$(job_of "$1")${3:-}")" >&2
        return 1
    }
    provoked "$1" "$2"
}

@test "what ended well is done by its receipt, and unknown without one" {
    ends done done ,receipt=done
    ends done skipped ,receipt=skipped
    LOST_AFTER=3600 ends done unknown
    LOST_AFTER=0 ends done "failed lost"
}

@test "a program's failure is a failure of code, with its status" {
    ends failed "failed code"
    ends failed "failed code" ,receipt=failed
    ends failed refused ,receipt=refused
    ends failed "done suspect" ,receipt=done
    [[ $(slurm_verdict look "$(job_of failed)" | jq -r .why) == *"exit status 7"* ]]
    ends signalled "failed code"
}

@test "a failed receipt of a job that Slurm completed is suspect" {
    ends done "failed code suspect" ,receipt=failed
}

@test "out of memory is a failure of its own, and makes a receipt of success suspect" {
    ends memory "failed memory"
    ends memory "done suspect" ,receipt=done
}

@test "cancelled by its user, running or waiting" {
    ends cancelled "failed cancelled"
    ends cancelled "failed cancelled" ,receipt=stopped
    ends cancelled_waiting "failed cancelled"
}

@test "a node that is set down fails its jobs, or Slurm brings them back" {
    ends node_down "failed infrastructure"
    [ "$(slurm_verdict look "$(job_of node_down)" | jq -r .nodes)" = n2 ]
    ends node_down_back pending ,requeues
    ends node_down_back pending ,requeues,receipt=stopped
}

@test "a node that did not boot fails its jobs, or Slurm brings them back" {
    ends boot_fail "failed infrastructure"
    ends boot_fail_back running ,requeues
}

@test "preempted: cancelled where it may not be requeued or its partition says so, else brought back" {
    ends preempted "failed infrastructure"
    ends preempted_cheap "failed infrastructure" ,requeues
    ends preempted_back pending ,requeues
}

@test "requeued by its owner, it comes back; held or marked, it waits for a release" {
    ends requeued running ,requeues
    ends requeue_hold "pending held" ,requeues
    ends special_exit "pending held" ,requeues
    [ "$(slurm_verdict look "$(job_of special_exit)" | jq -r .state)" = SPECIAL_EXIT ]
    ends held "pending held"
    scontrol release "$(job_of requeue_hold)"
    ends requeue_hold running ,requeues
}

@test "a job that exits with Slurm's RequeueExit runs again" {
    restarted() { [ "$(slurm_verdict look "$(job_of exit_75),requeues" | jq .squeue.restarts)" = 1 ]; }
    until_true 60 restarted
    ends exit_75 running ,requeues
    ends exit_75 running ,requeues,receipt=stopped # of the run before
}

@test "suspended is running, and not ended" {
    ends suspended running
    [ "$(slurm_verdict look "$(job_of suspended)" | jq -r .state)" = SUSPENDED ]
    scontrol resume "$(job_of suspended)"
}

@test "a dependency that failed ends what waits for it, killed by Slurm or not" {
    ends dependency "failed dependency"
    ends dependency_waits "failed dependency"
}

@test "elements of an array are judged one by one" {
    array=$(job_of array)
    until_true 60 is_judged "${array}_3" "failed code"
    is_judged "${array}_1" "failed code"
    is_judged "${array}_2,receipt=done" "done"
    LOST_AFTER=3600 is_judged "${array}_4" unknown
}

@test "the time limit" {
    ends timeout "failed timeout"
    ends timeout stopped ,receipt=stopped
}

@test "a node that dies with its slurmd" {
    ends node_killed "failed infrastructure"
    [ "$(slurm_verdict look "$(job_of node_killed)" | jq -r .nodes)" = n3 ]
}

@test "the deadline" {
    ends deadline "failed deadline"
}
