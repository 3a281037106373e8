/* draw.h - a trial's parameters, drawn from tune.space
 *
 * A trial's value of a key depends on the seed, the trial's number and the key alone: not on who
 * asks, nor on how many trials or other keys there are.
 */
#ifndef CST_TUNE_DRAW_H
#define CST_TUNE_DRAW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

typedef enum {
    CST_DRAW_LIST,    /* one of the values, each as likely */
    CST_DRAW_UNIFORM, /* a real, evenly between low and high */
    CST_DRAW_LOG,     /* a real whose logarithm is even */
    CST_DRAW_INT,     /* an integer, low and high included */
    CST_DRAW_LOGINT,  /* an integer, the smaller ones as likely by decades */
} cst_draw_kind;

/** What may be drawn for a key. list is borrowed from what was parsed. */
typedef struct {
    cst_draw_kind kind;
    const json_t *list;
    double low, high;
} cst_draw;

/** Does it give integers alone? (Of a list nothing is said.) */
bool cst_draw_is_whole(const cst_draw *draw);

/** Parse what stands under a key of tune.space: a list, or a text such as "log(0.02, 0.3)". where
 *  is what the message of CST_USAGE begins with. */
cst_code cst_draw_parse(cst_draw *out, const json_t *value, const char *where, cst_error *err);

/** The parameters of a trial (counted from 0): {"leaves": 63, "learning_rate": 0.0731}. Reals have
 *  six significant digits, so that what a person reads is what was tried. *out is a new reference.
 */
cst_code cst_draw_trial(json_t **out, const json_t *space, uint64_t seed, int64_t trial,
                        cst_error *err);

#endif
