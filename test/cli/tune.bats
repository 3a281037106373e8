#!/usr/bin/env bats
# tune.bats - a search for parameters finds the same, be it disturbed or shared
bats_require_minimum_version 1.5.0
load tools/world.bash

# The trials are small: what is tried is who does them, and how often.
search='tune:
  method: asha
  trials: 24
  rungs: [1, 3, 9]
  space:
    leaves: [3, 5, 7, 15]
    learning_rate: "log(0.05, 0.5)"
    min_rows: "logint(5, 40)"'

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    export OMPI_MCA_ess_singleton_isolated=1 # a rank alone starts in half the time
    small_world 2 600
    sed -i 's/ranks: 2/ranks: 1/; s/refit: all/refit: none/' pipeline.yaml
    sed -i 's/^train: .*/train: {model: gbdt, trees: 9, leaves: 7}/' pipeline.yaml
    echo "$search" >>pipeline.yaml
    capstan ingest --dataset weather --set missing=NA landing/weather.csv
    capstan run pipeline.yaml >run 2>log
    id_of registry reports late-search >report
    id_of registry models late >model
}

setup() {
    cd "$BATS_TEST_TMPDIR"
    cp -r "$BATS_FILE_TMPDIR"/{pipeline.yaml,trips.schema.yaml,landing,registry} .
    export CAPSTAN_REGISTRY=$PWD/registry
}

# As if nobody had searched or trained yet.
forget_learning() {
    rm -rf registry/{runs,keys,reports,models,evaluations,aliases}
}

# id_of REGISTRY FOLDER NAME: the id of the first version
id_of() {
    jq -r .id "$1/$2/$3/0000000001/manifest.json"
}

same_as_undisturbed() {
    [ "$(id_of registry reports late-search)" = "$(cat "$BATS_FILE_TMPDIR/report")" ]
    [ "$(id_of registry models late)" = "$(cat "$BATS_FILE_TMPDIR/model")" ]
}

tune=(capstan tune --features late@1 --name late --pipeline pipeline.yaml)

# Wait until so many results are there.
results() {
    local waited=0
    until [ "$(find registry/runs -name result.json | wc -l)" -ge "$1" ]; do
        sleep 0.05
        waited=$((waited + 1))
        [ $waited -lt 1200 ]
    done
}

# kill_a_trial DRIVER LOG N: -9 to the trial that DRIVER runs, until its log tells of N deaths
kill_a_trial() {
    local trial waited=0
    until [ "$(grep -c "no result: once more" "$2")" -ge "$3" ]; do
        trial=$(pgrep -P "$1" -f capstan-trial) && kill -9 "$trial" || true
        sleep 0.2
        waited=$((waited + 1))
        [ $waited -lt 100 ]
    done
}

