/* part.c - parts of snapshots: files named by their content, shared between versions */
#include "registry/internal.h"

cst_code cst_registry_part_path(char **out, cst_registry *registry, const char *dataset,
                                const cst_digest *id, cst_error *err)
{
    char hex[CST_DIGEST_HEX];
    cst_code rc = cst_registry_check_name("a dataset", dataset, err);
    if (rc != CST_OK)
        return rc;
    cst_digest_hex(hex, id);
    *out = cst_text_format(err, "%s/parts/%s/%s.h5", registry->path, dataset, hex);
    return *out ? CST_OK : CST_NOMEM;
}

cst_code cst_registry_part_temporary(char **out, cst_registry *registry, const char *dataset,
                                     cst_error *err)
{
    char nonce[CST_NONCE];
    cst_code rc = cst_registry_check_name("a dataset", dataset, err);
    if (rc != CST_OK || (rc = cst_file_nonce(nonce, err)) != CST_OK)
        return rc;
    char *folder = cst_text_format(err, "%s/parts/%s", registry->path, dataset);
    rc = folder ? cst_file_mkdirs(folder, err) : CST_NOMEM;
    if (rc == CST_OK) {
        *out = cst_text_format(err, "%s/.tmp.%s", folder, nonce);
        rc = *out ? CST_OK : CST_NOMEM;
    }
    free(folder);
    return rc;
}

static cst_code check_digest(const char *path, const cst_digest *sha256, cst_error *err)
{
    cst_digest found;
    cst_code rc = cst_sha256_file(&found, path, err);
    if (rc == CST_OK && !cst_digest_equal(&found, sha256))
        rc = cst_error_set(err, CST_INVALID,
                           "%s is there already and its bytes are not those just written for the "
                           "same content: it was changed, or another version of HDF5 wrote it; "
                           "look with capstan verify --level 3",
                           path);
    return rc;
}

cst_code cst_registry_part_publish(cst_registry *registry, const char *dataset,
                                   const char *temporary, const cst_digest *id,
                                   const cst_digest *sha256, cst_error *err)
{
    char *path = NULL;
    cst_error taken = CST_ERROR_INIT;
    cst_code rc = cst_registry_part_path(&path, registry, dataset, id, err);
    if (rc != CST_OK)
        return rc;
    rc = cst_file_publish_as(path, temporary, &taken);
    if (rc == CST_EXISTS)
        rc = check_digest(path, sha256, err);
    else if (rc != CST_OK)
        rc = cst_error_set(err, rc, "%s", taken.text);
    free(path);
    return rc;
}
