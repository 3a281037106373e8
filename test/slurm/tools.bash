# tools.bash - what the tests on a real Slurm share: wait for a state, tell of what was provoked

# start_cluster [OPTION…]: one for this file, in $CLUSTER; for setup_file. stop_cluster: its end.
start_cluster() {
    export CLUSTER=$BATS_FILE_TMPDIR/cluster
    "$BATS_TEST_DIRNAME/cluster" start "$CLUSTER" --owner $$ "$@" 3>&-
    use_cluster
}

stop_cluster() {
    "$BATS_TEST_DIRNAME/cluster" stop "$CLUSTER"
}

use_cluster() {
    eval "$("$BATS_TEST_DIRNAME/cluster" env "$CLUSTER")"
}

# until_true SECONDS COMMAND…: again and again until it succeeds; false where it does not in time.
until_true() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

# state_of JOB: the controller's word, "" where it does not know the job.
state_of() {
    timeout 10 squeue -h -t all -j "$1" -o %T 2>/dev/null | head -n 1
}

has_state() { # job, states…
    local job=$1 state
    shift
    state=$(state_of "$job")
    [[ " $* " == *" $state "* ]]
}

# wait_for_state JOB STATE…: until squeue shows one of these; 60 seconds at most.
wait_for_state() {
    until_true 60 has_state "$@" || {
        echo "job $1: expected ${*:2}, squeue says '$(state_of "$1")'" >&2
        return 1
    }
}

is_recorded() { # job, state
    [[ $(timeout 10 sacct -X -n -P -j "$1" -o State) == "$2"* ]]
}

# wait_for_record JOB STATE: until accounting has it, which is a second or more behind.
wait_for_record() {
    until_true 60 is_recorded "$@" || {
        echo "job $1: expected $2, sacct says '$(sacct -X -n -P -j "$1" -o State)'" >&2
        return 1
    }
}

# batch [OPTION…] COMMAND: submit a command line as a job that writes nothing; prints its id.
batch() {
    sbatch --parsable --output=/dev/null "${@:1:$#-1}" --wrap "${@: -1}"
}

# provoked KIND OUTCOME: a fault was provoked, and this is what became of it; test/slurm/run prints
# them in a table.
provoked() {
    [ -z "${CAPSTAN_FAULTS:-}" ] || printf '%s\t%s\n' "$1" "$2" >>"$CAPSTAN_FAULTS"
}
