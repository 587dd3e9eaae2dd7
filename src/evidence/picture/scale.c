// SPDX-License-Identifier: Apache-2.0
// From values to places: ranges, ticks, axes.
#include "draw.h"

void ev_pic_see(struct pic_range *r, double x)
{
    if (ev_pic_drawable(x)) {
        r->low = r->any ? fmin(r->low, x) : x;
        r->high = r->any ? fmax(r->high, x) : x;
        r->any = true;
    }
}

void ev_pic_widen(struct pic_range *r, double share)
{
    if (!r->any) {
        *r = (struct pic_range){ 0, 1, true };
        return;
    }
    double room = (r->high - r->low) * share;
    // A range too thin for doubles to step through is as good as one value.
    if (!(r->high - r->low > fmax(fabs(r->low), fabs(r->high)) * 1e-9)) {
        room = r->low == 0 ? 1 : fabs(r->low) * 0.1;
    }
    r->low -= room;
    r->high += room;
}

double ev_pic_at(const struct pic_scale *s, double x)
{
    return s->from + (x - s->low) / (s->high - s->low) * (s->to - s->from);
}

double ev_pic_in(const struct pic_scale *s, double x)
{
    return x <= s->low ? s->from : x >= s->high ? s->to : ev_pic_at(s, x);
}

double ev_pic_delta(const struct pic *p)
{
    double delta = p->o->delta;
    if (!ev_pic_drawable(delta)) {
        return NAN;
    }
    return p->o->direction == PH_LOWER_IS_BETTER ? -delta : delta;
}

// ---- Ticks -------------------------------------------------------------------------------------

static double divisor_of(double size)
{
    static const double divisors[] = { 1e12, 1e9, 1e6, 1e3 };
    if (size >= 1e15) {
        return 1; // written with a power of ten
    }
    for (size_t i = 0; i < 4; i++) {
        if (size >= (divisors[i] == 1e3 ? 1e5 : divisors[i])) {
            return divisors[i];
        }
    }
    return 1;
}

struct pic_ticks ev_pic_ticks(double low, double high, int most)
{
    double raw = (high - low) / (most < 1 ? 1 : most);
    double power = pow(10, floor(log10(raw)));
    double part = raw / power * (1 - 1e-9);
    double step = power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    double first = ceil(low / step - 1e-9);
    double last = floor(high / step + 1e-9);
    if (!isfinite(first) || !isfinite(last) || fabs(first) > 1e12 || fabs(last) > 1e12) {
        return (struct pic_ticks){ 1, 1, 0, -1 };
    }
    return (
        struct pic_ticks){ step, divisor_of(fmax(fabs(low), fabs(high))), (long)first, (long)last };
}

double ev_pic_tick(const struct pic_ticks *t, long i)
{
    // A step below 1 is one part of a whole number; dividing gives the double nearest to the
    // decimal, as 3 * 0.1 doesn't.
    return t->step < 1 ? (double)i / round(1 / t->step) : (double)i * t->step;
}

void ev_pic_tick_text(const struct pic *p, const struct pic_ticks *t, long i, char buf[PIC_NUMBER])
{
    double digits = -floor(log10(t->step / t->divisor) + 1e-9);
    ev_pic_number(p, ev_pic_tick(t, i) / t->divisor, digits > 0 ? (int)digits : 0, buf);
}

double ev_pic_ticks_width(const struct pic *p, const struct pic_ticks *t)
{
    double widest = 0;
    for (long i = t->first; i <= t->last; i++) {
        char number[PIC_NUMBER];
        ev_pic_tick_text(p, t, i, number);
        widest = fmax(widest, ev_pic_text_width(number));
    }
    return widest;
}

