#!/usr/bin/env bats
# export.bats - snapshots for other tools, and back
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    export CAPSTAN_REGISTRY=$BATS_FILE_TMPDIR/registry
    capstan init registry
    cat >odd.schema.yaml <<'TEXT'
dataset: odd
time: at
columns:
  - {name: at, type: time}
  - {name: "a, b", type: float32, required: false}
  - {name: exact, type: float64}
  - {name: count, type: int64}
  - {name: small, type: int32}
  - {name: yes, type: bool}
  - {name: site, type: category}
  - {name: note, type: text}
TEXT
    cat >odd.csv <<'TEXT'
at,"a, b",exact,count,small,yes,site,note
2013-01-01T05:00:00.25Z,0.1,0.1,9007199254740993,-1,true,north,plain
2013-01-01T06:00:00+01:00,16777216,1e300,,2,false,"so, uth","a ""word"""
1969-12-31T23:59:59.999Z,1e-45,5e-324,-9223372036854775807,,,north,"two
lines, a comma"
2013-01-01T07:00:00Z,-inf,1000000,0,0,true,,""
2013-01-01T08:00:00Z,,,1,1,false,west,
,-0,0.30000000000000004,1,1,false,west," ends in blanks "
TEXT
    capstan-ingest --dataset odd --schema odd.schema.yaml odd.csv
    "$BATS_TEST_DIRNAME/../loop/make" landing 2 9000
    cp "$BATS_TEST_DIRNAME"/../loop/*.yaml .
    sed -i 's/,L1,/,"K, 9",/' landing/trips-02.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-01.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-02.csv
}

setup() {
    cd "$BATS_FILE_TMPDIR"
}

parts() { # snapshot: the ids of its parts
    capstan show "$1" --kind snapshot --json | jq -r '.manifest.parts[].id'
}

refused() { # status words arguments…
    local status=$1 words=$2
    shift 2
    run "-$status" --separate-stderr capstan export "$@"
    [ -z "$output" ]
    [[ $stderr == *"$words"* ]] || { echo "$stderr" && false; }
}

# Prints the exit status of an export of 700 kB to a disk of 256 kB, and what it leaves there.
on_full_disk() { # format ranks
    mount -t tmpfs -o size=256k none small
    local status=0
    capstan export trips@2 --format "$1" --ranks "$2" -o small/rows || status=$?
    echo "$status, left: $(ls -A small)"
}

@test "CSV has every value as it reads back, quoted where RFC 4180 asks for it" {
    run -0 --separate-stderr capstan export odd@1 --format csv -o odd.out.csv
    [ "$output" = odd.out.csv ]
    cmp odd.out.csv - <<'TEXT'
at,"a, b",exact,count,small,yes,site,note
2013-01-01T05:00:00.250Z,0.1,0.1,9007199254740993,-1,true,north,plain
2013-01-01T05:00:00.000Z,16777216,1e+300,,2,false,"so, uth","a ""word"""
1969-12-31T23:59:59.999Z,1e-45,5e-324,-9223372036854775807,,,north,"two
lines, a comma"
2013-01-01T07:00:00.000Z,-inf,1000000,0,0,true,,""
2013-01-01T08:00:00.000Z,,,1,1,false,west,
,-0,0.30000000000000004,1,1,false,west," ends in blanks "
TEXT
}

@test "ingested again by the same schema, CSV gives the same part" {
    capstan export odd@1 --format csv -o odd.again.csv
    capstan-ingest --dataset again --schema odd.schema.yaml odd.again.csv
    [ "$(parts again@1)" = "$(parts odd@1)" ]
    capstan-ingest --dataset once --schema trips.schema.yaml landing/trips-01.csv
    capstan export once@1 --format csv -o once.csv
    capstan-ingest --dataset twice --schema trips.schema.yaml once.csv
    [ "$(parts twice@1)" = "$(parts once@1)" ]
}

@test "a missing value can be a text, and is read back as one" {
    capstan export odd@1 --format csv --missing NULL -o odd.null.csv
    [ "$(sed -n 7p odd.null.csv)" = "2013-01-01T08:00:00.000Z,NULL,NULL,1,1,false,west,NULL" ]
    capstan-ingest --dataset nulls --schema odd.schema.yaml odd.null.csv
    [ "$(parts nulls@1)" = "$(parts odd@1)" ]
    refused 1 'has the text "plain", which could not be told from a missing value' odd@1 --format csv \
        --missing plain -o bad.csv
    refused 2 "without commas" odd@1 --format csv --missing a,b -o bad.csv
    [ ! -e bad.csv ]
}

@test "all parts are in one file, in order" {
    capstan export trips@2 --format csv -o both.csv
    [ "$(wc -l <both.csv)" = 18001 ]
    [ "$(sed -n 2p both.csv | cut -d, -f1)" = "$(sed -n 2p landing/trips-01.csv | cut -d, -f1)" ]
    grep -q '"K, 9"' both.csv
    run -0 --separate-stderr capstan export trips@2 --format csv --json -o json.csv
    [ "$output" = '{"format":"csv","path":"json.csv","rows":18000}' ]
}

@test "the same bytes at any number of ranks" {
    for format in csv netcdf; do
        capstan export trips@2 --format $format -o one.$format
        for ranks in 2 3; do
            capstan export trips@2 --format $format --ranks $ranks -o more.$format --force
            cmp one.$format more.$format
        done
    done
}

@test "NetCDF is the part itself where there is one, and has all levels where there are more" {
    capstan export odd@1 --format netcdf -o odd.nc
    cmp odd.nc "registry/parts/odd/$(parts odd@1 | sed 's/.*://').h5"
    capstan export trips@2 --format netcdf -o trips.nc
    ncdump -h trips.nc | grep -q 'row = 18000 ;'
    ncdump -v line_levels trips.nc | grep -q '"K, 9'
    ncdump -v line_levels trips.nc | grep -q '"L1'
    [ -z "$(ncdump -h trips.nc | grep 'id:')" ]
}

@test "a file that is there is written over only when asked" {
    echo mine >there.csv
    refused 2 "there.csv is there already: --force writes over it" odd@1 --format csv -o there.csv
    [ "$(cat there.csv)" = mine ]
    capstan export odd@1 --format csv -o there.csv --force
    ln -s nowhere link.csv
    refused 2 "link.csv is there already" odd@1 --format csv -o link.csv
    [ "$(head -1 there.csv)" = 'at,"a, b",exact,count,small,yes,site,note' ]
}

@test "a full disk is an error on any number of ranks, and leaves nothing behind" {
    unshare -m true 2>/dev/null || skip "needs a mount of its own"
    mkdir -p small
    export -f on_full_disk
    for format in csv netcdf; do
        for ranks in 1 2; do
            run -0 --separate-stderr unshare -m bash -c "on_full_disk $format $ranks"
            [ "$output" = "1, left: " ]
            [[ $stderr == *"No space left on device"* ]]
        done
    done
}

@test "bad use is refused, and leaves nothing behind" {
    refused 2 "--out: missing" odd@1 --format csv
    refused 2 '"xml" is none of csv, netcdf' odd@1 --format xml -o bad.xml
    refused 2 "--missing is for csv" odd@1 --format netcdf --missing NA -o bad.nc
    refused 1 "odd" odd@7 --format csv -o bad.csv
    refused 1 "cannot write nowhere/bad.csv" odd@1 --format csv -o nowhere/bad.csv
    refused 2 "without commas" odd@1 --format csv --ranks 2 --missing , -o bad.csv
    [ -z "$(ls bad* ./*.tmp 2>/dev/null)" ]
}
