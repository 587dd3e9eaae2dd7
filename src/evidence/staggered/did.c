// SPDX-License-Identifier: Apache-2.0
// Difference in differences as a regression on a small frame of its own, whose columns bear the
// names of the caller's where a formula can hold them.
#include "did.h"

#include <stdlib.h>

enum { OWN_MAX = PH_DID_COVARIATES_MAX + 6, FORMULA_MAX = 4000 };

struct own {
    struct ph_context *c;
    const struct ph_frame *from;
    struct ph_column column[OWN_MAX];
    char name[OWN_MAX][48];
    struct ph_frame frame;
    double *on;       // treated, where it is worked out
    uint8_t *unknown; // where it can't be
    int32_t *period;  // times as keys
    char formula[FORMULA_MAX];
    size_t written;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return x < y ? -1 : x > y;
}

enum ph_status ev_keys_of(
    struct ph_context *c, const struct ph_frame *f, int32_t column, int32_t *key)
{
    double *sorted = ev_take(c, f->rows, sizeof(*sorted));
    if (!sorted) {
        return PH_NO_MEMORY;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->rows; i++) {
        if (!ev_cell_missing(f, column, i)) {
            sorted[n++] = ev_cell(f, column, i) + 0.0; // -0 is 0
        }
    }
    qsort(sorted, n, sizeof(*sorted), ascending);
    size_t distinct = 0;
    for (size_t i = 0; i < n; i++) {
        if (distinct == 0 || sorted[i] != sorted[distinct - 1]) {
            sorted[distinct++] = sorted[i];
        }
    }
    for (size_t i = 0; i < f->rows; i++) {
        key[i] = 0;
        if (!ev_cell_missing(f, column, i)) {
            double v = ev_cell(f, column, i) + 0.0;
            const double *at = bsearch(&v, sorted, distinct, sizeof(*sorted), ascending);
            key[i] = (int32_t)(at - sorted);
        }
    }
    ev_give_back(c, sorted);
    return PH_OK;
}

// A column of the caller's, or a fresh one, under a name that a formula holds in backquotes and
// that no other column has. Returns its place.
static int32_t adopt(struct own *w, const struct ph_column *column, const char *role)
{
    size_t at = w->frame.columns++;
    const char *name = column->name;
    bool plain = name && name[0] && strlen(name) < sizeof(w->name[0]) && !strchr(name, '`');
    for (size_t i = 0; plain && i < at; i++) {
        plain = strcmp(w->name[i], name) != 0;
    }
    snprintf(w->name[at], sizeof(w->name[at]), "%s", plain ? name : role);
    w->column[at] = *column;
    w->column[at].name = w->name[at];
    return (int32_t)at;
}

static void put(struct own *w, const char *text)
{
    size_t len = strlen(text);
    if (w->written + len < sizeof(w->formula)) {
        memcpy(w->formula + w->written, text, len + 1);
    }
    w->written += len;
}

static void put_name(struct own *w, int32_t column)
{
    put(w, "`");
    put(w, w->name[column]);
    put(w, "`");
}

// ---- Treated, where and when ----

static enum ph_status from_starts(struct own *w, const struct ph_did_options *o)
{
    const struct ph_frame *f = w->from;
    w->on = ev_take(w->c, f->rows, sizeof(*w->on));
    w->unknown = ev_take(w->c, f->rows, 1);
    if (!w->on || !w->unknown) {
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < f->rows; i++) {
        bool told = !ev_cell_missing(f, o->first_treated, i);
        double first = told ? ev_cell(f, o->first_treated, i) : 0;
        w->unknown[i] = ev_cell_missing(f, o->time, i);
        w->on[i] = !w->unknown[i] && first != 0 && ev_cell(f, o->time, i) >= first;
    }
    return PH_OK;
}

static enum ph_status add_treated(struct own *w, const struct ph_did_options *o, int32_t *ret)
{
    if (o->first_treated == PH_NONE) {
        *ret = adopt(w, &w->from->column[o->treat], "treated");
        return PH_OK;
    }
    enum ph_status status = from_starts(w, o);
    struct ph_column made = {
        .name = "treated", .kind = PH_REAL, .real = w->on, .missing = w->unknown
    };
    *ret = status == PH_OK ? adopt(w, &made, "treated (by start)") : PH_NONE;
    return status;
}

