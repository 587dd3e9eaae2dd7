// SPDX-License-Identifier: Apache-2.0
// The one place where the house and the evidence engine meet: a table goes in, numbers and a
// verdict come out.
#include "evaluations_private.h"

#include "str.h"

#include <math.h>

enum { COMMAND_LINE_SEED = 1 }; // as the command line has it, whose bytes must be the same

// What a judgement works with.
struct judging {
    struct ctx *c;
    const struct evaluation_plan *p;
    const struct evaluation_data *d;
    struct evaluation_finding *f;
    struct ph_context *engine;
    struct ph_frame frame;
};

static void number(struct judging *j, const char *name, double x)
{
    value_set(j->c->arena, &j->f->numbers, name, value_num(x));
}

static void interval(struct judging *j, const char *name, double x, struct ph_interval i)
{
    struct value pair = value_list(j->c->arena);
    *value_push(j->c->arena, &pair) = value_num(i.lo);
    *value_push(j->c->arena, &pair) = value_num(i.hi);
    number(j, name, x);
    value_set(j->c->arena, &j->f->intervals, name, pair);
}

static enum ph_status before_after(struct judging *j)
{
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result r;
    o.unit = j->d->one_unit ? PH_NONE : 2;
    o.level = j->p->level;
    enum ph_status status = ph_before_after(j->engine, &j->frame, &o, &r);
    if (status == PH_OK) {
        j->f->head = r.head;
        number(j, "mean_before", r.mean_before);
        number(j, "mean_after", r.mean_after);
        number(j, "sd_change", r.sd_change);
    }
    return status;
}

static enum ph_status two_groups(struct judging *j)
{
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    o.design = j->p->design;
    o.level = j->p->level;
    enum ph_status status = ph_welch(j->engine, &j->frame, &o, &r);
    if (status == PH_OK) {
        j->f->head = r.head;
        number(j, "mean_with", r.mean[1]);
        number(j, "mean_without", r.mean[0]);
        number(j, "units_with", (double)r.n[1]);
        number(j, "units_without", (double)r.n[0]);
    }
    return status;
}

static enum ph_status share(struct judging *j)
{
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    o.trials = 1;
    o.unit = j->d->one_unit ? PH_NONE : 2;
    o.direction = j->p->direction;
    o.level = j->p->level;
    bool asked = !isnan(j->p->target);
    o.floor = asked ? j->p->target : o.floor;
    enum ph_status status = ph_feasibility(j->engine, &j->frame, &o, &r);
    if (status != PH_OK) {
        return status;
    }
    j->f->head = r.head;
    number(j, "successes", r.successes);
    number(j, "trials", r.trials);
    if (asked) {
        number(j, "probability_met", r.probability_met);
        j->f->criteria[0] = ph_criterion_feasibility(&r, o.direction);
        j->f->n_criteria = 1;
    } else {
        j->f->head.p = NAN;
    }
    return status;
}

// A mean and its t interval: the difference from a reference that is always zero.
static enum ph_status target(struct judging *j)
{
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    o.level = j->p->level;
    enum ph_status status = ph_accuracy(j->engine, &j->frame, &o, &r);
    if (status != PH_OK) {
        return status;
    }
    j->f->head = r.head;
    j->f->head.p = NAN; // against zero, which nobody asked
    j->f->head.warnings &= ~PH_WARN_UNDEFINED;
    if (r.sd > 0) {
        j->f->head.warnings &= ~PH_WARN_NO_VARIATION;
    }
    number(j, "sd", r.sd);
    if (!isnan(j->p->target)) {
        j->f->criteria[0] = (struct ph_criterion){ .estimate = r.head.estimate,
            .interval = r.head.interval,
            .level = r.head.level,
            .floor = j->p->target,
            .direction = j->p->direction };
        j->f->n_criteria = 1;
    }
    return status;
}

// How far from the reference is borne: the worthwhile difference, else the target.
static double margin(const struct evaluation_plan *p)
{
    return isnan(p->delta) ? p->target : p->delta;
}

