/* look.c - how a run on Slurm stands: its receipts, and one question for all its jobs */
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/file.h"
#include "chain/state.h"
#include "config/json.h"
#include "pipeline/resources.h"
#include "slurm/state.h"

enum { MICRO = 1000000, SENDING = 60 /* seconds that a driver elsewhere is given to send a job */ };

const char *cst_chain_nonce(const cst_chain_member *member)
{
    return cst_get_string(member->attempt.submission, "nonce", "");
}

const char *cst_chain_job(const cst_chain_member *member)
{
    return cst_attempt_job(&member->attempt);
}

bool cst_chain_is_me(const cst_chain_member *member)
{
    const char *me = getenv("SLURM_JOB_ID");
    const char *job = cst_chain_job(member);
    return me && job && strcmp(me, job) == 0;
}

bool cst_chain_lives(const cst_chain_member *member)
{
    cst_fate fate = member->verdict.fate;
    const cst_sighting *seen = member->job.seen;
    bool ended = fate != CST_FATE_PENDING && fate != CST_FATE_RUNNING && fate != CST_FATE_UNKNOWN;
    if (ended && member->verdict.source < CST_SOURCE_COUNT) /* a receipt may come before the end */
        ended = !cst_state_lives(seen[member->verdict.source].state);
    return member->attempt.submission && !ended;
}

bool cst_chain_is_queued(const cst_chain_member *member)
{
    cst_source source = member->verdict.source;
    if (source == CST_SOURCE_COUNT)
        return member->verdict.fate == CST_FATE_PENDING;
    return cst_state_lives(member->job.seen[source].state);
}

/* ------------------------------------------------------------------------------------ receipts */

/* The newest checkpoint's file name; NULL where there is none. Names are numbers of one width. */
static cst_code find_checkpoint(cst_chain_member *member, const cst_chain *chain, cst_error *err)
{
    char **names = NULL;
    size_t count = 0;
    char *folder = cst_text_format(err, "%s/%s/checkpoints", chain->folder, member->id);
    cst_code rc = folder ? cst_file_names(&names, &count, folder, err) : CST_NOMEM;
    free(member->checkpoint);
    member->checkpoint = NULL;
    if (rc == CST_OK && count > 0 && !(member->checkpoint = cst_text_copy(names[count - 1], err)))
        rc = CST_NOMEM;
    cst_file_names_free(names, count);
    free(folder);
    return rc;
}

static cst_failure failure_named(const char *word)
{
    for (int i = 0; i < CST_FAILURE_COUNT; i++)
        if (strcmp(word, cst_failure_word((cst_failure)i)) == 0)
            return (cst_failure)i;
    return CST_FAILURE_NONE;
}

/* Retries that this driving has spent: those of its submissions that say what they are for. A job
 * that came back has another attempt with the same submission. */
static cst_code count_retries(cst_chain_member *member, const cst_chain *chain, cst_error *err)
{
    cst_code rc = CST_OK;
    char last[CST_NONCE] = "";
    memset(member->retries, 0, sizeof member->retries);
    for (int64_t n = 1; n <= member->attempt.number && rc == CST_OK; n++) {
        json_t *submission = NULL;
        char *path =
            cst_text_format(err, "%s/%s/attempt-%lld", chain->folder, member->id, (long long)n);
        rc = path ? cst_receipt_read(&submission, path, "submission.json", err) : CST_NOMEM;
        const char *nonce = cst_get_string(submission, "nonce", "");
        bool counts =
            cst_get_int(submission, "driving", 0) == chain->driving && strcmp(nonce, last) != 0;
        if (rc == CST_OK && counts)
            member->retries[failure_named(cst_get_string(submission, "retry", ""))]++;
        (void)snprintf(last, sizeof last, "%s", nonce);
        json_decref(submission);
        free(path);
    }
    member->retries[CST_FAILURE_NONE] = 0;
    return rc;
}

static cst_code read_member(cst_chain_member *member, const cst_chain *chain, cst_error *err)
{
    cst_attempt_free(&member->attempt);
    free(member->name);
    member->name = NULL;
    cst_code rc =
        cst_attempt_load_newest(&member->attempt, chain->registry, chain->run, member->id, err);
    if (rc == CST_OK && member->attempt.submission &&
        !(member->name = cst_script_name(chain->run, member->id, cst_chain_nonce(member), err)))
        rc = CST_NOMEM;
    if (rc == CST_OK)
        rc = count_retries(member, chain, err);
    if (rc == CST_OK && member->restarts)
        rc = find_checkpoint(member, chain, err);
    return rc;
}

/* The pipeline's own newest attempt: who drives, whether it was cancelled, whether it has ended. */
static cst_code read_driving(cst_chain *chain, cst_error *err)
{
    free(chain->attempt);
    json_decref(chain->end);
    chain->end = NULL;
    chain->attempt = cst_run_attempt(chain->registry, chain->run, "pipeline", err);
    if (!chain->attempt)
        return err->code;
    chain->driving = cst_attempt_number(chain->attempt);
    chain->cancelled = cst_run_cancelled(chain->attempt);
    return cst_receipt_read(&chain->end, chain->attempt, "end.json", err);
}

