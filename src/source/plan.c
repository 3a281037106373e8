/* plan.c - the bytes of all files shared out among the ranks, at any split */
#include "base/array.h"
#include "source/internal.h"

/* What a rank tells the others: the range that begins in the middle of a file (head), and the one
 * that ends in the middle (tail); they may be one. */
typedef struct {
    int64_t head_file; /* -1: none */
    int64_t head_first[2];
    int64_t tail_file;          /* -1: none */
    int64_t tail_in_the_middle; /* it begins there as well */
    int64_t tail_inside[2];     /* whether it ends inside quotes, by how it began */
} boundary;

static int64_t data_bytes(const cst_source *source, size_t file)
{
    const cst_source_layout *layout = &source->layout[file];
    return layout->left_out ? 0 : layout->csv.bytes - layout->begin;
}

/* The ranges of bytes [from, to) of all data laid one after the other. */
static size_t cut(cst_source_range *range, const cst_source *source, int64_t from, int64_t to)
{
    size_t count = 0;
    int64_t before = 0;
    for (size_t f = 0; f < source->files; f++) {
        int64_t bytes = data_bytes(source, f);
        int64_t begin = from > before ? from - before : 0;
        int64_t end = to - before < bytes ? to - before : bytes;
        if (begin < end)
            range[count++] = (cst_source_range){.file = f,
                                                .begin = source->layout[f].begin + begin,
                                                .end = source->layout[f].begin + end};
        before += bytes;
    }
    return count;
}

static bool in_the_middle(const cst_source *source, const cst_source_range *range)
{
    return range->begin > source->layout[range->file].begin;
}

static bool is_cut_short(const cst_source *source, const cst_source_range *range)
{
    return range->end < source->layout[range->file].csv.bytes;
}

/* Look through the ranges that are cut. */
static cst_code look(boundary *out, const cst_source *source, const cst_source_range *range,
                     size_t count, cst_error *err)
{
    *out = (boundary){.head_file = -1, .tail_file = -1};
    if (!count)
        return CST_OK;
    for (size_t i = 0; i<count; i += count> 1 ? count - 1 : 1) { /* the first and the last */
        bool head = in_the_middle(source, &range[i]);
        bool tail = is_cut_short(source, &range[i]);
        if (!head && !tail)
            continue;
        cst_csv_scan scan;
        cst_code rc = cst_csv_scan_range(&scan, &source->layout[range[i].file].csv,
                                         &source->dialect, source->layout[range[i].file].begin,
                                         range[i].begin, range[i].end, err);
        if (rc != CST_OK)
            return rc;
        if (head) {
            out->head_file = (int64_t)range[i].file;
            memcpy(out->head_first, scan.first, sizeof scan.first);
        }
        if (tail) {
            out->tail_file = (int64_t)range[i].file;
            out->tail_in_the_middle = head;
            out->tail_inside[0] = cst_csv_scan_ends_inside(&scan, false);
            out->tail_inside[1] = cst_csv_scan_ends_inside(&scan, true);
        }
    }
    return CST_OK;
}

/* Whether this rank's head begins inside quotes, from what the ranks before it found. */
static bool begins_inside(const boundary *all, int rank)
{
    bool inside = false;
    for (int r = 0; r < rank; r++)
        if (all[r].tail_file == all[rank].head_file)
            inside = all[r].tail_inside[all[r].tail_in_the_middle && inside] != 0;
    return inside;
}

cst_code cst_source_plan(cst_source_range **out, size_t *count, const cst_source *source,
                         cst_error *err)
{
    cst_comm *comm = source->comm;
    boundary mine;
    void *all = NULL;
    size_t *offsets = NULL;
    int64_t total = 0;
    for (size_t f = 0; f < source->files; f++)
        total += data_bytes(source, f);
    cst_source_range *range = cst_array_new(source->files, sizeof *range, "byte ranges", err);
    cst_code rc = range ? CST_OK : CST_NOMEM;
    if (rc == CST_OK) {
        /* total / size first: total * rank could overflow */
        int64_t share = total / comm->size;
        int64_t rest = total % comm->size;
        int64_t from = share * comm->rank + rest * comm->rank / comm->size;
        int64_t to = share * (comm->rank + 1) + rest * (comm->rank + 1) / comm->size;
        *count = cut(range, source, from, to);
        rc = look(&mine, source, range, *count, err);
    }
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK)
        goto out;
    if ((rc = cst_comm_gather(comm, &all, &offsets, &mine, sizeof mine, err)) != CST_OK)
        goto out;
    if (*count && mine.head_file >= 0) {
        int64_t first = mine.head_first[begins_inside(all, comm->rank)];
        range[0].begin = first < 0 || first > range[0].end ? range[0].end : first;
    }
    *out = range;
    range = NULL;
out:
    free(range);
    free(all);
    free(offsets);
    return rc;
}

/* A taker that shows how far reading has come, in bytes of this rank's ranges. */
typedef struct {
    const cst_csv_taker *to;
    cst_log *log;
    const char *what;
    int64_t before, begin, total; /* bytes of the ranges before, offset of this one, all bytes */
    int64_t records;
} watched;

enum { RECORDS_A_LOOK = 4096 };

static cst_code watch(void *context, const cst_csv_record *record, int64_t line, int64_t offset,
                      cst_error *err)
{
    watched *w = context;
    if (w->records++ % RECORDS_A_LOOK == 0)
        cst_log_progress(w->log, w->what, (double)(w->before + offset - w->begin), (double)w->total,
                         NULL);
    return w->to->take(w->to->context, record, line, offset, err);
}

cst_code cst_source_walk(int64_t *lines, const cst_source *source, const cst_source_range *range,
                         size_t count, const cst_source_taker *to, const char *what, cst_log *log,
                         cst_error *err)
{
    cst_code rc = CST_OK;
    size_t longest = (size_t)cst_get_int(source->options, "max_record", INT64_C(1) << 26);
    watched shown = {.to = &to->taker, .log = log, .what = what};
    cst_csv_taker watcher = {watch, &shown};
    for (size_t i = 0; i < count; i++)
        shown.total += range[i].end - range[i].begin;
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        const cst_source_layout *layout = &source->layout[range[i].file];
        to->file(to->taker.context, range[i].file, layout->cell);
        shown.begin = range[i].begin;
        rc = cst_csv_read_range(&lines[i], &layout->csv, &source->dialect, range[i].begin,
                                range[i].end, longest, log ? &watcher : &to->taker, err);
        shown.before += range[i].end - range[i].begin;
    }
    cst_log_progress_end(log);
    return rc;
}
