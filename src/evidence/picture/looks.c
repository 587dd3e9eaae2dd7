// SPDX-License-Identifier: Apache-2.0
// What was known at each look: a band that shrinks, zero and what is worth having.
#include "draw.h"

#include <stdlib.h>

enum { MARKS_MOST = 24 };

struct looks {
    struct pic p;
    const struct ph_sequence_result *r;
    size_t n;
    double *time, *estimate, *low, *high; // [n] each, one block
    struct pic_panel panel;
    int decimals;
    bool difference; // of two groups: zero is no effect
    double null;     // what the looks are to settle about; NAN: nothing
    size_t settled;  // the look from which the interval is on one side; n: none
    enum phrase what;
};

static bool gather(struct looks *d)
{
    d->time = calloc(4 * d->n + 1, sizeof(double));
    if (!d->time) {
        return false;
    }
    d->estimate = d->time + d->n;
    d->low = d->estimate + d->n;
    d->high = d->low + d->n;
    for (size_t i = 0; i < d->n; i++) {
        const struct ph_look *l = &d->r->looks[i];
        d->time[i] = l->time;
        d->estimate[i] = l->head.estimate;
        d->low[i] = l->head.interval.lo;
        d->high[i] = l->head.interval.hi;
    }
    return true;
}

// A mean of one group says nothing by being above zero: it is held against what was named.
static void find_null(struct looks *d)
{
    const struct ph_monitor_options *o = &d->r->monitor.options;
    d->difference = o->kind == PH_MONITOR_DIFFERENCE;
    d->null = d->difference || o->null_value != 0 ? o->null_value : NAN;
}

// The first look at which the interval leaves that, or all that is worth having, behind.
static void find_settled(struct looks *d)
{
    bool lower = d->p.o->direction == PH_LOWER_IS_BETTER;
    double delta = d->difference ? d->p.o->delta : NAN;
    d->settled = d->n;
    for (size_t i = 0; i < d->n && d->settled == d->n; i++) {
        double low = lower ? d->null - d->high[i] : d->low[i] - d->null;
        double high = lower ? d->null - d->low[i] : d->high[i] - d->null;
        bool above = low > 0;
        bool below = high < 0;
        bool small = ev_pic_drawable(delta) && high < delta;
        if (above || below || small) {
            d->settled = i;
            d->what = above ? PHRASE_ABOVE_ZERO : below ? PHRASE_BELOW_ZERO : PHRASE_BELOW_DELTA;
        }
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

// The first intervals are so wide that nothing else could be seen: the scale is made for three
// quarters of the looks, and for the last.
static double widest_shown(const struct looks *d)
{
    double *widths = calloc(d->n + 1, sizeof(double));
    size_t n = 0;
    for (size_t i = 0; widths && i < d->n; i++) {
        double width = d->high[i] - d->low[i];
        if (width >= 0 && ev_pic_drawable(width)) {
            widths[n++] = width;
        }
    }
    double last = n > 0 ? widths[n - 1] : 0;
    double shown = INFINITY;
    if (n > 0) {
        qsort(widths, n, sizeof(*widths), by_size);
        shown = fmax(widths[(n - 1) * 3 / 4], 2 * last);
    }
    free(widths);
    return shown;
}

static void lay_out(struct looks *d)
{
    struct pic_range x = { 0 };
    struct pic_range y = { 0 };
    double shown = widest_shown(d);
    bool whole = true;
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_see(&x, d->time[i]);
        bool fits = d->high[i] - d->low[i] <= shown;
        ev_pic_see(&y, fits ? d->low[i] : NAN);
        ev_pic_see(&y, fits ? d->high[i] : NAN);
        whole = whole && d->time[i] == floor(d->time[i]);
    }
    if (!y.any) {
        for (size_t i = 0; i < d->n; i++) {
            ev_pic_see(&y, d->estimate[i]);
        }
    }
    ev_pic_see(&y, d->null);
    ev_pic_see(&y, d->difference ? ev_pic_delta(&d->p) : NAN);
    double last = d->n > 0 ? d->high[d->n - 1] - d->low[d->n - 1] : NAN;
    d->decimals = ev_pic_decimals(last > 0 ? last : y.high - y.low);
    d->panel.top = 2 * PIC_LINE + 6;
    d->panel.bottom = d->panel.top + 210;
    d->panel.right = PIC_WIDTH - 4;
    d->panel.whole = whole;
    ev_pic_panel_y(&d->p, &d->panel, y, 5);
    ev_pic_panel_x(&d->panel, x);
}

static void put_marks(struct looks *d)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->n > MARKS_MOST && i != d->settled) {
            continue;
        }
        bool known = ev_pic_drawable(d->estimate[i]) && ev_pic_drawable(d->time[i]);
        bool within = d->estimate[i] >= d->panel.y.low && d->estimate[i] <= d->panel.y.high;
        if (known && within) {
            ev_pic_dot(&d->p, i >= d->settled ? LOOK_MARK : LOOK_HOLLOW,
                ev_pic_at(&d->panel.x, d->time[i]), ev_pic_at(&d->panel.y, d->estimate[i]),
                i == d->settled ? 5 : 3.5);
        }
    }
}

