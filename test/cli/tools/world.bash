# world.bash - the small world of test/loop, months of trips and of weather, for tests of stages

# small_world MONTHS TRIPS: here, a registry, the pipeline's files and landing/ with so many months
# of so many trips.
small_world() {
    "$BATS_TEST_DIRNAME/../loop/make" landing "$1" "$2"
    cp "$BATS_TEST_DIRNAME"/../loop/*.yaml .
    export CAPSTAN_REGISTRY=$PWD/registry
    capstan init registry
}

# The weather, and two months of trips as trips@1.
two_months() {
    capstan-ingest --dataset weather --set missing=NA landing/weather.csv
    capstan-ingest --dataset trips --pipeline pipeline.yaml landing/trips-01.csv landing/trips-02.csv
}
