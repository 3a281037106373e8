/* file.h - files read and written whole; the publish-once primitive
 *
 * Correctness rests on link(2) failing where the name exists and on rename(2) of a directory onto
 * a non-empty one failing. No locks, no overwriting, no append.
 */
#ifndef CST_BASE_FILE_H
#define CST_BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/** Have writes fail instead of ending the process: past a closed pipe (EPIPE instead of SIGPIPE)
 * and past the limit on a file's size (EFBIG instead of SIGXFSZ, setrlimit(2)); have children leave
 * an exit status, also where whoever started this process ignores SIGCHLD. First thing in main. */
void cst_file_signals(void);

/** Read a whole regular file, of at most limit bytes (0: no limit). *out is the caller's.
 *  CST_MISSING where there is none, CST_INVALID where it is larger or no regular file. */
cst_code cst_file_read(cst_text *out, const char *path, size_t limit, cst_error *err);

/** The same where no part of the absolute path may be a symbolic link (CST_IO): for what others may
 *  write beside, such as a registry. */
cst_code cst_file_read_no_links(cst_text *out, const char *path, size_t limit, cst_error *err);

/** Write a new file in a directory of one's own, such as a draft: not synced, not whole until it
 *  returns. CST_EXISTS where the name is taken. */
cst_code cst_file_write(const char *path, const void *bytes, size_t size, cst_error *err);

/** Publish size bytes under path, whole or not at all, mode 0444, on disk when it returns:
 *  a temporary file in the same directory, written and synced, linked to its name, the directory
 *  synced. CST_EXISTS where the name is taken (nothing is changed), CST_IO otherwise. */
cst_code cst_file_publish(const char *path, const void *bytes, size_t size, cst_error *err);

/** The same for a file that was written under temporary (same directory) by other means, such as
 *  a part: sync, mode 0444, link to path, sync the directory, unlink temporary. */
cst_code cst_file_publish_as(const char *path, const char *temporary, cst_error *err);

/** Publish a directory built under temporary: sync it and all that is in it, then rename it to
 *  path. CST_EXISTS where path is there already and not empty. */
cst_code cst_file_publish_directory(const char *path, const char *temporary, cst_error *err);

/** Make a directory and the missing ones above it, synced; fine if it exists. */
cst_code cst_file_mkdirs(const char *path, cst_error *err);

/** Make a fresh directory ".tmp.<nonce>" in directory; *out (its path) is the caller's to free. */
cst_code cst_file_temporary_directory(char **out, const char *directory, cst_error *err);

/** Remove a file or a whole tree, never following a symbolic link; fine if it is not there. */
cst_code cst_file_remove(const char *path, cst_error *err);

/** The names in a directory, sorted bytewise, "." and ".." and names that start with ".tmp." left
 *  out; an array of *count strings to be released with cst_file_names_free. A directory that is
 *  not there has no names. */
cst_code cst_file_names(char ***out, size_t *count, const char *directory, cst_error *err);
void cst_file_names_free(char **names, size_t count);

bool cst_file_exists(const char *path);

/** Size in bytes of a regular file; CST_MISSING where there is none. */
cst_code cst_file_size(int64_t *out, const char *path, cst_error *err);

/** 16 random hex digits from the operating system, NUL-ended. */
enum { CST_NONCE = 17 };
cst_code cst_file_nonce(char out[CST_NONCE], cst_error *err);

/** The directory that path lies in ("a/b" of "a/b/c", "." of "c"), to be freed; NULL with err set
 *  on failure. */
char *cst_file_parent(const char *path, cst_error *err);

/** Bring a directory's entries to disk. */
cst_code cst_file_sync_directory(const char *path, cst_error *err);

/** "a/b" from "a" and "b", to be freed; NULL with err set on failure. */
char *cst_file_join(const char *directory, const char *name, cst_error *err);

#endif
