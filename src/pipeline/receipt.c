/* receipt.c - the files of an attempt: published, read */
#include "pipeline/receipt.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "config/json.h"
#include "config/option.h"

cst_code cst_receipt_run_id(char out[CST_RUN_ID], cst_error *err)
{
    char nonce[CST_NONCE];
    char text[CST_TIME_TEXT];
    cst_code rc = cst_file_nonce(nonce, err);
    if (rc != CST_OK)
        return rc;
    int64_t now = cst_clock_now();
    cst_clock_text(text, now - now % 1000000); /* "2013-04-01T12:00:00Z" */
    size_t n = 0;
    for (const char *p = text; *p && n < 16; p++)
        if (*p != '-' && *p != ':')
            out[n++] = *p;
    (void)snprintf(out + n, CST_RUN_ID - n, "-%.8s", nonce);
    return CST_OK;
}

char *cst_receipt_step_path(const cst_registry *registry, const char *run, const char *step,
                            cst_error *err)
{
    return cst_text_format(err, "%s/runs/%s/%s", cst_registry_path(registry), run, step);
}

cst_code cst_receipt_attempt(char **out, cst_registry *registry, const char *run, const char *step,
                             cst_error *err)
{
    char *folder = cst_receipt_step_path(registry, run, step, err);
    cst_code rc = folder ? cst_file_mkdirs(folder, err) : CST_NOMEM;
    for (int n = 1; rc == CST_OK && !*out; n++) {
        char *attempt = cst_text_format(err, "%s/attempt-%d", folder, n);
        if (!attempt)
            rc = CST_NOMEM;
        else if (mkdir(attempt, 0777) == 0)
            *out = attempt;
        else if (errno != EEXIST)
            rc = cst_error_errno(err, "cannot make %s", attempt);
        if (!*out)
            free(attempt);
    }
    free(folder);
    return rc;
}

cst_code cst_receipt_write(const char *attempt, const char *file, const json_t *value,
                           cst_error *err)
{
    char *path = cst_file_join(attempt, file, err);
    cst_code rc = path ? cst_json_publish(path, value, err) : CST_NOMEM;
    free(path);
    return rc;
}

cst_code cst_receipt_read(json_t **out, const char *attempt, const char *file, cst_error *err)
{
    char *path = cst_file_join(attempt, file, err);
    cst_code rc = path ? CST_OK : CST_NOMEM;
    *out = NULL;
    if (rc == CST_OK && cst_file_exists(path))
        rc = cst_json_read(out, path, err);
    free(path);
    return rc;
}

cst_code cst_receipt_begin(const char *attempt, const json_t *what, cst_error *err)
{
    return cst_receipt_write(attempt, "begin.json", what, err);
}

cst_code cst_receipt_end(const char *attempt, const json_t *outcome, cst_error *err)
{
    return cst_receipt_write(attempt, "end.json", outcome, err);
}

cst_code cst_receipt_read_end(json_t **out, const char *attempt, cst_error *err)
{
    cst_code rc = cst_receipt_read(out, attempt, "end.json", err);
    if (rc == CST_OK && !*out)
        rc = cst_error_set(err, CST_MISSING,
                           "%s/end.json is not there: how the attempt ended is not known", attempt);
    return rc;
}

cst_code cst_receipt_code(const json_t *end)
{
    const char *word = cst_get_string(end, "class", "");
    for (int code = 0; code < CST_CODE_COUNT; code++)
        if (!strcmp(word, cst_code_word((cst_code)code)))
            return (cst_code)code;
    return CST_FAILED;
}
