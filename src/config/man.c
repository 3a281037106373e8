/* man.c - manual pages in man(7), from the option tables */
#include "config/man.h"

#include <ctype.h>

#include "config/help_row.h"

/* The bytes of a character of UTF-8 after its first, and the bits of it in that one. */
static int bytes_behind(unsigned char first, unsigned *bits)
{
    int behind = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    *bits = behind ? first & (0x3fU >> behind) : first;
    return behind;
}

/* Characters that roff would take for its own, or print as others (groff_char(7)). */
static const char *escape_of(char c)
{
    static const struct {
        char c;
        const char *escape;
    } escapes[] = {
        {'\\', "\\e"},  {'-', "\\-"},   {'"', "\\(dq"}, {'\'', "\\(aq"},
        {'`', "\\(ga"}, {'^', "\\(ha"}, {'~', "\\(ti"},
    };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i].c == c)
            return escapes[i].escape;
    return NULL;
}

/* size bytes of text as roff prints them, wherever in a line they stand. */
static cst_code put(cst_text *out, const char *text, size_t size, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; rc == CST_OK && i < size; i++) {
        unsigned bits;
        const char *escape = escape_of(text[i]);
        int behind = bytes_behind((unsigned char)text[i], &bits);
        for (int b = 0; b < behind && i + 1 < size; b++)
            bits = bits << 6 | ((unsigned char)text[++i] & 0x3f);
        if (escape)
            rc = cst_text_puts(out, escape, err);
        else if (bits >= 0x80)
            rc = cst_text_print(out, err, "\\[u%04X]", bits);
        else if (text[i] == '.' && i == 0) /* a request where it begins a line */
            rc = cst_text_puts(out, "\\&.", err);
        else
            rc = cst_text_add(out, text + i, 1, err);
    }
    return rc;
}

static cst_code put_line(cst_text *out, const char *before, const char *text, size_t size,
                         cst_error *err)
{
    cst_code rc = cst_text_puts(out, before, err);
    if (rc == CST_OK)
        rc = put(out, text, size, err);
    return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
}

/* "capstan schema infer" as the name of its page, in small or in capital letters. */
static cst_code put_page_name(cst_text *out, const char *name, bool capitals, cst_error *err)
{
    cst_code rc = CST_OK;
    for (const char *p = name; rc == CST_OK && *p; p++) {
        char c = capitals ? (char)toupper((unsigned char)*p) : *p;
        rc = *p == ' ' ? cst_text_puts(out, "\\-", err) : put(out, &c, 1, err);
    }
    return rc;
}

cst_code cst_man_begin(cst_text *out, const char *name, const char *summary, const char *release,
                       cst_error *err)
{
    cst_code rc = cst_text_puts(out, ".TH \"", err);
    if (rc == CST_OK)
        rc = put_page_name(out, name, true, err);
    if (rc == CST_OK)
        rc = cst_text_print(out, err, "\" 1 \"\" \"%s\" \"Capstan\"\n.SH NAME\n", release);
    if (rc == CST_OK)
        rc = put_page_name(out, name, false, err);
    return rc == CST_OK ? put_line(out, " \\- ", summary, strlen(summary), err) : rc;
}

cst_code cst_man_section(cst_text *out, const char *heading, cst_error *err)
{
    return put_line(out, ".SH ", heading, strlen(heading), err);
}

cst_code cst_man_part(cst_text *out, const char *heading, cst_error *err)
{
    return put_line(out, ".SS ", heading, strlen(heading), err);
}

cst_code cst_man_paragraphs(cst_text *out, const char *text, cst_error *err)
{
    cst_code rc = CST_OK;
    const char *before = ""; /* a heading has its own space below it */
    while (rc == CST_OK && *text) {
        size_t size = strcspn(text, "\n");
        if (size > 0)
            rc = put_line(out, before, text, size, err);
        before = size > 0 ? "" : ".PP\n";
        text += size;
        text += *text != '\0';
    }
    return rc;
}

cst_code cst_man_item(cst_text *out, const char *term, const char *text, cst_error *err)
{
    cst_code rc = put_line(out, ".TP\n.B ", term, strlen(term), err);
    return rc == CST_OK ? put_line(out, "", text, strlen(text), err) : rc;
}

/* Lines as they are. */
static cst_code put_lines(cst_text *out, const char *lines, cst_error *err)
{
    cst_code rc = cst_text_puts(out, ".nf\n", err);
    while (rc == CST_OK && *lines) {
        size_t size = strcspn(lines, "\n");
        rc = put_line(out, "", lines, size, err);
        lines += size;
        lines += *lines != '\0';
    }
    return rc == CST_OK ? cst_text_puts(out, ".fi\n", err) : rc;
}

static cst_code put_row(cst_text *out, const char *name, const cst_option *row, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_help_text(&text, row, err);
    if (rc == CST_OK)
        rc = cst_man_item(out, name, text.data, err);
    cst_text_free(&text);
    return rc;
}

