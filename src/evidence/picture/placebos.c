// SPDX-License-Identifier: Apache-2.0
// One treated place: what happened and what was expected, and the difference beside those of places
// where nothing started.
#include "draw.h"

#include <stdlib.h>

// Placebos whose mean squared gap before the start is more than this many times the treated place's
// say nothing (Abadie, Diamond & Hainmueller 2010 leave them out at 20, 5 and 2).
#define POOR_FIT 5.0

struct course {
    struct pic p;
    const double *time, *actual, *synthetic;
    size_t n, pre, donors;
    double *gap;                            // [n]
    const struct ph_synth_result *placebos; // NULL: none are drawn
    size_t drawn, left_out;
    double effect, pre_rmspe;
    struct pic_panel top, bottom;
    int decimals;
};

static bool poor(const struct course *d, const struct ph_placebo *b)
{
    return d->pre_rmspe > 0 && b->pre_rmspe * b->pre_rmspe > POOR_FIT * d->pre_rmspe * d->pre_rmspe;
}

static double start_of(const struct course *d)
{
    return d->pre > 0 && d->pre < d->n ? (d->time[d->pre - 1] + d->time[d->pre]) / 2 : NAN;
}

static void lay_out(struct course *d, const struct pic_end *ends)
{
    struct pic_range x = { 0 };
    struct pic_range y = { 0 };
    struct pic_range gap = { 0 };
    bool whole = true;
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_see(&x, d->time[i]);
        ev_pic_see(&y, d->actual[i]);
        ev_pic_see(&y, d->synthetic[i]);
        ev_pic_see(&gap, d->gap[i]);
        whole = whole && d->time[i] == floor(d->time[i]);
    }
    d->decimals = ev_pic_decimals(gap.high - gap.low);
    for (size_t b = 0; d->placebos && b < d->placebos->n_placebos; b++) {
        const struct ph_placebo *one = &d->placebos->placebo[b];
        bool out = poor(d, one);
        d->left_out += out;
        d->drawn += !out;
        for (size_t i = 0; !out && i < d->n; i++) {
            ev_pic_see(&gap, one->gap[i]);
        }
    }
    ev_pic_see(&gap, 0);
    d->top.top = 2 * PIC_LINE + 6;
    d->top.bottom = d->top.top + 170;
    d->bottom.top = d->top.bottom + 2 * PIC_LINE + 10;
    d->bottom.bottom = d->bottom.top + 150;
    double right = PIC_WIDTH - fmax(ev_pic_names_width(&d->p, ends, 2),
                                   ev_pic_names_width(&d->p, ends + 2, d->drawn > 0 ? 2 : 1));
    ev_pic_panel_y(&d->p, &d->top, y, 5);
    ev_pic_panel_y(&d->p, &d->bottom, gap, 4);
    d->top.left = d->bottom.left = fmax(d->top.left, d->bottom.left);
    d->top.right = d->bottom.right = right;
    d->top.whole = d->bottom.whole = whole;
    ev_pic_panel_x(&d->top, x);
    ev_pic_panel_x(&d->bottom, x);
}

static void put_placebos(struct course *d)
{
    for (size_t b = 0; d->placebos && b < d->placebos->n_placebos; b++) {
        const struct ph_placebo *one = &d->placebos->placebo[b];
        if (!poor(d, one)) {
            ev_pic_panel_line(&d->p, &d->bottom, LOOK_PLACEBO, d->time, one->gap, d->n);
        }
    }
}

// The value at the end of the placebo that ends farthest from the treated place, for the name.
static double placebos_end(const struct course *d)
{
    double own = d->gap[d->n - 1];
    double far = 0;
    for (size_t b = 0; d->placebos && b < d->placebos->n_placebos; b++) {
        const struct ph_placebo *one = &d->placebos->placebo[b];
        double end = one->gap[d->n - 1];
        if (!poor(d, one) && fabs(end - own) > fabs(far - own)) {
            far = end;
        }
    }
    return far;
}

static void put_panels(struct course *d, struct pic_end *ends)
{
    struct pic *p = &d->p;
    double start = start_of(d);
    ev_pic_panel_unit(p, &d->top);
    ev_pic_panel_values(p, &d->top);
    ev_pic_panel_times(p, &d->top, false);
    ev_pic_panel_start(p, &d->top, start, ev_pic_phrase(p, PHRASE_START));
    ev_pic_panel_line(p, &d->top, LOOK_OTHER, d->time, d->synthetic, d->n);
    ev_pic_panel_line(p, &d->top, LOOK_LINE, d->time, d->actual, d->n);
    ends[0].y = d->actual[d->n - 1];
    ends[1].y = d->synthetic[d->n - 1];
    ev_pic_names(p, &d->top, ends, 2);

    ev_pic_text(
        p, LOOK_UNIT, 0, d->bottom.top - 16, ANCHOR_START, ev_pic_phrase(p, PHRASE_GAP), PIC_WIDTH);
    ev_pic_panel_values(p, &d->bottom);
    ev_pic_panel_delta(p, &d->bottom, ev_pic_in(&d->bottom.x, start));
    ev_pic_panel_times(p, &d->bottom, true);
    put_placebos(d);
    ev_pic_panel_start(p, &d->bottom, start, NULL);
    ev_pic_panel_line(p, &d->bottom, LOOK_LINE, d->time, d->gap, d->n);
    ends[2].y = d->gap[d->n - 1];
    ends[3].y = placebos_end(d);
    ev_pic_names(p, &d->bottom, ends + 2, d->drawn > 0 ? 2 : 1);
}

