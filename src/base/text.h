/* text.h - strings that grow; UTF-8 */
#ifndef CST_BASE_TEXT_H
#define CST_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/** A growable byte string, always ended by a NUL that is not counted in size (data is NULL while
 *  nothing was added). Initialise with CST_TEXT_INIT, release with cst_text_free. */
typedef struct {
    char *data;
    size_t size; /* bytes */
    size_t room; /* bytes, the NUL included */
} cst_text;

#define CST_TEXT_INIT ((cst_text){.data = NULL, .size = 0, .room = 0})

/** Append size bytes. CST_NOMEM on failure, the text unchanged. */
cst_code cst_text_add(cst_text *text, const void *bytes, size_t size, cst_error *err);

/** Append a NUL-ended string. */
cst_code cst_text_puts(cst_text *text, const char *string, cst_error *err);

/** Append formatted text. */
cst_code cst_text_print(cst_text *text, cst_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Release; the text is empty and usable again. */
void cst_text_free(cst_text *text);

/** A copy of a NUL-ended string, to be freed with free(); NULL with err set on failure.
 *  A NULL string gives NULL without an error. */
char *cst_text_copy(const char *string, cst_error *err);

/** A newly allocated formatted string, to be freed with free(); NULL with err set on failure. */
char *cst_text_format(cst_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** True if all size bytes are valid UTF-8 (no surrogates, no overlong forms; RFC 3629). */
bool cst_text_is_utf8(const char *bytes, size_t size);

/** The edit distance between two strings (insert, delete, replace, swap of neighbours), capped
 *  at 99: what "did you mean" is chosen by. */
int cst_text_distance(const char *a, const char *b);

/** The nearest of the NULL-ended names to word, or NULL if none is near enough to suggest. */
const char *cst_text_nearest(const char *word, const char *const *names);

#endif
