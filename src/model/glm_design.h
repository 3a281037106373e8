/* glm_design.h - standardised columns a block of rows at a time; linear models as tensors */
#ifndef CST_MODEL_GLM_DESIGN_H
#define CST_MODEL_GLM_DESIGN_H

#include "model/objective.h"
#include "model/tensors.h"

/** How columns are centred and scaled: 0 and 1 until they are known. A scale of 0 (a constant
 *  column) gives zeros. */
typedef struct {
    size_t columns;
    double *mean, *scale; /* shape [columns] */
    double weight;        /* of all rows */
} cst_glm_design;

cst_code cst_glm_design_new(cst_glm_design **out, size_t columns, cst_error *err);
void cst_glm_design_free(cst_glm_design *design);

/** Every feature a number, none missing or infinite; CST_INVALID names feature and row. Local. */
cst_code cst_glm_check(const cst_matrix *matrix, cst_error *err);

/** A block of rows, columns standardised, with room to work in (all of shape [4096]). */
typedef struct {
    size_t columns, from, rows;
    double *z; /* shape [columns + 1, 4096]; the last column is 1 */
    double *weight, *score, *slope, *curvature, *weighted;
} cst_glm_block;

cst_code cst_glm_block_new(cst_glm_block **out, size_t columns, cst_error *err);
void cst_glm_block_free(cst_glm_block *block);

/** The matrix's next block of rows; false behind the last. */
bool cst_glm_block_next(cst_glm_block *block, const cst_glm_design *design,
                        const cst_matrix *matrix);
void cst_glm_block_rewind(cst_glm_block *block);

static inline const double *cst_glm_column(const cst_glm_block *block, size_t column)
{
    return block->z + column * CST_BLOCK_ROWS;
}

/** Scores of a block: coefficients (shape [size], the intercept last) times its columns. */
void cst_glm_scores(double *score, const cst_glm_block *block, const double *coefficient,
                    size_t size);

/** As tensors: mean, coefficient (per unit of the feature) and the intercept at the means. */
cst_code cst_glm_save(cst_tensors *out, const cst_glm_design *design, const double *coefficient,
                      cst_error *err);

#endif
