/* glm_options.c - the keys under train: of linear models */
#include "model/glm_options.h"

const cst_option cst_glm_options[] = {
    {.name = "l2",
     .type = CST_OPTION_REAL,
     .fallback = "1",
     .help = "penalty: half of it times the sum of squared coefficients of standardised columns",
     .min = 0,
     .max = 1e12},
    {.name = "iterations",
     .type = CST_OPTION_INT,
     .fallback = "100",
     .help = "Newton steps at most; not converged by then is an error",
     .min = 1,
     .max = 10000},
    {.name = "tolerance",
     .type = CST_OPTION_REAL,
     .fallback = "1e-12",
     .help = "converged when a step promises less than this share of the loss",
     .min = 1e-15,
     .max = 0.1},
    {.name = NULL},
};
