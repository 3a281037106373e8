/* sound.h - what is read is what was published */
#ifndef CST_STAGE_SOUND_H
#define CST_STAGE_SOUND_H

#include "stage/stage.h"

/** Digest the files of a version (those of its own directory), the ranks sharing the pieces, and
 *  compare with its manifest: CST_INVALID names the one that was changed or cut. Collective. */
cst_code cst_stage_sound(const cst_stage *stage, const cst_version *version, cst_error *err);

/** The same for the parts of a snapshot from entry first of its manifest on; root is the path of
 *  the registry. Collective. */
cst_code cst_stage_sound_parts(const cst_stage *stage, const cst_version *snapshot, size_t first,
                               const char *root, cst_error *err);

#endif
