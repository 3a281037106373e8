/* ingesting.h - an ingestion under way, for the files of this stage */
#ifndef CST_STAGE_INGESTING_H
#define CST_STAGE_INGESTING_H

#include "source/source.h"
#include "stage/stage.h"
#include "store/part.h"

enum { CST_INGEST_REVISION = 1 };

/** Everything is the same on all ranks but the rows of the table. */
typedef struct {
    const cst_stage *stage;
    const json_t *spec; /* the source: section */
    const char *dataset;
    char **path; /* shape [paths] */
    size_t paths;
    cst_source *source;
    bool *left_out;    /* shape [files]: in the base already, or given twice */
    cst_version *base; /* or NULL */
    int64_t newest;    /* version of the dataset's newest snapshot; 0: there is none */
    cst_schema *schema;
    json_t *schema_json;
    cst_source_rows rows; /* without their table once the part is written */
    cst_part_written written;
    json_t *part;    /* its entry in the manifest; NULL while nothing has been read */
    json_t *profile; /* {"part", "profile"} */
} cst_ingesting;

/** The files to read: those of the command line, else what source.files matches. Collective. */
cst_code cst_ingesting_paths(cst_ingesting *in, cst_error *err);

/** Find the snapshot to add to: that of --append-to, else the newest one that validation has not
 *  refused, so that a broken file spoils nothing that comes after it. Collective. */
cst_code cst_ingesting_base(cst_ingesting *in, cst_error *err);

/** The schema: that of --schema or the pipeline file, else the base's, else inferred. *changed
 *  where it is another one than before. Collective. */
cst_code cst_ingesting_schema(bool *changed, cst_ingesting *in, cst_error *err);

/** Read the files that are not left out, publish the part, profile it. Collective. */
cst_code cst_ingesting_part(cst_ingesting *in, cst_error *err);

/** Publish the snapshot: the base's parts and the new one. CST_EXISTS where somebody else has
 *  published one meanwhile. Collective. */
cst_code cst_ingesting_publish(cst_version **out, const cst_ingesting *in, cst_error *err);

#endif
