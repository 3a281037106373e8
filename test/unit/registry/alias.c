/* alias.c - an alias moves by compare and swap, past the gate only with a reason, and back */
#include "test/unit/test.h"

#include <sys/wait.h>
#include <unistd.h>

#include "registry/alias.h"
#include "test/unit/killed.h"
#include "test/unit/registry/fixture.h"

/* Publish an evaluation of m@number with a verdict, made when champion was at generation. */
static void evaluate(cst_registry *registry, int64_t number, const char *verdict,
                     int64_t generation)
{
    cst_error err = CST_ERROR_INIT;
    cst_draft *draft = NULL;
    cst_version *model = NULL;
    cst_version *out = NULL;
    char reference[32];
    (void)snprintf(reference, sizeof reference, "m@%lld", (long long)number);
    assert_ok(cst_registry_find(&model, registry, CST_KIND_MODEL, reference, &err));
    json_t *judged = json_pack("{s:s}", "verdict", verdict);
    json_t *extra = json_pack("{s:I}", "alias_generation", (json_int_t)generation);
    cst_recipe recipe = {.stage = "evaluate", .revision = 1, .extra = extra};
    assert_ok(cst_draft_new(&draft, registry, CST_KIND_EVALUATION, "m", &err));
    assert_ok(cst_draft_add_json(draft, "evaluation.json", judged, false, &err));
    assert_ok(cst_draft_add_input(draft, "model", model, &err));
    cst_code rc = cst_draft_publish(&out, draft, &recipe, CST_PARENT_ANY, &err);
    assert_true(rc == CST_OK || rc == CST_SKIPPED);
    cst_version_free(out);
    cst_version_free(model);
    cst_draft_free(draft);
    json_decref(judged);
    json_decref(extra);
}

static cst_code promote(int64_t *generation, cst_registry *registry, int64_t number,
                        const cst_promotion *promotion, cst_error *err)
{
    cst_version *model = NULL;
    char reference[32];
    (void)snprintf(reference, sizeof reference, "m@%lld", (long long)number);
    cst_code rc = cst_registry_find(&model, registry, CST_KIND_MODEL, reference, err);
    if (rc == CST_OK)
        rc = cst_alias_promote(generation, registry, model, promotion, err);
    cst_version_free(model);
    return rc;
}

static void assert_champion(cst_registry *registry, int64_t generation, int64_t number)
{
    cst_error err = CST_ERROR_INIT;
    cst_alias alias;
    cst_version *version = NULL;
    assert_ok(cst_alias_read(&alias, registry, "m", "champion", &err));
    assert_int_equal(alias.generation, generation);
    cst_alias_free(&alias);
    assert_ok(cst_registry_find(&version, registry, CST_KIND_ANY, "m@champion", &err));
    assert_int_equal(version->number, number);
    cst_version_free(version);
}

static void three_models(cst_registry *registry)
{
    put(registry, CST_KIND_MODEL, "m", "one");
    put(registry, CST_KIND_MODEL, "m", "two");
    put(registry, CST_KIND_MODEL, "m", "three");
}

static void the_gate_decides(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    int64_t generation = 0;
    cst_promotion plain = {.alias = "champion", .expect = -1};
    cst_promotion forced = {.alias = "champion", .expect = -1, .override = true};
    three_models(f->registry);
    assert_fails(promote(&generation, f->registry, 1, &plain, &err), CST_REFUSED,
                 "m@1 was never evaluated");
    evaluate(f->registry, 1, "passed", 0);
    assert_ok(promote(&generation, f->registry, 1, &plain, &err));
    assert_int_equal(generation, 1);
    assert_champion(f->registry, 1, 1);
    evaluate(f->registry, 2, "refused", 1);
    assert_fails(promote(&generation, f->registry, 2, &plain, &err), CST_REFUSED,
                 "--override --reason");
    assert_fails(promote(&generation, f->registry, 2, &forced, &err), CST_USAGE, "needs --reason");
    assert_champion(f->registry, 1, 1);
    forced.reason = "the floor was set too high";
    assert_ok(promote(&generation, f->registry, 2, &forced, &err));
    assert_champion(f->registry, 2, 2);
    assert_int_equal(promote(&generation, f->registry, 2, &plain, &err), CST_SKIPPED);
    assert_int_equal(generation, 2);
}

