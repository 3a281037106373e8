/* array.c - arrays with checked sizes */
#include "base/array.h"

#include <stdint.h>

void *cst_array_new(size_t n, size_t size, const char *what, cst_error *err)
{
    void *data = calloc(n ? n : 1, size);
    if (!data)
        cst_error_nomem(err, what);
    return data;
}

void *cst_array_grow(void *data, size_t *room, size_t needed, size_t size, const char *what,
                     cst_error *err)
{
    if (data && needed <= *room)
        return data;
    size_t wanted = *room + *room / 2 + 16;
    if (wanted < needed)
        wanted = needed;
    void *grown = wanted > SIZE_MAX / size ? NULL : realloc(data, wanted * size);
    if (!grown) {
        cst_error_nomem(err, what);
        return NULL;
    }
    *room = wanted;
    return grown;
}
