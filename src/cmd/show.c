/* show.c - capstan show: what a version is */
#include "base/file.h"
#include "cmd/call.h"
#include "cmd/output.h"
#include "config/json.h"

static const cst_option options[] = {
    CST_OPTION_REFERENCE,
    CST_OPTION_KIND,
    {.name = NULL},
};

static const cst_command command = {
    .name = "show",
    .summary = "show a version: its figures, parameters, inputs and files",
    .description = "Prints what the version's manifest says; with --json all of it, under "
                   "\"manifest\".",
    .options = options,
    .example = "capstan show flight-delay@champion",
    .statuses = "0  shown\n1  there is no such version, or it was changed",
};

static cst_code add_heading(cst_text *out, const cst_version *version, cst_error *err)
{
    char hex[CST_DIGEST_HEX];
    const json_t *made = json_object_get(version->manifest, "provenance");
    const char *when = json_string_value(json_object_get(made, "when"));
    const char *who = json_string_value(json_object_get(made, "who"));
    cst_digest_hex(hex, &version->id);
    return cst_text_print(out, err, "%s@%lld\nkind: %s\nid: sha256:%s\npath: %s\nmade: %s%s%s\n",
                          version->name, (long long)version->number, cst_kind_name(version->kind),
                          hex, version->path, when ? when : "-", who ? " by " : "", who ? who : "");
}

/* A line for each member, members of objects under the path of their keys. */
static cst_code add_members(cst_text *out, const char *path, json_t *value, cst_error *err)
{
    if (!json_is_object(value)) {
        cst_code rc = cst_text_print(out, err, "  %s: ", path);
        if (rc == CST_OK)
            rc = cst_output_value(out, value, err);
        return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
    }
    const char *key = NULL;
    json_t *member = NULL;
    cst_code rc = CST_OK;
    json_object_foreach(value, key, member)
    {
        char *below = cst_text_format(err, "%s%s%s", path, *path ? "." : "", key);
        if (rc == CST_OK)
            rc = below ? add_members(out, below, member, err) : CST_NOMEM;
        free(below);
    }
    return rc;
}

static cst_code add_section(cst_text *out, const cst_version *version, const char *key,
                            cst_error *err)
{
    json_t *value = json_object_get(version->manifest, key);
    if (json_object_size(value) == 0)
        return CST_OK;
    cst_code rc = cst_text_print(out, err, "\n%s\n", key);
    return rc == CST_OK ? add_members(out, "", value, err) : rc;
}

static cst_code add_inputs(cst_text *out, const cst_version *version, cst_error *err)
{
    const json_t *inputs = json_object_get(version->manifest, "inputs");
    cst_code rc = json_array_size(inputs) ? cst_text_puts(out, "\ninputs\n", err) : CST_OK;
    size_t i = 0;
    const json_t *input = NULL;
    json_array_foreach(inputs, i, input)
    {
        if (rc == CST_OK)
            rc = cst_text_print(
                out, err, "  %s: %s %s@%lld  sha256:%.8s\n", cst_get_string(input, "role", "-"),
                cst_get_string(input, "kind", "-"), cst_get_string(input, "name", "-"),
                (long long)cst_get_int(input, "version", 0), cst_get_string(input, "id", "-"));
    }
    return rc;
}

static cst_code add_files(cst_text *out, const cst_version *version, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "\nfiles\n", err);
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(json_object_get(version->manifest, "parts"), i, entry)
    {
        if (rc == CST_OK)
            rc = cst_text_print(out, err, "  %s  %lld bytes  %lld rows\n",
                                cst_get_string(entry, "path", "-"),
                                (long long)cst_get_int(entry, "bytes", 0),
                                (long long)cst_get_int(entry, "rows", 0));
    }
    json_array_foreach(json_object_get(version->manifest, "files"), i, entry)
    {
        if (rc == CST_OK)
            rc = cst_text_print(
                out, err, "  %s  %lld bytes  sha256:%.8s\n", cst_get_string(entry, "name", "-"),
                (long long)cst_get_int(entry, "bytes", 0), cst_get_string(entry, "sha256", "-"));
    }
    return rc;
}

static cst_code write_text(const cst_version *version, cst_error *err)
{
    static const char *const sections[] = {"summary", "params", "split", "evaluated_as"};
    cst_text text = CST_TEXT_INIT;
    cst_code rc = add_heading(&text, version, err);
    for (size_t i = 0; rc == CST_OK && i < sizeof sections / sizeof *sections; i++)
        rc = add_section(&text, version, sections[i], err);
    if (rc == CST_OK)
        rc = add_inputs(&text, version, err);
    if (rc == CST_OK)
        rc = add_files(&text, version, err);
    if (rc == CST_OK)
        rc = cst_output_text(&text, err);
    cst_text_free(&text);
    return rc;
}

static cst_code write_json(const cst_version *version, cst_error *err)
{
    json_t *value = cst_version_to_json(version, err);
    cst_code rc =
        value ? cst_json_put(value, "manifest", json_incref(version->manifest), err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_output_json(value, err);
    json_decref(value);
    return rc;
}

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_version *version = NULL;
    cst_code rc = cst_call_find(&version, call, "reference", err);
    if (rc == CST_OK)
        rc = call->json ? write_json(version, err) : write_text(version, err);
    cst_version_free(version);
    return rc;
}

const cst_builtin cst_builtin_show = {
    .command = &command, .group = "Look", .registry = true, .run = run};
