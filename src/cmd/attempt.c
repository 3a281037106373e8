/* attempt.c - capstan attempt: the batch script of a step, for whoever sends it */
#include "chain/chain.h"
#include "cmd/call.h"
#include "cmd/output.h"
#include "config/json.h"

static const cst_option options[] = {
    CST_OPTION_RUN,
    {.name = "step",
     .type = CST_OPTION_STRING,
     .metavar = "STEP",
     .help = "the step's id",
     .flags = CST_OPTION_REQUIRED | CST_OPTION_POSITIONAL},
    {.name = NULL},
};

static const cst_command command = {
    .name = "attempt",
    .summary = "make the next attempt of a step, and print its batch script",
    .description =
        "For schedulers that send jobs themselves: of a run that capstan plan --open has made, "
        "publishes the submission record of the step's next attempt and prints the script that "
        "sbatch is to get. A job of an earlier attempt that has not begun yet does nothing then.",
    .options = options,
    .example = "capstan attempt 20130401T120000Z-1a2b3c4d train | sbatch",
    .statuses = "0  made, and printed\n1  failed\n"
                "2  wrong usage: there is no such step, or it is one of many jobs\n"
                "4  somebody else has made that attempt at the same time",
};

static cst_code print(const cst_call *call, const json_t *attempt, cst_error *err)
{
    return call->json ? cst_output_json(attempt, err)
                      : cst_output_print(err, "%s", cst_get_string(attempt, "script", ""));
}

static cst_code run(const cst_call *call, cst_error *err)
{
    cst_chain *chain = NULL;
    json_t *attempt = NULL;
    const char *step = cst_get_string(call->options, "step", "");
    cst_code rc = cst_chain_open(&chain, cst_get_string(call->options, "run", ""), call->registry,
                                 call->log, err);
    if (rc == CST_OK)
        rc = cst_chain_offer(&attempt, chain, step, err);
    if (rc == CST_OK)
        rc = print(call, attempt, err);
    json_decref(attempt);
    cst_chain_close(chain);
    return rc;
}

const cst_builtin cst_builtin_attempt = {
    .command = &command, .group = "Pipeline", .registry = true, .run = run};
