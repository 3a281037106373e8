/* session.h - what a cst_slurm remembers; of this room alone */
#ifndef CST_SLURM_SESSION_H
#define CST_SLURM_SESSION_H

#include "slurm/cluster.h"
#include "slurm/look.h"

enum { CST_SAID_TEXT = 512 };

struct cst_slurm {
    int seconds; /* a command may take */
    bool has_facts;
    cst_slurm_facts facts;
    bool classic_squeue; /* squeue does not take the long format */
    bool few_fields;     /* sacct does not know all fields */
    bool out_of_reach;   /* the controller, as squeue last found: others would wait in vain too */
    char said[CST_SOURCE_COUNT][CST_SAID_TEXT];
};

#endif
