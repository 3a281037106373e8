#!/usr/bin/env bats
# parity.bats - boosted trees on the flights, against LightGBM's on the same rows
#
# The figures of LightGBM are kept in test/fixtures/gbdt/flights.json, with the script beside it.
bats_require_minimum_version 1.5.0

setup_file() {
    cd "$BATS_FILE_TMPDIR"
    root=$BATS_TEST_DIRNAME/../..
    ln -s "${LANDING:?the folder of jobs/flight-delay/fetch}" landing
    cp "$root"/jobs/flight-delay/*.yaml .
    export CAPSTAN_REGISTRY=$BATS_FILE_TMPDIR/registry
    export EXPECTED=$root/test/fixtures/gbdt/flights.json
    capstan init registry
    capstan-ingest --dataset weather --set missing=NA landing/weather.csv
    capstan-ingest --dataset flights --pipeline pipeline.yaml landing/flights-2013-0[123].csv
    capstan-prepare flights@1 --name flights --pipeline pipeline.yaml
    capstan-train --features flights@1 --name flight-delay --pipeline pipeline.yaml
    capstan-evaluate flight-delay@1 --against none --pipeline pipeline.yaml
}

setup() {
    cd "$BATS_FILE_TMPDIR"
    evaluation=registry/evaluations/flight-delay/0000000001/evaluation.json
}

@test "both see the same rows" {
    [ "$(jq .summary.rows registry/models/flight-delay/0000000001/manifest.json)" = "$(jq .training_rows "$EXPECTED")" ]
    [ "$(jq .rows "$evaluation")" = "$(jq .test_rows "$EXPECTED")" ]
}

@test "the AUC is within 0.003 of LightGBM's, the log loss too" {
    jq -e --slurpfile theirs "$EXPECTED" '(.metrics.auc.value - $theirs[0].auc) | . < 0.003 and . > -0.003' "$evaluation"
    jq -e --slurpfile theirs "$EXPECTED" '(.metrics.log_loss.value - $theirs[0].log_loss) | . < 0.003 and . > -0.003' "$evaluation"
}
