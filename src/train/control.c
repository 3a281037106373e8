/* control.c - between two steps of a training: is it to be kept, is it to stop? */
#include "train/control.h"

#include <math.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/stop.h"
#include "config/json.h"

/* What is to happen after a step. Ranks agree on the largest. */
typedef enum { GO_ON, KEEP, STOP } wish;

static const double second = 1e6; /* microseconds */

/* ---------------------------------------------------------------------- a checkpoint's metadata */

static cst_code put_json(cst_tensors *out, const char *key, const json_t *value, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = value ? cst_json_canonical(&text, value, err) : cst_error_nomem(err, key);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(out, key, text.data, err);
    cst_text_free(&text);
    return rc;
}

static cst_code get_json(json_t **out, const cst_tensors *from, const char *key, cst_error *err)
{
    const char *text = cst_tensors_text(from, key);
    return text ? cst_json_parse(out, text, strlen(text), key, err)
                : cst_error_set(err, CST_INVALID, "the checkpoint has no %s", key);
}

/* Where it stands: all that the loop itself must know to go on. */
static cst_code describe(cst_tensors *out, const cst_training_state *t, cst_error *err)
{
    const cst_standing *at = &t->standing;
    json_t *standing = json_pack("{s:I, s:I, s:b, s:o, s:o}", "step", (json_int_t)at->step, "steps",
                                 (json_int_t)at->steps, "done", t->done, "training_loss",
                                 cst_json_real(at->training_loss), "validation_loss",
                                 cst_json_real(at->validation_loss));
    cst_code rc = put_json(out, "standing", standing, err);
    if (rc == CST_OK)
        rc = put_json(out, "metrics", t->metrics, err);
    json_decref(standing);
    return rc;
}

static double loss_of(const json_t *standing, const char *key)
{
    const json_t *loss = json_object_get(standing, key);
    return json_is_number(loss) ? json_number_value(loss) : NAN;
}

static cst_code take_up(cst_training_state *t, const cst_tensors *from, cst_error *err)
{
    json_t *standing = NULL;
    json_t *metrics = NULL;
    cst_code rc = get_json(&standing, from, "standing", err);
    if (rc == CST_OK)
        rc = get_json(&metrics, from, "metrics", err);
    if (rc == CST_OK)
        rc = t->learner->restore(t->fit, from, err);
    if (rc == CST_OK) {
        t->standing =
            (cst_standing){.step = json_integer_value(json_object_get(standing, "step")),
                           .steps = json_integer_value(json_object_get(standing, "steps")),
                           .training_loss = loss_of(standing, "training_loss"),
                           .validation_loss = loss_of(standing, "validation_loss")};
        t->done = json_is_true(json_object_get(standing, "done"));
        json_decref(t->metrics);
        t->metrics = json_incref(metrics);
    }
    json_decref(standing);
    json_decref(metrics);
    return rc;
}

/* -------------------------------------------------------------------------------------- resuming
 */

/* The newest of the training's own folder and of the one it may begin with. Rank 0. */
static cst_code find(cst_text *out, cst_training_state *t, cst_error *err)
{
    cst_text other = CST_TEXT_INIT;
    int64_t step = -1;
    int64_t others = -1;
    cst_checkpoints also = {
        .folder = t->control->also, .recipe = &t->control->recipe, .log = t->log};
    cst_code rc = cst_checkpoint_find(out, &step, &t->checkpoints, err);
    if (rc == CST_OK && also.folder)
        rc = cst_checkpoint_find(&other, &others, &also, err);
    if (rc == CST_OK && others > step) {
        cst_text own = *out;
        *out = other;
        other = own;
    }
    cst_text_free(&other);
    return rc;
}

/* Take up a checkpoint that every rank has. One that verifies and yet does not fit is told of, not
 * passed over: somebody has changed the program and not its revision. Local. */
static cst_code take_up_bytes(cst_training_state *t, const void *bytes, size_t size, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    cst_tensors *tensors = NULL;
    cst_code rc = cst_tensors_decode(&tensors, bytes, size, "the checkpoint", &why);
    if (rc == CST_OK)
        rc = take_up(t, tensors, &why);
    cst_tensors_free(tensors);
    return rc == CST_OK ? rc
                        : cst_error_set(err, rc,
                                        "the newest checkpoint in %s does not fit this training: "
                                        "%s; remove it, or leave out --resume",
                                        t->control->folder, why.text);
}

