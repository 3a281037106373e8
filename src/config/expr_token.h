/* expr_token.h - the text of an expression as tokens */
#ifndef CST_CONFIG_EXPR_TOKEN_H
#define CST_CONFIG_EXPR_TOKEN_H

#include <stdbool.h>

#include "config/expr_tree.h"

typedef enum {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_TEXT,
    TOKEN_NAME,
    TOKEN_QUOTED_NAME,
    TOKEN_SIGN
} cst_expr_token;

/** A text being read, and the current token. */
typedef struct {
    const char *text;     /* the whole expression */
    size_t at;            /* where the token after the current one may begin */
    cst_expr_token token; /* the current token */
    size_t begin;         /* its position */
    size_t end;           /* behind it */
    int depth;            /* of operands, for whoever parses */
    cst_error *err;
} cst_expr_reader;

/** Go to the next token (at first: the first). CST_USAGE where there can be none. */
cst_code cst_expr_advance(cst_expr_reader *reader);

/** True if word is the current token. */
bool cst_expr_stands(const cst_expr_reader *reader, cst_expr_token token, const char *word);

/** The current name or text without quotes and backslashes, to be freed; NULL with err set. */
char *cst_expr_token_text(const cst_expr_reader *reader);

#endif
