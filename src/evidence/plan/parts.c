// SPDX-License-Identifier: Apache-2.0
// What the plan names besides its own analysis: further primary measures, components, alternatives.
#include "run.h"

#include <stdlib.h>

// ---- Rows of a part ----

// The rows of a frame where a column is 1, copied.
struct subset {
    struct ph_frame frame;
    struct ph_column *column;
    void **block; // of cells and masks, two a column
    size_t *row_number;
};

static void subset_release(struct ph_context *c, struct subset *s)
{
    for (size_t i = 0; s->block && i < 2 * s->frame.columns; i++) {
        ev_give_back(c, s->block[i]);
    }
    ev_give_back(c, s->block);
    ev_give_back(c, s->column);
    ev_give_back(c, s->row_number);
    *s = (struct subset){ 0 };
}

static enum ph_status copy_column(struct ph_context *c, const struct ph_frame *f, size_t at,
    const size_t *row, size_t n, struct subset *s)
{
    const struct ph_column *from = &f->column[at];
    bool real = from->kind == PH_REAL;
    size_t size = real ? sizeof(double) : sizeof(int32_t);
    char *cells = ev_take(c, n, size);
    uint8_t *missing = from->missing ? ev_take(c, n, 1) : NULL;
    s->block[2 * at] = cells;
    s->block[2 * at + 1] = missing;
    if (!cells || (from->missing && !missing)) {
        return PH_NO_MEMORY;
    }
    const char *base = real ? (const char *)from->real : (const char *)from->key;
    for (size_t i = 0; i < n; i++) {
        memcpy(cells + i * size, base + row[i] * size, size);
        if (missing) {
            missing[i] = from->missing[row[i]];
        }
    }
    s->column[at] = *from;
    s->column[at].real = real ? (const double *)(void *)cells : NULL;
    s->column[at].key = real ? NULL : (const int32_t *)(void *)cells;
    s->column[at].missing = missing;
    return PH_OK;
}

static enum ph_status subset_take(
    struct ph_context *c, const struct ph_frame *f, int32_t mark, struct subset *s)
{
    enum ph_status status = ev_column_check_01(c, f, mark, "part");
    if (status != PH_OK) {
        return status;
    }
    size_t *row = ev_take(c, f->rows, sizeof(*row));
    s->row_number = ev_take(c, f->rows, sizeof(*s->row_number));
    s->column = ev_take(c, f->columns, sizeof(*s->column));
    s->block = ev_take(c, 2 * f->columns, sizeof(*s->block));
    size_t n = 0;
    bool all = row && s->row_number && s->column && s->block;
    for (size_t i = 0; all && i < f->rows; i++) {
        if (!ev_cell_missing(f, mark, i) && ev_cell(f, mark, i) == 1) {
            s->row_number[n] = ev_row(f, i);
            row[n++] = i;
        }
    }
    status = all ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK && n == 0) {
        status = ev_complain(c, PH_DATA, "No row is marked as belonging to it.");
    }
    s->frame = (struct ph_frame){
        .rows = n, .columns = f->columns, .column = s->column, .row_number = s->row_number
    };
    for (size_t at = 0; status == PH_OK && at < f->columns; at++) {
        status = copy_column(c, f, at, row, n, s);
    }
    ev_give_back(c, row);
    return status;
}

// ---- Further runs ----

// Data that a further analysis refuses are told in words, and stop nobody.
static enum ph_status note_refusal(struct run *r, enum ph_status status, char why[PH_WHY_MAX])
{
    bool refused = status == PH_DATA || status == PH_NO_SOLUTION || status == PH_INVALID ||
                   status == PH_UNSUPPORTED || status == PH_TOO_LARGE;
    if (!refused) {
        return status;
    }
    snprintf(why, PH_WHY_MAX, "%s", ph_context_message(r->c));
    r->head = ev_result_blank(r->level, "none");
    return PH_OK;
}

// The analysis A on the rows where ROWS is 1, or on all; into MORE's head.
static enum ph_status run_part(
    const struct run *r, const struct plan_analysis *a, const char *rows, struct run *more)
{
    struct subset s = { 0 };
    int32_t mark = PH_NONE;
    *more = *r;
    more->a = a;
    more->gating = false;
    enum ph_status status = ev_run_find(more, rows, PH_REAL, &mark);
    if (status == PH_OK && mark != PH_NONE) {
        status = subset_take(r->c, r->f, mark, &s);
        more->f = &s.frame;
    }
    status = status == PH_OK ? ev_run_columns(more) : status;
    status = status == PH_OK ? ev_run_estimate(more) : status;
    if (status == PH_OK && !isnan(more->delta)) {
        status = ev_run_chance(more, more->delta, &more->worthwhile);
    }
    subset_release(r->c, &s);
    more->f = r->f;
    return status;
}

