/* lines.c - which file and line a row comes from, on all ranks together */
#include "source/lines.h"

#include "base/array.h"

/* What a rank tells the others about its lines. */
typedef struct {
    int64_t tail_file;  /* of its last range; -1: it has none */
    int64_t tail_lines; /* line ends in that range */
    int64_t stray;      /* records with stray quotes */
    int64_t stray_file, stray_line;
} told;

/* The line of the begin of a range: ranges that begin where their file's data do are the rank's
 * own affair; what lies before the first range has been counted by the ranks before. */
static int64_t line_of_range(const told *all, int rank, const cst_source *source,
                             const cst_source_range *range, size_t i)
{
    int64_t line = source->layout[range[i].file].line;
    for (int r = 0; i == 0 && r < rank; r++)
        if (all[r].tail_file == (int64_t)range[0].file)
            line += all[r].tail_lines;
    return line;
}

static void move_lines(cst_csv_rows *rows, size_t file, int64_t line)
{
    for (size_t i = 0; i < rows->stretches; i++)
        if (rows->stretch[i].file == file)
            rows->stretch[i].line += line;
    for (size_t i = 0; i < rows->rejects; i++)
        if (rows->reject[i].file == file)
            rows->reject[i].line += line;
    if (rows->stray && rows->stray_file == file)
        rows->stray_line += line;
    if (rows->rows && rows->last_file == file)
        rows->last_line += line;
}

static void warn_of_strays(const told *all, const cst_source *source, cst_log *log)
{
    int64_t count = 0;
    const told *first = NULL;
    for (int r = 0; r < source->comm->size; r++) {
        count += all[r].stray;
        if (all[r].stray && !first)
            first = &all[r];
    }
    if (first)
        cst_log_warn(log,
                     "%s: line %lld: a quote within a cell that does not begin with one, which "
                     "RFC 4180 does not know, is taken as it stands (%lld records like this); "
                     "source: {quote: none} if quotes mean nothing",
                     source->file[first->stray_file].path, (long long)first->stray_line,
                     (long long)count);
}

cst_code cst_source_settle_lines(cst_csv_rows *rows, const cst_source *source,
                                 const cst_source_range *range, const int64_t *lines, size_t ranges,
                                 cst_log *log, cst_error *err)
{
    cst_comm *comm = source->comm;
    void *all = NULL;
    size_t *offsets = NULL;
    told mine = {.tail_file = -1};
    if (ranges)
        mine =
            (told){.tail_file = (int64_t)range[ranges - 1].file, .tail_lines = lines[ranges - 1]};
    cst_code rc = cst_comm_gather(comm, &all, &offsets, &mine, sizeof mine, err);
    if (rc != CST_OK)
        return rc;
    for (size_t i = 0; i < ranges; i++)
        move_lines(rows, range[i].file, line_of_range(all, comm->rank, source, range, i));
    free(all);
    free(offsets);
    all = NULL;
    offsets = NULL;
    mine.stray = rows->stray;
    mine.stray_file = (int64_t)rows->stray_file;
    mine.stray_line = rows->stray_line;
    rc = cst_comm_gather(comm, &all, &offsets, &mine, sizeof mine, err);
    if (rc == CST_OK)
        warn_of_strays(all, source, log);
    free(all);
    free(offsets);
    return rc;
}

/* What a rank tells of its rows, for the ranks after it. */
typedef struct {
    int64_t rows, stretches; /* the first row's stretch counted */
    int64_t first_file, first_line, last_file, last_line;
} ends;

/* Whether a rank's first row goes on in the stretch of the ranks before it. */
static bool goes_on(const ends *all, int rank)
{
    for (int r = rank - 1; r >= 0; r--)
        if (all[r].rows)
            return all[r].last_file == all[rank].first_file &&
                   all[r].last_line + 1 == all[rank].first_line;
    return false;
}

/* Past so many, only every 4,096th row's line is kept. */
enum { RUN_ROWS = 4096, MOST_STRETCHES = 4096 };

