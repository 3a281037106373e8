/* file.c - a pipeline file read and checked: its own keys, then the sections of the rooms */
#include "base/file.h"
#include "config/json.h"
#include "config/yaml.h"
#include "pipeline/options.h"
#include "pipeline/plan.h"
#include "tune/options.h"

/* Paths in a pipeline file are meant from where it lies. New reference, or NULL with err set. */
static json_t *placed(const json_t *path, const char *folder, cst_error *err)
{
    const char *text = json_string_value(path);
    if (!text || text[0] == '/')
        return json_deep_copy(path);
    char *joined = cst_file_join(folder, text, err);
    json_t *value = joined ? json_string(joined) : NULL;
    free(joined);
    return value;
}

static cst_code place_path(json_t *map, const char *key, const char *folder, cst_error *err)
{
    const json_t *path = json_object_get(map, key);
    return path ? cst_json_put(map, key, placed(path, folder, err), err) : CST_OK;
}

static cst_code place_list(json_t *map, const char *key, const char *folder, cst_error *err)
{
    const json_t *list = json_object_get(map, key);
    if (!json_is_array(list))
        return place_path(map, key, folder, err);
    json_t *out = json_array();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "the paths of a pipeline file");
    for (size_t i = 0; i < json_array_size(list) && rc == CST_OK; i++)
        rc = cst_json_append(out, placed(json_array_get(list, i), folder, err), err);
    if (rc == CST_OK)
        return cst_json_put(map, key, out, err);
    json_decref(out);
    return rc;
}

/* The folder that a file lies in, absolute; to be freed. */
static char *folder_of(const char *path, cst_error *err)
{
    char *parent = cst_file_parent(path, err);
    char *folder = parent ? realpath(parent, NULL) : NULL;
    if (parent && !folder)
        cst_error_errno(err, "cannot find the folder of %s", path);
    free(parent);
    return folder;
}

static cst_code place_paths(json_t *pipeline, const char *path, cst_error *err)
{
    char *folder = folder_of(path, err);
    cst_code rc = folder ? place_path(pipeline, "schema", folder, err) : CST_IO;
    if (rc == CST_OK)
        rc = place_path(pipeline, "registry", folder, err);
    if (rc == CST_OK)
        rc = place_list(json_object_get(pipeline, "source"), "files", folder, err);
    free(folder);
    return rc;
}

/* --set key=value goes to the first section, --set gate.floor=0.6 to the one named; what was set
 * no longer stands on a line of the file. */
static cst_code apply_setting(json_t *pipeline, json_t *lines, const char *assignment,
                              const cst_grammar *grammar, cst_error *err)
{
    bool named = false;
    for (size_t i = 0; i < grammar->sections; i++) {
        size_t size = strlen(grammar->section[i].name);
        named = named ||
                (!strncmp(assignment, grammar->section[i].name, size) && assignment[size] == '.');
    }
    if (!named && grammar->sections == 0)
        return cst_error_set(err, CST_USAGE, "--set %s: there are no keys to set", assignment);
    char *full = named ? cst_text_copy(assignment, err)
                       : cst_text_format(err, "%s.%s", grammar->section[0].name, assignment);
    cst_code rc = full ? cst_option_set(pipeline, full, err) : CST_NOMEM;
    if (rc == CST_OK) {
        full[strcspn(full, "=")] = '\0';
        json_object_del(lines, full);
    }
    free(full);
    return rc;
}

static cst_code check_sections(json_t *pipeline, const json_t *lines, const char *source,
                               const cst_grammar *grammar, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < grammar->sections && rc == CST_OK; i++) {
        const cst_section *section = &grammar->section[i];
        json_t *checked = NULL;
        if (section->optional && !json_object_get(pipeline, section->name))
            continue;
        rc = cst_section_check(&checked, json_object_get(pipeline, section->name), lines, source,
                               section, err);
        if (rc == CST_OK)
            rc = cst_json_put(pipeline, section->name, checked, err);
    }
    return rc;
}

static const cst_section *section_of(const cst_grammar *grammar, const char *name)
{
    for (size_t i = 0; i < grammar->sections; i++)
        if (!strcmp(grammar->section[i].name, name))
            return &grammar->section[i];
    return NULL;
}

/* What stands in one section and hangs on another: the keys that tune: searches are the learner's.
 */
static cst_code check_search(const json_t *pipeline, const json_t *lines, const char *source,
                             const cst_grammar *grammar, cst_error *err)
{
    const json_t *tune = json_object_get(pipeline, "tune");
    const cst_section *train = section_of(grammar, "train");
    if (!tune || !train || !section_of(grammar, "tune"))
        return CST_OK;
    return cst_tune_check(tune, json_object_get(pipeline, "train"), train, lines, source, err);
}

static cst_code apply_settings(json_t *pipeline, json_t *lines, const json_t *settings,
                               const cst_grammar *grammar, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(settings) && rc == CST_OK; i++)
        rc = apply_setting(pipeline, lines, json_string_value(json_array_get(settings, i)), grammar,
                           err);
    return rc;
}

cst_code cst_pipeline_read(json_t **out, const char *path, const json_t *settings,
                           const cst_grammar *grammar, cst_error *err)
{
    json_t *raw = NULL;
    json_t *lines = NULL;
    json_t *pipeline = NULL;
    cst_code rc = cst_yaml_load(&raw, &lines, path, err);
    if (rc == CST_OK)
        rc = cst_option_check(&pipeline, raw, lines, path, cst_pipeline_options, err);
    if (rc == CST_OK)
        rc = apply_settings(pipeline, lines, settings, grammar, err);
    if (rc == CST_OK)
        rc = check_sections(pipeline, lines, path, grammar, err);
    if (rc == CST_OK)
        rc = check_search(pipeline, lines, path, grammar, err);
    if (rc == CST_OK)
        rc = place_paths(pipeline, path, err);
    if (rc == CST_OK) {
        *out = pipeline;
        pipeline = NULL;
    }
    json_decref(pipeline);
    json_decref(lines);
    json_decref(raw);
    return rc;
}

cst_code cst_pipeline_sections(json_t **out, const json_t *settings, const cst_grammar *grammar,
                               cst_error *err)
{
    json_t *sections = json_object();
    cst_code rc = sections ? CST_OK : cst_error_nomem(err, "sections");
    if (rc == CST_OK)
        rc = apply_settings(sections, NULL, settings, grammar, err);
    if (rc == CST_OK)
        rc = check_sections(sections, NULL, "without --pipeline", grammar, err);
    if (rc == CST_OK)
        rc = check_search(sections, NULL, "without --pipeline", grammar, err);
    if (rc == CST_OK)
        *out = sections;
    else
        json_decref(sections);
    return rc;
}
