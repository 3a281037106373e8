/* expr_parse.c - from text to the tree of an expression, by recursive descent */
#include "base/array.h"
#include "base/text.h"
#include "config/expr_token.h"

/* What the stack bears easily: nested operands, and bytes of a chain such as a + b + c … */
enum { DEPTH_MOST = 100, BYTES_MOST = 4096 };

/* True, and one token on, where word is the current token. */
static bool accept(cst_expr_reader *p, cst_expr_token token, const char *word, cst_code *rc)
{
    if (*rc != CST_OK || !cst_expr_stands(p, token, word))
        return false;
    *rc = cst_expr_advance(p);
    return *rc == CST_OK;
}

static cst_code expect(cst_expr_reader *p, const char *sign)
{
    cst_code rc = CST_OK;
    if (accept(p, TOKEN_SIGN, sign, &rc) || rc != CST_OK)
        return rc;
    if (p->token == TOKEN_END)
        return cst_expr_error(p->err, p->text, p->begin, "\"%s\" is missing", sign);
    return cst_expr_error(p->err, p->text, p->begin, "expected \"%s\", found \"%.*s\"", sign,
                          (int)(p->end - p->begin), p->text + p->begin);
}

static cst_code new_node(cst_expr **out, const cst_expr_reader *p, cst_expr_kind kind,
                         size_t position)
{
    cst_expr *node = cst_array_new(1, sizeof *node, "an expression", p->err);
    if (!node)
        return CST_NOMEM;
    node->kind = kind;
    node->position = position;
    *out = node;
    return CST_OK;
}

/* Append an operand, whose ownership is taken, also on failure. */
static cst_code add_operand(const cst_expr_reader *p, cst_expr *call, cst_expr *operand)
{
    size_t room = call->operands; /* grown one by one: operands are few */
    cst_expr **grown = cst_array_grow(call->operand, &room, call->operands + 1, sizeof(cst_expr *),
                                      "an expression", p->err);
    if (!grown) {
        cst_expr_free(operand);
        return CST_NOMEM;
    }
    call->operand = grown;
    call->operand[call->operands++] = operand;
    return CST_OK;
}

/* A call of one or two operands (right may be NULL), which it owns, also on failure. */
static cst_code new_call(cst_expr **out, const cst_expr_reader *p, cst_expr_operator operator,
                         size_t position, cst_expr *left, cst_expr *right)
{
    cst_expr *call = NULL;
    cst_code rc = new_node(&call, p, CST_EXPR_CALL, position);
    if (rc != CST_OK) {
        cst_expr_free(left);
        cst_expr_free(right);
        return rc;
    }
    call->operator= operator;
    rc = add_operand(p, call, left);
    if (right && rc == CST_OK)
        rc = add_operand(p, call, right);
    else
        cst_expr_free(right);
    if (rc != CST_OK)
        cst_expr_free(call);
    else
        *out = call;
    return rc;
}

static cst_code parse_or(cst_expr **out, cst_expr_reader *p);

static cst_code parse_operands(cst_expr_reader *p, cst_expr *call)
{
    cst_code rc = expect(p, "(");
    if (rc == CST_OK && accept(p, TOKEN_SIGN, ")", &rc))
        return rc;
    while (rc == CST_OK) {
        cst_expr *operand = NULL;
        rc = parse_or(&operand, p);
        if (rc == CST_OK)
            rc = add_operand(p, call, operand);
        if (rc != CST_OK || !accept(p, TOKEN_SIGN, ",", &rc))
            break;
    }
    return rc == CST_OK ? expect(p, ")") : rc;
}

static cst_code check_count(const cst_expr_reader *p, const cst_expr *call)
{
    int least;
    int most;
    int count = (int)call->operands;
    cst_expr_arity(call->operator, & least, &most);
    if (count >= least && (most < 0 || count <= most))
        return CST_OK;
    const char *name = cst_expr_operator_name(call->operator);
    if (most < 0)
        return cst_expr_error(p->err, p->text, call->position, "%s wants at least %d operand%s",
                              name, least, least == 1 ? "" : "s");
    if (least == most)
        return cst_expr_error(p->err, p->text, call->position, "%s wants %d operand%s, not %d",
                              name, least, least == 1 ? "" : "s", count);
    return cst_expr_error(p->err, p->text, call->position, "%s wants %d or %d operands, not %d",
                          name, least, most, count);
}

