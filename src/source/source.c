/* source.c - a source opened, looked at and closed */
#include "base/array.h"
#include "source/internal.h"

static cst_code one_character(char *out, const char *key, const char *text, cst_error *err)
{
    if (strcmp(text, "tab") == 0)
        text = "\t";
    if (strlen(text) != 1 || *text == '\n' || *text == '\r')
        return cst_error_set(err, CST_USAGE, "source: %s must be one character, not \"%s\"", key,
                             text);
    *out = *text;
    return CST_OK;
}

static cst_code take_dialect(cst_source *source, cst_error *err)
{
    const char *quote_text = cst_get_string(source->options, "quote", "\"");
    bool quotes = strcmp(quote_text, "none") != 0;
    char quote = '"';
    char delimiter;
    cst_code rc = one_character(&delimiter, "delimiter",
                                cst_get_string(source->options, "delimiter", ","), err);
    if (rc == CST_OK && quotes)
        rc = one_character(&quote, "quote", quote_text, err);
    if (rc == CST_OK && quotes && quote == delimiter)
        rc = cst_error_set(err, CST_USAGE, "source: delimiter and quote are both %c", quote);
    if (rc != CST_OK)
        return rc;
    source->dialect = cst_csv_dialect_new(delimiter, quote, quotes);
    return cst_cell_rules_new(&source->rules, source->options, quote, err);
}

cst_code cst_source_open(cst_source **out, cst_comm *comm, const char *const *paths, size_t files,
                         const json_t *options, cst_log *log, cst_error *err)
{
    (void)log;
    cst_source *source = cst_array_new(1, sizeof *source, "a source", err);
    cst_code rc = source ? CST_OK : CST_NOMEM;
    if (rc == CST_OK) {
        source->comm = comm;
        source->options = json_deep_copy(options);
        rc = source->options ? take_dialect(source, err) : cst_error_nomem(err, "options");
    }
    if (rc == CST_OK && !files)
        rc = cst_error_set(err, CST_USAGE, "no files to read were named");
    if ((rc = cst_comm_agree(comm, rc, err)) != CST_OK ||
        (rc = cst_source_read_headers(source, paths, files, err)) != CST_OK ||
        (rc = cst_source_digest_files(source, err)) != CST_OK)
        goto out;
    *out = source;
    source = NULL;
out:
    cst_source_free(source);
    return rc;
}

void cst_source_free(cst_source *source)
{
    if (!source)
        return;
    for (size_t f = 0; f < source->files; f++) {
        free(source->file[f].path);
        free(source->layout[f].csv.path);
        free(source->layout[f].cell);
    }
    for (size_t c = 0; source->column && c < source->columns; c++)
        free(source->column[c]);
    free(source->column);
    free(source->file);
    free(source->layout);
    cst_cell_rules_free(&source->rules);
    json_decref(source->options);
    free(source);
}

const char *const *cst_source_columns(const cst_source *source)
{
    return (const char *const *)source->column;
}

const cst_source_file *cst_source_files(const cst_source *source, size_t *count)
{
    *count = source->files;
    return source->file;
}

void cst_source_leave_out(cst_source *source, size_t file)
{
    source->layout[file].left_out = true;
}
