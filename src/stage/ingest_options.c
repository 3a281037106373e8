/* ingest_options.c - the command line of ingest, and the section source: */
#include "source/source.h"
#include "stage/ingesting.h"
#include "stage/stage.h"

const cst_section cst_section_source = {
    .name = "source",
    .help = "where a dataset's files lie and how they are written",
    .keys = cst_source_options,
};

static const cst_option options[] = {
    {.name = "dataset",
     .type = CST_OPTION_STRING,
     .help = "the dataset to add to",
     .metavar = "NAME",
     .flags = CST_OPTION_REQUIRED},
    {.name = "schema",
     .type = CST_OPTION_STRING,
     .help = "what the columns are meant to be (default: schema of the pipeline file, else that of "
             "the snapshot added to, else inferred)",
     .metavar = "FILE"},
    {.name = "append_to",
     .type = CST_OPTION_STRING,
     .help = "the snapshot to add to, or none for a snapshot of the new rows alone (default: the "
             "newest that validate has not refused)",
     .metavar = "SNAPSHOT"},
    {.name = "file",
     .type = CST_OPTION_STRING,
     .help = "the files; files of the source: section where none is given",
     .metavar = "FILE",
     .flags = CST_OPTION_POSITIONAL | CST_OPTION_MANY},
    {.name = NULL},
};

const cst_command cst_command_ingest = {
    .name = "ingest",
    .summary = "add files to a dataset as a new snapshot",
    .description =
        "Reads CSV files and publishes a snapshot: the parts of the newest one, shared, and one "
        "new "
        "part of the rows that were read. Files whose content the snapshot holds already are not "
        "read again, so an ingestion that is repeated does no harm.\n\n"
        "Rows that cannot be read go to rejects.csv of the snapshot with file, line, byte and "
        "reason; more than reject_limit of them fail the ingestion. Columns of the schema that the "
        "files lack are missing in every row; validate says so.",
    .options = options,
    .example = "capstan ingest --ranks 2 --dataset flights landing/flights-2013-01.csv",
    .statuses = "0   done\n"
                "1   failed\n"
                "2   wrong usage, or a wrong pipeline file\n"
                "99  nothing to do: the snapshot holds these files already",
    .revision = CST_INGEST_REVISION,
};
