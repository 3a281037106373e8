/* help_row.c - a row of an option table in words: for --help, the man page and the completion */
#include "config/help_row.h"

bool cst_help_is_shown(const cst_option *row)
{
    return !(row->flags & CST_OPTION_HIDDEN);
}

bool cst_help_is_positional(const cst_option *row)
{
    return row->flags & CST_OPTION_POSITIONAL;
}

bool cst_help_may_repeat(const cst_option *row)
{
    return row->flags & CST_OPTION_MANY || row->type == CST_OPTION_LIST;
}

const char *cst_help_metavar(const cst_option *row)
{
    static const char *const by_type[] = {
        [CST_OPTION_BOOL] = "",         [CST_OPTION_INT] = "N",
        [CST_OPTION_REAL] = "X",        [CST_OPTION_STRING] = "TEXT",
        [CST_OPTION_DURATION] = "TIME", [CST_OPTION_EXPRESSION] = "EXPRESSION",
        [CST_OPTION_LIST] = "VALUE",    [CST_OPTION_MAP] = "MAP",
        [CST_OPTION_ANY] = "VALUE",
    };
    if (row->metavar)
        return row->metavar;
    if (row->type == CST_OPTION_LIST)
        return cst_help_metavar(row->keys);
    return by_type[row->type];
}

void cst_help_long_name(char out[CST_HELP_NAME], const cst_option *row)
{
    bool on = row->type == CST_OPTION_BOOL && row->fallback && !strcmp(row->fallback, "true");
    if (cst_help_is_positional(row)) {
        (void)snprintf(out, CST_HELP_NAME, "%s", cst_help_metavar(row));
        return;
    }
    (void)snprintf(out, CST_HELP_NAME, "--%s%s", on ? "no-" : "", row->name);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
}

void cst_help_name(char out[CST_HELP_NAME], const cst_option *row)
{
    char name[CST_HELP_NAME];
    cst_help_long_name(name, row);
    if (cst_help_is_positional(row)) {
        memcpy(out, name, sizeof name);
        return;
    }
    const char *value = cst_help_metavar(row);
    char letter[] = {'-', row->letter, ',', ' ', '\0'};
    if (snprintf(out, CST_HELP_NAME, "%s%s%s%s", row->letter ? letter : "", name, *value ? " " : "",
                 value) >= CST_HELP_NAME)
        memcpy(out, name, sizeof name);
}

cst_code cst_help_text(cst_text *out, const cst_option *row, cst_error *err)
{
    cst_code rc = cst_text_puts(out, row->help ? row->help : "", err);
    for (const char *const *choice = row->choices; choice && *choice && rc == CST_OK; choice++)
        rc = cst_text_print(out, err, "%s %s", choice == row->choices ? ":" : ",", *choice);
    if (row->fallback && row->type != CST_OPTION_BOOL && rc == CST_OK)
        rc = cst_text_print(out, err, " (default %s)", row->fallback);
    else if (row->flags & CST_OPTION_REQUIRED && rc == CST_OK)
        rc = cst_text_puts(out, " (required)", err);
    if (cst_help_may_repeat(row) && !cst_help_is_positional(row) && rc == CST_OK)
        rc = cst_text_puts(out, "; may be given several times", err);
    return rc;
}

cst_code cst_help_usage(cst_text *out, const cst_command *command, const char *program,
                        cst_error *err)
{
    cst_code rc = cst_text_print(out, err, "%s [OPTION…]", program);
    for (const cst_option *row = command->options; row && row->name && rc == CST_OK; row++) {
        bool positional = cst_help_is_positional(row);
        bool required = row->flags & CST_OPTION_REQUIRED;
        char name[CST_HELP_NAME];
        cst_help_long_name(name, row);
        if (!cst_help_is_shown(row) || (!positional && !required))
            continue;
        rc = cst_text_print(out, err, " %s%s%s%s%s%s", required ? "" : "[", name,
                            positional ? "" : " ", positional ? "" : cst_help_metavar(row),
                            positional && cst_help_may_repeat(row) ? "…" : "", required ? "" : "]");
    }
    return rc;
}
