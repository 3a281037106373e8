/* checkpoint.c - the checkpoints of a training: files of a folder, published whole */
#include "train/checkpoint.h"

#include "base/file.h"

static const char suffix[] = ".safetensors";
static const char format[] = "capstan checkpoint 1";
enum { DIGITS = 10, KEPT = 2 };

/* What a file of the folder is: of this recipe, of another one, or not to be trusted. */
typedef enum { OWN, FOREIGN, DAMAGED, GONE } state;

static bool is_name(const char *name)
{
    return strspn(name, "0123456789") == DIGITS && strcmp(name + DIGITS, suffix) == 0;
}

/* The SHA-256 of a file that says nothing of its own SHA-256 yet. */
static cst_code digest_of(char hex[CST_DIGEST_HEX], const cst_tensors *unsealed, cst_error *err)
{
    cst_text bytes = CST_TEXT_INIT;
    cst_digest digest;
    cst_code rc = cst_tensors_encode(&bytes, unsealed, err);
    if (rc == CST_OK)
        rc = cst_sha256_of(&digest, bytes.data, bytes.size, err);
    if (rc == CST_OK)
        cst_digest_hex(hex, &digest);
    cst_text_free(&bytes);
    return rc;
}

static cst_code seal(cst_text *out, cst_tensors *tensors, const cst_digest *recipe, cst_error *err)
{
    char hex[CST_DIGEST_HEX];
    cst_digest_hex(hex, recipe);
    cst_code rc = cst_tensors_put_text(tensors, "recipe", hex, err);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(tensors, "format", format, err);
    if (rc == CST_OK)
        rc = digest_of(hex, tensors, err);
    if (rc == CST_OK)
        rc = cst_tensors_put_text(tensors, "sha256", hex, err);
    return rc == CST_OK ? cst_tensors_encode(out, tensors, err) : rc;
}

static bool says(const cst_tensors *tensors, const char *key, const char *wanted)
{
    const char *said = cst_tensors_text(tensors, key);
    return said && strcmp(said, wanted) == 0;
}

/* CST_OK where the bytes are what was sealed, CST_INVALID where not; *own: of this recipe. */
static cst_code verify(bool *own, const cst_text *bytes, const char *path, const cst_digest *recipe,
                       cst_error *err)
{
    cst_tensors *tensors = NULL;
    char wanted[CST_DIGEST_HEX];
    char said[CST_DIGEST_HEX];
    cst_code rc = cst_tensors_decode(&tensors, bytes->data, bytes->size, path, err);
    if (rc != CST_OK)
        return rc;
    const char *sha256 = cst_tensors_text(tensors, "sha256");
    (void)snprintf(said, sizeof said, "%s", sha256 ? sha256 : "");
    (void)json_object_del(tensors->metadata, "sha256");
    rc = digest_of(wanted, tensors, err);
    if (rc == CST_OK && strcmp(said, wanted) != 0)
        rc = cst_error_set(err, CST_INVALID, "%s: its content is not what was written", path);
    cst_digest_hex(wanted, recipe);
    *own = says(tensors, "recipe", wanted) && says(tensors, "format", format);
    cst_tensors_free(tensors);
    return rc;
}

/* Read a file of the folder and say what it is; why says what is wrong with a damaged one. An error
 * is returned only where nothing can be said. */
static cst_code look_at(state *out, cst_text *bytes, const char *path, const cst_digest *recipe,
                        cst_error *why, cst_error *err)
{
    bool own = false;
    cst_code rc = cst_file_read(bytes, path, 0, why);
    if (rc == CST_OK)
        rc = verify(&own, bytes, path, recipe, why);
    *out = rc == CST_MISSING ? GONE : rc != CST_OK ? DAMAGED : own ? OWN : FOREIGN;
    return rc == CST_NOMEM ? cst_error_nomem(err, "a checkpoint") : CST_OK;
}

static void warn(const cst_checkpoints *of, state what, const char *path, const cst_error *why)
{
    if (what == DAMAGED)
        cst_log_warn(of->log, "passed over a damaged checkpoint: %s", why->text);
    else if (what == FOREIGN)
        cst_log_warn(of->log,
                     "passed over %s: it is of other features, parameters, seed or revision", path);
}

static int64_t step_of(const char *name)
{
    return strtoll(name, NULL, 10);
}

static bool is_known(const cst_checkpoints *of, int64_t step)
{
    for (size_t i = 0; i < of->knowns; i++)
        if (of->known[i] == step)
            return true;
    return false;
}

static void remember(cst_checkpoints *of, int64_t step)
{
    enum { ROOM = sizeof of->known / sizeof of->known[0] };
    if (is_known(of, step))
        return;
    of->knowns += of->knowns < ROOM;
    memmove(of->known + 1, of->known, (of->knowns - 1) * sizeof of->known[0]);
    of->known[0] = step;
}

