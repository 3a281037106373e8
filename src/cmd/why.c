/* why.c - capstan why: the lineage of a version as a tree */
#include "cmd/call.h"
#include "cmd/output.h"
#include "config/json.h"
#include "registry/lineage.h"

static const cst_option options[] = {
    CST_OPTION_REFERENCE,
    CST_OPTION_KIND,
    {.name = "down",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "what was made of it, instead of what it was made of",
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

static const cst_command command = {
    .name = "why",
    .summary = "tell what a version was made of, down to files and code",
    .description = "Prints the tree of all versions behind one: the stage, the commit and the "
                   "parameters that made each, and at its leaves the source files with their "
                   "digests. With --down the versions that it went into.",
    .options = options,
    .example = "capstan why flight-delay@champion",
    .statuses = "0  told\n1  there is no such version",
};

/* A branch: what stands before the lines of a node, and before those below it. */
typedef struct {
    const char *here, *below;
} branch;

static cst_code add_line(cst_text *out, const char *before, const char *key, const json_t *value,
                         cst_error *err)
{
    cst_code rc = cst_text_puts(out, before, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, key, err);
    if (rc == CST_OK)
        rc = cst_output_value(out, value, err);
    return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
}

/* "by ingest (revision 1), commit 0123abcd with changes, 2013-…Z" */
static cst_code add_maker(cst_text *out, const char *before, const json_t *node, cst_error *err)
{
    const json_t *build = json_object_get(node, "build");
    const char *commit = cst_get_string(build, "commit", NULL);
    const char *when = cst_get_string(node, "when", NULL);
    return cst_text_print(out, err, "%sby %s (revision %lld)%s%.12s%s%s%s\n", before,
                          cst_get_string(node, "stage", "-"),
                          (long long)cst_get_int(node, "revision", 0), commit ? ", commit " : "",
                          commit ? commit : "",
                          cst_get_bool(build, "dirty", false) ? " with changes" : "",
                          when ? ", " : "", when ? when : "");
}

static cst_code add_source(cst_text *out, const char *before, const json_t *source, bool last,
                           cst_error *err)
{
    return cst_text_print(out, err, "%s%s %s  %lld rows  sha256:%s\n", before, last ? "└─" : "├─",
                          cst_get_string(source, "path", "-"),
                          (long long)cst_get_int(source, "rows", 0),
                          cst_get_string(source, "sha256", "-"));
}

static cst_code add_node(cst_text *out, const json_t *node, branch at, cst_error *err);

/* The sources and inputs of a node, each on a branch of its own. */
static cst_code add_below(cst_text *out, const char *before, const json_t *node, cst_error *err)
{
    const json_t *sources = json_object_get(node, "sources");
    const json_t *inputs = json_object_get(node, "inputs");
    size_t left = json_array_size(sources) + json_array_size(inputs);
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *child = NULL;
    json_array_foreach(sources, i, child)
    {
        if (rc == CST_OK)
            rc = add_source(out, before, child, --left == 0, err);
    }
    json_array_foreach(inputs, i, child)
    {
        bool last = --left == 0;
        char *here = cst_text_format(err, "%s%s ", before, last ? "└─" : "├─");
        char *below = cst_text_format(err, "%s%s ", before, last ? "  " : "│ ");
        if (rc == CST_OK)
            rc = here && below ? add_node(out, child, (branch){here, below}, err) : CST_NOMEM;
        free(here);
        free(below);
    }
    return rc;
}

static cst_code add_node(cst_text *out, const json_t *node, branch at, cst_error *err)
{
    const char *role = cst_get_string(node, "role", NULL);
    const char *gone = cst_get_string(node, "gone", NULL);
    const json_t *params = json_object_get(node, "params");
    cst_code rc = cst_text_print(
        out, err, "%s%s%s%s %s@%lld  sha256:%s\n", at.here, role ? role : "", role ? ": " : "",
        cst_get_string(node, "kind", "-"), cst_get_string(node, "name", "-"),
        (long long)cst_get_int(node, "version", 0), cst_get_string(node, "id", "-"));
    if (rc == CST_OK && gone)
        return cst_text_print(out, err, "%s%s\n", at.below, gone);
    if (rc == CST_OK)
        rc = add_maker(out, at.below, node, err);
    if (rc == CST_OK && json_object_size(params))
        rc = add_line(out, at.below, "parameters ", params, err);
    if (rc == CST_OK && json_object_get(node, "evaluated_as"))
        rc = add_line(out, at.below, "evaluated as ", json_object_get(node, "evaluated_as"), err);
    return rc == CST_OK ? add_below(out, at.below, node, err) : rc;
}

static cst_code write_tree(const json_t *tree, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = add_node(&text, tree, (branch){"", ""}, err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_code write_made(const json_t *made, cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(made, i, entry)
    {
        if (rc == CST_OK)
            rc = cst_output_print(err, "%s %s@%lld  as %s\n", cst_get_string(entry, "kind", "-"),
                                  cst_get_string(entry, "name", "-"),
                                  (long long)cst_get_int(entry, "version", 0),
                                  cst_get_string(entry, "role", "-"));
    }
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_version *version = NULL;
    json_t *found = NULL;
    bool down = cst_get_bool(call->options, "down", false);
    cst_code rc = cst_call_find(&version, call, "reference", err);
    if (rc == CST_OK)
        rc = down ? cst_lineage_down(&found, call->registry, version, err)
                  : cst_lineage_up(&found, call->registry, version, err);
    if (rc == CST_OK && call->json)
        rc = cst_output_json(found, err);
    else if (rc == CST_OK)
        rc = down ? write_made(found, err) : write_tree(found, err);
    json_decref(found);
    cst_version_free(version);
    return rc;
}

const cst_builtin cst_builtin_why = {
    .command = &command, .group = "Look", .registry = true, .run = run};
