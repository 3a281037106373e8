/* row_id.h - what random numbers of a row hang on */
#ifndef CST_MODEL_ROW_ID_H
#define CST_MODEL_ROW_ID_H

#include "table/matrix.h"

/** The row's identity, or its position among all rows where the matrix has none. */
static inline cst_rowid cst_row_id(const cst_matrix *matrix, size_t row)
{
    if (matrix->id)
        return matrix->id[row];
    return (cst_rowid){.part = 0, .row = (uint64_t)matrix->first + row};
}

#endif
