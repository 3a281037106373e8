/* registry.h - versions in a directory on a shared file system: publish, resolve, read
 *
 * No locks and no server: everything rests on link(2) and rename(2) (base/file.h). In a parallel
 * program rank 0 alone calls these and shares the outcome.
 */
#ifndef CST_REGISTRY_REGISTRY_H
#define CST_REGISTRY_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sha256.h"

/** Kinds of versions: name in commands, folder. */
#define CST_KINDS(X)                                                                               \
    X(SNAPSHOT, "snapshot", "snapshots")                                                           \
    X(FEATURES, "features", "features")                                                            \
    X(MODEL, "model", "models")                                                                    \
    X(EVALUATION, "evaluation", "evaluations")                                                     \
    X(REPORT, "report", "reports")                                                                 \
    X(PREDICTIONS, "predictions", "predictions")

typedef enum {
#define CST_KIND_ENUM(name, text, folder) CST_KIND_##name,
    CST_KINDS(CST_KIND_ENUM)
#undef CST_KIND_ENUM
        CST_KIND_COUNT,
    CST_KIND_ANY = CST_KIND_COUNT
} cst_kind;

const char *cst_kind_name(cst_kind kind);
const char *cst_kind_folder(cst_kind kind);
cst_kind cst_kind_parse(const char *name); /* CST_KIND_COUNT: no such kind */
extern const char *const cst_kind_names[];

typedef struct cst_registry cst_registry;

/** Make a registry in a new or empty directory: tries link and rename there, refuses where they
 *  fail. Fine (CST_SKIPPED) if it is one already. */
cst_code cst_registry_init(const char *path, cst_error *err);

/** Try in a directory what a registry rests on; CST_IO says what its file system does instead. */
cst_code cst_registry_try(const char *path, cst_error *err);

/** Open: a file, a world-writable directory, a newer format, a missing registry.json are errors
 *  that say what to do. Release with cst_registry_close. */
cst_code cst_registry_open(cst_registry **out, const char *path, cst_error *err);
void cst_registry_close(cst_registry *registry);
const char *cst_registry_path(const cst_registry *registry); /* absolute */

/** A published version. Release with cst_version_free. Its manifest: {"format", "kind", "name",
 *  "id", "stage", "revision", "params", "seed", "inputs": [{"role", "kind", "name", "version",
 * "id", "manifest_sha256"}], "files": [{"name", "bytes", "sha256", "content", "provenance"}],
 * "parts", "summary", "provenance", "manifest_sha256"} and what the recipe's extra added. The last
 * key is the digest of the canonical form of all the others, and the file is byte for byte what
 *  cst_json_pretty makes of it: so any change of any byte is seen when it is read. */
typedef struct {
    cst_kind kind;
    char *name;
    int64_t number;
    cst_digest id; /* content id */
    char *path;    /* absolute, of its directory */
    json_t *manifest;
} cst_version;

void cst_version_free(cst_version *version);

/** "name@3", "name@champion", "name@latest", "name" (latest), "sha256:<8 hex digits or more>".
 *  kind CST_KIND_ANY: told from the reference, CST_USAGE where it stands for more than one.
 *  The manifest is checked against its id; CST_MISSING names the nearest that is there. */
cst_code cst_registry_find(cst_version **out, cst_registry *registry, cst_kind kind,
                           const char *reference, cst_error *err);

/** {"kind", "name", "version", "id", "path"}, as --json prints it. New reference or NULL. */
json_t *cst_version_to_json(const cst_version *version, cst_error *err);

/** A JSON file of a version, by its name in the version's folder. New reference. */
cst_code cst_version_read_json(json_t **out, const cst_version *version, const char *file,
                               cst_error *err);

/** Every version of a kind (CST_KIND_ANY: all) and name (NULL: all), by name and number. Ones that
 *  are gone are left out. *out and what is in it are the caller's. */
cst_code cst_registry_list(cst_version ***out, size_t *count, cst_registry *registry, cst_kind kind,
                           const char *name, cst_error *err);
