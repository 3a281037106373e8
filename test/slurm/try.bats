#!/usr/bin/env bats
# try.bats - jobs/try-slurm: a cluster for as long as a command runs, whatever ends it
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir tmp
    export TMPDIR=$PWD/tmp # where its folder is
    jobs=$(realpath "$BATS_TEST_DIRNAME/../../jobs")
}

# Nothing runs from its folder, and the folder is gone (nobody removes it after a kill -9).
nothing_left() { # signal that ended it
    for _ in $(seq 300); do
        if [ -z "$(pgrep -f "$TMPDIR/")" ] && { [ "${1:-}" = KILL ] || [ -z "$(ls -A tmp)" ]; }; then
            return 0
        fi
        sleep 0.1
    done
    pgrep -af "$TMPDIR/"
    return 1
}

@test "a command runs on two nodes, its exit code is handed on, and nothing is left" {
    run -7 --separate-stderr "$jobs/try-slurm" --accounting file bash -c \
        'capstan doctor --json --jobs . && srun -N 2 -n 2 true && exit 7'
    [ "$(jq -r '.[] | select(.check == "job") | .verdict' <<<"${lines[0]}")" = ok ]
    nothing_left
}

@test "a shell is what there is without a command" {
    run -0 --separate-stderr env SHELL=/bin/sh "$jobs/try-slurm" --accounting file --nodes 3 \
        <<<'sinfo -h -o %D'
    [ "${lines[0]}" = 3 ]
    nothing_left
}

@test "Ctrl-C, or a kill, ends the cluster too" {
    for signal in INT KILL; do
        rm -f started
        # What bats starts in the background ignores SIGINT.
        setsid env --default-signal=INT "$jobs/try-slurm" --accounting file \
            sh -c 'touch started; sleep 60' >log 2>&1 3>&- &
        for _ in $(seq 300); do
            [ ! -e started ] || break
            sleep 0.1
        done
        [ -e started ]
        kill "-$signal" -- "-$!"
        nothing_left "$signal"
    done
}

@test "whoever may not install is told what is missing" {
    run -2 "$jobs/try-slurm" --no-such
    [[ $output == *"usage: jobs/try-slurm"* ]]
    mkdir bin
    printf '#!/bin/sh\necho bash installed\n' >bin/dpkg-query
    printf '#!/bin/sh\necho 1000\n' >bin/id
    chmod +x bin/*
    run -1 env PATH="$PWD/bin:$PATH" "$jobs/try-slurm" true
    [[ $output == *"apt-get install"*slurmctld* ]]
}
