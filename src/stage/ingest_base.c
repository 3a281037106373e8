/* ingest_base.c - the snapshot that new files are added to */
#include "config/json.h"
#include "stage/ingesting.h"

/* Versions of snapshots, chosen on rank 0; 0: there is none. */
typedef struct {
    int64_t base;   /* the newest that validation has not refused */
    int64_t newest; /* of all */
} choice;

static bool is_about(const cst_version *report, const cst_version *snapshot)
{
    const json_t *input = json_array_get(json_object_get(report->manifest, "inputs"), 0);
    char id[CST_DIGEST_HEX];
    cst_digest_hex(id, &snapshot->id);
    return strcmp(cst_get_string(input, "id", ""), id) == 0;
}

/* What the newest report about a snapshot says; one without a report is not refused. */
static bool is_refused(const cst_version *snapshot, cst_version *const *report, size_t reports)
{
    bool refused = false;
    for (size_t r = 0; r < reports; r++)
        if (is_about(report[r], snapshot)) {
            const json_t *summary = json_object_get(report[r]->manifest, "summary");
            refused = strcmp(cst_get_string(summary, "verdict", ""), "refused") == 0;
        }
    return refused;
}

static cst_code choose(choice *out, const cst_ingesting *in, cst_error *err)
{
    cst_version **snapshot = NULL;
    cst_version **report = NULL;
    size_t snapshots = 0;
    size_t reports = 0;
    char *name = cst_text_format(err, "%s-validation", in->dataset);
    cst_registry *registry = in->stage->registry;
    cst_code rc = name ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc =
            cst_registry_list(&snapshot, &snapshots, registry, CST_KIND_SNAPSHOT, in->dataset, err);
    if (rc == CST_OK)
        rc = cst_registry_list(&report, &reports, registry, CST_KIND_REPORT, name, err);
    if (rc == CST_OK && snapshots > 0)
        out->newest = snapshot[snapshots - 1]->number;
    for (size_t s = snapshots; rc == CST_OK && s > 0 && out->base == 0; s--) {
        const cst_version *candidate = snapshot[s - 1];
        if (!is_refused(candidate, report, reports))
            out->base = candidate->number;
        else
            cst_log_info(in->stage->log,
                         "%s@%lld was refused by validation: nothing is added to it",
                         candidate->name, (long long)candidate->number);
    }
    cst_versions_free(snapshot, snapshots);
    cst_versions_free(report, reports);
    free(name);
    return rc;
}

/* Collective. */
static cst_code find_newest(cst_ingesting *in, cst_error *err)
{
    choice chosen = {0};
    cst_comm *comm = in->stage->comm;
    cst_code rc = cst_comm_agree(comm, comm->rank == 0 ? choose(&chosen, in, err) : CST_OK, err);
    if (rc == CST_OK)
        rc = cst_comm_max(comm, &chosen.base, err);
    if (rc == CST_OK)
        rc = cst_comm_max(comm, &chosen.newest, err);
    in->newest = chosen.newest;
    if (rc != CST_OK || chosen.base == 0)
        return rc;
    char *reference = cst_text_format(err, "%s@%lld", in->dataset, (long long)chosen.base);
    rc = cst_comm_agree(comm, reference ? CST_OK : CST_NOMEM, err);
    if (rc == CST_OK)
        rc = cst_stage_find(&in->base, in->stage, CST_KIND_SNAPSHOT, reference, err);
    free(reference);
    return rc;
}

cst_code cst_ingesting_base(cst_ingesting *in, cst_error *err)
{
    const char *chosen = cst_get_string(in->stage->options, "append_to", NULL);
    cst_version_free(in->base);
    in->base = NULL;
    if (!chosen)
        return find_newest(in, err);
    if (strcmp(chosen, "none") == 0)
        return CST_OK;
    cst_code rc = cst_stage_find(&in->base, in->stage, CST_KIND_SNAPSHOT, chosen, err);
    if (rc == CST_OK && strcmp(in->base->name, in->dataset) != 0)
        rc = cst_error_set(err, CST_USAGE, "--append-to %s is a snapshot of %s, not of %s", chosen,
                           in->base->name, in->dataset);
    return rc;
}
