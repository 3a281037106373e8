/* train.h - a model version in the making: everything but its publication
 *
 * What train publishes and replay compares is made here, once.
 */
#ifndef CST_STAGE_TRAIN_H
#define CST_STAGE_TRAIN_H

#include "stage/stage.h"
#include "train/train.h"

enum { CST_TRAIN_REVISION = 3 };

/** What a model is made from. Borrowed. */
typedef struct {
    const char *name;     /* of the model */
    const char *features; /* a reference */
    const char *refit;    /* a reference to the challenger whose recipe is repeated; NULL: none */
    const char *search; /* a reference to the report whose winner's params are taken; NULL: none */
    const char *trials; /* folder of that search's trials; NULL: none to go on from */
    const json_t *params; /* the checked train section; the challenger's own for a refit */
    uint64_t seed;
    /** Its checkpoints, and what may stop it; the recipe is filled in, and a folder of NULL becomes
     *  checkpoints/<recipe> of the registry. NULL: no checkpoints. */
    const cst_train_control *control;
} cst_training;

/** A model made: the draft holds its files and inputs. Release with cst_training_made_free. */
typedef struct {
    cst_draft *draft; /* rank 0; NULL elsewhere */
    cst_version *features;
    cst_version *challenger; /* or NULL */
    cst_version *search;     /* or NULL */
    json_t *params, *summary, *extra;
    uint64_t seed;
    int64_t rows;      /* trained on */
    cst_digest recipe; /* what its checkpoints carry */
    char *checkpoints; /* their folder; NULL: it keeps none */
} cst_training_made;

/** The digest of all that decides a model: features, checked params without what only says how,
 *  seed, revisions. Its checkpoints carry it. Local. */
cst_code cst_training_digest(cst_digest *out, const cst_version *features, const json_t *params,
                             uint64_t seed, cst_error *err);

/** Train, score, choose golden rows, check (a refit against its challenger too: CST_REFUSED where
 *  the two score differently) and write all files. Collective. */
cst_code cst_training_make(cst_training_made *out, const cst_stage *stage,
                           const cst_training *training, cst_error *err);
void cst_training_made_free(cst_training_made *made);

/** Remove its checkpoints: the model stands. Rank 0. */
cst_code cst_training_forget(const cst_training_made *made, cst_error *err);

/** The recipe to publish it with, or to ask for its id (cst_draft_id). */
cst_recipe cst_training_recipe(const cst_training_made *made, const json_t *provenance);

#endif
