/* test.h - what every cmocka test includes, in the order that cmocka wants */
#ifndef CST_TEST_H
#define CST_TEST_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

/** A call that must succeed; prints its error where it does not. err is a cst_error in scope. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        cst_error_clear(&err);                                                                     \
        if ((call) != CST_OK)                                                                      \
            fail_msg("%s", err.text);                                                              \
    } while (0)

/** A call that must fail with code and a text that holds words. */
#define assert_fails(call, expected, words)                                                        \
    do {                                                                                           \
        cst_error_clear(&err);                                                                     \
        assert_int_equal((call), (expected));                                                      \
        if (!strstr(err.text, (words)))                                                            \
            fail_msg("\"%s\" is not in \"%s\"", (words), err.text);                                \
    } while (0)

#endif
