/* program_receipt.c - what a stage's program leaves in its attempt's folder */
#include "cmd/program_receipt.h"

#include "base/clock.h"
#include "cmd/provenance.h"
#include "config/json.h"
#include "pipeline/receipt.h"

static json_t *time_text(void)
{
    char text[CST_TIME_TEXT];
    cst_clock_text(text, cst_clock_now());
    return json_string(text);
}

cst_code cst_program_begin(const char *attempt, const cst_stage_kind *kind, json_t *provenance,
                           cst_error *err)
{
    json_t *what = json_object();
    cst_code rc = cst_json_put(what, "stage", json_string(kind->command->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(what, "revision", json_integer(kind->revision), err);
    if (rc == CST_OK)
        rc = cst_json_put(what, "when", time_text(), err);
    if (rc == CST_OK)
        rc = cst_json_put(what, "provenance", json_incref(provenance), err);
    if (rc == CST_OK)
        rc = cst_receipt_begin(attempt, what, err);
    json_decref(what);
    return rc;
}

static json_t *rows_of(const cst_stage_result *result)
{
    return json_pack("{s:I, s:I, s:I}", "read", (json_int_t)result->rows_read, "kept",
                     (json_int_t)result->rows_kept, "rejected", (json_int_t)result->rows_rejected);
}

static json_t *list_or_empty(json_t *list)
{
    return list ? json_incref(list) : json_array();
}

cst_code cst_program_end(const char *attempt, const cst_stage_result *result, cst_code code,
                         const cst_error *why, json_t *used, cst_error *err)
{
    json_t *slurm = cst_provenance_slurm();
    cst_code rc = cst_json_put(used, "class", json_string(cst_code_word(code)), err);
    if (rc == CST_OK)
        rc = cst_json_put(used, "status", json_integer(cst_code_status(code)), err);
    if (rc == CST_OK)
        rc = cst_json_put(used, "message", json_string(why->text), err);
    if (rc == CST_OK)
        rc = cst_json_put(used, "when", time_text(), err);
    if (rc == CST_OK)
        rc = cst_json_put(used, "inputs", list_or_empty(result->inputs), err);
    if (rc == CST_OK)
        rc = cst_json_put(used, "outputs", list_or_empty(result->outputs), err);
    if (rc == CST_OK)
        rc = cst_json_put(used, "rows", rows_of(result), err);
    if (rc == CST_OK && slurm)
        rc = cst_json_put(used, "slurm", json_incref(slurm), err);
    if (rc == CST_OK)
        rc = cst_receipt_end(attempt, used, err);
    json_decref(slurm);
    return rc;
}
