/* options.c - the keys under train: */
#include "train/train.h"

static const char *const models[] = {"gbdt", "glm", NULL};
static const char *const objectives[] = {"auto", "binary", "regression", NULL};

const cst_option cst_train_options[] = {
    {.name = "model",
     .type = CST_OPTION_STRING,
     .fallback = "gbdt",
     .help = "the learner; the other keys under train: are its own",
     .choices = models},
    {.name = "objective",
     .type = CST_OPTION_STRING,
     .fallback = "auto",
     .help = "what is minimised: log loss or squared error; auto: binary where the label "
             "is a truth",
     .choices = objectives},
    {.name = "checkpoint",
     .type = CST_OPTION_DURATION,
     .fallback = "5m",
     .help = "how often a checkpoint is written; 0s: after every step",
     .flags = CST_OPTION_RUNTIME},
    {.name = NULL},
};

const cst_option *cst_train_learner_options(const json_t *section, cst_error *err)
{
    const char *name = cst_get_string(section, "model", cst_train_options[0].fallback);
    const cst_learner *learner = cst_learner_find(name);
    if (!learner) {
        cst_error_set(err, CST_USAGE, "train.model: there is no learner \"%s\"; expected gbdt, glm",
                      name);
        return NULL;
    }
    return learner->options;
}
