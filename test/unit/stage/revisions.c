/* revisions.c - step keys and manifests speak of the same revision of a stage */
#include "test/unit/test.h"

#include "stage/stage.h"

static void a_stages_command_carries_its_revision(void **state)
{
    (void)state;
    const cst_stage_kind *const stages[] = {&cst_stage_ingest,   &cst_stage_validate,
                                            &cst_stage_prepare,  &cst_stage_train,
                                            &cst_stage_evaluate, &cst_stage_monitor};
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++) {
        assert_true(stages[i]->revision > 0);
        assert_int_equal(stages[i]->command->revision, stages[i]->revision);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stages_command_carries_its_revision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
