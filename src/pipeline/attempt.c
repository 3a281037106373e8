/* attempt.c - one attempt of a step: read whole, made whole */
#include "pipeline/attempt.h"

#include "base/file.h"
#include "config/json.h"
#include "config/option.h"
#include "pipeline/run.h"

int64_t cst_attempt_number(const char *path)
{
    static const char prefix[] = "attempt-";
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *behind = NULL;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0)
        return 0;
    int64_t number = strtoll(name + sizeof prefix - 1, &behind, 10);
    return *behind == '\0' && number > 0 ? number : 0;
}

/* Do receipt and claim speak of the same job, and of the same restart of it? */
static bool is_of_claim(const json_t *end, const json_t *claim)
{
    const json_t *slurm = json_object_get(end, "slurm");
    const char *job = cst_get_string(claim, "job", NULL);
    if (!job || !slurm)
        return true;
    return strcmp(job, cst_get_string(slurm, "job", "")) == 0 &&
           cst_get_int(claim, "restarts", 0) == cst_get_int(slurm, "restarts", 0);
}

static cst_code put_alarm(json_t *end, json_t *alarm, cst_error *err)
{
    cst_code rc = cst_json_put(end, "class", json_string(cst_code_word(CST_FAILED)), err);
    if (rc == CST_OK)
        rc = cst_json_put(end, "status", json_integer(cst_code_status(CST_FAILED)), err);
    if (rc == CST_OK)
        rc = cst_json_put(end, "message", json_string(cst_get_string(alarm, "message", "")), err);
    return rc == CST_OK ? cst_json_put(end, "alarm", json_incref(alarm), err) : rc;
}

/* Opening a directory makes NFS look anew (close-to-open consistency, nfs(5)): else a file that
 * another node has put there may stay unseen for a minute. */
static cst_code refresh(const char *path, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    cst_code rc = cst_file_names(&names, &count, path, err);
    cst_file_names_free(names, count);
    return rc;
}

cst_code cst_attempt_read_end(json_t **out, const char *path, cst_error *err)
{
    json_t *end = NULL;
    json_t *claim = NULL;
    json_t *alarm = NULL;
    *out = NULL;
    cst_code rc = refresh(path, err);
    if (rc == CST_OK)
        rc = cst_receipt_read(&end, path, "end.json", err);
    if (rc == CST_OK && end)
        rc = cst_receipt_read(&claim, path, "claim.json", err);
    if (rc == CST_OK && end)
        rc = cst_receipt_read(&alarm, path, "alarm.json", err);
    if (rc == CST_OK && alarm)
        rc = put_alarm(end, alarm, err);
    if (rc == CST_OK && is_of_claim(end, claim))
        *out = json_incref(end);
    json_decref(end);
    json_decref(claim);
    json_decref(alarm);
    return rc;
}

static cst_code read_files(cst_attempt *attempt, cst_error *err)
{
    struct {
        json_t **value;
        const char *file;
    } part[] = {{&attempt->submission, "submission.json"},
                {&attempt->job, "job.json"},
                {&attempt->claim, "claim.json"},
                {&attempt->begin, "begin.json"}};
    cst_code rc = refresh(attempt->path, err);
    for (size_t i = 0; i < sizeof part / sizeof part[0] && rc == CST_OK; i++)
        rc = cst_receipt_read(part[i].value, attempt->path, part[i].file, err);
    return rc == CST_OK ? cst_attempt_read_end(&attempt->end, attempt->path, err) : rc;
}

/* path is taken. */
static cst_code load(cst_attempt *out, char *path, cst_error *err)
{
    cst_attempt attempt = {.number = cst_attempt_number(path), .path = path};
    cst_code rc = read_files(&attempt, err);
    if (rc == CST_OK)
        *out = attempt;
    else
        cst_attempt_free(&attempt);
    return rc;
}

cst_code cst_attempt_load_newest(cst_attempt *out, const cst_registry *registry, const char *run,
                                 const char *step, cst_error *err)
{
    *out = (cst_attempt){0};
    char *path = cst_run_attempt(registry, run, step, err);
    return path ? load(out, path, err) : err->code;
}

static char *attempt_path(const cst_registry *registry, const char *run, const char *step,
                          int64_t number, cst_error *err)
{
    return cst_text_format(err, "%s/runs/%s/%s/attempt-%lld", cst_registry_path(registry), run,
                           step, (long long)number);
}

cst_code cst_attempt_load(cst_attempt *out, const cst_registry *registry, const char *run,
                          const char *step, int64_t number, cst_error *err)
{
    *out = (cst_attempt){0};
    char *path = attempt_path(registry, run, step, number, err);
    if (!path)
        return CST_NOMEM;
    if (cst_file_exists(path))
        return load(out, path, err);
    free(path);
    return CST_OK;
}

void cst_attempt_free(cst_attempt *attempt)
{
    free(attempt->path);
    json_decref(attempt->submission);
    json_decref(attempt->job);
    json_decref(attempt->claim);
    json_decref(attempt->begin);
    json_decref(attempt->end);
    *attempt = (cst_attempt){0};
}

const char *cst_attempt_job(const cst_attempt *attempt)
{
    return cst_get_string(attempt->claim, "job", cst_get_string(attempt->job, "job", NULL));
}

/* CST_CONFLICT where the attempt is there already. */
static cst_code publish(const char *path, const char *temporary, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    cst_code rc = cst_file_publish_directory(path, temporary, &why);
    if (rc == CST_EXISTS)
        return cst_error_set(err, CST_CONFLICT,
                             "%s is there already: somebody else has submitted it", path);
    return rc == CST_OK ? rc : cst_error_set(err, rc, "%s", why.text);
}

/* The folder is built beside its name and renamed to it, which fails where the name is taken. */
cst_code cst_attempt_submit(char **path, const cst_registry *registry, const char *run,
                            const char *step, int64_t number, const json_t *submission,
                            cst_error *err)
{
    char *temporary = NULL;
    char *final = attempt_path(registry, run, step, number, err);
    char *folder = cst_receipt_step_path(registry, run, step, err);
    cst_code rc = final && folder ? cst_file_mkdirs(folder, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_file_temporary_directory(&temporary, folder, err);
    if (rc == CST_OK)
        rc = cst_receipt_write(temporary, "submission.json", submission, err);
    if (rc == CST_OK)
        rc = publish(final, temporary, err);
    if (rc != CST_OK && temporary)
        (void)cst_file_remove(temporary, NULL);
    if (rc == CST_OK && path) {
        *path = final;
        final = NULL;
    }
    free(temporary);
    free(final);
    free(folder);
    return rc;
}
