// SPDX-License-Identifier: Apache-2.0
// cmocka with what it wants included first.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail // base's fail() is the house's word; tests have fail_msg(), which cmocka builds on its
            // own
#undef fail_msg
#define fail_msg(...) (print_error(__VA_ARGS__), print_error("\n"), _fail(__FILE__, __LINE__))

#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)

// Stands in the list for a test that can't be run here, so that it counts as skipped and not as
// passed. cmocka's own skip() says "not ok … # SKIP", which runners read as a failure. WHY is a
// literal.
static inline void test_skipped(void **state)
{
}
#define SKIPPED_TEST(test, why)                                                                    \
    (struct CMUnitTest)                                                                            \
    {                                                                                              \
        .name = #test " # SKIP " why, .test_func = test_skipped                                    \
    }
