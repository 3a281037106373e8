/* checkpoint.h - the checkpoints of a training: files of a folder, published whole
 *
 * <folder>/<step, 10 digits>.safetensors holds the learner's tensors and, as metadata, what
 * training it is of and a SHA-256 of all the rest. Several attempts may work in one folder: they
 * all write the same bytes under the same name. All functions are Local (rank 0).
 */
#ifndef CST_TRAIN_CHECKPOINT_H
#define CST_TRAIN_CHECKPOINT_H

#include "base/log.h"
#include "base/sha256.h"
#include "model/tensors.h"

/** Initialise with folder, recipe and log (all borrowed). */
typedef struct {
    const char *folder;       /* made when the first one is written */
    const cst_digest *recipe; /* what all of them must carry */
    cst_log *log;             /* or NULL */
    int64_t known[4]; /* steps whose files have been written or verified here, newest first */
    size_t knowns;
} cst_checkpoints;

/** The newest one of this recipe that verifies, as the bytes of its file, and its step; nothing is
 *  added to out and step is -1 where there is none. Those newer than it are passed over with a
 *  warning. */
cst_code cst_checkpoint_find(cst_text *out, int64_t *step, cst_checkpoints *of, cst_error *err);

/** Seal and publish one, then remove all of this recipe but the two newest that verify. A file that
 *  is there under its name already stays if it verifies, and is replaced where it is damaged;
 *  CST_EXISTS where it is another recipe's. */
cst_code cst_checkpoint_write(cst_checkpoints *of, int64_t step, cst_tensors *tensors,
                              cst_error *err);

/** Remove all of this recipe, and the folder where nothing else is in it. */
cst_code cst_checkpoint_remove(cst_checkpoints *of, cst_error *err);

#endif
