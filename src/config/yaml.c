/* yaml.c - YAML documents as JSON values, with the line of every key */
#include "config/yaml.h"

#include <errno.h>
#include <math.h>
#include <yaml.h>

#include "config/json.h"
#include "config/yaml_plain.h"

/* A document being turned into JSON: libyaml's nodes live in document, numbered from 1. */
typedef struct {
    yaml_document_t *document;
    json_t *lines;
    const char *source;
    int depth;
} reading;

enum { DEPTH_MOST = 100 /* levels: deeper is a mistake or an attack */ };

static size_t line_of(const yaml_node_t *node)
{
    return node->start_mark.line + 1;
}

static bool is_integer(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');
    if (*p == '0' && p[1]) /* 007 is a code or a date, and stays text */
        return false;
    size_t digits = strspn(p, "0123456789");
    return digits > 0 && !p[digits];
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?, as the core schema of YAML
 * 1.2 has it (section 10.3.2). */
static bool is_real(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');
    size_t whole = strspn(p, "0123456789");
    p += whole;
    size_t fraction = 0;
    if (*p == '.') {
        fraction = strspn(++p, "0123456789");
        p += fraction;
    } else if (!strpbrk(p, "eE")) {
        return false;
    }
    if (whole + fraction == 0)
        return false;
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        size_t exponent = strspn(p, "0123456789");
        if (exponent == 0)
            return false;
        p += exponent;
    }
    return !*p;
}

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(text, *words))
            return true;
    return false;
}

json_t *cst_yaml_plain(const char *text, const char *source, size_t line, cst_error *err)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    if (is_one_of(text, nulls))
        return json_null();
    if (is_one_of(text, trues))
        return json_true();
    if (is_one_of(text, falses))
        return json_false();
    errno = 0;
    if (is_integer(text)) {
        long long value = strtoll(text, NULL, 10);
        if (errno == 0)
            return json_integer(value);
    } else if (is_real(text)) {
        double value = strtod(text, NULL);
        if (isfinite(value))
            return json_real(value);
    } else {
        return json_string(text);
    }
    cst_error_set(err, CST_USAGE,
                  "%s:%zu: the number %s is too large: write it in quotes if it "
                  "is text",
                  source, line, text);
    return NULL;
}

static json_t *scalar_value(const reading *r, const yaml_node_t *node, cst_error *err)
{
    const char *text = (const char *)node->data.scalar.value;
    size_t length = node->data.scalar.length;
    json_t *value = NULL;
    if (memchr(text, '\0', length)) {
        cst_error_set(err, CST_USAGE, "%s:%zu: a NUL character is not allowed", r->source,
                      line_of(node));
        return NULL;
    }
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        value = cst_yaml_plain(text, r->source, line_of(node), err);
    else
        value = json_stringn(text, length);
    if (!value)
        cst_error_nomem(err, "a value of a YAML file");
    return value;
}

static json_t *node_value(reading *r, int index, const char *path, cst_error *err);

static json_t *sequence_value(reading *r, const yaml_node_t *node, const char *path, cst_error *err)
{
    json_t *array = json_array();
    cst_code rc = array ? CST_OK : cst_error_nomem(err, "a list of a YAML file");
    const yaml_node_item_t *item = node->data.sequence.items.start;
    for (size_t i = 0; item + i < node->data.sequence.items.top && rc == CST_OK; i++) {
        char *place = cst_text_format(err, "%s[%zu]", path, i);
        json_t *value = place ? node_value(r, item[i], place, err) : NULL;
        rc = value ? cst_json_append(array, value, err) : CST_FAILED;
        free(place);
    }
    if (rc == CST_OK)
        return array;
    json_decref(array);
    return NULL;
}

/* The text of a key, borrowed from its node; NULL with err set where it is none. */
static const char *key_text(const reading *r, const yaml_node_t *node, const json_t *object,
                            cst_error *err)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.length == 0 ||
        memchr(node->data.scalar.value, '\0', node->data.scalar.length)) {
        cst_error_set(err, CST_USAGE, "%s:%zu: a key has to be a word", r->source, line_of(node));
        return NULL;
    }
    const char *key = (const char *)node->data.scalar.value;
    if (json_object_get(object, key)) {
        cst_error_set(err, CST_USAGE, "%s:%zu: the key \"%s\" stands here a second time", r->source,
                      line_of(node), key);
        return NULL;
    }
    return key;
}

static cst_code add_pair(reading *r, json_t *object, const yaml_node_pair_t *pair, const char *path,
                         cst_error *err)
{
    const yaml_node_t *node = yaml_document_get_node(r->document, pair->key);
    const char *key = key_text(r, node, object, err);
    if (!key)
        return CST_USAGE;
    char *place = cst_text_format(err, "%s%s%s", path, *path ? "." : "", key);
    cst_code rc = place ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_json_put(r->lines, place, json_integer((json_int_t)line_of(node)), err);
    json_t *value = rc == CST_OK ? node_value(r, pair->value, place, err) : NULL;
    if (rc == CST_OK)
        rc = value ? cst_json_put(object, key, value, err) : CST_FAILED;
    free(place);
    return rc;
}

