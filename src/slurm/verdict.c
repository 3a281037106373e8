/* verdict.c - what has become of a job: its receipt and Slurm's word weighed */
#include "slurm/verdict.h"

#include <signal.h>

/* What an attempt's end.json says. */
typedef enum {
    RECEIPT_NONE,
    RECEIPT_DONE, /* or skipped or refused: the work is over, whatever becomes of the job */
    RECEIPT_STOPPED,
    RECEIPT_FAILED,
} receipt_class;

/* What Slurm says, all sources taken together. */
typedef struct {
    const cst_sighting *row; /* NULL where no source can be believed to have the job */
    cst_source source;
    const cst_state *state; /* NULL: no row, or a word that is not known */
    bool behind;            /* the row is older than what the controller says */
    bool absent;            /* a source that works does not know it, and none failed */
} word_of_slurm;

const char *cst_fate_word(cst_fate fate)
{
    static const char *const words[] = {
#define CST_FATE_WORD(name, word) word,
        CST_FATES(CST_FATE_WORD)
#undef CST_FATE_WORD
    };
    return words[fate];
}

static bool is(const char *word, const char *other)
{
    return word && strcmp(word, other) == 0;
}

static receipt_class read_receipt(const char *class, cst_fate *fate)
{
    static const struct {
        const char *class;
        receipt_class receipt;
        cst_fate fate;
    } rows[] = {
        {"done", RECEIPT_DONE, CST_FATE_DONE},
        {"skipped", RECEIPT_DONE, CST_FATE_SKIPPED},
        {"refused", RECEIPT_DONE, CST_FATE_REFUSED},
        {"stopped", RECEIPT_STOPPED, CST_FATE_STOPPED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is(class, rows[i].class)) {
            *fate = rows[i].fate;
            return rows[i].receipt;
        }
    *fate = CST_FATE_FAILED;
    return class ? RECEIPT_FAILED : RECEIPT_NONE;
}

/* The controller, which squeue and scontrol ask, knows a job first and forgets it first; what
 * accounting and the completion file say of one that it has forgotten is believed where it is an
 * end, and is behind where it is not. */
static word_of_slurm hear(const cst_sighting *seen)
{
    static const cst_source order[] = {CST_SQUEUE, CST_SCONTROL, CST_SACCT, CST_JOBCOMP};
    word_of_slurm heard = {.source = CST_SOURCE_COUNT};
    bool failed = false;
    bool forgotten = seen[CST_SQUEUE].answer == CST_ANSWER_ABSENT ||
                     seen[CST_SCONTROL].answer == CST_ANSWER_ABSENT;
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        const cst_sighting *row = &seen[order[i]];
        failed = failed || row->answer == CST_ANSWER_FAILED;
        heard.absent = heard.absent || row->answer == CST_ANSWER_ABSENT;
        if (row->answer != CST_ANSWER_SEEN || (heard.row && !heard.behind))
            continue;
        heard.row = row;
        heard.source = order[i];
        heard.state = cst_state_find(row->state);
        heard.behind = forgotten && cst_state_lives(row->state);
    }
    heard.absent = heard.absent && !failed && (!heard.row || heard.behind);
    return heard;
}

static bool waits_for_ever(const cst_sighting *row)
{
    return is(row->reason, "DependencyNeverSatisfied");
}

/* "launch failed requeued held", with scontrol "launch_failed_requeued_held": a node refused to
 * start it. Slurm neither starts it again nor says that it has failed. */
static bool was_not_launched(const cst_sighting *row)
{
    return strstr(row->reason, "launch failed") || strstr(row->reason, "launch_failed");
}

/* "JobHeldUser", "JobHeldAdmin", "job requeued in held state" */
static bool is_held(const word_of_slurm *heard)
{
    return heard->state->held || strstr(heard->row->reason, "held") ||
           strstr(heard->row->reason, "Held");
}

/* A job that --kill-on-invalid-dep has ended is CANCELLED; sacct then gives no user who did it and
 * only says what the job waited for (Slurm 22.05). */
static cst_failure failure_of(const word_of_slurm *heard)
{
    const cst_sighting *row = heard->row;
    bool killed = heard->source == CST_SACCT && is(row->reason, "Dependency") && !row->by_user;
    bool cancelled = heard->state->failure == CST_FAILURE_CANCELLED;
    return cancelled && (killed || waits_for_ever(row)) ? CST_FAILURE_DEPENDENCY
                                                        : heard->state->failure;
}

/* A script that ends with what its program was killed by has 128 + SIGKILL as exit status. */
static bool was_killed(const cst_sighting *row)
{
    return row->signal == SIGKILL || row->exit == 128 + SIGKILL;
}

