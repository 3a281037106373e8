/* receipt.h - the files of an attempt: a step is done when its receipt, end.json, says so */
#ifndef CST_PIPELINE_RECEIPT_H
#define CST_PIPELINE_RECEIPT_H

#include "registry/registry.h"

/** Make runs/<run>/<step>/attempt-<n>/ (an exclusive mkdir of the next n); *out is the path. */
cst_code cst_receipt_attempt(char **out, cst_registry *registry, const char *run, const char *step,
                             cst_error *err);

/** runs/<run>/<step>, to be freed; NULL with err set on failure. */
char *cst_receipt_step_path(const cst_registry *registry, const char *run, const char *step,
                            cst_error *err);

/** A run id: UTC time and random, "20130401T120000Z-1a2b3c4d". */
enum { CST_RUN_ID = 32 };
cst_code cst_receipt_run_id(char out[CST_RUN_ID], cst_error *err);

/** Read one JSON file of an attempt; *out is NULL where it is not there. */
cst_code cst_receipt_read(json_t **out, const char *attempt, const char *file, cst_error *err);

/** Publish one JSON file in an attempt's folder. */
cst_code cst_receipt_write(const char *attempt, const char *file, const json_t *value,
                           cst_error *err);

/** Publish begin.json before any work; end.json last. outcome of end: {"class", "message",
 * "inputs", "outputs": [{"kind","name","version","id","path"}], "rows": {"read","kept","rejected"},
 *  "seconds", "core_seconds", "peak_memory", …}. */
cst_code cst_receipt_begin(const char *attempt, const json_t *what, cst_error *err);
cst_code cst_receipt_end(const char *attempt, const json_t *outcome, cst_error *err);

/** Read end.json; CST_MISSING where there is none (unknown, never success). */
cst_code cst_receipt_read_end(json_t **out, const char *attempt, cst_error *err);

/** The code that a receipt's class stands for. */
cst_code cst_receipt_code(const json_t *end);

#endif
