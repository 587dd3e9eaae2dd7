// SPDX-License-Identifier: Apache-2.0
// One treated place: California's tobacco tax.
#include "interface.h"

#include <math.h>
#include <string.h>

static struct ph_panel_columns states(const struct data *d)
{
    return (struct ph_panel_columns){ .outcome = column(d, "cigsale"),
        .unit = key_column(d, "state"),
        .time = column(d, "year"),
        .treat = column(d, "treated"),
        .first_treated = PH_NONE };
}

static const char *state(const struct data *d, int32_t key)
{
    return d->column[key_column(d, "state")].label[key];
}

static double weight_of(
    const struct data *d, const struct ph_unit_weight *unit, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(state(d, unit[i].key), name) == 0) {
            return unit[i].weight;
        }
    }
    return NAN;
}

static void tell_weights(struct interface *in, const struct data *d,
    const struct ph_unit_weight *unit, size_t n, const char *const *names, const char *id)
{
    for (; *names; names++) {
        tell(in, weight_of(d, unit, n, *names), "%s", id);
    }
}

// What VALUES, which stand with TIME, are in a year.
static double in_year(const double *time, const double *values, size_t n, double year)
{
    for (size_t i = 0; i < n; i++) {
        if (time[i] == year) {
            return values[i];
        }
    }
    return NAN;
}

static double gap_2000(const struct ph_synth_result *r)
{
    size_t n = r->pre + r->post;
    return in_year(r->time, r->actual, n, 2000) - in_year(r->time, r->synthetic, n, 2000);
}

static double ratio_of(const struct data *d, const struct ph_synth_result *r, const char *name)
{
    for (size_t i = 0; i < r->n_placebos; i++) {
        if (strcmp(state(d, r->placebo[i].key), name) == 0) {
            return r->placebo[i].ratio;
        }
    }
    return strcmp(name, "California") == 0 ? r->ratio : NAN;
}

static void outcome_alone(struct interface *in, const struct data *d)
{
    static const char *const donors[] = { "Utah", "Montana", "Nevada", "Connecticut",
        "New Hampshire", "Colorado", NULL };
    static const char *const largest[] = { "Missouri", "Virginia", "California", "Georgia",
        "Texas" };
    static const double years[] = { 1988, 1989, 2000 };
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result r;
    o.columns = states(d);
    if (!worked(in, ph_synth(in->context, &d->frame, &o, &r), "outcome alone")) {
        return;
    }
    for (size_t i = 0; i < COUNT(years); i++) {
        tell(in, in_year(r.time, r.actual, r.pre + r.post, years[i]), "sc.prop99.check");
    }
    tell(in, r.loss, "sc.prop99.outcome.loss");
    tell_weights(in, d, r.unit, r.donors, donors, "sc.prop99.outcome.weights");
    tell(in, r.head.estimate, "sc.prop99.outcome.att");
    tell(in, gap_2000(&r), "sc.prop99.outcome.gap2000");
    tell(in, r.ratio, "sc.prop99.outcome.placebo.ratio");
    tell(in, (double)r.rank, "sc.prop99.outcome.placebo.ratio");
    tell(in, r.head.p, "sc.prop99.outcome.placebo.p");
    for (size_t i = 0; i < COUNT(largest); i++) {
        tell(in, ratio_of(d, &r, largest[i]), "sc.prop99.outcome.placebo.top5");
    }
    ph_synth_release(in->context, &r);
}

static void with_predictors(struct interface *in, const struct data *d)
{
    static const char *const best[] = { "Utah", "Nevada", "Montana", "Colorado", "Connecticut",
        "Idaho", NULL };
    static const char *const equal[] = { "Colorado", "Connecticut", "Texas", "Utah", NULL };
    const struct ph_predictor predictors[] = {
        { column(d, "lnincome"), 1980, 1988 },
        { column(d, "age15to24"), 1980, 1988 },
        { column(d, "retprice"), 1980, 1988 },
        { column(d, "beer"), 1984, 1988 },
        { column(d, "cigsale"), 1988, 1988 },
        { column(d, "cigsale"), 1980, 1980 },
        { column(d, "cigsale"), 1975, 1975 },
    };
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result r;
    o.columns = states(d);
    o.predictors = predictors;
    o.n_predictors = COUNT(predictors);
    o.no_placebos = true;
    if (worked(in, ph_synth(in->context, &d->frame, &o, &r), "predictors")) {
        tell_weights(in, d, r.unit, r.donors, best, "sc.prop99.adh.weights");
        tell(in, r.head.estimate, "sc.prop99.adh.att");
        tell(in, gap_2000(&r), "sc.prop99.adh.gap2000");
        tell(in, r.loss / (double)r.pre, "sc.prop99.adh.mspe");
        ph_synth_release(in->context, &r);
    }
    o.v = PH_SYNTH_V_EQUAL;
    if (worked(in, ph_synth(in->context, &d->frame, &o, &r), "equal predictors")) {
        tell(in, r.predictor_loss, "sc.prop99.Vid.loss");
        tell_weights(in, d, r.unit, r.donors, equal, "sc.prop99.Vid.weights");
        tell(in, r.head.estimate, "sc.prop99.Vid.att");
        ph_synth_release(in->context, &r);
    }
}

static void estimate_of(
    struct interface *in, const struct data *d, struct ph_sdid_options o, const char *id)
{
    struct ph_sdid_result r;
    o.columns = states(d);
    o.variance = PH_SDID_NO_VARIANCE;
    if (worked(in, ph_sdid(in->context, &d->frame, &o, &r), id)) {
        tell(in, r.head.estimate, "%s", id);
        ph_sdid_release(in->context, &r);
    }
}

static void differences(struct interface *in, const struct data *d)
{
    static const char *const largest[] = { "Nevada", "New Hampshire", "Connecticut", "Delaware",
        "Colorado", NULL };
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    struct ph_sdid_result r;
    o.columns = states(d);
    if (worked(in, ph_sdid(in->context, &d->frame, &o, &r), "sdid")) {
        tell(in, r.head.estimate, "sdid.prop99.exact");
        tell(in, r.head.se, "sdid.prop99.placebo.se");
        tell(in, r.noise, "sdid.prop99.noise");
        for (double year = 1986; year <= 1988; year++) {
            tell(in, in_year(r.time, r.time_weight, r.pre, year), "sdid.prop99.lambda");
        }
        tell_weights(in, d, r.unit, r.donors, largest, "sdid.prop99.omega5");
        ph_sdid_release(in->context, &r);
    }
    o.method = PH_SDID_DID;
    estimate_of(in, d, o, "sdid.prop99.did");
    o.method = PH_SDID_SC;
    o.solver = PH_SDID_FRANK_WOLFE;
    estimate_of(in, d, o, "sdid.prop99.sc");
    o.method = PH_SDID;
    estimate_of(in, d, o, "sdid.prop99.est");
}

void answer_synthetic(struct interface *in)
{
    struct data *d = read_data(in, "prop99_smoking.csv");
    outcome_alone(in, d);
    with_predictors(in, d);
    differences(in, d);
    data_free(d);
}
