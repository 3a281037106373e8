/* comm.c - agreement, merging, sharing and ownership at any number of ranks */
#include "test/unit/test.h"

#include <fenv.h>

#include "base/text.h"
#include "comm/comm.h"
#include "exact/sum.h"

static cst_comm *comm;

static void all_fail_with_the_words_of_the_lowest_rank_that_failed(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_comm_agree(comm, CST_OK, &err));
    /* the upper half fails, each with words of its own */
    int first = comm->size / 2;
    cst_code mine = CST_OK;
    if (comm->rank >= first)
        mine = cst_error_set(&err, CST_INVALID, "row %d is bad", comm->rank);
    assert_int_equal(cst_comm_agree(comm, mine, &err), CST_INVALID);
    assert_int_equal(err.code, CST_INVALID);
    char words[64];
    (void)snprintf(words, sizeof words, first ? "rank %d: row %d is bad" : "row %d is bad", first,
                   first);
    assert_string_equal(err.text, words);
    /* only rank 0: its words as they are */
    cst_error_clear(&err);
    mine = comm->rank == 0 ? cst_error_set(&err, CST_MISSING, "no such file") : CST_OK;
    assert_int_equal(cst_comm_agree(comm, mine, &err), CST_MISSING);
    assert_string_equal(err.text, "no such file");
    /* and an outcome that is not a failure */
    assert_int_equal(cst_comm_agree(comm, CST_REFUSED, NULL), CST_REFUSED);
}

typedef struct {
    int64_t sum[CST_SUM_WORDS + 7], max[3], best[2][3];
    uint8_t reg[11];
    cst_sorted *set[2];
} lanes;

static cst_mergeable view(lanes *l)
{
    return (cst_mergeable){.sum = l->sum,
                           .sums = CST_SUM_WORDS + 7,
                           .max = l->max,
                           .maxima = 3,
                           .reg = l->reg,
                           .registers = 11,
                           .set = l->set,
                           .sets = 2,
                           .best = l->best[0],
                           .bests = 2,
                           .best_width = 3};
}

/* The state over the rows first, first + step, … of 500. */
static void look(lanes *l, int first, int step)
{
    cst_error err = CST_ERROR_INIT;
    *l = (lanes){0};
    assert_ok(cst_sorted_new(&l->set[0], 1, 0, &err));
    assert_ok(cst_sorted_new(&l->set[1], 0, 20, &err));
    for (int r = first; r < 500; r += step) {
        int64_t scrambled = (int64_t)r * 7919 % 503;
        cst_sum exact;
        memcpy(&exact, l->sum, sizeof exact);
        cst_sum_add(&exact, 1.0 / (double)(scrambled + 1));
        memcpy(l->sum, &exact, sizeof exact);
        l->sum[CST_SUM_WORDS + r % 7] += scrambled;
        if (l->max[r % 3] < scrambled)
            l->max[r % 3] = scrambled;
        if (l->reg[r % 11] < scrambled % 61)
            l->reg[r % 11] = (uint8_t)(scrambled % 61);
        cst_mergeable_best(l->best[r % 2], (int64_t[]){scrambled % 9, -r, r}, 1, 3);
        char key[32];
        int size = snprintf(key, sizeof key, "%lld", (long long)scrambled % 80);
        for (int s = 0; s < 2; s++)
            assert_ok(cst_sorted_add(l->set[s], key, (size_t)size, &(int64_t){1}, &err));
    }
}

static void assert_same_sets(const lanes *a, const lanes *b)
{
    cst_error err = CST_ERROR_INIT;
    for (int s = 0; s < 2; s++) {
        void *x = NULL, *y = NULL;
        size_t x_size, y_size;
        assert_ok(cst_sorted_encode(&x, &x_size, a->set[s], &err));
        assert_ok(cst_sorted_encode(&y, &y_size, b->set[s], &err));
        assert_int_equal(x_size, y_size);
        assert_memory_equal(x, y, x_size);
        free(x);
        free(y);
    }
}

