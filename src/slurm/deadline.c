/* deadline.c - until when the job that this process is part of may run */
#include "slurm/deadline.h"

#include "slurm/command.h"

enum { SECONDS = 30 /* that squeue may take */ };

cst_code cst_slurm_deadline(int64_t *out, cst_error *err)
{
    const char *job = getenv("SLURM_JOB_ID");
    const char *known = getenv("SLURM_JOB_END_TIME");
    cst_text text = CST_TEXT_INIT;
    *out = job && known ? strtoll(known, NULL, 10) : 0;
    if (!job || known)
        return CST_OK;
    json_t *words = json_pack("[s,s,s,s,s,s]", "squeue", "-h", "-j", job, "-o", "%e");
    cst_code rc =
        words ? cst_slurm_command(&text, words, SECONDS, err) : cst_error_nomem(err, "a command");
    if (rc == CST_OK && text.size) /* words, such as N/A, are no number: no limit */
        *out = strtoll(text.data, NULL, 10);
    cst_text_free(&text);
    json_decref(words);
    return rc;
}
