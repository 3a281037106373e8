/* array.h - arrays with checked sizes */
#ifndef CST_BASE_ARRAY_H
#define CST_BASE_ARRAY_H

#include <stddef.h>

#include "base/error.h"

/** n zeroed elements of size bytes, to be freed with free(). Never NULL for n == 0.
 *  NULL with err set (CST_NOMEM) where n * size overflows or memory is short; what names the
 *  thing in the message ("histogram", "column dep_time"). */
void *cst_array_new(size_t n, size_t size, const char *what, cst_error *err);

/** Make room for at least needed elements of size bytes in data (NULL for a new array), growing
 *  by half; *room is the number of elements there is room for. Returns the array, which may have
 *  moved; new elements are not zeroed. NULL with err set on failure: data is then still valid. */
void *cst_array_grow(void *data, size_t *room, size_t needed, size_t size, const char *what,
                     cst_error *err);

#endif
