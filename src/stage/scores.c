/* scores.c - scored rows as CSV */
#include "stage/scores.h"

#include "config/json.h"

static cst_code add_row(cst_text *text, const cst_scores *s, size_t r, cst_error *err)
{
    const double columns[] = {s->label[r], s->weight ? s->weight[r] : 1, s->score[r],
                              s->against ? s->against[r] : 0};
    size_t n = s->against ? 4 : 3;
    cst_code rc =
        cst_text_print(text, err, "%lld", (long long)(s->position ? s->position[r] : (int64_t)r));
    for (size_t i = 0; i < n && rc == CST_OK; i++) {
        rc = cst_text_puts(text, ",", err);
        if (rc == CST_OK)
            rc = cst_json_number(text, columns[i], err);
    }
    return rc == CST_OK ? cst_text_puts(text, "\n", err) : rc;
}

cst_code cst_scores_write(const cst_scores *scores, const char *path, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    cst_code rc = cst_text_print(&text, err, "row,label,weight,score%s\n",
                                 scores->against ? ",score_against" : "");
    for (size_t r = 0; r < scores->rows && rc == CST_OK; r++)
        rc = add_row(&text, scores, r, err);
    FILE *to = rc == CST_OK ? fopen(path, "w") : NULL;
    if (rc == CST_OK && !to)
        rc = cst_error_errno(err, "cannot write the scores to %s", path);
    if (to && fwrite(text.data, 1, text.size, to) != text.size)
        rc = cst_error_errno(err, "cannot write the scores to %s", path);
    if (to && fclose(to) != 0)
        rc = cst_error_errno(err, "cannot write the scores to %s", path);
    cst_text_free(&text);
    return rc;
}
