/* launch.c - how a stage's program is started on this machine */
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

cst_code cst_launch_new(cst_launch *out, const char *program, const json_t *arguments, int ranks,
                        cst_error *err)
{
    enum { WORDS_BEFORE = 8 };
    size_t count = json_array_size(arguments);
    cst_launch launch = {0};
    launch.argv = cst_array_new(count + WORDS_BEFORE, sizeof *launch.argv, "arguments", err);
    cst_code rc = launch.argv ? CST_OK : CST_NOMEM;
    if (ranks > 1) {
        char number[16];
        (void)snprintf(number, sizeof number, "%d", ranks);
        const char *const words[] = {"mpirun", "-n", number};
        for (size_t i = 0; i < sizeof words / sizeof words[0] && rc == CST_OK; i++)
            rc = add_word(&launch, cst_text_copy(words[i], err));
    }
    if (rc == CST_OK)
        rc = add_word(&launch, find_program(program, err));
    for (size_t i = 0; i < count && rc == CST_OK; i++)
        rc = add_word(&launch, cst_text_copy(json_string_value(json_array_get(arguments, i)), err));
    if (rc == CST_OK)
        *out = launch;
    else
        cst_launch_free(&launch);
    return rc;
}

void cst_launch_free(cst_launch *launch)
{
    for (size_t i = 0; i < launch->count; i++)
        free(launch->argv[i]);
    free(launch->argv);
    *launch = (cst_launch){0};
}

bool cst_launch_environment(void)
{
    static const char *const settings[][2] = {
        {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
        {"OMPI_MCA_hwloc_base_binding_policy", "none"},
        {"OMPI_MCA_mpi_yield_when_idle", "1"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (setenv(settings[i][0], settings[i][1], 0) != 0)
            return false;
    if (geteuid() != 0)
        return true;
    return setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0) == 0 &&
           setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0) == 0;
}
