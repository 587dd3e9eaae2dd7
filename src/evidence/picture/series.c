// SPDX-License-Identifier: Apache-2.0
// One interrupted series: what was measured, the fitted line, and where it was heading.
#include "draw.h"

#include <stdlib.h>

struct series {
    struct pic p;
    const struct ph_series_result *r;
    size_t n;
    size_t first; // row from the start on
    struct pic_panel panel;
    int decimals;
};

static double start_of(const struct series *d)
{
    return d->first > 0 && d->first < d->n ? (d->r->time[d->first - 1] + d->r->time[d->first]) / 2
                                           : NAN;
}

static void lay_out(struct series *d, const struct pic_end *ends)
{
    struct pic_range x = { 0 };
    struct pic_range y = { 0 };
    bool whole = true;
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_see(&x, d->r->time[i]);
        ev_pic_see(&y, d->r->observed[i]);
        ev_pic_see(&y, d->r->trend[i]);
        ev_pic_see(&y, i >= d->first ? d->r->untouched[i] : NAN);
        whole = whole && d->r->time[i] == floor(d->r->time[i]);
    }
    d->decimals = ev_pic_decimals(y.high - y.low);
    d->panel.top = 2 * PIC_LINE + 6;
    d->panel.bottom = d->panel.top + 220;
    d->panel.right = PIC_WIDTH - ev_pic_names_width(&d->p, ends, 2);
    d->panel.whole = whole;
    ev_pic_panel_y(&d->p, &d->panel, y, 5);
    ev_pic_panel_x(&d->panel, x);
}

static void tell(struct series *d)
{
    struct pic *p = &d->p;
    const struct ph_series_result *r = d->r;
    bool counts = !isnan(r->rate_ratio);
    struct ph_interval in = counts ? r->rate_ratio_interval : r->head.interval;
    double level = counts ? r->rate_ratio : r->head.estimate;
    int decimals = ev_pic_decimals(in.hi - in.lo);
    char a[5][PIC_NUMBER];
    snprintf(a[0], PIC_NUMBER, "%zu", r->n_before);
    snprintf(a[1], PIC_NUMBER, "%zu", r->n_after);
    ev_pic_number(p, d->n ? r->trend[d->n - 1] : NAN, d->decimals, a[2]);
    ev_pic_number(p, d->n ? r->untouched[d->n - 1] : NAN, d->decimals, a[3]);
    PIC_TELL(p, PHRASE_SERIES_TELL, "before", a[0], "after", a[1], "trend", a[2], "untouched", a[3],
        NULL);
    ev_pic_number(p, level, decimals, a[0]);
    ev_pic_level(p, r->head.level, a[1]);
    ev_pic_number(p, in.lo, decimals, a[2]);
    ev_pic_number(p, in.hi, decimals, a[3]);
    PIC_TELL(p, counts ? PHRASE_SERIES_TELL_RATE : PHRASE_SERIES_TELL_LEVEL, "level", a[0],
        "percent", a[1], "low", a[2], "high", a[3], NULL);
}

static void put_table(struct series *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_OBSERVED, PHRASE_TREND, PHRASE_EXPECTED };
    ev_pic_heading(p, ev_pic_time_unit(p));
    for (size_t i = 0; i < 3; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_cell_time(p, d->r->time[i]);
        ev_pic_cell_number(p, d->r->observed[i], d->decimals);
        ev_pic_cell_number(p, d->r->trend[i], d->decimals);
        ev_pic_cell_number(p, d->r->untouched[i], d->decimals);
    }
}

char *ph_picture_series(
    const struct ph_picture_options *options, const struct ph_series_result *result)
{
    struct series d = { .r = result };
    struct pic_end ends[] = { { LOOK_NAME_LINE, PHRASE_TREND, NAN },
        { LOOK_NAME_OTHER, PHRASE_EXPECTED, NAN } };
    if (!result || result->head.n == 0 || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    d.n = result->head.n;
    while (d.first < d.n && result->time[d.first] < result->from) {
        d.first++;
    }
    ev_pic_title(p, PHRASE_SERIES_TITLE);
    lay_out(&d, ends);
    ev_pic_panel_unit(p, &d.panel);
    ev_pic_panel_values(p, &d.panel);
    ev_pic_panel_times(p, &d.panel, true);
    ev_pic_panel_start(p, &d.panel, start_of(&d), ev_pic_phrase(p, PHRASE_START));
    ev_pic_points(p, &d.panel, result->time, result->observed, d.n);
    size_t after = d.n - d.first;
    ev_pic_panel_line(
        p, &d.panel, LOOK_OTHER, result->time + d.first, result->untouched + d.first, after);
    // Two lines: nothing leads from the one to the other.
    ev_pic_panel_line(p, &d.panel, LOOK_LINE, result->time, result->trend, d.first);
    ev_pic_panel_line(
        p, &d.panel, LOOK_LINE, result->time + d.first, result->trend + d.first, after);
    ends[0].y = result->trend[d.n - 1];
    ends[1].y = result->untouched[d.n - 1];
    ev_pic_names(p, &d.panel, ends, 2);
    tell(&d);
    put_table(&d);
    double below = ev_pic_panel_time_unit(p, &d.panel, ev_pic_time_unit(p));
    below = ev_pic_note(p, below, ev_pic_phrase(p, PHRASE_SERIES_KEY));
    return ev_pic_end(p, "svg-series", below + 4);
}