static void merge_and_compare(void)
{
    cst_error err = CST_ERROR_INIT;
    lanes mine, whole;
    look(&mine, comm->rank, comm->size);
    look(&whole, 0, 1);
    cst_sorted *first = mine.set[0];
    cst_mergeable state = view(&mine);
    assert_ok(cst_comm_merge(comm, &state, &err));
    assert_ptr_equal(first, mine.set[0]); /* changed in place */
    cst_sum a, b;
    memcpy(&a, mine.sum, sizeof a);
    memcpy(&b, whole.sum, sizeof b);
    assert_true(cst_sum_value(&a) == cst_sum_value(&b));
    assert_memory_equal(mine.sum, whole.sum, sizeof mine.sum);
    assert_memory_equal(mine.max, whole.max, sizeof mine.max);
    assert_memory_equal(mine.reg, whole.reg, sizeof mine.reg);
    assert_memory_equal(mine.best, whole.best, sizeof mine.best);
    assert_same_sets(&mine, &whole);
    for (int s = 0; s < 2; s++) {
        cst_sorted_free(mine.set[s]);
        cst_sorted_free(whole.set[s]);
    }
}

static void merged_states_are_that_of_one_rank_also_in_short_messages(void **state)
{
    (void)state;
    merge_and_compare();
    size_t most = comm->most;
    comm->most = 5;
    merge_and_compare();
    comm->most = most;
}

static void shapes_that_differ_fail_on_all_ranks(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    int64_t word[2] = {0};
    cst_mergeable mine = {.sum = word, .sums = comm->rank == comm->size - 1 ? 2 : 1};
    if (comm->size > 1)
        assert_fails(cst_comm_merge(comm, &mine, &err), CST_INVALID, "differ in shape");
    else
        assert_ok(cst_comm_merge(comm, &mine, &err));
}

/* A set that a rank cannot merge: its limit is another. */
static void a_set_that_does_not_fit_fails_on_all_ranks_and_none_hangs(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    if (comm->size == 1)
        skip();
    cst_sorted *set = NULL;
    assert_ok(cst_sorted_new(&set, 0, comm->rank == comm->size - 1 ? 3 : 4, &err));
    cst_mergeable mine = {.set = &set, .sets = 1};
    assert_fails(cst_comm_merge(comm, &mine, &err), CST_INVALID, "sets to merge differ");
    cst_sorted_free(set);
}

static void share_and_gather(void)
{
    cst_error err = CST_ERROR_INIT;
    char text[] = "what rank 0 knows";
    void *data = comm->rank == 0 ? text : NULL;
    size_t size = comm->rank == 0 ? strlen(text) : 0;
    assert_ok(cst_comm_share(comm, &data, &size, &err));
    assert_int_equal(size, strlen(text));
    assert_string_equal(data, text);
    if (comm->rank > 0)
        free(data);
    /* rank r brings 3 r bytes: rank 0 none */
    char mine[64];
    size_t bring = 3 * (size_t)comm->rank;
    memset(mine, 'a' + comm->rank, sizeof mine);
    void *all = NULL;
    size_t *offset = NULL;
    assert_ok(cst_comm_gather(comm, &all, &offset, mine, bring, &err));
    assert_int_equal(offset[0], 0);
    for (int r = 0; r < comm->size; r++) {
        assert_int_equal(offset[r + 1] - offset[r], 3 * r);
        for (size_t i = offset[r]; i < offset[r + 1]; i++)
            assert_int_equal(((char *)all)[i], 'a' + r);
    }
    free(all);
    free(offset);
}

static void bytes_reach_every_rank_also_in_short_messages(void **state)
{
    (void)state;
    share_and_gather();
    size_t most = comm->most;
    comm->most = 4;
    share_and_gather();
    comm->most = most;
}

