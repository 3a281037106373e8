/* ingest.c - files into a new snapshot: the parts of the newest one, and one more */
#include "base/array.h"
#include "config/json.h"
#include "stage/ingesting.h"

static void ingesting_end(cst_ingesting *in)
{
    for (size_t i = 0; i < in->paths; i++)
        free(in->path[i]);
    free(in->path);
    cst_source_free(in->source);
    free(in->left_out);
    cst_version_free(in->base);
    cst_schema_free(in->schema);
    json_decref(in->schema_json);
    cst_source_rows_free(&in->rows);
    json_decref(in->part);
    json_decref(in->profile);
}

static bool holds_source(const cst_version *snapshot, const char *sha256)
{
    size_t i;
    size_t j;
    const json_t *part;
    const json_t *source;
    json_array_foreach(json_object_get(snapshot->manifest, "parts"), i, part)
    {
        json_array_foreach(json_object_get(part, "sources"), j, source)
        {
            if (strcmp(cst_get_string(source, "sha256", ""), sha256) == 0)
                return true;
        }
    }
    return false;
}

/* Why a file need not be read: NULL if it must. */
static const char *why_left_out(const cst_ingesting *in, const cst_source_file *file, size_t f)
{
    char digest[CST_DIGEST_HEX];
    cst_digest_hex(digest, &file[f].digest);
    for (size_t g = 0; g < f; g++)
        if (cst_digest_equal(&file[g].digest, &file[f].digest))
            return "its content was given twice";
    return in->base && holds_source(in->base, digest) ? "the snapshot holds its content already"
                                                      : NULL;
}

/* Leave out what need not be read. *left: how many remain; *changed: others than before. */
static void leave_out_known(size_t *left, bool *changed, cst_ingesting *in)
{
    size_t files;
    const cst_source_file *file = cst_source_files(in->source, &files);
    *left = 0;
    *changed = false;
    for (size_t f = 0; f < files; f++) {
        const char *why = in->left_out[f] ? NULL : why_left_out(in, file, f);
        if (why) {
            cst_log_info(in->stage->log, "%s is not read: %s", file[f].path, why);
            cst_source_leave_out(in->source, f);
            in->left_out[f] = *changed = true;
        }
        *left += !in->left_out[f];
    }
}

/* One try: CST_EXISTS where another ingestion came first. Collective. */
static cst_code add_to_newest(cst_version **out, cst_ingesting *in, cst_error *err)
{
    size_t left;
    bool other_files;
    bool other_schema = false;
    cst_code rc = cst_ingesting_base(in, err);
    if (rc != CST_OK)
        return rc;
    leave_out_known(&left, &other_files, in);
    if (!left && in->base) {
        *out = in->base;
        in->base = NULL;
        return CST_SKIPPED;
    }
    rc = cst_ingesting_schema(&other_schema, in, err);
    if (rc == CST_OK && (other_files || other_schema || !in->part))
        rc = cst_ingesting_part(in, err);
    return rc == CST_OK ? cst_ingesting_publish(out, in, err) : rc;
}

enum { MOST_TRIES = 100 };

/* Others may be adding at the same time: on top of what they published, again. Collective. */
static cst_code add(cst_version **out, cst_ingesting *in, cst_error *err)
{
    for (int i = 0; i < MOST_TRIES; i++) {
        cst_code rc = add_to_newest(out, in, err);
        if (rc != CST_EXISTS)
            return rc;
        cst_error_clear(err);
        cst_log_info(in->stage->log, "another ingestion into %s came first: on top of it, again",
                     in->dataset);
    }
    return cst_error_set(err, CST_CONFLICT,
                         "%d times another ingestion into %s came first: try again when it is "
                         "quieter",
                         MOST_TRIES, in->dataset);
}

static cst_code open_source(cst_ingesting *in, cst_error *err)
{
    size_t files;
    cst_code rc = cst_ingesting_paths(in, err);
    if (rc == CST_OK)
        rc = cst_source_open(&in->source, in->stage->comm, (const char *const *)in->path, in->paths,
                             in->spec, in->stage->log, err);
    if (rc != CST_OK)
        return rc;
    (void)cst_source_files(in->source, &files);
    in->left_out = cst_array_new(files, sizeof *in->left_out, "files", err);
    return cst_comm_agree(in->stage->comm, in->left_out ? CST_OK : CST_NOMEM, err);
}

static cst_code give_result(cst_stage_result *out, const cst_ingesting *in,
                            const cst_version *version, bool skipped, cst_error *err)
{
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK && in->base)
        rc = cst_stage_add(&out->inputs, in->base, err);
    if (rc != CST_OK)
        return rc;
    out->rows_kept = skipped ? 0 : in->written.rows;
    out->rows_rejected = skipped ? 0 : in->rows.rejected;
    out->rows_read = out->rows_kept + out->rows_rejected;
    out->extra = json_pack("{s:I, s:I}", "new_rows", (json_int_t)out->rows_kept, "rejected",
                           (json_int_t)out->rows_rejected);
    if (!out->extra)
        return cst_error_nomem(err, "the result");
    if (skipped)
        cst_log_info(in->stage->log, "nothing new for %s@%lld", version->name,
                     (long long)version->number);
    else
        cst_log_info(in->stage->log, "%s@%lld: %lld rows more, %lld rejected", version->name,
                     (long long)version->number, (long long)out->rows_kept,
                     (long long)out->rows_rejected);
    return CST_OK;
}

static cst_code ingest(cst_stage_result *out, const cst_stage *stage, cst_error *err)
{
    cst_ingesting in = {.stage = stage,
                        .spec = json_object_get(stage->sections, "source"),
                        .dataset = cst_get_string(stage->options, "dataset", "")};
    cst_version *version = NULL;
    cst_code rc = open_source(&in, err);
    if (rc == CST_OK)
        rc = add(&version, &in, err);
    if (rc == CST_OK || rc == CST_SKIPPED) {
        cst_code given = CST_OK;
        if (stage->comm->rank == 0)
            given = give_result(out, &in, version, rc == CST_SKIPPED, err);
        given = cst_comm_agree(stage->comm, given, err);
        rc = given == CST_OK ? rc : given;
    }
    cst_version_free(version);
    ingesting_end(&in);
    return rc;
}

static const cst_section *const sections[] = {&cst_section_source, NULL};

const cst_stage_kind cst_stage_ingest = {
    .command = &cst_command_ingest,
    .sections = sections,
    .revision = CST_INGEST_REVISION,
    .run = ingest,
};
