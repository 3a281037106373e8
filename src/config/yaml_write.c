/* yaml_write.c - JSON values as block YAML */
#include "config/json.h"
#include "config/yaml.h"
#include "config/yaml_plain.h"

/* Text that would be read as something else, or would break the line, stands in quotes. */
static bool needs_quotes(const char *text)
{
    static const char *const indicators = "-?:,[]{}#&*!|>'\"%@`";
    cst_error ignored = CST_ERROR_INIT;
    if (!*text || strchr(indicators, *text) || *text == ' ' || text[strlen(text) - 1] == ' ' ||
        strstr(text, ": ") || strstr(text, " #") || text[strlen(text) - 1] == ':' ||
        strpbrk(text, ",[]{}"))
        return true;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return true;
    json_t *value = cst_yaml_plain(text, "", 0, &ignored);
    bool other = !json_is_string(value);
    json_decref(value);
    return other;
}

static cst_code write_scalar(cst_text *out, const json_t *value, cst_error *err)
{
    const char *text = json_string_value(value);
    if (text && !needs_quotes(text))
        return cst_text_puts(out, text, err);
    return cst_json_canonical(out, value, err); /* JSON's quotes are YAML's double quotes */
}

static cst_code write_key(cst_text *out, const char *key, cst_error *err)
{
    json_t *text = json_string(key);
    cst_code rc = text ? write_scalar(out, text, err) : cst_error_nomem(err, "a key");
    json_decref(text);
    return rc;
}

static bool is_block(const json_t *value)
{
    return json_array_size(value) > 0 || json_object_size(value) > 0;
}

static cst_code write_block(cst_text *out, const json_t *value, int indent, bool first,
                            cst_error *err);

/* What stands behind "key:" or "-": on the same line where it fits there. */
static cst_code write_behind(cst_text *out, const json_t *value, int indent, cst_error *err)
{
    if (!is_block(value)) {
        cst_code rc = cst_text_puts(out, " ", err);
        if (rc == CST_OK)
            rc = write_scalar(out, value, err);
        return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
    }
    cst_code rc = cst_text_puts(out, "\n", err);
    return rc == CST_OK ? write_block(out, value, indent + 2, false, err) : rc;
}

static cst_code write_item(cst_text *out, const json_t *item, int indent, cst_error *err)
{
    cst_code rc = cst_text_print(out, err, "%*s-", indent, "");
    if (rc != CST_OK)
        return rc;
    if (json_object_size(item) == 0)
        return write_behind(out, item, indent, err);
    rc = cst_text_puts(out, " ", err);
    return rc == CST_OK ? write_block(out, item, indent + 2, true, err) : rc;
}

/* first: the cursor stands where the first line begins already, behind a "- ". */
static cst_code write_block(cst_text *out, const json_t *value, int indent, bool first,
                            cst_error *err)
{
    cst_code rc = CST_OK;
    size_t i;
    json_t *item;
    json_array_foreach(value, i, item)
    {
        if (rc == CST_OK)
            rc = write_item(out, item, indent, err);
    }
    const char *key;
    json_object_foreach((json_t *)value, key, item)
    {
        if (rc == CST_OK && !first)
            rc = cst_text_print(out, err, "%*s", indent, "");
        first = false;
        if (rc == CST_OK)
            rc = write_key(out, key, err);
        if (rc == CST_OK)
            rc = cst_text_puts(out, ":", err);
        if (rc == CST_OK)
            rc = write_behind(out, item, indent, err);
    }
    return rc;
}

cst_code cst_yaml_write(cst_text *out, const json_t *value, cst_error *err)
{
    if (is_block(value))
        return write_block(out, value, 0, false, err);
    cst_code rc = write_scalar(out, value, err);
    return rc == CST_OK ? cst_text_puts(out, "\n", err) : rc;
}
