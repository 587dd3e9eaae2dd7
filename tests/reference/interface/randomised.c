// SPDX-License-Identifier: Apache-2.0
// Randomised comparisons: covariates measured before, randomisation inference.
#include "interface.h"

static void adjusted(struct interface *in)
{
    static const char *const names[] = { "age", "educ", "black", "hisp", "marr", "nodegree", "re74",
        "re75" };
    static const struct {
        const char *id;
        enum ph_adjustment adjustment;
        enum ph_vcov vcov;
        bool tells_estimate;
    } asked[] = {
        { "lin.nsw", PH_ADJUST_LIN, PH_VCOV_HC2, true },
        { "lin.nsw", PH_ADJUST_LIN, PH_VCOV_HC1, false },
        { "lin.nsw", PH_ADJUST_LIN, PH_VCOV_HC3, false },
        { "ancova.nsw", PH_ADJUST_ANCOVA, PH_VCOV_HC2, true },
    };
    int32_t covariates[COUNT(names)];
    struct data *d = read_data(in, "nsw_lalonde_dw.csv");
    for (size_t i = 0; i < COUNT(names); i++) {
        covariates[i] = column(d, names[i]);
    }
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct ph_adjusted_options o = PH_ADJUSTED_OPTIONS;
        struct ph_adjusted_result r;
        o.outcome = column(d, "re78");
        o.treat = column(d, "treat");
        o.covariates = covariates;
        o.n_covariates = COUNT(covariates);
        o.adjustment = asked[i].adjustment;
        o.vcov = asked[i].vcov;
        if (!worked(in, ph_adjusted(in->context, &d->frame, &o, &r), asked[i].id)) {
            continue;
        }
        if (asked[i].tells_estimate) {
            tell(in, r.head.estimate, "%s.est", asked[i].id);
        }
        tell(in, r.head.se, "%s.se.%s", asked[i].id, ph_vcov_name(asked[i].vcov));
    }
    data_free(d);
}

// Ten units, all their 252 assignments.
static void all_assignments(struct interface *in)
{
    static const double y[] = { -1, 8, 4, 7, -3, 2, 5, 6, 0, 9.5 };
    static const double d[] = { 0, 1, 0, 1, 0, 0, 1, 1, 0, 1 };
    const struct ph_column columns[] = {
        { .name = "y", .kind = PH_REAL, .real = y },
        { .name = "d", .kind = PH_REAL, .real = d },
    };
    const struct ph_frame frame = { .rows = COUNT(y), .columns = 2, .column = columns };
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    if (worked(in, ph_randomise(in->context, &frame, &o, &r), "randomise") && r.enumerated) {
        tell(in, r.head.p, "ri.exact10");
        tell(in, (double)r.as_large / r.assignments, "ri.exact10.coin");
    }
}

static void drawn_assignments(struct interface *in)
{
    struct ph_randomise_options o = PH_RANDOMISE_OPTIONS;
    struct ph_randomise_result r;
    struct data *d = read_data(in, "nsw_lalonde_dw.csv");
    o.outcome = column(d, "re78");
    o.treat = column(d, "treat");
    o.draws = 1000000;
    if (worked(in, ph_randomise(in->context, &d->frame, &o, &r), "randomise")) {
        tell(in, r.head.p, "ri.nsw.mc");
    }
    data_free(d);
}

void answer_randomised(struct interface *in)
{
    adjusted(in);
    all_assignments(in);
    drawn_assignments(in);
}
