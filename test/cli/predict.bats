#!/usr/bin/env bats
# predict.bats - raw files to scores: good use, and what is said of bad use
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 3 500
    sed -i 's/^time: time/key: [time, site, line]\n&/' trips.schema.yaml
    capstan-ingest --dataset weather landing/weather.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-01.csv landing/trips-02.csv
    capstan-prepare trips@1 --name trips --pipeline pipeline.yaml
    capstan-train --features trips@1 --name late --pipeline pipeline.yaml
    cut -d, -f1-5 landing/trips-03.csv >new.csv # without delay, which is known only afterwards
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

predict() {
    capstan-predict late@1 "$@"
}

# predict must fail with a status, say these words, and leave no file.
refused() {
    local status=$1 words=$2
    shift 2
    run "-$status" --separate-stderr predict "$@"
    [ -z "$output" ]
    [[ $stderr == *"$words"* ]] || { echo "$stderr" && false; }
    [ -z "$(ls bad* 2>/dev/null)" ]
}

@test "every row has its keys and a score" {
    run -0 --separate-stderr predict new.csv -o scores.csv
    [ "$output" = 500 ]
    [ "$(head -1 scores.csv)" = row,time,site,line,score ]
    paste -d, <(seq 0 499) <(tail -n +2 new.csv | cut -d, -f1-3) | cmp - <(tail -n +2 scores.csv | cut -d, -f1-4)
    [ "$(awk -F, 'NR > 1 && !($5 > 0 && $5 < 1)' scores.csv | wc -l)" = 0 ]
}

@test "scores are the same with the label's column there, and at any number of ranks" {
    predict new.csv -o one.csv
    predict landing/trips-03.csv --out with.csv
    cmp one.csv with.csv
    for ranks in 2 3; do
        mpirun -n $ranks capstan-predict late@1 new.csv -o more.csv
        cmp one.csv more.csv
    done
}

@test "a row's score depends on that row alone" {
    predict new.csv -o all.csv
    { head -1 new.csv && tail -n +251 new.csv; } >half.csv
    predict half.csv -o half-scores.csv
    cmp <(tail -n +251 all.csv | cut -d, -f2-) <(tail -n +2 half-scores.csv | cut -d, -f2-)
    run -0 --separate-stderr predict new.csv half.csv --json -o both.csv
    [ "$(jq -c . <<<"$output")" = '{"path":"both.csv","rows":751}' ]
}

@test "HDF5 holds what CSV holds, the same bytes at any number of ranks" {
    predict new.csv -o one.h5
    predict new.csv -o one.csv
    mpirun -n 3 capstan-predict late@1 new.csv -o three.h5
    cmp one.h5 three.h5
    h5dump -y -w 1 -m %.17g -d score one.h5 | awk '/^ *[0-9.e+-]+,?$/ { sub(",", ""); print $1 + 0 }' >there
    [ "$(wc -l <there)" = 500 ]
    awk -F, 'NR > 1 { print $5 + 0 }' one.csv | cmp - there
}

@test "what is joined can be chosen" {
    predict new.csv -o newest.csv
    predict new.csv --join weather=weather@1 -o chosen.csv
    cmp newest.csv chosen.csv
    refused 1 "weather@7" new.csv --join weather=weather@7 -o bad.csv
    refused 2 "expected DATASET=REF" new.csv --join fares=fares@1 -o bad.csv
}

@test "bad use and bad files are refused, and leave nothing behind" {
    refused 2 "its ending must be .csv or .h5" new.csv -o bad.txt
    refused 2 "--out: missing" new.csv
    refused 1 "cannot open missing.csv" missing.csv -o bad.csv
    cut -d, -f1-3,5 new.csv >lacking.csv
    refused 1 "lacking.csv has no column load, which late@1 asks for" lacking.csv -o bad.csv
    sed '4s/L[0-9]/L1,x/' new.csv >ragged.csv
    refused 1 "the first is line 4 of ragged.csv" ragged.csv -o bad.csv
    refused 1 "cannot write nowhere/scores.csv" new.csv -o nowhere/scores.csv
    run -1 --separate-stderr capstan-predict later@1 new.csv -o bad.csv
    [[ $stderr == *later* ]]
}

@test "rows that cannot be read are left out where that is wanted" {
    sed '4s/L[0-9]/L1,x/' new.csv >ragged.csv
    run -0 --separate-stderr predict ragged.csv --skip-unreadable -o skipped.csv
    [ "$output" = 499 ]
    [[ $stderr == *"ragged.csv: line 4 is left out: 6 cells where there are 5 columns"* ]]
    [ "$(wc -l <skipped.csv)" = 500 ]
}