static void a_champion_that_moved_meanwhile_is_a_conflict(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    int64_t generation = 0;
    cst_promotion plain = {.alias = "champion", .expect = -1};
    three_models(f->registry);
    for (int64_t number = 1; number <= 3; number++)
        evaluate(f->registry, number, "passed", number == 1 ? 0 : 1);
    assert_ok(promote(&generation, f->registry, 1, &plain, &err));
    assert_ok(promote(&generation, f->registry, 2, &plain, &err));
    assert_fails(promote(&generation, f->registry, 3, &plain, &err), CST_CONFLICT,
                 "at generation 2, not 1");
    assert_non_null(strstr(err.text, "moved it to m@2"));
    assert_champion(f->registry, 2, 2);
    plain.expect = 2; /* looked at again, and meant */
    assert_ok(promote(&generation, f->registry, 3, &plain, &err));
    assert_champion(f->registry, 3, 3);
}

static void a_refit_is_judged_as_its_challenger(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_draft *draft = NULL;
    cst_version *challenger = NULL;
    cst_version *refit = NULL;
    int64_t generation = 0;
    char hex[CST_DIGEST_HEX];
    put(f->registry, CST_KIND_MODEL, "m", "challenger");
    evaluate(f->registry, 1, "passed", 0);
    assert_ok(cst_registry_find(&challenger, f->registry, CST_KIND_MODEL, "m@1", &err));
    cst_digest_hex(hex, &challenger->id);
    json_t *extra = json_pack("{s:{s:i, s:s}}", "evaluated_as", "version", 1, "id", hex);
    cst_recipe recipe = {.stage = "train", .revision = 1, .extra = extra};
    assert_ok(cst_draft_new(&draft, f->registry, CST_KIND_MODEL, "m", &err));
    assert_ok(cst_draft_publish(&refit, draft, &recipe, CST_PARENT_ANY, &err));
    cst_promotion plain = {.alias = "champion", .expect = -1};
    assert_ok(cst_alias_promote(&generation, f->registry, refit, &plain, &err));
    assert_champion(f->registry, 1, 2);
    json_decref(extra);
    cst_draft_free(draft);
    cst_version_free(challenger);
    cst_version_free(refit);
}

static void a_rollback_is_a_new_generation(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_registry *r = f->registry;
    int64_t g = 0;
    three_models(r);
    assert_fails(cst_alias_rollback(&g, r, "m", "champion", 0, "why", &err), CST_MISSING,
                 "never set");
    for (int64_t number = 1; number <= 3; number++) {
        cst_promotion forced = {
            .alias = "champion", .expect = number - 1, .override = true, .reason = "a test"};
        assert_ok(promote(&g, r, number, &forced, &err));
    }
    assert_fails(cst_alias_rollback(&g, r, "m", "champion", 0, NULL, &err), CST_USAGE, "--reason");
    assert_ok(cst_alias_rollback(&g, r, "m", "champion", 0, "worse on Sundays", &err));
    assert_champion(r, 4, 2);
    assert_ok(cst_alias_rollback(&g, r, "m", "champion", 0, "worse still", &err));
    assert_champion(r, 5, 1);
    assert_fails(cst_alias_rollback(&g, r, "m", "champion", 0, "more", &err), CST_MISSING,
                 "is the first champion");
    assert_fails(cst_alias_rollback(&g, r, "m", "champion", 1, "more", &err), CST_USAGE, "already");
    assert_fails(cst_alias_rollback(&g, r, "m", "champion", 9, "more", &err), CST_USAGE,
                 "was never champion");
    assert_ok(cst_alias_rollback(&g, r, "m", "champion", 3, "it was the clock", &err));
    assert_champion(r, 6, 3);
    json_t *log = NULL;
    assert_ok(cst_alias_log(&log, r, "m", "champion", &err));
    assert_int_equal(json_array_size(log), 6);
    const json_t *fourth = json_array_get(log, 3);
    assert_string_equal(json_string_value(json_object_get(fourth, "reason")), "worse on Sundays");
    json_decref(log);
}

static void names_that_are_no_alias_are_refused(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    cst_alias alias;
    static const char *const bad[] = {"latest", "1st", "", "../up", "Champion"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cst_error_clear(&err);
        assert_int_equal(cst_alias_read(&alias, f->registry, "m", bad[i], &err), CST_USAGE);
    }
}

