// SPDX-License-Identifier: Apache-2.0
// May we look already?
#include "interface.h"

#include <math.h>

static void bounds(struct interface *in)
{
    static const double times[] = { 10, 100, 1000, 10000 };
    static const struct {
        const char *id;
        enum ph_bound_kind kind;
        double scale;
    } asked[] = {
        { "cs.normmix.2s", PH_BOUND_NORMAL, 1 },
        { "cs.normmix.1s", PH_BOUND_NORMAL_ONE_SIDED, 1 },
        { "cs.polystitch", PH_BOUND_STITCHED, 0 },
        { "cs.gammaexp", PH_BOUND_GAMMA_EXPONENTIAL, 1 },
    };
    struct ph_bound_options o = PH_BOUND_OPTIONS;
    double value;
    for (size_t i = 0; i < COUNT(asked); i++) {
        o.kind = asked[i].kind;
        o.scale = asked[i].scale;
        o.v_min = 10;
        for (size_t j = 0; j < COUNT(times); j++) {
            if (worked(in, ph_bound(in->context, &o, times[j], &value), asked[i].id)) {
                tell(in, value, "%s.v%.0f", asked[i].id, times[j]);
            }
        }
    }
    o = (struct ph_bound_options)PH_BOUND_OPTIONS;
    if (worked(in, ph_bound_log_e(in->context, &o, 35, 120, &value), "e-value")) {
        tell(in, value, "cs.normmix.logmart");
    }
}

static void mixture(struct interface *in)
{
    double log_e = ph_msprt_log_e(5000, 0.012, 0.36, 1e-4);
    tell(in, log_e, "msprt.normal");
    tell(in, fmin(1, exp(-log_e)), "msprt.normal");
}

// ---- Those with the gate at level 40 who came back, one by one ----

static void looks(
    struct interface *in, const struct data *d, struct ph_sequence_options o, const char *id)
{
    struct ph_sequence_result r;
    o.columns.outcome = column(d, "ret1");
    if (!worked(in, ph_sequence(in->context, &d->frame, &o, &r), id)) {
        return;
    }
    for (size_t i = 0; i < r.n_looks; i++) {
        tell(in, r.looks[i].head.interval.lo, "%s", id);
    }
    for (size_t i = 0; i < r.n_looks; i++) {
        tell(in, r.looks[i].head.interval.hi, "%s", id);
    }
    ph_sequence_release(in->context, &r);
}

static void players(struct interface *in)
{
    static const double rows[] = { 50, 100, 500, 1000, 2000 };
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    struct data *d = read_data(in, "cookie_cats.csv");
    data_keep(d, "gate40", 1, 1);
    o.looks = rows;
    o.n_looks = 5;
    o.monitor.kind = PH_MONITOR_BERNSTEIN;
    looks(in, d, o, "cs.predmix_eb.cc");
    o.monitor.kind = PH_MONITOR_HOEFFDING;
    o.monitor.tuned_for = 500;
    looks(in, d, o, "cs.hoeffding.cc");
    o.kind = PH_SEQUENCE_BETTING;
    o.grid = 10000;
    o.n_looks = 4;
    looks(in, d, o, "cs.hedged.cc");
    data_free(d);
}

// Two groups' counts day by day, pushed into a monitor as they come in.
static void days(struct interface *in)
{
    static const double first[] = { 1, 6, 11, 16, 21 };
    static const double last[] = { 5, 10, 15, 20, 23 };
    struct ph_monitor_options o = PH_MONITOR_OPTIONS;
    struct ph_monitor m;
    struct ph_look look;
    if (!worked(in, ph_monitor_start(in->context, &o, &m), "monitor")) {
        return;
    }
    for (size_t i = 0; i < COUNT(last); i++) {
        struct data *d = read_data(in, "udacity_free_trial_daily.csv");
        data_keep(d, "day", first[i], last[i]);
        struct ph_monitor_columns columns = { .outcome = column(d, "enrollments"),
            .treat = column(d, "arm"),
            .trials = column(d, "clicks") };
        if (worked(in, ph_monitor_push(in->context, &m, &d->frame, &columns), "push") &&
            worked(in, ph_monitor_read(in->context, &m, &look), "read")) {
            tell(in, look.head.estimate, "cs.asymp.udacity");
            tell(in, look.half_width, "cs.asymp.udacity");
        }
        data_free(d);
    }
    tell(in, ph_asymptotic_rho(o.tuned_for, 1 - o.level), "cs.asymp.rho");
}

void answer_sequence(struct interface *in)
{
    bounds(in);
    mixture(in);
    players(in);
    days(in);
}
