/* derive.h - which columns an expression needs, and in which order derived ones are made */
#ifndef CST_PREPARE_DERIVE_H
#define CST_PREPARE_DERIVE_H

#include <jansson.h>

#include "table/table.h"

/** A walk from names to what they are made of. Derived columns may use each other in any order;
 *  a cycle is CST_USAGE. Initialise with cst_derive_walk_new, release with cst_derive_walk_free. */
typedef struct {
    const json_t *derive; /* name → expression; borrowed; or NULL */
    json_t *order;        /* array: the derived names met, each after those that it uses */
    json_t *raw;          /* object: the other names met, as keys in the order met */
    json_t *state;        /* object: derived name → whether all that it uses was walked */
} cst_derive_walk;

cst_code cst_derive_walk_new(cst_derive_walk *out, const json_t *derive, cst_error *err);
void cst_derive_walk_free(cst_derive_walk *walk);

/** Walk one name, all names of an expression, or every derived name (sorted). */
cst_code cst_derive_visit(cst_derive_walk *walk, const char *name, cst_error *err);
cst_code cst_derive_visit_expression(cst_derive_walk *walk, const char *text, cst_error *err);
cst_code cst_derive_visit_all(cst_derive_walk *walk, cst_error *err);

/** Add the columns that walk->order names to table. replace: one of the same name is dropped
 *  first; else it is CST_EXISTS. */
cst_code cst_derive_apply(cst_table *table, const cst_derive_walk *walk, bool replace,
                          cst_error *err);

#endif
