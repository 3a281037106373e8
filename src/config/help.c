/* help.c - what --help prints, and the same as JSON for the reference */
#include "base/array.h"
#include "config/check.h"
#include "config/command.h"
#include "config/help_row.h"
#include "config/json.h"

enum { WIDTH = 80, HELP_COLUMN = 28 };

/* Words of text from column column on, broken at WIDTH, further lines indented to indent. */
static cst_code put_wrapped(cst_text *out, const char *text, int column, int indent, cst_error *err)
{
    cst_code rc = CST_OK;
    while (*text && rc == CST_OK) {
        size_t word = strcspn(text, " \n");
        bool fits = column + (int)word < WIDTH || column == indent;
        if (word > 0 && fits) {
            bool first = column == indent;
            rc = cst_text_print(out, err, "%s%.*s", first ? "" : " ", (int)word, text);
            column += (int)word + !first;
        } else if (word > 0) {
            rc = cst_text_print(out, err, "\n%*s", indent, "");
            column = indent;
            continue;
        }
        text += word;
        if (*text == '\n') {
            rc = rc == CST_OK ? cst_text_print(out, err, "\n%*s", text[1] == '\n' ? 0 : indent, "")
                              : rc;
            column = indent;
        }
        text += *text != '\0';
    }
    return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
}

static cst_code put_row(cst_text *out, const char *name, const cst_option *row, cst_error *err)
{
    cst_text help = CST_TEXT_INIT;
    cst_code rc = cst_text_print(out, err, "  %s", name);
    int column = (int)strlen(name) + 2;
    if (rc == CST_OK && column >= HELP_COLUMN - 1)
        rc = cst_text_print(out, err, "\n%*s", HELP_COLUMN, "");
    else if (rc == CST_OK)
        rc = cst_text_print(out, err, "%*s", HELP_COLUMN - column, "");
    if (rc == CST_OK)
        rc = cst_help_text(&help, row, err);
    if (rc == CST_OK)
        rc = put_wrapped(out, help.data, HELP_COLUMN, HELP_COLUMN, err);
    cst_text_free(&help);
    return rc;
}

/* The rows of a table, those with or those without names on the command line. */
static cst_code put_rows(cst_text *out, const char *title, const cst_option *table, bool positional,
                         cst_error *err)
{
    char name[CST_HELP_NAME];
    cst_code rc = CST_OK;
    bool titled = false;
    for (const cst_option *row = table; row && row->name && rc == CST_OK; row++) {
        if (!cst_help_is_shown(row) || positional != cst_help_is_positional(row))
            continue;
        if (!titled && *title)
            rc = cst_text_print(out, err, "\n%s:\n", title);
        titled = true;
        cst_help_name(name, row);
        if (rc == CST_OK)
            rc = put_row(out, name, row, err);
    }
    return rc;
}

/* Lines as they are, each indented by two. */
static cst_code put_lines(cst_text *out, const char *title, const char *lines, cst_error *err)
{
    if (!lines)
        return CST_OK;
    cst_code rc = cst_text_print(out, err, "\n%s:\n", title);
    while (*lines && rc == CST_OK) {
        size_t length = strcspn(lines, "\n");
        rc = cst_text_print(out, err, "  %.*s\n", (int)length, lines);
        lines += length;
        lines += *lines != '\0';
    }
    return rc;
}

cst_code cst_command_help(cst_text *out, const cst_command *command, const char *program,
                          cst_error *err)
{
    cst_code rc = cst_text_puts(out, "Usage: ", err);
    if (rc == CST_OK)
        rc = cst_help_usage(out, command, program, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "\n\n", err);
    if (rc == CST_OK)
        rc = put_wrapped(out, command->summary, 0, 0, err);
    if (rc == CST_OK && command->description)
        rc = cst_text_puts(out, "\n", err);
    if (rc == CST_OK && command->description)
        rc = put_wrapped(out, command->description, 0, 0, err);
    if (rc == CST_OK)
        rc = put_rows(out, "Arguments", command->options, true, err);
    if (rc == CST_OK)
        rc = put_rows(out, "Options", command->options, false, err);
    if (rc == CST_OK)
        rc = put_rows(out, "Options of every command", cst_command_common, false, err);
    if (rc == CST_OK)
        rc = put_lines(out, "Example", command->example, err);
    return rc == CST_OK ? put_lines(out, "Exit codes", command->statuses, err) : rc;
}