static void a_string_reaches_all_or_none(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    char *text = comm->rank == 0 ? cst_text_copy("a path", &err) : NULL;
    assert_ok(cst_comm_share_text(comm, CST_OK, &text, &err));
    assert_string_equal(text, "a path");
    if (comm->rank > 0) {
        free(text);
        text = NULL;
    }
    assert_fails(cst_comm_share_text(
                     comm, comm->rank == 0 ? cst_error_set(&err, CST_IO, "no room for it") : CST_OK,
                     &text, &err),
                 CST_IO, "no room for it");
    assert_null(text);
}

static void offsets_and_maxima(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    int64_t before = -1, total = -1, largest = comm->rank == 0 ? 7 : -comm->rank;
    assert_ok(cst_comm_offset(comm, comm->rank + 1, &before, &total, &err));
    assert_int_equal(before, comm->rank * (comm->rank + 1) / 2);
    assert_int_equal(total, comm->size * (comm->size + 1) / 2);
    assert_ok(cst_comm_max(comm, &largest, &err));
    assert_int_equal(largest, 7);
}

static void owned_rows_are_whole_blocks_that_cover_all(void **state)
{
    (void)state;
    const int64_t sizes[] = {0, 1, 4095, 4096, 4097, 336776, 1000000007};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        int64_t next = 0, least = INT64_MAX, most = 0;
        for (int r = 0; r < comm->size; r++) {
            cst_comm other = {.rank = r, .size = comm->size};
            int64_t first, count;
            cst_comm_owned(&other, sizes[i], &first, &count);
            assert_int_equal(first, next);
            assert_true(first % CST_BLOCK_ROWS == 0 || count == 0);
            next = first + count;
            int64_t blocks = (count + CST_BLOCK_ROWS - 1) / CST_BLOCK_ROWS;
            least = blocks < least ? blocks : least;
            most = blocks > most ? blocks : most;
        }
        assert_int_equal(next, sizes[i]);
        assert_true(most - least <= 1);
    }
}

static void ranks_of_another_build_or_rounding_are_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    assert_ok(cst_comm_alike(comm, "capstan 1.0 (abc)", &err));
    bool last = comm->rank == comm->size - 1;
    if (comm->size > 1)
        assert_fails(cst_comm_alike(comm, last ? "capstan 1.0 (abd)" : "capstan 1.0 (abc)", &err),
                     CST_FAILED, "(abd)");
    /* one rank rounds upwards */
    assert_int_equal(fesetround(last ? FE_UPWARD : FE_TONEAREST), 0);
    cst_error_clear(&err);
    cst_code code = cst_comm_alike(comm, "capstan", &err);
    assert_int_equal(fesetround(FE_TONEAREST), 0);
    assert_int_equal(code, CST_FAILED);
    assert_non_null(strstr(err.text, "round"));
}

int main(int argc, char **argv)
{
    cst_error err = CST_ERROR_INIT;
    MPI_Init(&argc, &argv);
    if (cst_comm_new(&comm, MPI_COMM_WORLD, true, &err) != CST_OK)
        MPI_Abort(MPI_COMM_WORLD, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fail_with_the_words_of_the_lowest_rank_that_failed),
        cmocka_unit_test(merged_states_are_that_of_one_rank_also_in_short_messages),
        cmocka_unit_test(shapes_that_differ_fail_on_all_ranks),
        cmocka_unit_test(a_set_that_does_not_fit_fails_on_all_ranks_and_none_hangs),
        cmocka_unit_test(bytes_reach_every_rank_also_in_short_messages),
        cmocka_unit_test(a_string_reaches_all_or_none),
        cmocka_unit_test(offsets_and_maxima),
        cmocka_unit_test(owned_rows_are_whole_blocks_that_cover_all),
        cmocka_unit_test(ranks_of_another_build_or_rounding_are_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    cst_comm_free(comm);
    MPI_Finalize();
    return failed;
}
