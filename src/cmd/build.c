/* build.c - what this program was built from */
#include "cmd/build.h"

#include <gnu/libc-version.h>
#include <stdbool.h>

#include "build_stamp.h"
#include "config/json.h"

json_t *cst_build_info(cst_error *err)
{
    json_t *info = json_object();
    json_t *libraries = json_object();
    cst_code rc = cst_json_put(info, "version", json_string(CST_BUILD_VERSION), err);
    if (rc == CST_OK)
        rc = cst_json_put(info, "commit", json_string(CST_BUILD_COMMIT), err);
    if (rc == CST_OK)
        rc = cst_json_put(info, "dirty", json_boolean(CST_BUILD_DIRTY), err);
    if (rc == CST_OK)
        rc = cst_json_put(info, "compiler", json_string(CST_BUILD_COMPILER), err);
    if (rc == CST_OK)
        rc = cst_json_put(info, "flags", json_string(CST_BUILD_FLAGS), err);
    if (rc == CST_OK)
        rc = cst_json_put(libraries, "jansson", json_string(JANSSON_VERSION), err);
    if (rc == CST_OK)
        rc = cst_json_put(libraries, "glibc", json_string(gnu_get_libc_version()), err);
    if (rc == CST_OK)
        rc = cst_json_put(info, "libraries", json_incref(libraries), err);
    json_decref(libraries);
    if (rc == CST_OK)
        return info;
    json_decref(info);
    return NULL;
}

const char *cst_build_release(void)
{
    return CST_BUILD_VERSION;
}

cst_code cst_build_version(cst_text *out, const char *program, cst_error *err)
{
    bool dirty = CST_BUILD_DIRTY;
    return cst_text_print(out, err, "%s %s (commit %.12s%s)\n", program, CST_BUILD_VERSION,
                          CST_BUILD_COMMIT, dirty ? ", with changes" : "");
}
