/* evaluate_disjoint.c - were the test rows seen by a model before: what two splits prove
 *
 * By time: test rows are newer than every row of training and validation, refits included, by the
 * clock of one and the same column. By hash: both splits put the same rows on the test side, for
 * ever. Anything else proves nothing.
 */
#include "base/text.h"
#include "config/option.h"
#include "stage/evaluating.h"
#include "table/time.h"

enum { TICKS = 1000000 };

/* The time at an end (0: first, 1: last) of a side, or false where it has no times. */
static bool time_of(int64_t *out, const json_t *split, const char *side, size_t end)
{
    const char *text = json_string_value(json_array_get(json_object_get(split, side), end));
    return text && cst_time_parse(out, text, strlen(text), NULL, NULL, TICKS);
}

/* The newest row that was fitted on, as time and text. */
static const char *newest_fitted(int64_t *out, const json_t *split)
{
    static const char *const sides[] = {"training", "validation"};
    const char *text = NULL;
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        int64_t time;
        if (time_of(&time, split, sides[i], 1) && (!text || time > *out)) {
            *out = time;
            text = json_string_value(json_array_get(json_object_get(split, sides[i]), 1));
        }
    }
    return text;
}

static bool same_key(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return (!x && !y) || (x && y && json_equal(x, y));
}

static bool same_hash_split(const json_t *a, const json_t *b)
{
    return strcmp(cst_get_string(a, "by", ""), "hash") == 0 && same_key(a, b, "by") &&
           same_key(a, b, "key") && same_key(a, b, "seed") && same_key(a, b, "test_share");
}

static char *by_time(bool *out, const char *who, const json_t *fitted, const json_t *test,
                     cst_error *err)
{
    int64_t newest = 0, oldest = 0;
    const char *last = newest_fitted(&newest, fitted);
    const char *first = json_string_value(json_array_get(json_object_get(test, "test"), 0));
    if (last && !same_key(fitted, test, "column"))
        return cst_text_format(err,
                               "%s was fitted on rows up to %s by \"%s\", and the test rows are "
                               "told by \"%s\": another time proves nothing",
                               who, last, cst_get_string(fitted, "column", "?"),
                               cst_get_string(test, "column", "?"));
    if (!last || !time_of(&oldest, test, "test", 0))
        return cst_text_format(err,
                               "nothing shows that the test rows are not those that %s was fitted "
                               "on: split by time, or by hash with the same key, seed and share",
                               who);
    *out = oldest > newest;
    if (*out)
        return cst_text_format(err, "%s was fitted on rows up to %s, the test rows begin at %s",
                               who, last, first);
    return cst_text_format(err, "%s was fitted on rows up to %s, but the test rows begin at %s",
                           who, last, first);
}

cst_code cst_evaluating_disjoint(bool *out, char **why, const char *who, const json_t *fitted,
                                 const json_t *test, cst_error *err)
{
    *out = false;
    if (fitted && test && same_hash_split(fitted, test)) {
        *out = true;
        *why = cst_text_format(err, "%s was fitted under the same hash split", who);
    } else {
        *why = by_time(out, who, fitted, test, err);
    }
    return *why ? CST_OK : CST_NOMEM;
}
