/* json.c - JSON in and out; the canonical form that ids are made of */
#include "config/json.h"

#include <errno.h>
#include <glob.h>
#include <math.h>

#include "base/array.h"

enum { DIGITS_ENOUGH = 17 /* a double is told from its neighbours by 17 digits */ };

cst_code cst_json_parse(json_t **out, const char *text, size_t size, const char *source,
                        cst_error *err)
{
    json_error_t at;
    json_t *value =
        json_loadb(text ? text : "", size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &at);
    if (!value)
        return cst_error_set(err, CST_INVALID, "%s:%d:%d: not the JSON that is wanted: %s", source,
                             at.line, at.column, at.text);
    *out = value;
    return CST_OK;
}

cst_code cst_json_number(cst_text *out, double value, cst_error *err)
{
    char digits[32];
    if (!isfinite(value))
        return cst_text_puts(out, "null", err);
    if (value == 0 && signbit(value)) /* "-0" would read back as the integer 0 */
        return cst_text_puts(out, "-0.0", err);
    for (int p = 1; p <= DIGITS_ENOUGH; p++) {
        (void)snprintf(digits, sizeof digits, "%.*g", p, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    return cst_text_puts(out, digits, err);
}

static cst_code write_escaped(cst_text *out, unsigned char c, cst_error *err)
{
    static const char *const letters = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *pair = letters; *pair; pair += 2)
        if ((unsigned char)*pair == c)
            return cst_text_print(out, err, "\\%c", pair[1]);
    return cst_text_print(out, err, "\\u%04x", c);
}

static cst_code write_string(cst_text *out, const char *bytes, size_t size, cst_error *err)
{
    cst_code rc = cst_text_puts(out, "\"", err);
    size_t begin = 0;
    for (size_t i = 0; i < size && rc == CST_OK; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        rc = cst_text_add(out, bytes + begin, i - begin, err);
        if (rc == CST_OK)
            rc = write_escaped(out, c, err);
        begin = i + 1;
    }
    if (rc == CST_OK)
        rc = cst_text_add(out, bytes + begin, size - begin, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "\"", err);
    return rc;
}

/* How far a value is indented, in levels; NOT_INDENTED for the canonical form. */
enum { NOT_INDENTED = -1 };

static cst_code write_value(cst_text *out, const json_t *value, int level, cst_error *err);

static cst_code new_line(cst_text *out, int level, cst_error *err)
{
    if (level == NOT_INDENTED)
        return CST_OK;
    return cst_text_print(out, err, "\n%*s", 2 * level, "");
}

static int deeper(int level)
{
    return level == NOT_INDENTED ? NOT_INDENTED : level + 1;
}

static cst_code write_array(cst_text *out, const json_t *array, int level, cst_error *err)
{
    size_t count = json_array_size(array);
    cst_code rc = cst_text_puts(out, "[", err);
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        if (i > 0)
            rc = cst_text_puts(out, ",", err);
        if (rc == CST_OK)
            rc = new_line(out, deeper(level), err);
        if (rc == CST_OK)
            rc = write_value(out, json_array_get(array, i), deeper(level), err);
    }
    if (rc == CST_OK && count > 0)
        rc = new_line(out, level, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "]", err);
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object in order; borrowed from it, the array to be freed. */
static const char **sorted_keys(const json_t *object, cst_error *err)
{
    size_t count = json_object_size(object);
    const char **keys = cst_array_new(count, sizeof *keys, "the keys of a JSON object", err);
    if (!keys)
        return NULL;
    size_t i = 0;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) keys[i++] = key;
    qsort(keys, count, sizeof *keys, by_bytes);
    return keys;
}

static cst_code write_member(cst_text *out, const char *key, const json_t *value, int level,
                             cst_error *err)
{
    cst_code rc = new_line(out, level, err);
    if (rc == CST_OK)
        rc = write_string(out, key, strlen(key), err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, level == NOT_INDENTED ? ":" : ": ", err);
    if (rc == CST_OK)
        rc = write_value(out, value, level, err);
    return rc;
}

