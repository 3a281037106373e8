/* predicting.h - scores on their way into a file, for the files of this stage */
#ifndef CST_STAGE_PREDICTING_H
#define CST_STAGE_PREDICTING_H

#include "comm/comm.h"
#include "table/schema.h"
#include "table/table.h"

enum { CST_PREDICT_REVISION = 1 };

/** Write row (from 0), the columns of keys that rows has (shape [count]), and score (shape
 *  [rows]) of all ranks' rows, in rank order, to path: a CSV file, or an HDF5 file where it ends in
 *  .h5. It appears whole, and replaces one that is there. CST_USAGE for any other ending.
 *  Collective. */
cst_code cst_predicting_write(cst_comm *comm, const char *path, cst_table *rows, char *const *keys,
                              size_t count, const double *score, cst_error *err);

/** CST_USAGE unless path ends in .csv or .h5. Local. */
cst_code cst_predicting_check(const char *path, cst_error *err);

#endif
