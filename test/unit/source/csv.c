/* csv.c - records and cells; where records begin at any split */
#include "test/unit/test.h"

#include "source/csv_scan.h"

/* The records of text as "cell|cell¶…", faults as "!"; quotes are shown as '. */
static void assert_records(const char *text, const char *expected)
{
    cst_error err = CST_ERROR_INIT;
    cst_csv_dialect dialect = cst_csv_dialect_new(',', '"', true);
    cst_csv_record record = {0};
    cst_text seen = CST_TEXT_INIT;
    const char *at = text;
    const char *end = text + strlen(text);
    while (at < end) {
        assert_int_equal(cst_csv_take(&record, &at, end, true, &dialect), CST_CSV_TAKEN);
        for (size_t i = 0; i < record.cells; i++) {
            assert_ok(cst_text_puts(&seen, i ? "|" : "", &err));
            assert_ok(
                cst_csv_unquote(&seen, &record.cell[i], record.cell[i].doubled ? '"' : '\0', &err));
        }
        assert_ok(cst_text_puts(&seen, record.fault ? "!" : record.stray ? "?" : "", &err));
        assert_ok(cst_text_puts(&seen, record.blank ? "-;" : ";", &err));
    }
    assert_string_equal(seen.data, expected);
    cst_text_free(&seen);
    cst_csv_record_free(&record);
}

static void cells_are_taken_as_rfc_4180_says(void **state)
{
    (void)state;
    assert_records("a,b\n1,2\n", "a|b;1|2;");
    assert_records("a,b\r\n1,2\r\n", "a|b;1|2;");
    assert_records("a,b\n1,2", "a|b;1|2;");
    assert_records("a,\n,\n,,", "a|;|;||;");
    assert_records("\"a,b\",c\n", "a,b|c;");
    assert_records("\"a\nb\",c\r\n", "a\nb|c;");
    assert_records("\"say \"\"a\"\"\",c\n", "say \"a\"|c;");
    assert_records("\"\",\"\"\"\"\n", "|\";");
    assert_records("a\r,b\n", "a\r|b;");
    assert_records("1\n\n2\n\r\n", "1;-;2;-;");
    assert_records("\"a\"\r\n\"b\"\r", "a;b;");
}

static void what_rfc_4180_does_not_know_is_told(void **state)
{
    (void)state;
    assert_records("5\" pipe,1\n2,3\n", "5\" pipe|1?;2|3;");
    assert_records("\"a\"b,1\n2,3\n", "a|1!;2|3;");
    assert_records("1,\"open\n2,3\n", "1|open\n2,3\n!;");
}

static void a_record_that_goes_on_asks_for_more(void **state)
{
    (void)state;
    cst_csv_dialect dialect = cst_csv_dialect_new(',', '"', true);
    cst_csv_record record = {0};
    const char text[] = "1,\"a\"\"\nb\",3\r\n";
    for (size_t size = 0; size < strlen(text); size++) {
        const char *at = text;
        assert_int_equal(cst_csv_take(&record, &at, text + size, false, &dialect), CST_CSV_MORE);
        assert_ptr_equal(at, text);
    }
    const char *at = text;
    assert_int_equal(cst_csv_take(&record, &at, text + strlen(text), false, &dialect),
                     CST_CSV_TAKEN);
    assert_int_equal(record.cells, 3);
    assert_int_equal(record.lines, 2);
    assert_int_equal(at - text, (int)strlen(text));
    cst_csv_record_free(&record);
}

/* Where the records of text begin, read from its start; begins has room for size + 1. */
static void record_begins(uint8_t *begins, bool *inside, const char *text, size_t size,
                          const cst_csv_dialect *dialect)
{
    cst_csv_record record = {0};
    const char *at = text;
    while (at < text + size) {
        begins[at - text] = 1;
        assert_int_equal(cst_csv_take(&record, &at, text + size, true, dialect), CST_CSV_TAKEN);
    }
    *inside = record.fault && strstr(record.fault, "not closed");
    cst_csv_record_free(&record);
}

/* Play two ranks that part at every byte: the second must find its first record. */
static void split_everywhere(const char *text, const cst_csv_dialect *dialect)
{
    size_t size = strlen(text);
    uint8_t begins[512] = {0};
    bool inside;
    assert_true(size < sizeof begins);
    record_begins(begins, &inside, text, size, dialect);
    for (size_t split = 1; split < size; split++) {
        if (dialect->quotes && text[split - 1] == dialect->quote)
            continue;
        cst_csv_scan before = cst_csv_scan_begin(dialect, 0, '\n');
        cst_csv_scan_feed(&before, text, split / 2); /* blocks may end anywhere */
        cst_csv_scan_feed(&before, text + split / 2, split - split / 2);
        cst_csv_scan after = cst_csv_scan_begin(dialect, (int64_t)split, text[split - 1]);
        for (size_t i = split; i < size; i++)
            cst_csv_scan_feed(&after, text + i, 1);
        bool began = cst_csv_scan_ends_inside(&before, false);
        size_t expected = split;
        while (expected < size && !begins[expected])
            expected++;
        int64_t found = after.first[began];
        if (found < 0)
            found = (int64_t)size;
        if (found != (int64_t)expected)
            fail_msg("split at %zu of \"%s\": record at %lld, not %zu", split, text,
                     (long long)found, expected);
        if (cst_csv_scan_ends_inside(&after, began) != inside)
            fail_msg("split at %zu of \"%s\": wrong state at the end", split, text);
    }
}

static void records_are_found_at_any_split(void **state)
{
    (void)state;
    cst_csv_dialect quoted = cst_csv_dialect_new(',', '"', true);
    cst_csv_dialect bare = cst_csv_dialect_new(';', '"', false);
    static const char *const texts[] = {
        "a,b\n1,\"x\ny\"\n2,\"\"\"\n\"\"\"\n\"\n\n\",3\n4,5",
        "a,b\r\n\"1\r\n\",\"\"\r\n\"\"\"\"\"\",\"a,\"\"\n\"\"b\"\r\n7,8\r\n",
        "h\n\"\"\n\"\"\"\"\n\"\"\"\n\"\"\"\n\n\"x\n\"\nend",
        "5\" pipe,a\n6\"\"x,\"b\nc\"\n7,\"d\"\n\"e\n\",8\"\n",
        "a\n\"never closed\n1\n2\n",
        "\"a\"b,\"\n\"\n\"c\"\"d\"e\"f\n,\"\n\"g\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        split_everywhere(texts[i], &quoted);
        split_everywhere(texts[i], &bare);
    }
}

static void random_text_is_split_right_too(void **state)
{
    (void)state;
    cst_csv_dialect dialect = cst_csv_dialect_new(',', '"', true);
    uint32_t seed = 7;
    for (int round = 0; round < 2000; round++) {
        char text[64];
        size_t size = 1 + (seed >> 8) % 60;
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525 + 1013904223;
            text[i] = "\"\"\n,a\r"[(seed >> 16) % 6];
        }
        text[size] = '\0';
        split_everywhere(text, &dialect);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_taken_as_rfc_4180_says),
        cmocka_unit_test(what_rfc_4180_does_not_know_is_told),
        cmocka_unit_test(a_record_that_goes_on_asks_for_more),
        cmocka_unit_test(records_are_found_at_any_split),
        cmocka_unit_test(random_text_is_split_right_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
