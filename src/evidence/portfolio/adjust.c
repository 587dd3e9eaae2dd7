// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include <stdlib.h>

enum { MEASURES_MAX = 1 << 24 };

struct ranked {
    double p;
    size_t at;
};

static int by_p(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->p != y->p) {
        return x->p < y->p ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static enum ph_status check_p(struct ph_context *c, const struct ph_frame *f, int32_t column)
{
    enum ph_status status = ev_column_check(c, f, column, PH_REAL, "p-value");
    for (size_t i = 0; status == PH_OK && i < f->rows; i++) {
        if (ev_cell_missing(f, column, i)) {
            continue;
        }
        double p = ev_cell(f, column, i);
        if (!(p >= 0 && p <= 1)) {
            status = ev_complain(
                c, PH_DATA, "Row %zu: %.15g is no p-value; they lie from 0 to 1.", ev_row(f, i), p);
        }
    }
    return status;
}

// Holm (1979, Scand. J. Stat. 6:65), Benjamini & Hochberg (1995, JRSS-B 57:289), Benjamini &
// Yekutieli (2001, Ann. Stat. 29:1165). RANKED is sorted; FAMILY counts the missing ones too, as if
// their p were 1.
static void adjust(
    const struct ranked *ranked, size_t n, size_t family, struct ph_adjusted *measures)
{
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, (double)(family - i) * ranked[i].p);
        measures[ranked[i].at].holm = fmin(worst, 1);
    }
    double harmonic = 0;
    for (size_t i = family; i >= 1; i--) {
        harmonic += 1 / (double)i;
    }
    double best = 1;
    double best_any = 1;
    for (size_t i = n; i-- > 0;) {
        double scaled = (double)family / (double)(i + 1) * ranked[i].p;
        best = fmin(best, scaled);
        best_any = fmin(best_any, harmonic * scaled);
        measures[ranked[i].at].bh = best;
        measures[ranked[i].at].by = best_any;
    }
}

enum ph_status ph_adjust(struct ph_context *c, const struct ph_frame *f,
    const struct ph_adjust_options *o, struct ph_adjust_result *ret_result)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_result);
    if (status != PH_OK || (status = check_p(c, f, o->p)) != PH_OK) {
        return status;
    }
    if (f->rows > MEASURES_MAX) {
        return ev_complain(c, PH_TOO_LARGE, "At most %d measures.", MEASURES_MAX);
    }
    struct ranked *ranked = ev_take(c, f->rows, sizeof(*ranked));
    struct ph_adjusted *measures = ranked ? ev_take(c, f->rows, sizeof(*measures)) : NULL;
    if (!measures) {
        ev_give_back(c, ranked);
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        measures[i] = (struct ph_adjusted){ i, NAN, NAN, NAN, NAN };
        if (!ev_cell_missing(f, o->p, i)) {
            measures[i].p = ev_cell(f, o->p, i);
            ranked[n++] = (struct ranked){ measures[i].p, i };
        }
    }
    if (n == 0) {
        status = ev_complain(c, PH_DATA, "There is no p-value to adjust.");
    } else {
        qsort(ranked, n, sizeof(*ranked), by_p);
        adjust(ranked, n, f->rows, measures);
    }
    ev_give_back(c, ranked);
    if (status != PH_OK) {
        ev_give_back(c, measures);
        return status;
    }
    *ret_result = (struct ph_adjust_result){ .n = f->rows,
        .n_missing = f->rows - n,
        .measures = measures,
        .warnings = n < f->rows ? PH_WARN_UNDEFINED : 0 };
    return PH_OK;
}

void ph_adjust_release(struct ph_context *c, struct ph_adjust_result *r)
{
    if (c && r) {
        ev_give_back(c, r->measures);
        *r = (struct ph_adjust_result){ 0 };
    }
}
