/* profile_state.h - what a profile holds while it is in the making; for profile*.c alone */
#ifndef CST_PROFILE_PROFILE_STATE_H
#define CST_PROFILE_PROFILE_STATE_H

#include "base/text.h"
#include "profile/hyperloglog.h"
#include "profile/moments.h"
#include "profile/profile.h"
#include "profile/sample.h"
#include "profile/tally.h"

/* A column's words in the lane of sums: all int64, so that they lie there without gaps. */
typedef struct {
    int64_t count; /* values that are there and finite */
    int64_t missing;
    int64_t infinite;
    int64_t zeros; /* or empty texts */
    int64_t bytes; /* of texts */
    cst_moments moments;
} cst_profile_sums;

enum { CST_PROFILE_SUMS = sizeof(cst_profile_sums) / sizeof(int64_t) };

/* A column's words in the lane of maxima. INT64_MIN: nothing seen. */
typedef struct {
    int64_t max, minus_min; /* words of the sample's kind */
    int64_t max_length, minus_min_length;
} cst_profile_extremes;

typedef struct {
    char *name;
    cst_type type;
    int64_t ticks;
    double pivot;
    size_t word; /* numeric: its place in a sampled row */
    size_t set;  /* category, text: its place in levels */
} cst_profile_column;

struct cst_profile {
    cst_profile_column *column;
    size_t columns, numeric, texts;
    int64_t *sums; /* rows, then cst_profile_sums a column */
    cst_profile_extremes *extremes;
    uint8_t *registers;  /* shape [columns][CST_HYPERLOGLOG_REGISTERS] */
    cst_sorted **levels; /* shape [texts + 1]: the last place is lent to the sample */
    cst_sample sample;
};

cst_profile_sums *cst_profile_sums_of(const cst_profile *profile, size_t column);

#endif
