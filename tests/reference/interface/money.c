// SPDX-License-Identifier: Apache-2.0
// Is it worth its cost, and is knowing more?
#include "interface.h"

static void vaccines(struct interface *in)
{
    static const double values[] = { 10000, 25000, 40000 };
    struct ph_cost_options o = PH_COST_OPTIONS;
    struct ph_cost_result r;
    struct data *d = read_data(in, "vaccine_psa.csv");
    o.effect[0] = column(d, "e0");
    o.effect[1] = column(d, "e1");
    o.cost[0] = column(d, "c0");
    o.cost[1] = column(d, "c1");
    o.values = values;
    o.n_values = COUNT(values);
    if (worked(in, ph_cost(in->context, &d->frame, &o, &r), "cost")) {
        tell(in, r.head.estimate, "cea.vac.icer");
        for (size_t i = 0; i < r.n_at; i++) {
            tell(in, r.at[i].benefit, "cea.vac.k%.0f", r.at[i].value);
            tell(in, r.at[i].beneficial, "cea.vac.k%.0f", r.at[i].value);
            tell(in, r.at[i].evpi, "cea.vac.k%.0f", r.at[i].value);
        }
        ph_cost_release(in->context, &r);
    }
    data_free(d);
}

static void information(struct interface *in)
{
    static const double points[] = { 0, 0.5, 1, 2 };
    struct ph_voi_options o = PH_VOI_OPTIONS;
    struct ph_voi_result r;
    for (size_t i = 0; i < COUNT(points); i++) {
        tell(in, ph_unit_normal_loss(points[i]), "evpi.ull");
    }
    o.mean = 120;
    o.sd = 300;
    o.population = 1000;
    o.n = 400;
    o.sigma = 2000;
    if (worked(in, ph_voi(in->context, &o, &r), "voi")) {
        tell(in, r.evpi, "evpi.normal");
        tell(in, r.evsi, "evsi.normal");
    }
}

void answer_money(struct interface *in)
{
    vaccines(in);
    information(in);
}
