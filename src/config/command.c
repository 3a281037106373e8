/* command.c - the command line of a program, from its option table */
#include "config/command.h"

#include "base/array.h"
#include "config/check.h"
#include "config/json.h"
#include "config/yaml.h"

static const char *const progress_modes[] = {"auto", "bar", "log", "none", NULL};

const cst_option cst_command_common[] = {
    {.name = "registry",
     .type = CST_OPTION_STRING,
     .help = "the registry (else CAPSTAN_REGISTRY, else registry: of the pipeline file)",
     .metavar = "DIR",
     .flags = CST_OPTION_RUNTIME},
    {.name = "json",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "print the result as JSON",
     .flags = CST_OPTION_RUNTIME},
    {.name = "quiet",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "say nothing but warnings and errors",
     .flags = CST_OPTION_RUNTIME},
    {.name = "verbose",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "say more about what is done",
     .flags = CST_OPTION_RUNTIME},
    {.name = "progress",
     .type = CST_OPTION_STRING,
     .fallback = "auto",
     .help = "how progress is shown",
     .metavar = "MODE",
     .choices = progress_modes,
     .flags = CST_OPTION_RUNTIME},
    {.name = "help",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "print this and exit",
     .flags = CST_OPTION_RUNTIME},
    {.name = "version",
     .type = CST_OPTION_BOOL,
     .fallback = "false",
     .help = "print version, commit and build, and exit",
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

/* A command line being read: raw values by option name, before they are checked. */
typedef struct {
    const cst_option *table;
    json_t *values;
    char *const *arguments;
    int count, next;
    bool only_positional; /* "--" was seen */
    cst_error *err;
} reading;

static const cst_option *find_option(const cst_option *table, const char *name)
{
    for (; table->name; table++)
        if (!strcmp(table->name, name) && !(table->flags & CST_OPTION_POSITIONAL))
            return table;
    return NULL;
}

/* "--learning-rate" and "--learning_rate" are both learning_rate. */
static void option_name(char out[64], const char *argument, size_t size)
{
    (void)snprintf(out, 64, "%.*s", (int)(size < 63 ? size : 63), argument);
    for (char *p = out; *p; p++)
        if (*p == '-')
            *p = '_';
}

static cst_code unknown_option(const reading *r, const char *argument)
{
    char name[64];
    const char **names = cst_check_names(r->table, r->err);
    if (!names)
        return CST_NOMEM;
    size_t size = strcspn(argument, "=");
    option_name(name, argument + 2, size - 2);
    char near[64] = "";
    const char *found = cst_text_nearest(name, names);
    (void)snprintf(near, sizeof near, "%s", found ? found : "");
    for (char *p = near; *p; p++)
        if (*p == '_')
            *p = '-';
    free(names);
    return cst_error_set(r->err, CST_USAGE, "unknown option %.*s%s%s%s", (int)size, argument,
                         *near ? "; did you mean --" : "; see --help", near, *near ? "?" : "");
}

/* The value of an argument as its type would be written: text as it is, all else as YAML. */
static json_t *argument_value(const cst_option *row, const char *text, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    bool raw = row->type == CST_OPTION_STRING || row->type == CST_OPTION_EXPRESSION ||
               row->type == CST_OPTION_DURATION;
    if (row->type == CST_OPTION_LIST)
        return argument_value(row->keys, text, err);
    json_t *value = raw ? json_string(text) : cst_yaml_value(text, &why);
    if (!value)
        cst_error_set(err, CST_USAGE, "the argument \"%s\" is not a value: %s", text,
                      raw ? "it is not UTF-8" : why.text);
    return value;
}

static cst_code put_value(reading *r, const cst_option *row, json_t *value)
{
    json_t *list = json_object_get(r->values, row->name);
    bool many = row->flags & CST_OPTION_MANY || row->type == CST_OPTION_LIST;
    if (many && list)
        return cst_json_append(list, value, r->err);
    if (list) {
        json_decref(value);
        return cst_error_set(r->err, CST_USAGE, "--%s is given twice", row->name);
    }
    if (!many)
        return cst_json_put(r->values, row->name, value, r->err);
    list = json_array();
    cst_code rc = cst_json_append(list, value, r->err);
    if (rc != CST_OK) {
        json_decref(list);
        return rc;
    }
    return cst_json_put(r->values, row->name, list, r->err);
}

static cst_code read_switch(reading *r, const cst_option *row, const char *value, bool on)
{
    if (value)
        return cst_error_set(r->err, CST_USAGE, "--%s takes no value: write --%s or --no-%s",
                             row->name, row->name, row->name);
    return put_value(r, row, json_boolean(on));
}

static cst_code read_option(reading *r, const char *argument)
{
    char name[64];
    size_t size = strcspn(argument, "=");
    const char *value = argument[size] ? argument + size + 1 : NULL;
    option_name(name, argument + 2, size - 2);
    const cst_option *row = find_option(r->table, name);
    if (row && row->type == CST_OPTION_BOOL)
        return read_switch(r, row, value, true);
    if (!row && !strncmp(name, "no_", 3)) {
        row = find_option(r->table, name + 3);
        if (row && row->type == CST_OPTION_BOOL)
            return read_switch(r, row, value, false);
        row = NULL;
    }
    if (!row)
        return unknown_option(r, argument);
    if (!value && r->next < r->count)
        value = r->arguments[r->next++];
    if (!value)
        return cst_error_set(r->err, CST_USAGE, "%s: its value is missing", argument);
    json_t *parsed = argument_value(row, value, r->err);
    return parsed ? put_value(r, row, parsed) : CST_USAGE;
}

/* "-o": the option of that letter. */
static cst_code read_letter(reading *r, const char *argument)
{
    char name[64];
    for (const cst_option *row = r->table; row->name; row++) {
        if (!row->letter || row->letter != argument[1] || argument[2])
            continue;
        (void)snprintf(name, sizeof name, "--%s", row->name);
        return read_option(r, name);
    }
    return cst_error_set(r->err, CST_USAGE, "unknown option %s: options are long, as in --help",
                         argument);
}

static cst_code read_positional(reading *r, const char *argument)
{
    for (const cst_option *row = r->table; row->name; row++) {
        if (!(row->flags & CST_OPTION_POSITIONAL))
            continue;
        if (!(row->flags & CST_OPTION_MANY) && json_object_get(r->values, row->name))
            continue;
        json_t *parsed = argument_value(row, argument, r->err);
        return parsed ? put_value(r, row, parsed) : CST_USAGE;
    }
    return cst_error_set(r->err, CST_USAGE, "an argument too many: \"%s\"", argument);
}

static cst_code read_arguments(reading *r)
{
    cst_code rc = CST_OK;
    while (r->next < r->count && rc == CST_OK) {
        const char *argument = r->arguments[r->next++];
        if (!r->only_positional && !strcmp(argument, "--"))
            r->only_positional = true;
        else if (!r->only_positional && !strncmp(argument, "--", 2))
            rc = read_option(r, argument);
        else if (!r->only_positional && argument[0] == '-' && argument[1])
            rc = read_letter(r, argument);
        else
            rc = read_positional(r, argument);
    }
    return rc;
}

/* --help or --version, wherever they stand before "--", make everything else irrelevant. */
static const char *asked_instead(int count, char *const *arguments)
{
    for (int i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
        if (!strcmp(arguments[i], "--help"))
            return "help";
        if (!strcmp(arguments[i], "--version"))
            return "version";
    }
    return NULL;
}

static cst_code only_this(json_t **out, const char *name, cst_error *err)
{
    json_t *map = json_object();
    cst_code rc = cst_json_put(map, name, json_true(), err);
    if (rc == CST_OK)
        *out = map;
    else
        json_decref(map);
    return rc;
}

cst_code cst_command_parse(json_t **out, const cst_command *command, int count,
                           char *const *arguments, cst_error *err)
{
    const char *instead = asked_instead(count, arguments);
    if (instead)
        return only_this(out, instead, err);
    cst_option *table = cst_option_join(command->options, cst_command_common, err);
    json_t *values = json_object();
    reading r = {.table = table,
                 .values = values,
                 .arguments = arguments,
                 .count = count,
                 .next = 0,
                 .only_positional = false,
                 .err = err};
    cst_check check = {.source = "", .lines = NULL, .arguments = table};
    cst_code rc = table && values ? read_arguments(&r) : cst_error_nomem(err, "the command line");
    if (rc == CST_OK)
        rc = cst_check_map(out, &check, "", values, table, err);
    json_decref(values);
    free(table);
    return rc;
}
