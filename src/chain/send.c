/* send.c - a step on its way to Slurm: its submission published, its job sent, its id kept
 *
 * The submission record is published before the job is sent, the job's id after it: a driver that
 * dies in between leaves a job that is found by its name, which holds the record's nonce.
 */
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "chain/state.h"
#include "config/json.h"
#include "pipeline/resources.h"
#include "slurm/state.h"

enum { MICRO = 1000000 };

/* ------------------------------------------------------------------------------------ the script
 */

static cst_script_run script_run(const cst_chain *chain)
{
    return (cst_script_run){.pipeline = cst_get_string(chain->plan, "pipeline", ""),
                            .run = chain->run,
                            .registry = cst_registry_path(chain->registry),
                            .bin = chain->bin,
                            .driving = chain->driving,
                            .slurm = chain->slurm};
}

cst_code cst_chain_script(cst_text *out, const cst_chain *chain, const char *step, int64_t attempt,
                          const json_t *submission, cst_error *err)
{
    cst_script_run run = script_run(chain);
    cst_script_job job = {.step = step,
                          .attempt = attempt,
                          .nonce = cst_get_string(submission, "nonce", ""),
                          .resources = json_object_get(submission, "resources"),
                          .srun = json_object_get(submission, "srun"),
                          .exclude = json_object_get(submission, "exclude"),
                          .restarts = cst_get_bool(submission, "restarts", false)};
    if (strcmp(step, CST_CHAIN_SENTINEL) == 0)
        return cst_script_sentinel(out, &run, &job, err);
    return cst_script_step(out, &run, &job, err);
}

/* ------------------------------------------------------------------------------------ the record
 */

/* What the step asks for: as it was last submitted in this driving, else as planned. */
static cst_code put_resources(json_t *submission, const cst_chain *chain,
                              const cst_chain_member *member, const cst_chain_decision *decided,
                              cst_error *err)
{
    const json_t *last = member->attempt.submission;
    bool own = last && cst_get_int(last, "driving", 0) == chain->driving;
    const json_t *from = json_object_get(own ? last : member->planned, "resources");
    json_t *resources = from ? json_deep_copy(from) : json_object();
    cst_code rc = resources ? CST_OK : cst_error_nomem(err, "a submission record");
    if (rc == CST_OK && decided)
        rc = cst_resources_raise(resources, chain->slurm, decided->more_time, decided->more_memory,
                                 err);
    if (rc == CST_OK)
        rc = cst_json_put(submission, "resources", json_incref(resources), err);
    json_decref(resources);
    return rc;
}

static bool is_in(const json_t *list, const json_t *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_equal(json_array_get(list, i), word))
            return true;
    return false;
}

/* The nodes that are to blame for a failure: of several those that Slurm calls bad now; one alone
 * is, even where it is well again. *out may stay NULL. */
static cst_code blame(json_t **out, const cst_chain *chain, const char *nodes, cst_error *err)
{
    cst_error away = CST_ERROR_INIT; /* nobody is blamed then: Slurm starts nothing on bad nodes */
    if (!strpbrk(nodes, "[,")) {
        *out = json_pack("[s]", nodes);
        return *out ? CST_OK : cst_error_nomem(err, "nodes");
    }
    (void)cst_slurm_failed_nodes(chain->cluster, out, nodes, &away);
    return CST_OK;
}

/* Nodes that failed this step, now and before. */
static cst_code put_exclude(json_t *submission, const cst_chain *chain,
                            const cst_chain_member *member, const cst_chain_decision *decided,
                            cst_error *err)
{
    json_t *failed = NULL;
    const json_t *before = json_object_get(member->attempt.submission, "exclude");
    bool own = cst_get_int(member->attempt.submission, "driving", 0) == chain->driving;
    json_t *exclude = before && own ? json_copy((json_t *)before) : json_array();
    cst_code rc = exclude ? CST_OK : cst_error_nomem(err, "a submission record");
    if (rc == CST_OK && decided && decided->exclude && member->verdict.nodes)
        rc = blame(&failed, chain, member->verdict.nodes, err);
    for (size_t i = 0; i < json_array_size(failed) && rc == CST_OK; i++)
        if (!is_in(exclude, json_array_get(failed, i)))
            rc = cst_json_append(exclude, json_incref(json_array_get(failed, i)), err);
    if (rc == CST_OK && json_array_size(exclude) > 0)
        rc = cst_json_put(submission, "exclude", json_incref(exclude), err);
    json_decref(exclude);
    json_decref(failed);
    return rc;
}

