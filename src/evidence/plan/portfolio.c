// SPDX-License-Identifier: Apache-2.0
// What earlier pilots say of this one: its estimate among theirs, drawn to their mean by as much as
// they are alike.
#include "run.h"

// Earlier estimates and their errors, with this one's last.
static enum ph_status gather(struct run *r, const struct ph_frame *f, double se, double *estimates,
    double *errors, size_t *ret_n)
{
    struct run at = *r;
    int32_t estimate = PH_NONE;
    int32_t error = PH_NONE;
    at.f = f;
    enum ph_status status = ev_run_find(&at, "estimate", PH_REAL, &estimate);
    status = status == PH_OK ? ev_run_find(&at, "se", PH_REAL, &error) : status;
    if (status == PH_OK) {
        status = ev_column_check(r->c, f, estimate, PH_REAL, "portfolio's estimate");
    }
    status = status == PH_OK ? ev_column_check(r->c, f, error, PH_REAL, "portfolio's se") : status;
    size_t n = 0;
    for (size_t i = 0; status == PH_OK && i < f->rows; i++) {
        if (ev_cell_missing(f, estimate, i) || ev_cell_missing(f, error, i)) {
            continue;
        }
        if (!(ev_cell(f, error, i) > 0)) {
            return ev_complain(
                r->c, PH_DATA, "Row %zu of the portfolio: the se must be above 0.", ev_row(f, i));
        }
        estimates[n] = ev_cell(f, estimate, i);
        errors[n++] = ev_cell(f, error, i);
    }
    estimates[n] = r->e->primary.estimate;
    errors[n++] = se;
    *ret_n = n;
    return status;
}

static enum ph_status shrink(
    struct run *r, const double *estimates, const double *errors, size_t n, double *ret_worthwhile)
{
    const struct ph_column columns[2] = { { "estimate", PH_REAL, .real = estimates },
        { "se", PH_REAL, .real = errors } };
    const struct ph_frame frame = { .rows = n, .columns = 2, .column = columns };
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result s;
    o.delta = r->delta;
    o.direction = r->p->rule.direction;
    o.level = r->level;
    o.integrated = true; // a city has few pilots
    enum ph_status status = ph_shrink(r->c, &frame, &o, &s);
    if (status == PH_OK) {
        const struct ph_shrunk *own = &s.pilots[s.n - 1];
        r->e->pilots = s.n;
        r->e->tau2 = s.tau2;
        r->e->shrunk = own->shrunk;
        r->e->shrunk_se = own->shrunk_se;
        *ret_worthwhile = own->worthwhile;
        r->e->primary.warnings |= s.n < 5 ? PH_WARN_FEW_PILOTS : 0;
        ph_shrink_release(r->c, &s);
    }
    return status;
}

enum ph_status ev_run_portfolio(
    struct run *r, const struct ph_frame *portfolio, double *ret_worthwhile)
{
    double se = ev_run_precision(&r->e->primary);
    if (!portfolio && r->p->portfolio) {
        return ev_complain(r->c, PH_DATA,
            "The plan reads the effect among earlier pilots: give their estimates and errors.");
    }
    if (!portfolio || !(se > 0)) {
        return PH_OK;
    }
    double *estimates = ev_take(r->c, portfolio->rows + 1, sizeof(*estimates));
    double *errors = ev_take(r->c, portfolio->rows + 1, sizeof(*errors));
    size_t n = 0;
    enum ph_status status = estimates && errors ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK) {
        status = gather(r, portfolio, se, estimates, errors, &n);
    }
    if (status == PH_OK && n > 1) {
        status = shrink(r, estimates, errors, n, ret_worthwhile);
    }
    ev_give_back(r->c, estimates);
    ev_give_back(r->c, errors);
    return status;
}
