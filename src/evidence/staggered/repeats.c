// SPDX-License-Identifier: Apache-2.0
// What a regression over a panel would take without a word: a unit that is told to start twice, and
// several rows of one unit at one time.
#include "did.h"

#include <stdlib.h>

struct place {
    int32_t unit;
    double time;
    size_t row;
};

static int by_unit_and_time(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->unit != y->unit) {
        return x->unit < y->unit ? -1 : 1;
    }
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

static double told(const struct ph_frame *f, int32_t first_treated, size_t row)
{
    return ev_cell_missing(f, first_treated, row) ? 0 : ev_cell(f, first_treated, row);
}

enum ph_status ev_panel_repeats(struct ph_context *c, const struct ph_frame *f,
    const struct ph_panel_columns *columns, uint64_t *ret_warnings)
{
    struct place *place = ev_take_raw(c, f->rows, sizeof(*place));
    size_t n = 0;
    bool sorted = true;
    if (!place) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < f->rows; i++) {
        if (ev_cell_missing(f, columns->outcome, i) || ev_cell_missing(f, columns->unit, i) ||
            ev_cell_missing(f, columns->time, i)) {
            continue;
        }
        place[n] =
            (struct place){ ev_cell_key(f, columns->unit, i), ev_cell(f, columns->time, i), i };
        sorted = sorted && (n == 0 || by_unit_and_time(&place[n - 1], &place[n]) < 0);
        n++;
    }
    if (!sorted) {
        qsort(place, n, sizeof(*place), by_unit_and_time);
    }
    enum ph_status status = PH_OK;
    bool one_time = n > 0;
    int32_t first = columns->first_treated;
    for (size_t i = 1; status == PH_OK && i < n; i++) {
        const struct place *own = &place[i];
        const struct place *before = &place[i - 1];
        one_time = one_time && own->time == before->time;
        if (own->unit != before->unit) {
            continue;
        }
        *ret_warnings |= own->time == before->time ? PH_WARN_REPEATED_CELLS : 0;
        if (first != PH_NONE && told(f, first, own->row) != told(f, first, before->row)) {
            status = ev_complain(c, PH_DATA,
                "Row %zu: this unit's first treated time differs from that in row %zu.",
                ev_row(f, own->row), ev_row(f, before->row));
        }
    }
    ev_give_back(c, place);
    if (status == PH_OK && one_time) {
        return ev_complain(c, PH_DATA,
            "All rows are of one time: a panel needs times before and after the start.");
    }
    return status;
}
