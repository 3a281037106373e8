/* error.c - codes, exit statuses, and the text that says what went wrong */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>

static const struct {
    int status;
    const char *word;
} codes[] = {
#define CST_CODE_ROW(name, status, word) {status, word},
    CST_CODES(CST_CODE_ROW)
#undef CST_CODE_ROW
};

static void set(cst_error *err, cst_code code, const char *format, va_list args)
{
    err->code = code;
    (void)vsnprintf(err->text, sizeof err->text, format, args);
}

cst_code cst_error_set(cst_error *err, cst_code code, const char *format, ...)
{
    if (!err || err->code != CST_OK)
        return code;
    va_list args;
    va_start(args, format);
    set(err, code, format, args);
    va_end(args);
    return code;
}

cst_code cst_error_errno(cst_error *err, const char *format, ...)
{
    int number = errno;
    if (!err || err->code != CST_OK)
        return CST_IO;
    va_list args;
    va_start(args, format);
    set(err, CST_IO, format, args);
    va_end(args);
    size_t used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(number));
    return CST_IO;
}

cst_code cst_error_nomem(cst_error *err, const char *what)
{
    return cst_error_set(err, CST_NOMEM, "out of memory for %s: ask for more memory or more ranks",
                         what);
}

void cst_error_clear(cst_error *err)
{
    *err = CST_ERROR_INIT;
}

int cst_code_status(cst_code code)
{
    return codes[code].status;
}

const char *cst_code_word(cst_code code)
{
    return codes[code].word;
}
