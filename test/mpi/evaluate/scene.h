/* scene.h - scored rows made for the gate's tests, deterministic in their seed */
#ifndef CST_TEST_SCENE_H
#define CST_TEST_SCENE_H

#include "test/unit/test.h"

#include "config/json.h"
#include "evaluate/gate.h"
#include "evaluate/metrics.h"
#include "exact/elementary.h"
#include "exact/random.h"

enum { SCENE_ROWS = 4096, SCENE_SLICES = 19 };

/** Arrays behind a cst_scored. */
typedef struct {
    double label[SCENE_ROWS], score[SCENE_ROWS], against[SCENE_ROWS];
    int64_t day[SCENE_ROWS];
    uint8_t member[SCENE_SLICES][SCENE_ROWS];
    const uint8_t *members[SCENE_SLICES];
    const char *names[SCENE_SLICES];
    cst_scored scored;
} scene;

/* Nearly normal, mean 0, variance 1: the sum of twelve uniforms would be too dear. */
static inline double scene_noise(uint64_t seed, uint64_t at)
{
    cst_random r = cst_random_at(seed, CST_STREAM_INITIAL, 0, at);
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += r.word[i] * 0x1p-32 - 0.5;
    return sum * 1.7320508075688772; /* four uniforms have variance 4/12 */
}

/** days × rows_a_day rows; on each day either model hits the signal as well as that day lets it,
 *  by luck of its own: so rows of a day depend on each other. gain and champion_gain are the mean
 *  strengths of the signal in the two scores; equal ones make equal models. */
static inline void scene_fill(scene *s, uint64_t seed, size_t days, size_t rows_a_day, double gain,
                              double champion_gain)
{
    size_t rows = days * rows_a_day;
    for (size_t r = 0; r < rows; r++) {
        size_t day = r / rows_a_day;
        uint64_t at = 8 * r;
        double signal = cst_random_unit(seed, CST_STREAM_SPLIT, 0, r) < 0.5 ? -0.5 : 0.5;
        double luck = 0.6 * scene_noise(seed, 8 * (SCENE_ROWS + day));
        double champion_luck = 0.6 * scene_noise(seed, 8 * (SCENE_ROWS + day) + 1);
        s->label[r] = signal > 0;
        s->day[r] = (int64_t)day + 15800;
        s->score[r] = cst_sigmoid((gain + luck) * signal + 0.5 * scene_noise(seed, at));
        s->against[r] =
            cst_sigmoid((champion_gain + champion_luck) * signal + 0.5 * scene_noise(seed, at + 1));
    }
    s->scored = (cst_scored){.rows = rows,
                             .label = s->label,
                             .score = s->score,
                             .against = s->against,
                             .cluster = s->day,
                             .classification = true};
}

/** Every row into one of slices slices. */
static inline void scene_slice(scene *s, size_t slices)
{
    static const char *const names[SCENE_SLICES] = {"a", "b", "c", "d", "e", "f", "g",
                                                    "h", "i", "j", "k", "l", "m", "n",
                                                    "o", "p", "q", "r", "s"};
    memset(s->member, 0, sizeof s->member);
    for (size_t r = 0; r < s->scored.rows; r++)
        s->member[r % slices][r] = 1;
    for (size_t i = 0; i < slices; i++) {
        s->members[i] = s->member[i];
        s->names[i] = names[i];
    }
    s->scored.slices = slices;
    s->scored.slice_member = s->members;
    s->scored.slice_name = s->names;
}

static inline json_t *scene_options(const cst_option *table, const char *text)
{
    cst_error err = CST_ERROR_INIT;
    json_t *raw = NULL, *checked = NULL;
    assert_ok(cst_json_parse(&raw, text, strlen(text), "test", &err));
    assert_ok(cst_option_check(&checked, raw, NULL, "test", table, &err));
    json_decref(raw);
    return checked;
}

static const cst_gate_facts scene_facts = {.disjoint = true,
                                           .disjoint_why = "the test rows are newer",
                                           .golden = true,
                                           .model_bytes = NAN,
                                           .row_seconds = NAN};

#endif
