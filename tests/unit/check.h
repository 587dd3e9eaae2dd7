// SPDX-License-Identifier: Apache-2.0
// cmocka with what it wants included first.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail // base's fail() is the house's word; tests have fail_msg()

#define RUN_TESTS(tests) cmocka_run_group_tests(tests, NULL, NULL)
