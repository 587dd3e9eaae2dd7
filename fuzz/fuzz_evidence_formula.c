// SPDX-License-Identifier: Apache-2.0
// Any formula over a small fixed frame: refused in words, or fitted with numbers that are finite or
// NAN and an interval that holds its estimate. The first byte chooses the covariance.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 24 };

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const int32_t unit[ROWS] = { 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7,
        7, 8, 8, 9 };
    double y[ROWS];
    double x[ROWS];
    int32_t time[ROWS];
    if (size == 0 || size > 5000) {
        return 0;
    }
    for (int i = 0; i < ROWS; i++) {
        y[i] = (i * 7 % 11) - 3;
        x[i] = i * 5 % 13;
        time[i] = i % 3;
    }
    const struct ph_column column[] = { { .name = "y", .kind = PH_REAL, .real = y },
        { .name = "x", .kind = PH_REAL, .real = x }, { .name = "u", .kind = PH_KEY, .key = unit },
        { .name = "t", .kind = PH_KEY, .key = time } };
    const struct ph_frame frame = { .rows = ROWS, .columns = 4, .column = column };
    char *formula = malloc(size);
    memcpy(formula, data + 1, size - 1);
    formula[size - 1] = '\0';
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    o.formula = formula;
    o.vcov = (enum ph_vcov)(data[0] % 10);
    o.lag = data[0] % 7;
    o.cluster[0] = o.vcov >= PH_VCOV_CR0 && o.vcov <= PH_VCOV_CR3 ? 2 : PH_NONE;
    o.weights = data[0] & 64 ? 1 : PH_NONE;
    struct ph_context *c = ph_context_new(NULL);
    struct ph_regression_result r;
    if (ph_regression(c, &frame, &o, &r) == PH_OK) {
        if (isinf(r.head.estimate) || isinf(r.head.se) || r.head.interval.lo > r.head.estimate ||
            r.head.interval.hi < r.head.estimate) {
            abort();
        }
        ph_regression_release(c, &r);
    } else if (ph_context_message(c)[0] == '\0') {
        abort();
    }
    ph_context_free(c);
    free(formula);
    return 0;
}
