#!/usr/bin/env bats
# states.bats - every end that Slurm can give a job is provoked on a real one, and judged
bats_require_minimum_version 1.5.0

load tools
load provoke

setup_file() {
    command -v slurm_verdict >/dev/null || {
        echo "slurm_verdict is not in PATH: it is in test/slurm of the build" >&2
        return 1
    }
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
    [[ $1 == done || ${3:-} == *receipt=* ]] || provoked "$1" "$2"
}

# answer_of SOURCE SUBJECT: failed, empty, absent, seen or none.
answer_of() {
    slurm_verdict look "$2" | jq -r ".$1.answer"
}

is_answer() { # answer, source, subject
    [ "$(answer_of "$2" "$3")" = "$1" ]
}

# has_node NODE: it answers the controller.
has_node() {
    [[ $(sinfo -h -n "$1" -p main -o %T) =~ ^(idle|mixed|allocated)$ ]]
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
    ends timeout "failed timeout" ,receipt=stopped
}

@test "a node that dies with its slurmd" {
    ends node_killed "failed infrastructure"
    [ "$(slurm_verdict look "$(job_of node_killed)" | jq -r .nodes)" = n3 ]
}

@test "the deadline" {
    ends deadline "failed deadline"
}

@test "240 jobs are looked at with one squeue, and when they have ended with one sacct more" {
    log=$BATS_TEST_TMPDIR/asked
    mkdir "$BATS_TEST_TMPDIR/bin"
    for command in squeue sacct scontrol; do
        printf '#!/bin/sh\necho %s >>"%s"\nexec %s "$@"\n' "$command" "$log" \
            "$(command -v $command)" >"$BATS_TEST_TMPDIR/bin/$command"
        chmod +x "$BATS_TEST_TMPDIR/bin/$command"
    done
    subjects=() arrays=()
    for _ in 1 2 3 4; do
        job=$(batch -H --array=0-59 'exec sleep 600')
        arrays+=("$job")
        for index in {0..59}; do subjects+=("${job}_$index"); done
    done
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 --separate-stderr slurm_verdict look "${subjects[@]}"
    [ "$(jq -r '.fate, .held' <<<"$output" | sort | uniq -c | xargs)" = "240 pending 240 true" ]
    [ "$(sort "$log" | uniq -c | xargs)" = "1 scontrol 1 squeue" ] # scontrol: the cluster's facts
    slurm_verdict cancel "${arrays[@]}"
    [ -z "$(squeue -h -j "$(IFS=,; echo "${arrays[*]}")")" ]
    until_true 60 is_answer absent squeue "${arrays[3]}_59"
    wait_for_record "${arrays[3]}" CANCELLED
    : >"$log"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 --separate-stderr slurm_verdict look "${subjects[@]}"
    [ "$(jq -r '.fate, .failure' <<<"$output" | sort | uniq -c | xargs)" = "240 cancelled 240 failed" ]
    [ "$(sort "$log" | uniq -c | xargs)" = "1 sacct 1 scontrol 1 squeue" ]
}

@test "elements in a list that Slurm would cut short are found" {
    list=$(seq -s , 0 3 61; seq -s , 1 7 61)
    job=$(batch -H --array="$(tr '\n' , <<<"$list" | sed 's/,$//')" 'exec sleep 600')
    is_judged "${job}_60" "pending held"
    is_judged "${job}_57" "pending held"
    LOST_AFTER=3600 is_judged "${job}_61" unknown
    slurm_verdict cancel "$job"
}

@test "a job is found by its name, waiting, running or ended; where there is none, nothing" {
    found() { slurm_verdict find "$1" "$(date +%s)" | jq -r '.answer, .jobs[].id' | xargs; }
    [ "$(found held)" = "found $(job_of held)" ]
    [ "$(found suspended)" = "found $(job_of suspended)" ]
    [ "$(found failed)" = "found $(job_of failed)" ]
    [ "$(found cancelled_waiting)" = "found $(job_of cancelled_waiting)" ]
    [ "$(found no-such-name)" = nothing ]
}

@test "a row of another name, or of another time, is another job's" {
    job=$(job_of suspended)
    is_judged "$job,name=suspended" running
    LOST_AFTER=3600 is_judged "$job,name=capstan-other" unknown
    is_judged "$job,since=$(date +%s --date='1 hour ago')" unknown
    is_judged "$job,since=$(date +%s --date='1 hour ago'),requeues" running
}

# older COMMAND WORD MESSAGE: a release whose COMMAND refuses what holds WORD, in front of the real one.
older() {
    mkdir -p "$BATS_TEST_TMPDIR/older"
    printf '#!/bin/sh\ncase "$*" in *%s*) echo "%s" >&2; exit 1 ;; esac\nexec %s "$@"\n' "$2" "$3" \
        "$(command -v "$1")" >"$BATS_TEST_TMPDIR/older/$1"
    chmod +x "$BATS_TEST_TMPDIR/older/$1"
}

