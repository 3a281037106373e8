/* mergeable.c - lanes merge in any grouping; sorted sets; order-preserving keys */
#include "test/unit/test.h"

#include "exact/mergeable.h"

static void order_keys_order_as_doubles_and_come_back(void **state)
{
    (void)state;
    const double rising[] = {-INFINITY, -1.7e308, -1.0, -5e-324, -0.0,  0.0,
                             5e-324,    1e-300,   1.0,  1.5,     1e308, INFINITY};
    for (size_t i = 0; i < sizeof rising / sizeof rising[0]; i++) {
        double back = cst_order_value(cst_order_key(rising[i]));
        assert_memory_equal(&back, &rising[i], sizeof back);
        if (i)
            assert_true(cst_order_key(rising[i - 1]) < cst_order_key(rising[i]));
    }
    assert_true(cst_order_key(NAN) < cst_order_key(-INFINITY));
    assert_true(cst_order_key(-NAN) == cst_order_key(NAN));
}

static void shapes_that_differ_are_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    int64_t word[3] = {0};
    cst_mergeable a = {.sum = word, .sums = 2}, b = {.sum = word, .sums = 3};
    assert_fails(cst_mergeable_merge(&a, &b, &err), CST_INVALID, "lane sum");
}

/* A state of every lane over the rows first, first + step, … of 1000. */
typedef struct {
    int64_t sum[3], max[2], best[2][3];
    uint8_t reg[4];
    cst_sorted *set[2];
} lanes;

static cst_mergeable view(lanes *l)
{
    return (cst_mergeable){.sum = l->sum,
                           .sums = 3,
                           .max = l->max,
                           .maxima = 2,
                           .reg = l->reg,
                           .registers = 4,
                           .set = l->set,
                           .sets = 2,
                           .best = l->best[0],
                           .bests = 2,
                           .best_width = 3};
}

static void look(lanes *l, int first, int step)
{
    cst_error err = CST_ERROR_INIT;
    *l = (lanes){.max = {INT64_MIN, INT64_MIN}};
    for (int b = 0; b < 2; b++)
        l->best[b][0] = INT64_MIN;
    assert_ok(cst_sorted_new(&l->set[0], 1, 0, &err));
    assert_ok(cst_sorted_new(&l->set[1], 2, 50, &err));
    for (int r = first; r < 1000; r += step) {
        int64_t scrambled = (int64_t)r * 7919 % 1009;
        l->sum[r % 3] += scrambled;
        for (int m = 0; m < 2; m++)
            if (l->max[m] < (m ? -scrambled : scrambled))
                l->max[m] = m ? -scrambled : scrambled;
        if (l->reg[r % 4] < scrambled % 64)
            l->reg[r % 4] = (uint8_t)(scrambled % 64);
        int64_t record[3] = {scrambled % 5, scrambled % 7, r};
        cst_mergeable_best(l->best[r % 2], record, 1, 3);
        char key[32];
        int size = snprintf(key, sizeof key, "level %lld", (long long)scrambled % 40);
        assert_ok(cst_sorted_add(l->set[0], key, (size_t)size, &(int64_t){1}, &err));
        uint64_t big = __builtin_bswap64((uint64_t)scrambled / 2);
        assert_ok(cst_sorted_add(l->set[1], &big, sizeof big, (int64_t[]){r, 1}, &err));
    }
}

static void release(lanes *l)
{
    cst_sorted_free(l->set[0]);
    cst_sorted_free(l->set[1]);
}

static void assert_same_set(const cst_sorted *a, const cst_sorted *b)
{
    cst_error err = CST_ERROR_INIT;
    void *x = NULL, *y = NULL;
    size_t x_size, y_size;
    assert_ok(cst_sorted_encode(&x, &x_size, a, &err));
    assert_ok(cst_sorted_encode(&y, &y_size, b, &err));
    assert_int_equal(x_size, y_size);
    assert_memory_equal(x, y, x_size);
    free(x);
    free(y);
}

