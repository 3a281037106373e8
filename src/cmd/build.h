/* build.h - what this program was built from */
#ifndef CST_CMD_BUILD_H
#define CST_CMD_BUILD_H

#include <jansson.h>

#include "base/text.h"

/** {"version", "commit", "dirty", "compiler", "flags", "libraries": {"jansson": "2.14", …}}: what
 *  manifests record as provenance. New reference, or NULL with err set. */
json_t *cst_build_info(cst_error *err);

/** "0.1.0". */
const char *cst_build_release(void);

/** What --version prints: "capstan-train 0.1.0 (commit 1a2b3c4d, dirty)" and a newline. */
cst_code cst_build_version(cst_text *out, const char *program, cst_error *err);

#endif
