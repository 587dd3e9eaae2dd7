// SPDX-License-Identifier: Apache-2.0
// Any file: the engine's reader answers, with a frame that every row method takes or refuses in
// words. The first byte chooses the method. A number that comes out is finite or NAN, and intervals
// hold their estimate.
#include "csv.h"

#include <math.h>
#include <stdlib.h>

static void look_at(enum ph_status status, const struct ph_context *c, const struct ph_result *r)
{
    if (status != PH_OK) {
        if (ph_context_message(c)[0] == '\0') {
            abort();
        }
        return;
    }
    if (isinf(r->estimate) || isinf(r->se) || isinf(r->p) || r->p < 0 || r->p > 1) {
        abort();
    }
    if (r->interval.lo > r->estimate || r->interval.hi < r->estimate) {
        abort();
    }
}

static void measure(struct ph_context *c, const struct ph_frame *f, unsigned choice)
{
    switch (choice % 5) {
    case 0: {
        struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
        struct ph_feasibility_result r;
        o.trials = choice & 64 ? 1 : PH_NONE;
        o.unit = choice & 128 ? 2 : PH_NONE;
        look_at(ph_feasibility(c, f, &o, &r), c, &r.head);
        break;
    }
    case 1: {
        struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
        struct ph_accuracy_result r;
        o.unit = choice & 64 ? 2 : PH_NONE;
        o.limits = choice & 128 ? PH_LIMITS_EXACT : PH_LIMITS_APPROXIMATE;
        look_at(ph_accuracy(c, f, &o, &r), c, &r.head);
        break;
    }
    case 2: {
        struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
        struct ph_before_after_result r;
        o.unpaired = choice & 64;
        look_at(ph_before_after(c, f, &o, &r), c, &r.head);
        break;
    }
    case 3: {
        struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
        struct ph_welch_result r;
        o.cluster = choice & 64 ? 2 : PH_NONE;
        look_at(ph_welch(c, f, &o, &r), c, &r.head);
        break;
    }
    default: {
        struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
        struct ph_proportions_result r;
        o.cluster = choice & 64 ? 2 : PH_NONE;
        look_at(ph_proportions(c, f, &o, &r), c, &r.head);
        break;
    }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    static const struct ev_want wants[] = { { "y", PH_REAL }, { "g", PH_REAL }, { "u", PH_KEY } };
    struct ph_context *c = ph_context_new(NULL);
    struct ev_table *t = NULL;
    enum ph_status status = ev_csv_read(c, (const char *)data + 1, size - 1, wants, 3, &t);
    if (status == PH_OK) {
        measure(c, &t->frame, data[0]);
        ev_table_free(c, t);
    } else if (ph_context_message(c)[0] == '\0') {
        abort();
    }
    ph_context_free(c);
    return 0;
}