/* "PENDING by squeue (Resources)" */
static void tell_row(char *out, size_t size, const word_of_slurm *heard)
{
    const cst_sighting *row = heard->row;
    bool reason = *row->reason && !is(row->reason, "None");
    int used = snprintf(out, size, "%s by %s%s%s%s", row->state, cst_source_name(heard->source),
                        reason ? " (" : "", reason ? row->reason : "", reason ? ")" : "");
    if (used > 0 && (size_t)used < size && row->signal > 0)
        (void)snprintf(out + used, size - (size_t)used, ", signal %d", row->signal);
    else if (used > 0 && (size_t)used < size && row->exit > 0)
        (void)snprintf(out + used, size - (size_t)used, ", exit status %d", row->exit);
}

/* "squeue failed, sacct does not know it" */
static void tell_answers(char *out, size_t size, const cst_sighting *seen)
{
    static const char *const words[] = {
        [CST_ANSWER_FAILED] = "failed",
        [CST_ANSWER_EMPTY] = "came back empty",
        [CST_ANSWER_ABSENT] = "does not know it",
        [CST_ANSWER_SEEN] = "is behind",
    };
    size_t used = 0;
    *out = '\0';
    for (int i = 0; i < CST_SOURCE_COUNT && used < size; i++)
        if (seen[i].answer != CST_ANSWER_NONE)
            used += (size_t)snprintf(out + used, size - used, "%s%s %s", used ? ", " : "",
                                     cst_source_name((cst_source)i), words[seen[i].answer]);
    if (used == 0)
        (void)snprintf(out, size, "Slurm was not asked");
}

/* Run the clock: unknown until the deadline, then lost. */
static void count_down(cst_verdict *verdict, const cst_evidence *evidence, int64_t ended)
{
    int64_t since = evidence->unknown_since > 0 ? evidence->unknown_since : evidence->now;
    if (ended > 0 && ended < since)
        since = ended;
    verdict->unknown_since = since;
    verdict->fate = CST_FATE_UNKNOWN;
    if (evidence->now - since >= evidence->lost_after) {
        verdict->fate = CST_FATE_FAILED;
        verdict->failure = CST_FAILURE_LOST;
    }
}

static void judge_living(cst_verdict *verdict, const word_of_slurm *heard)
{
    bool waits = heard->state->phase == CST_PHASE_WAITS;
    verdict->fate = waits ? CST_FATE_PENDING : CST_FATE_RUNNING;
    if (waits && waits_for_ever(heard->row)) {
        verdict->fate = CST_FATE_FAILED;
        verdict->failure = CST_FAILURE_DEPENDENCY;
    } else if (waits && was_not_launched(heard->row)) {
        verdict->fate = CST_FATE_FAILED;
        verdict->failure = CST_FAILURE_INFRASTRUCTURE;
    } else {
        verdict->held = waits && is_held(heard);
    }
}

/* An end that only accounting tells of: the controller, which would know whether the job comes
 * back, did not answer. */
static bool may_come_back(const cst_evidence *evidence, const word_of_slurm *heard)
{
    const cst_sighting *seen = evidence->seen;
    bool told = heard->source == CST_SQUEUE || heard->source == CST_SCONTROL ||
                seen[CST_SQUEUE].answer == CST_ANSWER_ABSENT ||
                seen[CST_SCONTROL].answer == CST_ANSWER_ABSENT;
    bool comes_back = heard->state->comes_back || heard->source == CST_JOBCOMP;
    return evidence->requeues && comes_back && !told;
}

/* Slurm has the job, and there is no receipt. */
static void judge_row(cst_verdict *verdict, const cst_evidence *evidence,
                      const word_of_slurm *heard)
{
    if (!heard->state) {
        verdict->fate = CST_FATE_UNKNOWN;
        return;
    }
    switch (heard->state->phase) {
    case CST_PHASE_WAITS:
    case CST_PHASE_RUNS:
        judge_living(verdict, heard);
        break;
    case CST_PHASE_COMPLETED:
    case CST_PHASE_ELSEWHERE:
        count_down(verdict, evidence, heard->row->ended);
        break;
    case CST_PHASE_FAILED:
        verdict->fate = may_come_back(evidence, heard) ? CST_FATE_PENDING : CST_FATE_FAILED;
        if (verdict->fate == CST_FATE_FAILED)
            verdict->failure = failure_of(heard);
        if (verdict->failure == CST_FAILURE_CODE && was_killed(heard->row))
            verdict->failure = CST_FAILURE_KILLED;
        break;
    }
}

/* The work is over by its receipt: an end that says otherwise makes it suspect. */
static void weigh_done(cst_verdict *verdict, const word_of_slurm *heard)
{
    cst_failure other = heard->state ? heard->state->failure : CST_FAILURE_NONE;
    bool says_so = verdict->fate == CST_FATE_REFUSED && other == CST_FAILURE_CODE;
    verdict->suspect = other != CST_FAILURE_NONE && !says_so;
    verdict->held = heard->state && heard->state->phase == CST_PHASE_WAITS && is_held(heard);
}

/* Is this how the job of a step ends that was asked to stop and has? Where Slurm gives another end
 * it has asked, or somebody through it, and that end says what is to become of the step. */
