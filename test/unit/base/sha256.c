/* sha256.c - digests against the examples of FIPS 180-4 */
#include "test/unit/test.h"

#include "base/sha256.h"

static void the_examples_of_the_standard_hold(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_digest digest;
    char hex[CST_DIGEST_HEX];
    assert_ok(cst_sha256_of(&digest, "abc", 3, &err));
    cst_digest_hex(hex, &digest);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cst_digest back;
    assert_true(cst_digest_parse(&back, hex));
    assert_true(cst_digest_equal(&back, &digest));
    hex[5] = 'g';
    assert_false(cst_digest_parse(&back, hex));
}

static void a_stream_gives_what_the_whole_gives(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const char text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    cst_sha256 *hash = NULL;
    cst_digest whole;
    cst_digest pieces;
    assert_ok(cst_sha256_of(&whole, text, strlen(text), &err));
    assert_ok(cst_sha256_new(&hash, &err));
    for (size_t i = 0; i < strlen(text); i++)
        assert_ok(cst_sha256_add(hash, text + i, 1, &err));
    assert_ok(cst_sha256_end(&pieces, hash, &err));
    assert_true(cst_digest_equal(&whole, &pieces));
    cst_sha256_free(hash);
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_digest digest;
    assert_fails(cst_sha256_file(&digest, "/nowhere/at/all", &err), CST_IO, "/nowhere/at/all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_hold),
        cmocka_unit_test(a_stream_gives_what_the_whole_gives),
        cmocka_unit_test(a_missing_file_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
