/* validate_places.c - from rows of a part to the files and lines they came from */
#include "config/json.h"
#include "exact/sum.h"
#include "stage/validating.h"

typedef struct {
    const char *file; /* its last name: where it lies is provenance */
    int64_t line;
    bool exact;
} place;

/* The start of a run of rows, as the manifest keeps it: [row, source, line]. */
typedef struct {
    int64_t row, source, line;
} run_start;

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static run_start run_at(const json_t *runs, size_t at)
{
    const json_t *run = json_array_get(runs, at);
    return (run_start){json_integer_value(json_array_get(run, 0)),
                       json_integer_value(json_array_get(run, 1)),
                       json_integer_value(json_array_get(run, 2))};
}

/* Runs begin at every 4,096th row and wherever lines do not go on from the row before (see
 * source.h), so lines inside of them are exact, unless there were too many such places to keep. */
static bool are_exact(const json_t *runs)
{
    const size_t kept = 4096;
    size_t breaks = 0;
    for (size_t i = 0; i < json_array_size(runs); i++)
        breaks += run_at(runs, i).row % CST_BLOCK_ROWS != 0;
    return breaks < kept;
}

/* The file and line of a row; lines inside of a run are counted from its start. */
static bool find_place(place *out, const json_t *part, int64_t row)
{
    const json_t *runs = json_object_get(part, "runs");
    size_t low = 0;
    size_t high = json_array_size(runs);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run_at(runs, middle).row <= row)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    run_start run = run_at(runs, low - 1);
    const json_t *source = json_array_get(json_object_get(part, "sources"), (size_t)run.source);
    const char *path = cst_get_string(source, "path", NULL);
    if (!path)
        return false;
    out->file = last_name(path);
    out->line = run.line + row - run.row;
    out->exact = row == run.row || are_exact(runs);
    return true;
}

static cst_code add_place(json_t *example, const json_t *part, cst_error *err)
{
    place at;
    if (!find_place(&at, part, cst_get_int(example, "row", 0)))
        return CST_OK;
    cst_code rc = cst_json_put(example, "file", json_string(at.file), err);
    if (rc == CST_OK)
        rc = cst_json_put(example, at.exact ? "line" : "near_line", json_integer(at.line), err);
    return rc;
}

/* "…: row 1999, flights.csv:2001" */
static cst_code extend_message(json_t *anomaly, const json_t *part, cst_error *err)
{
    const json_t *first = json_array_get(json_object_get(anomaly, "examples"), 0);
    const char *file = cst_get_string(first, "file", NULL);
    const json_t *sources = json_object_get(part, "sources");
    const char *message = cst_get_string(anomaly, "message", "");
    char *text = NULL;
    int64_t line = cst_get_int(first, "line", -1);
    int64_t row = cst_get_int(first, "row", 0);
    if (file && line >= 0)
        text = cst_text_format(err, "%s: row %lld, %s:%lld", message, (long long)row, file,
                               (long long)line);
    else if (file)
        text = cst_text_format(err, "%s: row %lld, %s near line %lld", message, (long long)row,
                               file, (long long)cst_get_int(first, "near_line", 0));
    else if (json_array_size(sources) > 0)
        text = cst_text_format(err, "%s (%s%s)", message,
                               last_name(cst_get_string(json_array_get(sources, 0), "path", "")),
                               json_array_size(sources) > 1 ? " and more" : "");
    else
        return CST_OK;
    if (!text)
        return CST_NOMEM;
    cst_code rc = cst_json_put(anomaly, "message", json_string(text), err);
    free(text);
    return rc;
}

cst_code cst_validating_places(json_t *report, const json_t *part, cst_error *err)
{
    size_t i;
    size_t j;
    json_t *anomaly;
    json_t *example;
    cst_code rc = CST_OK;
    json_array_foreach(json_object_get(report, "anomalies"), i, anomaly)
    {
        json_array_foreach(json_object_get(anomaly, "examples"), j, example)
        {
            if (rc == CST_OK)
                rc = add_place(example, part, err);
        }
        if (rc == CST_OK)
            rc = extend_message(anomaly, part, err);
    }
    return rc;
}
