/* lineage.c - from a model to the files it was made of, and back; what differs between two */
#include "test/unit/test.h"

#include "registry/lineage.h"
#include "test/unit/registry/fixture.h"

/* A model m made of features d made of a snapshot d of two files. */
static void make_chain(cst_registry *registry)
{
    cst_error err = CST_ERROR_INIT;
    cst_version *made[3] = {NULL};
    static const cst_kind kinds[] = {CST_KIND_SNAPSHOT, CST_KIND_FEATURES, CST_KIND_MODEL};
    static const char *const stages[] = {"ingest", "prepare", "train"};
    static const char *const roles[] = {"snapshot", "features"};
    char hex[CST_DIGEST_HEX];
    cst_digest_hex(hex, &(cst_digest){.byte = {9}});
    json_t *part = json_pack("{s:s, s:s, s:s, s:[{s:s, s:i}, {s:s, s:i}]}", "id", hex, "sha256",
                             hex, "path", "parts/d/x.h5", "sources", "path", "jan.csv", "rows", 10,
                             "path", "feb.csv", "rows", 20);
    for (int i = 0; i < 3; i++) {
        cst_draft *draft = NULL;
        json_t *params = json_pack("{s:i}", "step", i);
        json_t *provenance = json_pack("{s:{s:s}}", "build", "commit", "0123abcd");
        cst_recipe recipe = {
            .stage = stages[i], .revision = 1, .params = params, .provenance = provenance};
        assert_ok(cst_draft_new(&draft, registry, kinds[i], i < 2 ? "d" : "m", &err));
        if (i == 0)
            assert_ok(cst_draft_add_part(draft, part, &err));
        else
            assert_ok(cst_draft_add_input(draft, roles[i - 1], made[i - 1], &err));
        assert_ok(cst_draft_publish(&made[i], draft, &recipe, CST_PARENT_ANY, &err));
        cst_draft_free(draft);
        json_decref(params);
        json_decref(provenance);
    }
    for (int i = 0; i < 3; i++)
        cst_version_free(made[i]);
    json_decref(part);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void why_reaches_the_source_files(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *model = NULL;
    json_t *tree = NULL;
    make_chain(f->registry);
    assert_ok(cst_registry_find(&model, f->registry, CST_KIND_MODEL, "m", &err));
    assert_ok(cst_lineage_up(&tree, f->registry, model, &err));
    const json_t *features = json_array_get(json_object_get(tree, "inputs"), 0);
    const json_t *snapshot = json_array_get(json_object_get(features, "inputs"), 0);
    const json_t *sources = json_object_get(snapshot, "sources");
    assert_string_equal(text_of(tree, "stage"), "train");
    assert_string_equal(text_of(features, "role"), "features");
    assert_string_equal(text_of(snapshot, "role"), "snapshot");
    assert_string_equal(text_of(json_object_get(snapshot, "build"), "commit"), "0123abcd");
    assert_int_equal(json_array_size(sources), 2);
    assert_string_equal(text_of(json_array_get(sources, 1), "path"), "feb.csv");
    json_decref(tree);
    cst_version_free(model);
}

static void an_input_that_is_gone_is_told_as_gone(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *model = NULL;
    json_t *tree = NULL;
    make_chain(f->registry);
    char *path = cst_file_join(f->path, "features/d/0000000001", &err);
    assert_ok(cst_file_remove(path, &err));
    assert_ok(cst_registry_find(&model, f->registry, CST_KIND_MODEL, "m", &err));
    assert_ok(cst_lineage_up(&tree, f->registry, model, &err));
    const json_t *features = json_array_get(json_object_get(tree, "inputs"), 0);
    assert_string_equal(text_of(features, "name"), "d");
    assert_non_null(strstr(text_of(features, "gone"), "there is no features d@1"));
    json_decref(tree);
    cst_version_free(model);
    free(path);
}

static void down_tells_what_was_made_of_it(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *features = NULL;
    json_t *made = NULL;
    make_chain(f->registry);
    assert_ok(cst_registry_find(&features, f->registry, CST_KIND_FEATURES, "d", &err));
    assert_ok(cst_lineage_down(&made, f->registry, features, &err));
    assert_int_equal(json_array_size(made), 1);
    assert_string_equal(text_of(json_array_get(made, 0), "kind"), "model");
    assert_string_equal(text_of(json_array_get(made, 0), "role"), "features");
    json_decref(made);
    cst_version_free(features);
}

static void a_difference_names_what_differs(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_version *v[3] = {NULL};
    json_t *difference = NULL;
    put(f->registry, CST_KIND_MODEL, "m", "one");
    put(f->registry, CST_KIND_MODEL, "m", "three");
    put(f->registry, CST_KIND_SNAPSHOT, "s", "one");
    assert_ok(cst_registry_find(&v[0], f->registry, CST_KIND_MODEL, "m@1", &err));
    assert_ok(cst_registry_find(&v[1], f->registry, CST_KIND_MODEL, "m@2", &err));
    assert_ok(cst_registry_find(&v[2], f->registry, CST_KIND_SNAPSHOT, "s", &err));
    assert_ok(cst_lineage_diff(&difference, v[0], v[1], &err));
    assert_true(json_is_false(json_object_get(difference, "identical")));
    const json_t *text = json_object_get(json_object_get(difference, "params"), "text");
    assert_string_equal(json_string_value(json_array_get(text, 1)), "three");
    assert_int_equal(json_object_size(json_object_get(difference, "files")), 1);
    assert_int_equal(json_object_size(json_object_get(difference, "inputs")), 0);
    json_decref(difference);
    assert_ok(cst_lineage_diff(&difference, v[0], v[0], &err));
    assert_true(json_is_true(json_object_get(difference, "identical")));
    assert_int_equal(json_object_size(json_object_get(difference, "params")), 0);
    json_decref(difference);
    assert_fails(cst_lineage_diff(&difference, v[0], v[2], &err), CST_USAGE, "one kind");
    for (int i = 0; i < 3; i++)
        cst_version_free(v[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)
    const struct CMUnitTest tests[] = {
        TEST(why_reaches_the_source_files),
        TEST(an_input_that_is_gone_is_told_as_gone),
        TEST(down_tells_what_was_made_of_it),
        TEST(a_difference_names_what_differs),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