static void seven_states_merged_are_one(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    lanes whole, part[7];
    look(&whole, 0, 1);
    for (int p = 0; p < 7; p++)
        look(&part[p], p, 7);
    /* a tree, not a chain: 6 into 2, 5 into 1, 4 into 3, then those and the first */
    static const int pair[][2] = {{2, 6}, {1, 5}, {3, 4}, {2, 3}, {1, 2}, {0, 1}};
    for (size_t i = 0; i < sizeof pair / sizeof pair[0]; i++) {
        cst_mergeable mine = view(&part[pair[i][0]]), theirs = view(&part[pair[i][1]]);
        assert_ok(cst_mergeable_merge(&mine, &theirs, &err));
    }
    assert_memory_equal(whole.sum, part[0].sum, sizeof whole.sum);
    assert_memory_equal(whole.max, part[0].max, sizeof whole.max);
    assert_memory_equal(whole.reg, part[0].reg, sizeof whole.reg);
    assert_memory_equal(whole.best, part[0].best, sizeof whole.best);
    for (int s = 0; s < 2; s++)
        assert_same_set(whole.set[s], part[0].set[s]);
    assert_int_equal(cst_sorted_count(whole.set[0]), 40);
    assert_false(cst_sorted_overflowed(whole.set[0]));
    assert_int_equal(cst_sorted_count(whole.set[1]), 50);
    assert_true(cst_sorted_overflowed(whole.set[1]));
    release(&whole);
    for (int p = 0; p < 7; p++)
        release(&part[p]);
}

static void a_set_is_sorted_bytewise_with_the_shorter_first(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    const char *words[] = {"b", "ab", "", "a", "\xc3\xa9", "ab", "aa"};
    const char *sorted[] = {"", "a", "aa", "ab", "b", "\xc3\xa9"};
    cst_sorted *set = NULL;
    assert_ok(cst_sorted_new(&set, 1, 0, &err));
    for (size_t i = 0; i < 7; i++)
        assert_ok(cst_sorted_add(set, words[i], strlen(words[i]), &(int64_t){10}, &err));
    assert_int_equal(cst_sorted_count(set), 6);
    for (size_t i = 0; i < 6; i++) {
        size_t size;
        const void *key = cst_sorted_key(set, i, &size);
        assert_int_equal(size, strlen(sorted[i]));
        assert_memory_equal(key, sorted[i], size);
        assert_int_equal(cst_sorted_find(set, sorted[i], size), i);
        assert_int_equal(*cst_sorted_payload(set, i), i == 3 ? 20 : 10);
    }
    assert_int_equal(cst_sorted_find(set, "abc", 3), -1);
    cst_sorted_free(set);
}

static void a_limited_set_keeps_the_smallest_with_whole_payloads(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_sorted *set = NULL;
    assert_ok(cst_sorted_new(&set, 1, 10, &err));
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 5000; i++) {
            uint64_t key = __builtin_bswap64((uint64_t)(i * 2477 % 5003));
            assert_ok(cst_sorted_add(set, &key, sizeof key, &(int64_t){1}, &err));
        }
    assert_int_equal(cst_sorted_count(set), 10);
    assert_true(cst_sorted_overflowed(set));
    uint64_t before = 0;
    for (size_t i = 0; i < 10; i++) {
        size_t size;
        uint64_t key;
        memcpy(&key, cst_sorted_key(set, i, &size), sizeof key);
        assert_true(i == 0 || __builtin_bswap64(key) > before);
        before = __builtin_bswap64(key);
        assert_true(before < 13); /* three of the 5003 residues never come */
        assert_int_equal(*cst_sorted_payload(set, i), 3);
    }
    cst_sorted_free(set);
}

static void bytes_that_are_no_set_are_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    lanes l;
    look(&l, 0, 1);
    void *bytes = NULL;
    size_t size;
    cst_sorted *back = NULL;
    assert_ok(cst_sorted_encode(&bytes, &size, l.set[1], &err));
    assert_ok(cst_sorted_decode(&back, bytes, size, &err));
    assert_same_set(back, l.set[1]);
    cst_sorted_free(back);
    back = NULL;
    for (size_t cut = 0; cut < size; cut++) {
        cst_error_clear(&err);
        assert_int_equal(cst_sorted_decode(&back, bytes, cut, &err), CST_INVALID);
    }
    uint64_t *word = bytes;
    word[5 + 3] = UINT64_MAX; /* the first key, now larger than the second */
    assert_fails(cst_sorted_decode(&back, bytes, size, &err), CST_INVALID, "out of order");
    assert_null(back);
    free(bytes);
    release(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_keys_order_as_doubles_and_come_back),
        cmocka_unit_test(shapes_that_differ_are_refused),
        cmocka_unit_test(seven_states_merged_are_one),
        cmocka_unit_test(a_set_is_sorted_bytewise_with_the_shorter_first),
        cmocka_unit_test(a_limited_set_keeps_the_smallest_with_whole_payloads),
        cmocka_unit_test(bytes_that_are_no_set_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
