/* verdict.c - for the tests: what Slurm's sources say of jobs and what has become of them, as JSON
 *
 * slurm_verdict look JOB[_INDEX][,requeues][,receipt=CLASS][,name=NAME][,since=T][,unknown=T] …
 *     one look at all jobs; a line of JSON each
 * slurm_verdict find NAME SINCE          {"answer", "jobs"}
 * slurm_verdict submit SCRIPT OPTION…    the job's id
 * slurm_verdict cancel ID…
 * slurm_verdict facts
 *
 * LOST_AFTER: seconds, 60 where it is not set.
 */
#include <time.h>

#include "config/json.h"
#include "slurm/submit.h"
#include "slurm/verdict.h"

typedef struct {
    cst_slurm_job job;
    const char *receipt;
    int64_t unknown_since;
} asked;

static cst_code print(const json_t *value, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = value ? cst_json_canonical(&text, value, err) : cst_error_nomem(err, "a line");
    if (rc == CST_OK)
        (void)puts(text.data);
    cst_text_free(&text);
    return rc;
}

static void read_subject(asked *out, char *text)
{
    *out = (asked){.job = {.index = -1}};
    char *rest = strchr(text, ',');
    char *end;
    out->job.id = strtoll(text, &end, 10);
    if (*end == '_')
        out->job.index = strtoll(end + 1, NULL, 10);
    while (rest) {
        char *word = rest + 1;
        *rest = '\0';
        rest = strchr(word, ',');
        if (strncmp(word, "requeues", 8) == 0)
            out->job.requeues = true;
        else if (strncmp(word, "receipt=", 8) == 0)
            out->receipt = word + 8;
        else if (strncmp(word, "name=", 5) == 0)
            out->job.name = word + 5;
        else if (strncmp(word, "since=", 6) == 0)
            out->job.submitted = strtoll(word + 6, NULL, 10);
        else if (strncmp(word, "unknown=", 8) == 0)
            out->unknown_since = strtoll(word + 8, NULL, 10);
    }
}

static cst_code print_subject(const cst_slurm *slurm, const asked *subject, cst_error *err)
{
    static const char *const answers[] = {"none", "failed", "empty", "absent", "seen"};
    const char *patience = getenv("LOST_AFTER");
    const cst_sighting *seen = subject->job.seen;
    cst_evidence evidence = {
        .receipt = subject->receipt,
        .seen = seen,
        .requeues = subject->job.requeues,
        .now = (int64_t)time(NULL),
        .unknown_since = subject->unknown_since,
        .lost_after = patience ? strtoll(patience, NULL, 10) : 60,
    };
    cst_verdict verdict = cst_slurm_judge(&evidence);
    json_t *line = cst_verdict_json(&verdict, seen);
    cst_code rc = cst_json_put(line, "id", json_integer(subject->job.id), err);
    if (rc == CST_OK)
        rc = cst_json_put(line, "unknown_since", json_integer(verdict.unknown_since), err);
    for (int i = 0; i < CST_SOURCE_COUNT && rc == CST_OK; i++) {
        const cst_sighting *one = &seen[i];
        json_t *row =
            one->answer == CST_ANSWER_SEEN
                ? json_pack("{s:s, s:i, s:i, s:I, s:I, s:s, s:i, s:s, s:s}", "state", one->state,
                            "exit", one->exit, "signal", one->signal, "left", (json_int_t)one->left,
                            "submitted", (json_int_t)one->submitted, "nodes",
                            one->nodes ? one->nodes : "", "restarts", one->restarts, "reason",
                            one->reason, "answer", "seen")
                : json_pack("{s:s, s:s}", "answer", answers[one->answer], "said",
                            cst_slurm_said(slurm, (cst_source)i));
        rc = cst_json_put(line, cst_source_name((cst_source)i), row, err);
    }
    if (rc == CST_OK)
        rc = print(line, err);
    json_decref(line);
    return rc;
}

