// SPDX-License-Identifier: Apache-2.0
// Two groups: means, shares.
#include "interface.h"

static void means(struct interface *in)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    struct data *d = read_data(in, "nsw_lalonde_dw.csv");
    o.outcome = column(d, "re78");
    o.treat = column(d, "treat");
    o.design = PH_DESIGN_RANDOMISED;
    if (worked(in, ph_welch(in->context, &d->frame, &o, &r), "welch")) {
        tell(in, r.head.estimate, "welch.nsw.diff");
        tell(in, r.head.se, "welch.nsw.se");
        tell(in, r.head.df, "welch.nsw.df");
        tell(in, r.head.p, "welch.nsw.p");
        tell_interval(in, r.head.interval, "welch.nsw.ci95");
    }
    data_free(d);
}

static void returns(struct interface *in, const struct data *d, const char *outcome)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_proportions_result r;
    o.outcome = column(d, outcome);
    o.treat = column(d, "gate40");
    o.design = PH_DESIGN_RANDOMISED;
    if (!worked(in, ph_proportions(in->context, &d->frame, &o, &r), outcome)) {
        return;
    }
    for (int arm = 0; arm < 2; arm++) {
        tell(in, r.successes[arm], "prop.cc.%s.counts", outcome);
        tell(in, r.trials[arm], "prop.cc.%s.counts", outcome);
        tell_interval(in, r.share_interval[arm], "wilson.cc.%s.arm%d", outcome, arm);
    }
    tell(in, r.head.estimate, "prop.cc.%s.diff", outcome);
    tell(in, r.head.p, "prop.cc.%s.p", outcome);
    tell_interval(in, r.wald, "prop.cc.%s.wald95", outcome);
    tell_interval(in, r.newcombe, "newcombe.cc.%s", outcome);
    tell_interval(in, r.miettinen_nurminen, "mn.cc.%s", outcome);
}

// Newcombe's own examples, treated first.
static void published(struct interface *in)
{
    static const double counts[][4] = { { 56, 70, 48, 80 }, { 9, 10, 3, 10 }, { 6, 7, 2, 7 },
        { 5, 56, 0, 29 }, { 0, 10, 0, 20 }, { 0, 10, 0, 10 }, { 10, 10, 0, 20 },
        { 10, 10, 0, 10 } };
    for (size_t i = 0; i < COUNT(counts); i++) {
        const double *n = counts[i];
        tell_interval(
            in, ph_newcombe(n[0], n[1], n[2], n[3], 0.95), "newcombe.t2%c", "abcdefgh"[i]);
    }
}

// Counts a day, up to several days.
static void days(struct interface *in)
{
    static const double last[] = { 5, 10, 15, 20, 23 };
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_proportions_result r;
    for (size_t i = 0; i < COUNT(last); i++) {
        struct data *d = read_data(in, "udacity_free_trial_daily.csv");
        data_keep(d, "day", 1, last[i]);
        o.outcome = column(d, "enrollments");
        o.trials = column(d, "clicks");
        o.treat = column(d, "arm");
        o.design = PH_DESIGN_RANDOMISED;
        if (worked(in, ph_proportions(in->context, &d->frame, &o, &r), "days")) {
            tell(in, (r.wald_unbiased.hi - r.wald_unbiased.lo) / 2, "fixed.udacity");
        }
        data_free(d);
    }
}

void answer_groups(struct interface *in)
{
    means(in);
    struct data *d = read_data(in, "cookie_cats.csv");
    returns(in, d, "ret1");
    returns(in, d, "ret7");
    data_free(d);
    published(in);
    days(in);
}