/* The sentinel may have to wait until it is known what has become of a job. */
static cst_code put_sentinel(json_t *submission, const cst_chain *chain, cst_error *err)
{
    enum { MARGIN = 900 };
    int64_t lost_after = cst_get_duration(chain->slurm, "lost_after", 0) / MICRO;
    return cst_json_put(
        submission, "resources",
        json_pack("{s:o}", "time", json_sprintf("%llds", (long long)(lost_after + MARGIN))), err);
}

static cst_code put_step(json_t *submission, const cst_chain *chain, const cst_chain_member *member,
                         const cst_chain_decision *decided, cst_error *err)
{
    static const char *const keys[] = {"key", "program", "ranks", "srun"};
    cst_code rc = put_resources(submission, chain, member, decided, err);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && rc == CST_OK; i++) {
        json_t *value = json_object_get(member->planned, keys[i]);
        if (value)
            rc = cst_json_put(submission, keys[i], json_incref(value), err);
    }
    if (rc == CST_OK)
        rc = cst_json_put(submission, "restarts", json_boolean(member->restarts), err);
    if (rc == CST_OK && member->checkpoint)
        rc = cst_json_put(submission, "checkpoint", json_string(member->checkpoint), err);
    if (rc == CST_OK && decided && decided->retried != CST_FAILURE_NONE)
        rc =
            cst_json_put(submission, "retry", json_string(cst_failure_word(decided->retried)), err);
    if (rc == CST_OK)
        rc = put_exclude(submission, chain, member, decided, err);
    return rc;
}

static cst_code put_script_digest(json_t *submission, const cst_chain *chain,
                                  const cst_chain_member *member, cst_error *err)
{
    cst_digest digest;
    char hex[CST_DIGEST_HEX];
    cst_text script = CST_TEXT_INIT;
    cst_code rc =
        cst_chain_script(&script, chain, member->id, member->attempt.number + 1, submission, err);
    if (rc == CST_OK)
        rc = cst_sha256_of(&digest, script.data, script.size, err);
    if (rc == CST_OK) {
        cst_digest_hex(hex, &digest);
        rc = cst_json_put(submission, "script", json_string(hex), err);
    }
    cst_text_free(&script);
    return rc;
}

cst_code cst_chain_submission(json_t **out, const cst_chain *chain, const cst_chain_member *member,
                              const cst_chain_decision *decided, const char *nonce,
                              const char *after, cst_error *err)
{
    char when[CST_TIME_TEXT];
    int64_t now = cst_clock_now();
    cst_clock_text(when, now);
    json_t *submission = json_pack(
        "{s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:o}", "nonce", nonce, "engine", "slurm", "when", when,
        "sent", (json_int_t)(now / MICRO), "step", member->id, "driving",
        (json_int_t)chain->driving, "after", after, "sender", cst_process_handle(getpid()));
    cst_code rc = submission ? CST_OK : cst_error_nomem(err, "a submission record");
    if (rc == CST_OK)
        rc = member->planned ? put_step(submission, chain, member, decided, err)
                             : put_sentinel(submission, chain, err);
    if (rc == CST_OK)
        rc = put_script_digest(submission, chain, member, err);
    if (rc == CST_OK)
        *out = json_incref(submission);
    json_decref(submission);
    return rc;
}

/* ------------------------------------------------------------------------------------ the job */

