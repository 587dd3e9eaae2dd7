// SPDX-License-Identifier: Apache-2.0
// Several pilots: each as measured and in the light of all, the mean, and what a next one may
// bring.
#include "draw.h"

#include <stdlib.h>

enum { ROWS_DRAWN = 60 };

#define PITCH       34.0
#define PITCH_ABOVE 52.0 // with the name over the row

struct forest {
    struct pic p;
    const struct ph_shrink_result *r;
    const char **name; // [r->n + 2]: of all, the mean's and the next one's
    char *numbers;     // names for those that have none
    size_t n;          // pilots drawn
    double left, pitch, top;
    struct pic_scale scale;
    int decimals;
};

static struct ph_interval measured(const struct forest *d, const struct ph_shrunk *s)
{
    double half = ph_normal_quantile(0.5 + d->r->head.level / 2) * s->se;
    return (struct ph_interval){ s->estimate - half, s->estimate + half };
}

static bool name_all(struct forest *d, const char *const *names)
{
    enum { DIGITS = 24 };
    d->name = calloc(d->r->n + 2, sizeof(*d->name));
    d->numbers = calloc(d->r->n + 1, DIGITS);
    if (!d->name || !d->numbers) {
        return false;
    }
    for (size_t i = 0; i < d->r->n; i++) {
        char *number = d->numbers + i * DIGITS;
        snprintf(number, DIGITS, "%zu", i + 1);
        d->name[i] = names && names[i] ? names[i] : number;
    }
    d->name[d->r->n] = ev_pic_phrase(&d->p, PHRASE_ALL_TOGETHER);
    d->name[d->r->n + 1] = ev_pic_phrase(&d->p, PHRASE_NEXT_CITY);
    return true;
}

static void lay_out(struct forest *d)
{
    struct pic_range x = { 0 };
    for (size_t i = 0; i < d->n; i++) {
        const struct ph_shrunk *s = &d->r->pilots[i];
        struct ph_interval own = measured(d, s);
        double values[] = { s->estimate, own.lo, own.hi, s->shrunk, s->interval.lo,
            s->interval.hi };
        for (size_t v = 0; v < 6; v++) {
            ev_pic_see(&x, values[v]);
        }
    }
    ev_pic_see(&x, d->r->head.interval.lo);
    ev_pic_see(&x, d->r->head.interval.hi);
    ev_pic_see(&x, 0);
    ev_pic_see(&x, ev_pic_delta(&d->p));
    double width = d->r->head.interval.hi - d->r->head.interval.lo;
    d->decimals = ev_pic_decimals(width > 0 ? width : x.high - x.low);
    ev_pic_widen(&x, 0.03);
    double column = ev_pic_column(d->name, d->n);
    double ends = ev_pic_column(d->name + d->r->n, 2);
    d->pitch = column > 0 ? PITCH : PITCH_ABOVE;
    d->left = column > 0 ? fmax(column, ends) : 0;
    d->scale = (struct pic_scale){ x.low, x.high, d->left + 6, PIC_WIDTH - 8 };
}

static void put_name(struct forest *d, const char *name, double y)
{
    bool above = d->left == 0;
    ev_pic_text(&d->p, LOOK_NAME, 0, above ? y - 20 : y + 5, ANCHOR_START, name,
        above ? PIC_WIDTH : d->left);
}

static void put_pilot(struct forest *d, size_t i, double y)
{
    struct pic *p = &d->p;
    const struct ph_shrunk *s = &d->r->pilots[i];
    put_name(d, d->name[i], y);
    ev_pic_whisker(p, LOOK_LIGHT, &d->scale, measured(d, s), y - 6, 3);
    if (ev_pic_drawable(s->estimate)) {
        ev_pic_shape(p, LOOK_HOLLOW, SHAPE_SQUARE, ev_pic_at(&d->scale, s->estimate), y - 6, 4);
    }
    ev_pic_whisker(p, LOOK_INTERVAL, &d->scale, s->interval, y + 6, 0);
    if (ev_pic_drawable(s->shrunk)) {
        ev_pic_dot(p, LOOK_MARK, ev_pic_at(&d->scale, s->shrunk), y + 6, 5);
    }
}

// The mean as a diamond as wide as its interval, and under it where a next one is expected.
static double put_mean(struct forest *d, double y)
{
    struct pic *p = &d->p;
    const struct ph_result *h = &d->r->head;
    double room = d->left == 0 ? 24 : 0;
    ev_pic_line(p, LOOK_GRID, 0, y, PIC_WIDTH, y);
    y += room + 20;
    put_name(d, d->name[d->r->n], y);
    if (ev_pic_drawable(h->estimate) && !isnan(h->interval.lo) && !isnan(h->interval.hi)) {
        double x = ev_pic_at(&d->scale, h->estimate);
        ev_pic_path(p, LOOK_MARK);
        ev_pic_pair(p, 'M', ev_pic_in(&d->scale, h->interval.lo), y);
        ev_pic_pair(p, 'L', x, y - 8);
        ev_pic_pair(p, 'L', ev_pic_in(&d->scale, h->interval.hi), y);
        ev_pic_pair(p, 'L', x, y + 8);
        fputc('z', p->body);
        ev_pic_path_end(p);
    }
    if (!isnan(d->r->prediction.lo)) {
        y += room + 28;
        put_name(d, d->name[d->r->n + 1], y);
        ev_pic_whisker(p, LOOK_EXPECTED, &d->scale, d->r->prediction, y, 5);
    }
    return y + 16;
}

