/* query.c - Slurm's queries as rows: one command each, with the flags that this release takes */
#include "slurm/query.h"

#include <time.h>

#include "config/json.h"
#include "slurm/command.h"

enum { DAY = 24 * 60 * 60, FILE_END = 16 << 20 /* bytes of the completion file that are read */ };

/* All that squeue can say, with fields as long as they are (Slurm 20.11 and later) … */
static const char long_format[] =
    "JobArrayID:|,State:|,exit_code:|,SubmitTime:|,RestartCnt:|,TimeLeft:|,EndTime:|,NodeList:|,"
    "Reason:|,Name:|";
static const cst_field long_fields[] = {CST_FIELD_ID,     CST_FIELD_STATE,    CST_FIELD_WAIT_STATUS,
                                        CST_FIELD_SUBMIT, CST_FIELD_RESTARTS, CST_FIELD_LEFT,
                                        CST_FIELD_FINISH, CST_FIELD_NODES,    CST_FIELD_REASON,
                                        CST_FIELD_NAME,   CST_FIELD_END};

/* … and what it always could. */
static const char classic_format[] = "%i|%T|%V|%L|%e|%N|%r|%j|";
static const cst_field classic_fields[] = {CST_FIELD_ID,     CST_FIELD_STATE,  CST_FIELD_SUBMIT,
                                           CST_FIELD_LEFT,   CST_FIELD_FINISH, CST_FIELD_NODES,
                                           CST_FIELD_REASON, CST_FIELD_NAME,   CST_FIELD_END};

static const char many_columns[] = "JobID,State,ExitCode,Submit,End,NodeList,Reason,JobName";
static const cst_field many_fields[] = {CST_FIELD_ID,     CST_FIELD_STATE,  CST_FIELD_EXIT,
                                        CST_FIELD_SUBMIT, CST_FIELD_FINISH, CST_FIELD_NODES,
                                        CST_FIELD_REASON, CST_FIELD_NAME,   CST_FIELD_END};
static const char few_columns[] = "JobID,State,ExitCode,Submit";
static const cst_field few_fields[] = {CST_FIELD_ID, CST_FIELD_STATE, CST_FIELD_EXIT,
                                       CST_FIELD_SUBMIT, CST_FIELD_END};

static cst_code add(json_t *words, const char *word, cst_error *err)
{
    return cst_json_append(words, json_string(word), err);
}

/* "--name=x" */
static cst_code add_option(json_t *words, const char *option, const char *value, cst_error *err)
{
    return cst_json_append(words, json_sprintf("%s%s", option, value), err);
}

/* squeue's names end in the '|' that ends their field. */
static void trim_names(cst_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        char *name = rows->rows[i].name;
        size_t size = name ? strlen(name) : 0;
        if (size > 0 && name[size - 1] == '|')
            name[size - 1] = '\0';
    }
}

static cst_code ask_squeue(cst_slurm *slurm, cst_rows *rows, const cst_query *query, cst_error *err)
{
    bool classic = slurm->classic_squeue;
    cst_text text = CST_TEXT_INIT;
    json_t *words =
        json_pack("[s, s, s, s]", "squeue", "--noheader", "--states=all", classic ? "-o" : "-O");
    cst_code rc = add(words, classic ? classic_format : long_format, err);
    if (rc == CST_OK && query->ids)
        rc = add_option(words, "--jobs=", query->ids, err);
    else if (rc == CST_OK && query->name)
        rc = add_option(words, "--name=", query->name, err);
    else if (rc == CST_OK)
        rc = add(words, "--me", err);
    if (rc == CST_OK)
        rc = cst_slurm_command(&text, words, slurm->seconds, err);
    if (rc == CST_OK)
        rc = cst_rows_parse(rows, text.data, classic ? classic_fields : long_fields, "squeue", err);
    if (rc == CST_OK)
        trim_names(rows);
    json_decref(words);
    cst_text_free(&text);
    return rc;
}

static bool is_about(const cst_error *err, const char *words)
{
    return strstr(err->text, words) != NULL;
}

cst_code cst_query_squeue(cst_slurm *slurm, cst_rows *rows, bool *none, const cst_query *query,
                          cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    cst_code rc = ask_squeue(slurm, rows, query, &said);
    bool format = rc == CST_INVALID || (rc == CST_FAILED && is_about(&said, "format"));
    if (format && !slurm->classic_squeue) {
        slurm->classic_squeue = true;
        cst_rows_free(rows);
        cst_error_clear(&said);
        rc = ask_squeue(slurm, rows, query, &said);
    }
    *none = rc == CST_FAILED && cst_slurm_no_such_job(&said);
    slurm->out_of_reach =
        rc == CST_IO ||
        (rc == CST_FAILED && (is_about(&said, "timed out") || is_about(&said, "contact slurm")));
    return *none || rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", said.text);
}

