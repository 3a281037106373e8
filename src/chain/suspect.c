/* suspect.c - a receipt that says done and a job that Slurm says has failed: look again
 *
 * The receipt is believed where all that was made still has the bytes that its manifest says. That
 * is found out once, by the first driver that sees it, and kept in verified.json of the attempt.
 */
#include "chain/state.h"
#include "config/json.h"
#include "registry/verify.h"

static cst_code verify_output(cst_registry *registry, const json_t *output, cst_error *err)
{
    cst_version *version = NULL;
    cst_kind kind = cst_kind_parse(cst_get_string(output, "kind", ""));
    char *reference = cst_text_format(err, "%s@%lld", cst_get_string(output, "name", ""),
                                      (long long)cst_get_int(output, "version", 0));
    cst_code rc = reference ? CST_OK : CST_NOMEM;
    if (rc == CST_OK && kind == CST_KIND_COUNT)
        rc = cst_error_set(err, CST_INVALID, "%s is of no known kind", reference);
    if (rc == CST_OK)
        rc = cst_registry_find(&version, registry, kind, reference, err);
    if (rc == CST_OK)
        rc = cst_verify_version(registry, version, err);
    cst_version_free(version);
    free(reference);
    return rc;
}

/* Whether another driver was quicker does not matter: it has found the same. */
static cst_code keep_finding(const cst_chain_member *member, const cst_error *wrong, cst_error *err)
{
    cst_error taken = CST_ERROR_INIT;
    json_t *finding = json_pack("{s:b, s:s, s:s}", "sound", wrong->code == CST_OK, "message",
                                wrong->text, "slurm", member->verdict.why);
    cst_code rc = finding
                      ? cst_receipt_write(member->attempt.path, "verified.json", finding, &taken)
                      : cst_error_nomem(err, "a finding");
    json_decref(finding);
    if (rc == CST_OK || rc == CST_EXISTS)
        return CST_OK;
    return cst_error_set(err, rc, "%s", taken.text);
}

static cst_code verify_member(const cst_chain *chain, const cst_chain_member *member,
                              cst_error *err)
{
    cst_error wrong = CST_ERROR_INIT;
    size_t i = 0;
    const json_t *output = NULL;
    json_array_foreach(json_object_get(member->attempt.end, "outputs"), i, output)
    {
        if (wrong.code == CST_OK)
            (void)verify_output(chain->registry, output, &wrong);
    }
    return keep_finding(member, &wrong, err);
}

static bool is_suspect(const cst_chain_member *member)
{
    cst_fate fate = member->verdict.fate;
    return member->verdict.suspect && (fate == CST_FATE_DONE || fate == CST_FATE_SKIPPED);
}

/* What was found out, put into the verdict. *known: it was. */
static cst_code take_finding(bool *known, cst_chain_member *member, cst_error *err)
{
    json_t *finding = NULL;
    cst_code rc = cst_receipt_read(&finding, member->attempt.path, "verified.json", err);
    *known = finding;
    if (rc != CST_OK || !finding)
        return rc;
    cst_verdict *verdict = &member->verdict;
    bool sound = cst_get_bool(finding, "sound", false);
    char why[sizeof verdict->why];
    (void)snprintf(why, sizeof why, "%.90s; %s%.70s", verdict->why,
                   sound ? "what it made verifies" : "what it made does not verify: ",
                   cst_get_string(finding, "message", ""));
    (void)snprintf(verdict->why, sizeof verdict->why, "%s", why);
    if (!sound) {
        verdict->fate = CST_FATE_FAILED;
        verdict->failure = CST_FAILURE_CODE;
    }
    json_decref(finding);
    return CST_OK;
}

cst_code cst_chain_check_suspects(cst_chain *chain, bool verify, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < chain->steps && rc == CST_OK; i++) {
        cst_chain_member *member = &chain->member[i];
        bool known = false;
        if (!is_suspect(member))
            continue;
        rc = take_finding(&known, member, err);
        if (rc != CST_OK || known || !verify)
            continue;
        rc = verify_member(chain, member, err);
        if (rc == CST_OK)
            rc = take_finding(&known, member, err);
        if (rc == CST_OK)
            cst_log_warn(chain->log, "%s: suspect: %s", member->id, member->verdict.why);
    }
    return rc;
}
