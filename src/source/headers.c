/* headers.c - the columns of the files: read on rank 0, checked, shared */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "config/json.h"
#include "source/internal.h"

/* The first record of a file. */
typedef struct {
    const cst_source *source;
    const char *path;
    json_t *names; /* array of text */
    int64_t end;   /* offset behind it */
    int64_t lines; /* line ends up to there */
    bool header;   /* it holds names; else it is only counted */
} first_record;

static cst_code check_magic(const char *path, const unsigned char *bytes, size_t size,
                            cst_error *err)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *what;
    } known[] = {
        {"\x1f\x8b", 2, "compressed by gzip: unpack it with gunzip"},
        {"PK\x03\x04", 4, "a zip archive: unpack it"},
        {"\x28\xb5\x2f\xfd", 4, "compressed by zstd: unpack it with unzstd"},
        {"BZh", 3, "compressed by bzip2: unpack it with bunzip2"},
        {"\xfd"
         "7zXZ",
         5, "compressed by xz: unpack it with unxz"},
        {"\x89HDF", 4, "HDF5 or netCDF-4, not CSV"},
        {"CDF\x01", 4, "netCDF, not CSV"},
        {"PAR1", 4, "Parquet, not CSV"},
        {"\xff\xfe", 2, "UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
        {"\xfe\xff", 2, "UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (size >= known[i].size && memcmp(bytes, known[i].bytes, known[i].size) == 0)
            return cst_error_set(err, CST_INVALID, "%s is %s", path, known[i].what);
    return CST_OK;
}

/* Size, time and first bytes of a file; *begin is behind a byte order mark. */
static cst_code look_at(cst_csv_file *file, int64_t *begin, const char *path, cst_error *err)
{
    struct stat now;
    unsigned char bytes[8] = {0};
    cst_code rc = CST_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return cst_error_errno(err, "cannot open %s", path);
    ssize_t got = 0;
    if (fstat(fd, &now) != 0)
        rc = cst_error_errno(err, "cannot look at %s", path);
    else if (!S_ISREG(now.st_mode))
        rc = cst_error_set(err, CST_INVALID, "%s is not a regular file%s", path,
                           S_ISDIR(now.st_mode) ? " but a directory" : "");
    else if ((got = pread(fd, bytes, sizeof bytes, 0)) < 0)
        rc = cst_error_errno(err, "cannot read %s", path);
    else if (got == 0)
        rc = cst_error_set(err, CST_INVALID, "%s is empty", path);
    else
        rc = check_magic(path, bytes, (size_t)got, err);
    (void)close(fd);
    if (rc != CST_OK)
        return rc;
    file->path = cst_text_copy(path, err);
    file->bytes = now.st_size;
    file->modified = now.st_mtim.tv_sec * 1000000000 + now.st_mtim.tv_nsec;
    *begin = got >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return file->path ? CST_OK : CST_NOMEM;
}

/* The name of a column as the file has it, blanks around it left out, and as rename: says. */
static cst_code add_name(first_record *first, const cst_csv_cell *raw, size_t at, cst_error *err)
{
    const json_t *rename = json_object_get(first->source->options, "rename");
    cst_text scratch = CST_TEXT_INIT;
    cst_cell_rules rules = first->source->rules;
    rules.count = 0; /* a column may be called NA */
    cst_csv_cell trimmed = *raw;
    while (trimmed.size && *trimmed.text == ' ') {
        trimmed.text++;
        trimmed.size--;
    }
    while (trimmed.size && trimmed.text[trimmed.size - 1] == ' ')
        trimmed.size--;
    trimmed.quoted = true;
    cst_cell cell;
    bool valid;
    char *name = NULL;
    char position[32];
    (void)snprintf(position, sizeof position, "#%zu", at + 1);
    cst_code rc = cst_cell_text(&cell, &valid, &trimmed, &rules, &scratch, err);
    if (rc == CST_OK && !valid)
        rc = cst_error_set(err, CST_INVALID,
                           "%s: the name of column %zu is not UTF-8: is encoding: latin1 meant?",
                           first->path, at + 1);
    if (rc == CST_OK &&
        !(name = cst_text_format(err, "%.*s", (int)cell.size, cell.size ? cell.text : "")))
        rc = CST_NOMEM;
    if (rc == CST_OK) {
        const char *renamed = cst_get_string(rename, position, cst_get_string(rename, name, name));
        rc = cst_json_append(first->names, json_string(renamed), err);
    }
    free(name);
    cst_text_free(&scratch);
    return rc;
}

/* Takes the first record that is not empty, and ends the reading with CST_STOPPED. */
static cst_code take_first(void *context, const cst_csv_record *record, int64_t line,
                           int64_t offset, cst_error *err)
{
    first_record *first = context;
    cst_code rc = CST_OK;
    if (record->blank)
        return CST_OK;
    if (record->fault)
        return cst_error_set(err, CST_INVALID, "%s: line %lld: %s", first->path,
                             (long long)line + 1, record->fault);
    for (size_t i = 0; rc == CST_OK && i < record->cells; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "column%zu", i + 1);
        cst_csv_cell numbered = {.text = name, .size = strlen(name)};
        rc = add_name(first, first->header ? &record->cell[i] : &numbered, i, err);
    }
    first->end = offset + (int64_t)record->bytes;
    first->lines = line + record->lines;
    return rc == CST_OK ? CST_STOPPED : rc;
}

static cst_code check_names(const char *path, const json_t *names, cst_error *err)
{
    size_t count = json_array_size(names);
    json_t *seen = json_object();
    cst_code rc = seen ? CST_OK : cst_error_nomem(err, "columns");
    for (size_t i = 0; rc == CST_OK && i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const json_t *first = json_object_get(seen, name);
        cst_error why = CST_ERROR_INIT;
        if (!*name)
            rc = cst_error_set(err, CST_INVALID,
                               "%s: column %zu has no name: give it one with rename: {\"#%zu\": "
                               "NAME}",
                               path, i + 1, i + 1);
        else if (first)
            rc = cst_error_set(err, CST_INVALID,
                               "%s: columns %lld and %zu are both called %s: give one another "
                               "name with rename: {\"#%zu\": NAME}",
                               path, (long long)json_integer_value(first), i + 1, name, i + 1);
        else if (cst_schema_check_name(name, &why) != CST_OK)
            rc = cst_error_set(err, CST_INVALID, "%s: column %zu: %s", path, i + 1, why.text);
        else
            rc = cst_json_put(seen, name, json_integer((json_int_t)i + 1), err);
    }
    json_decref(seen);
    return rc;
}

/* Names and layout of one file as JSON: {"path", "bytes", "modified", "begin", "line", "names"}. */
static cst_code read_header(json_t **out, const cst_source *source, const char *path,
                            cst_error *err)
{
    cst_csv_file file = {0};
    int64_t begin = 0;
    int64_t lines;
    size_t longest = (size_t)cst_get_int(source->options, "max_record", INT64_C(1) << 26);
    bool header = cst_get_bool(source->options, "header", true);
    json_t *all = json_object();
    first_record first = {.source = source, .path = path, .names = json_array(), .header = header};
    cst_csv_taker taker = {take_first, &first};
    cst_code rc =
        all && first.names ? look_at(&file, &begin, path, err) : cst_error_nomem(err, "columns");
    if (rc == CST_OK)
        rc = cst_csv_read_range(&lines, &file, &source->dialect, begin, file.bytes, longest, &taker,
                                err);
    if (rc == CST_OK)
        rc = cst_error_set(err, CST_INVALID, "%s has nothing in it but empty lines", path);
    else if (rc == CST_STOPPED)
        rc = check_names(path, first.names, err);
    if (rc != CST_OK)
        goto out;
    if ((rc = cst_json_put(all, "path", json_string(path), err)) != CST_OK ||
        (rc = cst_json_put(all, "bytes", json_integer(file.bytes), err)) != CST_OK ||
        (rc = cst_json_put(all, "modified", json_integer(file.modified), err)) != CST_OK ||
        (rc = cst_json_put(all, "begin", json_integer(header ? first.end : begin), err)) !=
            CST_OK ||
        (rc = cst_json_put(all, "line", json_integer(header ? first.lines + 1 : 1), err)) !=
            CST_OK ||
        (rc = cst_json_put(all, "names", json_incref(first.names), err)) != CST_OK)
        goto out;
    *out = all;
    all = NULL;
out:
    free(file.path);
    json_decref(first.names);
    json_decref(all);
    return rc;
}

static cst_code read_all(cst_text *out, const cst_source *source, const char *const *paths,
                         size_t files, cst_error *err)
{
    json_t *all = json_array();
    cst_code rc = all ? CST_OK : cst_error_nomem(err, "files");
    for (size_t i = 0; rc == CST_OK && i < files; i++) {
        json_t *one = NULL;
        rc = read_header(&one, source, paths[i], err);
        if (rc == CST_OK)
            rc = cst_json_append(all, one, err);
    }
    if (rc == CST_OK)
        rc = cst_json_canonical(out, all, err);
    json_decref(all);
    return rc;
}

static cst_code take_columns(cst_source *source, const json_t *names, cst_error *err)
{
    source->columns = json_array_size(names);
    source->column = cst_array_new(source->columns + 1, sizeof *source->column, "columns", err);
    if (!source->column)
        return CST_NOMEM;
    for (size_t c = 0; c < source->columns; c++)
        if (!(source->column[c] = cst_text_copy(json_string_value(json_array_get(names, c)), err)))
            return CST_NOMEM;
    return CST_OK;
}

/* Which cell holds each column: all files must have the same ones, in any order. */
static cst_code take_cells(cst_source_layout *layout, const cst_source *source, const json_t *names,
                           cst_error *err)
{
    const char *first = source->layout[0].csv.path;
    const char *path = layout->csv.path;
    size_t count = json_array_size(names);
    layout->cell = cst_array_new(source->columns, sizeof *layout->cell, "columns", err);
    if (!layout->cell)
        return CST_NOMEM;
    for (size_t c = 0; c < source->columns; c++) {
        size_t i = c < count ? c : 0; /* most often in the same place */
        if (c >= count || strcmp(json_string_value(json_array_get(names, c)), source->column[c]))
            for (i = 0; i < count; i++)
                if (!strcmp(json_string_value(json_array_get(names, i)), source->column[c]))
                    break;
        if (i == count)
            return cst_error_set(err, CST_INVALID,
                                 "%s has no column %s, but %s has: ingest files of different "
                                 "columns one by one, or rename: them",
                                 path, source->column[c], first);
        layout->cell[c] = i;
    }
    for (size_t i = 0; count > source->columns && i < count; i++) {
        const char *name = json_string_value(json_array_get(names, i));
        size_t c = 0;
        while (c < source->columns && strcmp(source->column[c], name))
            c++;
        if (c == source->columns)
            return cst_error_set(err, CST_INVALID,
                                 "%s has a column %s, but %s has none: ingest files of different "
                                 "columns one by one, or rename: them",
                                 path, name, first);
    }
    return CST_OK;
}

static cst_code take_layout(cst_source *source, const json_t *all, cst_error *err)
{
    size_t files = json_array_size(all);
    source->file = cst_array_new(files, sizeof *source->file, "files", err);
    source->layout = cst_array_new(files, sizeof *source->layout, "files", err);
    if (!source->file || !source->layout)
        return CST_NOMEM;
    source->files = files;
    cst_code rc = take_columns(source, json_object_get(json_array_get(all, 0), "names"), err);
    for (size_t f = 0; rc == CST_OK && f < files; f++) {
        const json_t *one = json_array_get(all, f);
        cst_source_layout *layout = &source->layout[f];
        layout->csv.path = cst_text_copy(cst_get_string(one, "path", ""), err);
        source->file[f].path = cst_text_copy(cst_get_string(one, "path", ""), err);
        if (!layout->csv.path || !source->file[f].path)
            return CST_NOMEM;
        layout->csv.bytes = source->file[f].bytes = cst_get_int(one, "bytes", 0);
        layout->csv.modified = cst_get_int(one, "modified", 0);
        layout->begin = cst_get_int(one, "begin", 0);
        layout->line = cst_get_int(one, "line", 1);
        rc = take_cells(layout, source, json_object_get(one, "names"), err);
    }
    return rc;
}

cst_code cst_source_read_headers(cst_source *source, const char *const *paths, size_t files,
                                 cst_error *err)
{
    cst_comm *comm = source->comm;
    cst_text text = CST_TEXT_INIT;
    json_t *all = NULL;
    cst_code rc = CST_OK;
    if (comm->rank == 0)
        rc = read_all(&text, source, paths, files, err);
    if ((rc = cst_comm_share_text(comm, rc, &text.data, err)) != CST_OK)
        return rc;
    rc = cst_json_parse(&all, text.data, strlen(text.data), "headers", err);
    if (rc == CST_OK)
        rc = take_layout(source, all, err);
    cst_text_free(&text);
    json_decref(all);
    return cst_comm_agree(comm, rc, err);
}