static enum ph_status add_periods(struct own *w, const struct ph_did_options *o, int32_t *ret)
{
    w->period = ev_take(w->c, w->from->rows, sizeof(*w->period));
    enum ph_status status =
        w->period ? ev_keys_of(w->c, w->from, o->time, w->period) : PH_NO_MEMORY;
    struct ph_column made = { .name = w->from->column[o->time].name,
        .kind = PH_KEY,
        .key = w->period,
        .missing = w->from->column[o->time].missing };
    *ret = status == PH_OK ? adopt(w, &made, "period") : PH_NONE;
    return status;
}

// ---- The regression ----

static enum ph_status check(
    struct ph_context *c, const struct ph_frame *f, const struct ph_did_options *o)
{
    bool panel = o->post == PH_NONE;
    enum ph_status status = ev_check_level(c, o->level);
    if (status == PH_OK && panel && (o->unit == PH_NONE || o->time == PH_NONE)) {
        return ev_complain(c, PH_INVALID,
            "A panel needs unit and time; two groups at two times need the column that marks what "
            "came after.");
    }
    if (status == PH_OK && (o->treat == PH_NONE) == (o->first_treated == PH_NONE)) {
        return ev_complain(c, PH_INVALID,
            "Give the column that marks treated rows, or that with first treated times, not both.");
    }
    if (status == PH_OK && !panel && o->treat == PH_NONE) {
        return ev_complain(c, PH_INVALID, "Two groups need the column that marks the treated one.");
    }
    if (status == PH_OK && o->n_covariates > PH_DID_COVARIATES_MAX) {
        return ev_complain(c, PH_TOO_LARGE, "%d covariates can be taken.", PH_DID_COVARIATES_MAX);
    }
    status = status == PH_OK ? ev_column_check(c, f, o->outcome, PH_REAL, "outcome") : status;
    if (status == PH_OK && o->treat != PH_NONE) {
        status = ev_column_check_01(c, f, o->treat, "treatment");
    }
    if (status == PH_OK && o->first_treated != PH_NONE) {
        status = ev_column_check(c, f, o->first_treated, PH_REAL, "first treated");
    }
    if (status == PH_OK && !panel) {
        status = ev_column_check_01(c, f, o->post, "after");
    }
    if (status == PH_OK && panel) {
        status = ev_column_check(c, f, o->time, PH_REAL, "time");
    }
    if (status == PH_OK && o->unit != PH_NONE) {
        status = ev_column_check(c, f, o->unit, PH_KEY, "unit");
    }
    if (status == PH_OK && o->cluster != PH_NONE) {
        status = ev_column_check(c, f, o->cluster, PH_KEY, "cluster");
    }
    for (size_t i = 0; status == PH_OK && i < o->n_covariates; i++) {
        status = ev_column_check(c, f, o->covariates[i], PH_REAL, "covariate");
    }
    return status;
}

// Outcome on treated, covariates and effects of units and times; or on both groups, both times and
// their product.
static enum ph_status write_formula(
    struct own *w, const struct ph_did_options *o, int32_t *ret_focus, int32_t *ret_post)
{
    int32_t treated = PH_NONE;
    *ret_post = PH_NONE;
    put_name(w, adopt(w, &w->from->column[o->outcome], "outcome"));
    put(w, " ~ ");
    enum ph_status status = add_treated(w, o, &treated);
    if (status != PH_OK) {
        return status;
    }
    *ret_focus = treated;
    put_name(w, treated);
    if (o->post != PH_NONE) {
        *ret_post = adopt(w, &w->from->column[o->post], "after");
        put(w, " * ");
        put_name(w, *ret_post);
    }
    for (size_t i = 0; i < o->n_covariates; i++) {
        char role[40];
        snprintf(role, sizeof(role), "covariate %zu", i + 1);
        put(w, " + ");
        put_name(w, adopt(w, &w->from->column[o->covariates[i]], role));
    }
    if (o->post == PH_NONE) {
        int32_t period = PH_NONE;
        put(w, " | ");
        put_name(w, adopt(w, &w->from->column[o->unit], "unit"));
        put(w, " + ");
        status = add_periods(w, o, &period);
        if (status == PH_OK) {
            put_name(w, period);
        }
    }
    return status;
}

