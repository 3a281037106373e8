/* read.c - JSON and YAML files, read whole and parsed; JSON files published */
#include "base/file.h"
#include "config/json.h"
#include "config/yaml.h"

cst_code cst_json_read(json_t **out, const char *path, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_file_read(&text, path, 0, err);
    if (rc == CST_OK)
        rc = cst_json_parse(out, text.data, text.size, path, err);
    cst_text_free(&text);
    return rc;
}

cst_code cst_json_publish(const char *path, const json_t *value, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_json_pretty(&text, value, err);
    if (rc == CST_OK)
        rc = cst_text_puts(&text, "\n", err);
    if (rc == CST_OK)
        rc = cst_file_publish(path, text.data, text.size, err);
    cst_text_free(&text);
    return rc;
}

enum { YAML_MOST = 64 << 20 /* bytes: a file that a person edits is smaller */ };

cst_code cst_yaml_load(json_t **out, json_t **lines, const char *path, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_file_read(&text, path, YAML_MOST, err);
    if (rc == CST_OK)
        rc = cst_yaml_parse(out, lines, text.data, text.size, path, err);
    cst_text_free(&text);
    return rc;
}
