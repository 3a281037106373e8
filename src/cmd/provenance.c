/* provenance.c - who made a thing, when, where, with what */
#include "cmd/provenance.h"

#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/clock.h"
#include "cmd/build.h"
#include "config/json.h"

static json_t *user_name(void)
{
    const struct passwd *user = getpwuid(geteuid());
    char number[32];
    (void)snprintf(number, sizeof number, "%ld", (long)geteuid());
    json_t *name = user ? json_string(user->pw_name) : NULL;
    return name ? name : json_string(number);
}

static json_t *host_name(void)
{
    struct utsname about;
    return json_string(uname(&about) == 0 ? about.nodename : "unknown");
}

static json_t *now(void)
{
    char text[CST_TIME_TEXT];
    cst_clock_text(text, cst_clock_now());
    return json_string(text);
}

static json_t *words(int argc, char *const *argv, cst_error *err)
{
    json_t *list = json_array();
    for (int i = 0; i < argc; i++)
        if (cst_json_append(list, json_string(argv[i]), err) != CST_OK)
            break;
    return list;
}

json_t *cst_provenance_slurm(void)
{
    const char *job = getenv("SLURM_JOB_ID");
    const char *restarts = getenv("SLURM_RESTART_COUNT");
    const char *nodes = getenv("SLURM_JOB_NODELIST");
    if (!job)
        return NULL;
    return json_pack("{s:s, s:I, s:s}", "job", job, "restarts",
                     (json_int_t)(restarts ? strtoll(restarts, NULL, 10) : 0), "nodes",
                     nodes ? nodes : "");
}

json_t *cst_provenance(int ranks, int argc, char *const *argv, cst_error *err)
{
    json_t *out = json_object();
    json_t *slurm = cst_provenance_slurm();
    const char *modules = getenv("LOADEDMODULES");
    cst_code rc = cst_json_put(out, "build", cst_build_info(err), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "who", user_name(), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "when", now(), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "host", host_name(), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "ranks", json_integer(ranks), err);
    if (rc == CST_OK)
        rc = cst_json_put(out, "command", words(argc, argv, err), err);
    if (rc == CST_OK && slurm)
        rc = cst_json_put(out, "slurm", json_incref(slurm), err);
    if (rc == CST_OK && modules && *modules)
        rc = cst_json_put(out, "modules", json_string(modules), err);
    json_decref(slurm);
    if (rc == CST_OK)
        return out;
    json_decref(out);
    return NULL;
}
