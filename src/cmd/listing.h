/* listing.h - versions chosen and sorted by the figures and parameters of their manifests */
#ifndef CST_CMD_LISTING_H
#define CST_CMD_LISTING_H

#include "registry/registry.h"

/* Names are kind, name, version, and the keys of "summary" and "params" (of summary where both
 * have one). A version that has not got a name, or has it as another type than the first version
 * that has it, has it missing. */

/** Keep the versions for which the expression holds, in place; the others are released. CST_USAGE
 *  where it names what no version has, or is no condition. */
cst_code cst_listing_choose(cst_version **versions, size_t *count, const char *expression,
                            cst_error *err);

/** Sort by a name, "-" before it for the largest first; versions without it come last. CST_USAGE
 *  where no version has it. */
cst_code cst_listing_sort(cst_version **versions, size_t count, const char *name, cst_error *err);

#endif
