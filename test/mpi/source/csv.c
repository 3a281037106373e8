/* csv.c - the same table from CSV at any number of ranks: that of a parser that reads byte by byte
 */
#include "test/unit/test.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "config/json.h"
#include "source/source.h"

static cst_comm *comm;
static char folder[] = "/tmp/capstan-source-XXXXXX";

/* What the naive parser makes of a file: cells as text, a line a record. */
typedef struct {
    char ***cell; /* shape [records][COLUMNS] */
    int64_t *line;
    size_t records, room, line_room;
} naive;

enum { COLUMNS = 5 };

static void naive_add(naive *all, char **cells, int64_t line)
{
    cst_error err = CST_ERROR_INIT;
    all->cell =
        cst_array_grow(all->cell, &all->room, all->records + 1, sizeof *all->cell, "", &err);
    all->line =
        cst_array_grow(all->line, &all->line_room, all->records + 1, sizeof *all->line, "", &err);
    assert_non_null(all->cell);
    assert_non_null(all->line);
    all->cell[all->records] = cells;
    all->line[all->records++] = line;
}

/* One byte after the other: quotes, doubled quotes, LF and CRLF; records of other than COLUMNS
 * cells are left out. A cell in quotes begins with a '"' in what is kept. */
static void naive_parse(naive *all, const char *p, const char *end)
{
    int64_t line = 1;
    while (p < end) {
        char **cells = calloc(COLUMNS, sizeof *cells);
        size_t count = 0;
        int64_t begun = line;
        assert_non_null(cells);
        bool more = true;
        while (more) {
            cst_text text = CST_TEXT_INIT;
            cst_error err = CST_ERROR_INIT;
            bool quoted = p < end && *p == '"';
            if (quoted)
                assert_ok(cst_text_add(&text, p++, 1, &err));
            for (; p < end; p++) {
                if (quoted && *p == '"' && !(p + 1 < end && p[1] == '"')) {
                    quoted = false;
                    continue;
                }
                if (quoted && *p == '"')
                    p++;
                if (!quoted && (*p == ',' || *p == '\n' || *p == '\r'))
                    break;
                line += *p == '\n';
                assert_ok(cst_text_add(&text, p, 1, &err));
            }
            assert_ok(cst_text_add(&text, "", 0, &err));
            if (count < COLUMNS)
                cells[count] = text.data;
            else
                cst_text_free(&text);
            count++;
            more = p < end && *p == ',';
            if (p < end && *p == '\r')
                p++;
            if (p < end)
                line += *p++ == '\n';
        }
        if (count == COLUMNS) {
            naive_add(all, cells, begun);
            continue;
        }
        for (size_t i = 0; i < COLUMNS; i++)
            free(cells[i]);
        free(cells);
    }
}

static void naive_free(naive *all)
{
    for (size_t r = 0; r < all->records; r++) {
        for (size_t c = 0; c < COLUMNS; c++)
            free(all->cell[r][c]);
        free(all->cell[r]);
    }
    free(all->cell);
    free(all->line);
    *all = (naive){0};
}

static void write_file(const char *path, const cst_text *text)
{
    if (comm->rank == 0) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(text->data, 1, text->size, file), text->size);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(MPI_Barrier(comm->mpi), MPI_SUCCESS);
}

static json_t *options(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    json_t *given = NULL;
    json_t *checked = NULL;
    assert_ok(cst_json_parse(&given, text, strlen(text), "options", &err));
    assert_ok(cst_option_check(&checked, given, NULL, "options", cst_source_options, &err));
    json_decref(given);
    return checked;
}

static cst_schema *schema(void)
{
    static const char text[] =
        "{\"dataset\": \"d\", \"columns\": [{\"name\": \"id\", \"type\": \"int64\"},"
        "{\"name\": \"x\", \"type\": \"float64\"}, {\"name\": \"f\", \"type\": \"float32\"},"
        "{\"name\": \"kind\", \"type\": \"category\"}, {\"name\": \"note\", \"type\": \"text\"}]}";
    cst_error err = CST_ERROR_INIT;
    json_t *given = NULL;
    json_t *checked = NULL;
    cst_schema *out = NULL;
    assert_ok(cst_json_parse(&given, text, strlen(text), "schema", &err));
    assert_ok(cst_option_check(&checked, given, NULL, "schema", cst_schema_options, &err));
    assert_ok(cst_schema_from_json(&out, checked, &err));
    json_decref(given);
    json_decref(checked);
    return out;
}

static void assert_text(const cst_column *column, size_t row, const char *expected)
{
    bool quoted = *expected == '"';
    bool missing = strcmp(expected + quoted, "NA") == 0 || !*expected ||
                   (column->type == CST_CATEGORY && !expected[quoted]);
    size_t size;
    const char *text = cst_column_text(column, row, &size);
    if (missing) {
        assert_null(text);
        return;
    }
    assert_non_null(text);
    assert_int_equal(size, strlen(expected + quoted));
    assert_memory_equal(text, expected + quoted, size);
}

