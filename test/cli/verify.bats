#!/usr/bin/env bats
# verify.bats - one changed byte anywhere is found
bats_require_minimum_version 1.5.0
load tools/versions.bash

setup() {
    fresh_registry
    model 0.6
    model 0.7
    for v in 1 2; do capstan promote m@$v --override --reason "$v" >/dev/null; done
}

@test "a sound registry is clean at every level" {
    for level in 0 1 2 3; do
        run -0 capstan verify --level $level
        [[ $output == *": 0 wrong" ]]
    done
    run -0 capstan verify m@1 --kind model --json
    [ "$(jq -c '[.versions, .findings]' <<<"$output")" = '[1,[]]' ]
    run -2 capstan verify --level 4
}

# flip FILE OFFSET: the lowest bit of one byte.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059 # the format is the byte
    printf "\\x$(printf %02x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "every byte of a version, flipped, is found" {
    missed=0
    for file in reg/models/m/0000000001/*; do
        mode=$(stat -c %a "$file")
        for ((i = 0; i < $(stat -c %s "$file"); i++)); do
            chmod 644 "$file"; flip "$file" $i; chmod "$mode" "$file"
            if capstan verify >/dev/null 2>&1; then missed=$((missed + 1)); echo "$file byte $i"; fi
            chmod 644 "$file"; flip "$file" $i; chmod "$mode" "$file"
        done
    done
    [ $missed = 0 ]
    run -0 capstan verify
}

@test "a finding names the file and what is wrong" {
    chmod u+w reg/models/m/0000000002/weights
    run -1 capstan verify --level 0
    [[ $output == *"models/m/0000000002/weights: can be written (mode 0644, not 0444)"* ]]
    printf '0.8' >reg/models/m/0000000002/weights
    chmod 444 reg/models/m/0000000002/weights
    run -0 capstan verify --level 1
    run -1 capstan verify --level 2
    [[ $output == *"models/m/0000000002/weights: its bytes"* ]]
    run -1 --separate-stderr capstan verify --json
    [ "$(jq -r '.findings[0].path' <<<"$output")" = models/m/0000000002/weights ]
}

@test "a chain with a record gone, edited or exchanged is broken" {
    cp -a reg kept
    rm -f reg/aliases/m/champion/0000000001.json
    run -1 capstan verify --level 0
    [[ $output == *"generation 1 is missing"* ]]
    run -1 capstan log m
    rm -rf reg && cp -a kept reg
    sed -i 's/"reason": "1"/"reason": "2"/' reg/aliases/m/champion/0000000001.json
    run -1 capstan verify --level 0
    [[ $output == *"0000000001.json was changed"* ]]
    run -1 capstan show m@champion
    rm -rf reg && cp -a kept reg
    mv reg/aliases/m/champion/0000000001.json x
    mv reg/aliases/m/champion/0000000002.json reg/aliases/m/champion/0000000001.json
    mv x reg/aliases/m/champion/0000000002.json
    run -1 capstan verify --level 0
    rm -rf reg && cp -a kept reg
    run -0 capstan verify
}

@test "quarantine moves aside what is bad, and the number stays used" {
    printf 'x' | dd of=reg/models/m/0000000002/weights conv=notrunc status=none
    run -1 capstan verify --quarantine
    [[ $output == *"moved to quarantine"* ]]
    [ -e reg/models/m/0000000002/gone.json ]
    run -0 capstan verify
    run -1 capstan show m@2
    [[ $output == *"is gone since"* ]]
    run -0 model 0.7
    [ "$output" = m@3 ]
}

@test "level 3 opens files that level 2 takes for sound" {
    make model n '{"files": {"golden.json": "{not JSON", "model.safetensors": "short"}}'
    run -0 capstan verify --level 2
    run -1 capstan verify --level 3
    [[ $output == *"golden.json"* && $output == *"model.safetensors"* ]]
    make features f '{"files": {"train.h5": "no HDF5"}}'
    run -1 capstan verify --level 3 f@1
    [[ $output == *"train.h5"* ]]
}
