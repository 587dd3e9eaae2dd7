// SPDX-License-Identifier: Apache-2.0
// A call's amount and procurement path against the dated thresholds, and against the other calls
// of its department in the fiscal year.
#pragma once

#include "ctx.h"

struct path_check {
    const char *blocks; // why the path isn't allowed, in the reader's language; NULL when it is
    struct value notes; // a list of {text, source, unconfirmed}: what to know and to look into
    int64_t year_cents; // this call and the department's others in the fiscal year
};

// CALL is a call's row (amount_cents, path, department_id, id).
CHECKED enum err path_check(struct ctx *c, const struct value *call, struct path_check *ret_check);
