#!/usr/bin/env bats
# train.bats - models from features: good use, and what is said of bad use
bats_require_minimum_version 1.5.0
load tools/world.bash

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    small_world 2 1500
    sed 's/encode: category/encode: onehot/; s/stops, wind]}/stops, wind], impute: median}/; s/model: gbdt.*}/model: glm}/' pipeline.yaml >linear.yaml
    two_months
    capstan-prepare trips@1 --name trips --pipeline pipeline.yaml
    capstan-prepare trips@1 --name linear --pipeline linear.yaml
    capstan-prepare trips@1 --name whole --all --pipeline pipeline.yaml
    capstan-train --features trips@1 --name late --pipeline pipeline.yaml
}

setup() {
    cd "$BATS_FILE_TMPDIR"
    bundle=registry/models/late/0000000001
}

# Training that must fail with a status, publishing nothing.
bad() {
    run "-$1" --separate-stderr capstan-train --name bad "${@:2}"
    [ -z "$output" ]
    [ ! -e registry/models/bad ] || [ -z "$(find registry/models/bad -name manifest.json)" ]
}

@test "a model is a bundle that stands on its own; the same again is found" {
    for file in manifest.json model.safetensors transform.json schema.json reference.json golden.json metrics.json README.md; do
        [ -f "$bundle/$file" ]
    done
    run -99 --separate-stderr capstan-train --features trips@1 --name late --pipeline pipeline.yaml
    [ "$output" = late@1 ]
}

@test "more ranks make the same id, trees and lines" {
    for recipe in "trips pipeline" "linear linear"; do
        read -r features file <<<"$recipe"
        one=$(capstan-train --features "$features@1" --name "$features" --pipeline "$file.yaml" --json --quiet | jq -r .id)
        [ "${#one}" = 64 ]
        for ranks in 2 3; do
            more=$(mpirun -n $ranks capstan-train --features "$features@1" --name "$features" --pipeline "$file.yaml" --json --quiet | jq -r .id) || true
            [ "$one" = "$more" ]
        done
    done
}

@test "losses are kept by step, and fall" {
    run -0 jq -e 'length == 21 and .[0].step == 0 and .[20].step == 20
        and .[20].training_loss < .[0].training_loss
        and .[20].validation_loss < .[0].validation_loss' "$bundle/metrics.json"
}

@test "golden rows are raw, with their scores" {
    run -0 jq -e '(.rows | length) == 64 and (.scores | length) == 64
        and ([.scores[] | . > 0 and . < 1] | all)
        and ([.columns[].name] | index("wind") != null and index("hour") == null)' "$bundle/golden.json"
}

@test "drift is measured from the features and from the score" {
    run -0 jq -e '[.groups[].columns[].name] | index("load") != null and index("score") != null' "$bundle/reference.json"
}

@test "the model is a safetensors file, and says what it is" {
    run -0 /usr/bin/python3 - "$bundle/model.safetensors" <<'PY'
import json, sys
data = open(sys.argv[1], "rb").read()
size = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + size])
about = header.pop("__metadata__")
assert about["learner"] == "gbdt" and about["objective"] == "binary"
ends = sorted(tensor["data_offsets"] for tensor in header.values() if tensor["data_offsets"][0] != tensor["data_offsets"][1])
assert ends[0][0] == 0 and ends[-1][1] == len(data) - 8 - size
assert all(a[1] == b[0] for a, b in zip(ends, ends[1:]))
assert header["tree.node_first"]["shape"] == [21]
PY
}

@test "the card names features and figures" {
    grep -q "| features | trips@1 (sha256:" "$bundle/README.md"
    grep -q "| validation_loss | 0\." "$bundle/README.md"
    grep -q "^| wind | .* %" "$bundle/README.md"
}

@test "another seed, another id; without drawing rows the trees are the same" {
    run -0 --separate-stderr capstan-train --features trips@1 --name seeded --pipeline pipeline.yaml --seed 5 --json
    [ "$(jq -r .id <<<"$output")" != "$(jq -r .id "$bundle/manifest.json")" ]
    cmp registry/models/seeded/0000000001/model.safetensors "$bundle/model.safetensors"
    capstan-train --features trips@1 --name drawn --pipeline pipeline.yaml --set row_share=0.5
    capstan-train --features trips@1 --name drawn --pipeline pipeline.yaml --set row_share=0.5 --seed 5
    run -1 cmp registry/models/drawn/000000000{1,2}/model.safetensors
}

@test "stopping early is written down, and a refit trains as many trees" {
    run -0 --separate-stderr capstan-train --features trips@1 --name early --pipeline pipeline.yaml \
        --set trees=400 --set learning_rate=0.5 --set early_stopping=5 --json
    path=$(jq -r .path <<<"$output")
    trees=$(jq .resolved.trees "$path/manifest.json")
    [ "$trees" -gt 0 ] && [ "$trees" -lt 395 ]
    [ "$(jq 'length' "$path/metrics.json")" = $((trees + 5 + 1)) ]
    run -0 --separate-stderr capstan-train --features whole@1 --name early --refit early@1 --json
    path=$(jq -r .path <<<"$output")
    [ "$(jq .params.trees "$path/manifest.json")" = "$trees" ]
    [ "$(jq .params.early_stopping "$path/manifest.json")" = 0 ]
    [ "$(jq .evaluated_as.version "$path/manifest.json")" = 1 ]
    [ "$(jq .summary.rows "$path/manifest.json")" -gt "$(jq .summary.rows registry/models/early/0000000001/manifest.json)" ]
    [ "$(jq '.rows | length' "$path/golden.json")" = 64 ]
}

@test "a refit wants features of all rows" {
    bad 2 --features trips@1 --refit late@1
    [[ $stderr == *"prepare --all"* ]]
}

@test "unknown keys and learners are named, with the nearest" {
    bad 2 --features trips@1 --set leafs=31
    [[ $stderr == *leafs* && $stderr == *leaves* ]]
    bad 2 --features trips@1 --set model=gbtd
    [[ $stderr == *gbtd* && $stderr == *gbdt* ]]
    bad 2 --features trips@1 --set trees=0
    [[ $stderr == *trees* ]]
    bad 2 --features trips@1 --set model=glm --set leaves=3
    [[ $stderr == *leaves* ]]
}

@test "features that are not there are named" {
    bad 1 --features trops@1
    [[ $stderr == *trops* ]]
    bad 2 --pipeline pipeline.yaml
    [[ $stderr == *features* ]]
}

@test "a linear model says what it needs of categories" {
    bad 1 --features trips@1 --set model=glm
    [[ $stderr == *"encode: onehot"* ]]
}

@test "a linear model says what it needs of missing values" {
    capstan-prepare trips@1 --name gaps --pipeline pipeline.yaml --set 'features=[{columns: [load]}]'
    bad 1 --features gaps@1 --set model=glm
    [[ $stderr == *"feature load is missing in row"* && $stderr == *"impute: median"* ]]
}

@test "early stopping needs validation rows" {
    bad 2 --features whole@1 --set early_stopping=5
    [[ $stderr == *"early_stopping needs validation rows"* ]]
}

@test "a matrix cut short is refused" {
    cp -r registry copy
    chmod -R u+w copy
    truncate -s 3000 copy/features/trips/0000000001/train.h5
    run -1 --separate-stderr capstan-train --registry copy --features trips@1 --name cut --pipeline pipeline.yaml
    [[ $stderr == *train.h5* ]]
    [ -z "$output" ]
}
