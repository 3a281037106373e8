/* command.c - command lines and what --help prints */
#include "test/unit/test.h"

#include "config/command.h"
#include "config/json.h"

static const cst_option options[] = {
    {.name = "dataset",
     .type = CST_OPTION_STRING,
     .help = "the dataset",
     .metavar = "NAME",
     .flags = CST_OPTION_REQUIRED},
    {.name = "append_to",
     .type = CST_OPTION_STRING,
     .help = "the snapshot to add to",
     .metavar = "SNAPSHOT"},
    {.name = "limit",
     .type = CST_OPTION_INT,
     .fallback = "10",
     .help = "at most",
     .min = 1,
     .max = 100},
    {.name = "deep", .type = CST_OPTION_BOOL, .fallback = "true", .help = "look at everything"},
    {.name = "set",
     .type = CST_OPTION_STRING,
     .help = "set a key",
     .metavar = "KEY=VALUE",
     .flags = CST_OPTION_MANY},
    {.name = "join",
     .type = CST_OPTION_LIST,
     .help = "a joined dataset",
     .flags = CST_OPTION_MANY,
     .keys = (const cst_option[]){{.name = "join", .type = CST_OPTION_STRING}, {.name = NULL}}},
    {.name = "attempt", .type = CST_OPTION_STRING, .flags = CST_OPTION_HIDDEN},
    {.name = "files",
     .type = CST_OPTION_STRING,
     .help = "the files",
     .metavar = "FILE",
     .flags = CST_OPTION_POSITIONAL | CST_OPTION_MANY | CST_OPTION_REQUIRED},
    {.name = NULL},
};

static const cst_command command = {
    .name = "ingest",
    .summary = "add files to a dataset as a new snapshot",
    .description = "A paragraph that is long enough that it has to be broken somewhere in the "
                   "middle, since a terminal has eighty columns.",
    .options = options,
    .example = "capstan ingest --dataset flights a.csv",
    .statuses = "0  done\n99  nothing new",
};

static cst_code parse(json_t **out, char *const *arguments, cst_error *err)
{
    int count = 0;
    while (arguments[count])
        count++;
    return cst_command_parse(out, &command, count, arguments, err);
}

#define ARGUMENTS(...) ((char *[]){__VA_ARGS__, NULL})

static void options_and_arguments_may_be_mixed(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *map = NULL;
    assert_ok(parse(&map,
                    ARGUMENTS("a.csv", "--dataset", "flights", "--append-to=flights@2", "b.csv",
                              "--limit=7", "--no-deep", "--set", "a=1", "--set=b=2", "--json", "--",
                              "--c.csv"),
                    &err));
    assert_string_equal(cst_get_string(map, "dataset", ""), "flights");
    assert_string_equal(cst_get_string(map, "append_to", ""), "flights@2");
    assert_int_equal(cst_get_int(map, "limit", 0), 7);
    assert_false(cst_get_bool(map, "deep", true));
    assert_true(cst_get_bool(map, "json", false));
    assert_false(cst_get_bool(map, "quiet", true));
    assert_string_equal(cst_get_string(map, "progress", ""), "auto");
    const json_t *files = json_object_get(map, "files");
    assert_int_equal(json_array_size(files), 3);
    assert_string_equal(json_string_value(json_array_get(files, 2)), "--c.csv");
    const json_t *set = json_object_get(map, "set");
    assert_string_equal(json_string_value(json_array_get(set, 1)), "b=2");
    json_decref(map);
}

static void a_list_is_given_one_by_one(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *map = NULL;
    assert_ok(parse(&map, ARGUMENTS("--dataset=d", "f", "--join", "a=a@1", "--join=b=b@2"), &err));
    const json_t *joins = json_object_get(map, "join");
    assert_int_equal(json_array_size(joins), 2);
    assert_string_equal(json_string_value(json_array_get(joins, 1)), "b=b@2");
    json_decref(map);
}

static void text_stays_text_whatever_it_looks_like(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *map = NULL;
    assert_ok(parse(&map, ARGUMENTS("--dataset", "007", "1.50"), &err));
    assert_string_equal(cst_get_string(map, "dataset", ""), "007");
    assert_string_equal(json_string_value(json_array_get(json_object_get(map, "files"), 0)),
                        "1.50");
    json_decref(map);
}

