#!/usr/bin/env bats
# ingest.bats - files into snapshots: good use, bad files, bad registries, two at once, a killed rank
bats_require_minimum_version 1.5.0

setup() {
    cd "$BATS_TEST_TMPDIR"
    export CAPSTAN_REGISTRY=$PWD/registry
    capstan init registry >/dev/null
    printf 'id,when,kind,x,note\n' >a.csv
    printf '%d,2013-01-01T%02d:00:00Z,%s,%s,"row\n%d"\n' 1 5 red 0.1 1 2 6 blue NA 2 3 7 red 2.5 3 >>a.csv
    sed 's/2013-01/2013-02/; s/red/green/' a.csv >b.csv
}

# The manifest of a version: "name number".
manifest() {
    printf '%s/snapshots/%s/%010d/manifest.json' registry "$1" "$2"
}

# Nothing was published, nothing half done lies about.
nothing_made() {
    [ -z "$(find registry -name manifest.json -o -name '.tmp.*' -o -name '*.h5')" ]
}

# ingest must fail, and say these words.
refused() {
    local words=$1
    shift
    run -1 --separate-stderr capstan-ingest --dataset d "$@"
    [ -z "$output" ]
    [[ $stderr == *"$words"* ]] || { echo "$stderr" && false; }
    nothing_made
}

@test "a file becomes a snapshot, another one the next; the part is shared" {
    run -0 --separate-stderr capstan-ingest --dataset d a.csv
    [ "$output" = d@1 ]
    run -0 --separate-stderr capstan-ingest --dataset d b.csv
    [ "$output" = d@2 ]
    [ "$(jq .parts[0].id "$(manifest d 2)")" = "$(jq .parts[0].id "$(manifest d 1)")" ]
    [ "$(jq '.parts | length' "$(manifest d 2)")" = 2 ]
    [ "$(jq .parent.version "$(manifest d 2)")" = 1 ]
    [ "$(ls registry/parts/d | wc -l)" = 2 ]
    for file in manifest.json schema.json profile.json rejects.csv; do
        [ -f "registry/snapshots/d/0000000002/$file" ]
    done
}

@test "types are inferred, and a second part keeps them" {
    capstan-ingest --dataset d a.csv
    types='[.columns[].type] | join(" ")'
    [ "$(jq -r "$types" registry/snapshots/d/0000000001/schema.json)" = "int32 time category float64 category" ]
    sed 's/^1,/1.5,/' b.csv >c.csv
    run -1 --separate-stderr capstan-ingest --dataset d --set reject_limit=0 c.csv
    [[ $stderr == *'c.csv (byte 20): column id: "1.5" is not an int32'* ]]
}

@test "--json says what was made" {
    run -0 --separate-stderr capstan-ingest --dataset d --json a.csv
    [ "$(jq -r '.kind, .name, .version, .new_rows, .rejected' <<<"$output" | xargs)" = "snapshot d 1 3 0" ]
    [ "$(jq -r .id <<<"$output")" = "$(jq -r .id "$(manifest d 1)")" ]
}

@test "any number of ranks makes the same id and the same bytes" {
    awk 'BEGIN { print "id,kind,note"
                 for (i = 0; i < 9000; i++) printf "%d,k%d,\"a\n\"\"%d\"\"\"\n", i, i % 7, i }' >many.csv
    for ranks in 1 2 3; do
        capstan init "r$ranks"
        mpirun -n $ranks capstan-ingest --registry "r$ranks" --dataset d many.csv
        jq -r .id "r$ranks/snapshots/d/0000000001/manifest.json" >>ids
        (cd "r$ranks" && find parts -name '*.h5' -exec sha256sum {} +) >>bytes
    done
    [ "$(sort -u ids | wc -l)" = 1 ]
    [ "$(sort -u bytes | wc -l)" = 1 ]
}

