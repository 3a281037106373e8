/* expr_token.c - the text of an expression as tokens */
#include "config/expr_token.h"

#include <math.h>

#include "base/array.h"

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool is_name_part(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '.';
}

static cst_code take_number(cst_expr_reader *reader)
{
    char *end = NULL;
    const char *begin = reader->text + reader->begin;
    size_t digits = strspn(begin, "0123456789.");
    size_t exponent = begin[digits] == 'e' || begin[digits] == 'E';
    if (exponent) {
        exponent += begin[digits + 1] == '-' || begin[digits + 1] == '+';
        exponent += strspn(begin + digits + exponent, "0123456789");
    }
    double value = strtod(begin, &end);
    reader->end = reader->begin + digits + exponent;
    if (end != reader->text + reader->end || is_name_part(*end))
        return cst_expr_error(reader->err, reader->text, reader->begin, "not a number");
    if (!isfinite(value))
        return cst_expr_error(reader->err, reader->text, reader->begin, "the number is too large");
    reader->token = TOKEN_NUMBER;
    return CST_OK;
}

/* Text between quotes or a name between backquotes; a backslash takes the next character as it is.
 */
static cst_code take_quoted(cst_expr_reader *reader, char quote)
{
    size_t i = reader->begin + 1;
    while (reader->text[i] && reader->text[i] != quote)
        i += reader->text[i] == '\\' && reader->text[i + 1] ? 2 : 1;
    if (!reader->text[i])
        return cst_expr_error(reader->err, reader->text, reader->begin, "the quote is not closed");
    reader->end = i + 1;
    reader->token = quote == '`' ? TOKEN_QUOTED_NAME : TOKEN_TEXT;
    return CST_OK;
}

static cst_code take_sign(cst_expr_reader *reader)
{
    static const char *const signs[] = {"==", "!=", "<=", ">=", "<", ">", "+", "-",
                                        "*",  "/",  "%",  "(",  ")", ",", NULL};
    static const char *const others[][2] = {
        {"&&", "and"}, {"||", "or"}, {"=", "=="}, {"!", "not"}, {NULL, NULL}};
    const char *begin = reader->text + reader->begin;
    for (const char *const *sign = signs; *sign; sign++)
        if (!strncmp(begin, *sign, strlen(*sign))) {
            reader->end = reader->begin + strlen(*sign);
            reader->token = TOKEN_SIGN;
            return CST_OK;
        }
    for (size_t i = 0; others[i][0]; i++)
        if (!strncmp(begin, others[i][0], strlen(others[i][0])))
            return cst_expr_error(reader->err, reader->text, reader->begin,
                                  "write \"%s\" for \"%s\"", others[i][1], others[i][0]);
    return cst_expr_error(reader->err, reader->text, reader->begin,
                          "a character that means nothing here");
}

cst_code cst_expr_advance(cst_expr_reader *reader)
{
    reader->at += strspn(reader->text + reader->at, " \t\n\r");
    reader->begin = reader->end = reader->at;
    char c = reader->text[reader->at];
    cst_code rc = CST_OK;
    if (!c) {
        reader->token = TOKEN_END;
    } else if ((c >= '0' && c <= '9') || c == '.') {
        rc = take_number(reader);
    } else if (c == '"' || c == '\'' || c == '`') {
        rc = take_quoted(reader, c);
    } else if (is_name_start(c)) {
        while (is_name_part(reader->text[reader->end]))
            reader->end++;
        reader->token = TOKEN_NAME;
    } else {
        rc = take_sign(reader);
    }
    reader->at = reader->end;
    return rc;
}

bool cst_expr_stands(const cst_expr_reader *reader, cst_expr_token token, const char *word)
{
    return reader->token == token && reader->end - reader->begin == strlen(word) &&
           !strncmp(reader->text + reader->begin, word, reader->end - reader->begin);
}

char *cst_expr_token_text(const cst_expr_reader *reader)
{
    size_t begin = reader->begin + (reader->token == TOKEN_NAME ? 0 : 1);
    size_t end = reader->end - (reader->token == TOKEN_NAME ? 0 : 1);
    char *text = cst_array_new(end - begin + 1, 1, "an expression", reader->err);
    size_t n = 0;
    for (size_t i = begin; i < end && text; i++) {
        if (reader->text[i] == '\\' && reader->token != TOKEN_NAME)
            i++;
        text[n++] = reader->text[i];
    }
    return text;
}
