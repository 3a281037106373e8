/* yaml.h - YAML as JSON values, with the line of every key */
#ifndef CST_CONFIG_YAML_H
#define CST_CONFIG_YAML_H

#include <jansson.h>

#include "base/error.h"
#include "base/text.h"

/** Load one YAML document. *out: plain scalars by the core schema (null, true, 12, 1.5, text),
 *  quoted ones as text. *lines: an object from the path of a key ("train.leaves",
 *  "prepare.join[0].columns") to its line, counted from 1. Both are new references; repeated keys,
 *  anchors, aliases, tags and several documents are errors that name the line. */
cst_code cst_yaml_load(json_t **out, json_t **lines, const char *path, cst_error *err);

/** The same from text; source names it in messages. */
cst_code cst_yaml_parse(json_t **out, json_t **lines, const char *text, size_t size,
                        const char *source, cst_error *err);

/** One scalar as it would be read from YAML: "63" is an integer, "gbdt" text, "[1, 2]" a list.
 *  New reference, or NULL with err set. */
json_t *cst_yaml_value(const char *text, cst_error *err);

/** Append value as block YAML, keys in the order they were put. */
cst_code cst_yaml_write(cst_text *out, const json_t *value, cst_error *err);

#endif
