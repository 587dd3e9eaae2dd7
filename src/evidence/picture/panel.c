// SPDX-License-Identifier: Apache-2.0
// A panel with time across and values up.
#include "draw.h"

// The values' axis ends at ticks, so that the picture has a clear floor and ceiling.
void ev_pic_panel_y(struct pic *p, struct pic_panel *panel, struct pic_range r, int most)
{
    if (!r.any || !(r.high - r.low > fmax(fabs(r.low), fabs(r.high)) * 1e-9)) {
        ev_pic_widen(&r, 0);
    }
    struct pic_ticks t = ev_pic_ticks(r.low, r.high, most);
    if (t.last < t.first) {
        t = ev_pic_ticks(r.low, r.high, 2 * most);
    }
    if (t.last < t.first) {
        t = (struct pic_ticks){ 1, 1, 0, 1 };
    }
    t.first -= ev_pic_tick(&t, t.first) > r.low + 1e-9 * t.step;
    t.last += ev_pic_tick(&t, t.last) < r.high - 1e-9 * t.step;
    t.last += t.last == t.first;
    panel->y_ticks = t;
    panel->y = (struct pic_scale){ ev_pic_tick(&t, t.first), ev_pic_tick(&t, t.last), panel->bottom,
        panel->top };
    panel->left = fmax(panel->left, fmin(ev_pic_ticks_width(p, &t), 0.4 * PIC_WIDTH) + 10);
}

void ev_pic_panel_x(struct pic_panel *panel, struct pic_range r)
{
    if (!r.any || !(r.high > r.low)) {
        ev_pic_widen(&r, 0);
    }
    panel->x = (struct pic_scale){ r.low, r.high, panel->left + 6, panel->right - 6 };
}

void ev_pic_panel_values(struct pic *p, const struct pic_panel *panel)
{
    const struct pic_ticks *t = &panel->y_ticks;
    for (long i = t->first; i <= t->last; i++) {
        double y = ev_pic_at(&panel->y, ev_pic_tick(t, i));
        bool zero = i == 0 && t->first < 0;
        ev_pic_line(p, zero ? LOOK_ZERO : LOOK_GRID, panel->left, y, panel->right, y);
        char number[PIC_NUMBER];
        ev_pic_tick_text(p, t, i, number);
        ev_pic_text(p, LOOK_TICK, panel->left - 8, y + 5, ANCHOR_END, number, PIC_WIDTH);
    }
}

static void tick_text(const struct pic *p, const struct pic_panel *panel, const struct pic_ticks *t,
    long i, char buf[PIC_NUMBER])
{
    if (panel->numbers) {
        struct pic_ticks whole = *t;
        whole.divisor = 1;
        ev_pic_tick_text(p, &whole, i, buf);
    } else {
        ev_pic_time(p, ev_pic_tick(t, i), buf);
    }
}

// Whole ticks only where there are few times, so that there is no week 2.5.
void ev_pic_panel_times(struct pic *p, const struct pic_panel *panel, bool words)
{
    const struct pic_scale *s = &panel->x;
    struct pic_ticks t = { .last = -1 };
    double room = 0;
    for (int most = 8; most > 0 && room >= 0; most--) {
        t = ev_pic_ticks(s->low, s->high, most);
        double widest = 0;
        for (long i = t.first; i <= t.last; i++) {
            char buf[PIC_NUMBER];
            tick_text(p, panel, &t, i, buf);
            widest = fmax(widest, ev_pic_text_width(buf));
        }
        double needed = (widest + PIC_CHAR) * (double)(t.last - t.first + 1);
        bool whole = t.step >= 1 || !panel->whole;
        room = whole && needed <= s->to - s->from + widest ? -1 : 0;
    }
    ev_pic_line(p, LOOK_AXIS, panel->left, panel->bottom, panel->right, panel->bottom);
    for (long i = t.first; i <= t.last; i++) {
        double x = ev_pic_at(s, ev_pic_tick(&t, i));
        char buf[PIC_NUMBER];
        tick_text(p, panel, &t, i, buf);
        ev_pic_line(p, LOOK_AXIS, x, panel->bottom, x, panel->bottom + 5);
        if (words) {
            ev_pic_text_within(p, LOOK_TICK, x, panel->bottom + PIC_LINE, buf);
        }
    }
}

// ---- Lines -------------------------------------------------------------------------------------

static bool gap(const double *x, const double *y, size_t n, size_t i)
{
    return i >= n || !ev_pic_drawable(x[i]) || !ev_pic_drawable(y[i]);
}

