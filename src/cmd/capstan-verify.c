/* capstan-verify.c - verify with every file opened: the program behind capstan verify --level 3 */
#include "base/file.h"
#include "cmd/commands.h"
#include "config/json.h"
#include "model/tensors.h"
#include "store/part.h"

static bool ends_in(const char *path, const char *ending)
{
    size_t length = strlen(path);
    size_t tail = strlen(ending);
    return length >= tail && strcmp(path + length - tail, ending) == 0;
}

static cst_code open_part(const char *path, const cst_digest *content, cst_error *err)
{
    cst_digest found;
    cst_code rc = cst_part_content(&found, path, err);
    if (rc == CST_OK && !cst_digest_equal(&found, content))
        rc = cst_error_set(err, CST_INVALID, "its values are not those that were published");
    return rc;
}

static cst_code open_text(const char *path, cst_error *err)
{
    cst_text text = CST_TEXT_INIT;
    json_t *value = NULL;
    cst_tensors *tensors = NULL;
    cst_code rc = cst_file_read(&text, path, 0, err);
    if (rc == CST_OK && ends_in(path, ".json"))
        rc = cst_json_parse(&value, text.data, text.size, path, err);
    else if (rc == CST_OK && ends_in(path, ".safetensors"))
        rc = cst_tensors_decode(&tensors, text.data, text.size, path, err);
    cst_tensors_free(tensors);
    json_decref(value);
    cst_text_free(&text);
    return rc;
}

static cst_code open_file(const char *path, const cst_digest *content, cst_error *err)
{
    return ends_in(path, ".h5") ? open_part(path, content, err) : open_text(path, err);
}

static cst_code run(const cst_call *call, cst_error *err)
{
    return cst_verify_run(call, open_file, err);
}

int main(int argc, char **argv)
{
    cst_file_signals();
    cst_builtin verify = cst_builtin_verify;
    verify.run = run;
    return cst_builtin_call(&verify, argc - 1, argv + 1, "capstan-verify");
}
