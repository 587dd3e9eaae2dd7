// SPDX-License-Identifier: Apache-2.0
// The plan names columns; the frame has them by number.
#include "run.h"

enum ph_status ev_run_find(struct run *r, const char *name, enum ph_column_kind kind, int32_t *ret)
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

enum ph_status ev_run_columns(struct run *r)
{
    enum ph_status status = PH_OK;
    for (int i = 0; status == PH_OK && i < PLAN_COLUMNS; i++) {
        enum ph_column_kind kind = ev_plan_column_kind((enum plan_column)i);
        status = ev_run_find(r, r->a->column[i], kind, &r->column[i]);
        if (status == PH_OK && r->column[i] != PH_NONE) {
            status = ev_column_check(r->c, r->f, r->column[i], kind, ev_plan_columns[i]);
        }
    }
    for (size_t i = 0; status == PH_OK && i < r->a->n_covariates; i++) {
        status = ev_run_find(r, r->a->covariate[i], PH_REAL, &r->covariate[i]);
    }
    return status;
}

int32_t ev_run_cluster(const struct run *r)
{
    return r->column[PLAN_CLUSTER] != PH_NONE ? r->column[PLAN_CLUSTER] : r->column[PLAN_UNIT];
}