@test "a pipeline that searches trains the winner, and the second time finds it done" {
    run -0 --separate-stderr capstan show late@1 --kind model --json
    winner=$(jq -c .winner registry/reports/late-search/0000000001/search.json)
    [ "$(jq -c .manifest.params.leaves <<<"$output")" = "$(jq -c .params.leaves <<<"$winner")" ]
    [ "$(jq -c .manifest.params.learning_rate <<<"$output")" = "$(jq -c .params.learning_rate <<<"$winner")" ]
    [ "$(jq -r '.manifest.inputs[] | select(.role == "search") | .name' <<<"$output")" = late-search ]
    # the trial at the last rung was trained as the model was, which takes up what it has learned
    grep -q 'resumed from a checkpoint of step 9$' registry/runs/*/train/attempt-1/log
    [ "$(jq .manifest.summary.validation_loss <<<"$output")" = "$(jq .validation_loss <<<"$winner")" ]
    run -0 --separate-stderr capstan replay late@1
    [ "$output" = identical ]
    run -99 --separate-stderr capstan run pipeline.yaml
    [[ $stderr == *"search       skipped  late-search@1  unchanged"* ]]
}

@test "the best of a rung go on, and the report says what became of every trial" {
    report=registry/reports/late-search/0000000001/search.json
    [ "$(jq '[.trials[].rungs | length] | [length, add]' -c $report)" = "[24,34]" ]
    [ "$(jq '.winner.rung' $report)" = 2 ]
    best=$(jq '[.trials[].rungs[2].validation_loss // empty] | min' $report)
    [ "$(jq '.winner.validation_loss' $report)" = "$best" ]
    # the eight of the second rung are those with the least loss at the first
    [ "$(jq -c '[.trials | sort_by(.rungs[0].validation_loss)[:8][].trial] | sort' $report)" = \
        "$(jq -c '[.trials[] | select(.rungs | length > 1) | .trial] | sort' $report)" ]
    run ! grep -qE 'seconds|host|202[0-9]-' $report
}

@test "three trials killed, the driver stopped and killed: the same winner, report and model" {
    forget_learning
    "${tune[@]}" >out 2>log &
    driver=$!
    for n in 1 2 3; do
        results $((3 * n))
        kill_a_trial $driver log $n
    done
    kill -TERM $driver
    status=0
    wait $driver || status=$?
    [ "$status" = 75 ]
    run=$(ls registry/runs)
    capstan resume "$run" 2>again &
    driver=$!
    results 20
    kill -9 $driver
    wait $driver || true
    run -0 capstan resume "$run"
    [ "$(find registry/runs -name result.json | wc -l)" = 34 ]
    [ "$(find registry/runs -name 'claim-[2-9].json' | wc -l)" -ge 3 ]
    same_as_undisturbed
}

@test "two pilots share the trials, and none is done twice" {
    forget_learning
    "${tune[@]}" >out 2>log &
    driver=$!
    results 1
    run -0 capstan pilot "$(ls registry/runs)"
    wait $driver
    [ "$(cat out)" = late@1 ]
    [ "$(find registry/runs -name 'claim-*.json' | wc -l)" = 34 ]
    [ "$(find registry/runs -name 'claim-1.json' -exec jq .pid {} + | sort -u | wc -l)" = 2 ]
    same_as_undisturbed
}

@test "asynchronously trials go on at once, and the report says so" {
    forget_learning
    run -0 --separate-stderr "${tune[@]}" --set tune.asynchronous=true --set tune.trials=4 \
        --set 'tune.rungs=[1, 3]' --json
    [ "$(jq -r .name <<<"$output")" = late ]
    run -0 --separate-stderr capstan show late-search@1 --json
    [ "$(jq .manifest.summary.asynchronous <<<"$output")" = true ]
    [ "$(jq .winner.rung registry/reports/late-search/0000000001/search.json)" = 1 ]
}

@test "on two ranks, under another name, a search finds the same" {
    less=(--set tune.trials=3 --set 'tune.rungs=[1, 3]')
    run -0 --separate-stderr capstan tune --features late@1 --name other --pipeline pipeline.yaml \
        --ranks 2 "${less[@]}"
    [ "$output" = other@1 ]
    run -0 capstan tune --features late@1 --name one --pipeline pipeline.yaml "${less[@]}"
    for kind in "reports %s-search" "models %s"; do
        # shellcheck disable=SC2059,SC2046
        [ "$(id_of registry $(printf "$kind" other))" = "$(id_of registry $(printf "$kind" one))" ]
    done
    run -99 capstan tune --features late@1 --name one --pipeline pipeline.yaml "${less[@]}"
}

@test "a trial that fails comes last, and the report says why; where all do, the search fails" {
    forget_learning
    capstan prepare trips@1 --join weather=weather@1 --pipeline pipeline.yaml --name plain \
        --set 'features=[{columns: [hour, stops]}]'
    glm=(capstan tune --features plain@1 --name plain --set train.model=glm --set tune.trials=4)
    run -0 --separate-stderr "${glm[@]}" --set 'tune.space={iterations: [1, 50], l2: "log(0.1, 10)"}'
    report=registry/reports/plain-search/0000000001/search.json
    [ "$(jq .winner.params.iterations $report)" = 50 ]
    run -0 jq -r '[.trials[] | select(.params.iterations == 1) | .rungs[0].failed] | unique[]' $report
    [ "$output" = "not converged after 1 iterations: raise l2 or iterations" ]
    run -1 --separate-stderr "${glm[@]}" --set 'tune.space={iterations: [1]}'
    [[ $stderr == *"no trial of 4 has a validation loss; the first one: not converged after 1"* ]]
}

@test "features without validation rows are refused, with what to do" {
    forget_learning
    sed -i 's/^train: .*/train: {model: gbdt, trees: 9, early_stopping: 2}/' pipeline.yaml
    capstan prepare trips@1 --join weather=weather@1 --pipeline pipeline.yaml --name none \
        --set 'split={by: time, test: 14d}'
    run -2 --separate-stderr capstan tune --features none@1 --name late --pipeline pipeline.yaml
    [[ $stderr == *"features none@1 have no validation rows"*"give prepare.split a validation share"* ]]
}

@test "what cannot be searched for is refused with its line before anything is done" {
    forget_learning
    sed -i 's/    leaves: .*/    leavs: [3]/' pipeline.yaml
    line=$(grep -n leavs pipeline.yaml | cut -d: -f1)
    for command in "run pipeline.yaml" "tune --features late@1 --name late --pipeline pipeline.yaml"; do
        # shellcheck disable=SC2086
        run -2 --separate-stderr capstan $command
        [[ $stderr == *"pipeline.yaml:$line: tune.space.leavs: unknown key; did you mean \"leaves\"?"* ]]
    done
    sed -i '/^tune:/,$d' pipeline.yaml
    run -2 --separate-stderr "${tune[@]}"
    [[ $stderr == *"there is no section tune"* ]]
    [ ! -e registry/runs ]
}
