/* place.c - which registry a command line means */
#include "cmd/place.h"

#include "base/file.h"
#include "config/yaml.h"

static cst_code from_pipeline(char **out, const char *file, cst_error *err)
{
    json_t *pipeline = NULL;
    json_t *lines = NULL;
    char *folder = NULL;
    cst_code rc = cst_yaml_load(&pipeline, &lines, file, err);
    const char *path = json_string_value(json_object_get(pipeline, "registry"));
    if (rc == CST_OK && path && (*path == '/' || (folder = cst_file_parent(file, err)))) {
        *out = folder ? cst_file_join(folder, path, err) : cst_text_copy(path, err);
        rc = *out ? CST_OK : CST_NOMEM;
    }
    free(folder);
    json_decref(pipeline);
    json_decref(lines);
    return rc;
}

cst_code cst_place_registry(char **out, const json_t *options, cst_error *err)
{
    const char *path = cst_get_string(options, "registry", getenv("CAPSTAN_REGISTRY"));
    const char *file = cst_get_string(options, "pipeline", NULL);
    cst_code rc = CST_OK;
    *out = NULL;
    if (path && *path) {
        *out = cst_text_copy(path, err);
        return *out ? CST_OK : CST_NOMEM;
    }
    if (file)
        rc = from_pipeline(out, file, err);
    if (rc == CST_OK && !*out)
        rc = cst_error_set(err, CST_USAGE,
                           "no registry is named: give --registry DIR, set CAPSTAN_REGISTRY, or "
                           "write registry: into the pipeline file");
    return rc;
}
