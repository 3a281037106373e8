/* infer.c - a schema that every value of the files fits */
#include <strings.h>

#include "base/array.h"
#include "config/json.h"
#include "source/dictionary.h"
#include "source/internal.h"
#include "table/time.h"

/* What was seen of a column: counted, so that ranks merge by adding. */
enum {
    SEEN,      /* values that are not missing */
    NOT_BOOL,  /* of them those that are neither true nor false; and so on */
    NOT_INT32, /* numbers with needless zeros before them are none: they are codes */
    NOT_INT64,
    NOT_FLOAT,
    NOT_TIME,
    FACTS
};

/* A category has at most so many levels, and ten values a level where it has more than a few. */
enum { MOST_LEVELS = 4096, FEW_LEVELS = 32, VALUES_A_LEVEL = 10 };

typedef struct {
    const cst_source *source;
    int64_t *fact;           /* shape [columns][FACTS] */
    cst_dictionary **levels; /* shape [columns] */
    const size_t *cell;
    cst_text scratch;
} inference;

static bool is_code(const char *text, size_t size)
{
    size_t sign = size && (*text == '-' || *text == '+');
    return size > sign + 1 && text[sign] == '0' && text[sign + 1] >= '0' && text[sign + 1] <= '9';
}

static bool is_truth(const char *text, size_t size)
{
    return (size == 4 && strncasecmp(text, "true", 4) == 0) ||
           (size == 5 && strncasecmp(text, "false", 5) == 0);
}

/* A type once ruled out is not tried again. */
static void look(int64_t *fact, const char *text, size_t size)
{
    int32_t narrow;
    int64_t wide;
    double real;
    bool code = !fact[NOT_FLOAT] && is_code(text, size);
    fact[SEEN]++;
    if (!fact[NOT_BOOL])
        fact[NOT_BOOL] += !is_truth(text, size);
    if (!fact[NOT_INT32])
        fact[NOT_INT32] += code || cst_number_int32(&narrow, text, size) != CST_NUMBER_OK ||
                           memchr(text, '.', size) != NULL;
    if (!fact[NOT_INT64])
        fact[NOT_INT64] += code || cst_number_int64(&wide, text, size) != CST_NUMBER_OK ||
                           memchr(text, '.', size) != NULL;
    if (!fact[NOT_FLOAT])
        fact[NOT_FLOAT] += code || cst_number_float64(&real, text, size) != CST_NUMBER_OK;
    if (!fact[NOT_TIME])
        fact[NOT_TIME] += !cst_time_parse(&wide, text, size, NULL, NULL, 1000000);
}

static cst_code take(void *context, const cst_csv_record *record, int64_t line, int64_t offset,
                     cst_error *err)
{
    (void)line;
    (void)offset;
    inference *in = context;
    size_t columns = in->source->columns;
    cst_code rc = CST_OK;
    if (record->fault || record->cells != columns || (record->blank && columns > 1))
        return CST_OK;
    for (size_t c = 0; rc == CST_OK && c < columns; c++) {
        const cst_csv_cell *raw = &record->cell[in->cell[c]];
        cst_cell value = cst_cell_value(raw, &in->source->rules);
        if (value.missing)
            continue;
        look(in->fact + c * FACTS, value.text, value.size);
        cst_cell text;
        bool valid;
        int32_t code;
        if (cst_dictionary_count(in->levels[c]) > MOST_LEVELS)
            continue;
        rc = cst_cell_text(&text, &valid, raw, &in->source->rules, &in->scratch, err);
        if (rc == CST_OK && !text.missing)
            rc = cst_dictionary_code(&code, in->levels[c], text.text, text.size, err);
    }
    return rc;
}

static void begin_file(void *context, size_t file, const size_t *cell)
{
    (void)file;
    ((inference *)context)->cell = cell;
}

/* All ranks' facts, and the number of levels of each column (past MOST_LEVELS: not known). */
static cst_code merge(size_t *levels, inference *in, cst_error *err)
{
    cst_comm *comm = in->source->comm;
    size_t columns = in->source->columns;
    cst_code rc = CST_OK;
    cst_sorted **set = cst_array_new(columns, sizeof *set, "levels", err);
    if (!set)
        rc = CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < columns; c++) {
        rc = cst_sorted_new(&set[c], 0, MOST_LEVELS, err);
        for (int32_t i = 0; rc == CST_OK && i < cst_dictionary_count(in->levels[c]); i++) {
            size_t size;
            const char *text = cst_dictionary_text(in->levels[c], i, &size);
            rc = cst_sorted_add(set[c], text, size, NULL, err);
        }
    }
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    cst_mergeable state = {.sum = in->fact, .sums = columns * FACTS, .set = set, .sets = columns};
    if ((rc = cst_comm_merge(comm, &state, err)) != CST_OK)
        goto out;
    for (size_t c = 0; c < columns; c++)
        levels[c] = cst_sorted_overflowed(set[c]) ? SIZE_MAX : cst_sorted_count(set[c]);
