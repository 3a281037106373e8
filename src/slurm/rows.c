/* rows.c - the rows that Slurm's commands print, as sightings of jobs */
#include "slurm/rows.h"

#include <ctype.h>
#include <time.h>

#include "base/array.h"
#include "base/text.h"

/* Seconds since the epoch, or local time where Slurm does not take SLURM_TIME_FORMAT; 0 for
 * "Unknown", "N/A" and the like. */
static int64_t read_time(const char *text)
{
    char *end = NULL;
    struct tm parts = {.tm_isdst = -1};
    int64_t seconds = strtoll(text, &end, 10);
    if (end != text && *end == '\0')
        return seconds > 0 ? seconds : 0;
    if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &parts))
        return 0;
    parts.tm_isdst = -1;
    return (int64_t)mktime(&parts);
}

/* What a clock on the wall shows, read as if in UTC. */
static int64_t read_wall_time(const char *text)
{
    struct tm parts = {0};
    return strptime(text, "%Y-%m-%dT%H:%M:%S", &parts) ? (int64_t)timegm(&parts) : 0;
}

/* "1-02:03:04", "02:03:04", "03:04" in seconds; -1 for "UNLIMITED" and the like. */
static int64_t read_duration(const char *text)
{
    int64_t total = 0, number = 0;
    if (!isdigit((unsigned char)*text))
        return -1;
    for (; *text; text++) {
        if (isdigit((unsigned char)*text)) {
            number = number * 10 + (*text - '0');
        } else if (*text == '-') {
            total = number * 24; /* hours, until the next ':' */
            number = 0;
        } else if (*text == ':') {
            total = (total + number) * 60;
            number = 0;
        } else {
            return -1;
        }
    }
    return total + number;
}

/* A word or text into a room of its own; "(null)" and "None assigned" are nothing. */
static void copy_into(char *out, size_t size, const char *value)
{
    (void)snprintf(out, size, "%s", strcmp(value, "(null)") == 0 ? "" : value);
}

static cst_code replace(char **owned, const char *value, cst_error *err)
{
    bool nothing = strcmp(value, "(null)") == 0 || strcmp(value, "None assigned") == 0;
    char *copy = cst_text_copy(nothing ? "" : value, err);
    if (!copy)
        return CST_NOMEM;
    free(*owned);
    *owned = copy;
    return CST_OK;
}

/* "12", "12_3", "12_[0-3%2]"; false where there is no number. */
static bool read_id(cst_row *row, const char *value, const char **elements)
{
    char *end = NULL;
    row->id = strtoll(value, &end, 10);
    *elements = *end == '_' ? end + 1 : "";
    return end != value && row->id > 0 && (*end == '_' || *end == '\0');
}

static void read_exit(cst_sighting *sighting, const char *value)
{
    const char *colon = strchr(value, ':');
    sighting->exit = (int)strtol(value, NULL, 10);
    sighting->signal = colon ? (int)strtol(colon + 1, NULL, 10) : 0;
}

static void read_wait_status(cst_sighting *sighting, const char *value)
{
    long status = strtol(value, NULL, 10);
    sighting->exit = (int)(status >> 8) & 0xff;
    sighting->signal = (int)status & 0x7f;
}

/* An empty value says nothing: so does squeue print a column that it does not know. */
static cst_code set_field(cst_row *row, cst_field field, const char *value, cst_error *err)
{
    cst_sighting *sighting = &row->sighting;
    const char *elements = "";
    if (!*value && field != CST_FIELD_ID && field != CST_FIELD_STATE)
        return CST_OK;
    switch (field) {
    case CST_FIELD_END:
        break;
    case CST_FIELD_ID:
        if (!read_id(row, value, &elements))
            return CST_INVALID;
        return replace(&row->elements, elements, err);
    case CST_FIELD_STATE:
        (void)snprintf(sighting->state, sizeof sighting->state, "%.*s", (int)strcspn(value, " +"),
                       value);
        sighting->by_user = strstr(value, " by ") != NULL;
        return *sighting->state ? CST_OK : CST_INVALID;
    case CST_FIELD_WAIT_STATUS:
        read_wait_status(sighting, value);
        break;
    case CST_FIELD_EXIT:
        read_exit(sighting, value);
        break;
    case CST_FIELD_SUBMIT:
        sighting->submitted = row->local_time ? read_wall_time(value) : read_time(value);
        break;
    case CST_FIELD_FINISH:
        sighting->ended = row->local_time ? 0 : read_time(value);
        break;
    case CST_FIELD_LEFT:
        sighting->left = read_duration(value);
        break;
    case CST_FIELD_RESTARTS:
        sighting->restarts = (int)strtol(value, NULL, 10);
        break;
    case CST_FIELD_NODES:
        return replace(&sighting->nodes, value, err);
    case CST_FIELD_REASON:
        copy_into(sighting->reason, sizeof sighting->reason, value);
        break;
    case CST_FIELD_NAME:
        return replace(&row->name, value, err);
    }
    return CST_OK;
}

