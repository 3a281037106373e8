/* prepare_publish.c - the files of a features version, its manifest, its figures */
#include "stage/preparing.h"

#include "base/file.h"
#include "config/json.h"
#include "exact/sum.h"
#include "store/rows.h"
#include "table/time.h"

static cst_code add_json(cst_draft *draft, const char *file, json_t *value, cst_error *err)
{
    cst_code rc =
        value ? cst_draft_add_json(draft, file, value, false, err) : cst_error_nomem(err, file);
    json_decref(value);
    return rc;
}

/* transform, reference and schema: rank 0. */
static cst_code add_texts(const cst_preparing *p, cst_draft *draft, cst_error *err)
{
    cst_code rc = add_json(draft, "transform.json", cst_transform_to_json(p->transform, err), err);
    if (rc == CST_OK)
        rc = add_json(draft, "reference.json", json_incref(p->reference), err);
    if (rc == CST_OK)
        rc = add_json(draft, "schema.json", cst_schema_to_json(p->schema, err), err);
    return rc;
}

typedef cst_code write_rows(cst_part_written *out, const cst_preparing *p, const char *path,
                            cst_error *err);

static cst_code write_training(cst_part_written *out, const cst_preparing *p, const char *path,
                               cst_error *err)
{
    return cst_matrix_write(out, p->stage->comm, path, p->training, err);
}

static cst_code write_validation(cst_part_written *out, const cst_preparing *p, const char *path,
                                 cst_error *err)
{
    return cst_matrix_write(out, p->stage->comm, path, p->validation, err);
}

static cst_code write_test(cst_part_written *out, const cst_preparing *p, const char *path,
                           cst_error *err)
{
    return cst_part_write(out, p->stage->comm, path, p->side[CST_TEST], err);
}

