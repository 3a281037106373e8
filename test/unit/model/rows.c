/* rows.c - a fixture of numbers in a CSV file without a header */
#include "test/unit/test.h"

#include "base/array.h"
#include "base/file.h"
#include "test/unit/model/rows.h"

rows_file rows_read(const char *path)
{
    cst_error err = CST_ERROR_INIT;
    cst_text text = CST_TEXT_INIT;
    rows_file file = {0};
    size_t room = 0;
    size_t count = 0;
    assert_ok(cst_file_read(&text, path, 0, &err));
    for (char *at = text.data; *at;) {
        char *end = NULL;
        file.value = cst_array_grow(file.value, &room, count + 1, sizeof *file.value, path, &err);
        assert_non_null(file.value);
        file.value[count++] = strtod(at, &end);
        assert_true(end != at && (*end == ',' || *end == '\n'));
        file.rows += *end == '\n';
        at = end + 1;
    }
    assert_true(file.rows > 0 && count % file.rows == 0);
    file.columns = count / file.rows;
    cst_text_free(&text);
    return file;
}

void rows_free(rows_file *file)
{
    free(file->value);
    *file = (rows_file){0};
}