out:
    for (size_t c = 0; set && c < columns; c++)
        cst_sorted_free(set[c]);
    free(set);
    return rc;
}

static cst_type choose(const int64_t *fact, size_t levels)
{
    if (!fact[SEEN])
        return CST_TEXT;
    if (!fact[NOT_BOOL])
        return CST_BOOL;
    if (!fact[NOT_INT32])
        return CST_INT32;
    if (!fact[NOT_INT64])
        return CST_INT64;
    if (!fact[NOT_FLOAT])
        return CST_FLOAT64;
    if (!fact[NOT_TIME])
        return CST_TIME;
    if (levels <= FEW_LEVELS ||
        (levels <= MOST_LEVELS && (int64_t)levels * VALUES_A_LEVEL <= fact[SEEN]))
        return CST_CATEGORY;
    return CST_TEXT;
}

/* {"dataset", "time", "columns": [{"name", "type"}]}: time where there is one time column. */
static json_t *describe(const inference *in, const size_t *levels, const char *dataset,
                        cst_log *log, cst_error *err)
{
    const cst_source *source = in->source;
    const char *time = NULL;
    size_t times = 0;
    json_t *all = json_object();
    json_t *columns = json_array();
    cst_code rc = all && columns ? CST_OK : cst_error_nomem(err, "a schema");
    for (size_t c = 0; rc == CST_OK && c < source->columns; c++) {
        const int64_t *fact = in->fact + c * FACTS;
        cst_type type = choose(fact, levels[c]);
        if (!fact[SEEN])
            cst_log_warn(log, "column %s has no values: taken for text; say its type in a schema",
                         source->column[c]);
        if (type == CST_TIME && ++times == 1)
            time = source->column[c];
        json_t *column = json_object();
        rc = cst_json_put(column, "name", json_string(source->column[c]), err);
        if (rc == CST_OK)
            rc = cst_json_put(column, "type", json_string(cst_type_name(type)), err);
        if (rc == CST_OK)
            rc = cst_json_append(columns, json_incref(column), err);
        json_decref(column);
    }
    if (rc == CST_OK)
        rc = cst_json_put(all, "dataset", json_string(dataset), err);
    if (rc == CST_OK && times == 1)
        rc = cst_json_put(all, "time", json_string(time), err);
    if (rc == CST_OK)
        rc = cst_json_put(all, "columns", json_incref(columns), err);
    json_decref(columns);
    if (rc == CST_OK)
        return all;
    json_decref(all);
    return NULL;
}

static cst_code to_schema(cst_schema **out, const inference *in, const size_t *levels,
                          const char *dataset, cst_log *log, cst_error *err)
{
    json_t *checked = NULL;
    json_t *raw = describe(in, levels, dataset, log, err);
    cst_code rc = raw ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_option_check(&checked, raw, NULL, "the inferred schema", cst_schema_options, err);
    if (rc == CST_OK)
        rc = cst_schema_from_json(out, checked, err);
    json_decref(raw);
    json_decref(checked);
    return rc;
}

static cst_code inference_new(inference *in, const cst_source *source, cst_error *err)
{
    *in = (inference){.source = source};
    in->fact = cst_array_new(source->columns * FACTS, sizeof *in->fact, "facts", err);
    in->levels = cst_array_new(source->columns, sizeof *in->levels, "levels", err);
    cst_code rc = in->fact && in->levels ? CST_OK : CST_NOMEM;
    for (size_t c = 0; rc == CST_OK && c < source->columns; c++)
        rc = cst_dictionary_new(&in->levels[c], err);
    return rc;
}

static void inference_free(inference *in)
{
    for (size_t c = 0; in->levels && c < in->source->columns; c++)
        cst_dictionary_free(in->levels[c]);
    free(in->levels);
    free(in->fact);
    cst_text_free(&in->scratch);
}

cst_code cst_source_infer(cst_schema **out, cst_source *source, const char *dataset, cst_log *log,
                          cst_error *err)
{
    cst_source_range *range = NULL;
    int64_t *lines = NULL;
    size_t *levels = NULL;
    size_t ranges = 0;
    inference in;
    cst_code rc = inference_new(&in, source, err);
    if ((rc = cst_comm_agree(source->comm, rc, err)) != CST_OK ||
        (rc = cst_source_plan(&range, &ranges, source, err)) != CST_OK)
        goto out;
    cst_source_taker taker = {{take, &in}, begin_file};
    lines = cst_array_new(ranges, sizeof *lines, "byte ranges", err);
    levels = cst_array_new(source->columns, sizeof *levels, "levels", err);
    rc = lines && levels ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_source_walk(lines, source, range, ranges, &taker, "looking at values", log, err);
    if ((rc = cst_comm_agree(source->comm, rc, err)) != CST_OK ||
        (rc = merge(levels, &in, err)) != CST_OK)
        goto out;
    rc = to_schema(out, &in, levels, dataset, log, err);
    rc = cst_comm_agree(source->comm, rc, err);
out:
    inference_free(&in);
    free(range);
    free(lines);
    free(levels);
    return rc;
}
