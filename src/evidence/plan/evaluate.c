// SPDX-License-Identifier: Apache-2.0
// A sealed plan's run: what the plan names is looked for by name, gates first, then the estimate,
// what it is worth, guardrails, and last the verdict, which sees results only.
#include "plan_inner.h"

#include <stdlib.h>

struct run {
    struct ph_context *c;
    const struct ph_sealed *p;
    const struct ph_frame *f;
    int32_t column[PLAN_COLUMNS];
    int32_t covariate[PLAN_COVARIATES_MAX];
    struct ph_evaluation *e;
    bool looks; // before the horizon an interval for many looks is wanted
};

static enum ph_status find(struct run *r, const char *name, enum ph_column_kind kind, int32_t *ret)
{
    *ret = PH_NONE;
    if (name[0] == '\0') {
        return PH_OK;
    }
    for (size_t i = 0; i < r->f->columns; i++) {
        const struct ph_column *col = &r->f->column[i];
        if (col->kind == kind && col->name && strcmp(col->name, name) == 0) {
            *ret = (int32_t)i;
            return PH_OK;
        }
    }
    return ev_complain(r->c, PH_DATA, "The plan's column %.100s is not in the data as %s.", name,
        kind == PH_KEY ? "names of units" : "numbers");
}

static enum ph_status find_columns(struct run *r)
{
    enum ph_status status = PH_OK;
    for (int i = 0; status == PH_OK && i < PLAN_COLUMNS; i++) {
        enum ph_column_kind kind = ev_plan_column_kind((enum plan_column)i);
        status = find(r, r->p->column[i], kind, &r->column[i]);
        if (status == PH_OK && r->column[i] != PH_NONE) {
            status = ev_column_check(r->c, r->f, r->column[i], kind, ev_plan_columns[i]);
        }
    }
    for (size_t i = 0; status == PH_OK && i < r->p->n_covariates; i++) {
        status = find(r, r->p->covariate[i], PH_REAL, &r->covariate[i]);
    }
    return status;
}

static void find_stage(struct run *r)
{
    r->e->stage = PH_STAGE_HORIZON;
    r->e->horizon = r->p->horizon;
    r->e->time = NAN;
    int32_t time = r->column[PLAN_TIME];
    for (size_t i = 0; time != PH_NONE && i < r->f->rows; i++) {
        if (!ev_cell_missing(r->f, time, i) && !(r->e->time >= ev_cell(r->f, time, i))) {
            r->e->time = ev_cell(r->f, time, i);
        }
    }
    if (!isnan(r->p->horizon) && !(r->e->time >= r->p->horizon)) {
        r->e->stage = PH_STAGE_EARLY;
    }
}

// ---- Gates
// ---------------------------------------------------------------------------------------

static void gate(struct run *r, const char *name, double value, double limit, bool passed)
{
    if (r->e->n_gates < PH_GATES_MAX) {
        r->e->gate[r->e->n_gates++] = (struct ph_gate){ name, value, limit, passed };
    }
}

struct arm {
    int32_t key;
    bool treated;
};

static int by_arm(const void *a, const void *b)
{
    const struct arm *x = a;
    const struct arm *y = b;
    return x->key != y->key ? (x->key < y->key ? -1 : 1) : (int)x->treated - (int)y->treated;
}

// Units (clusters where the plan has them, else rows) in each group.
static enum ph_status count_arms(struct run *r, double ret_count[2])
{
    int32_t key =
        r->column[PLAN_CLUSTER] != PH_NONE ? r->column[PLAN_CLUSTER] : r->column[PLAN_UNIT];
    struct arm *arms = ev_take(r->c, r->f->rows, sizeof(*arms));
    if (!arms) {
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < r->f->rows; i++) {
        if (ev_cell_missing(r->f, r->column[PLAN_TREAT], i) ||
            (key != PH_NONE && ev_cell_missing(r->f, key, i))) {
            continue;
        }
        arms[n].key = key == PH_NONE ? (int32_t)i : ev_cell_key(r->f, key, i);
        arms[n++].treated = ev_cell(r->f, r->column[PLAN_TREAT], i) == 1;
    }
    qsort(arms, n, sizeof(*arms), by_arm);
    ret_count[0] = ret_count[1] = 0;
    for (size_t i = 0; i < n; i++) {
        ret_count[arms[i].treated] += i == 0 || by_arm(&arms[i - 1], &arms[i]) != 0;
    }
    ev_give_back(r->c, arms);
    return PH_OK;
}

// Were the groups formed in the planned shares? Pearson's chi-square with one degree of freedom.
static enum ph_status sample_ratio(struct run *r)
{
    double count[2];
    enum ph_status status = count_arms(r, count);
    double n = count[0] + count[1];
    if (status == PH_OK && n > 0) {
        double share = r->p->treated_share;
        double z = (count[1] - n * share) / sqrt(n * share * (1 - share));
        double p = 2 * ph_normal_sf(fabs(z));
        gate(r, "sample-ratio", p, r->p->sample_ratio_p, p >= r->p->sample_ratio_p);
    }
    return status;
}