cst_code cst_control_resume(cst_training_state *t, cst_error *err)
{
    cst_text found = CST_TEXT_INIT;
    if (!t->control || !t->control->resume)
        return CST_OK;
    cst_code rc = t->comm->rank == 0 ? find(&found, t, err) : CST_OK;
    rc = cst_comm_agree(t->comm, rc, err);
    void *bytes = found.data;
    size_t size = found.size;
    if (rc == CST_OK)
        rc = cst_comm_share(t->comm, &bytes, &size, err);
    if (rc == CST_OK && size)
        rc = cst_comm_agree(t->comm, take_up_bytes(t, bytes, size, err), err);
    if (rc == CST_OK && size)
        cst_log_info(t->log, "resumed from a checkpoint of step %lld", (long long)t->standing.step);
    if (t->comm->rank != 0)
        free(bytes);
    cst_text_free(&found);
    return rc;
}

/* ---------------------------------------------------------------------------------- after a step
 */

/* The time that is left must do for another step and its checkpoint. */
static bool time_is_up(const cst_training_state *t)
{
    static const double least = 10; /* seconds */
    double lead = 2 * t->longest > least ? 2 * t->longest : least;
    return t->control->stop_at > 0 &&
           (double)t->control->stop_at - (double)cst_clock_now() / second < lead;
}

/* What this rank has to say: any may have got a signal, rank 0 alone watches the clock. Local. */
static wish wish_of(const cst_training_state *t, double now)
{
    if (cst_stop_signal())
        return STOP;
    if (t->comm->rank != 0)
        return GO_ON;
    if (time_is_up(t))
        return STOP;
    return (now - t->kept) * second >= (double)t->control->interval ? KEEP : GO_ON;
}

/* Rank 0. */
static cst_code write_checkpoint(cst_training_state *t, cst_error *err)
{
    cst_tensors *tensors = NULL;
    cst_code rc = cst_tensors_new(&tensors, err);
    if (rc == CST_OK)
        rc = t->learner->checkpoint(t->fit, tensors, err);
    if (rc == CST_OK)
        rc = describe(tensors, t, err);
    if (rc == CST_OK)
        rc = cst_checkpoint_write(&t->checkpoints, t->standing.step, tensors, err);
    cst_tensors_free(tensors);
    return rc;
}

/* A checkpoint that somebody counts on must stand; one that was only due is tried again later.
 * Collective. */
static cst_code keep(cst_training_state *t, bool counted_on, cst_error *err)
{
    cst_error why = CST_ERROR_INIT;
    cst_code rc = t->comm->rank == 0 ? write_checkpoint(t, &why) : CST_OK;
    t->kept = cst_clock_elapsed();
    if (counted_on)
        return cst_comm_agree(t->comm, rc == CST_OK ? rc : cst_error_set(err, rc, "%s", why.text),
                              err);
    if (rc != CST_OK)
        cst_log_warn(t->log, "no checkpoint of step %lld: %s", (long long)t->standing.step,
                     why.text);
    return CST_OK;
}

static cst_code stopped(const cst_training_state *t, cst_error *err)
{
    int number = cst_stop_signal();
    char why[64] = "little time is left";
    if (number)
        (void)snprintf(why, sizeof why, "signal %d (%s)", number, strsignal(number));
    return cst_error_set(err, CST_STOPPED,
                         "stopped after step %lld of %lld: %s; its checkpoint is in %s, --resume "
                         "goes on from there",
                         (long long)t->standing.step, (long long)t->standing.steps, why,
                         t->control->folder);
}

bool cst_control_limit_reached(const cst_training_state *t)
{
    return t->control && t->control->limit > 0 && t->standing.step >= t->control->limit;
}

cst_code cst_control_step(cst_training_state *t, bool *end, cst_error *err)
{
    const cst_train_control *control = t->control;
    *end = t->done || cst_control_limit_reached(t);
    if (!control || (*end && !control->limit))
        return CST_OK;
    if (*end)
        return keep(t, true, err);
    double now = cst_clock_elapsed();
    int64_t wanted = wish_of(t, now);
    cst_code rc = cst_comm_max(t->comm, &wanted, err);
    if (rc == CST_OK && wanted != GO_ON)
        rc = keep(t, wanted == STOP, err);
    if (rc == CST_OK && wanted == STOP)
        rc = stopped(t, err);
    double took = cst_clock_elapsed() - t->stepped;
    t->longest = took > t->longest ? took : t->longest;
    t->stepped += took;
    return rc;
}
