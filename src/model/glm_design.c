/* glm_design.c - standardised columns a block of rows at a time */
#include "model/glm_design.h"

#include <math.h>

#include "base/array.h"

cst_code cst_glm_design_new(cst_glm_design **out, size_t columns, cst_error *err)
{
    cst_glm_design *design = cst_array_new(1, sizeof *design, "columns", err);
    if (!design)
        return CST_NOMEM;
    design->columns = columns;
    design->mean = cst_array_new(columns, sizeof *design->mean, "columns", err);
    design->scale = cst_array_new(columns, sizeof *design->scale, "columns", err);
    if (!design->mean || !design->scale) {
        cst_glm_design_free(design);
        return CST_NOMEM;
    }
    for (size_t c = 0; c < columns; c++)
        design->scale[c] = 1;
    *out = design;
    return CST_OK;
}

void cst_glm_design_free(cst_glm_design *design)
{
    if (!design)
        return;
    free(design->mean);
    free(design->scale);
    free(design);
}

cst_code cst_glm_check(const cst_matrix *matrix, cst_error *err)
{
    for (size_t c = 0; c < matrix->columns; c++)
        if (matrix->feature[c].kind != CST_FEATURE_NUMERIC)
            return cst_error_set(err, CST_INVALID,
                                 "feature %s is a category; glm takes numbers: use encode: onehot "
                                 "or encode: target",
                                 matrix->feature[c].name);
    for (size_t c = 0; c < matrix->columns; c++)
        for (size_t r = 0; r < matrix->rows; r++)
            if (!isfinite(matrix->x[c][r]))
                return cst_error_set(err, CST_INVALID,
                                     "feature %s is %s in row %lld; glm takes finite numbers: "
                                     "give it impute: median, mean or a value",
                                     matrix->feature[c].name,
                                     isnan(matrix->x[c][r]) ? "missing" : "infinite",
                                     (long long)matrix->first + (long long)r + 1);
    return CST_OK;
}

cst_code cst_glm_block_new(cst_glm_block **out, size_t columns, cst_error *err)
{
    cst_glm_block *block = cst_array_new(1, sizeof *block, "rows", err);
    if (!block)
        return CST_NOMEM;
    block->columns = columns;
    block->z = cst_array_new((columns + 1) * CST_BLOCK_ROWS, sizeof *block->z, "rows", err);
    double **array[] = {&block->weight, &block->score, &block->slope, &block->curvature,
                        &block->weighted};
    cst_code rc = block->z ? CST_OK : CST_NOMEM;
    for (size_t i = 0; i < sizeof array / sizeof array[0] && rc == CST_OK; i++)
        if (!(*array[i] = cst_array_new(CST_BLOCK_ROWS, sizeof **array[i], "rows", err)))
            rc = CST_NOMEM;
    if (rc != CST_OK) {
        cst_glm_block_free(block);
        return rc;
    }
    for (size_t i = 0; i < CST_BLOCK_ROWS; i++)
        block->z[columns * CST_BLOCK_ROWS + i] = 1;
    *out = block;
    return CST_OK;
}

void cst_glm_block_free(cst_glm_block *block)
{
    if (!block)
        return;
    free(block->z);
    free(block->weight);
    free(block->score);
    free(block->slope);
    free(block->curvature);
    free(block->weighted);
    free(block);
}

void cst_glm_block_rewind(cst_glm_block *block)
{
    block->from = block->rows = 0;
}

bool cst_glm_block_next(cst_glm_block *block, const cst_glm_design *design,
                        const cst_matrix *matrix)
{
    block->from += block->rows;
    size_t left = matrix->rows - block->from;
    block->rows = left < CST_BLOCK_ROWS ? left : CST_BLOCK_ROWS;
    for (size_t c = 0; c < block->columns; c++) {
        const float *x = matrix->x[c] + block->from;
        double *z = block->z + c * CST_BLOCK_ROWS;
        double mean = design->mean[c];
        double scale = design->scale[c];
        for (size_t i = 0; i < block->rows; i++)
            z[i] = scale > 0 ? ((double)x[i] - mean) / scale : 0;
    }
    for (size_t i = 0; i < block->rows; i++)
        block->weight[i] = cst_objective_weight(matrix, block->from + i);
    return block->rows > 0;
}

void cst_glm_scores(double *score, const cst_glm_block *block, const double *coefficient,
                    size_t size)
{
    for (size_t i = 0; i < block->rows; i++)
        score[i] = coefficient[size - 1];
    for (size_t c = 0; c + 1 < size; c++) {
        const double *z = cst_glm_column(block, c);
        for (size_t i = 0; i < block->rows; i++)
            score[i] += coefficient[c] * z[i];
    }
}