static void assert_row(const cst_table *table, size_t row, char **cell)
{
    assert_int_equal(cst_table_find(table, "id")->values.i64[row], strtoll(cell[0], NULL, 10));
    double x = cst_table_find(table, "x")->values.f64[row];
    float f = cst_table_find(table, "f")->values.f32[row];
    if (strcmp(cell[1], "NA") == 0) {
        assert_true(isnan(x));
    } else {
        double expected = strtod(cell[1], NULL);
        assert_memory_equal(&x, &expected, sizeof x);
    }
    float expected = strtof(cell[2], NULL);
    assert_memory_equal(&f, &expected, sizeof f);
    assert_text(cst_table_find(table, "kind"), row, cell[3]);
    assert_text(cst_table_find(table, "note"), row, cell[4]);
}

/* The line that runs give a row. */
static int64_t line_of(const cst_source_rows *rows, int64_t row, size_t *file)
{
    size_t i = 0;
    while (i + 1 < rows->runs && rows->run[i + 1].row <= row)
        i++;
    *file = rows->run[i].file;
    return rows->run[i].line + row - rows->run[i].row;
}

/* Read files, and hold every rank's rows against the naive parser's. */
static void assert_read(const char *const *paths, size_t files, const naive *expected, bool lines)
{
    cst_error err = CST_ERROR_INIT;
    cst_source *source = NULL;
    cst_source_rows rows = {0};
    json_t *how = options("{\"missing\": [\"NA\"], \"reject_limit\": 100000}");
    cst_schema *what = schema();
    assert_ok(cst_source_open(&source, comm, paths, files, how, NULL, &err));
    assert_ok(cst_source_read(&rows, source, what, NULL, &err));
    size_t total = 0;
    for (size_t f = 0; f < files; f++)
        total += expected[f].records - 1;
    assert_int_equal(rows.table->total, total);
    int64_t before = 0;
    int64_t count = 0;
    assert_ok(cst_comm_offset(comm, (int64_t)rows.table->rows, &before, &count, &err));
    assert_int_equal(before, rows.table->first);
    assert_int_equal(count, total);
    for (size_t row = 0; row < rows.table->rows; row++) {
        size_t at = (size_t)rows.table->first + row;
        size_t f = 0;
        size_t named;
        while (at >= expected[f].records - 1)
            at -= expected[f++].records - 1;
        assert_row(rows.table, row, expected[f].cell[at + 1]);
        if (!lines)
            continue;
        assert_int_equal(line_of(&rows, rows.table->first + (int64_t)row, &named),
                         expected[f].line[at + 1]);
        assert_int_equal(named, f);
    }
    cst_source_rows_free(&rows);
    cst_source_free(source);
    cst_schema_free(what);
    json_decref(how);
}

static const char tricky[] = "id,x,f,kind,note\r\n"
                             "1,0.1,0.1,\"a\nb\",\"one \"\"two\"\"\nthree\"\n"
                             "2,NA,2.5,\"\",\"\"\r\n"
                             "\n"
                             "3,1e23,1e-3,NA,\"\"\"\n\"\"\"\n"
                             "4,4.9e-324,16777217,\"a,b\",\"\n\n,\r\n\"\n"
                             "5,1,1,ragged\n"
                             "6,-7,0.3,z,bare\n";

static void quotes_split_at_every_byte_give_the_same_table(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = cst_file_join(folder, "tricky.csv", &err);
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_text_puts(&text, tricky, &err));
    /* what is behind the tricky records moves the ranks' bounds through them, byte by byte */
    size_t most = (size_t)comm->size * 2 * (sizeof tricky - 1) / 2;
    size_t step = comm->size > 2 ? (size_t)comm->size / 2 : 1;
    for (size_t extra = 0; extra < most; extra += step) {
        text.size = sizeof tricky - 1;
        for (size_t i = 0; i < extra; i += 60)
            assert_ok(cst_text_print(&text, &err, "7,1,1,k,%0*d\n",
                                     (int)(extra - i < 60 ? extra - i : 60), 0));
        write_file(path, &text);
        naive expected = {0};
        naive_parse(&expected, text.data, text.data + text.size);
        assert_read((const char *const[]){path}, 1, &expected, true);
        naive_free(&expected);
        assert_int_equal(MPI_Barrier(comm->mpi), MPI_SUCCESS);
    }
    cst_text_free(&text);
    free(path);
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void random_rows(cst_text *text, uint32_t seed, int rows)
{
    static const char *const kinds[] = {"NA", "\"a,b\"", "c", "\"d\n\"", "", "\"e\"\"\""};
    static const char *const ends[] = {"\n", "\r\n"};
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_text_puts(text, "id,x,f,kind,note\n", &err));
    for (int r = 0; r < rows; r++) {
        uint32_t a = next(&seed);
        uint32_t b = next(&seed);
        assert_ok(cst_text_print(text, &err, "%d,%.*g,%u.%ue%d,%s,", r, (int)(a % 17) + 1,
                                 ldexp((double)b, (int)(a % 200) - 100), b, a, (int)(b % 60) - 40,
                                 kinds[a % 6]));
        if (b % 50 == 0)
            assert_ok(cst_text_puts(text, "too,many,", &err));
        if (b % 3)
            assert_ok(cst_text_print(text, &err, "\"%*s\"\"%u\n\"%s", (int)(a % 90), "x", b,
                                     ends[b & 1]));
        else
            assert_ok(cst_text_print(text, &err, "plain %u%s", b, ends[b & 1]));
    }
}

