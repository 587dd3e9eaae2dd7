// SPDX-License-Identifier: Apache-2.0
// One series, interrupted.
#include "interface.h"

#include <math.h>
#include <string.h>

static double told(const struct ph_series_result *r, const char *name, bool error)
{
    for (size_t i = 0; i < r->n_coefficients; i++) {
        if (strcmp(r->coefficients[i].name, name) == 0) {
            return error ? r->coefficients[i].se : r->coefficients[i].estimate;
        }
    }
    return NAN;
}

static void tell_three(
    struct interface *in, const struct ph_series_result *r, bool error, const char *id)
{
    tell(in, told(r, "time", error), "%s", id);
    tell(in, told(r, "level", error), "%s", id);
    tell(in, told(r, "slope", error), "%s", id);
}

// The belt law came with the 170th month.
static void seat_belts(struct interface *in)
{
    static const struct {
        const char *id;
        uint32_t lag;
        bool unadjusted;
    } asked[] = {
        { "its.uk.nw0", 0, true },
        { "its.uk.nw4", 4, true },
        { "its.uk.nw12", 12, true },
        { "its.uk.nw12adj", 12, false },
    };
    struct data *d = read_data(in, "uk_seatbelts.csv");
    data_add_keys(d, "month");
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct ph_series_options o = PH_SERIES_OPTIONS;
        struct ph_series_result r;
        o.outcome = column(d, "drivers");
        o.log = true;
        o.from = 170;
        o.season = key_column(d, "month");
        o.lag = asked[i].lag;
        o.unadjusted = asked[i].unadjusted;
        if (!worked(in, ph_series(in->context, &d->frame, &o, &r), asked[i].id)) {
            continue;
        }
        tell_three(in, &r, true, asked[i].id);
        if (i == 0) {
            tell_three(in, &r, false, "its.uk.coef");
            tell(in, r.durbin_watson, "its.uk.dw");
            tell(in, r.autocorrelation1, "its.uk.dw");
        }
        ph_series_release(in->context, &r);
    }
    data_free(d);
}

static void smoking_ban(struct interface *in)
{
    struct data *d = read_data(in, "sicily_smokeban_ace.csv");
    for (int quasi = 0; quasi < 2; quasi++) {
        struct ph_series_options o = PH_SERIES_OPTIONS;
        struct ph_series_result r;
        o.outcome = column(d, "aces");
        o.time = column(d, "time");
        o.from = 37;
        o.no_slope = true;
        o.exposure = column(d, "stdpop");
        o.family = quasi ? PH_FAMILY_QUASI_POISSON : PH_FAMILY_POISSON;
        o.newey_west = false;
        if (!worked(in, ph_series(in->context, &d->frame, &o, &r), "smoking ban")) {
            continue;
        }
        if (quasi) {
            tell(in, r.rate_ratio, "its.sicily.rr");
        }
        tell_interval(
            in, r.rate_ratio_interval, "its.sicily.rr.ci.%s", quasi ? "quasi" : "poisson");
        ph_series_release(in->context, &r);
    }
    data_free(d);
}

// The logarithm of the rate by least squares, with two harmonics.
static void log_rate(struct interface *in)
{
    struct ph_series_options o = PH_SERIES_OPTIONS;
    struct ph_series_result r;
    struct data *d = read_data(in, "sicily_smokeban_ace.csv");
    o.outcome = column(d, "aces");
    o.time = column(d, "time");
    o.from = 37;
    o.no_slope = true;
    o.exposure = column(d, "stdpop");
    o.log = true;
    o.harmonics = 2;
    o.lag = 6;
    if (worked(in, ph_series(in->context, &d->frame, &o, &r), "log rate")) {
        tell(in, r.head.estimate, "its.sicily.logols");
        tell(in, r.head.se, "its.sicily.logols");
        ph_series_release(in->context, &r);
    }
    data_free(d);
}

void answer_series(struct interface *in)
{
    seat_belts(in);
    smoking_ban(in);
    log_rate(in);
}
