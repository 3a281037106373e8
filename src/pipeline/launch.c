/* launch.c - how a stage's program is started: its words, its environment */
#include "pipeline/launch.h"

#include <limits.h>
#include <unistd.h>

#include "base/array.h"
#include "base/text.h"

/* The program beside this executable, where it is there; else its name. To be freed. */
static char *find_program(const char *program, cst_error *err)
{
    char self[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = NULL;
    if (size > 0) {
        self[size] = '\0';
        slash = strrchr(self, '/');
    }
    if (!slash)
        return cst_text_copy(program, err);
    *slash = '\0';
    char *beside = cst_text_format(err, "%s/%s", self, program);
    if (!beside || access(beside, X_OK) == 0)
        return beside;
    free(beside);
    return cst_text_copy(program, err);
}

/* Take a word, whose memory is owned from now on; NULL is a word that could not be made. */
static cst_code add_word(cst_launch *launch, char *word)
{
    if (!word)
        return CST_NOMEM;
    launch->argv[launch->count++] = word;
    return CST_OK;
}

static cst_code add_words(cst_launch *launch, const json_t *words, cst_error *err)
{
    cst_code rc = CST_OK;
    for (size_t i = 0; i < json_array_size(words) && rc == CST_OK; i++)
        rc = add_word(launch, cst_text_copy(json_string_value(json_array_get(words, i)), err));
    return rc;
}

cst_code cst_launch_behind(cst_launch *out, const json_t *launcher, const char *program,
                           const json_t *arguments, cst_error *err)
{
    enum { PROGRAM_AND_END = 2 };
    size_t count = json_array_size(launcher) + json_array_size(arguments) + PROGRAM_AND_END;
    cst_launch launch = {.under = json_array_size(launcher) > 0};
    launch.argv = cst_array_new(count, sizeof *launch.argv, "arguments", err);
    cst_code rc = launch.argv ? add_words(&launch, launcher, err) : CST_NOMEM;
    if (rc == CST_OK)
        rc = add_word(&launch, find_program(program, err));
    if (rc == CST_OK)
        rc = add_words(&launch, arguments, err);
    if (rc == CST_OK)
        *out = launch;
    else
        cst_launch_free(&launch);
    return rc;
}

cst_code cst_launch_new(cst_launch *out, const char *program, const json_t *arguments, int ranks,
                        cst_error *err)
{
    json_t *launcher =
        ranks > 1 ? json_pack("[s,s,o]", "mpirun", "-n", json_sprintf("%d", ranks)) : json_array();
    cst_code rc = launcher ? cst_launch_behind(out, launcher, program, arguments, err)
                           : cst_error_nomem(err, "arguments");
    json_decref(launcher);
    return rc;
}

void cst_launch_free(cst_launch *launch)
{
    for (size_t i = 0; i < launch->count; i++)
        free(launch->argv[i]);
    free(launch->argv);
    *launch = (cst_launch){0};
}

bool cst_launch_environment(const cst_launch *launch)
{
    static const char *const settings[][2] = {
        {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
        {"OMPI_MCA_hwloc_base_binding_policy", "none"},
        {"OMPI_MCA_mpi_yield_when_idle", "1"},
    };
    const char *slash = strrchr(launch->argv[0], '/');
    if (strcmp(slash ? slash + 1 : launch->argv[0], "srun") == 0)
        return true;
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (setenv(settings[i][0], settings[i][1], 0) != 0)
            return false;
    if (geteuid() != 0)
        return true;
    return setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0) == 0 &&
           setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0) == 0;
}
