#!/usr/bin/env bats
# loop.bats - the whole loop on a small world, with the programs in PATH
bats_require_minimum_version 1.5.0


setup_file() {
    export HERE=$BATS_TEST_DIRNAME
    export WORLD=$BATS_FILE_TMPDIR
    cd "$WORLD"
    "$HERE/make" landing 4 2000
    mkdir later
    mv landing/trips-0[34].csv later/
    cp "$HERE"/*.yaml .
    export CAPSTAN_REGISTRY=$WORLD/registry
    capstan init registry
    capstan ingest --ranks 2 --dataset weather --set missing=NA landing/weather.csv
}

setup() {
    cd "$WORLD"
}

@test "the pipeline makes the first champion" {
    run capstan run pipeline.yaml
    [ "$status" = 0 ]
    run capstan show late@champion --json
    [ "$status" = 0 ]
    [ "$(jq -r .manifest.evaluated_as.version <<<"$output")" = 1 ]
}

@test "the ids are the known ones, or a stage's revision was raised" {
    run -0 "$HERE/ids" registry
    # After a change of results: raise the stage's revision, then "$HERE/ids" registry >golden.txt.
    diff "$HERE/golden.txt" <(echo "$output")
}

@test "run again, everything is found done" {
    before=$(find registry/models registry/features registry/snapshots -name manifest.json | wc -l)
    run capstan run pipeline.yaml
    [ "$status" = 0 ] || [ "$status" = 99 ]
    [ "$(find registry/models registry/features registry/snapshots -name manifest.json | wc -l)" = "$before" ]
}

@test "wind that counts twice raises the alarm" {
    mv later/trips-03.csv landing/
    run -0 capstan ingest --ranks 2 --dataset trips --pipeline pipeline.yaml landing/trips-03.csv
    run capstan monitor --ranks 2 late@champion trips@latest --pipeline pipeline.yaml
    [ "$status" = 3 ]
}

@test "retrained on the new month, the next champion is promoted" {
    before=$(capstan show late@champion --json | jq .version)
    run capstan run pipeline.yaml
    [ "$status" = 0 ]
    after=$(capstan show late@champion --json | jq .version)
    [ "$after" -gt "$before" ]
    run -0 capstan log late
    [ "${#lines[@]}" -ge 2 ]
}

@test "the champion's lineage ends at the files" {
    run -0 capstan why late@champion
    [[ $output == *trips-01.csv* ]]
    [[ $output == *weather.csv* ]]
}

@test "the champion can be made again on one rank and on three" {
    for ranks in 1 3; do
        run -0 --separate-stderr capstan replay --ranks $ranks late@champion
        [ "$output" = identical ]
    done
}

@test "predictions carry keys and probabilities" {
    run -0 capstan predict late@champion later/trips-04.csv -o predictions.csv
    [ "$(wc -l <predictions.csv)" = 2001 ]
    awk -F, 'NR > 1 && !($NF > 0 && $NF < 1) { exit 1 }' predictions.csv
}

@test "rolled back, the older champion is back" {
    run -0 capstan rollback late --reason "to see it"
    run -0 capstan log late
    [[ $output == *"to see it"* ]]
}

@test "every byte of the registry is what it should be" {
    run -0 capstan verify --level 3
}

@test "a refit on rows that contradict what was judged is refused" {
    mkdir wrong
    cp landing/trips-01.csv wrong/
    for month in 02 03; do
        awk -F, -v OFS=, 'NR > 1 && $6 != "NA" { $6 = 20 - $6 } { print }' landing/trips-$month.csv >wrong/trips-$month.csv
    done
    run -0 capstan ingest --dataset trips-wrong --pipeline pipeline.yaml wrong/*.csv
    features=$(capstan prepare trips-wrong@1 --all --name late-wrong --pipeline pipeline.yaml)
    run -3 capstan train --features "$features" --refit late@1 --name late --pipeline pipeline.yaml
    [[ $output == *"worse than its challenger"* ]]
}

@test "floors alone do not get past a champion" {
    run -0 capstan train --features late@1 --name late --pipeline pipeline.yaml --set trees=2
    weak=$(capstan list model late --json | jq -rs 'flatten | last | "\(.name)@\(.version)"')
    run -0 capstan evaluate "$weak" --against none --pipeline pipeline.yaml
    run -3 capstan promote "$weak" --reason "to see it refused"
    [[ $output == *"did not hold"*"against the champion"* ]]
}
