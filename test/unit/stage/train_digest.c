/* train_digest.c - whose checkpoint it is: of the same features, parameters and seed alone */
#include "test/unit/test.h"

#include "stage/train.h"

static cst_digest digest_of(uint8_t features, const char *model, int trees, uint64_t seed)
{
    cst_error err = CST_ERROR_INIT;
    cst_digest out;
    cst_version version = {.id.byte[0] = features};
    json_t *params = json_pack("{s:s, s:i}", "model", model, "trees", trees);
    assert_ok(cst_training_digest(&out, &version, params, seed, &err));
    json_decref(params);
    return out;
}

static void whatever_decides_the_model_decides_the_digest(void **state)
{
    (void)state;
    const cst_digest digest[] = {digest_of(1, "gbdt", 10, 0), digest_of(2, "gbdt", 10, 0),
                                 digest_of(1, "gbdt", 11, 0), digest_of(1, "gbdt", 10, 1),
                                 digest_of(1, "glm", 10, 0)};
    enum { N = sizeof digest / sizeof digest[0] };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < i; j++)
            assert_false(cst_digest_equal(&digest[i], &digest[j]));
    const cst_digest again = digest_of(1, "gbdt", 10, 0);
    assert_true(cst_digest_equal(&digest[0], &again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_decides_the_model_decides_the_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
