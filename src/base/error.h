/* error.h - codes, exit statuses, and the text that says what went wrong
 *
 * A function that can fail returns a cst_code and fills in a cst_error that its caller owns.
 * The text is set once, where the failure is seen, and names the file, row or key, what was
 * expected and what to do. Nobody overwrites it on the way up.
 */
#ifndef CST_BASE_ERROR_H
#define CST_BASE_ERROR_H

#include "base/banned.h"

/* code, exit status (see the formats page of the site), class as receipts write it */
#define CST_CODES(X)                                                                               \
    X(OK, 0, "done")                                                                               \
    X(FAILED, 1, "failed")                                                                         \
    X(USAGE, 2, "usage")                                                                           \
    X(REFUSED, 3, "refused")                                                                       \
    X(CONFLICT, 4, "conflict")                                                                     \
    X(STOPPED, 75, "stopped")                                                                      \
    X(SKIPPED, 99, "skipped")                                                                      \
    X(KILLED, 137, "failed") /* a program that was started ended by SIGKILL */                     \
    X(NOMEM, 1, "failed")    /* no memory */                                                       \
    X(IO, 1, "failed")       /* the operating system refused */                                    \
    X(INVALID, 1, "failed")  /* data that cannot be what they claim to be */                       \
    X(MISSING, 1, "failed")  /* a thing asked for by name is not there */                          \
    X(EXISTS, 1, "failed")   /* a name is taken */

typedef enum {
#define CST_CODE_ENUM(name, status, word) CST_##name,
    CST_CODES(CST_CODE_ENUM)
#undef CST_CODE_ENUM
        CST_CODE_COUNT
} cst_code;

enum { CST_ERROR_SIZE = 2048 };

/** Caller-owned; initialise with CST_ERROR_INIT. Never needs freeing. */
typedef struct {
    cst_code code;
    char text[CST_ERROR_SIZE];
} cst_error;

#define CST_ERROR_INIT ((cst_error){.code = CST_OK, .text = {0}})

/** Set code and text, unless a text is there already, and return code. err may be NULL. */
cst_code cst_error_set(cst_error *err, cst_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The same with code CST_IO and ": <what errno says>" behind the text. */
cst_code cst_error_errno(cst_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The same with code CST_NOMEM and a standard text; what says what it was wanted for. */
cst_code cst_error_nomem(cst_error *err, const char *what);

/** Forget an error that was dealt with. */
void cst_error_clear(cst_error *err);

/** The process exit status of a code: 0, 1, 2, 3, 4, 75, 99 or 137. */
int cst_code_status(cst_code code);

/** The class of a code as receipts write it: "done", "failed", "refused", … */
const char *cst_code_word(cst_code code);

#endif
