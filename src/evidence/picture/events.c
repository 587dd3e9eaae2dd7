// SPDX-License-Identifier: Apache-2.0
// An event study: effects by time since the start.
#include "draw.h"

#include <stdlib.h>

enum { WHISKERS_MOST = 60 }; // more are drawn as a band

struct events {
    struct pic p;
    const struct ph_att_list *list;
    double level;
    struct pic_panel panel;
    bool bands; // there are intervals for all together
    double start;
    int decimals;
    double key_y;
};

// Between the last time before the start and the first from it on.
static double start_of(const struct ph_att_list *list)
{
    double before = -INFINITY;
    double after = INFINITY;
    for (size_t i = 0; i < list->n; i++) {
        double t = list->item[i].time;
        before = t < 0 && t > before ? t : before;
        after = t >= 0 && t < after ? t : after;
    }
    return isinf(after)    ? NAN
           : isinf(before) ? after - 0.5
                           : (fmax(before, -1 + after) + after) / 2;
}

static const char *time_unit(const struct events *d)
{
    return d->p.o->time_unit ? d->p.o->time_unit : ev_pic_phrase(&d->p, PHRASE_SINCE_START);
}

static void lay_out(struct events *d)
{
    struct pic_range x = { 0 };
    struct pic_range y = { 0 };
    double width = NAN;
    for (size_t i = 0; i < d->list->n; i++) {
        const struct ph_att *a = &d->list->item[i];
        double values[] = { a->att, a->interval.lo, a->interval.hi, a->band.lo, a->band.hi };
        for (size_t v = 0; v < 5; v++) {
            ev_pic_see(&y, values[v]);
        }
        ev_pic_see(&x, a->time);
        d->bands = d->bands || !isnan(a->band.lo);
        double own = a->interval.hi - a->interval.lo;
        width = own > 0 && !(width <= own) ? own : width;
    }
    ev_pic_see(&y, 0);
    ev_pic_see(&y, ev_pic_delta(&d->p));
    d->decimals = ev_pic_decimals(width > 0 ? width : y.high - y.low);
    d->start = start_of(d->list);
    ev_pic_see(&x, d->start);
    double room = x.any && x.high > x.low ? 0.02 * (x.high - x.low) : 0.5;
    x.low -= room;
    x.high += room;
    d->panel.top = 6 + PIC_LINE + PIC_LINE;
    d->panel.bottom = d->panel.top + 200;
    d->panel.right = PIC_WIDTH - 4;
    d->panel.whole = true;
    for (size_t i = 0; i < d->list->n; i++) {
        d->panel.whole = d->panel.whole && d->list->item[i].time == floor(d->list->item[i].time);
    }
    ev_pic_panel_y(&d->p, &d->panel, y, 5);
    ev_pic_panel_x(&d->panel, x);
}

static void put_frame(struct events *d)
{
    struct pic *p = &d->p;
    const struct pic_panel *panel = &d->panel;
    ev_pic_panel_unit(p, panel);
    if (!isnan(d->start)) {
        double x = ev_pic_in(&panel->x, d->start);
        ev_pic_rect(
            p, LOOK_BEFORE, panel->left, panel->top, x - panel->left, panel->bottom - panel->top);
        const char *before = ev_pic_phrase(p, PHRASE_BEFORE);
        if (x - panel->left > ev_pic_text_width(before) + 12) {
            ev_pic_text(p, LOOK_TICK, x - 8, panel->top - 6, ANCHOR_END, before, x);
        }
    }
    ev_pic_panel_values(p, panel);
    double start = isnan(d->start) ? panel->left : ev_pic_in(&panel->x, d->start);
    ev_pic_panel_delta(p, panel, start);
    ev_pic_panel_times(p, panel, true);
    ev_pic_panel_start(p, panel, d->start, ev_pic_phrase(p, PHRASE_START));
}

static void put_whiskers(struct events *d)
{
    struct pic *p = &d->p;
    const struct pic_panel *panel = &d->panel;
    double small = d->list->n > 30 ? 2.5 : 4;
    for (size_t i = 0; i < d->list->n; i++) {
        const struct ph_att *a = &d->list->item[i];
        if (!ev_pic_drawable(a->time)) {
            continue;
        }
        double x = ev_pic_at(&panel->x, a->time);
        ev_pic_upright(p, LOOK_LIGHT, &panel->y, a->band, x, small);
        ev_pic_upright(p, LOOK_INTERVAL, &panel->y, a->interval, x, 0);
        if (ev_pic_drawable(a->att)) {
            bool before = a->time < d->start;
            ev_pic_dot(p, before ? LOOK_HOLLOW : LOOK_MARK, x, ev_pic_in(&panel->y, a->att),
                before ? small + 0.25 : small + 1);
        }
    }
}

