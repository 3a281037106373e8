/* script.c - batch scripts from settings */
#include "test/unit/test.h"

#include <sys/wait.h>

#include "config/json.h"
#include "pipeline/script.h"

static json_t *parsed(const char *text)
{
    cst_error err = CST_ERROR_INIT;
    json_t *value = NULL;
    assert_ok(cst_json_parse(&value, text, strlen(text), "test", &err));
    return value;
}

typedef struct {
    json_t *slurm, *resources, *srun, *exclude;
    cst_script_run run;
    cst_script_job job;
} job_of_test;

static void begin(job_of_test *t, const char *slurm)
{
    t->slurm = parsed(slurm);
    t->resources = parsed("{\"ranks\": 8, \"nodes\": 2, \"threads\": 2, \"memory\": \"4G\", "
                          "\"time\": \"26h\", \"qos\": \"long\"}");
    t->srun = parsed("[\"srun\", \"--ntasks=8\"]");
    t->exclude = parsed("[\"n1\", \"n2\"]");
    t->run = (cst_script_run){.pipeline = "late",
                              .run = "R",
                              .registry = "/data/it's here",
                              .bin = "/opt/capstan/bin",
                              .driving = 3,
                              .slurm = t->slurm};
    t->job = (cst_script_job){
        .step = "train", .attempt = 2, .nonce = "abc", .resources = t->resources, .srun = t->srun};
}

static void end(job_of_test *t)
{
    json_decref(t->slurm);
    json_decref(t->resources);
    json_decref(t->srun);
    json_decref(t->exclude);
}

static void has_line(const cst_text *script, const char *line)
{
    char wanted[512];
    (void)snprintf(wanted, sizeof wanted, "\n%s\n", line);
    if (!strstr(script->data, wanted))
        fail_msg("no line \"%s\" in:\n%s", line, script->data);
}

static void settings_become_options_of_sbatch(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{\"account\": \"phys\", \"partition\": \"main\", \"qos\": \"short\", "
              "\"mail_user\": \"me\", \"extra\": [\"--exclusive\"], \"modules\": [\"openmpi\"], "
              "\"signal\": \"2m\", \"restarts\": 5}");
    t.job.restarts = true;
    t.job.exclude = t.exclude;
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    static const char *const lines[] = {
        "#SBATCH --job-name=capstan-R-train-abc",
        "#SBATCH --comment=abc",
        "#SBATCH --output=\"/data/it's here/runs/R/train/attempt-2/log\"",
        "#SBATCH --nodes=2",
        "#SBATCH --ntasks=8",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --mem=4G",
        "#SBATCH --time=1-02:00:00",
        "#SBATCH --account=phys",
        "#SBATCH --partition=main",
        "#SBATCH --qos=long",
        "#SBATCH --mail-user=me",
        "#SBATCH --exclusive",
        "#SBATCH --exclude=n1,n2",
        "#SBATCH --requeue",
        "#SBATCH --signal=USR1@120",
        "set -euo pipefail",
        "module load openmpi",
        "export PATH=/opt/capstan/bin:$PATH",
        "capstan step R train --attempt 2 --registry '/data/it'\\''s here' -- srun --ntasks=8 || "
        "status=$?",
        "    [ ! -e pipeline/attempt-3/cancel.json ] &&",
        "    [ \"$(squeue -h -j \"$SLURM_JOB_ID\" -o %T)\" = RUNNING ]; then",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        has_line(&script, lines[i]);
    cst_text_free(&script);
    end(&t);
}

static void a_short_job_is_warned_in_the_last_quarter_of_its_time(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{\"signal\": \"5m\"}");
    t.job.restarts = true;
    json_object_set_new(t.resources, "time", json_string("4m"));
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    has_line(&script, "#SBATCH --signal=USR1@60");
    cst_text_free(&script);
    end(&t);
}

static void a_job_whose_time_the_partition_gives_is_not_warned(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{\"signal\": \"5m\"}");
    t.job.restarts = true;
    json_object_del(t.resources, "time");
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    has_line(&script, "#SBATCH --requeue");
    assert_null(strstr(script.data, "--signal")); /* it may be shorter than the lead */
    cst_text_free(&script);
    end(&t);
}

static void what_does_not_checkpoint_is_not_requeued(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{\"signal\": \"2m\"}");
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    has_line(&script, "#SBATCH --no-requeue");
    assert_null(strstr(script.data, "scontrol"));
    assert_null(strstr(script.data, "--signal"));
    cst_text_free(&script);
    end(&t);
}

static void a_step_without_ranks_asks_for_one_task(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{}");
    t.job.srun = NULL;
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    has_line(&script, "#SBATCH --ntasks=1");
    assert_null(strstr(script.data, "--nodes"));
    assert_null(strstr(script.data, " -- "));
    cst_text_free(&script);
    end(&t);
}

/* As sbatch takes them apart: \ before what is meant as it stands, %% for % in --output. */
static void a_registry_may_lie_anywhere(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{}");
    t.run.registry = "/data/50% \"here\"";
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    has_line(&script, "#SBATCH --chdir=\"/data/50% \\\"here\\\"/runs/R\"");
    has_line(&script, "#SBATCH --output=\"/data/50%% \\\"here\\\"/runs/R/train/attempt-2/log\"");
    cst_text_free(&script);
    end(&t);
}

static void what_a_job_is_found_by_is_no_setting(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "--job-name=mine",        "-J mine", "-Jmine",      "--requeue",
        "--dependency=afterok:7", "--wait",  "--array=1-3",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_text script = CST_TEXT_INIT;
        char slurm[128];
        (void)snprintf(slurm, sizeof slurm, "{\"extra\": [\"--nice=7\", \"%s\"]}", wrong[i]);
        job_of_test t;
        begin(&t, slurm);
        assert_fails(cst_script_step(&script, &t.run, &t.job, &err), CST_USAGE, "set by capstan");
        cst_text_free(&script);
        end(&t);
    }
}