static void tell(struct looks *d)
{
    struct pic *p = &d->p;
    char a[5][PIC_NUMBER];
    if (d->n == 0) {
        PIC_TELL(p, PHRASE_NOTHING, NULL);
        return;
    }
    size_t last = d->n - 1;
    snprintf(a[0], PIC_NUMBER, "%zu", d->n);
    ev_pic_time(p, d->time[last], a[1]);
    ev_pic_number(p, d->estimate[last], d->decimals, a[2]);
    ev_pic_number(p, d->low[last], d->decimals, a[3]);
    ev_pic_number(p, d->high[last], d->decimals, a[4]);
    PIC_TELL(p, PHRASE_LOOKS_TELL, "n", a[0], "time", a[1], "estimate", a[2], "low", a[3], "high",
        a[4], NULL);
    if (d->settled < d->n) {
        ev_pic_time(p, d->time[d->settled], a[0]);
        PIC_TELL(p, PHRASE_LOOKS_TELL_FIRST, "what", ev_pic_phrase(p, d->what), "time", a[0], NULL);
    } else if (ev_pic_drawable(d->null)) {
        PIC_TELL(p, PHRASE_LOOKS_TELL_NONE, NULL);
    }
}

static void put_table(struct looks *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_ESTIMATE, PHRASE_FROM, PHRASE_TO };
    ev_pic_heading(p, p->o->time_unit ? p->o->time_unit : ev_pic_phrase(p, PHRASE_LOOK));
    for (size_t i = 0; i < 3; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_cell_time(p, d->time[i]);
        ev_pic_cell_number(p, d->estimate[i], d->decimals);
        ev_pic_cell_number(p, d->low[i], d->decimals);
        ev_pic_cell_number(p, d->high[i], d->decimals);
    }
}

char *ph_picture_looks(
    const struct ph_picture_options *options, const struct ph_sequence_result *result)
{
    struct looks d = { .r = result };
    if (!result || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    char words[PIC_WORDS];
    char percent[PIC_NUMBER];
    d.n = result->n_looks;
    if (!gather(&d)) {
        p->failed = true;
        return ev_pic_end(p, "svg-looks", 0);
    }
    ev_pic_title(p, PHRASE_LOOKS_TITLE);
    find_null(&d);
    find_settled(&d);
    lay_out(&d);
    ev_pic_panel_unit(p, &d.panel);
    ev_pic_panel_values(p, &d.panel);
    if (d.difference) {
        ev_pic_panel_delta(p, &d.panel, d.panel.left);
    }
    if (ev_pic_drawable(d.null) && d.null != 0) {
        double at = ev_pic_in(&d.panel.y, d.null);
        ev_pic_line(p, LOOK_ZERO, d.panel.left, at, d.panel.right, at);
    }
    ev_pic_panel_times(p, &d.panel, true);
    ev_pic_panel_band(p, &d.panel, LOOK_BAND, d.time, d.low, d.high, d.n);
    if (d.n == 1) {
        ev_pic_upright(p, LOOK_INTERVAL, &d.panel.y, (struct ph_interval){ d.low[0], d.high[0] },
            ev_pic_in(&d.panel.x, d.time[0]), 5);
    }
    ev_pic_panel_line(p, &d.panel, LOOK_LINE, d.time, d.estimate, d.n);
    put_marks(&d);
    if (d.settled < d.n) {
        ev_pic_panel_start(p, &d.panel, d.time[d.settled], ev_pic_phrase(p, d.what));
    }
    tell(&d);
    put_table(&d);
    double below = ev_pic_panel_time_unit(
        p, &d.panel, p->o->time_unit ? p->o->time_unit : ev_pic_phrase(p, PHRASE_LOOK));
    ev_pic_level(p, result->head.level, percent);
    PIC_SAY(p, words, sizeof(words), PHRASE_LOOKS_KEY, "level", percent, NULL);
    below = ev_pic_note(p, below, words);
    below = d.difference ? ev_pic_note_delta(p, &d.panel, below) : below;
    free(d.time);
    return ev_pic_end(p, "svg-looks", below + 4);
}