void ev_pic_unit_of(struct pic *p, const struct pic_ticks *t, char buf[PIC_WORDS])
{
    const char *many = t->divisor >= 1e12  ? ev_pic_phrase(p, PHRASE_TRILLIONS)
                       : t->divisor >= 1e9 ? ev_pic_phrase(p, PHRASE_BILLIONS)
                       : t->divisor >= 1e6 ? ev_pic_phrase(p, PHRASE_MILLIONS)
                       : t->divisor >= 1e3 ? ev_pic_phrase(p, PHRASE_THOUSANDS)
                                           : NULL;
    if (many) {
        PIC_SAY(p, buf, PIC_WORDS, PHRASE_UNIT_IN, "unit", ev_pic_unit(p), "many", many, NULL);
    } else {
        snprintf(buf, PIC_WORDS, "%s", ev_pic_unit(p));
    }
}

// As many as there is room for across.
static struct pic_ticks ticks_across(const struct pic *p, const struct pic_scale *s)
{
    for (int most = 7; most > 1; most--) {
        struct pic_ticks t = ev_pic_ticks(s->low, s->high, most);
        if ((ev_pic_ticks_width(p, &t) + PIC_CHAR) * (double)(t.last - t.first + 1) <=
            s->to - s->from) {
            return t;
        }
    }
    return ev_pic_ticks(s->low, s->high, 1);
}

double ev_pic_axis(struct pic *p, const struct pic_scale *s, double top, double y)
{
    struct pic_ticks t = ticks_across(p, s);
    char words[PIC_WORDS];
    for (long i = t.first; i <= t.last; i++) {
        double x = ev_pic_at(s, ev_pic_tick(&t, i));
        ev_pic_line(p, LOOK_GRID, x, top, x, y);
    }
    ev_pic_line(p, LOOK_AXIS, s->from, y, s->to, y);
    for (long i = t.first; i <= t.last; i++) {
        ev_pic_tick_text(p, &t, i, words);
        ev_pic_text_within(p, LOOK_TICK, ev_pic_at(s, ev_pic_tick(&t, i)), y + PIC_LINE - 3, words);
    }
    ev_pic_unit_of(p, &t, words);
    double middle = (s->from + s->to) / 2;
    double half = ev_pic_text_width(words) / 2;
    ev_pic_text(p, LOOK_UNIT, fmax(half, fmin(middle, PIC_WIDTH - half)), y + 2 * PIC_LINE - 1,
        ANCHOR_MIDDLE, words, PIC_WIDTH);
    return y + 2 * PIC_LINE + 6;
}

// ---- Whiskers ----------------------------------------------------------------------------------

struct whisker {
    struct pic *p;
    bool upright;
    double across;
};

static void go(const struct whisker *w, char command, double along, double aside)
{
    double across = w->across + aside;
    ev_pic_pair(w->p, command, w->upright ? across : along, w->upright ? along : across);
}

// A cap, or an arrow outwards where the limit is out of sight.
static void put_end(
    const struct whisker *w, const struct pic_scale *s, double value, double cap, bool high)
{
    double at = ev_pic_in(s, value);
    if (value >= s->low && value <= s->high) {
        go(w, 'M', at, -cap);
        go(w, 'L', at, cap);
    } else {
        double back = (high == (s->to > s->from)) ? -5 : 5;
        go(w, 'M', at + back, -4);
        go(w, 'L', at, 0);
        go(w, 'L', at + back, 4);
    }
}

static void put_whisker(const struct whisker *w, enum look look, const struct pic_scale *s,
    struct ph_interval i, double cap)
{
    if (isnan(i.lo) || isnan(i.hi)) {
        return;
    }
    ev_pic_path(w->p, look);
    go(w, 'M', ev_pic_in(s, i.lo), 0);
    go(w, 'L', ev_pic_in(s, i.hi), 0);
    if (cap > 0) {
        put_end(w, s, i.lo, cap, false);
        put_end(w, s, i.hi, cap, true);
    }
    ev_pic_path_end(w->p);
}

void ev_pic_whisker(struct pic *p, enum look look, const struct pic_scale *s, struct ph_interval i,
    double y, double cap)
{
    struct whisker w = { p, false, y };
    put_whisker(&w, look, s, i, cap);
}

void ev_pic_upright(struct pic *p, enum look look, const struct pic_scale *s, struct ph_interval i,
    double x, double cap)
{
    struct whisker w = { p, true, x };
    put_whisker(&w, look, s, i, cap);
}
