/* yaml_plain.h - what a scalar without quotes means: for reading, and for knowing what to quote */
#ifndef CST_CONFIG_YAML_PLAIN_H
#define CST_CONFIG_YAML_PLAIN_H

#include <jansson.h>

#include "base/error.h"

/** A plain scalar by the core schema of YAML 1.2; digits with a leading zero stay text. NULL with
 *  err set (source and line name it) where a number does not fit. */
json_t *cst_yaml_plain(const char *text, const char *source, size_t line, cst_error *err);

#endif