void cst_versions_free(cst_version **versions, size_t count);

/** A version being built: a temporary directory on the registry's file system. */
typedef struct cst_draft cst_draft;
cst_code cst_draft_new(cst_draft **out, cst_registry *registry, cst_kind kind, const char *name,
                       cst_error *err);
void cst_draft_free(cst_draft *draft); /* not published: removed */
const char *cst_draft_path(const cst_draft *draft);

/** Could such a draft be made? CST_USAGE where the name is none, CST_IO where the registry may not
 * be written to. To be asked before hours of work. */
cst_code cst_draft_possible(const cst_registry *registry, cst_kind kind, const char *name,
                            cst_error *err);

/** Write a JSON file (canonical) into the draft; its content digest is that of its bytes. */
cst_code cst_draft_add_json(cst_draft *draft, const char *file, const json_t *value,
                            bool provenance, cst_error *err);
/** Write bytes. provenance: recorded, but outside the id (README.md, rejects.csv). */
cst_code cst_draft_add_bytes(cst_draft *draft, const char *file, const void *bytes, size_t size,
                             bool provenance, cst_error *err);
/** Record a file that others wrote into the draft's directory, with both its digests. */
cst_code cst_draft_add_file(cst_draft *draft, const char *file, const cst_digest *content,
                            const cst_digest *sha256, int64_t bytes, cst_error *err);
/** Record a part of a snapshot, in order: {"id", "sha256", "bytes", "rows", "path" (relative to the
 *  registry), "sources": [{"path", "sha256", "bytes", "rows", "rejected"}], "runs": [[row, source,
 *  line], …]}. It stands under "parts" of the manifest; the ids alone enter the version's id. */
cst_code cst_draft_add_part(cst_draft *draft, const json_t *part, cst_error *err);
/** Record an input: role ("snapshot", "features", "champion", …) and the version read. */
cst_code cst_draft_add_input(cst_draft *draft, const char *role, const cst_version *input,
                             cst_error *err);

/** What made it, for the manifest. summary: figures for list and show (derived from the files, not
 *  in the id). provenance: {"build", "who", "when", "host", …} from cst_provenance. */
typedef struct {
    const char *stage; /* "train" */
    int revision;
    const json_t *params;
    uint64_t seed;
    const json_t *summary;
    const json_t *extra; /* more keys of the manifest, outside the id ("parent", "evaluated_as",
                            "split"); or NULL */
    const json_t *provenance;
} cst_recipe;

/** What cst_draft_publish must find: no matter what, or no version yet. */
enum { CST_PARENT_ANY = -1, CST_PARENT_NONE = 0 };

/** Write the manifest last, rename to the next number. Where a version with the same id exists,
 *  nothing is published, that one is returned, and the code is CST_SKIPPED. parent: the version
 *  that must still be the latest (snapshots: nobody's part may be lost), CST_PARENT_NONE where
 *  there must be none yet, CST_PARENT_ANY where it does not matter. CST_EXISTS if it is not so: a
 *  new draft on top of the newest version is then the thing to do. */
cst_code cst_draft_publish(cst_version **out, cst_draft *draft, const cst_recipe *recipe,
                           int64_t parent, cst_error *err);

/** The id that a draft would get now: for replay. */
cst_code cst_draft_id(cst_digest *out, const cst_draft *draft, const cst_recipe *recipe,
                      cst_error *err);

/** Parts live in parts/<dataset>/<id>.h5, shared. Publish the file written at temporary (in that
 *  folder; cst_registry_part_path gives folder and names) or, if that id is there already, verify
 *  it and drop temporary. */
cst_code cst_registry_part_temporary(char **out, cst_registry *registry, const char *dataset,
                                     cst_error *err);
cst_code cst_registry_part_path(char **out, cst_registry *registry, const char *dataset,
                                const cst_digest *id, cst_error *err);
cst_code cst_registry_part_publish(cst_registry *registry, const char *dataset,
                                   const char *temporary, const cst_digest *id,
                                   const cst_digest *sha256, cst_error *err);

#endif