cst_code cst_chain_read(cst_chain *chain, cst_error *err)
{
    cst_code rc = read_driving(chain, err);
    for (size_t i = 0; i <= chain->steps && rc == CST_OK; i++)
        rc = read_member(&chain->member[i], chain, err);
    return rc;
}

/* ------------------------------------------------------------------------------------ Slurm */

/* A job that cannot be found is lost some time after it was first missed, whoever missed it. */
static int64_t read_missed(const cst_chain_member *member)
{
    json_t *missed = NULL;
    cst_error ignored = CST_ERROR_INIT; /* unreadable: the clock starts anew */
    (void)cst_receipt_read(&missed, member->attempt.path, "missed.json", &ignored);
    int64_t since = cst_get_int(missed, "since", 0);
    json_decref(missed);
    return since;
}

static cst_code keep_missed(const cst_chain_member *member, int64_t before, cst_error *err)
{
    cst_code rc = CST_OK;
    int64_t since = member->verdict.unknown_since;
    if (since == before)
        return CST_OK;
    char *path = cst_file_join(member->attempt.path, "missed.json", err);
    if (!path)
        return CST_NOMEM;
    if (before)
        rc = cst_file_remove(path, err);
    if (rc == CST_OK && since) {
        cst_error taken = CST_ERROR_INIT; /* by another driver, which missed it too */
        json_t *missed = json_pack("{s:I}", "since", (json_int_t)since);
        rc = missed ? cst_receipt_write(member->attempt.path, "missed.json", missed, &taken)
                    : cst_error_nomem(err, "a record");
        if (rc != CST_OK && rc != CST_EXISTS)
            (void)cst_error_set(err, rc, "%s", taken.text);
        rc = rc == CST_EXISTS ? CST_OK : rc;
        json_decref(missed);
    }
    free(path);
    return rc;
}

static cst_code judge(const cst_chain *chain, cst_chain_member *member, cst_error *err)
{
    int64_t before = read_missed(member);
    cst_evidence evidence = {
        .receipt = member->attempt.end ? cst_get_string(member->attempt.end, "class", "") : NULL,
        .seen = member->job.seen,
        .requeues = member->restarts,
        .now = cst_clock_now() / MICRO,
        .unknown_since = before,
        .lost_after = cst_get_duration(chain->slurm, "lost_after", 600 * (int64_t)MICRO) / MICRO};
    member->verdict = cst_slurm_judge(&evidence);
    return keep_missed(member, before, err);
}

/* Done by its receipt, and Slurm has said what it will ever say: it need not be asked again. */
static bool is_settled(const cst_chain_member *member)
{
    const cst_verdict *verdict = &member->verdict;
    const cst_sighting *seen = member->job.seen;
    if (verdict->suspect || (verdict->fate != CST_FATE_DONE && verdict->fate != CST_FATE_SKIPPED))
        return false;
    if (verdict->source < CST_SOURCE_COUNT)
        return !cst_state_lives(seen[verdict->source].state);
    return seen[CST_SQUEUE].answer == CST_ANSWER_ABSENT &&
           seen[CST_SACCT].answer != CST_ANSWER_FAILED;
}

/* Is there a job to ask about? */
static bool is_open(const cst_chain_member *member)
{
    return cst_chain_job(member) && member->settled != member->attempt.number;
}

static cst_slurm_job job_of(const cst_chain_member *member)
{
    const char *id = cst_chain_job(member);
    return (cst_slurm_job){.id = id ? strtoll(id, NULL, 10) : 0,
                           .index = -1,
                           .submitted = cst_get_int(member->attempt.submission, "sent", 0),
                           .name = member->name,
                           .requeues = member->restarts};
}

/* Say once that Slurm does not answer, and once that it does again. */
static void tell_away(cst_chain *chain, const cst_slurm_job *jobs, size_t count)
{
    bool away = false;
    for (size_t i = 0; i < count; i++)
        away = away || jobs[i].seen[CST_SQUEUE].answer == CST_ANSWER_FAILED;
    if (away && !chain->away)
        cst_log_warn(
            chain->log,
            "run %s: Slurm does not answer, so nothing is known of its jobs; asking on: %s",
            chain->run, cst_slurm_said(chain->cluster, CST_SQUEUE));
    else if (!away && chain->away && count > 0)
        cst_log_info(chain->log, "run %s: Slurm answers again", chain->run);
    chain->away = count > 0 ? away : chain->away;
}

static cst_code ask(cst_chain *chain, cst_slurm_job *jobs, cst_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i <= chain->steps; i++)
        if (is_open(&chain->member[i]))
            jobs[count++] = job_of(&chain->member[i]);
    cst_code rc = count ? cst_slurm_look(chain->cluster, jobs, count, err) : CST_OK;
    if (rc == CST_OK)
        tell_away(chain, jobs, count);
    return rc;
}