static void tell(struct course *d)
{
    struct pic *p = &d->p;
    char a[PIC_NUMBER];
    char b[PIC_NUMBER];
    char c[PIC_NUMBER];
    snprintf(a, sizeof(a), "%zu", d->donors);
    ev_pic_number(p, d->effect, d->decimals, b);
    PIC_TELL(p, PHRASE_SYNTH_TELL, "donors", a, "effect", b, NULL);
    ev_pic_number(p, d->pre_rmspe, d->decimals, c);
    PIC_TELL(p, PHRASE_SYNTH_FIT, "rmspe", c, NULL);
    const struct ph_synth_result *r = d->placebos;
    if (r && r->rank > 0) {
        snprintf(a, sizeof(a), "%zu", r->rank);
        snprintf(b, sizeof(b), "%zu", r->n_placebos + 1);
        ev_pic_number(p, r->head.p, 3, c);
        PIC_TELL(p, PHRASE_SYNTH_RANK, "rank", a, "n", b, "p", c, NULL);
    }
}

static void put_table(struct course *d)
{
    struct pic *p = &d->p;
    ev_pic_heading(p, ev_pic_time_unit(p));
    ev_pic_heading(p, ev_pic_phrase(p, PHRASE_HAPPENED));
    ev_pic_heading(p, ev_pic_phrase(p, PHRASE_EXPECTED));
    ev_pic_heading(p, ev_pic_phrase(p, PHRASE_GAP));
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_cell_time(p, d->time[i]);
        ev_pic_cell_number(p, d->actual[i], d->decimals);
        ev_pic_cell_number(p, d->synthetic[i], d->decimals);
        ev_pic_cell_number(p, d->gap[i], d->decimals);
    }
}

static double put_key(struct course *d, double y)
{
    struct pic *p = &d->p;
    char words[PIC_WORDS];
    char n[PIC_NUMBER];
    if (d->drawn > 0) {
        snprintf(n, sizeof(n), "%zu", d->drawn);
        PIC_SAY(p, words, sizeof(words), PHRASE_PLACEBO_KEY, "n", n, NULL);
        y = ev_pic_note(p, y, words);
    }
    if (d->left_out > 0) {
        snprintf(n, sizeof(n), "%zu", d->left_out);
        PIC_SAY(p, words, sizeof(words), PHRASE_PLACEBO_LEFT_OUT, "n", n, NULL);
        y = ev_pic_note(p, y, words);
    }
    return ev_pic_note_delta(p, &d->bottom, y);
}

static char *draw(struct course *d, const struct ph_picture_options *options)
{
    struct pic_end ends[] = { { LOOK_NAME_LINE, PHRASE_HAPPENED, NAN },
        { LOOK_NAME_OTHER, PHRASE_EXPECTED, NAN }, { LOOK_NAME_LINE, PHRASE_GAP_HERE, NAN },
        { LOOK_NAME_OTHER, PHRASE_GAP_OTHERS, NAN } };
    if (d->n == 0 || !ev_pic_begin(&d->p, options)) {
        return NULL;
    }
    d->gap = calloc(d->n, sizeof(double));
    if (!d->gap) {
        d->p.failed = true;
        return ev_pic_end(&d->p, "svg-course", 0);
    }
    for (size_t i = 0; i < d->n; i++) {
        d->gap[i] = d->actual[i] - d->synthetic[i];
    }
    ev_pic_title(&d->p, PHRASE_SYNTH_TITLE);
    lay_out(d, ends);
    put_panels(d, ends);
    tell(d);
    put_table(d);
    double below = ev_pic_panel_time_unit(&d->p, &d->bottom, ev_pic_time_unit(&d->p));
    below = put_key(d, below);
    free(d->gap);
    return ev_pic_end(&d->p, "svg-course", below + 4);
}

char *ph_picture_synth(
    const struct ph_picture_options *options, const struct ph_synth_result *result)
{
    struct course d = { 0 };
    if (!result) {
        return NULL;
    }
    d.time = result->time;
    d.actual = result->actual;
    d.synthetic = result->synthetic;
    d.n = result->pre + result->post;
    d.pre = result->pre;
    d.donors = result->donors;
    d.placebos = result->n_placebos > 0 ? result : NULL;
    d.effect = result->head.estimate;
    d.pre_rmspe = result->pre_rmspe;
    return draw(&d, options);
}

char *ph_picture_sdid(const struct ph_picture_options *options, const struct ph_sdid_result *result)
{
    struct course d = { 0 };
    if (!result) {
        return NULL;
    }
    double squares = 0;
    for (size_t i = 0; i < result->pre; i++) {
        double gap = result->actual[i] - result->synthetic[i];
        squares += gap * gap;
    }
    d.time = result->time;
    d.actual = result->actual;
    d.synthetic = result->synthetic;
    d.n = result->pre + result->post;
    d.pre = result->pre;
    d.donors = result->donors;
    d.effect = result->head.estimate;
    d.pre_rmspe = result->pre > 0 ? sqrt(squares / (double)result->pre) : NAN;
    return draw(&d, options);
}
