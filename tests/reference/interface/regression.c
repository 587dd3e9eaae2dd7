// SPDX-License-Identifier: Apache-2.0
// Regression with fixed effects, few clusters, two groups at two times.
#include "interface.h"

// One regression, and under which ids its coefficient in focus is told. NULL: not asked.
struct fit {
    enum ph_vcov vcov;
    const char *estimate, *se, *df, *p;
    enum ph_counted counted;
    const char *second_cluster;
    const char *weights;
};

static void tell_fit(struct interface *in, const struct data *d, const char *formula,
    const char *cluster, const struct fit *f)
{
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    bool clustered = f->vcov >= PH_VCOV_CR0 && f->vcov <= PH_VCOV_CR3;
    o.formula = formula;
    o.vcov = f->vcov;
    o.counted = f->counted;
    o.cluster[0] = clustered ? key_column(d, cluster) : PH_NONE;
    o.cluster[1] = f->second_cluster ? key_column(d, f->second_cluster) : PH_NONE;
    o.weights = f->weights ? column(d, f->weights) : PH_NONE;
    if (!worked(in, ph_regression(in->context, &d->frame, &o, &r), formula)) {
        return;
    }
    const struct {
        const char *id;
        double value;
    } told[] = { { f->estimate, r.head.estimate }, { f->se, r.head.se }, { f->df, r.head.df },
        { f->p, r.head.p } };
    for (size_t i = 0; i < COUNT(told); i++) {
        if (told[i].id) {
            tell(in, told[i].value, "%s", told[i].id);
        }
    }
    ph_regression_release(in->context, &r);
}

static void tell_wild(struct interface *in, const struct data *d, const char *formula,
    const char *cluster, const char *p, const char *interval)
{
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result r;
    o.formula = formula;
    o.cluster = key_column(d, cluster);
    o.draws = 99999;
    if (!worked(in, ph_wildboot(in->context, &d->frame, &o, &r), formula)) {
        return;
    }
    tell(in, r.head.p, "%s", p);
    if (interval) {
        tell_interval(in, r.head.interval, "%s", interval);
    }
}

// ---- Laws that start at different times: effects of states and years ----

static void laws(struct interface *in)
{
    static const char formula[] =
        "log(homicide) ~ I(first_treat>0 & year>=first_treat) | sid + year";
    static const struct fit fits[] = {
        { .vcov = PH_VCOV_CR1, .estimate = "twfe.castle.est", .se = "twfe.castle.se.nested" },
        { .vcov = PH_VCOV_CR1, .counted = PH_COUNT_ALL, .se = "twfe.castle.se.full" },
        { .vcov = PH_VCOV_CR1, .counted = PH_COUNT_ALL, .se = "twfe.castle.CR1S.se" },
        { .vcov = PH_VCOV_CR0, .se = "twfe.castle.se.none" },
        { .vcov = PH_VCOV_HC1, .se = "twfe.castle.se.hetero" },
        { .vcov = PH_VCOV_CR1, .second_cluster = "year", .se = "twfe.castle.se.twoway" },
        { .vcov = PH_VCOV_CR1,
            .weights = "population",
            .estimate = "twfe.castle.w.est",
            .se = "twfe.castle.w.se" },
        { .vcov = PH_VCOV_CR2,
            .se = "twfe.castle.CR2.se",
            .df = "twfe.castle.CR2.df",
            .p = "twfe.castle.CR2.p" },
    };
    struct data *d = read_data(in, "castle_doctrine.csv");
    data_add_keys(d, "sid");
    data_add_keys(d, "year");
    for (size_t i = 0; i < COUNT(fits); i++) {
        tell_fit(in, d, formula, "sid", &fits[i]);
    }
    tell_wild(in, d, formula, "sid", "wcb.castle.p", "wcb.castle.ci");
    data_free(d);
}

// ---- Schools: few clusters ----

static struct data *schools(struct interface *in)
{
    struct data *d = read_data(in, "tvsfp_school_smoking.csv");
    data_add_keys(d, "school");
    return d;
}

static void curriculum(struct interface *in)
{
    static const char formula[] = "thksord ~ cc + thkspre";
    static const struct fit fits[] = {
        { .vcov = PH_VCOV_CR2,
            .estimate = "crt.tvsfp14.est",
            .se = "crt.tvsfp14.CR2.se",
            .df = "crt.tvsfp14.CR2.df",
            .p = "crt.tvsfp14.CR2.p" },
        { .vcov = PH_VCOV_CR3, .se = "crt.tvsfp14.CR3.se" },
        { .vcov = PH_VCOV_CR1, .se = "crt.tvsfp14.CR1.se", .p = "crt.tvsfp14.CR1.p" },
    };
    struct data *d = schools(in);
    data_keep(d, "tv", 0, 0);
    for (size_t i = 0; i < COUNT(fits); i++) {
        tell_fit(in, d, formula, "school", &fits[i]);
    }
    tell_wild(in, d, formula, "school", "wcb.tvsfp14.p", "wcb.tvsfp14.ci");
    data_free(d);
}

