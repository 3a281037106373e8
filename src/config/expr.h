/* expr.h - the one small expression language: where, derive, slices, list --where
 *
 * Numbers, text in quotes, names (in `backquotes` where they are not words), true and false,
 * + - * / %, comparisons, and or not, in (…) and not in (…), and the functions abs log exp sqrt min
 * max floor if isna hour minute weekday month year. Parsed and typed before any row is read; here
 * values are scalars, table/eval.h has blocks of columns.
 *
 * What both kinds of evaluation keep to: missing in, missing out; a result that is not a finite
 * number is missing (1/0, log(-1)); % is C's fmod; a comparison, and in, with a missing value is
 * false, isna asks; false and missing is false, true or missing is true; if with a missing
 * condition is missing, and its branch not taken does not matter. Text knows == != in only,
 * compared bytewise; the items of in are constants.
 */
#ifndef CST_CONFIG_EXPR_H
#define CST_CONFIG_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef enum {
    CST_EXPR_NUMBER, /* double */
    CST_EXPR_TRUTH,  /* true, false */
    CST_EXPR_TEXT,   /* UTF-8 */
    CST_EXPR_TIME,   /* microseconds since the epoch, UTC */
} cst_expr_type;

typedef enum {
    CST_EXPR_CONSTANT,
    CST_EXPR_NAME,
    CST_EXPR_CALL, /* an operator or function of its operands */
} cst_expr_kind;

/** Operators and functions: name, how many operands at least and at most (-1: any). */
#define CST_EXPR_OPERATORS(X)                                                                      \
    X(NEGATE, "-", 1, 1)                                                                           \
    X(ADD, "+", 2, 2)                                                                              \
    X(SUBTRACT, "-", 2, 2)                                                                         \
    X(MULTIPLY, "*", 2, 2)                                                                         \
    X(DIVIDE, "/", 2, 2)                                                                           \
    X(MODULO, "%", 2, 2)                                                                           \
    X(EQUAL, "==", 2, 2)                                                                           \
    X(UNEQUAL, "!=", 2, 2)                                                                         \
    X(LESS, "<", 2, 2)                                                                             \
    X(LESS_EQUAL, "<=", 2, 2)                                                                      \
    X(GREATER, ">", 2, 2)                                                                          \
    X(GREATER_EQUAL, ">=", 2, 2)                                                                   \
    X(AND, "and", 2, 2)                                                                            \
    X(OR, "or", 2, 2)                                                                              \
    X(NOT, "not", 1, 1)                                                                            \
    X(IN, "in", 2, -1)                                                                             \
    X(ABS, "abs", 1, 1)                                                                            \
    X(LOG, "log", 1, 1)                                                                            \
    X(EXP, "exp", 1, 1)                                                                            \
    X(SQRT, "sqrt", 1, 1)                                                                          \
    X(FLOOR, "floor", 1, 1)                                                                        \
    X(MIN, "min", 1, -1)                                                                           \
    X(MAX, "max", 1, -1)                                                                           \
    X(IF, "if", 3, 3)                                                                              \
    X(ISNA, "isna", 1, 1)                                                                          \
    X(HOUR, "hour", 1, 2)                                                                          \
    X(MINUTE, "minute", 1, 2)                                                                      \
    X(WEEKDAY, "weekday", 1, 2) /* 0 is Monday */                                                  \
    X(MONTH, "month", 1, 2)                                                                        \
    X(YEAR, "year", 1, 2)

typedef enum {
#define CST_EXPR_ENUM(name, text, least, most) CST_EXPR_##name,
    CST_EXPR_OPERATORS(CST_EXPR_ENUM)
#undef CST_EXPR_ENUM
        CST_EXPR_OPERATOR_COUNT
} cst_expr_operator;

/** A node, owning its operands. The tree is immutable once typed. */
typedef struct cst_expr {
    cst_expr_kind kind;
    cst_expr_type type;         /* set by cst_expr_check */
    size_t position;            /* byte offset in the text, for messages */
    cst_expr_operator operator; /* CALL */
    struct cst_expr **operand;  /* CALL: operands of them */
    size_t operands;
    char *text;    /* NAME: the name; CONSTANT of type TEXT: the text */
    double number; /* CONSTANT of type NUMBER or TRUTH */
    int64_t time;  /* CONSTANT of type TIME */
} cst_expr;

/** Parse. *out is released with cst_expr_free. CST_USAGE with the character pointed at. A minus
 *  before a number is part of the constant. */
cst_code cst_expr_parse(cst_expr **out, const char *text, cst_error *err);
void cst_expr_free(cst_expr *expr);

/** Says the type of a name: false where there is none (the checker then words the error, with the
 *  nearest of names). */
typedef struct {
    void *context;
    bool (*type_of)(void *context, const char *name, cst_expr_type *type);
    const char *const *names; /* NULL-ended, for suggestions; may be NULL */
} cst_expr_scope;

/** Type the tree. CST_USAGE where a name is unknown or types do not fit; text is the source text
 *  again, for the message that points at the character. A text constant compared with a time is
 *  turned into a time constant. Zones given to hour() and the like must be text constants. */
cst_code cst_expr_check(cst_expr *expr, const char *text, const cst_expr_scope *scope,
                        cst_error *err);

/** Call visit with every name in the expression, each as often as it stands there. */
void cst_expr_names(const cst_expr *expr, void (*visit)(void *context, const char *name),
                    void *context);

/** One value. */
typedef struct {
    cst_expr_type type;
    bool missing;
    double number;    /* NUMBER, TRUTH */
    int64_t time;     /* TIME */
    const char *text; /* TEXT: borrowed */
} cst_expr_value;

/** The name of a type in messages: "number", "truth", "text", "time". */
const char *cst_expr_type_name(cst_expr_type type);

/** The name of an operator or function as it is written. */
const char *cst_expr_operator_name(cst_expr_operator operator);

/** Evaluate a typed tree for one row of metadata: value_of gives the value of a name. Functions of
 *  time without a zone only (a zone is CST_USAGE here). */
cst_code cst_expr_evaluate(cst_expr_value *out, const cst_expr *expr, void *context,
                           cst_expr_value (*value_of)(void *context, const char *name),
                           cst_error *err);

#endif