static void a_setting_cannot_put_a_command_into_the_script(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"account\": \"phys\\nrm -r /\"}",
        "{\"extra\": [\"--exclusive\\nrm -r /\"]}",
        "{\"extra\": [\"rm\"]}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        cst_text script = CST_TEXT_INIT;
        job_of_test t;
        begin(&t, wrong[i]);
        assert_int_equal(cst_script_step(&script, &t.run, &t.job, &err), CST_USAGE);
        cst_text_free(&script);
        end(&t);
    }
}

/* A shell that reads the script reads no commands but ours: bash -n. */
static void the_scripts_are_bash(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text script = CST_TEXT_INIT;
    job_of_test t;
    begin(&t, "{\"modules\": [\"a'b $(x)\"], \"restarts\": 5}");
    t.job.restarts = true;
    assert_ok(cst_script_step(&script, &t.run, &t.job, &err));
    assert_ok(cst_script_sentinel(&script, &t.run, &t.job, &err));
    has_line(&script, "module load 'a'\\''b $(x)'");
    FILE *bash = popen("bash -n", "w");
    assert_non_null(bash);
    assert_int_equal(fwrite(script.data, 1, script.size, bash), script.size);
    assert_int_equal(pclose(bash), 0);
    cst_text_free(&script);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_become_options_of_sbatch),
        cmocka_unit_test(a_job_whose_time_the_partition_gives_is_not_warned),
        cmocka_unit_test(a_short_job_is_warned_in_the_last_quarter_of_its_time),
        cmocka_unit_test(what_does_not_checkpoint_is_not_requeued),
        cmocka_unit_test(a_step_without_ranks_asks_for_one_task),
        cmocka_unit_test(a_setting_cannot_put_a_command_into_the_script),
        cmocka_unit_test(a_registry_may_lie_anywhere),
        cmocka_unit_test(what_a_job_is_found_by_is_no_setting),
        cmocka_unit_test(the_scripts_are_bash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