static enum ph_status limits(struct judging *j)
{
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    o.level = j->p->level;
    enum ph_status status = ph_accuracy(j->engine, &j->frame, &o, &r);
    if (status != PH_OK) {
        return status;
    }
    j->f->head = r.head;
    interval(j, "lower_limit", r.lower_limit, r.lower_limit_interval);
    interval(j, "upper_limit", r.upper_limit, r.upper_limit_interval);
    interval(j, "concordance", r.concordance, r.concordance_interval);
    number(j, "mean_outcome", r.mean_outcome);
    number(j, "mean_reference", r.mean_reference);
    if (margin(j->p) > 0) {
        ph_criteria_limits(&r, margin(j->p), j->f->criteria);
        j->f->n_criteria = 2;
    }
    return status;
}

static enum ph_status yes_no(struct judging *j)
{
    struct ph_yes_no_result r;
    const double *n = j->d->counts;
    enum ph_status status = ph_yes_no_counts(j->engine, n[0], n[1], n[2], n[3], j->p->level, &r);
    if (status != PH_OK) {
        return status;
    }
    j->f->head = r.head;
    interval(j, "agreement", r.agreement.share, r.agreement.interval);
    interval(j, "sensitivity", r.sensitivity.share, r.sensitivity.interval);
    interval(j, "specificity", r.specificity.share, r.specificity.interval);
    interval(j, "ppv", r.ppv.share, r.ppv.interval);
    interval(j, "npv", r.npv.share, r.npv.interval);
    if (!isnan(j->p->target)) {
        j->f->criteria[0] = ph_criterion_share(&r.agreement, j->p->level, j->p->target);
        j->f->n_criteria = 1;
    }
    return status;
}

// What stands beside the sealed plan's result: means and limits by name.
static enum ph_status measure(struct judging *j)
{
    switch (j->d->method) {
    case METHOD_BEFORE_AFTER:
        return before_after(j);
    case METHOD_CHANGES:
    case METHOD_AFTER:
        return two_groups(j);
    case METHOD_SHARE:
        return share(j);
    case METHOD_TARGET:
        return target(j);
    case METHOD_LIMITS:
        return limits(j);
    case METHOD_YES_NO:
        return yes_no(j);
    case METHOD_SHARES:
    case METHOD_PANEL:
    case METHOD_NONE:
        break;
    }
    return PH_DATA;
}

// ---- verdict
// -------------------------------------------------------------------------------------

enum { MAX_GUARDRAILS = 20 };

static enum err guardrails(struct judging *j, struct ph_guardrail *list, size_t *ret_n)
{
    struct value rows;
    *ret_n = 0;
    if (!str_eq(j->p->role, "primary")) {
        return OK;
    }
    TRY(db_rows(j->c->db, j->c->arena, "evaluation.guardrails",
        ARGS(ARG("pilot_id", value_id(j->p->pilot))), &rows));
    for (size_t i = 0; i < value_len(&rows) && i < MAX_GUARDRAILS; i++) {
        const struct value *row = value_at(&rows, i);
        bool lower = str_eq(value_get_text(row, "direction", ""), "lower");
        list[(*ret_n)++] = (struct ph_guardrail){
            .harm_lower =
                lower ? value_get_num(row, "low_num", NAN) : -value_get_num(row, "high_num", NAN),
            .margin = value_get_num(row, "margin_num", 0),
        };
    }
    return OK;
}

// A grade stands for what may be claimed: lower when the plan changed after the data, and the
// lowest when there was none before them.
static enum ph_grade lowered(const struct evaluation_plan *p, enum ph_grade g)
{
    if (g == PH_GRADE_NONE) {
        return g;
    }
    if (p->exploratory) {
        return PH_GRADE_D;
    }
    return p->lowered && g < PH_GRADE_D ? g + 1 : g;
}

// Codes of our own come before the engine's where the plan doesn't say what it would be judged by.
static const char *unsaid(const struct evaluation_plan *p, const struct evaluation_finding *f)
{
    if (p->kind == PH_PLAN_EFFECT) {
        return p->delta > 0 ? NULL : "no-worthwhile";
    }
    return f->n_criteria ? NULL : "no-target";
}

static void cannot_tell(struct evaluation_finding *f, const char *reason)
{
    f->verdict_name = "cannot_tell";
    f->reason = reason;
}

