// SPDX-License-Identifier: Apache-2.0
// Does it work here: shares with their intervals.
#include "interface.h"

void answer_agreement(struct interface *in)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    tell_interval(in, ph_wilson(0, 20, 0.95), "wilson.0of20");
    o.floor = 0.5;
    if (worked(in, ph_feasibility_counts(in->context, 81, 263, &o, &r), "feasibility")) {
        tell_interval(in, r.wilson, "wilson.81of263");
        tell_interval(in, r.exact, "cp.81of263");
    }
}
