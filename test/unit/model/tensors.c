/* tensors.c - safetensors: the bytes of the format, and no trust in them */
#include "test/unit/test.h"

#include "model/tensors.h"

static cst_tensors *example(void)
{
    cst_error err = CST_ERROR_INIT;
    cst_tensors *tensors = NULL;
    void *data = NULL;
    assert_ok(cst_tensors_new(&tensors, &err));
    assert_ok(cst_tensors_add(&data, tensors, "flag", CST_TENSOR_U8, 1, &(int64_t){3}, &err));
    memcpy(data, "\x01\x02\x03", 3);
    assert_ok(
        cst_tensors_add(&data, tensors, "b", CST_TENSOR_F64, 2, (const int64_t[]){1, 2}, &err));
    memcpy(data, (const double[]){0.1, -2}, 16);
    assert_ok(cst_tensors_add(&data, tensors, "none", CST_TENSOR_F32, 1, &(int64_t){0}, &err));
    assert_ok(cst_tensors_put_text(tensors, "learner", "test", &err));
    return tensors;
}

static void bytes_are_those_of_the_format(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const char header[] =
        "{\"__metadata__\":{\"learner\":\"test\"},"
        "\"b\":{\"data_offsets\":[0,16],\"dtype\":\"F64\",\"shape\":[1,2]},"
        "\"flag\":{\"data_offsets\":[16,19],\"dtype\":\"U8\",\"shape\":[3]},"
        "\"none\":{\"data_offsets\":[16,16],\"dtype\":\"F32\",\"shape\":[0]}}";
    cst_tensors *tensors = example();
    cst_text bytes = CST_TEXT_INIT;
    assert_ok(cst_tensors_encode(&bytes, tensors, &err));
    size_t padded = (sizeof header - 1 + 7) / 8 * 8;
    assert_int_equal(bytes.size, 8 + padded + 19);
    assert_int_equal((unsigned char)bytes.data[0] | (unsigned char)bytes.data[1] << 8, padded);
    assert_memory_equal(bytes.data + 8, header, sizeof header - 1);
    assert_memory_equal(bytes.data + 8 + padded, ((const double[]){0.1, -2}), 16);
    assert_memory_equal(bytes.data + 8 + padded + 16, "\x01\x02\x03", 3);
    cst_text_free(&bytes);
    cst_tensors_free(tensors);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_tensors *tensors = example();
    cst_tensors *again = NULL;
    cst_text bytes = CST_TEXT_INIT;
    cst_text twice = CST_TEXT_INIT;
    const cst_tensor *b = NULL;
    assert_ok(cst_tensors_encode(&bytes, tensors, &err));
    assert_ok(cst_tensors_decode(&again, bytes.data, bytes.size, "m", &err));
    assert_ok(cst_tensors_get(&b, again, "b", CST_TENSOR_F64, 2, &err));
    assert_int_equal(b->shape[1], 2);
    assert_true(((const double *)b->data)[0] == 0.1);
    assert_string_equal(cst_tensors_text(again, "learner"), "test");
    assert_null(cst_tensors_text(again, "objective"));
    assert_fails(cst_tensors_get(&b, again, "c", CST_TENSOR_F64, 2, &err), CST_MISSING, "c");
    assert_fails(cst_tensors_get(&b, again, "b", CST_TENSOR_F32, 2, &err), CST_INVALID, "F64");
    assert_ok(cst_tensors_encode(&twice, again, &err));
    assert_int_equal(twice.size, bytes.size);
    assert_memory_equal(twice.data, bytes.data, bytes.size);
    cst_text_free(&bytes);
    cst_text_free(&twice);
    cst_tensors_free(tensors);
    cst_tensors_free(again);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    cst_tensors *tensors = example();
    cst_text bytes = CST_TEXT_INIT;
    assert_ok(cst_tensors_encode(&bytes, tensors, &err));
    for (size_t size = 0; size < bytes.size; size++) {
        cst_tensors *again = NULL;
        assert_fails(cst_tensors_decode(&again, bytes.data, size, "cut", &err), CST_INVALID, "cut");
        assert_null(again);
    }
    cst_text_free(&bytes);
    cst_tensors_free(tensors);
}

/* Decode a header of the given text with values of size bytes behind it. */
static cst_code decode(const char *header, size_t size, cst_error *err)
{
    cst_text bytes = CST_TEXT_INIT;
    cst_tensors *tensors = NULL;
    uint64_t length = strlen(header);
    assert_int_equal(cst_text_add(&bytes, &length, sizeof length, err), CST_OK);
    assert_int_equal(cst_text_puts(&bytes, header, err), CST_OK);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(cst_text_add(&bytes, "", 1, err), CST_OK);
    cst_code rc = cst_tensors_decode(&tensors, bytes.data, bytes.size, "evil", err);
    cst_text_free(&bytes);
    cst_tensors_free(tensors);
    return rc;
}

static void headers_that_lie_are_refused(void **state)
{
    (void)state;
    cst_error err = CST_ERROR_INIT;
    static const struct {
        const char *header, *words;
    } row[] = {
        {"[]", "not a JSON object"},
        {"{\"a\": 3}", "dtype"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,8]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[-8,0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[8,0]}}", "data_offsets"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[-1],\"data_offsets\":[0,8]}}", "not possible"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}",
         "not possible"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[1,1,1,1,1],\"data_offsets\":[0,8]}}", "up to four"},
        {"{\"a\":{\"dtype\":\"BF16\",\"shape\":[4],\"data_offsets\":[0,8]}}", "dtype"},
        {"{\"a\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[0,0]}}", "8 bytes"},
        {"{\"__metadata__\":{\"a\":1}}", "not text"},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
        assert_fails(decode(row[i].header, 8, &err), CST_INVALID, row[i].words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_those_of_the_format),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(headers_that_lie_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