static cst_code unknown_function(const cst_expr_reader *p, const char *name, size_t position)
{
    const char *names[CST_EXPR_OPERATOR_COUNT + 1] = {NULL};
    size_t n = 0;
    for (int i = CST_EXPR_ABS; i < CST_EXPR_OPERATOR_COUNT; i++)
        names[n++] = cst_expr_operator_name((cst_expr_operator)i);
    const char *near = cst_text_nearest(name, names);
    return cst_expr_error(p->err, p->text, position, "unknown function \"%s\"%s%s%s", name,
                          near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* Take the node of a name (which is owned, also on failure) for the name of a function. */
static cst_code parse_call(cst_expr **out, cst_expr_reader *p, cst_expr *name)
{
    int found = CST_EXPR_ABS;
    while (found < CST_EXPR_OPERATOR_COUNT &&
           strcmp(cst_expr_operator_name((cst_expr_operator)found), name->text) != 0)
        found++;
    cst_code rc = CST_OK;
    if (found == CST_EXPR_OPERATOR_COUNT)
        rc = unknown_function(p, name->text, name->position);
    name->kind = CST_EXPR_CALL;
    name->operator=(cst_expr_operator) found;
    free(name->text);
    name->text = NULL;
    if (rc == CST_OK)
        rc = parse_operands(p, name);
    if (rc == CST_OK)
        rc = check_count(p, name);
    if (rc == CST_OK)
        *out = name;
    else
        cst_expr_free(name);
    return rc;
}

static bool is_keyword(const cst_expr_reader *p)
{
    static const char *const keywords[] = {"and", "or", "not", "in"};
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
        if (cst_expr_stands(p, TOKEN_NAME, keywords[i]))
            return true;
    return false;
}

static cst_code parse_name(cst_expr **out, cst_expr_reader *p)
{
    bool truth = cst_expr_stands(p, TOKEN_NAME, "true") || cst_expr_stands(p, TOKEN_NAME, "false");
    bool quoted = p->token == TOKEN_QUOTED_NAME;
    cst_expr *node = NULL;
    cst_code rc = new_node(&node, p, truth ? CST_EXPR_CONSTANT : CST_EXPR_NAME, p->begin);
    if (rc != CST_OK)
        return rc;
    if (truth) {
        node->type = CST_EXPR_TRUTH;
        node->number = cst_expr_stands(p, TOKEN_NAME, "true");
    } else {
        node->text = cst_expr_token_text(p);
        rc = node->text ? CST_OK : CST_NOMEM;
    }
    if (rc == CST_OK)
        rc = cst_expr_advance(p);
    if (rc == CST_OK && !truth && !quoted && cst_expr_stands(p, TOKEN_SIGN, "("))
        return parse_call(out, p, node);
    if (rc == CST_OK)
        *out = node;
    else
        cst_expr_free(node);
    return rc;
}

static cst_code parse_constant(cst_expr **out, cst_expr_reader *p)
{
    cst_expr *node = NULL;
    cst_code rc = new_node(&node, p, CST_EXPR_CONSTANT, p->begin);
    if (rc != CST_OK)
        return rc;
    if (p->token == TOKEN_NUMBER) {
        node->type = CST_EXPR_NUMBER;
        node->number = strtod(p->text + p->begin, NULL);
    } else {
        node->type = CST_EXPR_TEXT;
        node->text = cst_expr_token_text(p);
        rc = node->text ? CST_OK : CST_NOMEM;
    }
    if (rc == CST_OK)
        rc = cst_expr_advance(p);
    if (rc == CST_OK)
        *out = node;
    else
        cst_expr_free(node);
    return rc;
}

static cst_code parse_primary(cst_expr **out, cst_expr_reader *p)
{
    cst_code rc = CST_OK;
    if (p->token == TOKEN_NUMBER || p->token == TOKEN_TEXT)
        return parse_constant(out, p);
    if (p->token == TOKEN_QUOTED_NAME || (p->token == TOKEN_NAME && !is_keyword(p)))
        return parse_name(out, p);
    if (accept(p, TOKEN_SIGN, "(", &rc)) {
        cst_expr *inner = NULL;
        rc = parse_or(&inner, p);
        if (rc == CST_OK)
            rc = expect(p, ")");
        if (rc == CST_OK)
            *out = inner;
        else
            cst_expr_free(inner);
        return rc;
    }
    if (rc != CST_OK)
        return rc;
    if (p->token == TOKEN_END)
        return cst_expr_error(p->err, p->text, p->begin, "a value is missing");
    return cst_expr_error(p->err, p->text, p->begin, "expected a value, found \"%.*s\"",
                          (int)(p->end - p->begin), p->text + p->begin);
}

static cst_code parse_unary(cst_expr **out, cst_expr_reader *p)
{
    size_t position = p->begin;
    cst_code rc = CST_OK;
    if (!accept(p, TOKEN_SIGN, "-", &rc))
        return rc == CST_OK ? parse_primary(out, p) : rc;
    cst_expr *operand = NULL;
    if (++p->depth > DEPTH_MOST)
        return cst_expr_error(p->err, p->text, position, "nested too deeply");
    rc = parse_unary(&operand, p);
    p->depth--;
    if (rc != CST_OK)
        return rc;
    if (operand->kind != CST_EXPR_CONSTANT || operand->type != CST_EXPR_NUMBER)
        return new_call(out, p, CST_EXPR_NEGATE, position, operand, NULL);
    operand->number = -operand->number;
    operand->position = position;
    *out = operand;
    return CST_OK;
}

typedef struct {
    cst_expr_token token;
    const char *word;
    cst_expr_operator operator;
} infix;

/* Operators of one strength, taken from the left: (a - b) - c. */
static cst_code parse_infix(cst_expr **out, cst_expr_reader *p, const infix *operators,
                            cst_code (*parse_operand)(cst_expr **, cst_expr_reader *))
{
    cst_expr *left = NULL;
    cst_code rc = parse_operand(&left, p);
    while (rc == CST_OK) {
        size_t position = p->begin;
        const infix *found = operators;
        while (found->word && !cst_expr_stands(p, found->token, found->word))
            found++;
        if (!found->word)
            break;
        cst_expr *right = NULL;
        rc = cst_expr_advance(p);
        if (rc == CST_OK)
            rc = parse_operand(&right, p);
        if (rc != CST_OK)
            break;
        cst_expr *call = NULL;
        rc = new_call(&call, p, found->operator, position, left, right);
        left = call;
    }
    if (rc == CST_OK)
        *out = left;
    else
        cst_expr_free(left);
    return rc;
}

static cst_code parse_product(cst_expr **out, cst_expr_reader *p)
{
    static const infix operators[] = {{TOKEN_SIGN, "*", CST_EXPR_MULTIPLY},
                                      {TOKEN_SIGN, "/", CST_EXPR_DIVIDE},
                                      {TOKEN_SIGN, "%", CST_EXPR_MODULO},
                                      {TOKEN_END, NULL, CST_EXPR_NEGATE}};
    return parse_infix(out, p, operators, parse_unary);
}

static cst_code parse_sum(cst_expr **out, cst_expr_reader *p)
{
    static const infix operators[] = {{TOKEN_SIGN, "+", CST_EXPR_ADD},
                                      {TOKEN_SIGN, "-", CST_EXPR_SUBTRACT},
                                      {TOKEN_END, NULL, CST_EXPR_NEGATE}};
    return parse_infix(out, p, operators, parse_product);
}

/* "in (…)" behind a value, which is owned, also on failure. */
static cst_code parse_in(cst_expr **out, cst_expr_reader *p, cst_expr *value, size_t position)
{
    cst_expr *call = NULL;
    cst_code rc = new_call(&call, p, CST_EXPR_IN, position, value, NULL);
    if (rc == CST_OK)
        rc = parse_operands(p, call);
    if (rc == CST_OK && call->operands < 2)
        rc = cst_expr_error(p->err, p->text, position, "the list is empty");
    if (rc == CST_OK)
        *out = call;
    else
        cst_expr_free(call);
    return rc;
}

static const infix comparisons[] = {
    {TOKEN_SIGN, "==", CST_EXPR_EQUAL},      {TOKEN_SIGN, "!=", CST_EXPR_UNEQUAL},
    {TOKEN_SIGN, "<=", CST_EXPR_LESS_EQUAL}, {TOKEN_SIGN, "<", CST_EXPR_LESS},
    {TOKEN_SIGN, ">", CST_EXPR_GREATER},     {TOKEN_SIGN, ">=", CST_EXPR_GREATER_EQUAL},
    {TOKEN_END, NULL, CST_EXPR_NEGATE}};

static const infix *comparison_here(const cst_expr_reader *p)
{
    const infix *found = comparisons;
    while (found->word && !cst_expr_stands(p, found->token, found->word))
        found++;
    return found->word ? found : NULL;
}

/* One comparison at most: a < b < c would not mean what it looks like. */
static cst_code parse_comparison(cst_expr **out, cst_expr_reader *p)
{
    cst_expr *left = NULL;
    cst_expr *right = NULL;
    cst_code rc = parse_sum(&left, p);
    if (rc != CST_OK)
        return rc;
    size_t position = p->begin;
    const infix *found = comparison_here(p);
    if (found) {
        rc = cst_expr_advance(p);
        if (rc == CST_OK)
            rc = parse_sum(&right, p);
        if (rc == CST_OK && comparison_here(p))
            rc = cst_expr_error(p->err, p->text, p->begin,
                                "comparisons cannot be chained: join them with \"and\"");
        if (rc == CST_OK)
            return new_call(out, p, found->operator, position, left, right);
        cst_expr_free(left);
        cst_expr_free(right);
        return rc;
    }
    bool negated = accept(p, TOKEN_NAME, "not", &rc);
    if (accept(p, TOKEN_NAME, "in", &rc)) {
        cst_expr *call = NULL;
        rc = parse_in(&call, p, left, position);
        if (rc == CST_OK && negated)
            return new_call(out, p, CST_EXPR_NOT, position, call, NULL);
        *out = call;
        return rc;
    }
    if (rc == CST_OK && negated)
        rc = cst_expr_error(p->err, p->text, position, "only \"in\" can follow \"not\" here");
    if (rc == CST_OK)
        *out = left;
    else
        cst_expr_free(left);
    return rc;
}

static cst_code parse_not(cst_expr **out, cst_expr_reader *p)
{
    size_t position = p->begin;
    cst_code rc = CST_OK;
    if (!accept(p, TOKEN_NAME, "not", &rc))
        return rc == CST_OK ? parse_comparison(out, p) : rc;
    cst_expr *operand = NULL;
    if (++p->depth > DEPTH_MOST)
        return cst_expr_error(p->err, p->text, position, "nested too deeply");
    rc = parse_not(&operand, p);
    p->depth--;
    return rc == CST_OK ? new_call(out, p, CST_EXPR_NOT, position, operand, NULL) : rc;
}

static cst_code parse_and(cst_expr **out, cst_expr_reader *p)
{
    static const infix operators[] = {{TOKEN_NAME, "and", CST_EXPR_AND},
                                      {TOKEN_END, NULL, CST_EXPR_NEGATE}};
    return parse_infix(out, p, operators, parse_not);
}

static cst_code parse_or(cst_expr **out, cst_expr_reader *p)
{
    static const infix operators[] = {{TOKEN_NAME, "or", CST_EXPR_OR},
                                      {TOKEN_END, NULL, CST_EXPR_NEGATE}};
    if (++p->depth > DEPTH_MOST)
        return cst_expr_error(p->err, p->text, p->begin, "nested too deeply");
    cst_code rc = parse_infix(out, p, operators, parse_and);
    p->depth--;
    return rc;
}

cst_code cst_expr_parse(cst_expr **out, const char *text, cst_error *err)
{
    cst_error mine = CST_ERROR_INIT;
    cst_expr_reader p = {.text = text, .err = err ? err : &mine};
    cst_expr *expr = NULL;
    if (!cst_text_is_utf8(text, strlen(text)))
        return cst_error_set(err, CST_USAGE, "the expression is not UTF-8");
    if (strlen(text) > BYTES_MOST)
        return cst_error_set(err, CST_USAGE, "the expression has more than %d bytes", BYTES_MOST);
    cst_code rc = cst_expr_advance(&p);
    if (rc == CST_OK)
        rc = parse_or(&expr, &p);
    if (rc == CST_OK && p.token != TOKEN_END)
        rc = cst_expr_error(p.err, text, p.begin, "expected an operator, found \"%.*s\"",
                            (int)(p.end - p.begin), text + p.begin);
    if (rc == CST_OK)
        *out = expr;
    else
        cst_expr_free(expr);
    return rc;
}
