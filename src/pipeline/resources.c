/* resources.c - what a step may use: merged from the pipeline file, as words for srun */
#include "pipeline/resources.h"

#include <stdint.h>

#include "config/json.h"
#include "config/option.h"

/* Every name that can stand under resources: stages and steps of any pipeline. */
static const char *const names[] = {"default",     "ingest", "validate", "prepare",
                                    "search",      "train",  "evaluate", "monitor",
                                    "prepare-all", "refit",  "promote",  NULL};

cst_code cst_resources_check(const json_t *pipeline, const char *file, cst_error *err)
{
    const char *key = NULL;
    json_t *value = NULL;
    int64_t megabytes = 0;
    const char *most = cst_get_string(json_object_get(pipeline, "slurm"), "most_memory", NULL);
    if (most && cst_memory_parse(&megabytes, most, err) != CST_OK)
        return CST_USAGE;
    json_object_foreach(json_object_get(pipeline, "resources"), key, value)
    {
        size_t i = 0;
        while (names[i] && strcmp(names[i], key) != 0)
            i++;
        if (names[i])
            continue;
        const char *near = cst_text_nearest(key, names);
        return cst_error_set(err, CST_USAGE, "%s: resources.%s: there is no such step%s%s%s", file,
                             key, near ? "; did you mean \"" : "; default is for all of them",
                             near ? near : "", near ? "\"?" : "");
    }
    return CST_OK;
}

cst_code cst_memory_parse(int64_t *megabytes, const char *text, cst_error *err)
{
    static const char units[] = "KMGT";
    enum { DIGITS_MOST = 9 };
    size_t digits = strspn(text, "0123456789");
    const char *unit = text[digits] ? strchr(units, text[digits]) : units + 1;
    if (digits == 0 || digits > DIGITS_MOST || !unit || (text[digits] && text[digits + 1]))
        return cst_error_set(err, CST_USAGE,
                             "\"%s\" is no amount of memory: expected one such as 4000M or 16G",
                             text);
    int64_t amount = strtoll(text, NULL, 10);
    if (*unit == 'K')
        amount = (amount + 1023) / 1024;
    for (const char *step = units + 1; step < unit; step++)
        amount *= 1024;
    *megabytes = amount;
    return CST_OK;
}

/* A level that says ranks a node has its ranks from the nodes, and the other way round: the one
 * that stands nearest to the step decides. */
static cst_code merge_level(json_t *out, json_t *level, cst_error *err)
{
    bool ranks = json_object_get(level, "ranks");
    bool per_node = json_object_get(level, "ranks_per_node");
    if (per_node && !ranks)
        (void)json_object_del(out, "ranks");
    if (ranks && !per_node)
        (void)json_object_del(out, "ranks_per_node");
    if (level && json_object_update(out, level) != 0)
        return cst_error_nomem(err, "resources");
    return CST_OK;
}

static cst_code settle_ranks(json_t *resources, const char *file, const char *id, cst_error *err)
{
    int64_t nodes = cst_get_int(resources, "nodes", 0);
    int64_t per_node = cst_get_int(resources, "ranks_per_node", 0);
    int64_t ranks = cst_get_int(resources, "ranks", 0);
    if (!ranks)
        ranks = per_node ? per_node * (nodes ? nodes : 1) : 1;
    if (nodes > ranks)
        return cst_error_set(err, CST_USAGE,
                             "%s: resources of %s: %lld nodes for %lld ranks: a node without a "
                             "rank has nothing to do; say ranks or ranks_per_node",
                             file, id, (long long)nodes, (long long)ranks);
    if (nodes && per_node && nodes * per_node < ranks)
        return cst_error_set(err, CST_USAGE,
                             "%s: resources of %s: %lld ranks do not fit on %lld nodes with %lld "
                             "ranks each",
                             file, id, (long long)ranks, (long long)nodes, (long long)per_node);
    return cst_json_put(resources, "ranks", json_integer(ranks), err);
}

cst_code cst_resources_of(json_t **out, const json_t *pipeline, const char *file, const char *id,
                          const char *stage, cst_error *err)
{
    const json_t *all = json_object_get(pipeline, "resources");
    const char *const levels[] = {"default", stage, id};
    int64_t megabytes = 0;
    json_t *resources = json_object();
    cst_code rc = resources ? CST_OK : cst_error_nomem(err, "resources");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0] && rc == CST_OK; i++)
        rc = merge_level(resources, json_object_get(all, levels[i]), err);
    if (rc == CST_OK)
        rc = settle_ranks(resources, file, id, err);
    if (rc == CST_OK && json_object_get(resources, "memory"))
        rc = cst_memory_parse(&megabytes, cst_get_string(resources, "memory", ""), err);
    if (rc == CST_OK)
        *out = json_incref(resources);
    json_decref(resources);
    return rc;
}

cst_code cst_resources_srun(json_t **out, const json_t *resources, cst_error *err)
{
    static const char *const rows[][2] = {
        {"nodes", "--nodes"},
        {"ranks", "--ntasks"},
        {"ranks_per_node", "--ntasks-per-node"},
        {"threads", "--cpus-per-task"},
    };
    json_t *words = json_pack("[s,s,s]", "srun", "--mpi=pmix", "--kill-on-bad-exit=1");
    cst_code rc = words ? CST_OK : cst_error_nomem(err, "words for srun");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0] && rc == CST_OK; i++)
        if (json_object_get(resources, rows[i][0]))
            rc = cst_json_append(words,
                                 json_sprintf("%s=%lld", rows[i][1],
                                              (long long)cst_get_int(resources, rows[i][0], 0)),
                                 err);
    if (rc == CST_OK)
        *out = json_incref(words);
    json_decref(words);
    return rc;
}

static cst_code raise_time(json_t *resources, const json_t *slurm, cst_error *err)
{
    enum { MICRO = 1000000 };
    int64_t time = cst_get_duration(resources, "time", 0);
    int64_t most = cst_get_duration(slurm, "most_time", 2 * time);
    int64_t next = 2 * time < most ? 2 * time : most;
    if (next <= time) /* it was more than a retry may ask for already */
        return CST_OK;
    return cst_json_put(resources, "time", json_sprintf("%llds", (long long)(next / MICRO)), err);
}

static cst_code raise_memory(json_t *resources, const json_t *slurm, cst_error *err)
{
    int64_t memory = 0;
    const char *given = cst_get_string(slurm, "most_memory", NULL);
    cst_code rc = cst_memory_parse(&memory, cst_get_string(resources, "memory", ""), err);
    int64_t most = 2 * memory;
    if (rc == CST_OK && given)
        rc = cst_memory_parse(&most, given, err);
    int64_t next = 2 * memory < most ? 2 * memory : most;
    if (rc != CST_OK || next <= memory)
        return rc;
    return cst_json_put(resources, "memory", json_sprintf("%lldM", (long long)next), err);
}

cst_code cst_resources_raise(json_t *resources, const json_t *slurm, bool time, bool memory,
                             cst_error *err)
{
    cst_code rc = time ? raise_time(resources, slurm, err) : CST_OK;
    return rc == CST_OK && memory ? raise_memory(resources, slurm, err) : rc;
}