// Shares of missing outcomes, all together and the difference of the groups.
static void missing(struct run *r)
{
    double lost[2] = { 0, 0 };
    double rows[2] = { 0, 0 };
    int32_t treat = r->column[PLAN_TREAT];
    for (size_t i = 0; i < r->f->rows; i++) {
        bool known = treat == PH_NONE || !ev_cell_missing(r->f, treat, i);
        size_t arm = treat != PH_NONE && known && ev_cell(r->f, treat, i) == 1;
        rows[arm] += known;
        lost[arm] += known && ev_cell_missing(r->f, r->column[PLAN_OUTCOME], i);
    }
    double all = (lost[0] + lost[1]) / (rows[0] + rows[1]);
    if (!isnan(r->p->missing)) {
        gate(r, "missing", all, r->p->missing, all <= r->p->missing);
    }
    if (!isnan(r->p->attrition) && treat != PH_NONE) {
        double gap = fabs(lost[1] / rows[1] - lost[0] / rows[0]);
        gate(r, "attrition", gap, r->p->attrition, gap <= r->p->attrition);
    }
}

static enum ph_status gates_before(struct run *r)
{
    missing(r);
    return isnan(r->p->treated_share) ? PH_OK : sample_ratio(r);
}

// ---- The estimate
// --------------------------------------------------------------------------------

static struct ph_two_group_options two_groups(const struct run *r)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    o.outcome = r->column[PLAN_OUTCOME];
    o.treat = r->column[PLAN_TREAT];
    o.cluster = r->column[PLAN_CLUSTER] != PH_NONE ? r->column[PLAN_CLUSTER] : r->column[PLAN_UNIT];
    o.trials = r->p->method == PLAN_PROPORTIONS ? r->column[PLAN_TRIALS] : PH_NONE;
    o.design = r->p->design;
    o.level = r->p->rule.level;
    return o;
}

static enum ph_status welch(struct run *r)
{
    struct ph_two_group_options o = two_groups(r);
    struct ph_welch_result w;
    struct ph_proportions_result q;
    enum ph_status status = PH_OK;
    if (r->p->method == PLAN_WELCH) {
        status = ph_welch(r->c, r->f, &o, &w);
        r->e->primary = status == PH_OK ? w.head : r->e->primary;
    } else {
        status = ph_proportions(r->c, r->f, &o, &q);
        r->e->primary = status == PH_OK ? q.head : r->e->primary;
    }
    return status;
}

static enum ph_status before_after(struct run *r)
{
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result b;
    o.outcome = r->column[PLAN_OUTCOME];
    o.period = r->column[PLAN_PERIOD];
    o.unit = r->column[PLAN_UNIT];
    o.level = r->p->rule.level;
    enum ph_status status = ph_before_after(r->c, r->f, &o, &b);
    r->e->primary = status == PH_OK ? b.head : r->e->primary;
    return status;
}

static enum ph_status attgt(struct run *r)
{
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result a;
    o.outcome = r->column[PLAN_OUTCOME];
    o.unit = r->column[PLAN_UNIT];
    o.time = r->column[PLAN_TIME];
    o.first_treated = r->column[PLAN_FIRST_TREATED];
    o.cluster = r->column[PLAN_CLUSTER];
    o.covariates = r->covariate;
    o.n_covariates = r->p->n_covariates;
    o.control = r->p->not_yet_treated ? PH_DID_NOT_YET_TREATED : PH_DID_NEVER_TREATED;
    o.delta = r->p->rule.delta;
    o.level = r->p->rule.level;
    enum ph_status status = ph_attgt(r->c, r->f, &o, &a);
    if (status == PH_OK) {
        double alpha = 1 - o.level;
        r->e->primary = a.head;
        // Without a test the leads speak for themselves.
        gate(r, "pre-trend", a.pre_p, alpha, !(a.pre_p < alpha));
        gate(r, "leads-within-delta", NAN, o.delta, a.leads_excluded);
        ph_attgt_release(r->c, &a);
    }
    return status;
}

static struct ph_panel_columns panel(const struct run *r)
{
    return (struct ph_panel_columns){ r->column[PLAN_OUTCOME], r->column[PLAN_UNIT],
        r->column[PLAN_TIME], r->column[PLAN_TREAT], PH_NONE };
}