/* Keep a job's id. Another driver may have kept one: then that is it. */
static cst_code keep_job(cst_chain *chain, cst_chain_member *member, int64_t id, cst_error *err)
{
    char number[24];
    cst_error taken = CST_ERROR_INIT;
    (void)snprintf(number, sizeof number, "%lld", (long long)id);
    json_t *job =
        json_pack("{s:s, s:s, s:s}", "engine", "slurm", "job", number, "name", member->name);
    cst_code rc = job ? cst_receipt_write(member->attempt.path, "job.json", job, &taken)
                      : cst_error_nomem(err, "a job record");
    json_decref(job);
    if (rc != CST_OK && rc != CST_EXISTS)
        return cst_error_set(err, rc, "%s", taken.text);
    cst_attempt again = {0};
    rc = cst_attempt_load(&again, chain->registry, chain->run, member->id, member->attempt.number,
                          err);
    if (rc != CST_OK)
        return rc;
    cst_attempt_free(&member->attempt);
    member->attempt = again;
    const char *kept = cst_chain_job(member);
    if (!kept || strcmp(kept, number) == 0)
        return CST_OK;
    json_t *extra = json_pack("[s]", number); /* the same submission sent twice: one is enough */
    rc = extra ? cst_slurm_cancel(chain->cluster, extra, err) : cst_error_nomem(err, "a job");
    json_decref(extra);
    return rc;
}

static cst_code write_script(const cst_chain *chain, const cst_chain_member *member, char **path,
                             cst_error *err)
{
    cst_text script = CST_TEXT_INIT;
    *path = cst_file_join(member->attempt.path, "script", err);
    cst_code rc = *path ? CST_OK : CST_NOMEM;
    if (rc == CST_OK && !cst_file_exists(*path)) {
        cst_error taken = CST_ERROR_INIT;
        rc = cst_chain_script(&script, chain, member->id, member->attempt.number,
                              member->attempt.submission, err);
        if (rc == CST_OK)
            rc = cst_file_publish(*path, script.data, script.size, &taken);
        if (rc != CST_OK && rc != CST_EXISTS)
            (void)cst_error_set(err, rc, "%s", taken.text);
        rc = rc == CST_EXISTS ? CST_OK : rc;
    }
    cst_text_free(&script);
    return rc;
}

static json_t *options_for(const char *dependency)
{
    if (!dependency)
        return json_array();
    return json_pack("[o,s]", json_sprintf("--dependency=%s", dependency),
                     "--kill-on-invalid-dep=yes");
}

/* Until the next look its job is in the queue. */
static void note_sent(cst_chain_member *member)
{
    member->verdict = (cst_verdict){.fate = CST_FATE_PENDING, .source = CST_SOURCE_COUNT};
}

cst_code cst_chain_adopt(cst_answer *answer, cst_chain *chain, cst_chain_member *member,
                         cst_error *why, cst_error *err)
{
    cst_found found = {0};
    cst_code rc = cst_slurm_find(chain->cluster, &found, member->name,
                                 cst_get_int(member->attempt.submission, "sent", 0), why, err);
    *answer = found.answer;
    if (rc == CST_OK && found.answer == CST_ANSWER_SEEN && found.count > 0) {
        rc = keep_job(chain, member, found.jobs[0].id, err);
        if (cst_state_lives(found.jobs[0].state))
            note_sent(member);
    }
    cst_found_free(&found);
    return rc;
}

/* Said once: whoever drives tries again at the next look. */
static void tell_unsent(cst_chain *chain, const cst_chain_member *member, const char *why)
{
    if (!chain->away)
        cst_log_warn(chain->log, "run %s: %s could not be sent to Slurm; trying on: %s", chain->run,
                     member->id, why);
    chain->away = true;
}

/* AssocMaxSubmitJobLimit, QOSMaxSubmitJobPerUserLimit and their like: as many jobs as the account
 * or the user may have are in the queue. There will be room when some of them have ended. */
static bool is_full(const char *message)
{
    const char *limit = strstr(message, "SubmitJob");
    return limit && strstr(limit, "Limit");
}

