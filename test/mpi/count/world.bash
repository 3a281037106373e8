# world.bash - every stage once on some ranks, counted, in a registry of its own

# stages RANKS: here; counts/<stage>/<rank>.tsv is what each handed to MPI.
stages() {
    "$HERE/../../loop/make" landing 2 3000
    cp "$HERE"/../../loop/*.yaml .
    sed -e 's/encode: category/encode: onehot/' -e 's/stops, wind\]/&, impute: median/' \
        -e 's/^train: .*/train: {model: glm}/' pipeline.yaml >linear.yaml
    sed '1a key: [time, site, line, load, stops]' trips.schema.yaml >keyed.schema.yaml
    export CAPSTAN_REGISTRY=$PWD/registry
    capstan init registry
    counted "$1" weather ingest --dataset weather --set missing=NA landing/weather.csv
    counted "$1" ingest ingest --dataset trips --pipeline pipeline.yaml landing/trips-0[12].csv
    counted "$1" profile profile trips@1
    counted "$1" validate validate trips@1 --pipeline pipeline.yaml
    counted "$1" keyed validate trips@1 --schema keyed.schema.yaml
    counted "$1" prepare prepare trips@1 --name late --pipeline pipeline.yaml
    counted "$1" gbdt train --features late@1 --name late --pipeline pipeline.yaml \
        --set trees=6 --set leaves=8 --set bins=16
    counted "$1" linear prepare trips@1 --name linear --pipeline linear.yaml
    counted "$1" glm train --features linear@1 --name linear --pipeline linear.yaml
    counted "$1" evaluate evaluate late@1 --against linear@1 --pipeline pipeline.yaml
    counted "$1" predict predict late@1 landing/trips-02.csv --out predictions.csv
    counted "$1" monitor monitor late@1 trips@1 --pipeline pipeline.yaml
}

# A verdict against the data or the model (3) is a run like any other.
counted() { # ranks, name, program's arguments…
    local ranks=$1 folder=$PWD/counts/$2 status=0
    shift 2
    mkdir -p "$folder"
    mpirun --oversubscribe -n "$ranks" -x LD_PRELOAD="$COUNT" -x CAPSTAN_COUNT="$folder" \
        "capstan-$1" "${@:2}" >>log 2>&1 || status=$?
    [ $status = 0 ] || [ $status = 3 ] || { echo "capstan-$1 ended with $status:"; tail -n 20 log; return 1; } >&2
}
