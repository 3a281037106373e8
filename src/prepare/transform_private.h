/* transform_private.h - what a transform is made of: for fit, apply and JSON alone */
#ifndef CST_PREPARE_TRANSFORM_PRIVATE_H
#define CST_PREPARE_TRANSFORM_PRIVATE_H

#include "prepare/feature.h"
#include "prepare/transform.h"

enum { CST_TRANSFORM_FORMAT = 1 };

struct cst_transform {
    json_t *recipe; /* "derive", "joins", "where", "label", "weight", "time" as they were asked for;
                       keys that were not are absent */
    json_t *split;  /* or NULL */
    bool classification; /* the label is a truth */
    cst_feature_fit *feature;
    size_t features;
    /* Names, from the recipe and the features; strings are borrowed from them. */
    json_t *names[3];          /* arrays: inputs without labels, inputs with labels, columns */
    const char **name_list[3]; /* the same, NULL-ended */
};

enum { CST_NAMES_INPUTS, CST_NAMES_INPUTS_LABELS, CST_NAMES_COLUMNS };

/** Fill in the names when recipe and features are there. */
cst_code cst_transform_find_names(cst_transform *transform, cst_error *err);

/** Name and fill a matrix's features from rows that have their derived columns. */
cst_code cst_transform_matrix(cst_matrix **out, const cst_transform *transform,
                              const cst_table *table, cst_error *err);

/** Give a matrix the labels, weights (labels only), identity and time of its rows. label is the
 *  matrix's own afterwards; NULL: none. */
cst_code cst_transform_identify(cst_matrix *matrix, const cst_transform *transform,
                                cst_table *table, double *label, cst_error *err);

#endif