cst_code cst_checkpoint_find(cst_text *out, int64_t *step, cst_checkpoints *of, cst_error *err)
{
    *step = -1;
    char **name = NULL;
    size_t count = 0;
    state what = GONE;
    cst_code rc = cst_file_names(&name, &count, of->folder, err);
    for (size_t i = count; i > 0 && rc == CST_OK && what != OWN; i--) {
        if (!is_name(name[i - 1]))
            continue;
        cst_error why = CST_ERROR_INIT;
        char *path = cst_file_join(of->folder, name[i - 1], err);
        cst_text_free(out);
        rc = path ? look_at(&what, out, path, of->recipe, &why, err) : CST_NOMEM;
        if (rc == CST_OK)
            warn(of, what, path, &why);
        if (what == OWN) {
            *step = step_of(name[i - 1]);
            remember(of, *step);
        }
        free(path);
    }
    if (what != OWN)
        cst_text_free(out);
    cst_file_names_free(name, count);
    return rc;
}

/* The name is taken: by the same checkpoint of another attempt, by a damaged one, by a stranger. */
static cst_code publish_over(const cst_checkpoints *of, const char *path, const cst_text *bytes,
                             cst_error *err)
{
    cst_text there = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    state what = GONE;
    cst_code rc = look_at(&what, &there, path, of->recipe, &why, err);
    if (rc == CST_OK && what == FOREIGN)
        rc = cst_error_set(err, CST_EXISTS,
                           "%s is a checkpoint of another training: give each a folder of its own",
                           path);
    if (rc == CST_OK && what == DAMAGED)
        rc = cst_file_remove(path, err);
    if (rc == CST_OK && what != OWN)
        rc = cst_file_publish(path, bytes->data, bytes->size, err);
    cst_text_free(&there);
    return rc;
}

static cst_code publish(const cst_checkpoints *of, int64_t step, const cst_text *bytes,
                        cst_error *err)
{
    cst_error taken = CST_ERROR_INIT;
    char *path = cst_text_format(err, "%s/%0*lld%s", of->folder, DIGITS, (long long)step, suffix);
    cst_code rc = path ? cst_file_mkdirs(of->folder, err) : CST_NOMEM;
    if (rc == CST_OK) {
        rc = cst_file_publish(path, bytes->data, bytes->size, &taken);
        if (rc == CST_EXISTS)
            rc = publish_over(of, path, bytes, err);
        else if (rc != CST_OK)
            rc = cst_error_set(err, rc, "%s", taken.text);
    }
    free(path);
    return rc;
}

/* What a file is, read only where that is not known. */
static cst_code judge(state *out, const cst_checkpoints *of, const char *name, const char *path,
                      cst_error *err)
{
    cst_text bytes = CST_TEXT_INIT;
    cst_error why = CST_ERROR_INIT;
    *out = OWN;
    if (is_known(of, step_of(name)))
        return CST_OK;
    cst_code rc = look_at(out, &bytes, path, of->recipe, &why, err);
    cst_text_free(&bytes);
    return rc;
}

/* From the newest down: leave keep that verify, remove this recipe's and damaged ones behind. */
static cst_code prune(cst_checkpoints *of, size_t keep, cst_error *err)
{
    char **name = NULL;
    size_t count = 0;
    size_t kept = 0;
    cst_code rc = cst_file_names(&name, &count, of->folder, err);
    for (size_t i = count; i > 0 && rc == CST_OK; i--) {
        state what = GONE;
        if (!is_name(name[i - 1]))
            continue;
        char *path = cst_file_join(of->folder, name[i - 1], err);
        rc = path ? judge(&what, of, name[i - 1], path, err) : CST_NOMEM;
        if (rc == CST_OK && kept >= keep && (what == OWN || what == DAMAGED))
            rc = cst_file_remove(path, err);
        kept += what == OWN;
        free(path);
    }
    cst_file_names_free(name, count);
    return rc;
}

cst_code cst_checkpoint_write(cst_checkpoints *of, int64_t step, cst_tensors *tensors,
                              cst_error *err)
{
    cst_text bytes = CST_TEXT_INIT;
    cst_code rc = seal(&bytes, tensors, of->recipe, err);
    if (rc == CST_OK)
        rc = publish(of, step, &bytes, err);
    cst_text_free(&bytes);
    if (rc != CST_OK)
        return rc;
    remember(of, step);
    return prune(of, KEPT, err);
}

cst_code cst_checkpoint_remove(cst_checkpoints *of, cst_error *err)
{
    char **name = NULL;
    size_t count = 0;
    cst_code rc = prune(of, 0, err);
    if (rc == CST_OK)
        rc = cst_file_names(&name, &count, of->folder, err);
    if (rc == CST_OK && count == 0) /* halves of killed attempts are all that may be in it */
        rc = cst_file_remove(of->folder, err);
    cst_file_names_free(name, count);
    return rc;
}