static bool put_bands(struct events *d)
{
    struct pic *p = &d->p;
    size_t n = d->list->n;
    double *v = calloc(6 * n, sizeof(double));
    if (!v) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ph_att *a = &d->list->item[i];
        const double values[] = { a->time, a->att, a->interval.lo, a->interval.hi, a->band.lo,
            a->band.hi };
        for (size_t c = 0; c < 6; c++) {
            v[c * n + i] = values[c];
        }
    }
    if (d->bands) {
        ev_pic_panel_band(p, &d->panel, LOOK_MARGIN, v, v + 4 * n, v + 5 * n, n);
    }
    ev_pic_panel_band(p, &d->panel, LOOK_BAND, v, v + 2 * n, v + 3 * n, n);
    ev_pic_panel_line(p, &d->panel, LOOK_LINE, v, v + n, n);
    free(v);
    return true;
}

static void tell(struct events *d)
{
    struct pic *p = &d->p;
    const struct ph_att *last = NULL;
    size_t before = 0;
    size_t after = 0;
    size_t cover = 0;
    for (size_t i = 0; i < d->list->n; i++) {
        const struct ph_att *a = &d->list->item[i];
        bool known = !isnan(a->interval.lo) && !isnan(a->interval.hi);
        if (a->time >= 0) {
            after++;
            last = !last || a->time >= last->time ? a : last;
        } else if (known) { // the period compared with has none
            before++;
            cover += a->interval.lo <= 0 && a->interval.hi >= 0;
        }
    }
    char n[PIC_NUMBER];
    char held[PIC_NUMBER];
    if (before > 0) {
        snprintf(n, sizeof(n), "%zu", before);
        snprintf(held, sizeof(held), "%zu", cover);
        PIC_TELL(p, PHRASE_EVENTS_TELL_BEFORE, "n", n, "cover", held, NULL);
    }
    if (last) {
        char time[PIC_NUMBER];
        char estimate[PIC_NUMBER];
        char low[PIC_NUMBER];
        char high[PIC_NUMBER];
        snprintf(n, sizeof(n), "%zu", after);
        ev_pic_time(p, last->time, time);
        ev_pic_number(p, last->att, d->decimals, estimate);
        ev_pic_number(p, last->interval.lo, d->decimals, low);
        ev_pic_number(p, last->interval.hi, d->decimals, high);
        PIC_TELL(p, PHRASE_EVENTS_TELL_AFTER, "n", n, "time", time, "estimate", estimate, "low",
            low, "high", high, NULL);
    }
    if (!last && before == 0) {
        PIC_TELL(p, PHRASE_NOTHING, NULL);
    }
}

static void put_table(struct events *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_ESTIMATE, PHRASE_LOW, PHRASE_HIGH,
        PHRASE_BAND_LOW, PHRASE_BAND_HIGH };
    ev_pic_heading(p, time_unit(d));
    for (size_t i = 0; i < (d->bands ? 5 : 3); i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->list->n; i++) {
        const struct ph_att *a = &d->list->item[i];
        ev_pic_cell_time(p, a->time);
        ev_pic_cell_number(p, a->att, d->decimals);
        ev_pic_cell_number(p, a->interval.lo, d->decimals);
        ev_pic_cell_number(p, a->interval.hi, d->decimals);
        if (d->bands) {
            ev_pic_cell_number(p, a->band.lo, d->decimals);
            ev_pic_cell_number(p, a->band.hi, d->decimals);
        }
    }
}

char *ph_picture_events(
    const struct ph_picture_options *options, const struct ph_att_list *events, double level)
{
    struct events d = { .list = events, .level = level };
    if (!events || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    char words[PIC_WORDS];
    char percent[PIC_NUMBER];
    ev_pic_title(p, PHRASE_EVENTS_TITLE);
    lay_out(&d);
    put_frame(&d);
    if (events->n <= WHISKERS_MOST) {
        put_whiskers(&d);
    } else {
        p->failed = !put_bands(&d) || p->failed;
    }
    tell(&d);
    put_table(&d);
    double below = ev_pic_panel_time_unit(p, &d.panel, time_unit(&d));
    ev_pic_level(p, level, percent);
    PIC_SAY(p, words, sizeof(words), d.bands ? PHRASE_EVENTS_KEY_BOTH : PHRASE_EVENTS_KEY_EACH,
        "level", percent, NULL);
    below = ev_pic_note(p, below, words);
    below = ev_pic_note_delta(p, &d.panel, below);
    return ev_pic_end(p, "svg-events", below + 4);
}
