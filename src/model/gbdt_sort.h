/* gbdt_sort.h - floats in order, fast */
#ifndef CST_MODEL_GBDT_SORT_H
#define CST_MODEL_GBDT_SORT_H

#include <stddef.h>

/** Sort n numbers (none NaN), ascending, by radix. scratch has room for n. */
void cst_gbdt_sort(float *value, float *scratch, size_t n);

#endif
