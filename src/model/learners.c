/* learners.c - the learners by name */
#include "model/learner.h"

#include "model/learner_list.h"

const cst_learner *const cst_learners[] = {&cst_learner_gbdt, &cst_learner_glm, NULL};

const cst_learner *cst_learner_find(const char *name)
{
    for (size_t i = 0; name && cst_learners[i]; i++)
        if (strcmp(cst_learners[i]->name, name) == 0)
            return cst_learners[i];
    return NULL;
}
