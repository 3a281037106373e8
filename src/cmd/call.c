/* call.c - what commands read from their options */
#include "cmd/call.h"

cst_kind cst_call_kind(const cst_call *call)
{
    const char *name = cst_get_string(call->options, "kind", NULL);
    return name ? cst_kind_parse(name) : CST_KIND_ANY;
}

cst_code cst_call_find(cst_version **out, const cst_call *call, const char *option, cst_error *err)
{
    return cst_registry_find(out, call->registry, cst_call_kind(call),
                             cst_get_string(call->options, option, ""), err);
}