// The coefficient that is the effect: of the product where there are two groups and two times.
static const char *focus_of(struct own *w, int32_t treated, int32_t post, char *buf, size_t size)
{
    if (post == PH_NONE) {
        snprintf(buf, size, "`%s`", w->name[treated]);
    } else {
        snprintf(buf, size, "`%s`:`%s`", w->name[treated], w->name[post]);
    }
    return buf;
}

static enum ph_status regress(
    struct own *w, const struct ph_did_options *o, struct ph_regression_result *ret)
{
    struct ph_regression_options ro = PH_REGRESSION_OPTIONS;
    int32_t treated = PH_NONE;
    int32_t post = PH_NONE;
    char focus[120];
    enum ph_status status = write_formula(w, o, &treated, &post);
    if (status == PH_OK && w->written >= sizeof(w->formula)) {
        status = ev_complain(w->c, PH_TOO_LARGE, "The covariates' names are too long together.");
    }
    if (status != PH_OK) {
        return status;
    }
    int32_t cluster = o->cluster != PH_NONE ? o->cluster : o->unit;
    bool iid = o->own_vcov && o->vcov < PH_VCOV_CR0;
    if (cluster != PH_NONE && !iid) {
        ro.cluster[0] = adopt(w, &w->from->column[cluster], "cluster");
    }
    ro.formula = w->formula;
    ro.focus = focus_of(w, treated, post, focus, sizeof(focus));
    ro.vcov = o->own_vcov ? o->vcov : cluster != PH_NONE ? PH_VCOV_CR2 : PH_VCOV_HC2;
    ro.design = o->design;
    ro.level = o->level;
    return ph_regression(w->c, &w->frame, &ro, ret);
}

static enum ph_status look_beside(struct ph_context *c, const struct ph_frame *f,
    const struct ph_did_options *o, struct ph_did_result *r)
{
    struct ph_beside_options bo = PH_BESIDE_OPTIONS;
    bo.outcome = o->outcome;
    bo.unit = o->unit;
    bo.time = o->time;
    bo.treat = o->treat;
    bo.first_treated = o->first_treated;
    bo.cluster = o->cluster;
    bo.covariates = o->covariates;
    bo.n_covariates = o->n_covariates;
    bo.delta = o->delta;
    bo.level = o->level;
    enum ph_status status = ph_beside(c, f, &bo, &r->beside);
    if (status == PH_OK) {
        r->head.warnings |= r->beside.starts > 1 ? PH_WARN_STAGGERED : 0;
        r->head.warnings |= r->beside.misleading > 0.1 ? PH_WARN_ALREADY_TREATED : 0;
        bool trend = r->beside.pre_p < 0.05 || (!isnan(o->delta) && !r->beside.leads_excluded);
        r->head.warnings |= trend ? PH_WARN_PRE_TREND : 0;
    }
    return status;
}

enum ph_status ph_did(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_did_options *options, struct ph_did_result *ret_result)
{
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_result);
    status = status == PH_OK ? check(context, frame, options) : status;
    struct own *w = status == PH_OK ? ev_take(context, 1, sizeof(*w)) : NULL;
    if (!w) {
        return status == PH_OK ? PH_NO_MEMORY : status;
    }
    struct ph_did_result r = { .panel = options->post == PH_NONE };
    w->c = context;
    w->from = frame;
    w->frame = *frame;
    w->frame.columns = 0;
    w->frame.column = w->column;
    status = regress(w, options, &r.regression);
    if (status == PH_OK) {
        const struct ph_panel_columns columns = { options->outcome, options->unit, options->time,
            PH_NONE, options->first_treated };
        r.head = r.regression.head;
        status = r.panel ? ev_panel_repeats(context, frame, &columns, &r.head.warnings) : PH_OK;
        status = status == PH_OK && r.panel ? look_beside(context, frame, options, &r) : status;
        if (status != PH_OK) {
            ph_regression_release(context, &r.regression);
        }
    }
    ev_give_back(context, w->on);
    ev_give_back(context, w->unknown);
    ev_give_back(context, w->period);
    ev_give_back(context, w);
    if (status == PH_OK) {
        *ret_result = r;
    }
    return status;
}

void ph_did_release(struct ph_context *context, struct ph_did_result *result)
{
    if (context && result) {
        ph_regression_release(context, &result->regression);
    }
}
