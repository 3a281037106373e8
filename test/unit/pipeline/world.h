/* world.h - a folder and a registry for a test of the pipeline, removed afterwards */
#ifndef CST_TEST_PIPELINE_WORLD_H
#define CST_TEST_PIPELINE_WORLD_H

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "pipeline/plan.h"
#include "registry/registry.h"

typedef struct {
    char folder[64];
    cst_registry *registry;
} world;

static inline int world_new(void **state)
{
    cst_error err = CST_ERROR_INIT;
    world *w = calloc(1, sizeof *w);
    char path[128];
    assert_non_null(w);
    (void)snprintf(w->folder, sizeof w->folder, "/tmp/capstan-pipeline-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    (void)snprintf(path, sizeof path, "%s/registry", w->folder);
    assert_ok(cst_registry_init(path, &err));
    assert_ok(cst_registry_open(&w->registry, path, &err));
    *state = w;
    return 0;
}

static inline int world_free(void **state)
{
    cst_error err = CST_ERROR_INIT;
    world *w = *state;
    cst_registry_close(w->registry);
    assert_ok(cst_file_remove(w->folder, &err));
    free(w);
    return 0;
}

/* Write a file in the world's folder; its path is written to path. */
static inline void world_write(const world *w, char path[256], const char *name, const char *text)
{
    (void)snprintf(path, 256, "%s/%s", w->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#endif
