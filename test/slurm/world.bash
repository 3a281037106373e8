# world.bash - the small world of test/loop on a cluster: one to copy, and the ids that it must give

# small_base FOLDER: a registry with the weather in it, two months of few trips, and a pipeline of
# small steps that ends at promote.
small_base() {
    mkdir -p "$1"
    cd "$1"
    "$BATS_TEST_DIRNAME/../loop/make" landing 2 400
    cp "$BATS_TEST_DIRNAME"/../loop/*.yaml .
    sed -i -e 's/^refit: .*/refit: none/' -e 's/trees: 20/trees: 5/' pipeline.yaml
    sed 's/^gate: .*/gate: {kind: refresh, metric: auc, floor: 0.5, cluster: day, replicates: 100}/' -i pipeline.yaml
    echo 'slurm: {poll: 1s}' >>pipeline.yaml
    sed 's/^slurm: .*/slurm: {poll: 1s, extra: ["--hold"]}/' pipeline.yaml >held.yaml
    capstan init registry >/dev/null
    capstan ingest --registry registry --dataset weather --set missing=NA landing/weather.csv
}

# world NAME: a copy of the base, to work in.
world() {
    rm -rf "$BATS_FILE_TMPDIR/$1"
    cp -a "$BATS_FILE_TMPDIR/base" "$BATS_FILE_TMPDIR/$1"
    cd "$BATS_FILE_TMPDIR/$1"
    export CAPSTAN_REGISTRY=$PWD/registry
}

# The ids of all that a registry holds but reports, which hold no results.
ids() { # registry
    "$BATS_TEST_DIRNAME/../loop/ids" "$1" | grep -v '^report '
}

# The newest run's id; none: no run has a plan.
newest_run() {
    local plan newest=
    for plan in registry/runs/*/plan.json; do
        [ ! -e "$plan" ] || newest=$plan
    done
    [ -z "$newest" ] || basename "$(dirname "$newest")"
}

# The ids of a run's jobs that are in the queue.
queued() { # run
    squeue -h -o '%A %j' | awk -v run="capstan-$1-" 'index($2, run) == 1 { print $1 }'
}

# shim FOLDER LOG COMMAND…: in FOLDER, to be put first in PATH, a program for each command that writes
# a line to LOG (seconds, its words) and becomes the real one.
shim() {
    local folder=$1 log=$2 command
    shift 2
    mkdir -p "$folder"
    for command in "$@"; do
        printf '#!/bin/bash\necho "$EPOCHREALTIME %s $*" >>%q\nexec %q "$@"\n' \
            "$command" "$log" "$(command -v "$command")" >"$folder/$command"
        chmod +x "$folder/$command"
    done
}

# compile FILE.c: a library to be preloaded, beside the test's other files; prints its path.
compile() {
    local library
    library=$BATS_FILE_TMPDIR/$(basename "$1" .c).so
    "${CC:-cc}" -shared -fPIC -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -o "$library" "$1"
    echo "$library"
}
