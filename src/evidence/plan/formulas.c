// SPDX-License-Identifier: Apache-2.0
// A regression by formula, and what stands beside it where it absorbs units and times.
#include "run.h"

#include "formula.h"

// The formula's left side as a column of its own behind the frame's, for the group-time estimate.
static enum ph_status with_outcome(struct run *r, struct ph_frame *frame,
    struct ph_column **ret_columns, double **ret_y, uint8_t **ret_missing)
{
    enum ph_status status = PH_OK;
    struct ev_formula *f = ev_formula_parse(r->c, r->a->formula, &status);
    if (!f) {
        return status;
    }
    double *y = ev_take(r->c, r->f->rows, sizeof(*y));
    uint8_t *missing = ev_take(r->c, r->f->rows, 1);
    struct ph_column *columns = ev_take(r->c, r->f->columns + 1, sizeof(*columns));
    *ret_columns = columns;
    *ret_y = y;
    *ret_missing = missing;
    status = y && missing && columns ? ev_expr_bind(r->c, &f->y, r->f) : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < r->f->rows; i++) {
        missing[i] = ev_expr_missing(&f->y, r->f, i);
        y[i] = missing[i] ? 0 : ev_expr_value(&f->y, r->f, i);
    }
    ev_formula_free(r->c, f);
    if (status == PH_OK) {
        memcpy(columns, r->f->column, r->f->columns * sizeof(*columns));
        columns[r->f->columns] =
            (struct ph_column){ .name = "outcome", .kind = PH_REAL, .real = y, .missing = missing };
        *frame = *r->f;
        frame->column = columns;
        frame->columns = r->f->columns + 1;
    }
    return status;
}

// Starts can be seen where the plan names the columns that tell of them.
static enum ph_status look_beside(struct run *r)
{
    bool first = r->column[PLAN_FIRST_TREATED] != PH_NONE;
    bool marks = r->column[PLAN_TREAT] != PH_NONE && r->column[PLAN_UNIT] != PH_NONE;
    if (!r->gating || r->column[PLAN_TIME] == PH_NONE || (!first && !marks)) {
        return PH_OK;
    }
    struct ph_frame frame = { 0 };
    struct ph_column *columns = NULL;
    double *y = NULL;
    uint8_t *missing = NULL;
    enum ph_status status = with_outcome(r, &frame, &columns, &y, &missing);
    if (status == PH_OK) {
        status = ev_run_beside(r, &frame, (int32_t)r->f->columns);
    }
    ev_give_back(r->c, columns);
    ev_give_back(r->c, y);
    ev_give_back(r->c, missing);
    return status;
}

enum ph_status ev_run_regress(struct run *r)
{
    struct ph_regression_options o = PH_REGRESSION_OPTIONS;
    struct ph_regression_result x;
    const struct plan_analysis *a = r->a;
    int32_t cluster = ev_run_cluster(r);
    bool by_cluster = !a->own_vcov || (a->vcov >= PH_VCOV_CR0 && a->vcov <= PH_VCOV_CR3);
    o.formula = a->formula;
    o.focus = a->focus[0] ? a->focus : NULL;
    o.vcov = a->own_vcov ? a->vcov : cluster != PH_NONE ? PH_VCOV_CR2 : PH_VCOV_HC2;
    o.cluster[0] = by_cluster ? cluster : PH_NONE;
    o.counted = a->counted;
    o.lag = a->vcov_lag;
    o.time = o.vcov == PH_VCOV_NEWEY_WEST ? r->column[PLAN_TIME] : PH_NONE;
    o.design = a->design;
    o.level = r->level;
    enum ph_status status = ph_regression(r->c, r->f, &o, &x);
    if (status != PH_OK) {
        return status;
    }
    r->head = x.head;
    ph_regression_release(r->c, &x);
    return look_beside(r);
}

static enum ph_status boot(struct run *r, double null, struct ph_result *ret)
{
    struct ph_wildboot_options o = PH_WILDBOOT_OPTIONS;
    struct ph_wildboot_result x;
    o.formula = r->a->formula;
    o.focus = r->a->focus[0] ? r->a->focus : NULL;
    o.cluster = r->column[PLAN_CLUSTER];
    o.counted = r->a->counted;
    o.weighting = r->a->signs;
    o.draws = r->a->draws;
    o.null = null;
    o.design = r->a->design;
    o.level = r->level;
    enum ph_status status = ph_wildboot(r->c, r->f, &o, &x);
    if (status == PH_OK) {
        *ret = x.head;
    }
    return status;
}

enum ph_status ev_run_wildboot(struct run *r)
{
    enum ph_status status = boot(r, 0, &r->head);
    return status == PH_OK ? look_beside(r) : status;
}

enum ph_status ev_run_wildboot_p(struct run *r, double null, double *ret_p)
{
    struct ph_result h;
    enum ph_status status = boot(r, null, &h);
    if (status == PH_OK) {
        *ret_p = h.p;
    }
    return status;
}
