/* rows.h - a fixture of numbers in a CSV file without a header */
#ifndef CST_TEST_MODEL_ROWS_H
#define CST_TEST_MODEL_ROWS_H

#include <stddef.h>

typedef struct {
    size_t rows, columns;
    double *value; /* shape [rows, columns] */
} rows_file;

/** Read a file; fails the test where it cannot. "nan" is NaN. */
rows_file rows_read(const char *path);
void rows_free(rows_file *file);

#endif
