#!/usr/bin/env bats
# faults.bats - bytes that changed, disks that end: found before use, and nothing half is left
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    "$BATS_TEST_DIRNAME/../loop/make" landing 2 2000
    cp "$BATS_TEST_DIRNAME"/../loop/*.yaml .
    capstan init registry
    capstan ingest --registry registry --dataset weather --set missing=NA landing/weather.csv
    capstan run --registry registry pipeline.yaml
}

# Each test has a copy of that world.
setup() {
    cp -a "$BATS_FILE_TMPDIR"/{landing,registry,pipeline.yaml,trips.schema.yaml} "$BATS_TEST_TMPDIR"
    cd "$BATS_TEST_TMPDIR"
    export CAPSTAN_REGISTRY=$PWD/registry
}

# flip FILE: exchange a bit of the byte in its middle.
flip() {
    local at=$(($(stat -c %s "$1") / 2))
    chmod u+w "$1"
    printf "\\x$(printf %02x $(($(od -An -tu1 -j $at -N 1 "$1") ^ 1)))" |
        dd of="$1" bs=1 seek=$at conv=notrunc status=none
}

# found FILE COMMAND…: with a bit of FILE flipped the command fails and names the file.
found() {
    local file=$1
    shift
    cp -p "$file" sound
    flip "$file"
    run -1 --separate-stderr "$@"
    [ -z "$output" ]
    [[ $stderr == *"${file##*/}"* ]]
    mv -f sound "$file"
}

@test "a flipped bit in what a stage reads is found before it is used" {
    local trips weather features model
    trips=$(echo registry/parts/trips/*.h5)
    weather=$(echo registry/parts/weather/*.h5)
    features=registry/features/late/0000000001
    model=registry/models/late/0000000001
    found "$trips" capstan-prepare trips@1 --name other --pipeline pipeline.yaml
    found "$weather" mpirun -n 2 capstan-prepare trips@1 --name other --pipeline pipeline.yaml
    found registry/snapshots/trips/0000000001/schema.json capstan-validate trips@1 --pipeline pipeline.yaml
    found $features/train.h5 capstan-train --features late@1 --name other --pipeline pipeline.yaml
    found $features/train.h5 mpirun -n 2 capstan-train --features late@1 --name other --pipeline pipeline.yaml
    found $features/test.h5 capstan-evaluate late@1 --pipeline pipeline.yaml
    found $model/model.safetensors capstan-evaluate late@1 --pipeline pipeline.yaml
    found $model/model.safetensors capstan-predict late@1 landing/trips-01.csv -o scores.csv
    found $model/transform.json capstan-predict late@1 landing/trips-01.csv -o scores.csv
    found "$trips" capstan-monitor late@1 trips@1 --pipeline pipeline.yaml
    found $model/model.safetensors capstan-replay late@1
    [ ! -e scores.csv ]
    [ ! -e registry/features/other ]
    [ ! -e registry/models/other ]
}

@test "a file cut short is told with both sizes" {
    chmod u+w registry/features/late/0000000001/train.h5
    truncate -s -1 registry/features/late/0000000001/train.h5
    run -1 --separate-stderr mpirun -n 2 capstan-train --features late@1 --name other
    [[ $stderr == *"train.h5 has "*" bytes, "*" were published"* ]]
}

@test "a limit on the size of files is a clean error on every rank" {
    for ranks in 1 2; do
        run --separate-stderr timeout 60 bash -c "ulimit -f 6000; mpirun -n $ranks capstan-prepare \
            trips@1 --name other --pipeline pipeline.yaml"
        [ "$status" = 1 ]
        [[ $stderr == *"File too large"* ]]
        [ -z "$(find registry -name '.tmp.*')" ]
    done
}

@test "a wrong name, or a registry that cannot be written to, is told before any work" {
    for name in .. a/b A ''; do
        run -2 --separate-stderr capstan train --features late@1 --name "$name"
        [[ $stderr == "capstan-train: \"$name\" is no name of model: "* ]]
        run -2 --separate-stderr capstan prepare trips@1 --name "$name" --pipeline pipeline.yaml
        [[ $stderr == "capstan-prepare: \"$name\" is no name of features: "* ]]
    done
    mkdir ro
    mount --bind registry ro 2>/dev/null && mount -o remount,ro,bind ro 2>/dev/null ||
        skip "this needs the right to mount"
    run -1 --separate-stderr capstan train --registry ro --features late@1 --name late
    umount ro
    [[ $stderr == "capstan-train: cannot publish late in "*": Read-only file system" ]]
}