static void television(struct interface *in)
{
    static const char formula[] = "thksord ~ tv + thkspre";
    static const char id[] = "crt.tvsfp14b.CR2";
    static const struct fit fit = {
        .vcov = PH_VCOV_CR2, .estimate = id, .se = id, .df = id, .p = id
    };
    static const double eight[] = { 193, 194, 197, 402, 199, 405, 407, 411 };
    struct data *d = schools(in);
    data_keep(d, "cc", 0, 0);
    tell_fit(in, d, formula, "school", &fit);
    tell_wild(in, d, formula, "school", "wcb.tvsfp14b.p", "wcb.tvsfp14b.ci");
    data_keep_among(d, "school", eight, COUNT(eight));
    tell_wild(in, d, formula, "school", "wcb.tvsfp8.p", NULL);
    data_free(d);
}

static void both_arms(struct interface *in)
{
    static const char *const names[] = { "cc", "tv", "cc:tv" };
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    struct data *d = schools(in);
    o.formula = "thksord ~ cc*tv + thkspre";
    o.vcov = PH_VCOV_CR2;
    o.cluster[0] = key_column(d, "school");
    o.jointly = names;
    o.n_jointly = COUNT(names);
    if (worked(in, ph_regression(in->context, &d->frame, &o, &r), "jointly")) {
        tell(in, r.joint.f, "crt.tvsfp28.wald.cr2");
        tell(in, r.joint.df2, "crt.tvsfp28.wald.cr2");
        tell(in, r.joint.p, "crt.tvsfp28.wald.cr2");
        ph_regression_release(in->context, &r);
    }
    data_free(d);
}

// ---- Restaurants: two groups at two times ----

static void restaurants(struct interface *in)
{
    static const char *const names[] = { "kfc", "roys", "wendys", "co_owned", "southj", "centralj",
        "pa1" };
    static const struct {
        enum ph_vcov vcov;
        size_t n_covariates;
        const char *estimate, *se;
    } asked[] = {
        { PH_VCOV_IID, 0, "did22.ck.est", "did22.ck.se.classic" },
        { PH_VCOV_HC1, 0, NULL, "did22.ck.se.HC1" },
        { PH_VCOV_HC2, 0, NULL, "did22.ck.se.HC2" },
        { PH_VCOV_IID, 4, "did22.ck.controls", "did22.ck.controls.se" },
        { PH_VCOV_IID, 7, "did22.ck.regions", NULL },
    };
    int32_t covariates[COUNT(names)];
    struct data *d = read_data(in, "card_krueger_fastfood.csv");
    for (size_t i = 0; i < COUNT(names); i++) {
        covariates[i] = column(d, names[i]);
    }
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct ph_did_options o = PH_DID_OPTIONS;
        struct ph_did_result r;
        o.outcome = column(d, "fte");
        o.treat = column(d, "nj");
        o.post = column(d, "post");
        o.covariates = covariates;
        o.n_covariates = asked[i].n_covariates;
        o.own_vcov = true;
        o.vcov = asked[i].vcov;
        if (!worked(in, ph_did(in->context, &d->frame, &o, &r), "did")) {
            continue;
        }
        if (asked[i].estimate) {
            tell(in, r.head.estimate, "%s", asked[i].estimate);
        }
        if (asked[i].se) {
            tell(in, r.head.se, "%s", asked[i].se);
        }
        ph_did_release(in->context, &r);
    }
    data_free(d);
}

// ---- Leads and lags by two-way fixed effects ----

#define SINCE(years) "I(year-first_treat==" years " & first_treat>0)"

static void leads_and_lags(struct interface *in)
{
    static const char *const leads[] = { SINCE("-4"), SINCE("-3"), SINCE("-2") };
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result r;
    struct data *d = read_data(in, "mpdta.csv");
    data_add_keys(d, "county");
    data_add_keys(d, "year");
    o.formula = "lemp ~ " SINCE("-4") " + " SINCE("-3") " + " SINCE("-2") " + " SINCE(
        "0") " + " SINCE("1") " + " SINCE("2") " + " SINCE("3") " | county + year";
    o.vcov = PH_VCOV_CR1;
    o.cluster[0] = key_column(d, "county");
    o.jointly = leads;
    o.n_jointly = COUNT(leads);
    if (worked(in, ph_regression(in->context, &d->frame, &o, &r), "leads and lags")) {
        for (size_t i = 0; i < r.n_coefficients; i++) {
            tell(in, r.coefficients[i].estimate, "es.twfe.mpdta");
            tell(in, r.coefficients[i].se, "es.twfe.mpdta.se");
        }
        tell(in, r.joint.f, "es.twfe.mpdta.pre");
        tell(in, r.joint.p, "es.twfe.mpdta.pre");
        ph_regression_release(in->context, &r);
    }
    data_free(d);
}

void answer_regression(struct interface *in)
{
    laws(in);
    curriculum(in);
    television(in);
    both_arms(in);
    restaurants(in);
    leads_and_lags(in);
}