// A guardrail has an evaluation of its own, whose interval is for one look.
static enum err find_harm(struct judging *j, bool *ret_harm)
{
    struct ph_guardrail list[MAX_GUARDRAILS];
    size_t n;
    *ret_harm = false;
    TRY(guardrails(j, list, &n));
    for (size_t i = 0; i < n; i++) {
        *ret_harm = *ret_harm || list[i].harm_lower > list[i].margin;
    }
    return OK;
}

// The engine's verdict on the sealed plan, and what it can't know: guardrails that are evaluated by
// themselves, and a plan that was changed after the data.
static enum err decide_sealed(struct judging *j, const struct ph_evaluation *e)
{
    struct evaluation_finding *f = j->f;
    const struct evaluation_plan *p = j->p;
    bool harm;
    TRY(find_harm(j, &harm));
    f->verdict = e->verdict;
    f->head.warnings |= e->verdict.warnings & ~(PH_WARN_EXPLORATORY);
    f->reason = ph_reason_name(e->verdict.reason);
    f->verdict_name =
        e->verdict.verdict == PH_CANNOT_TELL ? "cannot_tell" : ph_verdict_name(e->verdict.verdict);
    bool scale = e->verdict.verdict == PH_SCALE;
    bool gone = e->verdict.reason == PH_REASON_GATE_FAILED || e->stage == PH_STAGE_EARLY;
    bool departed = p->exploratory || p->lowered || e->exploratory;
    if (harm && !gone) {
        f->verdict_name = "stop";
        f->reason = "harm";
    } else if (p->kind != PH_PLAN_EFFECT) {
        if (scale && departed) {
            cannot_tell(f, "exploratory"); // no grade says so where cause isn't claimed
        }
    } else if (scale && f->head.grade == PH_GRADE_D) {
        cannot_tell(f, departed ? "exploratory" : "grade-too-low");
    } else if (e->verdict.reason == PH_REASON_GRADE_TOO_LOW && departed &&
               p->design != PH_DESIGN_BEFORE_AFTER) {
        cannot_tell(f, "exploratory"); // the design would have allowed more
    }
    return OK;
}

static enum err draw(
    struct judging *j, const struct ph_sealed *sealed, const struct ph_evaluation *e)
{
    const char *step = value_get_text(&j->p->pilot_row, "step", "week");
    const char *period = str_eq(step, "day") ? "Day" : str_eq(step, "month") ? "Month" : "Week";
    return evaluation_draw(j->c,
        &(struct evaluation_drawn){ .engine = j->engine,
            .sealed = sealed,
            .frame = &j->frame,
            .evaluation = e,
            .unit = j->p->unit,
            .time_unit =
                evaluation_over_time(j->f->sealed.analysis) ? period : "Day of the pilot" },
        &j->f->pictures);
}

// The sealed plan on the table, by the engine alone; what it says is kept to the byte.
static enum err run_sealed(struct judging *j)
{
    struct evaluation_finding *f = j->f;
    struct arena *arena = j->c->arena;
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_sealed *sealed = NULL;
    struct ph_evaluation e;
    o.hash = j->p->recorded_hash;
    o.data_seen = j->p->exploratory;
    f->options = arena_fmt(arena, "%s%s%s", o.hash ? " --hash " : "", o.hash ? o.hash : "",
        o.data_seen ? " --sealed-after-data" : "");
    enum ph_status status =
        ph_plan_seal(j->engine, f->sealed.text, strlen(f->sealed.text), &sealed);
    status = status == PH_OK ? ph_evaluate(j->engine, sealed, &j->frame, &o, &e) : status;
    enum err err = OK;
    if (status != PH_OK) {
        f->problem = arena_strdup(arena, ph_context_message(j->engine));
        cannot_tell(f, "no-interval");
    } else {
        char *text = ph_evaluation_json(&e);
        f->run = text ? arena_strdup(arena, text) : NULL;
        ph_text_free(text);
        f->head = e.primary;
        f->problem = NULL;
        f->head.grade = lowered(j->p, f->head.grade);
        err = f->run ? decide_sealed(j, &e)
                     : fail(arena, ERR_UNAVAILABLE, "There isn't enough memory. Try again later.");
        err = err == OK ? draw(j, sealed, &e) : err;
    }
    ph_sealed_free(sealed);
    return err;
}