static void tell(struct forest *d)
{
    struct pic *p = &d->p;
    const struct ph_result *h = &d->r->head;
    char a[7][PIC_NUMBER];
    snprintf(a[0], PIC_NUMBER, "%zu", d->r->n);
    ev_pic_number(p, h->estimate, d->decimals, a[1]);
    ev_pic_level(p, h->level, a[2]);
    ev_pic_number(p, h->interval.lo, d->decimals, a[3]);
    ev_pic_number(p, h->interval.hi, d->decimals, a[4]);
    ev_pic_number(p, d->r->prediction.lo, d->decimals, a[5]);
    ev_pic_number(p, d->r->prediction.hi, d->decimals, a[6]);
    PIC_TELL(p, PHRASE_FOREST_TELL, "n", a[0], "estimate", a[1], "level", a[2], "low", a[3], "high",
        a[4], "from", a[5], "to", a[6], NULL);
    if (d->r->tau2 == 0) {
        PIC_TELL(p, PHRASE_FOREST_TELL_TOTAL, NULL);
    }
}

static void put_table(struct forest *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_PILOT, PHRASE_MEASURED, PHRASE_FROM, PHRASE_TO,
        PHRASE_SHRUNK, PHRASE_SHRUNK_FROM, PHRASE_SHRUNK_TO };
    for (size_t i = 0; i < 7; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->r->n + 2; i++) {
        bool pilot = i < d->r->n;
        const struct ph_shrunk *s = pilot ? &d->r->pilots[i] : NULL;
        struct ph_interval own = pilot ? measured(d, s) : (struct ph_interval){ NAN, NAN };
        struct ph_interval all = pilot          ? s->interval
                                 : i == d->r->n ? d->r->head.interval
                                                : d->r->prediction;
        ev_pic_cell(p, d->name[i]);
        ev_pic_cell_number(p, pilot ? s->estimate : NAN, d->decimals);
        ev_pic_cell_number(p, own.lo, d->decimals);
        ev_pic_cell_number(p, own.hi, d->decimals);
        ev_pic_cell_number(p, pilot ? s->shrunk : d->r->head.estimate, d->decimals);
        ev_pic_cell_number(p, all.lo, d->decimals);
        ev_pic_cell_number(p, all.hi, d->decimals);
    }
}

static double put_rows(struct forest *d)
{
    struct pic *p = &d->p;
    double delta = ev_pic_delta(p);
    struct pic_rules rules = { .zero = 0,
        .delta = delta,
        .other = NAN,
        .zero_words = PHRASE_NO_EFFECT,
        .delta_words = PHRASE_WORTH_HAVING };
    d->top = 8 + ev_pic_rules_lines(p, &rules, &d->scale) * PIC_LINE;
    double room = d->left == 0 ? 48 : 0;
    double under = d->top + 6 + (double)d->n * d->pitch;
    double bottom = under + room + 64;
    if (ev_pic_drawable(delta)) {
        double from = delta > 0 ? rules.delta_x : d->scale.from;
        double to = delta > 0 ? d->scale.to : rules.delta_x;
        ev_pic_rect(p, LOOK_BEYOND, from, d->top, to - from, bottom - d->top);
    }
    double below = ev_pic_axis(p, &d->scale, d->top, bottom);
    ev_pic_rules_put(p, &rules, d->top, bottom);
    for (size_t i = 0; i < d->n; i++) {
        double at = d->top + 6 + (double)i * d->pitch;
        put_pilot(d, i, at + d->pitch - (d->left == 0 ? 16 : 18));
    }
    put_mean(d, under);
    return below;
}

char *ph_picture_forest(const struct ph_picture_options *options,
    const struct ph_shrink_result *result, const char *const *names)
{
    struct forest d = { .r = result };
    if (!result || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    double below = 0;
    ev_pic_title(p, PHRASE_FOREST_TITLE);
    d.n = result->n < ROWS_DRAWN ? result->n : ROWS_DRAWN;
    if (name_all(&d, names)) {
        lay_out(&d);
        below = put_rows(&d);
        tell(&d);
        put_table(&d);
    } else {
        p->failed = true;
    }
    if (d.n < result->n) {
        char n[PIC_NUMBER];
        char words[PIC_WORDS];
        snprintf(n, sizeof(n), "%zu", result->n - d.n);
        PIC_SAY(p, words, sizeof(words), PHRASE_FOREST_MORE, "n", n, NULL);
        below = ev_pic_note(p, below, words);
    }
    below = ev_pic_note(p, below, ev_pic_phrase(p, PHRASE_FOREST_KEY));
    free(d.name);
    free(d.numbers);
    return ev_pic_end(p, "svg-pilots", below + 4);
}