/* Give the members what was seen of their jobs, which are in the same order. */
static void take_sightings(cst_chain *chain, cst_slurm_job *jobs)
{
    for (size_t i = 0; i <= chain->steps; i++) {
        cst_chain_member *member = &chain->member[i];
        if (cst_chain_job(member) && !is_open(member))
            continue;
        cst_slurm_job_clear(&member->job);
        member->job = (cst_slurm_job){.index = -1};
        if (cst_chain_job(member)) {
            member->job = *jobs;
            *jobs++ = (cst_slurm_job){.index = -1};
        }
    }
}

cst_code cst_chain_ask(cst_chain *chain, cst_error *err)
{
    cst_slurm_job *jobs = cst_array_new(chain->steps + 1, sizeof *jobs, "jobs", err);
    cst_code rc = jobs ? ask(chain, jobs, err) : CST_NOMEM;
    if (rc == CST_OK)
        take_sightings(chain, jobs);
    for (size_t i = 0; i <= chain->steps && rc == CST_OK; i++) {
        cst_chain_member *member = &chain->member[i];
        bool asked = member->attempt.submission && member->settled != member->attempt.number;
        if (asked)
            rc = judge(chain, member, err);
        if (asked && rc == CST_OK && is_settled(member))
            member->settled = member->attempt.number;
    }
    for (size_t i = 0; jobs && i <= chain->steps; i++)
        cst_slurm_job_clear(&jobs[i]);
    free(jobs);
    return rc;
}

cst_code cst_chain_look(cst_chain *chain, cst_error *err)
{
    chain->full = false;
    cst_code rc = cst_chain_read(chain, err);
    if (rc == CST_OK && !chain->end)
        rc = cst_chain_ask(chain, err);
    if (rc == CST_OK && !chain->end)
        rc = cst_chain_check_suspects(chain, true, err);
    return rc;
}

/* ------------------------------------------------------------------------------------ as facts */

/* May the process that published a submission still be sending it? */
bool cst_chain_sender_at_work(const json_t *submission)
{
    const json_t *sender = json_object_get(submission, "sender");
    json_t *me = cst_process_handle(getpid());
    bool mine = me && json_equal(sender, me);
    json_decref(me);
    if (mine)
        return false;
    cst_step_state state = cst_process_state(sender);
    int64_t age = cst_clock_now() / MICRO - cst_get_int(submission, "sent", 0);
    return state == CST_STEP_RUNNING || (state == CST_STEP_UNKNOWN && age < SENDING);
}

bool cst_chain_on_its_way(const cst_chain_member *member)
{
    const json_t *submission = member->attempt.submission;
    int64_t age = cst_clock_now() / MICRO - cst_get_int(submission, "sent", 0);
    bool known = cst_chain_job(member) || member->attempt.end;
    return submission && !known && age < SENDING && cst_chain_sender_at_work(submission);
}

static int64_t megabytes(const char *text)
{
    int64_t amount = 0;
    cst_error ignored = CST_ERROR_INIT; /* it was checked when the plan was made */
    (void)cst_memory_parse(&amount, text, &ignored);
    return amount;
}

static cst_chain_step fact_of(const cst_chain *chain, const cst_chain_member *member,
                              const cst_chain_member *before)
{
    const json_t *submission = member->attempt.submission;
    const json_t *resources = json_object_get(submission, "resources");
    const char *memory = cst_get_string(resources, "memory", NULL);
    const char *most = cst_get_string(chain->slurm, "most_memory", NULL);
    const char *checkpoint = cst_get_string(submission, "checkpoint", "");
    cst_chain_step fact = {
        .id = member->id,
        .submitted = submission,
        .in_order = !before ||
                    strcmp(cst_get_string(submission, "after", ""), cst_chain_nonce(before)) == 0,
        .sent = cst_chain_job(member) || member->attempt.end,
        .sender_at_work = submission && cst_chain_sender_at_work(submission),
        .own = cst_get_int(submission, "driving", 0) == chain->driving,
        .advanced = member->checkpoint && strcmp(member->checkpoint, checkpoint) != 0,
        .time_known = json_object_get(resources, "time"),
        .memory_known = memory,
        .memory_most = memory && most && megabytes(memory) >= megabytes(most),
        .verdict = member->verdict,
        .message =
            member->verdict.suspect ? NULL : cst_get_string(member->attempt.end, "message", NULL),
        .code = member->attempt.end && !member->verdict.suspect
                    ? cst_receipt_code(member->attempt.end)
                    : CST_FAILED,
    };
    memcpy(fact.retries, member->retries, sizeof fact.retries);
    return fact;
}

void cst_chain_facts(cst_chain_step *out, const cst_chain *chain)
{
    for (size_t i = 0; i < chain->steps; i++)
        out[i] = fact_of(chain, &chain->member[i], i ? &chain->member[i - 1] : NULL);
}

cst_chain_rules cst_chain_budgets(const cst_chain *chain)
{
    const json_t *retries = json_object_get(chain->slurm, "retries");
    cst_chain_rules rules = {.cancelled = chain->cancelled};
    for (int i = 0; i < CST_FAILURE_COUNT; i++)
        rules.budget[i] = (int)cst_get_int(retries, cst_failure_word((cst_failure)i), 0);
    return rules;
}