// The sealed plan as it was recorded where nothing has changed since, or else as it stands now.
static enum err seal_again(struct judging *j)
{
    enum evaluation_analysis analysis =
        j->p->analysis != ANALYSIS_NONE ? j->p->analysis : evaluation_analysis_of(j->d);
    return evaluation_seal(j->c, &j->p->pilot_row, &j->p->measure_row, analysis, &j->f->sealed);
}

static enum err decide(struct judging *j)
{
    struct evaluation_finding *f = j->f;
    const struct evaluation_plan *p = j->p;
    const char *why = f->problem ? "no-interval" : unsaid(p, f);
    if (why) {
        cannot_tell(f, why);
        return OK;
    }
    struct ph_guardrail list[MAX_GUARDRAILS];
    struct ph_plan plan = PH_PLAN;
    plan.kind = p->kind;
    plan.direction = p->direction;
    plan.delta = p->delta > 0 ? p->delta : 0;
    plan.level = p->level;
    plan.stage = p->early ? PH_STAGE_EARLY : PH_STAGE_HORIZON;
    struct ph_findings findings = PH_FINDINGS;
    findings.primary = &f->head;
    findings.criteria = f->criteria;
    findings.n_criteria = f->n_criteria;
    findings.guardrails = list;
    TRY(guardrails(j, list, &findings.n_guardrails));
    enum ph_status status = ph_verdict(j->engine, &plan, &findings, &f->verdict);
    if (status != PH_OK) {
        f->problem = arena_strdup(j->c->arena, ph_context_message(j->engine));
        cannot_tell(f, "no-interval");
        return OK;
    }
    f->head.warnings |= f->verdict.warnings;
    f->reason = ph_reason_name(f->verdict.reason);
    f->verdict_name =
        f->verdict.verdict == PH_CANNOT_TELL ? "cannot_tell" : ph_verdict_name(f->verdict.verdict);
    bool only_exploratory = f->verdict.reason == PH_REASON_GRADE_TOO_LOW && p->exploratory &&
                            p->design != PH_DESIGN_BEFORE_AFTER;
    if (only_exploratory) {
        cannot_tell(f, "exploratory"); // the design would have allowed more
    }
    if (f->verdict.verdict == PH_SCALE && (p->exploratory || p->lowered) &&
        p->kind != PH_PLAN_EFFECT) {
        cannot_tell(f, "exploratory"); // no grade says so where cause isn't claimed
    }
    return OK;
}

enum err evaluation_judge(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, struct evaluation_finding *ret_finding)
{
    struct evaluation_finding f = { .numbers = value_object(c->arena),
        .intervals = value_object(c->arena),
        .head = { .estimate = NAN,
            .se = NAN,
            .df = NAN,
            .interval = { NAN, NAN },
            .level = p->level,
            .p = NAN,
            .convention = "none" },
        .verdict = { .good = { NAN, NAN }, .worthwhile = NAN } };
    struct ph_context_options options = { .version = PH_VERSION, .seed = COMMAND_LINE_SEED };
    struct judging j = { .c = c,
        .p = p,
        .d = d,
        .f = &f,
        .engine = ph_context_new(&options),
        .frame = { .rows = d->rows, .columns = d->n_columns, .column = d->columns } };
    if (!j.engine) {
        return fail(c->arena, ERR_UNAVAILABLE, "There isn't enough memory. Try again later.");
    }
    enum ph_status status = measure(&j);
    if (status != PH_OK) {
        f.problem = arena_strdup(c->arena, ph_context_message(j.engine));
    }
    enum err e = seal_again(&j);
    if (e == OK && f.sealed.text) {
        e = run_sealed(&j);
    } else if (e == OK) {
        f.head.grade = lowered(p, f.head.grade);
        e = decide(&j);
    }
    ph_context_free(j.engine);
    TRY(e);
    *ret_finding = f;
    return OK;
}

int evaluation_level(const struct evaluation_plan *p)
{
    if (p->kind != PH_PLAN_EFFECT) {
        return 1;
    }
    int level = p->design == PH_DESIGN_BEFORE_AFTER ? 2 : 3;
    return level > 2 && (p->lowered || p->exploratory) ? level - 1 : level;
}