@test "the same file again is skipped" {
    capstan-ingest --dataset d a.csv
    cp a.csv copy.csv
    run -99 --separate-stderr capstan-ingest --dataset d copy.csv
    [ "$output" = d@1 ]
    run -0 --separate-stderr capstan-ingest --dataset d a.csv b.csv b.csv
    [ "$output" = d@2 ]
    [ "$(jq '.parts[1].sources | length' "$(manifest d 2)")" = 1 ]
    [ "$(jq .parts[1].rows "$(manifest d 2)")" = 3 ]
}

@test "two at once lose neither part" {
    files=()
    for i in 1 2 3 4 5 6; do
        sed "s/^1,/10$i,/" a.csv >"f$i.csv"
        capstan-ingest --dataset d "f$i.csv" >"out$i" &
        files+=($!)
    done
    for pid in "${files[@]}"; do
        wait "$pid"
    done
    [ "$(cat out? | sort | xargs)" = "d@1 d@2 d@3 d@4 d@5 d@6" ]
    [ "$(jq -r '.parts[].sources[].path' "$(manifest d 6)" | sort | xargs)" = \
        "f1.csv f2.csv f3.csv f4.csv f5.csv f6.csv" ]
}

@test "the same file twice at once is there once" {
    capstan-ingest --dataset d a.csv >one &
    first=$!
    second=0
    capstan-ingest --dataset d a.csv >two || second=$?
    wait "$first" || [ $? = 99 ]
    [ "$second" = 0 ] || [ "$second" = 99 ]
    [ "$(cat one two | sort -u)" = d@1 ]
    [ "$(find registry -name manifest.json | wc -l)" = 1 ]
}

@test "rows that cannot be read are rejects with file, line and byte" {
    printf 'id,x\n1,2\n3\n"4\n",5,6\n99999999999999999999,7\n8,9\n' >r.csv
    printf 'columns: [{name: id, type: int32}, {name: x, type: float32}]\ndataset: d\n' >s.yaml
    run -0 --separate-stderr capstan-ingest --dataset d --schema s.yaml r.csv
    cat >expected <<'EOF'
file,line,byte,reason
"r.csv",3,9,"1 cell where there are 2 columns"
"r.csv",4,11,"3 cells where there are 2 columns"
"r.csv",6,20,"column id: ""99999999999999999999"" is past what int32 holds"
EOF
    diff expected registry/snapshots/d/0000000001/rejects.csv
    [ "$(jq -c '.parts[0].sources[0] | [.rows, .rejected]' "$(manifest d 1)")" = "[2,3]" ]
    [ "$(jq -c .parts[0].runs "$(manifest d 1)")" = "[[0,0,2],[1,0,7]]" ]
    run -1 --separate-stderr capstan-ingest --dataset e --schema s.yaml --set reject_limit=2 r.csv
    [[ $stderr == *"3 rows cannot be read, more than reject_limit: 2; the first is line 3 of r.csv"* ]]
    [ ! -e registry/snapshots/e ] || [ -z "$(find registry/snapshots/e -type f)" ]
}

@test "bad files are refused with reasons" {
    refused "cannot open missing.csv: No such file" missing.csv
    refused "is not a regular file but a directory" .
    : >empty.csv
    refused "empty.csv is empty" empty.csv
    head -1 a.csv >header.csv
    refused "header.csv has nothing in it but a header" header.csv
    printf 'id,x\n1,2\n\0\0\1\2,3\n' >binary.csv
    refused "binary.csv: line 3 holds a NUL byte (at byte 9)" binary.csv
    gzip -k a.csv
    refused "a.csv.gz is compressed by gzip" a.csv.gz
    { printf 'id,x\n1,"'; head -c 100000 /dev/zero | tr '\0' y; } >line.csv
    refused "line.csv: the record at line 2 (byte 5) is longer than 65536 bytes" \
        --set max_record=65536 line.csv
    printf 'id,x,id\n1,2,3\n' >twice.csv
    refused 'columns 1 and 3 are both called id: give one another name with rename: {"#3": NAME}' twice.csv
    printf 'id,,x\n1,2,3\n' >unnamed.csv
    refused 'column 2 has no name: give it one with rename: {"#2": NAME}' unnamed.csv
    printf 'id,y\n1,2\n' >other.csv
    refused "other.csv has no column when, but a.csv has" a.csv other.csv
    printf 'id,x\n1,caf\xe9\n' >latin.csv
    printf 'columns: [{name: id, type: int32}, {name: x, type: text}]\ndataset: d\n' >s.yaml
    refused 'is not UTF-8: is encoding: latin1 meant?' --schema s.yaml latin.csv
}

