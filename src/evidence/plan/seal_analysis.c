// SPDX-License-Identifier: Apache-2.0
// One analysis of a plan: which method, on which columns, with which settings.
#include "seal.h"

#include "cli.h"
#include "formula.h"

enum { DRAWS_DEFAULT = 9999 };

static void read_method(struct sealing *s, const struct ev_node *object, struct plan_analysis *a)
{
    static const char *const designs[] = { "unstated", "randomised", "comparison", "series",
        "before-after" };
    static const char *const controls[] = { "never-treated", "not-yet-treated" };
    const char *names[PLAN_METHODS];
    for (int i = 0; i < PLAN_METHODS; i++) {
        names[i] = ev_plan_kinds[i].name;
    }
    a->method =
        (enum plan_method)ev_seal_choice(s, object, "method", names, PLAN_METHODS, (int)a->method);
    a->design = (enum ph_design)ev_seal_choice(s, object, "design", designs, 5, (int)a->design);
    a->not_yet_treated =
        ev_seal_choice(s, object, "control", controls, 2, (int)a->not_yet_treated) == 1;
}

static void read_columns(struct sealing *s, const struct ev_node *object, struct plan_analysis *a)
{
    const struct ev_node *columns = ev_seal_part(s, object, "columns", EV_NODE_OBJECT);
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        ev_seal_text(s, columns, ev_plan_columns[i], a->column[i], PLAN_NAME_MAX);
    }
    const struct ev_node *list = ev_seal_part(s, object, "covariates", EV_NODE_LIST);
    a->n_covariates = list ? 0 : a->n_covariates;
    for (size_t i = list ? list->first : 0; i && s->status == PH_OK; i = s->t.node[i].next) {
        const struct ev_node *one = &s->t.node[i];
        bool fits = one->kind == EV_NODE_TEXT && one->text[0] && strlen(one->text) < PLAN_NAME_MAX;
        if (a->n_covariates == PLAN_COVARIATES_MAX || !fits) {
            ev_seal_complain(s, "covariates", "takes up to 16 names of columns");
            return;
        }
        strcpy(a->covariate[a->n_covariates++], one->text);
    }
}

static void read_series(struct sealing *s, const struct ev_node *object, struct plan_analysis *a)
{
    static const char *const families[] = { "gaussian", "poisson", "quasi-poisson" };
    static const char *const errors[] = { "calibrated", "plain" };
    const struct ev_node *part = ev_seal_part(s, object, "series", EV_NODE_OBJECT);
    struct plan_series *x = &a->series;
    if (!part) {
        return;
    }
    x->from = ev_seal_number(s, part, "from", x->from, -1e300, 1e300);
    x->at = ev_seal_number(s, part, "at", x->at, -1e300, 1e300);
    x->no_slope = !ev_seal_bool(s, part, "slope", !x->no_slope);
    x->log = ev_seal_bool(s, part, "log", x->log);
    x->harmonics = (uint32_t)ev_seal_number(s, part, "harmonics", x->harmonics, 0, 12);
    x->period = ev_seal_number(s, part, "period", x->period, 1e-300, 1e300);
    x->family = (enum ph_family)ev_seal_choice(s, part, "family", families, 3, (int)x->family);
    x->lag = ev_seal_number(s, part, "lag", x->lag, 0, 1e6);
    x->plain = ev_seal_choice(s, part, "errors", errors, 2, x->plain) == 1;
    if (isnan(x->from)) {
        ev_seal_complain(s, "series", "needs “from”, the first time after the interruption");
    }
    if (x->at < x->from) {
        ev_seal_complain(s, "at", "lies before the interruption");
    }
    if (x->log && x->family != PH_FAMILY_GAUSSIAN) {
        ev_seal_complain(s, "log", "goes with the gaussian family: counts have a log rate already");
    }
}

