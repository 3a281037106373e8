/* state.h - what a driver knows of a run on Slurm; of this room alone */
#ifndef CST_CHAIN_STATE_H
#define CST_CHAIN_STATE_H

#include "chain/chain.h"
#include "chain/decide.h"
#include "pipeline/attempt.h"
#include "pipeline/script.h"
#include "slurm/submit.h"

#define CST_CHAIN_SENTINEL "sentinel"

/** A step, or the sentinel, as of the last look. */
typedef struct {
    const char *id;
    const json_t *planned; /* borrowed from the plan; NULL: the sentinel */
    bool restarts;         /* it checkpoints: Slurm brings it back */
    cst_attempt attempt;   /* the newest */
    char *name;            /* of its job, or NULL */
    cst_slurm_job job;
    cst_verdict verdict;
    int64_t settled; /* number of the attempt whose verdict no later look can change, or 0 */
    int retries[CST_FAILURE_COUNT]; /* in this driving */
    char *checkpoint;               /* the newest one's file name, or NULL */
} cst_chain_member;

struct cst_chain {
    char *run;
    char *folder; /* runs/<run>, absolute */
    char *bin;    /* where this program lies */
    cst_registry *registry;
    cst_log *log;
    json_t *plan;
    const json_t *slurm; /* the section slurm:, of the plan */
    cst_slurm *cluster;
    int64_t driving; /* number of the pipeline's newest attempt; 0: none */
    char *attempt;   /* its folder */
    json_t *end;     /* its end.json, or NULL */
    bool cancelled;
    size_t steps;
    cst_chain_member *member; /* shape [steps + 1]: the sentinel last */
    char told[512];           /* what was last said of the run */
    bool away;                /* it was said that Slurm does not answer */
    bool full;                /* Slurm took no more jobs since the last look */
    bool told_full;           /* … and that was said */
    bool alone;               /* it was said that there is no sentinel */
};

/** The one look: receipts of all steps, and one question to Slurm for all jobs unless the run has
 *  ended. */
cst_code cst_chain_look(cst_chain *chain, cst_error *err);

/** Its halves: read receipts alone; ask Slurm and judge. */
cst_code cst_chain_read(cst_chain *chain, cst_error *err);
cst_code cst_chain_ask(cst_chain *chain, cst_error *err);

/** Receipts that Slurm contradicts: put into their verdicts what was found out about what they
 * made; verify: find it out where nobody has yet. */
cst_code cst_chain_check_suspects(cst_chain *chain, bool verify, cst_error *err);

/** The steps as cst_chain_decide takes them, shape [steps]. */
void cst_chain_facts(cst_chain_step *out, const cst_chain *chain);
cst_chain_rules cst_chain_budgets(const cst_chain *chain);

/** May the process that published a submission still be sending it? */
bool cst_chain_sender_at_work(const json_t *submission);

/** May a member's job come into the queue any moment, whatever Slurm says now? */
bool cst_chain_on_its_way(const cst_chain_member *member);

/** A chain of a plan that may be no run yet. */
cst_code cst_chain_open_plan(cst_chain **out, const char *run, const json_t *plan,
                             cst_registry *registry, cst_log *log, cst_error *err);

/** The submission record of a member's next attempt. *out is a new reference. */
cst_code cst_chain_submission(json_t **out, const cst_chain *chain, const cst_chain_member *member,
                              const cst_chain_decision *decided, const char *nonce,
                              const char *after, cst_error *err);

/** Publish a submission of a step (or the sentinel) and send it; retried and more as decided, or
 *  NULL. dependency: "afterok:7" or NULL. *taken: another driver was quicker, look again. */
cst_code cst_chain_submit(cst_chain *chain, cst_chain_member *member,
                          const cst_chain_decision *decided, const char *after,
                          const char *dependency, bool *taken, cst_error *err);

/** Find the job of a published submission by its name, or send it (again) under the same nonce.
 *  Where Slurm does not answer it stays as it is: CST_OK, and its job is not known. */
cst_code cst_chain_send(cst_chain *chain, cst_chain_member *member, const char *dependency,
                        cst_error *err);

/** Look for the job of a published submission by its name and keep its id. *answer: FAILED where
 *  Slurm does not answer (why says what it said), ABSENT, SEEN. */
cst_code cst_chain_adopt(cst_answer *answer, cst_chain *chain, cst_chain_member *member,
                         cst_error *why, cst_error *err);

/** The job id of a member, NULL where it is not known. */
const char *cst_chain_job(const cst_chain_member *member);

/** May its job still be in the queue, or run? */
bool cst_chain_lives(const cst_chain_member *member);

/** Has Slurm shown its job, under its name and alive, or was it sent a moment ago? Only such a one
 * is cancelled: a slurmctld that was killed gives the id of a job that it forgot to another one. */
bool cst_chain_is_queued(const cst_chain_member *member);

/** Is this process part of that member's job? */
bool cst_chain_is_me(const cst_chain_member *member);

/** The nonce of its newest submission, "" without one. */
const char *cst_chain_nonce(const cst_chain_member *member);

/** End the jobs of the run that may live: the sentinel first, then the last step to step from;
 *  never the job that this process is part of. CST_IO, and away, where Slurm does not answer. */
cst_code cst_chain_end_jobs(cst_chain *chain, size_t from, cst_error *err);

/** End these jobs, a list of words. CST_IO, and away, where Slurm does not answer. */
cst_code cst_chain_cancel_jobs(cst_chain *chain, const json_t *ids, cst_error *err);

/** The ids of the arrays that help with a search and may live, appended to a list of words. */
cst_code cst_chain_helpers(json_t *ids, cst_chain *chain, cst_error *err);

/** The script of a member from its submission record (or one to be). */
cst_code cst_chain_script(cst_text *out, const cst_chain *chain, const char *step, int64_t attempt,
                          const json_t *submission, cst_error *err);

/** What is due, as of the last look. */
cst_code cst_chain_due(cst_chain_decision *out, const cst_chain *chain, cst_error *err);

/** Say it once: on the log, unless it was the last thing said. */
void cst_chain_tell(cst_chain *chain, const char *text);

#endif
