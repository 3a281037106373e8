/* dictionary.h - texts to codes in the order of their first appearance, on one rank */
#ifndef CST_SOURCE_DICTIONARY_H
#define CST_SOURCE_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct cst_dictionary cst_dictionary;

cst_code cst_dictionary_new(cst_dictionary **out, cst_error *err);
void cst_dictionary_free(cst_dictionary *dictionary);

/** The code of a text, which is taken in if it is new. */
cst_code cst_dictionary_code(int32_t *out, cst_dictionary *dictionary, const char *text,
                             size_t size, cst_error *err);

int32_t cst_dictionary_count(const cst_dictionary *dictionary);

/** The text of a code; valid until the next new one is taken in. */
const char *cst_dictionary_text(const cst_dictionary *dictionary, int32_t code, size_t *size);

#endif