static cst_code look(cst_slurm *slurm, char **words, size_t count, cst_error *err)
{
    asked *subjects = calloc(count, sizeof *subjects);
    cst_slurm_job *jobs = calloc(count, sizeof *jobs);
    cst_code rc = subjects && jobs ? CST_OK : cst_error_nomem(err, "jobs");
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        read_subject(&subjects[i], words[i]);
        jobs[i] = subjects[i].job;
    }
    if (rc == CST_OK)
        rc = cst_slurm_look(slurm, jobs, count, err);
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        subjects[i].job = jobs[i];
        rc = print_subject(slurm, &subjects[i], err);
    }
    for (size_t i = 0; i < count && jobs; i++)
        cst_slurm_job_clear(&jobs[i]);
    free(jobs);
    free(subjects);
    return rc;
}

static cst_code find(cst_slurm *slurm, const char *name, const char *since, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    cst_found found;
    json_t *jobs = json_array();
    cst_code rc = cst_slurm_find(slurm, &found, name, strtoll(since, NULL, 10), &why, err);
    for (size_t i = 0; i < found.count && rc == CST_OK; i++)
        rc = cst_json_append(jobs,
                             json_pack("{s:I, s:s, s:I}", "id", (json_int_t)found.jobs[i].id,
                                       "state", found.jobs[i].state, "submitted",
                                       (json_int_t)found.jobs[i].submitted),
                             err);
    json_t *line = json_pack("{s:s, s:o, s:s}", "answer",
                             found.answer == CST_ANSWER_SEEN     ? "found"
                             : found.answer == CST_ANSWER_ABSENT ? "nothing"
                                                                 : "failed",
                             "jobs", jobs, "why", why.text);
    if (rc == CST_OK)
        rc = print(line, err);
    json_decref(line);
    cst_found_free(&found);
    return rc;
}

/* words as a list of strings */
static json_t *list(char **words, int count)
{
    json_t *all = json_array();
    for (int i = 0; i < count; i++)
        (void)json_array_append_new(all, json_string(words[i]));
    return all;
}

static cst_code submit(cst_slurm *slurm, char **words, int count, cst_error *err)
{
    int64_t id = 0, submitted = 0;
    json_t *options = list(words + 1, count - 1);
    cst_code rc = cst_slurm_submit(slurm, &id, &submitted, words[0], options, err);
    json_decref(options);
    if (rc == CST_OK)
        (void)printf("%lld\n", (long long)id);
    return rc;
}

static cst_code cancel(cst_slurm *slurm, char **words, int count, cst_error *err)
{
    json_t *ids = list(words, count);
    cst_code rc = cst_slurm_cancel(slurm, ids, err);
    json_decref(ids);
    return rc;
}

static cst_code print_facts(cst_slurm *slurm, cst_error *err)
{
    const cst_slurm_facts *facts;
    cst_code rc = cst_slurm_get_facts(slurm, &facts, err);
    if (rc != CST_OK)
        return rc;
    json_t *line = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I}", "version", facts->version, "controller",
        facts->controller, "accounting", facts->accounting, "completion", facts->completion,
        "preempt_mode", facts->preempt_mode, "requeue_exit", facts->requeue_exit, "max_array_size",
        (json_int_t)facts->max_array_size, "max_job_count", (json_int_t)facts->max_job_count,
        "kill_wait", (json_int_t)facts->kill_wait);
    rc = print(line, err);
    json_decref(line);
    return rc;
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    cst_slurm *slurm = NULL;
    const char *what = argc > 1 ? argv[1] : "";
    cst_code rc = cst_slurm_new(&slurm, 0, &err);
    if (rc == CST_OK && strcmp(what, "look") == 0)
        rc = look(slurm, argv + 2, (size_t)(argc - 2), &err);
    else if (rc == CST_OK && strcmp(what, "find") == 0 && argc == 4)
        rc = find(slurm, argv[2], argv[3], &err);
    else if (rc == CST_OK && strcmp(what, "submit") == 0 && argc > 2)
        rc = submit(slurm, argv + 2, argc - 2, &err);
    else if (rc == CST_OK && strcmp(what, "cancel") == 0)
        rc = cancel(slurm, argv + 2, argc - 2, &err);
    else if (rc == CST_OK && strcmp(what, "facts") == 0)
        rc = print_facts(slurm, &err);
    else if (rc == CST_OK)
        rc = cst_error_set(&err, CST_USAGE, "look, find, submit, cancel or facts");
    if (rc != CST_OK)
        (void)fprintf(stderr, "slurm_verdict: %s\n", err.text);
    cst_slurm_free(slurm);
    return cst_code_status(rc);
}