static bool stops_by_itself(cst_failure failure)
{
    return failure == CST_FAILURE_NONE || failure == CST_FAILURE_CODE ||
           failure == CST_FAILURE_DEPENDENCY;
}

/* A receipt of something that did not get done, and what Slurm says of the job's own end. */
static void weigh_undone(cst_verdict *verdict, const cst_evidence *evidence,
                         const word_of_slurm *heard, receipt_class receipt)
{
    cst_phase phase = heard->state->phase;
    if (phase == CST_PHASE_WAITS || phase == CST_PHASE_RUNS) {
        judge_living(verdict, heard);
        return;
    }
    if (may_come_back(evidence, heard)) {
        verdict->fate = CST_FATE_PENDING;
        return;
    }
    cst_failure failure = failure_of(heard);
    if (receipt == RECEIPT_STOPPED && failure == CST_FAILURE_CODE && was_killed(heard->row))
        failure = CST_FAILURE_KILLED; /* before its script could bring it back */
    bool stopped = receipt == RECEIPT_STOPPED && stops_by_itself(failure);
    verdict->fate = stopped ? CST_FATE_STOPPED : CST_FATE_FAILED;
    if (verdict->fate == CST_FATE_FAILED)
        verdict->failure = failure == CST_FAILURE_NONE ? CST_FAILURE_CODE : failure;
    verdict->suspect = receipt == RECEIPT_FAILED && phase == CST_PHASE_COMPLETED;
}

/* The same where Slurm says nothing that can be used. A job that stopped may be brought back: only
 * once nobody knows it any more is stopping its end. */
static void judge_receipt(cst_verdict *verdict, const cst_evidence *evidence,
                          const word_of_slurm *heard, receipt_class receipt)
{
    if (receipt == RECEIPT_FAILED) {
        verdict->fate = CST_FATE_FAILED;
        verdict->failure = CST_FAILURE_CODE;
    } else if (!evidence->requeues) {
        verdict->fate = CST_FATE_STOPPED;
    } else if (heard->absent) {
        count_down(verdict, evidence, 0);
        if (verdict->fate == CST_FATE_FAILED)
            *verdict = (cst_verdict){.fate = CST_FATE_STOPPED, .source = CST_SOURCE_COUNT};
    } else {
        verdict->fate = CST_FATE_UNKNOWN;
    }
}

static void explain(cst_verdict *verdict, const cst_evidence *evidence, const word_of_slurm *heard)
{
    char slurm[144], receipt[40];
    bool usable = heard->row && !heard->behind;
    if (usable)
        tell_row(slurm, sizeof slurm, heard);
    else
        tell_answers(slurm, sizeof slurm, evidence->seen);
    (void)snprintf(receipt, sizeof receipt, evidence->receipt ? "receipt says %.20s; " : "%s",
                   evidence->receipt ? evidence->receipt : "");
    bool missing =
        !evidence->receipt && usable && heard->state && heard->state->phase == CST_PHASE_COMPLETED;
    (void)snprintf(verdict->why, sizeof verdict->why, "%s%s%s", receipt, slurm,
                   missing ? ", but there is no receipt" : "");
}

cst_verdict cst_slurm_judge(const cst_evidence *evidence)
{
    cst_verdict verdict = {.fate = CST_FATE_UNKNOWN};
    cst_fate said;
    receipt_class receipt = read_receipt(evidence->receipt, &said);
    word_of_slurm heard = hear(evidence->seen);
    bool usable = heard.row && !heard.behind;
    if (receipt == RECEIPT_DONE) {
        verdict.fate = said;
        weigh_done(&verdict, &heard);
    } else if (receipt != RECEIPT_NONE && usable && heard.state &&
               heard.state->phase != CST_PHASE_ELSEWHERE) {
        weigh_undone(&verdict, evidence, &heard, receipt);
    } else if (receipt != RECEIPT_NONE) {
        judge_receipt(&verdict, evidence, &heard, receipt);
    } else if (usable) {
        judge_row(&verdict, evidence, &heard);
    } else if (heard.absent) {
        count_down(&verdict, evidence, 0);
    } /* else nothing is known: the clock does not run */
    verdict.source = usable ? heard.source : CST_SOURCE_COUNT;
    if (usable && verdict.failure == CST_FAILURE_INFRASTRUCTURE)
        verdict.nodes = heard.row->nodes;
    explain(&verdict, evidence, &heard);
    return verdict;
}

json_t *cst_verdict_json(const cst_verdict *verdict, const cst_sighting *seen)
{
    bool has_row = verdict->source < CST_SOURCE_COUNT;
    return json_pack(
        "{s:s, s:s, s:b, s:b, s:s*, s:s*, s:s, s:s*}", "fate", cst_fate_word(verdict->fate),
        "failure", cst_failure_word(verdict->failure), "suspect", verdict->suspect, "held",
        verdict->held, "source", has_row ? cst_source_name(verdict->source) : NULL, "state",
        has_row ? seen[verdict->source].state : NULL, "why", verdict->why, "nodes", verdict->nodes);
}
