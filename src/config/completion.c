/* completion.c - what a shell offers when Tab is pressed, from the option tables */
#include "config/completion.h"

#include "config/help_row.h"

/* The cases of a shell function that is given a command: its options. */
static cst_code put_options(cst_text *out, const cst_completion_entry *entry, cst_error *err)
{
    char name[CST_HELP_NAME];
    cst_code rc = cst_text_print(out, err, "    '%s') printf '%%s' '", entry->name);
    const char *between = "";
    const cst_option *const tables[] = {entry->command->options, cst_command_common};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const cst_option *row = tables[t]; rc == CST_OK && row && row->name; row++) {
            if (!cst_help_is_shown(row) || cst_help_is_positional(row))
                continue;
            cst_help_long_name(name, row);
            rc = cst_text_print(out, err, "%s%s", between, name);
            between = " ";
        }
    return rc == CST_OK ? cst_text_puts(out, "' ;;\n", err) : rc;
}

/* An option's letter, or nothing, as one more pattern of a case. */
static cst_code put_letter(cst_text *out, const char *command, const cst_option *row,
                           cst_error *err)
{
    return row->letter ? cst_text_print(out, err, " | '%s -%c'", command, row->letter) : CST_OK;
}

/* Where an option takes a value: the values, or none where they are anything. */
static cst_code put_value(cst_text *out, const char *command, const cst_option *row, cst_error *err)
{
    char name[CST_HELP_NAME];
    cst_help_long_name(name, row);
    if (cst_help_is_positional(row))
        name[0] = '\0';
    cst_code rc = cst_text_print(out, err, "    '%s %s'", command, name);
    if (rc == CST_OK)
        rc = put_letter(out, command, row, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, ") printf '%s' '", err);
    for (const char *const *choice = row->choices; rc == CST_OK && choice && *choice; choice++)
        rc = cst_text_print(out, err, "%s%s", choice == row->choices ? "" : " ", *choice);
    return rc == CST_OK ? cst_text_puts(out, "' ;;\n", err) : rc;
}

/* The cases of a shell function that is given a command, a blank and an option, or nothing for the
 * arguments: of those only the first kind is offered. */
static cst_code put_values(cst_text *out, const cst_completion_entry *entry, cst_error *err)
{
    cst_code rc = CST_OK;
    bool argument = false;
    const cst_option *const tables[] = {entry->command->options, cst_command_common};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const cst_option *row = tables[t]; rc == CST_OK && row && row->name; row++) {
            bool positional = cst_help_is_positional(row);
            bool takes_value = positional ? row->choices && !argument : *cst_help_metavar(row);
            if (!cst_help_is_shown(row) || !takes_value)
                continue;
            argument = argument || positional;
            rc = put_value(out, entry->name, row, err);
        }
    return rc;
}

static cst_code put_function(cst_text *out, const char *program, const char *name,
                             const char *subject, const cst_completion_entry *entry, size_t count,
                             cst_code (*put)(cst_text *, const cst_completion_entry *, cst_error *),
                             cst_error *err)
{
    cst_code rc = cst_text_print(out, err, "_%s_%s() {\n    case %s in\n", program, name, subject);
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        rc = put(out, &entry[i], err);
    return rc == CST_OK ? cst_text_puts(out, "    *) return 1 ;;\n    esac\n}\n\n", err) : rc;
}

/* The commands of a group have the same first word, and need not stand together. */
static bool is_first_of_group(const cst_completion_entry *entry, size_t i)
{
    size_t size = strcspn(entry[i].name, " ");
    for (size_t k = 0; k < i; k++)
        if (strcspn(entry[k].name, " ") == size && strncmp(entry[k].name, entry[i].name, size) == 0)
            return false;
    return true;
}

static cst_code put_first_words(cst_text *out, const char *program,
                                const cst_completion_entry *entry, size_t count,
                                const char *const *words, cst_error *err)
{
    cst_code rc = cst_text_print(out, err, "_%s_commands='", program);
    for (; rc == CST_OK && *words; words++)
        rc = cst_text_print(out, err, "%s ", *words);
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        if (is_first_of_group(entry, i))
            rc = cst_text_print(out, err, "%.*s ", (int)strcspn(entry[i].name, " "), entry[i].name);
    return rc == CST_OK ? cst_text_puts(out, "'\n", err) : rc;
}

/* The second words of commands: "schema) infer show diff". */
static cst_code put_second(cst_text *out, const cst_completion_entry *entry, cst_error *err)
{
    const char *blank = strchr(entry->name, ' ');
    if (!blank)
        return CST_OK;
    return cst_text_print(out, err, "    [ \"$1\" != '%.*s' ] || printf '%%s ' '%s'\n",
                          (int)(blank - entry->name), entry->name, blank + 1);
}

/* What is the same for every program; PROGRAM stands for its name. A word such as --name=value
 * comes as three, since '=' breaks words (COMP_WORDBREAKS). */
static const char completer[] =
    "_PROGRAM() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local first=1 command words\n"
    "    COMPREPLY=()\n"
    "    if [ \"$word\" = = ]; then\n"
    "        word=\n"
    "    elif [ \"$before\" = = ]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    [ \"${COMP_WORDS[1]}\" != help ] || first=2\n"
    "    command=${COMP_WORDS[first]}\n"
    "    if [ \"$COMP_CWORD\" -eq \"$first\" ]; then\n"
    "        words=$_PROGRAM_commands\n"
    "    elif [ \"$COMP_CWORD\" -eq $((first + 1)) ] && words=$(_PROGRAM_second \"$command\") &&\n"
    "        [ -n \"$words\" ]; then\n"
    "        :\n"
    "    else\n"
    "        _PROGRAM_options \"$command\" >/dev/null || command+=\" ${COMP_WORDS[first + 1]}\"\n"
    "        if words=$(_PROGRAM_values \"$command $before\"); then\n"
    "            :\n"
    "        elif [[ $word == -* ]]; then\n"
    "            words=$(_PROGRAM_options \"$command\")\n"
    "        else\n"
    "            words=$(_PROGRAM_values \"$command \")\n"
    "        fi\n"
    "    fi\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
    "}\n"
    "complete -o bashdefault -o default -F _PROGRAM PROGRAM\n";

static cst_code put_completer(cst_text *out, const char *program, cst_error *err)
{
    static const char stand_in[] = "PROGRAM";
    cst_code rc = CST_OK;
    const char *from = completer;
    for (const char *at; rc == CST_OK && (at = strstr(from, stand_in));
         from = at + strlen(stand_in)) {
        rc = cst_text_add(out, from, (size_t)(at - from), err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, program, err);
    }
    return rc == CST_OK ? cst_text_puts(out, from, err) : rc;
}

cst_code cst_completion_bash(cst_text *out, const char *program, const cst_completion_entry *entry,
                             size_t count, const char *const *words, cst_error *err)
{
    cst_code rc = cst_text_print(
        out, err, "# completion of %s for bash, made of its option tables\n\n", program);
    if (rc == CST_OK)
        rc = put_first_words(out, program, entry, count, words, err);
    if (rc == CST_OK)
        rc = cst_text_print(out, err, "\n_%s_second() {\n", program);
    for (size_t i = 0; rc == CST_OK && i < count; i++)
        rc = put_second(out, &entry[i], err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "    return 0\n}\n\n", err);
    if (rc == CST_OK)
        rc = put_function(out, program, "options", "$1", entry, count, put_options, err);
    if (rc == CST_OK)
        rc = put_function(out, program, "values", "\"$1\"", entry, count, put_values, err);
    return rc == CST_OK ? put_completer(out, program, err) : rc;
}