static cst_code put_keys(cst_text *out, const char *prefix, const cst_option *table, cst_error *err)
{
    char name[128];
    cst_code rc = CST_OK;
    for (const cst_option *row = table; row && row->name && rc == CST_OK; row++) {
        if (!cst_help_is_shown(row))
            continue;
        (void)snprintf(name, sizeof name, "%s%s", prefix, row->name);
        rc = put_row(out, name, row, err);
    }
    return rc;
}

cst_code cst_section_help(cst_text *out, const cst_section *section, bool first, cst_error *err)
{
    char prefix[64];
    const cst_option *more = section->more ? section->more(NULL, err) : NULL;
    (void)snprintf(prefix, sizeof prefix, "%s%s", first ? "" : section->name, first ? "" : ".");
    cst_code rc =
        cst_text_print(out, err, "\nKeys of %s: in the pipeline file, or --set %sKEY=VALUE",
                       section->name, prefix);
    if (rc == CST_OK)
        rc = cst_text_puts(out, ":\n", err);
    if (rc == CST_OK)
        rc = put_keys(out, "", section->keys, err);
    return rc == CST_OK ? put_keys(out, "", more, err) : rc;
}

static const char *type_word(cst_option_type type)
{
    static const char *const words[] = {
        [CST_OPTION_BOOL] = "bool",         [CST_OPTION_INT] = "int",
        [CST_OPTION_REAL] = "real",         [CST_OPTION_STRING] = "text",
        [CST_OPTION_DURATION] = "duration", [CST_OPTION_EXPRESSION] = "expression",
        [CST_OPTION_LIST] = "list",         [CST_OPTION_MAP] = "map",
        [CST_OPTION_ANY] = "any",
    };
    return words[type];
}

static json_t *describe_choices(const cst_option *row, cst_error *err)
{
    json_t *list = json_array();
    cst_code rc = CST_OK;
    for (const char *const *choice = row->choices; *choice && rc == CST_OK; choice++)
        rc = cst_json_append(list, json_string(*choice), err);
    return list;
}

static json_t *describe_row(const cst_option *row, cst_error *err)
{
    json_t *out = json_object();
    char name[CST_HELP_NAME];
    cst_help_name(name, row);
    cst_code rc = cst_json_put(out, "name", json_string(row->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "usage", json_string(name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "type", json_string(type_word(row->type)), err);
    if (rc == CST_OK && row->help)
        rc = cst_json_put(out, "help", json_string(row->help), err);
    if (rc == CST_OK && row->fallback)
        rc = cst_json_put(out, "default", json_string(row->fallback), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "required", json_boolean(row->flags & CST_OPTION_REQUIRED), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "positional", json_boolean(cst_help_is_positional(row)), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "many", json_boolean(cst_help_may_repeat(row)), err);
    if (rc == CST_OK && (row->min != 0 || row->max != 0))
        rc = cst_json_put(out, "min", cst_json_real(row->min), err);
    if (rc == CST_OK && (row->min != 0 || row->max != 0))
        rc = cst_json_put(out, "max", cst_json_real(row->max), err);
    if (rc == CST_OK && row->choices)
        rc = cst_json_put(out, "choices", describe_choices(row, err), err);
    if (rc == CST_OK && row->keys)
        rc = cst_json_put(out, "keys", cst_option_describe(row->keys, err), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

json_t *cst_option_describe(const cst_option *table, cst_error *err)
{
    json_t *list = json_array();
    cst_code rc = list ? CST_OK : cst_error_nomem(err, "a description of options");
    for (; table && table->name && rc == CST_OK; table++)
        if (cst_help_is_shown(table))
            rc = cst_json_append(list, describe_row(table, err), err);
    if (rc == CST_OK)
        return list;
    json_decref(list);
    return NULL;
}

json_t *cst_command_describe(const cst_command *command, cst_error *err)
{
    json_t *out = json_object();
    cst_code rc = cst_json_put(out, "name", json_string(command->name), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "summary", json_string(command->summary), err);
    if (rc == CST_OK && command->description)
        rc = cst_json_put(out, "description", json_string(command->description), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "options", cst_option_describe(command->options, err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "common", cst_option_describe(cst_command_common, err), err);
    if (rc == CST_OK && command->example)
        rc = cst_json_put(out, "example", json_string(command->example), err);
    if (rc == CST_OK && command->statuses)
        rc = cst_json_put(out, "statuses", json_string(command->statuses), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}