static enum ph_status synth(struct run *r)
{
    struct ph_synth_options o = PH_SYNTH_OPTIONS;
    struct ph_synth_result s;
    o.columns = panel(r);
    o.delta = r->p->rule.delta;
    o.level = r->p->rule.level;
    enum ph_status status = ph_synth(r->c, r->f, &o, &s);
    if (status == PH_OK) {
        r->e->primary = s.head;
        gate(r, "fit-before", s.pre_rmspe, o.delta / 2, s.pre_rmspe <= o.delta / 2);
        ph_synth_release(r->c, &s);
    }
    return status;
}

static enum ph_status sdid(struct run *r)
{
    struct ph_sdid_options o = PH_SDID_OPTIONS;
    struct ph_sdid_result s;
    o.columns = panel(r);
    o.level = r->p->rule.level;
    enum ph_status status = ph_sdid(r->c, r->f, &o, &s);
    if (status == PH_OK) {
        r->e->primary = s.head;
        ph_sdid_release(r->c, &s);
    }
    return status;
}

static enum ph_status feasibility(struct run *r)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result x;
    o.outcome = r->column[PLAN_OUTCOME];
    o.trials = r->column[PLAN_TRIALS];
    o.unit = r->column[PLAN_UNIT];
    o.floor = r->p->floor;
    o.direction = r->p->rule.direction;
    o.level = r->p->rule.level;
    enum ph_status status = ph_feasibility(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->e->primary = x.head;
        r->e->criterion[0] = ph_criterion_feasibility(&x, o.direction);
        r->e->n_criteria = 1;
    }
    return status;
}

static enum ph_status accuracy(struct run *r)
{
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result x;
    o.outcome = r->column[PLAN_OUTCOME];
    o.reference = r->column[PLAN_REFERENCE];
    o.unit = r->column[PLAN_UNIT];
    o.level = r->p->rule.level;
    enum ph_status status = ph_accuracy(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        r->e->primary = x.head;
        ph_criteria_limits(&x, r->p->margin, r->e->criterion);
        r->e->n_criteria = 2;
    }
    return status;
}

// A difference that may be looked at every week. Rows must not belong together: with clusters or
// units that repeat there is none, and the fixed interval waits for the horizon.
static enum ph_status sequence(struct run *r, int32_t outcome, struct ph_look *ret_look)
{
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    struct ph_sequence_result s;
    o.monitor.kind = PH_MONITOR_DIFFERENCE;
    o.monitor.level = r->p->rule.level;
    o.monitor.design = r->p->design;
    o.monitor.tuned_for = isnan(r->p->tuned_for) ? fmax((double)r->f->rows, 100) : r->p->tuned_for;
    o.columns = (struct ph_monitor_columns){ outcome, r->column[PLAN_TREAT],
        outcome == r->column[PLAN_OUTCOME] ? r->column[PLAN_TRIALS] : PH_NONE };
    enum ph_status status = ph_sequence(r->c, r->f, &o, &s);
    if (status == PH_OK) {
        *ret_look = s.looks[s.n_looks - 1];
        ph_sequence_release(r->c, &s);
    }
    return status;
}

static enum ph_status look_early(struct run *r)
{
    bool groups = r->p->method == PLAN_WELCH || r->p->method == PLAN_PROPORTIONS;
    bool alone = r->column[PLAN_CLUSTER] == PH_NONE && r->column[PLAN_UNIT] == PH_NONE;
    if (r->e->stage != PH_STAGE_EARLY || !r->looks || !groups || !alone) {
        return PH_OK;
    }
    struct ph_look look;
    enum ph_status status = sequence(r, r->column[PLAN_OUTCOME], &look);
    if (status == PH_OK) {
        r->e->fixed = r->e->primary.interval;
        enum ph_grade grade = r->e->primary.grade;
        r->e->primary = look.head;
        r->e->primary.grade = grade;
    }
    return status;
}

static enum ph_status estimate(struct run *r)
{
    static enum ph_status (*const methods[PLAN_METHODS])(
        struct run *) = { feasibility, accuracy, welch, welch, before_after, attgt, synth, sdid };
    enum ph_status status = methods[r->p->method](r);
    return status == PH_OK ? look_early(r) : status;
}

static enum ph_status guardrails(struct run *r)
{
    for (size_t i = 0; i < r->p->n_guardrails; i++) {
        const struct plan_guardrail *g = &r->p->guardrail[i];
        struct ph_look look;
        int32_t column = PH_NONE;
        enum ph_status status = find(r, g->outcome, PH_REAL, &column);
        status = status == PH_OK ? sequence(r, column, &look) : status;
        if (status != PH_OK) {
            return status;
        }
        struct ph_interval in = look.head.interval;
        bool turned = g->direction == PH_HIGHER_IS_BETTER; // then a fall is the harm
        r->e->guardrail[r->e->n_guardrails++] = (struct ph_guardrail_result){
            .outcome = g->outcome,
            .harm = turned ? -look.head.estimate : look.head.estimate,
            .interval = turned ? (struct ph_interval){ -in.hi, -in.lo } : in,
            .margin = g->margin,
        };
    }
    return PH_OK;
}