static cst_code add_rows(const cst_preparing *p, cst_draft *draft, const char *directory,
                         const char *file, write_rows *write, cst_error *err)
{
    cst_part_written written;
    char *path = cst_file_join(directory, file, err);
    cst_code rc = cst_comm_agree(p->stage->comm, path ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = write(&written, p, path, err);
    if (rc == CST_OK && draft)
        rc = cst_draft_add_file(draft, file, &written.content, &written.sha256, written.bytes, err);
    free(path);
    return cst_comm_agree(p->stage->comm, rc, err);
}

static cst_code add_files(const cst_preparing *p, cst_draft *draft, const char *directory,
                          cst_error *err)
{
    cst_code rc = add_rows(p, draft, directory, "train.h5", write_training, err);
    if (rc == CST_OK && p->validation)
        rc = add_rows(p, draft, directory, "validation.h5", write_validation, err);
    if (rc == CST_OK && cst_split_rows(p->split, CST_TEST) > 0)
        rc = add_rows(p, draft, directory, "test.h5", write_test, err);
    if (rc == CST_OK && draft)
        rc = add_texts(p, draft, err);
    return cst_comm_agree(p->stage->comm, rc, err);
}

/* A dataset that is joined twice is one input. */
static cst_code add_inputs(const cst_preparing *p, cst_draft *draft, cst_error *err)
{
    cst_code rc = cst_draft_add_input(draft, "snapshot", p->snapshot, err);
    for (size_t j = 0; rc == CST_OK && j < p->joins; j++) {
        bool known = false;
        for (size_t k = 0; k < j; k++)
            known = known || strcmp(p->joined[k]->name, p->joined[j]->name) == 0;
        char *role = known ? NULL : cst_text_format(err, "join:%s", p->joined[j]->name);
        if (role)
            rc = cst_draft_add_input(draft, role, p->joined[j], err);
        else if (!known)
            rc = CST_NOMEM;
        free(role);
    }
    return rc;
}

/* The mean label of the training rows: for two classes, the base rate. */
static cst_code mean_label(double *out, const cst_preparing *p, cst_error *err)
{
    cst_sum sum = {.word = {0}};
    for (size_t r = 0; r < p->training->rows; r++)
        cst_sum_add(&sum, p->training->label[r]);
    cst_sum_carry(&sum);
    cst_mergeable state = {.sum = sum.word, .sums = CST_SUM_WORDS};
    cst_code rc = cst_comm_merge(p->stage->comm, &state, err);
    if (rc == CST_OK)
        *out = cst_sum_value(&sum) / (double)cst_split_rows(p->split, CST_TRAINING);
    return rc;
}

static json_t *make_summary(const cst_preparing *p, double mean, cst_error *err)
{
    static const struct {
        const char *name;
        cst_side side;
    } sides[] = {{"training_rows", CST_TRAINING},
                 {"validation_rows", CST_VALIDATION},
                 {"test_rows", CST_TEST},
                 {"dropped_by_split", CST_NOWHERE}};
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "summary");
    for (size_t i = 0; rc == CST_OK && i < sizeof sides / sizeof *sides; i++)
        rc = cst_json_put(out, sides[i].name, json_integer(cst_split_rows(p->split, sides[i].side)),
                          err);
    bool classes = strcmp(cst_transform_objective(p->transform), "binary") == 0;
    if (rc == CST_OK)
        rc = cst_json_put(out, classes ? "base_rate" : "mean_label", cst_json_real(mean), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "features", json_integer((json_int_t)p->training->columns), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "rows", json_integer(p->read), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "dropped_by_where", json_integer(p->dropped[0]), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "without_label", json_integer(p->dropped[1]), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* What made it: the section; of the split only its column where every row is for training. */
static json_t *make_params(const cst_preparing *p, cst_error *err)
{
    json_t *out = NULL;
    const char *column = cst_get_string(json_object_get(p->spec, "split"), "column", NULL);
    cst_code rc = cst_option_resolved(&out, p->spec, cst_prepare_options, err);
    if (rc == CST_OK && p->all)
        (void)json_object_del(out, "split");
    if (rc == CST_OK && p->all && column)
        rc = cst_json_put(out, "split", json_pack("{s:s}", "column", column), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "all", json_boolean(p->all), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

/* Keys of the manifest beside the id: the split, and whose clock changes hour() followed. */
static json_t *make_extra(const cst_preparing *p, cst_error *err)
{
    char zones[64];
    cst_zone_version(zones, sizeof zones);
    json_t *out = json_object();
    cst_code rc = out ? CST_OK : cst_error_nomem(err, "manifest");
    if (rc == CST_OK)
        rc = cst_json_put(out, "split", json_incref(p->split_json), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "tzdata", json_string(zones), err);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}

static cst_code give_result(cst_stage_result *out, const cst_preparing *p,
                            const cst_version *version, cst_error *err)
{
    cst_code rc = cst_stage_add(&out->outputs, version, err);
    if (rc == CST_OK)
        rc = cst_stage_add(&out->inputs, p->snapshot, err);
    for (size_t j = 0; rc == CST_OK && j < p->joins; j++)
        rc = cst_stage_add(&out->inputs, p->joined[j], err);
    return rc;
}

cst_code cst_preparing_publish(cst_stage_result *out, const cst_preparing *p, cst_error *err)
{
    cst_draft *draft = NULL;
    char *directory = NULL;
    cst_version *version = NULL;
    double mean = 0;
    json_t *params = make_params(p, err);
    json_t *extra = make_extra(p, err);
    json_t *summary = NULL;
    cst_code rc = mean_label(&mean, p, err);
    if (rc != CST_OK)
        goto out;
    summary = make_summary(p, mean, err);
    rc = cst_comm_agree(p->stage->comm, params && extra && summary ? CST_OK : CST_NOMEM, err);
    if (rc != CST_OK)
        goto out;
    rc = cst_stage_draft(&draft, &directory, p->stage, CST_KIND_FEATURES,
                         cst_get_string(p->stage->options, "name", ""), err);
    if (rc != CST_OK || (rc = add_files(p, draft, directory, err)) != CST_OK)
        goto out;
    rc = cst_comm_agree(p->stage->comm, draft ? add_inputs(p, draft, err) : CST_OK, err);
    if (rc != CST_OK)
        goto out;
    cst_recipe recipe = {.stage = "prepare",
                         .revision = CST_PREPARE_REVISION,
                         .params = params,
                         .seed = p->stage->seed,
                         .summary = summary,
                         .extra = extra,
                         .provenance = p->stage->provenance};
    rc = cst_stage_publish(&version, p->stage, draft, &recipe, CST_PARENT_ANY, err);
    if (rc != CST_OK && rc != CST_SKIPPED)
        goto out;
    cst_code given = cst_comm_agree(p->stage->comm, give_result(out, p, version, err), err);
    rc = given == CST_OK ? rc : given;
out:
    cst_version_free(version);
    cst_draft_free(draft);
    free(directory);
    json_decref(params);
    json_decref(extra);
    json_decref(summary);
    return rc;
}