// Holm over the P of N results into ADJUSTED; those without a p-value count and get NAN.
static void holm(const double *p, size_t n, double *adjusted)
{
    bool done[PH_COMPONENTS_MAX] = { false };
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        adjusted[i] = NAN;
    }
    for (size_t left = n; left > 0; left--) {
        size_t next = n;
        for (size_t i = 0; i < n; i++) {
            next = !done[i] && !isnan(p[i]) && (next == n || p[i] < p[next]) ? i : next;
        }
        if (next == n) {
            return;
        }
        done[next] = true;
        largest = fmin(fmax(largest, (double)left * p[next]), 1);
        adjusted[next] = largest;
    }
}

enum ph_status ev_run_measures(struct run *r)
{
    struct plan_analysis *a = ev_take(r->c, 1, sizeof(*a));
    enum ph_status status = a ? PH_OK : PH_NO_MEMORY;
    for (size_t i = 0; status == PH_OK && i < r->p->n_measures; i++) {
        const struct plan_measure *m = &r->p->measure[i];
        struct run more;
        struct run with = *r;
        *a = *r->a;
        a->direction = m->direction;
        strcpy(a->column[PLAN_OUTCOME], m->outcome);
        with.delta = m->delta;
        status = run_part(&with, a, "", &more);
        if (status == PH_OK) {
            r->e->measure[r->e->n_measures++] = (struct ph_measure_result){ .outcome = m->outcome,
                .direction = m->direction,
                .delta = m->delta,
                .head = more.head,
                .worthwhile = more.worthwhile,
                .holm = NAN };
        }
    }
    ev_give_back(r->c, a);
    return status;
}

enum ph_status ev_run_components(struct run *r)
{
    double p[PH_COMPONENTS_MAX];
    double adjusted[PH_COMPONENTS_MAX];
    struct plan_analysis *a = ev_take(r->c, 1, sizeof(*a));
    enum ph_status status = a ? PH_OK : PH_NO_MEMORY;
    bool end = r->e->stage == PH_STAGE_HORIZON;
    for (size_t i = 0; end && status == PH_OK && i < r->p->n_components; i++) {
        const struct plan_component *part = &r->p->component[i];
        struct ph_component_result *x = &r->e->component[r->e->n_components++];
        struct run more;
        *a = *r->a;
        if (part->treat[0]) {
            strcpy(a->column[PLAN_TREAT], part->treat);
        }
        *x = (struct ph_component_result){ .name = part->name, .holm = NAN };
        status = run_part(r, a, part->rows, &more);
        status = status == PH_OK ? PH_OK : note_refusal(&more, status, x->why);
        x->head = more.head;
        p[i] = more.head.p;
    }
    ev_give_back(r->c, a);
    holm(p, r->e->n_components, adjusted);
    for (size_t i = 0; i < r->e->n_components; i++) {
        struct ph_component_result *x = &r->e->component[i];
        bool lower = r->p->rule.direction == PH_LOWER_IS_BETTER;
        bool better = lower ? x->head.estimate < 0 : x->head.estimate > 0;
        x->holm = adjusted[i];
        x->survives = better && adjusted[i] <= 1 - r->level;
    }
    return status;
}

enum ph_status ev_run_alternatives(struct run *r)
{
    struct ph_evaluation *e = r->e;
    double own = e->primary.estimate;
    enum ph_status status = PH_OK;
    e->spread = (struct ph_interval){ own, own };
    for (size_t i = 0; status == PH_OK && i < r->p->n_alternatives; i++) {
        const struct plan_alternative *from = &r->p->alternative[i];
        struct ph_alternative_result *x = &e->alternative[e->n_alternatives++];
        struct run more;
        struct run with = *r;
        with.looks = false;
        *x = (struct ph_alternative_result){
            .name = from->name, .method = ev_plan_kinds[from->a.method].name, .worthwhile = NAN
        };
        status = run_part(&with, &from->a, from->rows, &more);
        if (status == PH_OK) {
            x->worthwhile = more.worthwhile;
        } else {
            status = note_refusal(&more, status, x->why);
        }
        x->head = more.head;
        if (isfinite(x->head.estimate)) {
            e->spread.lo = fmin(e->spread.lo, x->head.estimate);
            e->spread.hi = fmax(e->spread.hi, x->head.estimate);
        }
    }
    return status;
}