/* This rank's runs. skip_first: its first row begins none by itself; all: stretches begin runs. */
static cst_code make_runs(cst_source_run **out, size_t *count, const cst_csv_rows *rows,
                          int64_t first, bool skip_first, bool all, cst_error *err)
{
    size_t room = (size_t)(rows->rows / RUN_ROWS) + 2 + (all ? rows->stretches : 0);
    cst_source_run *run = cst_array_new(room, sizeof *run, "runs of rows", err);
    if (!run)
        return CST_NOMEM;
    *count = 0;
    for (size_t s = 0; s < rows->stretches; s++) {
        const cst_csv_stretch *stretch = &rows->stretch[s];
        int64_t end = s + 1 < rows->stretches ? stretch[1].row : rows->rows;
        bool begins = all && !(s == 0 && skip_first);
        for (int64_t row = stretch->row; row < end;) {
            int64_t past = (first + row) % RUN_ROWS;
            if (past == 0 || (begins && row == stretch->row))
                run[(*count)++] = (cst_source_run){.row = first + row,
                                                   .file = stretch->file,
                                                   .line = stretch->line + row - stretch->row};
            row += RUN_ROWS - past;
        }
    }
    *out = run;
    return CST_OK;
}

cst_code cst_source_gather_runs(cst_source_rows *out, const cst_csv_rows *rows,
                                const cst_source *source, int64_t first, cst_error *err)
{
    cst_comm *comm = source->comm;
    cst_source_run *run = NULL;
    size_t count = 0;
    void *all = NULL;
    size_t *offsets = NULL;
    void *runs = NULL;
    ends mine = {.rows = rows->rows, .stretches = (int64_t)rows->stretches};
    if (rows->rows) {
        mine.first_file = (int64_t)rows->stretch[0].file;
        mine.first_line = rows->stretch[0].line;
        mine.last_file = (int64_t)rows->last_file;
        mine.last_line = rows->last_line;
    }
    cst_code rc = cst_comm_gather(comm, &all, &offsets, &mine, sizeof mine, err);
    if (rc != CST_OK)
        goto out;
    const ends *rank = all;
    int64_t stretches = 0;
    for (int r = 0; r < comm->size; r++)
        stretches += rank[r].stretches - (rank[r].rows && goes_on(rank, r));
    rc = make_runs(&run, &count, rows, first, rows->rows && goes_on(rank, comm->rank),
                   stretches <= MOST_STRETCHES, err);
    free(offsets);
    offsets = NULL;
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK ||
        (rc = cst_comm_gather(comm, &runs, &offsets, run, count * sizeof *run, err)) != CST_OK)
        goto out;
    out->run = runs;
    out->runs = offsets[comm->size] / sizeof *run;
out:
    free(run);
    free(all);
    free(offsets);
    return rc;
}

/* A reject on the wire: three int64 and the reason with its NUL. */
static cst_code pack(cst_text *out, const cst_reject *reject, cst_error *err)
{
    int64_t where[3] = {(int64_t)reject->file, reject->line, reject->offset};
    cst_code rc = cst_text_add(out, where, sizeof where, err);
    return rc == CST_OK ? cst_text_add(out, reject->reason, strlen(reject->reason) + 1, err) : rc;
}

static cst_code unpack(cst_source_rows *out, const char *p, const char *end, size_t limit,
                       cst_error *err)
{
    size_t room = 0;
    while (p < end && out->rejects < limit) {
        int64_t where[3];
        memcpy(where, p, sizeof where);
        p += sizeof where;
        cst_reject *grown =
            cst_array_grow(out->reject, &room, out->rejects + 1, sizeof *grown, "rejects", err);
        if (!grown)
            return CST_NOMEM;
        out->reject = grown;
        char *reason = cst_text_copy(p, err);
        if (!reason)
            return CST_NOMEM;
        grown[out->rejects++] = (cst_reject){
            .file = (size_t)where[0], .line = where[1], .offset = where[2], .reason = reason};
        p += strlen(p) + 1;
    }
    return CST_OK;
}

cst_code cst_source_gather_rejects(cst_source_rows *out, const cst_csv_rows *rows,
                                   const cst_source *source, cst_error *err)
{
    cst_comm *comm = source->comm;
    cst_text mine = CST_TEXT_INIT;
    void *all = NULL;
    size_t *offsets = NULL;
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < rows->rejects; i++)
        rc = pack(&mine, &rows->reject[i], err);
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK ||
        (rc = cst_comm_gather(comm, &all, &offsets, mine.data, mine.size, err)) != CST_OK)
        goto out;
    rc = unpack(out, all, (const char *)all + offsets[comm->size], rows->reject_limit + 1, err);
    rc = cst_comm_agree(comm, rc, err);
out:
    cst_text_free(&mine);
    free(all);
    free(offsets);
    return rc;
}
