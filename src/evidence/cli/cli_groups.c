// SPDX-License-Identifier: Apache-2.0
// Before against after, and two groups: before-after, welch, proportions.
#include "internal.h"

#include "cli.h"

static int before_after(struct ev_call *k)
{
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result r;
    const char *time = ev_text(k, "--time");
    double from = ev_value_of(k, "--from");
    if (!ev_given(k, "--outcome")) {
        return ev_misused(k, "Give --data FILE.csv and --outcome COLUMN.");
    }
    if (ev_given(k, "--period") == !!time || (time && isnan(from))) {
        return ev_misused(k, "Give --period COLUMN with 0 and 1, or --time COLUMN --from VALUE.");
    }
    o.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.period = ev_want(k, time ? time : ev_text(k, "--period"), PH_REAL);
    o.unit = ev_want(k, ev_text(k, "--unit"), PH_KEY);
    o.unpaired = ev_given(k, "--unpaired");
    o.level = ev_value_of(k, "--level");
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    if (time) {
        double *at = (double *)(uintptr_t)k->table->columns[o.period].real;
        for (size_t i = 0; i < k->table->frame.rows; i++) {
            at[i] = at[i] >= from;
        }
    }
    enum ph_status status = ph_before_after(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_report_head(j, "before-after", &r.head);
        ev_json_number(j, "mean_before", r.mean_before);
        ev_json_number(j, "mean_after", r.mean_after);
        ev_json_number(j, "sd_before", r.sd_before);
        ev_json_number(j, "sd_after", r.sd_after);
        ev_json_number(j, "sd_change", r.sd_change);
        ev_json_number(j, "n_before", (double)r.n_before);
        ev_json_number(j, "n_after", (double)r.n_after);
        ev_json_number(j, "pairs", (double)r.pairs);
        ev_json_number(j, "only_before", (double)r.only_before);
        ev_json_number(j, "only_after", (double)r.only_after);
        ev_json_number(j, "nesta_level", r.nesta_level);
        return ev_plot_head(k, &r.head);
    }
    return ev_answer(k, status);
}

// Reads what both two-group methods take; the frame is loaded on EV_DONE.
static int two_groups(struct ev_call *k, struct ph_two_group_options *o, const char *trials)
{
    const struct ev_value *cluster = ev_list(k, "--cluster");
    if (!ev_given(k, "--outcome")) {
        return ev_misused(k, "Give --data FILE.csv and --outcome COLUMN.");
    }
    if (!ev_given(k, "--treat")) {
        return ev_misused(k, "Give --treat COLUMN with 1 for treated and 0 for comparison.");
    }
    if (cluster->n > 1) {
        return ev_misused(k, "--cluster takes one column here.");
    }
    o->outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o->treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o->trials = ev_want(k, trials, PH_REAL);
    o->cluster = ev_want(k, cluster->n ? cluster->items[0] : NULL, PH_KEY);
    return ev_load(k);
}

static void options_of(const struct ev_call *k, struct ph_two_group_options *o)
{
    o->design = ev_design_named(k);
    o->level = ev_value_of(k, "--level");
}

static int welch(struct ev_call *k)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    options_of(k, &o);
    int loaded = two_groups(k, &o, NULL);
    if (loaded != EV_DONE) {
        return loaded;
    }
    enum ph_status status = ph_welch(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        struct ev_json *j = k->report;
        ev_report_head(j, "welch", &r.head);
        ev_json_number(j, "mean0", r.mean[0]);
        ev_json_number(j, "mean1", r.mean[1]);
        ev_json_number(j, "sd0", r.sd[0]);
        ev_json_number(j, "sd1", r.sd[1]);
        ev_json_number(j, "n0", (double)r.n[0]);
        ev_json_number(j, "n1", (double)r.n[1]);
        ev_json_number(j, "clusters0", (double)r.clusters[0]);
        ev_json_number(j, "clusters1", (double)r.clusters[1]);
        return ev_plot_head(k, &r.head);
    }
    return ev_answer(k, status);
}

static void report_proportions(struct ev_json *o, const struct ph_proportions_result *p)
{
    ev_report_head(o, "proportions", &p->head);
    ev_json_number(o, "x0", p->successes[0]);
    ev_json_number(o, "n0", p->trials[0]);
    ev_json_number(o, "x1", p->successes[1]);
    ev_json_number(o, "n1", p->trials[1]);
    ev_json_number(o, "share0", p->share[0]);
    ev_report_interval(o, "wilson0", p->share_interval[0]);
    ev_json_number(o, "share1", p->share[1]);
    ev_report_interval(o, "wilson1", p->share_interval[1]);
    ev_json_number(o, "clusters0", (double)p->clusters[0]);
    ev_json_number(o, "clusters1", (double)p->clusters[1]);
    ev_report_interval(o, "newcombe", p->newcombe);
    ev_report_interval(o, "miettinen_nurminen", p->miettinen_nurminen);
    ev_report_interval(o, "wald", p->wald);
    ev_report_interval(o, "wald_unbiased", p->wald_unbiased);
}

static int proportions(struct ev_call *k)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_proportions_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    options_of(k, &o);
    enum ph_status status;
    if (counts->given) {
        const double *n = counts->numbers;
        if (counts->n != 4) {
            return ev_misused(k, "--counts takes x1,n1,x0,n0 here: treated, then comparison.");
        }
        status = ph_proportions_counts(k->c, n[0], n[1], n[2], n[3], &o, &r);
    } else {
        int loaded = two_groups(k, &o, ev_text(k, "--trials"));
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_proportions(k->c, &k->table->frame, &o, &r);
    }
    if (status == PH_OK) {
        report_proportions(k->report, &r);
        return ev_plot_head(k, &r.head);
    }
    return ev_answer(k, status);
}

static const struct ev_option before_after_options[] = {
    { "--period", EV_OPTION_TEXT, NULL, "Column with 0 before, 1 after", NULL },
    { "--time", EV_OPTION_TEXT, NULL, "Column of periods, instead of --period", NULL },
    { "--from", EV_OPTION_NUMBER, NULL, "First time that counts as after", NULL },
    { "--unpaired", EV_OPTION_FLAG, NULL, "Compare all units' means, not changes", NULL },
};

static const struct ev_option welch_options[] = { EV_DESIGN_OPTION };

static const struct ev_option proportions_options[] = {
    EV_DESIGN_OPTION,
    { "--trials", EV_OPTION_TEXT, NULL, "Column of trials, where the outcome counts successes",
        NULL },
    { "--counts", EV_OPTION_NUMBERS, NULL, "x1,n1,x0,n0 instead of a file: treated first", NULL },
};

enum { GROUPS = EV_DATA | EV_OUTCOME | EV_TREAT | EV_CLUSTER | EV_LEVEL | EV_PLOT };

static const struct ev_method methods[] = {
    { "before-after", "Did units change?", EV_DATA | EV_OUTCOME | EV_UNIT | EV_LEVEL | EV_PLOT,
        before_after_options, EV_COUNT(before_after_options), before_after },
    { "welch", "Did two groups' means differ?", GROUPS, welch_options, EV_COUNT(welch_options),
        welch },
    { "proportions", "Did two groups' shares differ?", GROUPS, proportions_options,
        EV_COUNT(proportions_options), proportions },
};

extern const struct ev_area ev_area_groups;
const struct ev_area ev_area_groups = { "groups", methods, EV_COUNT(methods) };
