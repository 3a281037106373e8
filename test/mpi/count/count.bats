#!/usr/bin/env bats
# count.bats - how each stage's communication grows: models.json against what programs hand to MPI
bats_require_minimum_version 1.5.0

setup_file() {
    export HERE=$BATS_TEST_DIRNAME
    source "$HERE/world.bash"
    for ranks in 1 2 4 8; do
        mkdir "$BATS_FILE_TMPDIR/$ranks"
        cd "$BATS_FILE_TMPDIR/$ranks"
        stages $ranks
    done
}

setup() {
    cd "$BATS_FILE_TMPDIR"
    models=$HERE/models.json
}

# The world's figures, under the names that formulas use; each test adds those of its stage.
world=(columns=6 numeric=4 inputs=6 features=6 days=56 rows=6000 sampled=6000 keys=0 medians=0)

held() { # stage, what was counted, NAME=VALUE…
    local stage=$1 counted=$2
    shift 2
    for ranks in 1 2 4 8; do
        "$HERE/check" "$models" "$stage" "$ranks/counts/$counted" "${world[@]}" "$@"
    done
}

figure() { # file of the registry, jq's path
    jq -r "$2" 1/registry/"$1"
}

@test "every function of MPI that moves data is counted" {
    local_ones='Comm_(dup|free|rank|size|set_errhandler)|Error_string|Finalize|Init|Op_(create|free)|Type_(commit|contiguous|free|size)'
    counted=$(grep -oE '^int MPI_[A-Za-z]+' "$HERE/count.c" | sed 's/int MPI_//' | paste -sd '|')
    for stage in ingest profile validate prepare train evaluate predict monitor; do
        run -0 nm -D --undefined-only "$(command -v capstan-$stage)"
        run -1 grep -vE " MPI_($local_ones|$counted)\$" <(grep -oE ' MPI_[A-Z].*' <<<"$output")
    done
}

@test "ingest and profile merge their profile, whatever the rows" {
    held ingest ingest
    held profile profile
}

@test "validate merges counts, and with a key a hash of every row's" {
    held validate validate
    held validate keyed keys=6000
}

@test "prepare finds medians digit by digit" {
    held prepare prepare
    held prepare linear medians=4
}

@test "gbdt merges a histogram a leaf" {
    # 4 numbers of 16 bins; 3 sites and 5 lines
    held "train gbdt" gbdt trees=6 leaves=8 bins=$((4 * 16 + 3 + 5))
}

@test "glm merges a Hessian an iteration" {
    iterations=$(figure models/linear/0000000001/manifest.json .summary.steps)
    held "train glm" glm features=$((4 + 3 + 5)) iterations="$iterations"
}

@test "evaluate gathers the test rows on every rank" {
    rows=$(figure evaluations/late/0000000001/manifest.json .summary.rows)
    held evaluate evaluate rows="$rows" champion=1 slices=1 replicates=1000 figures=$((2 + 3))
}

@test "predict gathers nothing that grows with rows" {
    held predict predict
}

@test "monitor gathers the labelled rows on every rank" {
    rows=$(figure reports/late-drift/0000000001/drift.json .labelled)
    held monitor monitor rows="$rows"
}

@test "a rank's calls do not grow with the number of ranks" {
    for stage in 2/counts/*; do
        stage=$(basename "$stage")
        for file in {2,4,8}/counts/"$stage"/*.tsv; do
            awk '$1 != "Send" && $1 != "Recv" { n[$1] += $3 } END { for (f in n) print f, n[f] }' "$file" | sort >calls
            [ -e "$stage.calls" ] || cp calls "$stage.calls"
            diff "$stage.calls" calls
        done
    done
}

@test "a wrong model is found out" {
    right=("$HERE/models.json" "train gbdt" 4/counts/gbdt "${world[@]}" trees=6 leaves=8)
    run -0 "$HERE/check" "${right[@]}" bins=72
    run -1 "$HERE/check" "${right[@]}" bins=73
    [[ $output == *"histogram of a leaf: 0 calls"* ]]
    while read -r change; do
        jq ".[\"train gbdt\"] |= ($change)" "$HERE/models.json" >wrong.json
        run -1 "$HERE/check" wrong.json "${right[@]:1}" bins=72
    done <<'CHANGES'
.lines[0].calls = "trees * leaves"
del(.lines[0])
.lines[1].calls = "trees + 1"
.lines[4].most = "250"
.unions = "3"
.small = "100"
.shared.most = "sampled * 32"
.gathered.most = "64"
CHANGES
    jq '.evaluate.gathered.bytes = "24 * rows"' "$HERE/models.json" >wrong.json
    run -1 "$HERE/check" wrong.json evaluate 4/counts/evaluate rows=1467
}

@test "the documentation's table is made of the models" {
    page=$HERE/../../../site/clusters.md
    diff <(sed -n '/^<!-- test.mpi.count.table -->$/,/^<!-- end -->$/p' "$page" | grep -v '^<!--') <("$HERE/table")
}
