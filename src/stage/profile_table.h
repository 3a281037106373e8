/* profile_table.h - a profile as a table for a person */
#ifndef CST_STAGE_PROFILE_TABLE_H
#define CST_STAGE_PROFILE_TABLE_H

#include <jansson.h>

#include "base/text.h"

/** Append a profile as a table: a line a column. */
cst_code cst_stage_profile_table(cst_text *out, const json_t *profile, cst_error *err);

#endif