/* Rows that stand under their names on the command line, or those that have none there. */
static cst_code put_options(cst_text *out, const cst_option *table, bool positional, cst_error *err)
{
    char name[CST_HELP_NAME];
    cst_code rc = CST_OK;
    for (const cst_option *row = table; rc == CST_OK && row && row->name; row++) {
        if (!cst_help_is_shown(row) || cst_help_is_positional(row) != positional)
            continue;
        cst_help_name(name, row);
        rc = put_row(out, name, row, err);
    }
    return rc;
}

static bool has_positional(const cst_option *table)
{
    for (; table && table->name; table++)
        if (cst_help_is_shown(table) && cst_help_is_positional(table))
            return true;
    return false;
}

static cst_code put_keys(cst_text *out, const cst_option *table, cst_error *err)
{
    cst_code rc = CST_OK;
    for (const cst_option *row = table; rc == CST_OK && row && row->name; row++)
        if (cst_help_is_shown(row))
            rc = put_row(out, row->name, row, err);
    return rc;
}

static cst_code put_section(cst_text *out, const cst_section *section, bool first, cst_error *err)
{
    char text[256];
    const cst_option *more = section->more ? section->more(NULL, err) : NULL;
    (void)snprintf(text, sizeof text, "In the pipeline file under %s:, or --set %s%sKEY=VALUE.",
                   section->name, first ? "" : section->name, first ? "" : ".");
    cst_code rc = cst_text_puts(out, ".SH KEYS OF ", err);
    if (rc == CST_OK)
        rc = put_page_name(out, section->name, true, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "\n", err);
    if (rc == CST_OK)
        rc = cst_man_paragraphs(out, text, err);
    if (rc == CST_OK)
        rc = put_keys(out, section->keys, err);
    return rc == CST_OK ? put_keys(out, more, err) : rc;
}

/* "0   done\n3   refused: …": a code and what it means in each line. */
static cst_code put_statuses(cst_text *out, const char *statuses, cst_error *err)
{
    cst_code rc = cst_man_section(out, "EXIT STATUS", err);
    while (rc == CST_OK && *statuses) {
        size_t code = strspn(statuses, "0123456789");
        size_t gap = strspn(statuses + code, " ");
        size_t size = strcspn(statuses, "\n");
        rc = put_line(out, ".TP\n.B ", statuses, code, err);
        if (rc == CST_OK)
            rc = put_line(out, "", statuses + code + gap, size - code - gap, err);
        statuses += size;
        statuses += *statuses != '\0';
    }
    return rc;
}

static cst_code put_synopsis(cst_text *out, const cst_command *command, const char *name,
                             cst_error *err)
{
    cst_text usage = CST_TEXT_INIT;
    cst_code rc = cst_man_section(out, "SYNOPSIS", err);
    if (rc == CST_OK)
        rc = cst_help_usage(&usage, command, name, err);
    if (rc == CST_OK)
        rc = put_line(out, "", usage.data, usage.size, err);
    cst_text_free(&usage);
    return rc;
}

static cst_code put_all_options(cst_text *out, const cst_command *command, cst_error *err)
{
    cst_code rc = CST_OK;
    if (has_positional(command->options)) {
        rc = cst_man_section(out, "ARGUMENTS", err);
        if (rc == CST_OK)
            rc = put_options(out, command->options, true, err);
    }
    if (rc == CST_OK)
        rc = cst_man_section(out, "OPTIONS", err);
    if (rc == CST_OK)
        rc = put_options(out, command->options, false, err);
    if (rc == CST_OK)
        rc = cst_man_part(out, "Of every command", err);
    return rc == CST_OK ? put_options(out, cst_command_common, false, err) : rc;
}

cst_code cst_man_command(cst_text *out, const cst_command *command, const char *name,
                         const char *release, const cst_section *const *sections, cst_error *err)
{
    cst_code rc = cst_man_begin(out, name, command->summary, release, err);
    if (rc == CST_OK)
        rc = put_synopsis(out, command, name, err);
    if (rc == CST_OK && command->description)
        rc = cst_man_section(out, "DESCRIPTION", err);
    if (rc == CST_OK && command->description)
        rc = cst_man_paragraphs(out, command->description, err);
    if (rc == CST_OK)
        rc = put_all_options(out, command, err);
    for (size_t i = 0; rc == CST_OK && sections && sections[i]; i++)
        rc = put_section(out, sections[i], i == 0, err);
    if (rc == CST_OK && command->statuses)
        rc = put_statuses(out, command->statuses, err);
    if (rc == CST_OK && command->example)
        rc = cst_man_section(out, "EXAMPLES", err);
    if (rc == CST_OK && command->example)
        rc = put_lines(out, command->example, err);
    if (rc == CST_OK)
        rc = cst_man_section(out, "SEE ALSO", err);
    return rc == CST_OK ? cst_text_puts(out, ".BR capstan (1)\n", err) : rc;
}
