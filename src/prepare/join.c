/* join.c - columns of another table: by equal keys, or the newest row before a time */
#include "base/array.h"
#include "config/option.h"
#include "prepare/key.h"
#include "prepare/rows.h"
#include "prepare/unknown.h"

/* One join in the making. */
typedef struct {
    const char *dataset;
    const json_t *spec;
    cst_table *left;
    const cst_table *right;
    cst_key left_key, right_key;
    cst_key_index *index;
    int64_t *group;   /* shape [right rows]: the number of a row's key; -1 where one is missing */
    int64_t *partner; /* shape [left rows]: its right row, or -1 */
    cst_text bytes;   /* the key at hand */
} joining;

static void joining_end(joining *j)
{
    cst_key_free(&j->left_key);
    cst_key_free(&j->right_key);
    cst_key_index_free(j->index);
    free(j->group);
    free(j->partner);
    cst_text_free(&j->bytes);
}

/* Columns are equal by text, by instant or by number. */
static int way_of(const cst_column *column)
{
    bool text = column->type == CST_TEXT || column->type == CST_CATEGORY;
    return text ? 0 : column->type == CST_TIME ? 1 : 2;
}

static cst_code check_types(const joining *j, cst_error *err)
{
    for (size_t i = 0; i < j->left_key.count; i++) {
        const cst_column *l = j->left_key.column[i];
        const cst_column *r = j->right_key.column[i];
        if (way_of(l) != way_of(r))
            return cst_error_set(err, CST_USAGE,
                                 "join of %s on \"%s\": it is %s here and %s there, never equal; "
                                 "declare the same kind in both schemas",
                                 j->dataset, l->name, cst_type_name(l->type),
                                 cst_type_name(r->type));
    }
    return CST_OK;
}

