/* judge.c - for the tests: cases on standard input, a line of JSON each, and their verdicts
 *
 * {"receipt", "requeues", "now", "unknown_since", "lost_after", "seen": {source: {"answer", …}}}
 */
#include "config/json.h"
#include "slurm/verdict.h"

static int64_t number(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static cst_answer read_answer(const char *word)
{
    static const char *const words[] = {"none", "failed", "empty", "absent", "seen"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], word) == 0)
            return (cst_answer)i;
    return CST_ANSWER_NONE;
}

static cst_sighting read_sighting(const json_t *row)
{
    cst_sighting seen = {
        .answer = read_answer(text(row, "answer")),
        .exit = (int)number(row, "exit", -1),
        .signal = (int)number(row, "signal", 0),
        .ended = number(row, "ended", 0),
        .left = -1,
        .by_user = json_is_true(json_object_get(row, "by_user")),
        .restarts = (int)number(row, "restarts", -1),
        .nodes = (char *)(uintptr_t)json_string_value(json_object_get(row, "nodes")),
    };
    (void)snprintf(seen.state, sizeof seen.state, "%s", text(row, "state"));
    (void)snprintf(seen.reason, sizeof seen.reason, "%s", text(row, "reason"));
    return seen;
}

static cst_code judge(const char *line, cst_error *err)
{
    json_t *asked = json_loads(line, 0, NULL);
    if (!asked)
        return cst_error_set(err, CST_INVALID, "not JSON: \"%.80s\"", line);
    cst_sighting seen[CST_SOURCE_COUNT];
    for (int i = 0; i < CST_SOURCE_COUNT; i++) {
        const char *source = cst_source_name((cst_source)i);
        seen[i] = read_sighting(json_object_get(json_object_get(asked, "seen"), source));
    }
    cst_evidence evidence = {
        .receipt = json_string_value(json_object_get(asked, "receipt")),
        .seen = seen,
        .requeues = json_is_true(json_object_get(asked, "requeues")),
        .now = number(asked, "now", 0),
        .unknown_since = number(asked, "unknown_since", 0),
        .lost_after = number(asked, "lost_after", 0),
    };
    cst_verdict verdict = cst_slurm_judge(&evidence);
    json_t *answer = cst_verdict_json(&verdict, seen);
    cst_code rc = cst_json_put(answer, "unknown_since", json_integer(verdict.unknown_since), err);
    if (rc == CST_OK && json_dumpf(answer, stdout, JSON_COMPACT | JSON_SORT_KEYS) != 0)
        rc = cst_error_set(err, CST_IO, "the verdict could not be printed");
    (void)putchar('\n');
    json_decref(answer);
    json_decref(asked);
    return rc;
}

int main(void)
{
    char line[4096];
    cst_error err = CST_ERROR_INIT;
    cst_code rc = CST_OK;
    while (rc == CST_OK && fgets(line, sizeof line, stdin))
        rc = judge(line, &err);
    if (rc != CST_OK)
        (void)fprintf(stderr, "slurm_judge: %s\n", err.text);
    return cst_code_status(rc);
}