static void many_files_are_what_a_naive_parser_makes_of_them(void **state)
{
    (void)state;
    enum { FILES = 3 };
    static const int rows[FILES] = {6000, 1, 3000};
    cst_error err = CST_ERROR_INIT;
    naive expected[FILES] = {{0}};
    const char *paths[FILES];
    for (size_t f = 0; f < FILES; f++) {
        cst_text text = CST_TEXT_INIT;
        paths[f] = cst_text_format(&err, "%s/many-%zu.csv", folder, f);
        assert_non_null(paths[f]);
        random_rows(&text, (uint32_t)f + 1, rows[f]);
        write_file(paths[f], &text);
        naive_parse(&expected[f], text.data, text.data + text.size);
        cst_text_free(&text);
    }
    assert_read(paths, FILES, expected, false);
    for (size_t f = 0; f < FILES; f++) {
        naive_free(&expected[f]);
        free((char *)paths[f]);
    }
}

static void rejects_and_digests_are_the_same_on_all_ranks(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = cst_file_join(folder, "rejects.csv", &err);
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_text_puts(&text, "id,x,f,kind,note\n", &err));
    for (int r = 0; r < 500; r++)
        assert_ok(
            cst_text_print(&text, &err, "%d%s,1,1,k,\"two\nlines\"\n", r, r % 100 == 7 ? "x" : ""));
    write_file(path, &text);
    cst_source *source = NULL;
    cst_source_rows rows = {0};
    json_t *how = options("{\"reject_limit\": 5}");
    cst_schema *what = schema();
    assert_ok(cst_source_open(&source, comm, (const char *const[]){path}, 1, how, NULL, &err));
    assert_ok(cst_source_read(&rows, source, what, NULL, &err));
    assert_int_equal(rows.rejected, 5);
    assert_int_equal(rows.rejects, 5);
    for (size_t i = 0; i < 5; i++) {
        char reason[64];
        int row = (int)i * 100 + 7;
        (void)snprintf(reason, sizeof reason, "column id: \"%dx\" is not an int64", row);
        assert_string_equal(rows.reject[i].reason, reason);
        assert_int_equal(rows.reject[i].line, 2 + 2 * row);
        assert_memory_equal(text.data + rows.reject[i].offset, reason + 12, i ? 4 : 2);
    }
    size_t files;
    cst_digest digest;
    const cst_source_file *file = cst_source_files(source, &files);
    assert_ok(cst_sha256_file(&digest, path, &err));
    assert_true(cst_digest_equal(&file[0].digest, &digest));
    assert_int_equal(file[0].rows, 495);
    assert_int_equal(file[0].rejected, 5);
    cst_source_rows_free(&rows);
    cst_source_free(source);
    json_decref(how);

    how = options("{\"reject_limit\": 4}");
    assert_ok(cst_source_open(&source, comm, (const char *const[]){path}, 1, how, NULL, &err));
    assert_fails(cst_source_read(&rows, source, what, NULL, &err), CST_INVALID, "line 16 of");
    cst_source_free(source);
    json_decref(how);
    cst_schema_free(what);
    cst_text_free(&text);
    free(path);
}