// ---- What it is worth
// ----------------------------------------------------------------------------

static double detectable(const struct ph_sealed *p, double se)
{
    return (ph_normal_quantile(0.5 + p->rule.level / 2) + ph_normal_quantile(0.8)) * se;
}

static enum ph_status worth(struct run *r)
{
    const struct ph_sealed *p = r->p;
    struct ph_evaluation *e = r->e;
    double se = e->primary.se;
    double up =
        p->rule.direction == PH_LOWER_IS_BETTER ? -e->primary.estimate : e->primary.estimate;
    e->detectable = se > 0 ? detectable(p, se) : NAN;
    if (p->rule.money && se > 0) {
        e->net_benefit = p->value * up - p->cost;
        e->benefit = ph_normal_cdf(e->net_benefit / (p->value * se));
    }
    if (isnan(p->extension_units) || !(se > 0)) {
        return PH_OK;
    }
    // The same precision a unit as so far.
    double n = (double)(e->primary.clusters > 0 ? e->primary.clusters : e->primary.n);
    e->extension_mde = detectable(p, se * sqrt(n / (n + p->extension_units)));
    e->extension_cost = p->extension_cost;
    if (!p->rule.money) {
        return PH_OK;
    }
    struct ph_voi_options o = PH_VOI_OPTIONS;
    struct ph_voi_result v;
    o.mean = e->net_benefit;
    o.sd = p->value * se;
    o.population = p->population;
    o.n = p->extension_units;
    o.sigma = p->value * se * sqrt(n);
    enum ph_status status = ph_voi(r->c, &o, &v);
    e->extension_value = status == PH_OK ? v.evsi : NAN;
    return status;
}

static enum ph_status judge(struct run *r)
{
    struct ph_evaluation *e = r->e;
    struct ph_plan rule = r->p->rule;
    struct ph_guardrail guard[PH_GUARDRAILS_MAX];
    struct ph_findings f = PH_FINDINGS;
    rule.stage = e->stage;
    rule.delta = isnan(rule.delta) ? 0 : rule.delta;
    for (size_t i = 0; i < e->n_gates; i++) {
        f.gate_failed = f.gate_failed || !e->gate[i].passed;
    }
    for (size_t i = 0; i < e->n_guardrails; i++) {
        guard[i] =
            (struct ph_guardrail){ e->guardrail[i].interval.lo, e->guardrail[i].margin, true };
    }
    f.primary = r->p->rule.kind == PH_PLAN_EFFECT ? &e->primary : NULL;
    f.criteria = e->criterion;
    f.n_criteria = e->n_criteria;
    f.guardrails = guard;
    f.n_guardrails = e->n_guardrails;
    f.benefit = e->benefit;
    f.extension_mde = e->extension_mde;
    f.extension_value = e->extension_value;
    f.extension_cost = e->extension_cost;
    enum ph_status status = ph_verdict(r->c, &rule, &f, &e->verdict);
    e->worthwhile = status == PH_OK ? e->verdict.worthwhile : NAN;
    return status;
}

enum ph_status ph_evaluate(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_frame *frame, const struct ph_evaluate_options *options,
    struct ph_evaluation *ret_evaluation)
{
    enum ph_status status =
        ev_begin(context, options, options ? options->version : 0, ret_evaluation);
    if (status == PH_OK && (!sealed || !frame || frame->rows == 0)) {
        status = ev_complain(context, PH_DATA, "A sealed plan and at least one row are needed.");
    }
    if (status != PH_OK) {
        return status;
    }
    struct ph_evaluation e = { .method = ev_plan_methods[sealed->method],
        .primary = ev_result_blank(sealed->rule.level, "none"),
        .fixed = { NAN, NAN },
        .benefit = NAN,
        .net_benefit = NAN,
        .detectable = NAN,
        .extension_mde = NAN,
        .extension_value = NAN,
        .extension_cost = NAN };
    memcpy(e.hash, sealed->hash, sizeof(e.hash));
    struct run r = {
        .c = context, .p = sealed, .f = frame, .e = &e, .looks = !options->no_sequence
    };
    status = find_columns(&r);
    if (status == PH_OK) {
        find_stage(&r);
        status = gates_before(&r);
    }
    status = status == PH_OK ? estimate(&r) : status;
    status = status == PH_OK ? guardrails(&r) : status;
    status = status == PH_OK ? worth(&r) : status;
    status = status == PH_OK ? judge(&r) : status;
    if (status == PH_OK) {
        bool other = options->hash && strcmp(options->hash, sealed->hash) != 0;
        e.exploratory = other || options->data_seen;
        e.verdict.warnings |= e.exploratory ? PH_WARN_EXPLORATORY : 0;
        *ret_evaluation = e;
    }
    return status;
}