static void read_settings(struct sealing *s, const struct ev_node *object, struct plan_analysis *a)
{
    static const char *const counted[] = { "unnested", "all" };
    static const char *const signs[] = { "rademacher", "webb" };
    char vcov[32] = "";
    ev_seal_text(s, object, "formula", a->formula, sizeof(a->formula));
    ev_seal_text(s, object, "focus", a->focus, sizeof(a->focus));
    ev_seal_text(s, object, "vcov", vcov, sizeof(vcov));
    a->counted = (enum ph_counted)ev_seal_choice(s, object, "counted", counted, 2, (int)a->counted);
    a->signs = (enum ph_wild)ev_seal_choice(s, object, "signs", signs, 2, (int)a->signs);
    double draws = a->draws ? (double)a->draws : DRAWS_DEFAULT;
    a->draws = (size_t)ev_seal_number(s, object, "draws", draws, 99, 1e7);
    a->own_vcov = a->own_vcov || vcov[0];
    if (vcov[0] && !ev_read_vcov(vcov, &a->vcov, &a->vcov_lag)) {
        ev_seal_complain(s, "vcov", "takes iid, HC0 to HC3, CR0 to CR3, or NW:lag as NW:12");
    }
    read_series(s, object, a);
}

void ev_seal_analysis(struct sealing *s, const struct ev_node *object, struct plan_analysis *a)
{
    read_method(s, object, a);
    read_columns(s, object, a);
    read_settings(s, object, a);
}

// ---- What fits together ----

static bool has(const struct plan_analysis *a, enum plan_column column)
{
    return a->column[column][0] != '\0';
}

// Settings that another method reads would promise what this one doesn't do.
static void check_settings(struct sealing *s, const struct plan_analysis *a)
{
    const struct plan_kind *k = &ev_plan_kinds[a->method];
    bool clustered = has(a, PLAN_CLUSTER) || has(a, PLAN_UNIT);
    bool robust = a->method == PLAN_LIN || a->method == PLAN_DID || a->method == PLAN_REGRESS;
    bool lag = a->own_vcov && a->vcov == PH_VCOV_NEWEY_WEST;
    bool by_cluster = a->own_vcov && a->vcov >= PH_VCOV_CR0 && a->vcov <= PH_VCOV_CR3;
    if (a->n_covariates > 0 && !k->covariates) {
        ev_seal_complain(s, "covariates", "are used by lin, cuped, did and attgt only");
    }
    if (a->method == PLAN_CUPED && a->n_covariates == 0) {
        ev_seal_complain(s, "covariates", "are missing: cuped has nothing to take off without");
    }
    if (k->rows_only && clustered) {
        ev_seal_complain(
            s, "method", "takes rows as independent: it has no use for unit or cluster");
    }
    if (a->own_vcov && !robust) {
        ev_seal_complain(s, "vcov", "is read by lin, did and regress only");
    }
    if (lag && a->method != PLAN_REGRESS) {
        ev_seal_complain(s, "vcov", "can be NW only for regress");
    }
    if (by_cluster != clustered && a->own_vcov && !lag) {
        ev_seal_complain(s, "vcov", "does not fit: CR0 to CR3 and a unit or cluster go together");
    }
    if (!isnan(a->series.from) && a->method != PLAN_ITS) {
        ev_seal_complain(s, "series", "is read by its only");
    }
    if (isnan(a->series.from) && a->method == PLAN_ITS) {
        ev_seal_complain(s, "series", "is missing: from when on is the series interrupted?");
    }
    if (a->method == PLAN_RANDOMISE && a->design != PH_DESIGN_RANDOMISED) {
        ev_seal_complain(s, "method", "draws the lot again: the design must be randomised");
    }
    if (has(a, PLAN_EXPOSURE) && has(a, PLAN_TRIALS)) {
        ev_seal_complain(s, "exposure", "is of rates, trials are of shares: name one of them");
    }
    if (a->method == PLAN_ITS && has(a, PLAN_EXPOSURE) && !a->series.log &&
        a->series.family == PH_FAMILY_GAUSSIAN) {
        ev_seal_complain(s, "exposure", "goes with counts, or with log");
    }
}

static void check_did(struct sealing *s, const struct plan_analysis *a)
{
    bool two = has(a, PLAN_PERIOD);
    if (two && !has(a, PLAN_TREAT)) {
        ev_seal_complain(s, "treat", "is missing among the columns");
    }
    if (!two && (!has(a, PLAN_UNIT) || !has(a, PLAN_TIME))) {
        ev_seal_complain(
            s, "columns", "need unit and time for a panel, or period for two groups at two times");
    }
    if (has(a, PLAN_TREAT) == has(a, PLAN_FIRST_TREATED)) {
        ev_seal_complain(s, "columns", "need either treat or first_treated");
    }
}

