#!/usr/bin/env bats
# registry.bats - a registry is made, and what is none is refused
bats_require_minimum_version 1.5.0
load tools/versions.bash

@test "init prints the path, twice" {
    cd "$BATS_TEST_TMPDIR"
    run -0 capstan init reg
    [ "$output" = "$PWD/reg" ]
    before=$(cat reg/registry.json)
    run -0 --separate-stderr capstan init reg
    [ "$output" = "$PWD/reg" ]
    [[ $stderr == *"is a registry already"* ]]
    [ "$(cat reg/registry.json)" = "$before" ]
    run -0 capstan init other --json
    [ "$(jq -r .path <<<"$output")" = "$PWD/other" ]
}

@test "a file, a full directory, a missing place" {
    cd "$BATS_TEST_TMPDIR"
    echo x >file
    run -1 capstan init file
    [[ $output == *"is a file"* ]]
    run -1 capstan list --registry file
    [[ $output == *"is a file"* ]]
    mkdir full && echo x >full/thing
    run -1 capstan init full
    [[ $output == *"not empty (there is thing)"* ]]
    run -1 capstan list --registry full
    [[ $output == *"no registry.json"* ]]
    run -1 capstan list --registry nowhere
    [[ $output == *"capstan init nowhere"* ]]
}

@test "one that everybody may write is refused" {
    fresh_registry
    chmod o+w reg
    run -1 capstan list
    [[ $output == *"chmod o-w"* ]]
}

@test "one of a newer format is left alone" {
    fresh_registry
    rm -f reg/registry.json
    echo '{"format": 2}' >reg/registry.json
    run -1 capstan list
    [[ $output == *"use a newer capstan"* ]]
    run -1 capstan init reg
    [ "$(cat reg/registry.json)" = '{"format": 2}' ]
}

@test "one that may only be read is read, and not written" {
    fresh_registry
    model 0.7
    chmod -R a-w,a+rX reg
    chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
    nobody=()
    if [ "$(id -u)" = 0 ]; then nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups); fi
    run -0 "${nobody[@]}" "$(command -v capstan)" show m@1
    run -1 "${nobody[@]}" "$(command -v capstan)" promote m@1 --override --reason x
    [[ $output == *"Permission denied"* ]]
    chmod -R u+w reg
    run -0 find reg -name '*champion*'
    [ -z "$output" ]
}

@test "the registry is found by option, environment and pipeline file" {
    fresh_registry
    model 0.7
    unset CAPSTAN_REGISTRY
    run -0 capstan show m@1 --registry reg
    CAPSTAN_REGISTRY=reg run -0 capstan show m@1
    CAPSTAN_REGISTRY=elsewhere run -0 capstan show m@1 --registry=reg
    mkdir below
    printf 'pipeline: p\ndataset: d\nregistry: ../reg\n' >below/p.yaml
    run -1 capstan profile --ranks 2 --pipeline below/p.yaml none@1
    [ -d reg/runs ]
}

@test "a full disk publishes nothing and says so" {
    fresh_registry
    printf '{"files": {"weights": "%0100000d"}}' 0 >recipe.json
    run -1 bash -c 'ulimit -f 16; trap "" XFSZ; make_version model m recipe.json'
    [[ $output == *"File too large"* ]]
    run -0 find reg/models -mindepth 2
    [ -z "$output" ]
    run -0 capstan verify
}

@test "sixteen publishers at once lose nothing" {
    fresh_registry
    for i in $(seq 16); do
        printf '{"files": {"weights": "%d"}}' "$i" >"recipe$i.json"
    done
    for i in $(seq 16); do make_version model m "recipe$i.json" & done
    wait
    run -0 capstan list model m --json
    [ "${#lines[@]}" = 16 ]
    [ "$(cat reg/models/m/*/weights | wc -c)" = 23 ]
    [ "$(jq -s 'map(.version) == [range(1; 17)]' <<<"$output")" = true ]
}