static cst_code write_object(cst_text *out, const json_t *object, int level, cst_error *err)
{
    size_t count = json_object_size(object);
    const char **keys = sorted_keys(object, err);
    cst_code rc = keys ? cst_text_puts(out, "{", err) : CST_NOMEM;
    for (size_t i = 0; i < count && rc == CST_OK; i++) {
        if (i > 0)
            rc = cst_text_puts(out, ",", err);
        if (rc == CST_OK)
            rc = write_member(out, keys[i], json_object_get(object, keys[i]), deeper(level), err);
    }
    if (rc == CST_OK && count > 0)
        rc = new_line(out, level, err);
    if (rc == CST_OK)
        rc = cst_text_puts(out, "}", err);
    free(keys);
    return rc;
}

static cst_code write_value(cst_text *out, const json_t *value, int level, cst_error *err)
{
    if (!value)
        return cst_text_puts(out, "null", err);
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return write_object(out, value, level, err);
    case JSON_ARRAY:
        return write_array(out, value, level, err);
    case JSON_STRING:
        return write_string(out, json_string_value(value), json_string_length(value), err);
    case JSON_INTEGER:
        return cst_text_print(out, err, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    case JSON_REAL:
        return cst_json_number(out, json_real_value(value), err);
    case JSON_TRUE:
        return cst_text_puts(out, "true", err);
    case JSON_FALSE:
        return cst_text_puts(out, "false", err);
    case JSON_NULL:
        break;
    }
    return cst_text_puts(out, "null", err);
}

cst_code cst_json_canonical(cst_text *out, const json_t *value, cst_error *err)
{
    return write_value(out, value, NOT_INDENTED, err);
}

cst_code cst_json_pretty(cst_text *out, const json_t *value, cst_error *err)
{
    return write_value(out, value, 0, err);
}

cst_code cst_json_digest(cst_digest *out, const json_t *value, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_json_canonical(&text, value, err);
    if (rc == CST_OK)
        rc = cst_sha256_of(out, text.data, text.size, err);
    cst_text_free(&text);
    return rc;
}

json_t *cst_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

cst_code cst_json_put(json_t *object, const char *key, json_t *value, cst_error *err)
{
    if (!value)
        return cst_error_set(err, CST_NOMEM,
                             "no value for the key \"%s\": memory is short, or its text is not "
                             "UTF-8",
                             key);
    if (json_object_set_new(object, key, value) != 0)
        return cst_error_set(err, CST_NOMEM,
                             "the key \"%s\" cannot be set: memory is short, or it is not UTF-8",
                             key);
    return CST_OK;
}

cst_code cst_json_append(json_t *array, json_t *value, cst_error *err)
{
    if (!value || json_array_append_new(array, value) != 0)
        return cst_error_set(err, CST_NOMEM,
                             "a list cannot be extended: memory is short, or a text is not UTF-8");
    return CST_OK;
}

cst_code cst_json_append_files(json_t *array, const char *pattern, const char *key, cst_error *err)
{
    glob_t found;
    int status = glob(pattern, GLOB_ERR, NULL, &found);
    bool no_folder = status == GLOB_ABORTED && errno == ENOENT;
    cst_code rc = CST_OK;
    if (status == GLOB_NOSPACE)
        return cst_error_nomem(err, "the names of files");
    if (status == GLOB_NOMATCH || no_folder)
        return cst_error_set(err, CST_MISSING, "%s: no file matches %s", key, pattern);
    if (status != 0)
        return cst_error_errno(err, "%s: cannot look for %s", key, pattern);
    for (size_t i = 0; i < found.gl_pathc && rc == CST_OK; i++)
        rc = cst_json_append(array, json_string(found.gl_pathv[i]), err);
    globfree(&found);
    return rc;
}
