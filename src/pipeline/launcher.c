/* launcher.c - a step's program within a job: behind the words of a launcher such as srun */
#include "pipeline/launcher.h"

#include "base/text.h"
#include "config/option.h"
#include "pipeline/arguments.h"
#include "pipeline/launch.h"
#include "slurm/deadline.h"

/* So that a training stops in time even if no signal comes. Not knowing the time is no reason not
 * to work. */
static void tell_deadline(cst_log *log)
{
    cst_error why = CST_ERROR_INIT;
    int64_t deadline = 0;
    char text[32];
    if (getenv("CAPSTAN_STOP_AT"))
        return;
    if (cst_slurm_deadline(&deadline, &why) != CST_OK)
        cst_log_warn(log, "until when this job may run is not known: %s", why.text);
    (void)snprintf(text, sizeof text, "%lld", (long long)deadline);
    if (deadline > 0 && setenv("CAPSTAN_STOP_AT", text, 1) != 0)
        cst_log_warn(log, "CAPSTAN_STOP_AT cannot be set");
}

cst_code cst_launcher_run(int *status, void *with, const json_t *step, const char *attempt,
                          cst_error *err)
{
    const cst_launcher *launcher = with;
    cst_launch launch = {0};
    json_t *arguments = cst_step_arguments(step, attempt, err);
    char *log = cst_text_format(err, "%s/log", attempt);
    cst_code rc = arguments && log ? CST_OK : CST_NOMEM;
    if (rc == CST_OK)
        rc = cst_launch_behind(&launch, launcher->words, cst_get_string(step, "program", ""),
                               arguments, err);
    if (rc == CST_OK) {
        tell_deadline(launcher->log);
        cst_log_info(launcher->log, "%s: its output is in %s", cst_get_string(step, "id", ""), log);
        rc = cst_launch_run(status, &launch, log, err);
    }
    cst_launch_free(&launch);
    json_decref(arguments);
    free(log);
    return rc;
}
