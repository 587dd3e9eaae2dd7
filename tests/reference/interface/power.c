// SPDX-License-Identifier: Apache-2.0
// Could the plan answer?
#include "interface.h"

// Asks for what SOLVE says, whatever OPTIONS have in its place.
static double solved(
    struct interface *in, enum ph_solve solve, struct ph_power_options options, const char *id)
{
    struct ph_power_result r;
    options.solve = solve;
    if (!worked(in, ph_power(in->context, &options, &r), id)) {
        return 0;
    }
    return solve == PH_SOLVE_POWER ? r.power : solve == PH_SOLVE_N ? r.n : r.effect;
}

static void means(struct interface *in)
{
    struct ph_power_options o = PH_POWER_OPTIONS;
    o.n = 64;
    o.effect = 0.5;
    o.count_wrong_tail = true;
    tell(in, solved(in, PH_SOLVE_POWER, o, "power of 64"), "power.t.n64.d05");
    o.n = 90;
    o.ratio = 150.0 / 90;
    tell(in, solved(in, PH_SOLVE_EFFECT, o, "effect of 90 and 150"), "power.mde.t2n.90.150");
    o.n = 100;
    o.ratio = 1;
    o.count_wrong_tail = false;
    tell(in, solved(in, PH_SOLVE_EFFECT, o, "effect of 100"), "power.mde.n100");
}

static void shares(struct interface *in)
{
    struct ph_power_options o = PH_POWER_OPTIONS;
    o.kind = PH_POWER_TWO_PROPORTIONS;
    o.p0 = 0.5;
    o.effect = 0.25;
    o.power = 0.9;
    tell(in, solved(in, PH_SOLVE_N, o, "half against three quarters"), "power.prop.n");
    o.p0 = 0.1;
    o.effect = 0.02;
    o.power = 0.8;
    tell(in, solved(in, PH_SOLVE_N, o, "a tenth and a little"), "power.prop.n.small");
}

static void clusters(struct interface *in)
{
    struct ph_power_options o = PH_POWER_OPTIONS;
    o.n = 20;
    o.cluster_size = 30;
    o.icc = 0.05;
    o.count_wrong_tail = true;
    tell(in, solved(in, PH_SOLVE_EFFECT, o, "effect of clusters"), "power.cluster.mde");
}

void answer_power(struct interface *in)
{
    means(in);
    shares(in);
    clusters(in);
}
