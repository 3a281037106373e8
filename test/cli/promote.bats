#!/usr/bin/env bats
# promote.bats - the champion is replaced by one of many, past the gate only with a reason, and back
bats_require_minimum_version 1.5.0
load tools/versions.bash

setup() {
    fresh_registry
    for auc in 0.6 0.7 0.8; do model $auc; done
}

champion() {
    capstan show m@champion --json | jq .version
}

@test "what passed is promoted, and the log says who and when" {
    evaluation m@1 passed 0
    run -0 capstan promote m@1 --reason "the first"
    [ "$output" = 1 ]
    [ "$(champion)" = 1 ]
    run -0 capstan log m
    [ "${#lines[@]}" = 2 ]
    [[ ${lines[1]} == *"m@1"*"$(id -un)"*"the first" ]]
    run -0 capstan log m --json
    [ "$(jq -r '.evaluation.verdict' <<<"$output")" = passed ]
    run -99 --separate-stderr capstan promote m@1
    [ "$output" = 1 ]
}

@test "what was never evaluated, or refused, is not promoted but with a reason" {
    run -3 capstan promote m@1
    [[ $output == *"never evaluated"* ]]
    evaluation m@1 refused 0
    run -3 capstan promote m@1
    [[ $output == *"--override --reason"* ]]
    run -2 capstan promote m@1 --override
    [ ! -e reg/aliases ]
    run -0 capstan promote m@1 --override --reason "the floor is wrong"
    run -0 capstan log m
    [[ $output == *"past the gate: the floor is wrong"* ]]
}

@test "a champion moved meanwhile is a conflict that says by whom" {
    evaluation m@1 passed 0
    evaluation m@2 passed 0
    capstan promote m@1 --reason "mine"
    run -4 capstan promote m@2
    [[ $output == *"generation 1, not 0"*"$(id -un)"*"moved it to m@1"*"mine"* ]]
    [ "$(champion)" = 1 ]
    run -0 capstan promote m@2 --expect 1
    [ "$output" = 2 ]
    run -4 capstan promote m@3 --expect 1 --override --reason late
}

@test "of sixteen promoters at once one wins and the others are told" {
    for auc in $(seq 0.31 0.01 0.46); do model "$auc" >/dev/null; done
    for v in $(seq 4 19); do
        (
            status=0
            capstan promote "m@$v" --expect 0 --override --reason "$v" 2>"err$v" || status=$?
            echo $status >"status$v"
        ) &
    done
    wait
    [ "$(cat status* | grep -c '^0$')" = 1 ]
    [ "$(cat status* | grep -c '^4$')" = 15 ]
    [ "$(grep -l 'moved it to' err* | wc -l)" = 15 ]
    [ "$(capstan log m --json | wc -l)" = 1 ]
}

@test "rollback is a new generation" {
    for v in 1 2; do capstan promote m@$v --override --reason "$v"; done
    run -2 capstan rollback m
    [[ $output == *"reason"* ]]
    run -0 capstan rollback m --reason "wrong on Sundays"
    [ "$output" = 3 ]
    [ "$(champion)" = 1 ]
    run -1 capstan rollback m --reason again
    [[ $output == *"none before it"* ]]
    run -2 capstan rollback m --to 3 --reason never
    run -0 capstan rollback m --to 2 --reason back --json
    [ "$(jq -c '[.alias, .generation, .version]' <<<"$output")" = '["champion",4,2]' ]
    run -0 capstan log m
    [[ $output == *"wrong on Sundays"* ]]
}

@test "a name that cannot be an alias, a model that is not there" {
    run -2 capstan promote m@1 --alias latest --override --reason x
    run -2 capstan promote m@1 --alias 1st --override --reason x
    run -1 capstan promote n@1 --override --reason x
    run -1 capstan log n
    run -0 capstan log m
    [[ $output == *"never had a champion"* ]]
}

@test "a changed model is not promoted" {
    evaluation m@1 passed 0
    chmod u+w reg/models/m/0000000001/weights
    printf '0.9' >reg/models/m/0000000001/weights
    run -1 capstan promote m@1
    [[ $output == *"weights"* ]]
    [ ! -e reg/aliases ]
}