// The end of the points from I on that share a column of half a unit: of these the first, lowest,
// highest and last are drawn, so that a picture's size depends on its width and not on the data's.
static size_t column_end(
    const struct pic_panel *panel, const double *x, const double *y, size_t n, size_t i)
{
    double column = floor(ev_pic_in(&panel->x, x[i]) * 2);
    size_t end = i + 1;
    while (!gap(x, y, n, end) && floor(ev_pic_in(&panel->x, x[end]) * 2) == column) {
        end++;
    }
    return end;
}

static void put_point(
    struct pic *p, const struct pic_panel *panel, char command, double x, double y)
{
    ev_pic_pair(p, command, ev_pic_in(&panel->x, x), ev_pic_in(&panel->y, y));
}

void ev_pic_panel_line(struct pic *p, const struct pic_panel *panel, enum look look,
    const double *x, const double *y, size_t n)
{
    char command = 'M';
    ev_pic_path(p, look);
    for (size_t i = 0; i < n;) {
        if (gap(x, y, n, i)) {
            command = 'M';
            i++;
            continue;
        }
        size_t end = column_end(panel, x, y, n, i);
        size_t low = i;
        size_t high = i;
        for (size_t j = i; j < end; j++) {
            low = y[j] < y[low] ? j : low;
            high = y[j] > y[high] ? j : high;
        }
        size_t order[] = { i, low < high ? low : high, low < high ? high : low, end - 1 };
        bool alone = command == 'M' && end == i + 1 && gap(x, y, n, end);
        size_t points = end - i > 3 ? 4 : end - i;
        for (size_t k = 0; k < points; k++) {
            size_t j = end - i > 3 ? order[k] : i + k;
            put_point(p, panel, command, x[j], y[j]);
            command = 'L';
        }
        if (alone) {
            fputs("h0", p->body); // round caps make a dot of it
        }
        i = end;
    }
    ev_pic_path_end(p);
}

// Infinite limits are drawn at the panel's edge; NAN is a gap.
static bool in_band(const double *x, const double *low, const double *high, size_t n, size_t i)
{
    return i < n && ev_pic_drawable(x[i]) && !isnan(low[i]) && !isnan(high[i]);
}

void ev_pic_panel_band(struct pic *p, const struct pic_panel *panel, enum look look,
    const double *x, const double *low, const double *high, size_t n)
{
    size_t stride = n / 500 + 1; // the last of a run is always taken
    ev_pic_path(p, look);
    for (size_t i = 0; i < n;) {
        if (!in_band(x, low, high, n, i)) {
            i++;
            continue;
        }
        size_t end = i;
        while (in_band(x, low, high, n, end)) {
            end++;
        }
        for (size_t j = i; j < end; j = j == end - 1 || j + stride < end ? j + stride : end - 1) {
            put_point(p, panel, j == i ? 'M' : 'L', x[j], high[j]);
        }
        for (size_t j = end; j-- > i;) {
            if ((j - i) % stride == 0 || j == end - 1) {
                put_point(p, panel, 'L', x[j], low[j]);
            }
        }
        fputc('z', p->body);
        i = end;
    }
    ev_pic_path_end(p);
}

// ---- Lines across ------------------------------------------------------------------------------

void ev_pic_panel_start(struct pic *p, const struct pic_panel *panel, double x, const char *words)
{
    if (!(x >= panel->x.low && x <= panel->x.high)) {
        return;
    }
    double at = ev_pic_at(&panel->x, x);
    ev_pic_line(p, LOOK_CHANGE, at, panel->top - (words ? PIC_LINE - 4 : 0), at, panel->bottom);
    if (words) {
        bool right = at + 8 + ev_pic_text_width(words) <= PIC_WIDTH || at < PIC_WIDTH / 2;
        ev_pic_text(p, LOOK_RULE, right ? at + 6 : at - 6, panel->top - 6,
            right ? ANCHOR_START : ANCHOR_END, words, right ? PIC_WIDTH - at - 6 : at - 6);
    }
}

void ev_pic_panel_delta(struct pic *p, const struct pic_panel *panel, double from)
{
    double delta = ev_pic_delta(p);
    if (!(delta >= panel->y.low && delta <= panel->y.high)) {
        return;
    }
    double y = ev_pic_at(&panel->y, delta);
    bool up = delta > 0;
    ev_pic_rect(p, LOOK_BEYOND, from, up ? panel->top : y, panel->right - from,
        up ? y - panel->top : panel->bottom - y);
    ev_pic_line(p, LOOK_DELTA, panel->left, y, panel->right, y);
}

double ev_pic_note_delta(struct pic *p, const struct pic_panel *panel, double y)
{
    double delta = ev_pic_delta(p);
    if (!(delta >= panel->y.low && delta <= panel->y.high)) {
        return y;
    }
    return ev_pic_note(p, y, ev_pic_phrase(p, PHRASE_DELTA_KEY));
}
