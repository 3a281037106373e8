/* cluster.c - the facts of a cluster, read from its controller once */
#include "slurm/cluster.h"

#include "base/array.h"
#include "slurm/command.h"
#include "slurm/session.h"

enum { PATIENCE = 60 /* seconds that a command gets where the caller does not say */ };

cst_code cst_slurm_new(cst_slurm **out, int seconds, cst_error *err)
{
    cst_slurm *slurm = cst_array_new(1, sizeof *slurm, "what is known of Slurm", err);
    if (!slurm)
        return CST_NOMEM;
    slurm->seconds = seconds > 0 ? seconds : PATIENCE;
    *out = slurm;
    return CST_OK;
}

void cst_slurm_free(cst_slurm *slurm)
{
    free(slurm);
}

/* Where the value of a line "Key   = value" is kept. */
typedef struct {
    const char *key;
    size_t offset, size; /* of a text in cst_slurm_facts; size 0: an int64_t */
} fact;

#define TEXT_FACT(key, field)                                                                      \
    {                                                                                              \
        key, offsetof(cst_slurm_facts, field), sizeof((cst_slurm_facts *)0)->field                 \
    }
#define NUMBER_FACT(key, field)                                                                    \
    {                                                                                              \
        key, offsetof(cst_slurm_facts, field), 0                                                   \
    }

static const fact facts_kept[] = {
    TEXT_FACT("SLURM_VERSION", version),       TEXT_FACT("ClusterName", cluster),
    TEXT_FACT("SlurmctldHost[0]", controller), TEXT_FACT("AccountingStorageType", accounting),
    TEXT_FACT("JobCompType", completion),      TEXT_FACT("JobCompLoc", completion_at),
    TEXT_FACT("PreemptMode", preempt_mode),    TEXT_FACT("PreemptType", preempt_type),
    TEXT_FACT("RequeueExit", requeue_exit),    NUMBER_FACT("MaxArraySize", max_array_size),
    NUMBER_FACT("MaxJobCount", max_job_count), NUMBER_FACT("KillWait", kill_wait),
    NUMBER_FACT("MinJobAge", min_job_age),
};

static void keep(cst_slurm_facts *facts, const fact *row, const char *value)
{
    char *at = (char *)facts + row->offset;
    if (strcmp(value, "(null)") == 0)
        value = "";
    if (row->size > 0) {
        (void)snprintf(at, row->size, "%s", value);
    } else {
        int64_t number = strtoll(value, NULL, 10); /* "30 sec" as well */
        memcpy(at, &number, sizeof number);
    }
}

/* One line, "Key<blanks>= value"; others, such as the title, are passed over. */
static void keep_line(cst_slurm_facts *facts, char *line)
{
    char *value = strstr(line, " = ");
    if (!value)
        return;
    size_t key = strcspn(line, " =");
    for (size_t i = 0; i < sizeof facts_kept / sizeof facts_kept[0]; i++)
        if (strlen(facts_kept[i].key) == key && strncmp(line, facts_kept[i].key, key) == 0)
            keep(facts, &facts_kept[i], value + strlen(" = "));
}

cst_code cst_slurm_parse_facts(cst_slurm_facts *out, char *text, const char *source, cst_error *err)
{
    *out = (cst_slurm_facts){0};
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        keep_line(out, line);
    }
    if (!*out->version)
        return cst_error_set(err, CST_INVALID,
                             "%s: no line SLURM_VERSION: this is not what scontrol prints", source);
    return CST_OK;
}

cst_code cst_slurm_get_facts(cst_slurm *slurm, const cst_slurm_facts **out, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = CST_OK;
    if (!slurm->has_facts) {
        json_t *words = json_pack("[s, s, s]", "scontrol", "show", "config");
        rc = words ? cst_slurm_command(&text, words, slurm->seconds, err)
                   : cst_error_nomem(err, "a command");
        json_decref(words);
        if (rc == CST_OK)
            rc = cst_slurm_parse_facts(&slurm->facts, text.data, "scontrol show config", err);
        slurm->has_facts = rc == CST_OK;
    }
    if (rc == CST_OK)
        *out = &slurm->facts;
    cst_text_free(&text);
    return rc;
}

bool cst_slurm_accounts(const cst_slurm_facts *facts)
{
    return strcmp(facts->accounting, "accounting_storage/none") != 0;
}