static void a_changed_target_is_not_promoted(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    int64_t generation = 0;
    cst_promotion plain = {.alias = "champion", .expect = -1};
    put(f->registry, CST_KIND_MODEL, "m", "one");
    evaluate(f->registry, 1, "passed", 0);
    char *file = cst_file_join(f->path, "models/m/0000000001/text", &err);
    assert_ok(cst_file_remove(file, &err));
    assert_ok(cst_file_publish(file, "0ne", 3, &err));
    assert_fails(promote(&generation, f->registry, 1, &plain, &err), CST_INVALID, "text");
    free(file);
}

/* One process of many: move the alias rounds times, reading again after each conflict. Writes how
 * many generations it was given. */
static void move_often(const char *path, int rounds, int out)
{
    cst_error err = CST_ERROR_INIT;
    cst_registry *registry = NULL;
    int64_t given = 0;
    if (cst_registry_open(&registry, path, &err) != CST_OK)
        _exit(1);
    for (int round = 0; round < rounds; round++) {
        cst_alias alias;
        cst_error lost = CST_ERROR_INIT;
        int64_t generation = 0;
        if (cst_alias_read(&alias, registry, "m", "champion", &lost) != CST_OK)
            _exit(2);
        int64_t now =
            json_integer_value(json_object_get(json_object_get(alias.record, "target"), "version"));
        cst_promotion forced = {.alias = "champion",
                                .expect = alias.generation,
                                .override = true,
                                .reason = "one of sixteen"};
        cst_alias_free(&alias);
        cst_code rc = promote(&generation, registry, now % 3 + 1, &forced, &lost);
        if (rc != CST_OK && rc != CST_CONFLICT && rc != CST_SKIPPED)
            _exit(3);
        given += rc == CST_OK;
    }
    cst_registry_close(registry);
    _exit(write(out, &given, sizeof given) == sizeof given ? 0 : 4);
}

static void sixteen_promoters_lose_nothing(void **state)
{
    const fixture *f = *state;
    enum { PROCESSES = 16, ROUNDS = 12 };
    cst_error err = CST_ERROR_INIT;
    int ends[2];
    three_models(f->registry);
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < PROCESSES; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            move_often(f->path, ROUNDS, ends[1]);
    }
    int64_t acknowledged = 0;
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        int64_t given = 0;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(ends[0], &given, sizeof given), sizeof given);
        acknowledged += given;
    }
    json_t *log = NULL;
    assert_ok(cst_alias_log(&log, f->registry, "m", "champion", &err));
    assert_int_equal((int64_t)json_array_size(log), acknowledged);
    assert_true(acknowledged >= ROUNDS);
    json_decref(log);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void promote_from_child(void *context)
{
    int64_t generation = 0;
    cst_promotion forced = {
        .alias = "champion", .expect = 0, .override = true, .reason = "killed soon"};
    (void)promote(&generation, context, 1, &forced, NULL);
}

static void killed_at_any_call_the_chain_is_whole(void **state)
{
    const fixture *f = *state;
    cst_error err = CST_ERROR_INIT;
    size_t unmoved = 0;
    bool finished = false;
    put(f->registry, CST_KIND_MODEL, "m", "one");
    char *aliases = cst_file_join(f->path, "aliases", &err);
    for (size_t step = 0; !finished; step++) {
        cst_alias alias;
        finished = killed_before_call(step, promote_from_child, f->registry);
        assert_ok(cst_alias_read(&alias, f->registry, "m", "champion", &err));
        assert_true(alias.generation == 1 || !finished);
        unmoved += alias.generation == 0;
        cst_alias_free(&alias);
        assert_ok(cst_file_remove(aliases, &err));
    }
    assert_true(unmoved > 10);
    free(aliases);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clean)
    const struct CMUnitTest tests[] = {
        TEST(the_gate_decides),
        TEST(a_champion_that_moved_meanwhile_is_a_conflict),
        TEST(a_refit_is_judged_as_its_challenger),
        TEST(a_rollback_is_a_new_generation),
        TEST(names_that_are_no_alias_are_refused),
        TEST(a_changed_target_is_not_promoted),
        TEST(sixteen_promoters_lose_nothing),
        TEST(killed_at_any_call_the_chain_is_whole),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
