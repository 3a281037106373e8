/* train.c - the one training loop: rounds of local, merge, advance */
#include "train/train.h"

#include <math.h>

#include "base/clock.h"
#include "config/json.h"
#include "train/control.h"

static cst_code record_losses(json_t *metrics, const cst_standing *standing, cst_error *err)
{
    json_t *entry = json_object();
    cst_code rc = cst_json_append(metrics, entry, err);
    if (rc == CST_OK)
        rc = cst_json_put(entry, "step", json_integer(standing->step), err);
    if (rc == CST_OK)
        rc = cst_json_put(entry, "training_loss", cst_json_real(standing->training_loss), err);
    if (rc == CST_OK && !isnan(standing->validation_loss))
        rc = cst_json_put(entry, "validation_loss", cst_json_real(standing->validation_loss), err);
    return rc;
}

static void show(const cst_training_state *t, const cst_standing *standing)
{
    char note[64];
    bool validated = !isnan(standing->validation_loss);
    (void)snprintf(note, sizeof note, "%s loss %.5f", validated ? "validation" : "training",
                   validated ? standing->validation_loss : standing->training_loss);
    cst_log_progress(t->log, t->learner->name, (double)standing->step, (double)standing->steps,
                     isnan(standing->training_loss) ? NULL : note);
}

/* After a merge: go on, note where the fit stands, look at the rows for the next round. */
static cst_code advance(cst_training_state *t, bool *stepped, cst_error *err)
{
    cst_code rc = t->learner->advance(t->fit, &t->done, err);
    if (rc != CST_OK)
        return rc;
    cst_standing standing = t->learner->standing(t->fit);
    show(t, &standing);
    *stepped = !isnan(standing.training_loss) && standing.step != t->standing.step;
    if (*stepped) {
        t->standing = standing;
        rc = record_losses(t->metrics, &standing, err);
    }
    return rc == CST_OK && !t->done ? t->learner->local(t->fit, err) : rc;
}

/* From the start, or from a checkpoint. Collective. */
static cst_code begin(cst_training_state *t, const cst_task *task, cst_error *err)
{
    t->metrics = json_array();
    cst_code rc =
        t->metrics ? t->learner->begin(&t->fit, task, err) : cst_error_nomem(err, "metrics");
    rc = cst_comm_agree(t->comm, rc, err);
    if (rc == CST_OK)
        rc = cst_control_resume(t, err);
    t->stepped = t->kept = cst_clock_elapsed();
    return rc;
}

/* Until it is done or the limit is reached. Collective. */
static cst_code go_on(cst_training_state *t, cst_error *err)
{
    bool end = t->done || cst_control_limit_reached(t);
    cst_code rc = end ? CST_OK : cst_comm_agree(t->comm, t->learner->local(t->fit, err), err);
    while (rc == CST_OK && !end) {
        bool stepped = false;
        cst_mergeable state = t->learner->state(t->fit);
        if ((rc = cst_comm_merge(t->comm, &state, err)) == CST_OK)
            rc = cst_comm_agree(t->comm, advance(t, &stepped, err), err);
        if (rc == CST_OK && (stepped || t->done))
            rc = cst_control_step(t, &end, err);
    }
    return rc;
}

static cst_code take_model(cst_trained *out, const cst_training_state *t, cst_error *err)
{
    cst_code rc = cst_tensors_new(&out->model, err);
    if (rc == CST_OK)
        rc = t->learner->save(t->fit, out->model, err);
    if (rc == CST_OK && !(out->resolved = t->learner->resolved(t->fit, err)))
        rc = CST_NOMEM;
    return rc;
}

cst_code cst_train(cst_trained *out, cst_comm *comm, const cst_learner *learner,
                   const cst_task *task, const cst_train_control *control, cst_log *log,
                   cst_error *err)
{
    cst_training_state t = {
        .comm = comm, .learner = learner, .control = control, .log = log, .standing.step = -1};
    if (control)
        t.checkpoints =
            (cst_checkpoints){.folder = control->folder, .recipe = &control->recipe, .log = log};
    *out = (cst_trained){0};
    cst_code rc = begin(&t, task, err);
    if (rc == CST_OK)
        rc = go_on(&t, err);
    cst_log_progress_end(log);
    if (rc == CST_OK && t.done)
        rc = cst_comm_agree(comm, take_model(out, &t, err), err);
    if (rc == CST_OK) {
        out->done = t.done;
        out->metrics = t.metrics;
        out->standing = t.standing;
        t.metrics = NULL;
    } else {
        cst_trained_free(out);
    }
    json_decref(t.metrics);
    if (t.fit)
        learner->end(t.fit);
    return rc;
}

void cst_trained_free(cst_trained *trained)
{
    cst_tensors_free(trained->model);
    json_decref(trained->metrics);
    json_decref(trained->resolved);
    *trained = (cst_trained){0};
}