// A formula that absorbs effects of units and times must let starts be seen.
static void check_formula(struct sealing *s, const struct plan_analysis *a)
{
    enum ph_status status = PH_OK;
    if (a->formula[0] == '\0') {
        ev_seal_complain(s, "formula", "is missing");
        return;
    }
    struct ev_formula *f = ev_formula_parse(s->c, a->formula, &status);
    if (!f) {
        s->status = s->status == PH_OK ? (status == PH_NO_MEMORY ? status : PH_DATA) : s->status;
        return;
    }
    bool panel = f->n_absorbed > 1;
    ev_formula_free(s->c, f);
    bool told = has(a, PLAN_TIME) && (has(a, PLAN_UNIT) || has(a, PLAN_FIRST_TREATED)) &&
                (has(a, PLAN_TREAT) || has(a, PLAN_FIRST_TREATED));
    if (panel && !told) {
        ev_seal_complain(s, "columns",
            "need unit, time and treat or first_treated, so that different starts can be seen");
    }
    if (has(a, PLAN_TREAT) && has(a, PLAN_FIRST_TREATED)) {
        ev_seal_complain(s, "columns", "need either treat or first_treated");
    }
}

void ev_seal_check_analysis(struct sealing *s, const struct plan_analysis *a)
{
    const struct plan_kind *k = &ev_plan_kinds[a->method];
    unsigned special = 1U << PLAN_STRATUM | 1U << PLAN_EXPOSURE | 1U << PLAN_SEASON;
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        bool outcome = i == PLAN_OUTCOME && !k->formula;
        if ((outcome || k->needs & 1U << i) && !has(a, (enum plan_column)i)) {
            ev_seal_complain(s, ev_plan_columns[i], "is missing among the columns");
        }
        if (special & ~k->takes & 1U << i && has(a, (enum plan_column)i)) {
            ev_seal_complain(s, ev_plan_columns[i], "is not read by this method");
        }
    }
    if (a->formula[0] && !k->formula) {
        ev_seal_complain(s, "formula", "is read by regress and wildboot only");
    }
    if (k->formula) {
        check_formula(s, a);
    }
    if (a->method == PLAN_DID) {
        check_did(s, a);
    }
    check_settings(s, a);
}

// ---- Columns that a run reads ----

void ev_seal_need(
    struct sealing *s, struct ph_sealed *p, const char *name, enum ph_column_kind kind)
{
    for (size_t i = 0; i < p->n_needs; i++) {
        if (p->need[i].kind == kind && strcmp(p->need[i].name, name) == 0) {
            return;
        }
    }
    if (p->n_needs == PLAN_NEEDS_MAX || strlen(name) >= PLAN_NAME_MAX) {
        ev_seal_complain(s, name, "is one column too many, or its name is too long");
        return;
    }
    strcpy(p->need[p->n_needs].name, name);
    p->need[p->n_needs++].kind = kind;
}

struct needing {
    struct sealing *s;
    struct ph_sealed *p;
};

static void need_one(void *user, const char *name, enum ph_column_kind kind)
{
    struct needing *n = user;
    ev_seal_need(n->s, n->p, name, kind);
}

static void need_formula(struct sealing *s, const struct plan_analysis *a, struct ph_sealed *p)
{
    enum ph_status status = PH_OK;
    struct ev_formula *f = ev_formula_parse(s->c, a->formula, &status);
    if (!f) {
        s->status = s->status == PH_OK ? status : s->status;
        return;
    }
    ev_formula_each_column(f, need_one, &(struct needing){ s, p });
    ev_formula_free(s->c, f);
}

void ev_seal_needs(struct sealing *s, const struct plan_analysis *a, struct ph_sealed *p)
{
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        if (a->column[i][0]) {
            ev_seal_need(s, p, a->column[i], ev_plan_column_kind((enum plan_column)i));
        }
    }
    for (size_t i = 0; i < a->n_covariates; i++) {
        ev_seal_need(s, p, a->covariate[i], PH_REAL);
    }
    if (ev_plan_kinds[a->method].formula) {
        need_formula(s, a, p);
    }
}
