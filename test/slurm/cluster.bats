#!/usr/bin/env bats
# cluster.bats - the Slurm that the tests start is a real one, and leaves nothing behind
bats_require_minimum_version 1.5.0

setup_file() {
    export CLUSTER=$BATS_FILE_TMPDIR/cluster
    "$BATS_TEST_DIRNAME/cluster" start "$CLUSTER" --owner $$
}

teardown_file() {
    "$BATS_TEST_DIRNAME/cluster" stop "$CLUSTER"
}

setup() {
    eval "$("$BATS_TEST_DIRNAME/cluster" env "$CLUSTER")"
}

@test "ranks on two nodes exchange a message through PMIx" {
    cat >"$BATS_TEST_TMPDIR/sum.c" <<'C'
#include <mpi.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    int rank, sum;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    printf("%d\n", sum);
    MPI_Finalize();
}
C
    mpicc "$BATS_TEST_TMPDIR/sum.c" -o "$BATS_TEST_TMPDIR/sum"
    run -0 --separate-stderr timeout 60 srun -N 2 -n 4 --mpi=pmix "$BATS_TEST_TMPDIR/sum"
    [ "$(sort -u <<<"$output")" = 6 ]
    [ "${#lines[@]}" = 4 ]
}

@test "accounting knows how a job ended" {
    job=$(sbatch --parsable --output=/dev/null --wrap 'exit 7' || true)
    for _ in $(seq 100); do
        row=$(timeout 5 sacct -X -n -P -j "$job" -o State,ExitCode)
        [ "$row" != "FAILED|7:0" ] || break
        sleep 0.2
    done
    [ "$row" = "FAILED|7:0" ]
}

# The processes that have a name or an open file of a cluster, or its mark on their command line.
left() { # directory mark
    pgrep -f "$1/|$2" || true
    find /proc/[0-9]*/fd -lname "$1/*" 2>/dev/null || true
}

# Jobs that do not end by themselves, one with a process whose environment is empty.
start_jobs() { # directory mark
    SLURM_CONF=$1/slurm.conf sbatch -o /dev/null --wrap "env -i sleep $2 & srun -n 1 sleep $2"
    for _ in $(seq 100); do
        [ "$(pgrep -cf "^[a-z/]*sleep $2" || true)" != 2 ] || return 0
        sleep 0.1
    done
    return 1
}

@test "two clusters run side by side, and a stopped one leaves no process" {
    other=$BATS_TEST_TMPDIR/other
    mark=9876${RANDOM}.5
    "$BATS_TEST_DIRNAME/cluster" start "$other" --accounting file --owner $$
    run -0 env SLURM_CONF="$other/slurm.conf" srun -n 1 true
    run -0 srun -n 1 true
    start_jobs "$other" "$mark"
    "$BATS_TEST_DIRNAME/cluster" stop "$other"
    [ -z "$(left "$other" "$mark")" ]
    run -0 srun -n 1 true
}

@test "tests that are killed leave no process of their cluster" {
    other=$BATS_TEST_TMPDIR/other
    mark=9876${RANDOM}.6
    export -f start_jobs
    at=@ # bats takes a line that starts with @test for one of this file's
    cat >"$BATS_TEST_TMPDIR/killed.bats" <<BATS
setup_file() { "$BATS_TEST_DIRNAME/cluster" start "$other" --accounting file --owner \$\$; }
${at}test "one that does not end" { start_jobs "$other" $mark; touch "$BATS_TEST_TMPDIR/started"; sleep $mark; }
BATS
    setsid bats "$BATS_TEST_TMPDIR/killed.bats" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    killed=$!
    for _ in $(seq 300); do
        [ ! -e "$BATS_TEST_TMPDIR/started" ] || break
        sleep 0.1
    done
    [ -e "$BATS_TEST_TMPDIR/started" ]
    [ -n "$(left "$other" "$mark")" ]
    kill -KILL -- "-$killed"
    for _ in $(seq 300); do
        [ -n "$(left "$other" "$mark")" ] || return 0
        sleep 0.1
    done
    left "$other" "$mark"
    false
}

@test "an ordinary user has a cluster of one's own" {
    [ "$(id -u)" = 0 ] || skip "all tests of this file were an ordinary user's"
    home=$(mktemp -d)
    cp "$BATS_TEST_DIRNAME/cluster" "$home/slurm" # the source may lie where only root may look
    chown nobody "$home"
    cd "$home" || return 1
    as_nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$home" PATH=/usr/bin:/bin "$@"; }
    as_nobody "$home/slurm" start "$home/cluster" --accounting file --owner $$
    SLURM_CONF=$home/cluster/slurm.conf run -0 as_nobody srun -N 2 -n 2 id -un
    [ "$output" = $'nobody\nnobody' ]
    as_nobody "$home/slurm" stop "$home/cluster"
    [ -z "$(left "$home/cluster" no-mark)" ]
    cd / && rm -rf "$home"
}
