/* tally.h - how often each text occurs in one rank's rows, before ranks merge */
#ifndef CST_PROFILE_TALLY_H
#define CST_PROFILE_TALLY_H

#include "exact/mergeable.h"

typedef struct cst_tally cst_tally;

cst_code cst_tally_new(cst_tally **out, cst_error *err);
void cst_tally_free(cst_tally *tally);

/** Count one text; hash is its cst_hyperloglog_hash. */
cst_code cst_tally_add(cst_tally *tally, const char *text, size_t size, uint64_t hash,
                       cst_error *err);

/** Distinct texts counted since the last flush. */
size_t cst_tally_count(const cst_tally *tally);

/** Add the counts to a set of width 1 and start anew. */
cst_code cst_tally_flush(cst_tally *tally, cst_sorted *into, cst_error *err);

#endif
