/* submit.c - sending jobs to Slurm, ending them */
#include "slurm/submit.h"

#include <ctype.h>
#include <time.h>

#include "config/json.h"
#include "slurm/command.h"
#include "slurm/session.h"

enum { IDS_A_COMMAND = 500 };

/* "12" or "12;cluster" */
static cst_code read_id(int64_t *id, const char *text, cst_error *err)
{
    char *end = NULL;
    *id = text ? strtoll(text, &end, 10) : 0;
    if (*id <= 0 || (*end != ';' && *end != '\n' && *end != '\0'))
        return cst_error_set(err, CST_INVALID, "sbatch printed no job id, but \"%.80s\"",
                             text ? text : "");
    return CST_OK;
}

/* Has sbatch failed for want of an answer? The job may have been taken all the same, and another
 * try may do: the words of Slurm's own errors (slurm_errno.c of Slurm 22.05). So it may where the
 * job that this one was to wait for has ended meanwhile, and is forgotten. */
static bool went_unanswered(const cst_error *said)
{
    static const char *const words[] = {
        "contact slurm controller",
        "Socket timed out",
        "not responding",
        "temporarily",
        "standby mode",
        "Zero Bytes",
        "Job dependency problem",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(said->text, words[i]))
            return true;
    return false;
}

cst_code cst_slurm_submit(cst_slurm *slurm, int64_t *id, int64_t *submitted, const char *script,
                          const json_t *options, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    json_t *words = json_pack("[s, s]", "sbatch", "--parsable");
    cst_code rc = words && json_array_extend(words, (json_t *)(uintptr_t)options) == 0
                      ? cst_json_append(words, json_string(script), err)
                      : cst_error_nomem(err, "a command");
    *submitted = (int64_t)time(NULL);
    cst_error said = CST_ERROR_INIT;
    if (rc == CST_OK && (rc = cst_slurm_command(&text, words, slurm->seconds, &said)) != CST_OK)
        rc = cst_error_set(err, rc == CST_FAILED && went_unanswered(&said) ? CST_IO : rc, "%s",
                           said.text);
    if (rc == CST_OK)
        rc = read_id(id, text.data, err);
    json_decref(words);
    cst_text_free(&text);
    return rc;
}

/* One command whose output does not matter. */
static cst_code tell(cst_slurm *slurm, json_t *words, cst_error *err)
{
    cst_code rc = words ? cst_slurm_command(NULL, words, slurm->seconds, err)
                        : cst_error_nomem(err, "a command");
    json_decref(words);
    return rc;
}

cst_code cst_slurm_cancel(cst_slurm *slurm, const json_t *ids, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0, n = json_array_size(ids); i < n && rc == CST_OK; i += IDS_A_COMMAND) {
        cst_error said = CST_ERROR_INIT;
        json_t *words = json_pack("[s]", "scancel");
        for (size_t j = i; j < n && j < i + IDS_A_COMMAND && rc == CST_OK; j++)
            rc = cst_json_append(words, json_incref(json_array_get(ids, j)), err);
        if (rc != CST_OK) {
            json_decref(words);
            break;
        }
        rc = tell(slurm, words, &said);
        bool gone = rc == CST_FAILED && (cst_slurm_no_such_job(&said) ||
                                         strstr(said.text, "already completing or completed"));
        rc = gone || rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", said.text);
    }
    return rc;
}

/* Add the name of a line "n1|down*" where the node is of no use now. */
static cst_code add_failed(json_t *nodes, char *line, cst_error *err)
{
    static const char *const useless[] = {"down", "drain", "fail", "unknown", "no_respond"};
    char *bar = strchr(line, '|');
    if (!bar)
        return CST_OK;
    *bar = '\0';
    bool failed = strchr(bar + 1, '*') != NULL; /* it does not answer */
    for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++)
        failed = failed || strstr(bar + 1, useless[i]);
    return failed ? cst_json_append(nodes, json_string(line), err) : CST_OK;
}

cst_code cst_slurm_failed_nodes(cst_slurm *slurm, json_t **out, const char *nodes, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    json_t *failed = json_array();
    json_t *words = json_pack("[s, s, s, s, s, s]", "sinfo", "--noheader", "--Node", "--format",
                              "%N|%T", "--nodes");
    cst_code rc =
        failed ? cst_json_append(words, json_string(nodes), err) : cst_error_nomem(err, "nodes");
    if (rc == CST_OK)
        rc = cst_slurm_command(&text, words, slurm->seconds, err);
    for (char *line = text.data, *next; rc == CST_OK && line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        rc = add_failed(failed, line, err);
    }
    json_decref(words);
    cst_text_free(&text);
    if (rc == CST_OK)
        *out = failed;
    else
        json_decref(failed);
    return rc;
}
