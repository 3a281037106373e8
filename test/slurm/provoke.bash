# provoke.bash - every end that a job can have on a real Slurm, all at once on seven nodes
#
# On n2 and n3 nodes fail, on n4 jobs are preempted, on n5 one waits in vain; the others are for what
# is in nobody's way.

# job_of KIND: the id of a job that was provoked.
job_of() {
    cat "$PROVOKED/$1"
}

# as KIND OPTION… COMMAND: submit a job under that kind.
as() {
    local kind=$1
    shift
    batch --job-name="$kind" "$@" >"$PROVOKED/$kind"
}

# The program that says what otherwise only Slurm's daemons say.
build_controller() { # folder of the sources
    local library
    library=$(find /usr/lib -name libslurmfull.so 2>/dev/null | head -n 1)
    gcc -o "$PROVOKED/controller" "$1/controller.c" "$library" -Wl,-rpath,"${library%/*}"
}

submit_all() {
    local forever='exec sleep 600' kind
    as deadline_blocks -w n5 --exclusive "$forever"
    as deadline -w n5 -t 1 --deadline=now+62 "$forever"
    as node_killed -w n3 --no-requeue "$forever"
    as node_down -w n2 --no-requeue "$forever"
    as node_down_back -w n2 --requeue "$forever"
    as preempted -w n4 --no-requeue "$forever"
    as preempted_cheap -w n4 -p cheap --requeue "$forever"
    as preempted_back -w n4 --requeue "$forever"
    as timeout -w n7 "$forever"
    for kind in memory boot_fail cancelled suspended; do
        as $kind -w n1 --no-requeue "$forever"
    done
    for kind in boot_fail_back requeued requeue_hold special_exit; do
        as $kind -w n6 --requeue "$forever"
    done
    as held -H "$forever"
    as cancelled_waiting -H "$forever"
    as 'done' -w n7 'true'
    as failed -w n7 'exit 7'
    as signalled -w n7 'kill -SEGV $$'
    as exit_75 -w n7 --requeue '[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || exit 75; exec sleep 600'
    as dependency --dependency="afterok:$(job_of failed)" --kill-on-invalid-dep=yes "$forever"
    as dependency_waits --dependency="afterok:$(job_of failed)" "$forever"
    as array --array=0-3%1 -w n7 'exit $((SLURM_ARRAY_TASK_ID % 2))'
}

provoke_all() {
    local kind
    for kind in node_killed node_down node_down_back preempted preempted_cheap preempted_back \
        timeout memory boot_fail cancelled suspended boot_fail_back requeued requeue_hold \
        special_exit; do
        wait_for_state "$(job_of $kind)" RUNNING
    done
    scontrol update jobid="$(job_of timeout)" EndTime=now+2
    "$BATS_TEST_DIRNAME/cluster" kill "$CLUSTER" slurmd.n3
    scontrol update nodename=n2 state=down reason=provoked
    "$BATS_TEST_DIRNAME/cluster" end "$CLUSTER" slurmd.n2 # else it would be up again in a while
    as urgent -p urgent -w n4 --exclusive 'exec sleep 600'
    "$PROVOKED/controller" out_of_memory "$(job_of memory)"
    "$PROVOKED/controller" boot_fail "$(job_of boot_fail)" 2>/dev/null || true # it is not requeued
    "$PROVOKED/controller" boot_fail "$(job_of boot_fail_back)"
    scancel "$(job_of cancelled)" "$(job_of cancelled_waiting)"
    scontrol suspend "$(job_of suspended)"
    scontrol requeue "$(job_of requeued)"
    scontrol requeuehold "$(job_of requeue_hold)"
    scontrol requeuehold state=SpecialExit "$(job_of special_exit)"
}
