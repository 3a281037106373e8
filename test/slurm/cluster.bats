#!/usr/bin/env bats
# cluster.bats - the Slurm that the tests start is a real one, and leaves nothing behind
bats_require_minimum_version 1.5.0

setup_file() {
    export CLUSTER=$BATS_FILE_TMPDIR/cluster
    "$BATS_TEST_DIRNAME/cluster" start "$CLUSTER" 3>&-
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

@test "two clusters run side by side, and a stopped one leaves no process" {
    other=$BATS_TEST_TMPDIR/other
    "$BATS_TEST_DIRNAME/cluster" start "$other" --accounting file 3>&-
    run -0 env SLURM_CONF="$other/slurm.conf" srun -n 1 true
    run -0 srun -n 1 true
    "$BATS_TEST_DIRNAME/cluster" stop "$other"
    run pgrep -f "$other/"
    [ "$status" = 1 ]
}