static cst_code find_keys(joining *j, const json_t *on, cst_error *err)
{
    char *here = cst_text_format(err, "join of %s, on", j->dataset);
    char *there = cst_text_format(err, "join of %s, on, in that dataset", j->dataset);
    cst_code rc = here && there ? cst_key_new(&j->left_key, j->left, on, here, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_key_new(&j->right_key, j->right, on, there, err);
    if (rc == CST_OK)
        rc = check_types(j, err);
    free(here);
    free(there);
    return rc;
}

static cst_code index_right(joining *j, cst_error *err)
{
    j->group = cst_array_new(j->right->rows, sizeof *j->group, "join", err);
    if (!j->group)
        return CST_NOMEM;
    cst_code rc = cst_key_index_new(&j->index, err);
    for (size_t r = 0; rc == CST_OK && r < j->right->rows; r++) {
        bool missing = false;
        rc = cst_key_bytes(&j->bytes, &missing, &j->right_key, r, err);
        j->group[r] = -1;
        if (rc == CST_OK && !missing)
            rc = cst_key_index_add(&j->group[r], j->index, &j->bytes, err);
    }
    return rc;
}

/* The number of a left row's key among the right's; -1: not there. */
static cst_code find_group(int64_t *group, joining *j, size_t row, cst_error *err)
{
    bool missing = false;
    cst_code rc = cst_key_bytes(&j->bytes, &missing, &j->left_key, row, err);
    *group = rc != CST_OK || missing ? -1 : cst_key_index_find(j->index, &j->bytes);
    return rc;
}

static cst_code say_repeated(const joining *j, const cst_key *key, size_t first, size_t second,
                             cst_error *err)
{
    cst_text values = CST_TEXT_INIT;
    cst_code rc = cst_key_describe(&values, key, first, err);
    if (rc == CST_OK)
        rc = cst_error_set(err, CST_INVALID,
                           "join of %s: rows %zu and %zu both have %s, so which one belongs to a "
                           "row is not known; take the repeated row out, or join on more columns",
                           j->dataset, first, second, values.data ? values.data : "no key");
    cst_text_free(&values);
    return rc;
}

static cst_code match_equal(joining *j, cst_error *err)
{
    size_t groups = (size_t)cst_key_index_count(j->index);
    int64_t *row = cst_array_new(groups, sizeof *row, "join", err);
    if (!row)
        return CST_NOMEM;
    for (size_t g = 0; g < groups; g++)
        row[g] = -1;
    cst_code rc = CST_OK;
    for (size_t r = 0; rc == CST_OK && r < j->right->rows; r++) {
        if (j->group[r] < 0)
            continue;
        if (row[j->group[r]] >= 0)
            rc = say_repeated(j, &j->right_key, (size_t)row[j->group[r]], r, err);
        row[j->group[r]] = (int64_t)r;
    }
    for (size_t r = 0; rc == CST_OK && r < j->left->rows; r++) {
        int64_t group = -1;
        rc = find_group(&group, j, r, err);
        j->partner[r] = group < 0 ? -1 : row[group];
    }
    free(row);
    return rc;
}

/* A right row in order of key and time. */
typedef struct {
    int64_t group, time, row;
} timed;

static int by_group_time(const void *a, const void *b)
{
    const timed *x = a;
    const timed *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static cst_code time_column(const cst_column **out, const cst_table *table, const char *name,
                            const char *dataset, cst_error *err)
{
    *out = cst_table_find(table, name);
    if (!*out || (*out)->type != CST_TIME)
        return cst_error_set(
            err, CST_USAGE, "join of %s: asof needs a time \"%s\" on both sides, one has %s",
            dataset, name, *out ? cst_type_name((*out)->type) : "no column of that name");
    if ((*out)->ticks > 1000000)
        return cst_error_set(err, CST_USAGE,
                             "join of %s: asof compares microseconds, and \"%s\" has %lld ticks a "
                             "second",
                             dataset, name, (long long)(*out)->ticks);
    return CST_OK;
}

static cst_code sort_right(timed **out, size_t *count, const joining *j, const cst_column *time,
                           cst_error *err)
{
    timed *sorted = cst_array_new(j->right->rows, sizeof *sorted, "join", err);
    if (!sorted)
        return CST_NOMEM;
    size_t n = 0;
    for (size_t r = 0; r < j->right->rows; r++)
        if (j->group[r] >= 0 && !cst_column_is_missing(time, r))
            sorted[n++] = (timed){j->group[r], cst_key_microseconds(time, r), (int64_t)r};
    qsort(sorted, n, sizeof *sorted, by_group_time);
    *out = sorted;
    *count = n;
    return CST_OK;
}

static cst_code refuse_repeated_times(const joining *j, const timed *sorted, size_t n,
                                      const cst_column *time, cst_error *err)
{
    for (size_t i = 1; i < n; i++) {
        if (sorted[i].group != sorted[i - 1].group || sorted[i].time != sorted[i - 1].time)
            continue;
        cst_key key = {0};
        key.count = j->right_key.count + 1;
        key.column = cst_array_new(key.count, sizeof *key.column, "join", err);
        if (!key.column)
            return CST_NOMEM;
        for (size_t k = 0; k < j->right_key.count; k++)
            key.column[k] = j->right_key.column[k];
        key.column[key.count - 1] = time;
        cst_code rc = say_repeated(j, &key, (size_t)sorted[i - 1].row, (size_t)sorted[i].row, err);
        cst_key_free(&key);
        return rc;
    }
    return CST_OK;
}

/* The newest row of a group that is no newer than until: its place in sorted, or -1. */
static int64_t newest(const timed *sorted, size_t n, int64_t group, int64_t until)
{
    size_t from = 0;
    size_t to = n;
    while (from < to) { /* the first row past (group, until) */
        size_t middle = from + (to - from) / 2;
        bool past = sorted[middle].group > group ||
                    (sorted[middle].group == group && sorted[middle].time > until);
        if (past)
            to = middle;
        else
            from = middle + 1;
    }
    return from > 0 && sorted[from - 1].group == group ? (int64_t)from - 1 : -1;
}

static cst_code match_asof(joining *j, const char *asof, cst_error *err)
{
    const cst_column *left_time = NULL;
    const cst_column *right_time = NULL;
    timed *sorted = NULL;
    size_t n = 0;
    cst_code rc = time_column(&left_time, j->left, asof, j->dataset, err);
    if (rc == CST_OK)
        rc = time_column(&right_time, j->right, asof, j->dataset, err);
    if (rc == CST_OK)
        rc = sort_right(&sorted, &n, j, right_time, err);
    if (rc == CST_OK)
        rc = refuse_repeated_times(j, sorted, n, right_time, err);
    /* A microsecond is the least that is strictly before. */
    int64_t lag = cst_get_duration(j->spec, "lag", 1);
    int64_t within = cst_get_duration(j->spec, "within", INT64_MAX);
    for (size_t r = 0; rc == CST_OK && r < j->left->rows; r++) {
        int64_t group = -1;
        j->partner[r] = -1;
        rc = find_group(&group, j, r, err);
        if (group < 0 || cst_column_is_missing(left_time, r))
            continue;
        int64_t now = cst_key_microseconds(left_time, r);
        int64_t at = newest(sorted, n, group, now - lag);
        if (at >= 0 && (__int128)now - sorted[at].time <= within)
            j->partner[r] = sorted[at].row;
    }
    free(sorted);
    return rc;
}

static cst_code unknown_taken(const joining *j, const char *name, cst_error *err)
{
    char *what = cst_text_format(err, "join of %s, columns", j->dataset);
    cst_code rc = what ? cst_unknown_column(what, name, j->right, err) : CST_NOMEM;
    free(what);
    return rc;
}

/* Append the columns named, each row's from its partner. */
static cst_code take_columns(joining *j, cst_error *err)
{
    cst_table *taken = NULL;
    cst_code rc = cst_table_take(&taken, j->right, j->partner, j->left->rows, err);
    const json_t *columns = json_object_get(j->spec, "columns");
    for (size_t i = 0; rc == CST_OK && i < json_array_size(columns); i++) {
        const char *name = json_string_value(json_array_get(columns, i));
        const cst_column *column = cst_table_find(taken, name);
        if (!column)
            rc = unknown_taken(j, name, err);
        else if (cst_table_find(j->left, name))
            rc = cst_error_set(err, CST_EXISTS,
                               "join of %s: the rows have a column \"%s\" already; leave it out of "
                               "columns, or rename it where that dataset is ingested",
                               j->dataset, name);
        else
            rc = cst_table_add_copy(j->left, column, NULL, err);
    }
    cst_table_free(taken);
    return rc;
}

cst_code cst_prepare_join(cst_table *left, const cst_table *right, const json_t *join,
                          cst_error *err)
{
    joining j = {.dataset = cst_get_string(join, "dataset", "?"),
                 .spec = join,
                 .left = left,
                 .right = right};
    const json_t *on = json_object_get(join, "on");
    const char *asof = cst_get_string(join, "asof", NULL);
    cst_code rc = CST_OK;
    if (!asof && (json_object_get(join, "within") || json_object_get(join, "lag"))) {
        rc = cst_error_set(err, CST_USAGE,
                           "join of %s: within and lag go with asof: name the time, or leave them "
                           "out",
                           j.dataset);
        goto out;
    }
    if (json_array_size(on) == 0 && !asof) {
        rc = cst_error_set(err, CST_USAGE,
                           "join of %s: say on which columns (on: [...]), or asof which time",
                           j.dataset);
        goto out;
    }
    if ((rc = find_keys(&j, on, err)) != CST_OK)
        goto out;
    j.partner = cst_array_new(left->rows, sizeof *j.partner, "join", err);
    if (!j.partner) {
        rc = CST_NOMEM;
        goto out;
    }
    if ((rc = index_right(&j, err)) != CST_OK)
        goto out;
    if ((rc = asof ? match_asof(&j, asof, err) : match_equal(&j, err)) != CST_OK)
        goto out;
    rc = take_columns(&j, err);
out:
    joining_end(&j);
    return rc;
}