static void types_are_inferred_from_all_rows(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *path = cst_file_join(folder, "infer.csv", &err);
    cst_text text = CST_TEXT_INIT;
    assert_ok(cst_text_puts(&text, "b,i,l,x,t,zip,c,n,e\n", &err));
    for (int r = 0; r < 3000; r++)
        assert_ok(cst_text_print(&text, &err, "%s,%d,%s,%s,2013-01-%02d 05:00,%05d,%c,name %d,\n",
                                 r & 1 ? "true" : "False", r, r == 2999 ? "3000000000" : "1",
                                 r == 1500 ? "0.5" : "NA", r % 28 + 1, r, 'a' + r % 26, r));
    write_file(path, &text);
    cst_source *source = NULL;
    cst_schema *what = NULL;
    json_t *how = options("{}");
    assert_ok(cst_source_open(&source, comm, (const char *const[]){path}, 1, how, NULL, &err));
    assert_ok(cst_source_infer(&what, source, "d", NULL, &err));
    static const cst_type expected[] = {CST_BOOL, CST_INT32,    CST_INT64, CST_FLOAT64, CST_TIME,
                                        CST_TEXT, CST_CATEGORY, CST_TEXT,  CST_TEXT};
    assert_int_equal(what->columns, 9);
    for (size_t c = 0; c < what->columns; c++)
        assert_int_equal(what->column[c].type, expected[c]);
    assert_string_equal(what->time, "t");
    cst_schema_free(what);
    cst_source_free(source);
    json_decref(how);
    cst_text_free(&text);
    free(path);
}

/* What opening and reading a file says; NULL: nothing is wrong. */
static void assert_refused(const char *text, size_t size, const char *how, const char *words)
{
    cst_error err = CST_ERROR_INIT;
    char *path = cst_file_join(folder, "bad.csv", &err);
    cst_text bytes = CST_TEXT_INIT;
    assert_ok(cst_text_add(&bytes, text, size, &err));
    write_file(path, &bytes);
    cst_source *source = NULL;
    cst_source_rows rows = {0};
    json_t *checked = options(how);
    cst_schema *what = schema();
    cst_error_clear(&err);
    cst_code rc =
        cst_source_open(&source, comm, (const char *const[]){path}, 1, checked, NULL, &err);
    if (rc == CST_OK)
        rc = cst_source_read(&rows, source, what, NULL, &err);
    assert_int_not_equal(rc, CST_OK);
    if (!strstr(err.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, err.text);
    cst_source_free(source);
    cst_schema_free(what);
    json_decref(checked);
    cst_text_free(&bytes);
    free(path);
    assert_int_equal(MPI_Barrier(comm->mpi), MPI_SUCCESS);
}

static void bad_files_are_refused_with_reasons(void **state)
{
    (void)state;
#define REFUSED(text, how, words) assert_refused(text, sizeof text - 1, how, words)
    REFUSED("", "{}", "is empty");
    REFUSED("id,x,f,kind,note\n", "{}", "nothing in it but a header");
    REFUSED("\n\n\n", "{}", "nothing in it but empty lines");
    REFUSED("id,x,,kind,note\n1,2,3,4,5\n", "{}", "rename: {\"#3\"");
    REFUSED("id,x,x,kind,note\n1,2,3,4,5\n", "{}", "columns 2 and 3 are both called x");
    REFUSED("id,x,f,kind,row\n1,2,3,4,5\n", "{}", "rename:");
    REFUSED("id;x;f;kind;note\n1;2;3;4;5\n", "{}", "none of the schema's columns");
    REFUSED("id,x,f,kind,note\n1,2,3,4,5\n6,7,8\0,9,10\n", "{}", "line 3 holds a NUL byte");
    REFUSED("\x1f\x8b\x08\0\0\0\0", "{}", "gzip");
    REFUSED("\xff\xfei\0d\0", "{}", "UTF-16");
    REFUSED("id,x,f,kind,note\n9223372036854775808,1,1,a,b\n", "{\"reject_limit\": 0}",
            "column id: \"9223372036854775808\" is past what int64 holds");
    REFUSED("id,x,f,kind,note\n1,1,1,a,b\n2,2,2,c,\"open\n3,3,3,d,e\n", "{\"reject_limit\": 0}",
            "line 3");
    REFUSED("id,x,f,kind,note\n1,1e999,1,a,b\n", "{\"reject_limit\": 0}", "past what float64");
    REFUSED("id,x,f,kind,note\n1,1,1,\xff,b\n", "{\"reject_limit\": 0}", "not UTF-8");
    char line[4096];
    memset(line, 'x', sizeof line);
    memcpy(line, "id,x,f,kind,note\n1,1,1,a,", 25);
    assert_refused(line, sizeof line, "{\"max_record\": 1024, \"reject_limit\": 0}", "line 2");
#undef REFUSED
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK ||
        (comm->rank == 0 && !mkdtemp(folder)) ||
        MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, comm->mpi) != MPI_SUCCESS)
        MPI_Abort(MPI_COMM_WORLD, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_split_at_every_byte_give_the_same_table),
        cmocka_unit_test(many_files_are_what_a_naive_parser_makes_of_them),
        cmocka_unit_test(rejects_and_digests_are_the_same_on_all_ranks),
        cmocka_unit_test(types_are_inferred_from_all_rows),
        cmocka_unit_test(bad_files_are_refused_with_reasons),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (comm->rank == 0 && cst_file_remove(folder, &err) != CST_OK)
        failed++;
    cst_comm_free(comm);
    MPI_Finalize();
    return failed;
}
