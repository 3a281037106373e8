/* step_promote.c - the step that moves the champion: it reads no rows, so no program is started */
#include "base/clock.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/receipt.h"
#include "pipeline/step.h"
#include "registry/alias.h"

cst_code cst_step_promote(json_t **end, const cst_driver *driver, const json_t *step,
                          const char *attempt, cst_error *err)
{
    cst_version *model = NULL;
    json_t *version = NULL;
    char *reason = cst_text_format(err, "pipeline %s, run %s",
                                   cst_get_string(driver->plan, "pipeline", ""), driver->run);
    const char *reference =
        json_string_value(json_array_get(json_object_get(step, "arguments"), 1));
    cst_promotion promotion = {.alias = "champion", .expect = -1, .reason = reason};
    cst_error why = CST_ERROR_INIT;
    int64_t generation = 0;
    double began = cst_clock_elapsed();
    cst_code rc = reason ? cst_receipt_begin(attempt, step, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_registry_find(&model, driver->registry, CST_KIND_MODEL, reference, err);
    if (rc == CST_OK)
        version = cst_version_to_json(model, err);
    if (rc == CST_OK && !version)
        rc = err->code;
    if (rc != CST_OK)
        goto out;
    cst_code moved = cst_alias_promote(&generation, driver->registry, model, &promotion, &why);
    *end =
        json_pack("{s:s, s:i, s:s, s:[O], s:[], s:I, s:f}", "class", cst_code_word(moved), "status",
                  cst_code_status(moved), "message", why.text, "outputs", version, "inputs",
                  "generation", (json_int_t)generation, "seconds", cst_clock_elapsed() - began);
    rc = *end ? cst_receipt_end(attempt, *end, err) : cst_error_nomem(err, "a receipt");
out:
    json_decref(version);
    cst_version_free(model);
    free(reason);
    return rc;
}