static json_t *mapping_value(reading *r, const yaml_node_t *node, const char *path, cst_error *err)
{
    json_t *object = json_object();
    cst_code rc = object ? CST_OK : cst_error_nomem(err, "a map of a YAML file");
    const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
    for (; pair < node->data.mapping.pairs.top && rc == CST_OK; pair++)
        rc = add_pair(r, object, pair, path, err);
    if (rc == CST_OK)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *node_value(reading *r, int index, const char *path, cst_error *err)
{
    const yaml_node_t *node = yaml_document_get_node(r->document, index);
    json_t *value = NULL;
    if (++r->depth > DEPTH_MOST) {
        cst_error_set(err, CST_USAGE, "%s:%zu: nested more than %d levels deep", r->source,
                      line_of(node), DEPTH_MOST);
        return NULL;
    }
    if (*path && !json_object_get(r->lines, path) &&
        cst_json_put(r->lines, path, json_integer((json_int_t)line_of(node)), err) != CST_OK)
        return NULL;
    if (node->type == YAML_MAPPING_NODE)
        value = mapping_value(r, node, path, err);
    else if (node->type == YAML_SEQUENCE_NODE)
        value = sequence_value(r, node, path, err);
    else
        value = scalar_value(r, node, err);
    r->depth--;
    return value;
}

static cst_code parser_error(const yaml_parser_t *parser, const char *source, cst_error *err)
{
    if (parser->error == YAML_MEMORY_ERROR)
        return cst_error_nomem(err, "a YAML file");
    if (parser->error == YAML_READER_ERROR)
        return cst_error_set(err, CST_USAGE, "%s: byte %zu: %s: a YAML file is UTF-8 text", source,
                             parser->problem_offset, parser->problem);
    return cst_error_set(err, CST_USAGE, "%s:%zu: not valid YAML: %s%s%s", source,
                         parser->problem_mark.line + 1, parser->context ? parser->context : "",
                         parser->context ? ": " : "", parser->problem);
}

/* The features of YAML that are refused are seen in its events only: by the time there is a
 * document, an alias has become a second reference to a node. */
static cst_code check_event(const yaml_event_t *event, int *documents, const char *source,
                            cst_error *err)
{
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;
    size_t line = event->start_mark.line + 1;
    if (event->type == YAML_ALIAS_EVENT)
        anchor = event->data.alias.anchor;
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    if (anchor)
        return cst_error_set(err, CST_USAGE,
                             "%s:%zu: anchors and aliases (\"%s\") are not allowed: write the "
                             "value out",
                             source, line, (const char *)anchor);
    if (tag)
        return cst_error_set(err, CST_USAGE, "%s:%zu: tags (\"%s\") are not allowed", source, line,
                             (const char *)tag);
    if (event->type == YAML_DOCUMENT_START_EVENT && ++*documents > 1)
        return cst_error_set(err, CST_USAGE, "%s:%zu: a second document begins here: one is wanted",
                             source, line);
    return CST_OK;
}

static bool opens(const yaml_event_t *event)
{
    return event->type == YAML_SEQUENCE_START_EVENT || event->type == YAML_MAPPING_START_EVENT;
}

static bool closes(const yaml_event_t *event)
{
    return event->type == YAML_SEQUENCE_END_EVENT || event->type == YAML_MAPPING_END_EVENT;
}

static cst_code check_events(const char *text, size_t size, const char *source, cst_error *err)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return cst_error_nomem(err, "a YAML file");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    cst_code rc = CST_OK;
    int documents = 0;
    int depth = 0; /* looked at here already: libyaml takes quadratic time for deep nesting */
    bool ended = false;
    while (rc == CST_OK && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            rc = parser_error(&parser, source, err);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        rc = check_event(&event, &documents, source, err);
        depth += opens(&event) - closes(&event);
        if (rc == CST_OK && depth > DEPTH_MOST)
            rc = cst_error_set(err, CST_USAGE, "%s:%zu: nested more than %d levels deep", source,
                               event.start_mark.line + 1, DEPTH_MOST);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return rc;
}

static cst_code read_document(json_t **out, json_t *lines, yaml_document_t *document,
                              const char *source, cst_error *err)
{
    reading r = {.document = document, .lines = lines, .source = source, .depth = 0};
    json_t *value =
        yaml_document_get_root_node(document) ? node_value(&r, 1, "", err) : json_null();
    if (!value)
        return err && err->code != CST_OK ? err->code : CST_USAGE;
    *out = value;
    return CST_OK;
}

cst_code cst_yaml_parse(json_t **out, json_t **lines, const char *text, size_t size,
                        const char *source, cst_error *err)
{
    yaml_parser_t parser;
    yaml_document_t document;
    json_t *value = NULL;
    json_t *found = json_object();
    cst_code rc = found ? check_events(text ? text : "", size, source, err)
                        : cst_error_nomem(err, "the lines of a YAML file");
    if (rc != CST_OK)
        goto out;
    if (!yaml_parser_initialize(&parser)) {
        rc = cst_error_nomem(err, "a YAML file");
        goto out;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)(text ? text : ""), size);
    if (yaml_parser_load(&parser, &document)) {
        rc = read_document(&value, found, &document, source, err);
        yaml_document_delete(&document);
    } else {
        rc = parser_error(&parser, source, err);
    }
    yaml_parser_delete(&parser);
    if (rc != CST_OK)
        goto out;
    *out = value;
    *lines = found;
    found = NULL;
out:
    json_decref(found);
    return rc;
}

json_t *cst_yaml_value(const char *text, cst_error *err)
{
    json_t *value = NULL;
    json_t *lines = NULL;
    if (cst_yaml_parse(&value, &lines, text, strlen(text), text, err) != CST_OK)
        return NULL;
    json_decref(lines);
    return value;
}