/* How long ago, as sacct takes it: by its own clock, so that no time zone matters. */
static cst_code add_since(json_t *words, int64_t since, cst_error *err)
{
    int64_t ago = (int64_t)time(NULL) - since + DAY;
    return cst_json_append(
        words, json_sprintf("--starttime=now-%lldseconds", (long long)(ago > DAY ? ago : DAY)),
        err);
}

static cst_code ask_sacct(cst_slurm *slurm, cst_rows *rows, const cst_query *query, cst_error *err)
{
    bool few = slurm->few_fields;
    cst_text text = CST_TEXT_INIT;
    json_t *words =
        json_pack("[s, s, s, s, s]", "sacct", "--allocations", "--noheader", "--parsable2", "-o");
    cst_code rc = add(words, few ? few_columns : many_columns, err);
    if (rc == CST_OK)
        rc = add_since(words, query->since, err);
    if (rc == CST_OK && query->ids)
        rc = add_option(words, "--jobs=", query->ids, err);
    else if (rc == CST_OK && query->name)
        rc = add_option(words, "--name=", query->name, err);
    if (rc == CST_OK)
        rc = cst_slurm_command(&text, words, slurm->seconds, err);
    if (rc == CST_OK)
        rc = cst_rows_parse(rows, text.data, few ? few_fields : many_fields, "sacct", err);
    json_decref(words);
    cst_text_free(&text);
    return rc;
}

cst_code cst_query_sacct(cst_slurm *slurm, cst_rows *rows, const cst_query *query, cst_error *err)
{
    cst_error said = CST_ERROR_INIT;
    if (slurm->has_facts && !cst_slurm_accounts(&slurm->facts))
        return cst_error_set(err, CST_MISSING, "this cluster does no accounting");
    cst_code rc = ask_sacct(slurm, rows, query, &said);
    if (rc == CST_FAILED && is_about(&said, "Invalid field") && !slurm->few_fields) {
        slurm->few_fields = true;
        cst_rows_free(rows);
        cst_error_clear(&said);
        rc = ask_sacct(slurm, rows, query, &said);
    }
    if (rc == CST_FAILED && is_about(&said, "accounting storage is disabled"))
        rc = CST_MISSING;
    return rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", said.text);
}

cst_code cst_query_scontrol(cst_slurm *slurm, cst_rows *rows, bool *none, const char *id,
                            cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_error said = CST_ERROR_INIT;
    json_t *words = json_pack("[s, s, s, s, s]", "scontrol", "--oneliner", "show", "job", id);
    cst_code rc = words ? cst_slurm_command(&text, words, slurm->seconds, &said)
                        : cst_error_nomem(&said, "a command");
    if (rc == CST_OK)
        rc = cst_rows_parse_pairs(rows, text.data, false, &said);
    *none = rc == CST_FAILED && cst_slurm_no_such_job(&said);
    json_decref(words);
    cst_text_free(&text);
    return *none || rc == CST_OK ? CST_OK : cst_error_set(err, rc, "%s", said.text);
}

/* The last FILE_END bytes of a file, from a line's start. */
static cst_code read_end(cst_text *out, const char *path, cst_error *err)
{
    char block[8192];
    FILE *file = fopen(path, "re");
    if (!file)
        return cst_error_set(err, CST_MISSING, "%s: cannot be read here", path);
    cst_code rc = CST_OK;
    if (fseek(file, -(long)FILE_END, SEEK_END) == 0)
        (void)fgets(block, sizeof block, file);
    else
        rewind(file);
    for (size_t size; rc == CST_OK && (size = fread(block, 1, sizeof block, file)) > 0;)
        rc = cst_text_add(out, block, size, err);
    if (rc == CST_OK && ferror(file))
        rc = cst_error_errno(err, "%s", path);
    (void)fclose(file);
    return rc;
}

cst_code cst_query_jobcomp(cst_slurm *slurm, cst_rows *rows, cst_error *err)
{
    if (!slurm->has_facts || strcmp(slurm->facts.completion, "jobcomp/filetxt") != 0)
        return cst_error_set(err, CST_MISSING, "this cluster keeps no file of completed jobs");
    cst_text text = CST_TEXT_INIT;
    cst_code rc = read_end(&text, slurm->facts.completion_at, err);
    if (rc == CST_OK)
        rc = cst_rows_parse_pairs(rows, text.data, true, err);
    cst_text_free(&text);
    return rc;
}

void cst_query_keep(cst_slurm *slurm, cst_source source, const cst_error *err)
{
    (void)snprintf(slurm->said[source], CST_SAID_TEXT, "%.*s", CST_SAID_TEXT - 1, err->text);
}