static void tell_full(cst_chain *chain, const cst_chain_member *member, const char *why)
{
    if (!chain->told_full)
        cst_log_warn(chain->log,
                     "run %s: Slurm takes no more jobs now; %s and what comes after it are sent "
                     "when there is room, by capstan wait %s: %s",
                     chain->run, member->id, chain->run, why);
    chain->full = chain->told_full = true;
}

/* sbatch failed: the job may be there all the same, or Slurm may not answer. Only where it answers
 * and has no such job was it refused. */
static cst_code after_failure(cst_chain *chain, cst_chain_member *member, const cst_error *failed,
                              cst_error *err)
{
    cst_answer answer = CST_ANSWER_FAILED;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = cst_chain_adopt(&answer, chain, member, &why, err);
    if (rc != CST_OK || answer == CST_ANSWER_SEEN)
        return rc;
    if (answer == CST_ANSWER_ABSENT && is_full(failed->text)) {
        tell_full(chain, member, failed->text);
        return CST_OK;
    }
    if (answer == CST_ANSWER_ABSENT && failed->code == CST_FAILED)
        return cst_error_set(err, CST_FAILED, "%s: sbatch refused the job: %s", member->id,
                             failed->text);
    tell_unsent(chain, member, failed->text);
    return CST_OK;
}

static cst_code send_now(cst_chain *chain, cst_chain_member *member, const char *dependency,
                         cst_error *err)
{
    int64_t id = 0;
    int64_t submitted = 0;
    char *path = NULL;
    cst_error failed = CST_ERROR_INIT;
    json_t *options = options_for(dependency);
    cst_code rc = options ? write_script(chain, member, &path, err)
                          : cst_error_nomem(err, "options of sbatch");
    if (rc == CST_OK) {
        rc = cst_slurm_submit(chain->cluster, &id, &submitted, path, options, &failed);
        if (rc == CST_OK) {
            rc = keep_job(chain, member, id, err);
            note_sent(member);
        } else if (rc == CST_FAILED || rc == CST_IO)
            rc = after_failure(chain, member, &failed, err);
        else
            (void)cst_error_set(err, rc, "%s", failed.text);
    }
    json_decref(options);
    free(path);
    return rc;
}

cst_code cst_chain_send(cst_chain *chain, cst_chain_member *member, const char *dependency,
                        cst_error *err)
{
    cst_answer answer = CST_ANSWER_FAILED;
    cst_error why = CST_ERROR_INIT;
    cst_code rc = cst_chain_adopt(&answer, chain, member, &why, err);
    if (rc == CST_OK && answer == CST_ANSWER_FAILED)
        tell_unsent(chain, member, why.text);
    if (rc == CST_OK && answer == CST_ANSWER_ABSENT)
        rc = send_now(chain, member, dependency, err);
    return rc;
}

cst_code cst_chain_submit(cst_chain *chain, cst_chain_member *member,
                          const cst_chain_decision *decided, const char *after,
                          const char *dependency, bool *taken, cst_error *err)
{
    char nonce[CST_NONCE];
    json_t *submission = NULL;
    char *path = NULL;
    int64_t number = member->attempt.number + 1;
    cst_code rc = cst_file_nonce(nonce, err);
    if (rc == CST_OK)
        rc = cst_chain_submission(&submission, chain, member, decided, nonce, after, err);
    if (rc == CST_OK)
        rc = cst_attempt_submit(&path, chain->registry, chain->run, member->id, number, submission,
                                err);
    json_decref(submission);
    free(path);
    *taken = rc == CST_CONFLICT;
    if (rc != CST_OK)
        return *taken ? CST_OK : rc;
    cst_attempt_free(&member->attempt);
    rc = cst_attempt_load(&member->attempt, chain->registry, chain->run, member->id, number, err);
    free(member->name);
    member->name = NULL;
    if (rc == CST_OK &&
        !(member->name = cst_script_name(chain->run, member->id, cst_chain_nonce(member), err)))
        rc = CST_NOMEM;
    note_sent(member);
    return rc == CST_OK ? send_now(chain, member, dependency, err) : rc;
}