@test "releases that do not know all fields are asked for fewer" {
    older squeue ' -O ' 'squeue: error: Invalid job format specification'
    older sacct ,Reason 'sacct: error: Invalid field requested: "Reason"'
    export PATH=$BATS_TEST_TMPDIR/older:$PATH
    is_judged "$(job_of suspended)" running
    is_judged "$(job_of held)" "pending held"
    is_judged "$(job_of failed)" "failed code"
    [ "$(slurm_verdict look "$(job_of failed)" | jq -r '.source, .sacct.exit' | xargs)" = "sacct 7" ]
}

@test "no time zone matters" {
    since=$(slurm_verdict look "$(job_of failed)" | jq .sacct.submitted)
    for zone in UTC Asia/Kathmandu America/St_Johns; do
        TZ=$zone is_judged "$(job_of failed),since=$since" "failed code"
        TZ=$zone is_judged "$(job_of suspended),since=$since" running
    done
}

@test "without accounting the completion file says how a job ended" {
    other=$BATS_TEST_TMPDIR/other
    "$BATS_TEST_DIRNAME/cluster" start "$other" --nodes 1 --accounting file --owner $$ 3>&-
    export SLURM_CONF=$other/slurm.conf
    failed=$(batch --job-name=one 'exit 5')
    gone=$(batch --job-name=two -H true)
    scancel "$gone"
    until_true 60 is_answer absent squeue "$failed"
    is_judged "$failed" "failed code"
    is_judged "$gone" "failed cancelled"
    TZ=Asia/Kathmandu is_judged "$failed,since=$(date +%s)" "failed code"
    [ "$(slurm_verdict look "$failed" | jq -r '.source, .sacct.answer' | xargs)" = "jobcomp none" ]
    [ "$(slurm_verdict find two "$(date +%s)" | jq '.jobs[].id')" = "$gone" ]
    LOST_AFTER=0 is_judged 99999 "failed lost"
    "$BATS_TEST_DIRNAME/cluster" stop "$other"
}

@test "a controller that is away loses nothing: ends are known by accounting, the rest is unknown" {
    subjects=("$(job_of failed)" "$(job_of suspended)" "$(job_of node_down_back),requeues" 99999)
    "$BATS_TEST_DIRNAME/cluster" end "$CLUSTER" slurmctld
    slurm_verdict find no-such-name "$(date +%s)" >"$BATS_TEST_TMPDIR/find" &
    run -0 --separate-stderr slurm_verdict look "${subjects[@]}"
    wait %1
    told=$(jq -r '.fate, .squeue.answer' <<<"$output" | xargs)
    [ "$told" = "failed failed running failed pending failed unknown failed" ]
    [ "$(jq -r .unknown_since <<<"${lines[3]}")" = 0 ]
    [ "$(jq -r .answer "$BATS_TEST_TMPDIR/find")" = failed ]
    "$BATS_TEST_DIRNAME/cluster" begin "$CLUSTER" slurmctld
    until_true 60 is_answer seen squeue "$(job_of suspended)"
    ends suspended running
    ends node_down_back pending ,requeues
    provoked "slurmctld away" "nothing lost"
}

@test "slurmdbd away: squeue and the completion file tell, and nobody is lost" {
    until_true 60 has_node n7
    use() { "$BATS_TEST_DIRNAME/cluster" "$1" "$CLUSTER" "$2"; }
    behind=$(batch -w n7 'exec sleep 600')
    wait_for_record "$behind" RUNNING
    use kill slurmdbd
    failed=$(batch -w n7 'exit 5')
    until_true 30 is_judged "$failed" "failed code"
    [ "$(slurm_verdict look "$failed" | jq -r .source)" = squeue ]
    scancel "$behind"
    is_judged 99999 unknown
    [ "$(slurm_verdict look 99999 | jq -r '.unknown_since')" = 0 ]
    until_true 60 is_answer absent squeue "$failed"
    until_true 60 is_answer absent squeue "$behind"
    is_judged "$failed" "failed code"
    [ "$(slurm_verdict look "$failed" | jq -r '.source, .sacct.answer' | xargs)" = "jobcomp failed" ]
    provoked "slurmdbd away" "nothing lost"

    # What the controller had not yet sent dies with it: accounting will have the job run for ever.
    use kill slurmctld
    rm -f "$CLUSTER"/state/dbd.messages*
    use begin slurmdbd
    use begin slurmctld
    until_true 60 is_answer absent squeue "$behind"
    until_true 60 is_answer seen sacct "$behind"
    is_recorded "$behind" RUNNING
    is_judged "$behind" "failed cancelled" # by the completion file
    : >"$CLUSTER/jobcomp"
    LOST_AFTER=3600 is_judged "$behind" unknown
    LOST_AFTER=0 is_judged "$behind" "failed lost"
    LOST_AFTER=0 is_judged "$behind,receipt=done" "done"
    provoked "accounting behind" "failed lost"
}
