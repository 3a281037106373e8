/* program_options.c - the command line that every stage has beside its own options */
#include "cmd/program_options.h"

/* Of every stage's program. */
static const cst_option program_options[] = {
    {.name = "pipeline",
     .type = CST_OPTION_STRING,
     .help = "read this stage's section of a pipeline file",
     .metavar = "FILE",
     .flags = CST_OPTION_RUNTIME},
    {.name = "set",
     .type = CST_OPTION_STRING,
     .help = "set a key of the section, above what the file says",
     .metavar = "KEY=VALUE",
     .flags = CST_OPTION_RUNTIME | CST_OPTION_MANY},
    {.name = "seed",
     .type = CST_OPTION_INT,
     .help = "what random numbers hang on (default: seed of the pipeline file, else 0)",
     .max = 9e15},
    {.name = "attempt",
     .type = CST_OPTION_STRING,
     .help = "folder for begin.json and end.json",
     .metavar = "DIR",
     .flags = CST_OPTION_RUNTIME | CST_OPTION_HIDDEN},
    {.name = NULL},
};

/* What `capstan <stage>` takes beside them, to start the program under mpirun. */
static const cst_option launch_options[] = {
    {.name = "ranks",
     .type = CST_OPTION_INT,
     .help = "start the program under mpirun with N processes",
     .min = 1,
     .max = 1000000,
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

cst_code cst_program_command(cst_command *out, const cst_command *stage, bool launched,
                             cst_error *err)
{
    cst_option *own = cst_option_join(stage->options, program_options, err);
    cst_option *all = own ? cst_option_join(own, launched ? launch_options : NULL, err) : NULL;
    free(own);
    if (!all)
        return CST_NOMEM;
    *out = *stage;
    out->options = all;
    return CST_OK;
}
