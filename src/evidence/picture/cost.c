// SPDX-License-Identifier: Apache-2.0
// The chance of a net benefit (the acceptability curve: van Hout et al. 1994, Health Econ. 3:309)
// and, under it, what knowing for sure would be worth.
#include "draw.h"

#include <stdlib.h>

struct cost {
    struct pic p;
    const struct ph_cost_result *r;
    double *value, *chance, *evpi; // [r->n_at] each, one block; chance in percent
    struct pic_panel top, bottom;
    int decimals;
};

static int by_value(const void *a, const void *b)
{
    double x = (*(const struct ph_cost_at *const *)a)->value;
    double y = (*(const struct ph_cost_at *const *)b)->value;
    return (x > y) - (x < y);
}

// Values may come in any order.
static bool gather(struct cost *d)
{
    size_t n = d->r->n_at;
    const struct ph_cost_at **order = calloc(n + 1, sizeof(const struct ph_cost_at *));
    d->value = calloc(3 * n + 1, sizeof(double));
    if (!order || !d->value) {
        free(order);
        return false;
    }
    d->chance = d->value + n;
    d->evpi = d->chance + n;
    for (size_t i = 0; i < n; i++) {
        order[i] = &d->r->at[i];
    }
    qsort(order, n, sizeof(*order), by_value);
    for (size_t i = 0; i < n; i++) {
        d->value[i] = order[i]->value;
        d->chance[i] = 100 * order[i]->beneficial;
        d->evpi[i] = order[i]->evpi;
    }
    free(order);
    return true;
}

static void lay_out(struct cost *d)
{
    struct pic_range x = { 0 };
    struct pic_range evpi = { 0, 0, true };
    for (size_t i = 0; i < d->r->n_at; i++) {
        ev_pic_see(&x, d->value[i]);
        ev_pic_see(&evpi, d->evpi[i]);
    }
    d->decimals = ev_pic_decimals(x.high > x.low ? x.high - x.low : fabs(x.high));
    d->top.top = PIC_LINE + 18;
    d->top.bottom = d->top.top + 160;
    d->bottom.top = d->top.bottom + 2 * PIC_LINE + 10;
    d->bottom.bottom = d->bottom.top + 110;
    ev_pic_panel_y(&d->p, &d->top, (struct pic_range){ 0, 100, true }, 4);
    ev_pic_panel_y(&d->p, &d->bottom, evpi, 3);
    d->top.left = d->bottom.left = fmax(d->top.left, d->bottom.left);
    d->top.right = d->bottom.right = PIC_WIDTH - 8;
    d->top.numbers = d->bottom.numbers = true;
    ev_pic_panel_x(&d->top, x);
    ev_pic_panel_x(&d->bottom, x);
}

static void put_points(struct cost *d, const struct pic_panel *panel, const double *y)
{
    for (size_t i = 0; d->r->n_at <= 12 && i < d->r->n_at; i++) {
        if (ev_pic_drawable(d->value[i]) && ev_pic_drawable(y[i])) {
            ev_pic_dot(&d->p, LOOK_MARK, ev_pic_in(&panel->x, d->value[i]),
                ev_pic_in(&panel->y, y[i]), 3.5);
        }
    }
}

static void put_panels(struct cost *d)
{
    struct pic *p = &d->p;
    char words[PIC_WORDS];
    snprintf(words, sizeof(words), "%s, %%", ev_pic_phrase(p, PHRASE_BENEFICIAL));
    ev_pic_text(p, LOOK_UNIT, 0, 16, ANCHOR_START, words, PIC_WIDTH);
    ev_pic_panel_values(p, &d->top);
    double half = ev_pic_at(&d->top.y, 50);
    ev_pic_line(p, LOOK_CHANGE, d->top.left, half, d->top.right, half);
    ev_pic_panel_times(p, &d->top, false);
    ev_pic_panel_line(p, &d->top, LOOK_LINE, d->value, d->chance, d->r->n_at);
    put_points(d, &d->top, d->chance);
    ev_pic_text(p, LOOK_UNIT, 0, d->bottom.top - 16, ANCHOR_START, ev_pic_phrase(p, PHRASE_EVPI),
        PIC_WIDTH);
    ev_pic_panel_values(p, &d->bottom);
    ev_pic_panel_times(p, &d->bottom, true);
    ev_pic_panel_line(p, &d->bottom, LOOK_LINE, d->value, d->evpi, d->r->n_at);
    put_points(d, &d->bottom, d->evpi);
}

static void tell(struct cost *d)
{
    struct pic *p = &d->p;
    char value[PIC_NUMBER];
    char chance[PIC_NUMBER];
    size_t n = d->r->n_at;
    if (n == 0) {
        PIC_TELL(p, PHRASE_NOTHING, NULL);
        return;
    }
    for (size_t i = 0; i<n; i += n> 1 ? n - 1 : 1) {
        ev_pic_number(p, d->value[i], d->decimals, value);
        ev_pic_percent(p, d->chance[i] / 100, chance);
        PIC_TELL(p, PHRASE_COST_TELL, "value", value, "chance", chance, NULL);
    }
    for (size_t i = 1; i < n; i++) {
        double a = d->chance[i - 1] - 50;
        double b = d->chance[i] - 50;
        if ((a < 0) != (b < 0) && !isnan(a) && !isnan(b)) {
            double at = d->value[i - 1] + (d->value[i] - d->value[i - 1]) * a / (a - b);
            ev_pic_number(p, at, d->decimals, value);
            PIC_TELL(p, PHRASE_COST_TELL_EVEN, "value", value, NULL);
            return;
        }
    }
}

static void put_table(struct cost *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_WORTH_OF_UNIT, PHRASE_NET_BENEFIT,
        PHRASE_BENEFICIAL, PHRASE_EVPI };
    for (size_t i = 0; i < 4; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->r->n_at; i++) {
        const struct ph_cost_at *a = &d->r->at[i];
        ev_pic_cell_number(p, a->value, d->decimals);
        ev_pic_cell_number(p, a->benefit, ev_pic_decimals(a->benefit_sd));
        ev_pic_cell_number(p, a->beneficial, 3);
        ev_pic_cell_number(p, a->evpi, ev_pic_decimals(a->benefit_sd));
    }
}

char *ph_picture_cost(const struct ph_picture_options *options, const struct ph_cost_result *result)
{
    struct cost d = { .r = result };
    if (!result || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    if (!gather(&d)) {
        p->failed = true;
        free(d.value);
        return ev_pic_end(p, "svg-cost", 0);
    }
    ev_pic_title(p, PHRASE_COST_TITLE);
    lay_out(&d);
    put_panels(&d);
    tell(&d);
    put_table(&d);
    double below = ev_pic_panel_time_unit(p, &d.bottom, ev_pic_phrase(p, PHRASE_WORTH_OF_UNIT));
    free(d.value);
    return ev_pic_end(p, "svg-cost", below + 2);
}
