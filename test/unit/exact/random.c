/* random.c - Philox as published; streams apart; permutations and Poisson weights as they should be
 */
#include "test/unit/test.h"

#include "exact/random.h"

static void words_are_those_of_the_published_test_vectors(void **state)
{
    (void)state;
    /* Random123's known-answer file: philox4x32-10, counter and key all zero. The seed takes the
     * stream out of the key again. */
    uint64_t seed = (uint64_t)(uint32_t)(0u - 0x9e3779b9u * CST_STREAM_SAMPLE) << 32;
    cst_random r = cst_random_at(seed, CST_STREAM_SAMPLE, 0, 0);
    const uint32_t known[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    assert_memory_equal(r.word, known, sizeof known);
}

static void streams_seeds_and_counters_all_matter(void **state)
{
    (void)state;
    uint64_t base = cst_random_bits(1, CST_STREAM_SPLIT, 2, 3);
    assert_int_equal(base, cst_random_bits(1, CST_STREAM_SPLIT, 2, 3));
    assert_int_not_equal(base, cst_random_bits(1, CST_STREAM_FOLD, 2, 3));
    assert_int_not_equal(base, cst_random_bits(2, CST_STREAM_SPLIT, 2, 3));
    assert_int_not_equal(base, cst_random_bits(1, CST_STREAM_SPLIT, 3, 3));
    assert_int_not_equal(base, cst_random_bits(1, CST_STREAM_SPLIT, 2, 4));
}

static void poisson_counts_have_their_frequencies(void **state)
{
    (void)state;
    /* exp(-1)/k!, the last cell pooled; 9.49 is chi-square's 95 % point at 4 degrees, fixed seed */
    const double share[5] = {0.36787944117144233, 0.36787944117144233, 0.18393972058572117,
                             0.06131324019524039, 0.01898815687615381};
    enum { N = 200000 };
    int64_t seen[5] = {0}, total = 0;
    for (uint64_t i = 0; i < N; i++) {
        int k = cst_random_poisson1(7, CST_STREAM_BOOTSTRAP, i, 5);
        assert_in_range(k, 0, 18);
        seen[k < 4 ? k : 4]++;
        total += k;
    }
    double chi2 = 0;
    for (int k = 0; k < 5; k++) {
        double expected = share[k] * N, off = (double)seen[k] - expected;
        chi2 += off * off / expected;
    }
    assert_true(chi2 < 9.49);
    assert_true(fabs((double)total / N - 1) < 3 / sqrt(N));
}

static void permutations_hold_every_index_once_and_differ_by_round(void **state)
{
    (void)state;
    size_t a[100], b[100];
    int seen[100] = {0}, moved = 0;
    for (size_t i = 0; i < 100; i++)
        a[i] = b[i] = i;
    cst_random_permute(a, 100, 3, CST_STREAM_PERMUTE, 0);
    cst_random_permute(b, 100, 3, CST_STREAM_PERMUTE, 1);
    for (size_t i = 0; i < 100; i++) {
        seen[a[i]]++;
        moved += a[i] != b[i];
    }
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(seen[i], 1);
    assert_true(moved > 80);
}

static void every_order_of_three_comes_equally_often(void **state)
{
    (void)state;
    enum { N = 60000 };
    int seen[27] = {0};
    for (uint64_t round = 0; round < N; round++) {
        size_t order[3] = {0, 1, 2};
        cst_random_permute(order, 3, 11, CST_STREAM_PERMUTE, round);
        seen[order[0] * 9 + order[1] * 3 + order[2]]++;
    }
    double chi2 = 0;
    int kinds = 0;
    for (int i = 0; i < 27; i++)
        if (seen[i]) {
            kinds++;
            chi2 += (seen[i] - N / 6.0) * (seen[i] - N / 6.0) / (N / 6.0);
        }
    assert_int_equal(kinds, 6);
    assert_true(chi2 < 11.07); /* chi-square's 95 % point at 5 degrees, fixed seed */
}

static void hashes_hang_on_every_byte_and_on_the_size(void **state)
{
    (void)state;
    char bytes[20] = "nineteen characters";
    uint64_t base = cst_random_hash(0, CST_STREAM_SPLIT, bytes, 19);
    assert_int_not_equal(base, cst_random_hash(0, CST_STREAM_SPLIT, bytes, 20));
    assert_int_not_equal(cst_random_hash(0, CST_STREAM_SPLIT, "", 0),
                         cst_random_hash(0, CST_STREAM_SPLIT, "\0", 1));
    for (size_t i = 0; i < 19; i++) {
        bytes[i] ^= 1;
        assert_int_not_equal(base, cst_random_hash(0, CST_STREAM_SPLIT, bytes, 19));
        bytes[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_those_of_the_published_test_vectors),
        cmocka_unit_test(streams_seeds_and_counters_all_matter),
        cmocka_unit_test(poisson_counts_have_their_frequencies),
        cmocka_unit_test(permutations_hold_every_index_once_and_differ_by_round),
        cmocka_unit_test(every_order_of_three_comes_equally_often),
        cmocka_unit_test(hashes_hang_on_every_byte_and_on_the_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
