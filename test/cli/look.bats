#!/usr/bin/env bats
# look.bats - list, show, diff, why, log: what is told of versions
bats_require_minimum_version 1.5.0
load tools/versions.bash

setup() {
    fresh_registry
}

@test "list chooses, sorts and limits" {
    for auc in 0.6 0.8 0.7; do model $auc; done
    make features m '{}'
    run -0 capstan list
    [ "${#lines[@]}" = 5 ]
    run -0 capstan list model m --where 'auc > 0.65' --sort -auc
    [ "${#lines[@]}" = 3 ]
    [[ ${lines[1]} == *"m@2"*"auc 0.8"* ]]
    [[ ${lines[2]} == *"m@3"*"auc 0.7"* ]]
    run -0 capstan list model --sort auc --limit 1 --json
    [ "${#lines[@]}" = 1 ]
    [ "$(jq -c '[.kind, .name, .version, .summary.auc, .params.leaves]' <<<"$output")" = '["model","m",1,0.6,31]' ]
    run -0 capstan list --where 'leaves == 31 and name == "m" and version >= 2'
    [ "${#lines[@]}" = 3 ]
}

@test "a condition that does not fit is refused before anything is shown" {
    model 0.7
    run -2 capstan list --where 'acu > 0.7'
    [[ $output == *"auc"* ]]
    run -2 capstan list --where 'auc >'
    run -2 capstan list --where 'auc + 1'
    [[ $output == *"true or false"* ]]
    run -2 capstan list --where 'auc > "high"'
    run -2 capstan list --sort rmse
    [[ $output == *"rmse"* ]]
    run -2 capstan list modle
    run -0 capstan list report --where 'auc > 0.7'
}

@test "show tells a version, by name, alias and id" {
    model 0.7
    capstan promote m@1 --override --reason first
    id=$(capstan show m@1 --json | jq -r .id)
    for reference in m m@1 m@latest m@champion "sha256:${id:0:8}" "sha256:$id"; do
        run -0 capstan show "$reference"
        [ "${lines[0]}" = m@1 ]
        [[ $output == *"auc: 0.7"*"leaves: 31"*"weights"* ]]
    done
    run -0 capstan show m@1 --json
    [ "$(jq -r '.manifest.summary.auc' <<<"$output")" = 0.7 ]
    [ "$(jq -r '.path' <<<"$output")" = "$PWD/reg/models/m/0000000001" ]
}

@test "what is not there is said with what is near" {
    model 0.7
    make features m '{}'
    run -2 capstan show m@1
    [[ $output == *"--kind"* ]]
    run -0 capstan show m@1 --kind features
    run -1 capstan show m@9 --kind model
    [[ $output == *"the latest is m@1"* ]]
    run -1 capstan show m@champion --kind model
    [[ $output == *"no alias champion"* ]]
    run -2 capstan show ../../etc/passwd
    run -2 capstan show sha256:12
}

@test "diff tells what differs" {
    model 0.7
    model 0.8
    run -0 capstan diff m@1 m@2
    [[ $output == *"summary"*"auc"*"0.7"*"0.8"* ]]
    [[ $output != *leaves* ]]
    run -0 capstan diff m@1 m@1
    [[ $output == "identical"* ]]
    run -0 capstan diff m@1 m@2 --json
    [ "$(jq -c .summary.auc <<<"$output")" = '[0.7,0.8]' ]
}

@test "why goes down to files, code and parameters" {
    hex=$(printf '%064d' 7)
    build='{"build": {"commit": "0123456789abcdef", "dirty": true}, "when": "2013-04-01T00:00:00Z"}'
    make snapshot d "{\"stage\": \"ingest\", \"provenance\": $build, \"parts\": [{\"id\": \"$hex\", \"sha256\": \"$hex\",
        \"path\": \"parts/d/x.h5\", \"sources\": [{\"path\": \"jan.csv\", \"sha256\": \"$hex\", \"rows\": 10}]}]}"
    make features f "{\"stage\": \"prepare\", \"provenance\": $build, \"inputs\": [[\"snapshot\", \"snapshot\", \"d@1\"]]}"
    make model m "{\"stage\": \"train\", \"params\": {\"trees\": 100, \"l2\": 10.0, \"on\": [\"a\", \"b\"]}, \"provenance\": $build,
        \"inputs\": [[\"features\", \"features\", \"f@1\"]]}"
    run -0 capstan why m@1
    [[ ${lines[0]} == "model m@1  sha256:"* ]]
    [[ $output == *"by train (revision 1), commit 0123456789ab with changes, 2013-04-01"* ]]
    [[ $output == *'parameters {l2: 10, on: [a, b], trees: 100}'* ]]
    [[ $output == *"└─ features: features f@1"*"└─ snapshot: snapshot d@1"*"└─ jan.csv  10 rows  sha256:$hex"* ]]
    run -0 capstan why m@1 --json
    [ "$(jq -r '.inputs[0].inputs[0].sources[0].path' <<<"$output")" = jan.csv ]
    run -0 capstan why d@1 --down
    [ "$output" = "features f@1  as snapshot" ]
    rm -rf reg/features/f/0000000001
    run -0 capstan why m@1
    [[ $output == *"there is no features f@1"* ]]
}

@test "schema show and schema diff" {
    make snapshot d '{"files": {"schema.json": {"dataset": "d", "columns": [{"name": "a", "type": "int32"}]}}}'
    make snapshot d '{"files": {"schema.json": {"dataset": "d", "columns": [{"name": "a", "type": "int64"}, {"name": "b", "type": "bool"}]}}}'
    make model m '{}'
    run -0 capstan schema show d@1
    [[ $output == *"columns:"*"name: a"*"dataset: d"* ]]
    run -0 capstan schema diff d@1 d@2 --json
    [ "$(jq -c '[.a[0].type, .a[1].type, .b[0]]' <<<"$output")" = '["int32","int64",null]' ]
    run -1 capstan schema show m@1
    [[ $output == *"has no schema"* ]]
}
