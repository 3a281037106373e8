/* man.h - manual pages in man(7), from the option tables */
#ifndef CST_CONFIG_MAN_H
#define CST_CONFIG_MAN_H

#include "config/command.h"

/** Append a page's title and NAME. name is as it is typed, "capstan schema infer"; the page is
 *  capstan-schema-infer(1). release is what stands at its foot: "Capstan 0.1.0". */
cst_code cst_man_begin(cst_text *out, const char *name, const char *summary, const char *release,
                       cst_error *err);

/** Append a heading: of a section, or of a part of one. */
cst_code cst_man_section(cst_text *out, const char *heading, cst_error *err);
cst_code cst_man_part(cst_text *out, const char *heading, cst_error *err);

/** Append a text, its paragraphs apart by an empty line. */
cst_code cst_man_paragraphs(cst_text *out, const char *text, cst_error *err);

/** Append a term and what is said of it. */
cst_code cst_man_item(cst_text *out, const char *term, const char *text, cst_error *err);

/** Append the whole page of a command, named as it is typed; sections are those of the pipeline
 *  file that it reads, NULL-ended, or NULL. It says what --help says. */
cst_code cst_man_command(cst_text *out, const cst_command *command, const char *name,
                         const char *release, const cst_section *const *sections, cst_error *err);

#endif
