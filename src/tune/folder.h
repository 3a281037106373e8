/* folder.h - a search under way, as it lies in its folder
 *
 * runs/<run>/search/search.json                                  what is searched, published once
 * runs/<run>/search/trials/<t>/checkpoints/                      of a trial, from rung to rung
 * runs/<run>/search/trials/<t>/rung-<r>/claim-<n>.json           who does it; the newest counts
 * runs/<run>/search/trials/<t>/rung-<r>/attempt-<n>/             that one's receipts and log
 * runs/<run>/search/trials/<t>/rung-<r>/{result.json, metrics.jsonl}
 *
 * Every file is published once, by link(2): of two that claim a trial one finds the name taken. A
 * result is that of the first to publish; another one says the same but for its seconds.
 */
#ifndef CST_TUNE_FOLDER_H
#define CST_TUNE_FOLDER_H

#include "tune/rungs.h"

/** A search and what is known of it. Release with cst_search_close. */
typedef struct {
    char *path;         /* of its folder */
    json_t *definition; /* search.json: {"model", "features": version, "train": section, "tune":
                           section, "seed", "revision"} */
    cst_schedule schedule;
    cst_trial_cell *cells; /* shape [trials, rungs], as of the last look */
} cst_search;

/** Begin a search in folder, which is made; fine where the same search stands there already,
 *  CST_INVALID where another does. */
cst_code cst_search_begin(const char *folder, const json_t *definition, cst_error *err);

/** Open the search in a folder, with nothing looked at yet; CST_MISSING where there is none. */
cst_code cst_search_open(cst_search *out, const char *folder, cst_error *err);
void cst_search_close(cst_search *search);

/** Take in what has been claimed and published since. */
cst_code cst_search_look(cst_search *search, cst_error *err);

/** "<folder>/trials/<t>/rung-<r>", and "<folder>/trials/<t>/checkpoints"; to be freed, NULL with
 *  err set on failure. */
char *cst_search_rung_path(const cst_search *search, cst_work work, cst_error *err);
char *cst_search_checkpoints_path(const cst_search *search, int64_t trial, cst_error *err);

/** The train section of a trial: the search's own, the trial's parameters above it. New
 *  reference. */
cst_code cst_search_params(json_t **out, const cst_search *search, int64_t trial, cst_error *err);

/** The newest claim on a trial's rung: its number (0: none) and what it says (new reference, NULL
 *  where there is none). */
cst_code cst_search_read_claim(json_t **out, int64_t *number, const cst_search *search,
                               cst_work work, cst_error *err);

/** Claim a trial's rung as number (the newest one plus 1). CST_EXISTS without err set where
 *  somebody else was faster. */
cst_code cst_search_claim(const cst_search *search, cst_work work, int64_t number,
                          const json_t *claim, cst_error *err);

/** A result: {"class": "done" | "failed", "message", "trial", "rung", "params", "steps",
 *  "training_loss", "validation_loss", "stopped_early", "seconds"}. Publishing a second one is
 *  fine: the first stays. *out is NULL where there is none yet. */
cst_code cst_search_publish_result(const cst_search *search, cst_work work, const json_t *result,
                                   cst_error *err);
cst_code cst_search_read_result(json_t **out, const cst_search *search, cst_work work,
                                cst_error *err);

/** Remove the checkpoints of all trials but the winner's, which its training may go on from: the
 *  search is over. */
cst_code cst_search_forget(const cst_search *search, cst_error *err);

#endif
