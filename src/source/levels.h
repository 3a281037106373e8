/* levels.h - the levels of category columns agreed on by all ranks */
#ifndef CST_SOURCE_LEVELS_H
#define CST_SOURCE_LEVELS_H

#include "source/csv_rows.h"
#include "source/internal.h"

/** Give every category column the sorted union of all ranks' levels, and its codes with them. A
 *  column of more than CST_LEVELS_MOST levels becomes text, with a warning. Collective. */
cst_code cst_source_agree_levels(cst_csv_rows *rows, cst_comm *comm, cst_log *log, cst_error *err);

#endif
