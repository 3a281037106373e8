/* decide.c - what a driver does next about a run on Slurm */
#include "chain/decide.h"

#include <stdarg.h>

static void say(cst_chain_decision *decision, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(cst_chain_decision *decision, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(decision->why, sizeof decision->why, format, list);
    va_end(list);
}

static bool is_done(const cst_chain_step *step)
{
    return step->submitted && step->sent &&
           (step->verdict.fate == CST_FATE_DONE || step->verdict.fate == CST_FATE_SKIPPED);
}

static cst_chain_decision finish(const cst_chain_step *step, size_t index, cst_code code)
{
    cst_chain_decision decision = {.act = CST_CHAIN_FINISH, .step = index, .code = code};
    const char *message = step->message && *step->message ? step->message : step->verdict.why;
    say(&decision, "%s: %s", step->id, message);
    return decision;
}

/* Is it in the queue as it should be, behind the step before it as that stands now? */
static bool is_in_place(const cst_chain_step *step)
{
    bool never = step->sent && step->verdict.fate == CST_FATE_FAILED &&
                 step->verdict.failure == CST_FAILURE_DEPENDENCY;
    return step->submitted && step->in_order && !never;
}

/* Behind a head that is well: the first step that is not in its place. One that has failed in
 * another way ends the run, or is mended, when it is the head: nothing can wait for it before. */
static cst_chain_decision decide_tail(const cst_chain_step *steps, size_t count, size_t head)
{
    cst_chain_decision decision = {.act = CST_CHAIN_WAIT, .step = head};
    say(&decision, "%s: %s", steps[head].id, steps[head].verdict.why);
    for (size_t i = head; i + 1 < count; i++) {
        const cst_chain_step *next = &steps[i + 1];
        if (!is_in_place(next)) {
            decision.act = CST_CHAIN_SUBMIT;
            decision.step = i + 1;
            say(&decision, "%s: submitted behind %s", next->id, steps[i].id);
            return decision;
        }
        if (!next->sent && !next->sender_at_work) {
            decision.act = CST_CHAIN_SEND;
            decision.step = i + 1;
        }
        if (!next->sent || next->verdict.fate == CST_FATE_FAILED)
            return decision;
    }
    return decision;
}

/* What each failure asks for; false where another try cannot help. */
static bool can_retry(cst_chain_decision *decision, const cst_chain_step *step)
{
    switch (step->verdict.failure) {
    case CST_FAILURE_INFRASTRUCTURE:
        decision->exclude = true;
        return true;
    case CST_FAILURE_TIMEOUT:
        decision->more_time = step->time_known;
        if (!step->advanced)
            say(decision,
                "%s: it reached its time limit and wrote no checkpoint meanwhile: give it more "
                "with resources.%s.time",
                step->id, step->id);
        return step->advanced;
    case CST_FAILURE_MEMORY:
        decision->more_memory = step->memory_known;
        if (!step->memory_known || step->memory_most)
            say(decision, "%s: it ran out of memory%s: give it more with %s", step->id,
                step->memory_known ? ", with the most that a retry may ask for" : "",
                step->memory_known ? "slurm.most_memory" : "resources:");
        return step->memory_known && !step->memory_most;
    case CST_FAILURE_KILLED:
    case CST_FAILURE_LOST:
    case CST_FAILURE_CODE:
        return true;
    case CST_FAILURE_NONE:
    case CST_FAILURE_CANCELLED:
    case CST_FAILURE_DEADLINE:
    case CST_FAILURE_DEPENDENCY:
        break;
    }
    return false;
}

static cst_chain_decision decide_failed(const cst_chain_step *step, size_t index,
                                        const cst_chain_rules *rules)
{
    cst_failure failure = step->verdict.failure;
    cst_chain_decision decision = {.act = CST_CHAIN_SUBMIT, .step = index};
    if (failure == CST_FAILURE_DEPENDENCY) { /* it never began: what it waited for is done now */
        say(&decision, "%s: submitted again: %s", step->id, step->verdict.why);
        return decision;
    }
    if (failure == CST_FAILURE_CANCELLED && !step->in_order) {
        /* by a driver that had something newer for it to wait for, and did not get that far */
        say(&decision, "%s: submitted again: what it waited for was too", step->id);
        return decision;
    }
    if (failure == CST_FAILURE_CANCELLED) {
        decision = finish(step, index, CST_STOPPED);
        return decision;
    }
    bool possible = can_retry(&decision, step);
    if (possible && step->retries[failure] < rules->budget[failure]) {
        decision.retried = failure;
        say(&decision, "%s: %s; retry %d of %d (%s)", step->id, step->verdict.why,
            step->retries[failure] + 1, rules->budget[failure], cst_failure_word(failure));
        return decision;
    }
    cst_chain_decision end = finish(step, index, step->code);
    if (!possible && *decision.why)
        (void)snprintf(end.why, sizeof end.why, "%s", decision.why);
    else if (step->retries[failure] > 0)
        say(&end, "%s: %s; all %d retries (%s) were spent", step->id, step->verdict.why,
            rules->budget[failure], cst_failure_word(failure));
    return end;
}

static cst_chain_decision decide_head(const cst_chain_step *steps, size_t count, size_t head,
                                      const cst_chain_rules *rules)
{
    const cst_chain_step *step = &steps[head];
    cst_chain_decision decision = {.act = CST_CHAIN_SUBMIT, .step = head};
    say(&decision, "%s: submitted", step->id);
    if (!step->submitted)
        return decision;
    if (!step->sent) {
        decision.act = step->sender_at_work ? CST_CHAIN_WAIT : CST_CHAIN_SEND;
        say(&decision, "%s: its submission is published, its job not known yet", step->id);
        return decision;
    }
    switch (step->verdict.fate) {
    case CST_FATE_PENDING:
    case CST_FATE_RUNNING:
        return decide_tail(steps, count, head);
    case CST_FATE_UNKNOWN:
        decision.act = CST_CHAIN_WAIT;
        say(&decision, "%s: %s", step->id, step->verdict.why);
        return decision;
    case CST_FATE_REFUSED:
        return finish(step, head, CST_REFUSED);
    case CST_FATE_STOPPED:
        if (!step->own)
            return decision;
        return finish(step, head, CST_STOPPED);
    case CST_FATE_FAILED:
        if (!step->own)
            return decision;
        return decide_failed(step, head, rules);
    case CST_FATE_DONE:
    case CST_FATE_SKIPPED:
        break;
    }
    decision.act = CST_CHAIN_WAIT;
    return decision;
}

cst_chain_decision cst_chain_decide(const cst_chain_step *steps, size_t count,
                                    const cst_chain_rules *rules)
{
    size_t head = 0;
    while (head < count && is_done(&steps[head]))
        head++;
    cst_chain_decision end = {.act = CST_CHAIN_FINISH, .step = count, .code = CST_SKIPPED};
    for (size_t i = 0; i < count; i++) /* something was made: else all was found done */
        if (steps[i].verdict.fate == CST_FATE_DONE)
            end.code = CST_OK;
    if (head == count)
        return end;
    if (rules->cancelled) {
        end.code = CST_STOPPED;
        say(&end, "cancelled: capstan resume goes on");
        return end;
    }
    return decide_head(steps, count, head, rules);
}
