/* glm_checkpoint.c - a linear model in the making, to a checkpoint and back */
#include "model/glm_fit.h"

/* All that the next round goes by. Means and scales are among it: they need no rounds then. */
enum { LANES = 6 };
enum { WEIGHT, LOWEST, SCALARS };
enum { HALVINGS, STEP, COUNTS };
typedef struct {
    const char *name;
    double *value;
    size_t n;
} lane;

static void list_lanes(lane out[LANES], const cst_glm_fit *g, double scalar[SCALARS])
{
    const lane all[LANES] = {
        {"mean", g->design->mean, g->columns},
        {"scale", g->design->scale, g->columns},
        {"coefficient", g->coefficient, g->size},
        {"accepted", g->accepted, g->size},
        {"step", g->step, g->size},
        {"scalars", scalar, SCALARS},
    };
    memcpy(out, all, sizeof all);
}

cst_code cst_glm_checkpoint(const void *fit, cst_tensors *out, cst_error *err)
{
    const cst_glm_fit *g = fit;
    lane all[LANES];
    double scalar[SCALARS] = {[WEIGHT] = g->design->weight, [LOWEST] = g->lowest};
    int64_t count[COUNTS] = {[HALVINGS] = g->halvings, [STEP] = g->standing.step};
    list_lanes(all, g, scalar);
    cst_code rc = cst_tensors_add_values(out, "counts", CST_TENSOR_I64, count, COUNTS, err);
    for (size_t i = 0; i < LANES && rc == CST_OK; i++)
        rc = cst_tensors_add_values(out, all[i].name, CST_TENSOR_F64, all[i].value, all[i].n, err);
    return rc;
}

cst_code cst_glm_restore(void *fit, const cst_tensors *from, cst_error *err)
{
    cst_glm_fit *g = fit;
    lane all[LANES];
    double scalar[SCALARS];
    int64_t count[COUNTS];
    list_lanes(all, g, scalar);
    cst_code rc = cst_tensors_get_values(count, from, "counts", CST_TENSOR_I64, COUNTS, err);
    for (size_t i = 0; i < LANES && rc == CST_OK; i++)
        rc = cst_tensors_get_values(all[i].value, from, all[i].name, CST_TENSOR_F64, all[i].n, err);
    if (rc != CST_OK)
        return rc;
    g->design->weight = scalar[WEIGHT];
    g->lowest = scalar[LOWEST];
    g->halvings = (int)count[HALVINGS];
    g->standing.step = count[STEP];
    g->phase = CST_GLM_NEWTON;
    return CST_OK;
}