static void a_wrong_command_line_is_named(void **state)
{
    (void)state;
    static const struct {
        char *arguments[5];
        const char *words;
    } row[] = {
        {{"--dateset", "x", "f"}, "unknown option --dateset; did you mean --dataset?"},
        {{"--append_too=3"}, "unknown option --append_too; did you mean --append-to?"},
        {{"--zzzzzzzzzz"}, "unknown option --zzzzzzzzzz; see --help"},
        {{"-q", "f"}, "unknown option -q"},
        {{"--dataset"}, "--dataset: its value is missing"},
        {{"--dataset", "x", "--dataset=y", "f"}, "--dataset is given twice"},
        {{"--dataset", "x"}, "FILE: missing"},
        {{"f"}, "--dataset: missing: the dataset"},
        {{"--dataset=x", "f", "--limit=many"}, "--limit: expected an integer, found \"many\""},
        {{"--dataset=x", "f", "--limit=0"}, "--limit: expected an integer from 1 to 100, found 0"},
        {{"--dataset=x", "f", "--deep=no"}, "--deep takes no value"},
        {{"--dataset=x", "f", "--progress=br"},
         "--progress: \"br\" is none of auto, bar, log, "
         "none; did you mean \"bar\"?"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        cst_error err = CST_ERROR_INIT;
        json_t *map = NULL;
        assert_fails(parse(&map, row[i].arguments, &err), CST_USAGE, row[i].words);
        assert_null(map);
    }
}

static void an_argument_too_many_is_one(void **state)
{
    (void)state;
    static const cst_option one[] = {
        {.name = "model", .type = CST_OPTION_STRING, .flags = CST_OPTION_POSITIONAL},
        {.name = NULL}};
    static const cst_command show = {.name = "show", .summary = "show", .options = one};
    cst_error err = CST_ERROR_INIT;
    json_t *map = NULL;
    assert_fails(cst_command_parse(&map, &show, 2, ARGUMENTS("a", "b"), &err), CST_USAGE,
                 "an argument too many: \"b\"");
}

static void help_and_version_need_nothing_else(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *map = NULL;
    assert_ok(parse(&map, ARGUMENTS("--rubbish", "--help"), &err));
    assert_true(cst_get_bool(map, "help", false));
    json_decref(map);
    assert_ok(parse(&map, ARGUMENTS("--version"), &err));
    assert_true(cst_get_bool(map, "version", false));
    json_decref(map);
    assert_fails(parse(&map, ARGUMENTS("--", "--help"), &err), CST_USAGE, "--dataset: missing");
}

static void help_says_everything_within_eighty_columns(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_text out = CST_TEXT_INIT;
    assert_ok(cst_command_help(&out, &command, "capstan ingest", &err));
    static const char *const words[] = {
        "Usage: capstan ingest [OPTION…] --dataset NAME FILE…\n",
        "add files to a dataset as a new snapshot\n",
        "  --append-to SNAPSHOT      the snapshot to add to\n",
        "  --limit N                 at most (default 10)\n",
        "  --no-deep                 look at everything\n",
        "  --set KEY=VALUE           set a key; may be given several times\n",
        "Arguments:\n  FILE                      the files (required)\n",
        "  --progress MODE           how progress is shown: auto, bar, log, none (default\n",
        "Example:\n  capstan ingest --dataset flights a.csv\n",
        "Exit codes:\n  0  done\n  99  nothing new\n",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strstr(out.data, words[i]))
            fail_msg("\"%s\" is not in:\n%s", words[i], out.data);
    assert_null(strstr(out.data, "attempt"));
    for (const char *line = out.data; *line;) {
        size_t length = strcspn(line, "\n");
        int columns = 0;
        for (size_t i = 0; i < length; i++)
            columns += ((unsigned char)line[i] & 0xc0) != 0x80;
        assert_true(columns <= 80);
        line += length + (line[length] != '\0');
    }
    cst_text_free(&out);
}

static void a_command_describes_itself(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    json_t *about = cst_command_describe(&command, &err);
    assert_non_null(about);
    assert_string_equal(cst_get_string(about, "name", ""), "ingest");
    const json_t *rows = json_object_get(about, "options");
    assert_int_equal(json_array_size(rows), 7); /* the hidden one is not told */
    const json_t *limit = json_array_get(rows, 2);
    assert_string_equal(cst_get_string(limit, "usage", ""), "--limit N");
    assert_string_equal(cst_get_string(limit, "default", ""), "10");
    assert_true(cst_get_real(limit, "max", 0) == 100);
    json_decref(about);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_arguments_may_be_mixed),
        cmocka_unit_test(a_list_is_given_one_by_one),
        cmocka_unit_test(text_stays_text_whatever_it_looks_like),
        cmocka_unit_test(a_wrong_command_line_is_named),
        cmocka_unit_test(an_argument_too_many_is_one),
        cmocka_unit_test(help_and_version_need_nothing_else),
        cmocka_unit_test(help_says_everything_within_eighty_columns),
        cmocka_unit_test(a_command_describes_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
