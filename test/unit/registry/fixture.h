/* fixture.h - a registry in a temporary directory, and small versions to put into it */
#ifndef CST_TEST_REGISTRY_FIXTURE_H
#define CST_TEST_REGISTRY_FIXTURE_H

#include "base/file.h"
#include "config/json.h"
#include "registry/registry.h"

typedef struct {
    char directory[64];
    char *path; /* of the registry in it */
    cst_registry *registry;
} fixture;

static inline int make(void **state)
{
    static fixture f;
    f = (fixture){0};
    (void)snprintf(f.directory, sizeof f.directory, "/tmp/capstan-registry-XXXXXX");
    if (!mkdtemp(f.directory) || !(f.path = cst_file_join(f.directory, "reg", NULL)) ||
        cst_registry_init(f.path, NULL) != CST_OK ||
        cst_registry_open(&f.registry, f.path, NULL) != CST_OK)
        return -1;
    *state = &f;
    return 0;
}

static inline int clean(void **state)
{
    fixture *f = *state;
    cst_registry_close(f->registry);
    free(f->path);
    return cst_file_remove(f->directory, NULL) == CST_OK ? 0 : -1;
}

/** Publish a version of one file with the text given; params {"text": text}. */
static inline cst_code publish(cst_version **out, cst_registry *registry, cst_kind kind,
                               const char *name, const char *text, int64_t parent, cst_error *err)
{
    cst_draft *draft = NULL;
    json_t *params = json_pack("{s:s}", "text", text);
    json_t *summary = json_pack("{s:i}", "length", (int)strlen(text));
    cst_recipe recipe = {.stage = "test", .revision = 1, .params = params, .summary = summary};
    cst_code rc = cst_draft_new(&draft, registry, kind, name, err);
    if (rc == CST_OK)
        rc = cst_draft_add_bytes(draft, "text", text, strlen(text), false, err);
    if (rc == CST_OK)
        rc = cst_draft_publish(out, draft, &recipe, parent, err);
    cst_draft_free(draft);
    json_decref(params);
    json_decref(summary);
    return rc;
}

/** The same where it must succeed and the version itself is not wanted. */
static inline void put(cst_registry *registry, cst_kind kind, const char *name, const char *text)
{
    cst_error err = CST_ERROR_INIT;
    cst_version *version = NULL;
    assert_ok(publish(&version, registry, kind, name, text, CST_PARENT_ANY, &err));
    cst_version_free(version);
}

#endif
