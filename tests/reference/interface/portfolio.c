// SPDX-License-Identifier: Apache-2.0
// Several measures, several pilots.
#include "interface.h"

static void measures(struct interface *in)
{
    static const double p[] = { .0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459,
        .3240, .4262, .5719, .6528, .7590, 1 };
    const struct ph_column values = { .name = "p", .kind = PH_REAL, .real = p };
    const struct ph_frame frame = { .rows = COUNT(p), .columns = 1, .column = &values };
    struct ph_adjust_options o = PH_ADJUST_OPTIONS;
    struct ph_adjust_result r;
    if (worked(in, ph_adjust(in->context, &frame, &o, &r), "adjust")) {
        for (size_t i = 0; i < r.n; i++) {
            tell(in, r.measures[i].holm, "mult.holm");
            tell(in, r.measures[i].bh, "mult.bh");
            tell(in, r.measures[i].by, "mult.by");
        }
        ph_adjust_release(in->context, &r);
    }
}

static const struct {
    const char *name;
    enum ph_tau_kind kind;
} taus[] = { { "DL", PH_TAU_DERSIMONIAN_LAIRD }, { "REML", PH_TAU_REML },
    { "PM", PH_TAU_PAULE_MANDEL }, { "ML", PH_TAU_ML }, { "EB", PH_TAU_PAULE_MANDEL } };

static void schools(struct interface *in)
{
    struct data *d = read_data(in, "eight_schools.csv");
    for (size_t i = 0; i < 4; i++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result r;
        o.estimate = column(d, "y");
        o.se = column(d, "se");
        o.kind = taus[i].kind;
        if (worked(in, ph_shrink(in->context, &d->frame, &o, &r), "shrink")) {
            tell(in, r.tau2, "eb.schools.%s", taus[i].name);
            tell(in, r.head.estimate, "eb.schools.%s", taus[i].name);
            tell(in, r.head.se, "eb.schools.%s", taus[i].name);
            ph_shrink_release(in->context, &r);
        }
    }
    data_free(d);
}

static void tell_trials(struct interface *in, const struct ph_shrink_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        tell(in, r->pilots[i].shrunk, "eb.bcg.blup");
        tell(in, r->pilots[i].shrunk_se, "eb.bcg.blup.se");
    }
    tell_interval(in, r->prediction, "eb.bcg.pi");
}

static void trials(struct interface *in)
{
    static const char *const cells[] = { "tpos", "tneg", "cpos", "cneg" };
    struct data *d = read_data(in, "bcg_trials.csv");
    for (size_t i = 0; i < COUNT(taus); i++) {
        struct ph_shrink_options o = PH_SHRINK_OPTIONS;
        struct ph_shrink_result r;
        for (size_t j = 0; j < COUNT(cells); j++) {
            o.counts[j] = column(d, cells[j]);
        }
        o.kind = taus[i].kind;
        if (taus[i].kind == PH_TAU_ML ||
            !worked(in, ph_shrink(in->context, &d->frame, &o, &r), "shrink")) {
            continue;
        }
        tell(in, r.tau2, "eb.bcg.%s", taus[i].name);
        tell(in, r.head.estimate, "eb.bcg.%s", taus[i].name);
        tell(in, r.head.se, "eb.bcg.%s", taus[i].name);
        tell(in, r.i2, "eb.bcg.%s", taus[i].name);
        if (taus[i].kind == PH_TAU_REML) {
            tell_trials(in, &r);
        }
        ph_shrink_release(in->context, &r);
    }
    data_free(d);
}

void answer_portfolio(struct interface *in)
{
    measures(in);
    schools(in);
    trials(in);
}
