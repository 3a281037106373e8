/* step.h - one planned step of a run, from the receipts of those before it to its own
 *
 * The driver on this machine and the job on a node do a step by the same call; they differ in how
 * its program is run.
 */
#ifndef CST_PIPELINE_STEP_H
#define CST_PIPELINE_STEP_H

#include <jansson.h>
#include <stdbool.h>

#include "base/log.h"
#include "registry/registry.h"

/** Who does the steps of a run. Borrowed. */
typedef struct {
    const char *run;
    const json_t *plan;
    cst_registry *registry;
    cst_log *log;
    const char *engine; /* "local", "slurm": for submission records */
    /** Run the program of an expanded step in this attempt's folder until it has ended. *status is
     *  its exit status, for messages: what counts is the receipt that it leaves. CST_STOPPED where
     *  it was stopped, or not even started; any other code than CST_OK leaves open whether it
     *  runs. */
    cst_code (*run_program)(int *status, void *with, const json_t *step, const char *attempt,
                            cst_error *err);
    void *with; /* run_program's */
} cst_driver;

/** What became of a step. Release with json_decref(end). */
typedef struct {
    json_t *end; /* its receipt: class done, skipped, refused, failed, stopped */
    bool made;   /* done now, not found done */
    bool last;   /* nothing is left to do after it: what was trained is the champion already */
} cst_outcome;

/** Do the step of this id: read what the steps before it have made from their receipts, find it
 *  done in this run or under its key, or else run it; moving the alias is done here. What was made
 *  is recorded under its key (registry/step_key.h): where another attempt was first and made
 * something else, alarm.json is left in the attempt and the outcome is of class failed. attempt:
 * the folder to work in, submitted and claimed already, where a receipt is left whatever happens
 * before the program is started; NULL: a new attempt is submitted where one is needed. CST_REFUSED
 * where a step before it was refused, CST_FAILED where one has not finished, or where the program
 * has left no receipt. */
cst_code cst_step_do(cst_outcome *out, const cst_driver *driver, const char *id,
                     const char *attempt, cst_error *err);

/** The planned step of this id with what the steps before it have made, from their receipts. Errors
 *  as cst_step_do. *out is a new reference. */
cst_code cst_step_expand(json_t **out, const cst_driver *driver, const char *id, cst_error *err);

/** Say how it ended, in a line: "prepare  done  flights@2  3.1 s". */
void cst_step_tell(cst_log *log, const char *id, const json_t *end);

/** Move the champion to what was trained, and leave the receipt. *end is a new reference. */
cst_code cst_step_promote(json_t **end, const cst_driver *driver, const json_t *step,
                          const char *attempt, cst_error *err);

/** Search for parameters: be the one pilot of the search (pilot.h) that this step is, publish its
 *  report, and leave the receipt. *end is a new reference. */
cst_code cst_step_search(json_t **end, const cst_driver *driver, const json_t *step,
                         const char *attempt, cst_error *err);

/** Join the search that this expanded step is: one pilot of several, which publishes no report.
 *  array: the number of the array (helpers.h) whose task index this is, and whose work alone is
 *  done; 0: work until the search is over. */
cst_code cst_step_pilot(const cst_driver *driver, const json_t *step, int64_t array, int64_t index,
                        cst_error *err);

/** Record what a finished step has made under its key, unless another attempt was first with the
 *  same. *agrees is false where it was first with something else: alarm.json then stands in the
 *  attempt. key may be NULL: nothing to record. */
cst_code cst_step_record(bool *agrees, const cst_registry *registry, const char *run,
                         const char *key, const char *step, const char *attempt, const json_t *end,
                         cst_error *err);

#endif
