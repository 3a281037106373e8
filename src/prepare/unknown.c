/* unknown.c - a column that is not there, and what may have been meant */
#include "prepare/unknown.h"

#include "base/array.h"
#include "base/text.h"

cst_code cst_unknown_column(const char *what, const char *name, const cst_table *table,
                            cst_error *err)
{
    const char **names = cst_array_new(table->columns + 1, sizeof *names, "names", err);
    if (!names)
        return CST_NOMEM;
    for (size_t c = 0; c < table->columns; c++)
        names[c] = table->column[c].name;
    const char *nearest = cst_text_nearest(name, names);
    free(names);
    return nearest ? cst_error_set(err, CST_USAGE,
                                   "%s: there is no column \"%s\"; did you mean \"%s\"?", what,
                                   name, nearest)
                   : cst_error_set(err, CST_USAGE, "%s: there is no column \"%s\"", what, name);
}
