# versions.bash - small versions without running stages, for tests of the registry's commands

# A registry of its own for each test, in the test's directory.
fresh_registry() {
    cd "$BATS_TEST_TMPDIR"
    export CAPSTAN_REGISTRY=$BATS_TEST_TMPDIR/reg
    capstan init reg >/dev/null
}

# make KIND NAME JSON: publish a version; prints name@version.
make() {
    printf '%s' "$3" >"$BATS_TEST_TMPDIR/recipe.json"
    make_version "$1" "$2" "$BATS_TEST_TMPDIR/recipe.json"
}

# model AUC: a model m with that figure.
model() {
    make model m "{\"params\": {\"leaves\": 31}, \"summary\": {\"auc\": $1}, \"files\": {\"weights\": \"$1\"}}"
}

# evaluation MODEL VERDICT GENERATION: its evaluation, made when the champion was at GENERATION.
evaluation() {
    make evaluation m "{\"inputs\": [[\"model\", \"model\", \"$1\"]],
        \"files\": {\"evaluation.json\": {\"verdict\": \"$2\"}}, \"extra\": {\"alias_generation\": $3}}"
}