@test "a truncated file gives a reject, and the rest of its rows" {
    head -c -4 a.csv >short.csv
    run -0 --separate-stderr capstan-ingest --dataset d short.csv
    [ "$(jq .parts[0].rows "$(manifest d 1)")" = 2 ]
    grep -q '"short.csv",6,.*"' registry/snapshots/d/0000000001/rejects.csv
}

@test "the dialect can be said" {
    printf '\xef\xbb\xbfid;naam;"x y";t\r\n1;caf\xe9;-;T\r\n\r\n2;'"'"'a;b'"'"';3.5;no\r\n' >dialect.csv
    printf 'columns: [{name: id, type: int32}, {name: name, type: text}, {name: x, type: float64}, {name: t, type: bool}]\ndataset: d\n' >s.yaml
    run -0 --separate-stderr capstan-ingest --dataset d --schema s.yaml --set 'delimiter=;' \
        --set "quote=\"'\"" --set 'rename={naam: name, "#3": x}' --set 'missing=[-]' --set encoding=latin1 dialect.csv
    [ "$(jq -c '[.parts[0].rows, .parts[0].unknown, .parts[0].absent]' "$(manifest d 1)")" = "[2,[],[]]" ]
    [ "$(cat registry/snapshots/d/0000000001/rejects.csv)" = file,line,byte,reason ]
}

@test "quotes that RFC 4180 does not know are told" {
    printf 'id,size\n1,5" pipe\n2,"6"" pipe"\n' >pipe.csv
    run -0 --separate-stderr capstan-ingest --dataset d pipe.csv
    [[ $stderr == *"pipe.csv: line 2: a quote within a cell"* ]]
    [ "$(jq .parts[0].rows "$(manifest d 1)")" = 2 ]
}

@test "columns that are absent or unknown are left to validation" {
    printf 'columns: [{name: id, type: int32}, {name: colour, type: category}]\ndataset: d\n' >s.yaml
    run -0 --separate-stderr capstan-ingest --dataset d --schema s.yaml a.csv
    [[ $stderr == *"a.csv has no column colour: it is all missing"* ]]
    [ "$(jq -c '.parts[0] | [.absent, .unknown]' "$(manifest d 1)")" = \
        '[["colour"],["when","kind","x","note"]]' ]
    printf 'columns: [{name: colour, type: category}]\ndataset: d\n' >none.yaml
    run -1 --separate-stderr capstan-ingest --dataset e --schema none.yaml a.csv
    [[ $stderr == *"a.csv has none of the schema's columns"* ]]
}

@test "a column keeps its type" {
    capstan-ingest --dataset d a.csv
    printf 'columns: [{name: id, type: float64}]\ndataset: d\n' >s.yaml
    run -1 --separate-stderr capstan-ingest --dataset d --schema s.yaml b.csv
    [[ $stderr == *"column id is float64 in the schema but int32 in d@1"* ]]
    run -0 --separate-stderr capstan-ingest --dataset d --schema s.yaml --append-to none b.csv
    [ "$output" = d@2 ]
    [ "$(jq '.parts | length' "$(manifest d 2)")" = 1 ]
}

@test "a snapshot can be added to that is not the newest" {
    capstan-ingest --dataset d a.csv
    capstan-ingest --dataset d b.csv
    sed 's/^1,/7,/' a.csv >c.csv
    run -0 --separate-stderr capstan-ingest --dataset d --append-to d@1 c.csv
    [ "$output" = d@3 ]
    [ "$(jq -c '[(.parts | length), .parent.version]' "$(manifest d 3)")" = "[2,1]" ]
    run -2 --separate-stderr capstan-ingest --dataset e --append-to d@1 c.csv
    [[ $stderr == *"is a snapshot of d, not of e"* ]]
    run -1 --separate-stderr capstan-ingest --dataset d --append-to d@9 c.csv
    [ -z "$output" ]
}

