/* doctor_job.c - capstan doctor --jobs: a job of two ranks on two nodes */
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/doctor.h"
#include "config/json.h"
#include "slurm/command.h"

enum { RANKS = 2, MINUTES = 3 /* its time limit */ };

static cst_code add_word(json_t *words, char *word, cst_error *err)
{
    json_t *text = word ? json_string(word) : NULL;
    free(word);
    return cst_json_append(words, text, err);
}

/* The command line; a job that waits longer for its nodes is given up by srun itself. */
static cst_code make_words(json_t **out, const char *name, const char *directory,
                           const json_t *srun, int patience, cst_error *err)
{
    size_t i = 0;
    const json_t *option = NULL;
    char *folder = cst_doctor_folder(err);
    json_t *words = json_pack("[s, s, s]", "srun", "--mpi=pmix", "--kill-on-bad-exit=1");
    cst_code rc = folder && words ? CST_OK : cst_error_nomem(err, "a command");
    if (rc == CST_OK)
        rc = add_word(words, cst_text_format(err, "--nodes=%d", RANKS), err);
    if (rc == CST_OK)
        rc = add_word(words, cst_text_format(err, "--ntasks=%d", RANKS), err);
    if (rc == CST_OK)
        rc = add_word(words, cst_text_format(err, "--time=%d", MINUTES), err);
    if (rc == CST_OK)
        rc = add_word(words, cst_text_format(err, "--immediate=%d", patience), err);
    if (rc == CST_OK)
        rc = add_word(words, cst_text_format(err, "--job-name=%s", name), err);
    json_array_foreach(srun, i, option)
    {
        if (rc == CST_OK)
            rc = add_word(words, cst_text_copy(json_string_value(option), err), err);
    }
    if (rc == CST_OK)
        rc = add_word(words, cst_file_join(folder, "capstan-probe", err), err);
    if (rc == CST_OK)
        rc = add_word(words, cst_text_copy(directory, err), err);
    free(folder);
    if (rc == CST_OK)
        *out = words;
    else
        json_decref(words);
    return rc;
}

/* The lines that are objects: one a rank, in the order they came. */
static cst_code read_reports(json_t *reports, char *text, cst_error *err)
{
    cst_code rc = CST_OK;
    for (char *rest = text, *line; rc == CST_OK && (line = strsep(&rest, "\n"));) {
        json_t *report = NULL;
        if (*line == '{' && cst_json_parse(&report, line, strlen(line), "a report", NULL) == CST_OK)
            rc = cst_json_append(reports, report, err);
    }
    return rc;
}

/* A job of this name that is still there after srun has gone. */
static void cancel(const char *name)
{
    enum { PATIENCE = 10 };
    json_t *words = json_pack("[s, s, s]", "scancel", "--name", name);
    if (words)
        (void)cst_slurm_command(NULL, words, PATIENCE, NULL);
    json_decref(words);
}

/* Run it in a directory of its own and judge what it reports. */
static cst_code run_in(cst_examination *e, const char *directory, const json_t *srun, int patience,
                       cst_error *err)
{
    char nonce[CST_NONCE], name[64];
    cst_text text = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    json_t *words = NULL, *reports = json_array();
    cst_code rc = reports ? cst_file_nonce(nonce, err) : cst_error_nomem(err, "reports");
    if (rc != CST_OK)
        goto out;
    (void)snprintf(name, sizeof name, "capstan-doctor-%s", nonce);
    if ((rc = make_words(&words, name, directory, srun, patience, err)) != CST_OK)
        goto out;
    cst_code answer = cst_slurm_command(&text, words, patience + 60 * MINUTES, &why);
    if (answer != CST_OK)
        cancel(name);
    if (answer == CST_NOMEM)
        rc = cst_error_set(err, answer, "%s", why.text);
    else if (answer != CST_OK)
        rc = cst_doctor_note(
            e, "job", CST_HEALTH_PROBLEM,
            cst_text_format(
                err,
                "%s. If nodes were too few or an option is wanting: --srun, --patience; "
                "if the ranks did not find each other: an Open MPI and a Slurm of one "
                "PMIx",
                why.text),
            err);
    else if ((rc = read_reports(reports, text.data, err)) == CST_OK)
        rc = cst_doctor_reports(e, reports, RANKS, err);
out:
    json_decref(words);
    json_decref(reports);
    cst_text_free(&text);
    return rc;
}

cst_code cst_doctor_job(cst_examination *e, const json_t *srun, int patience, cst_error *err)
{
    char *directory = NULL;
    char *whole = realpath(e->directory, NULL);
    cst_error why = CST_ERROR_INIT;
    if (!whole)
        (void)cst_error_errno(&why, "cannot look at %s", e->directory);
    else
        (void)cst_file_temporary_directory(&directory, whole, &why);
    free(whole);
    if (!directory)
        return cst_doctor_note(e, "job", CST_HEALTH_PROBLEM, cst_text_copy(why.text, err), err);
    cst_code rc = run_in(e, directory, srun, patience, err);
    cst_code removed = cst_file_remove(directory, rc == CST_OK ? err : NULL);
    free(directory);
    return rc == CST_OK ? removed : rc;
}