static void row_clear(cst_row *row)
{
    free(row->elements);
    free(row->name);
    free(row->sighting.nodes);
}

void cst_rows_free(cst_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        row_clear(&rows->rows[i]);
    free(rows->rows);
    *rows = (cst_rows){0};
}

/* A new row at the end, with nothing said; NULL with err set. */
static cst_row *add_row(cst_rows *rows, bool local_time, cst_error *err)
{
    cst_row *grown =
        cst_array_grow(rows->rows, &rows->room, rows->count + 1, sizeof *grown, "rows", err);
    if (!grown)
        return NULL;
    rows->rows = grown;
    cst_row *row = &grown[rows->count++];
    *row =
        (cst_row){.local_time = local_time,
                  .sighting = {.answer = CST_ANSWER_SEEN, .exit = -1, .left = -1, .restarts = -1}};
    return row;
}

/* The next line of *text, ended there, or NULL. */
static char *next_line(char **text)
{
    char *line = *text;
    if (!line || !*line)
        return NULL;
    char *end = strchr(line, '\n');
    if (end)
        *end = '\0';
    *text = end ? end + 1 : NULL;
    return line;
}

static cst_code parse_line(cst_row *row, char *line, const cst_field *fields, cst_error *err)
{
    cst_code rc = CST_OK;
    for (; *fields != CST_FIELD_END && rc == CST_OK; fields++) {
        char *bar = *fields == CST_FIELD_NAME ? NULL : strchr(line, '|');
        if (!bar && fields[1] != CST_FIELD_END)
            return CST_INVALID;
        if (bar)
            *bar = '\0';
        rc = set_field(row, *fields, line, err);
        line = bar ? bar + 1 : line;
    }
    return rc;
}

cst_code cst_rows_parse(cst_rows *out, char *text, const cst_field *fields, const char *source,
                        cst_error *err)
{
    cst_code rc = CST_OK;
    for (char *line; rc == CST_OK && (line = next_line(&text));) {
        if (!*line)
            continue;
        cst_row *row = add_row(out, false, err);
        rc = row ? parse_line(row, line, fields, err) : CST_NOMEM;
        if (rc == CST_INVALID)
            cst_error_set(err, rc, "%s printed a row that is not understood: \"%.80s\"", source,
                          line);
    }
    return rc;
}

/* The value of " Key=" in a line, ended by the next blank, in out; false where there is none. */
static bool find_pair(char *out, size_t size, const char *line, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = strstr(line, key); at; at = strstr(at + 1, key))
        if ((at == line || at[-1] == ' ') && at[length] == '=') {
            at += length + 1;
            (void)snprintf(out, size, "%.*s", (int)strcspn(at, " "), at);
            return true;
        }
    return false;
}

static cst_code set_pair(cst_row *row, const char *line, const char *key, cst_field field,
                         cst_error *err)
{
    char value[4096];
    return find_pair(value, sizeof value, line, key) ? set_field(row, field, value, err) : CST_OK;
}

/* An array's element has an id of its own as JobId, and is known by these two. */
static cst_code set_element(cst_row *row, const char *line, cst_error *err)
{
    char base[32], index[4096];
    if (!find_pair(base, sizeof base, line, "ArrayJobId") ||
        !find_pair(index, sizeof index, line, "ArrayTaskId"))
        return CST_OK;
    row->id = strtoll(base, NULL, 10);
    return replace(&row->elements, index, err);
}

cst_code cst_rows_parse_pairs(cst_rows *out, char *text, bool local_time, cst_error *err)
{
    static const struct {
        const char *key;
        cst_field field;
    } pairs[] = {
        {"JobId", CST_FIELD_ID},       {"JobState", CST_FIELD_STATE},
        {"ExitCode", CST_FIELD_EXIT},  {"SubmitTime", CST_FIELD_SUBMIT},
        {"EndTime", CST_FIELD_FINISH}, {"Restarts", CST_FIELD_RESTARTS},
        {"NodeList", CST_FIELD_NODES}, {"Reason", CST_FIELD_REASON},
        {"JobName", CST_FIELD_NAME},   {"Name", CST_FIELD_NAME},
    };
    cst_code rc = CST_OK;
    for (char *line; rc == CST_OK && (line = next_line(&text));) {
        if (strncmp(line, "JobId=", strlen("JobId=")) != 0)
            continue;
        cst_row *row = add_row(out, local_time, err);
        rc = row ? CST_OK : CST_NOMEM;
        for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && rc == CST_OK; i++)
            rc = set_pair(row, line, pairs[i].key, pairs[i].field, err);
        if (rc == CST_OK)
            rc = set_element(row, line, err);
        if (rc == CST_INVALID) /* such as a line that is being written */
            row_clear(&out->rows[--out->count]);
        rc = rc == CST_INVALID ? CST_OK : rc;
    }
    return rc;
}