@test "a pipeline file says where the files lie" {
    mkdir landing && mv a.csv b.csv landing
    printf 'pipeline: p\ndataset: d\nsource: {files: "landing/*.csv"}\n' >p.yaml
    run -0 --separate-stderr capstan-ingest --dataset d --pipeline p.yaml
    [ "$output" = d@1 ]
    [ "$(jq '.parts[0].sources | length' "$(manifest d 1)")" = 2 ]
    printf 'pipeline: p\ndataset: d\nsource: {files: "nowhere/*.csv"}\n' >p.yaml
    run -1 --separate-stderr capstan-ingest --dataset d --pipeline p.yaml
    [[ $stderr == *"no file matches"* ]]
    run -2 --separate-stderr capstan-ingest --dataset d
    [[ $stderr == *"no files to read: name them"* ]]
    run -2 --separate-stderr capstan-ingest --dataset d --set delimeter=x landing/a.csv
    [[ $stderr == *"delimiter"* ]]
}

@test "a registry that is none is an error that says so" {
    : >file
    run -1 --separate-stderr capstan-ingest --registry file --dataset d a.csv
    [[ $stderr == *file* ]]
    run -1 --separate-stderr capstan-ingest --registry nowhere --dataset d a.csv
    [[ $stderr == *nowhere* ]]
    run -2 --separate-stderr env -u CAPSTAN_REGISTRY capstan-ingest --dataset d a.csv
    [[ $stderr == *"no registry is named"* ]]
    run -2 --separate-stderr capstan-ingest --dataset '../d' a.csv
    nothing_made
}

@test "a registry that cannot be written to is a clean error" {
    mkdir ro
    mount --bind registry ro 2>/dev/null && mount -o remount,ro,bind ro 2>/dev/null ||
        skip "this needs the right to mount"
    run -1 --separate-stderr capstan-ingest --registry ro --dataset d a.csv
    umount ro
    [ -z "$output" ]
    [[ $stderr == *"Read-only file system"* ]]
    nothing_made
}

@test "a full disk is a clean error on every rank" {
    mkdir small
    mount -t tmpfs -o size=300k none small 2>/dev/null || skip "this needs the right to mount"
    awk 'BEGIN { print "id,x"; for (i = 0; i < 60000; i++) print i "," i / 7 }' >big.csv
    capstan init small/registry
    for ranks in 1 3; do
        run --separate-stderr timeout 60 mpirun -n $ranks capstan-ingest --registry small/registry --dataset d big.csv
        [ "$status" = 1 ]
        [[ $stderr == *"No space left"* ]]
        [ -z "$(find small -name manifest.json -o -name '.tmp.*' -o -name '*.h5')" ]
    done
    umount small
}

@test "a killed rank ends the program and leaves no half version" {
    awk 'BEGIN { print "id,x,note"; for (i = 0; i < 3000000; i++) print i "," i / 7 ",abcdefghij" }' >big.csv
    mpirun -n 2 capstan-ingest --dataset d big.csv >out 2>err &
    runner=$!
    reads_it=0
    until [ $reads_it = 1 ]; do
        kill -0 $runner
        read -r -a ranks <<<"$(cat /proc/$runner/task/*/children 2>/dev/null)"
        [ ${#ranks[@]} = 2 ] || continue
        [[ $(ls -l "/proc/${ranks[1]}/fd" 2>/dev/null) == *big.csv* ]] && reads_it=1
    done
    kill -9 "${ranks[1]}"
    status=0
    wait $runner || status=$?
    [ "$status" != 0 ]
    timeout 60 bash -c 'while [ -e "/proc/$0" ]; do sleep 0.1; done' "${ranks[0]}"
    [ ! -s out ]
    [ -z "$(find registry -name manifest.json)" ]
    run -0 --separate-stderr capstan-ingest --dataset d a.csv
    [ "$output" = d@1 ]
}
