// SPDX-License-Identifier: Apache-2.0
// Differences against means, with bias and limits (Bland & Altman 1986, Lancet 327:307).
#include "draw.h"
#include "pairs.h"

#include <stdlib.h>

struct agreement {
    struct pic p;
    const struct ph_accuracy_result *r;
    double coverage;
    const double *mean, *difference;
    size_t n;
    struct pic_panel panel;
    int decimals;
};

static void lay_out(struct agreement *d, const struct pic_end *ends)
{
    struct pic_range x = { 0 };
    struct pic_range y = { 0 };
    const struct ph_accuracy_result *r = d->r;
    double values[] = { r->lower_limit, r->lower_limit_interval.lo, r->upper_limit,
        r->upper_limit_interval.hi, 0, d->p.o->delta, -d->p.o->delta };
    for (size_t i = 0; i < 7; i++) {
        ev_pic_see(&y, values[i]);
    }
    for (size_t i = 0; i < d->n; i++) {
        ev_pic_see(&x, d->mean[i]);
        ev_pic_see(&y, d->difference[i]);
    }
    d->decimals = ev_pic_decimals(r->upper_limit - r->lower_limit);
    d->panel.top = PIC_LINE + 18;
    d->panel.bottom = d->panel.top + 240;
    d->panel.right = PIC_WIDTH - ev_pic_names_width(&d->p, ends, 3);
    d->panel.numbers = true;
    ev_pic_panel_y(&d->p, &d->panel, y, 6);
    ev_pic_panel_x(&d->panel, x);
}

static void put_level(struct agreement *d, enum look look, double y, struct ph_interval i)
{
    struct pic *p = &d->p;
    const struct pic_panel *a = &d->panel;
    if (!isnan(i.lo) && !isnan(i.hi)) {
        double top = ev_pic_in(&a->y, i.hi);
        ev_pic_rect(p, LOOK_MARGIN, a->left, top, a->right - a->left, ev_pic_in(&a->y, i.lo) - top);
    }
    if (ev_pic_drawable(y)) {
        ev_pic_line(p, look, a->left, ev_pic_in(&a->y, y), a->right, ev_pic_in(&a->y, y));
    }
}

static double put_panel(struct agreement *d, struct pic_end *ends)
{
    struct pic *p = &d->p;
    const struct pic_panel *a = &d->panel;
    const struct ph_accuracy_result *r = d->r;
    double delta = p->o->delta;
    ev_pic_panel_unit(p, a);
    ev_pic_panel_values(p, a);
    ev_pic_panel_times(p, a, true);
    for (int side = -1; side <= 1 && ev_pic_drawable(delta); side += 2) {
        double y = ev_pic_in(&a->y, side * delta);
        ev_pic_line(p, LOOK_DELTA, a->left, y, a->right, y);
    }
    put_level(d, LOOK_LIGHT, r->upper_limit, r->upper_limit_interval);
    put_level(d, LOOK_INTERVAL, r->head.estimate, r->head.interval);
    put_level(d, LOOK_LIGHT, r->lower_limit, r->lower_limit_interval);
    ev_pic_points(p, a, d->mean, d->difference, d->n);
    ends[0].y = r->upper_limit;
    ends[1].y = r->head.estimate;
    ends[2].y = r->lower_limit;
    ev_pic_names(p, a, ends, 3);
    return ev_pic_panel_time_unit(p, a, ev_pic_phrase(p, PHRASE_MEAN_OF_BOTH));
}

static void tell(struct agreement *d)
{
    struct pic *p = &d->p;
    char a[5][PIC_NUMBER];
    snprintf(a[0], PIC_NUMBER, "%zu", d->n);
    ev_pic_number(p, d->r->head.estimate, d->decimals, a[1]);
    ev_pic_level(p, d->coverage, a[2]);
    ev_pic_number(p, d->r->lower_limit, d->decimals, a[3]);
    ev_pic_number(p, d->r->upper_limit, d->decimals, a[4]);
    PIC_TELL(p, PHRASE_AGREEMENT_TELL, "n", a[0], "bias", a[1], "coverage", a[2], "low", a[3],
        "high", a[4], NULL);
}

// The levels first, then every pair.
static void put_table(struct agreement *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_WHAT, PHRASE_ESTIMATE, PHRASE_FROM, PHRASE_TO };
    static const enum phrase names[] = { PHRASE_UPPER_LIMIT, PHRASE_MEAN_DIFFERENCE,
        PHRASE_LOWER_LIMIT };
    const struct ph_accuracy_result *r = d->r;
    const double levels[] = { r->upper_limit, r->head.estimate, r->lower_limit };
    const struct ph_interval intervals[] = { r->upper_limit_interval, r->head.interval,
        r->lower_limit_interval };
    for (size_t i = 0; i < 4; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < 3; i++) {
        ev_pic_cell(p, ev_pic_phrase(p, names[i]));
        ev_pic_cell_number(p, levels[i], d->decimals);
        ev_pic_cell_number(p, intervals[i].lo, d->decimals);
        ev_pic_cell_number(p, intervals[i].hi, d->decimals);
    }
}

static char *draw(struct agreement *d, const struct ph_picture_options *options, double level)
{
    struct pic_end ends[] = { { LOOK_NAME, PHRASE_UPPER, NAN }, { LOOK_NAME, PHRASE_BIAS, NAN },
        { LOOK_NAME, PHRASE_LOWER, NAN } };
    struct ph_picture_options o = *options;
    if (!ev_pic_begin(&d->p, &o)) {
        return NULL;
    }
    struct pic *p = &d->p;
    char words[PIC_WORDS];
    char percent[PIC_NUMBER];
    o.unit = o.unit ? o.unit : ev_pic_phrase(p, PHRASE_DIFFERENCE_OF_BOTH);
    ev_pic_title(p, PHRASE_AGREEMENT_TITLE);
    lay_out(d, ends);
    double below = put_panel(d, ends);
    tell(d);
    put_table(d);
    ev_pic_level(p, level, percent);
    PIC_SAY(p, words, sizeof(words), PHRASE_AGREEMENT_KEY, "level", percent, NULL);
    below = ev_pic_note(p, below, words);
    if (ev_pic_drawable(o.delta)) {
        below = ev_pic_note(p, below, ev_pic_phrase(p, PHRASE_ALLOWED_KEY));
    }
    return ev_pic_end(p, "svg-agreement", below + 4);
}

enum ph_status ph_picture_agreement(struct ph_context *context,
    const struct ph_picture_options *options, const struct ph_frame *frame,
    const struct ph_accuracy_options *accuracy, char **ret_svg)
{
    struct ph_accuracy_result r;
    struct ph_result head = ev_result_blank(0.95, "accuracy");
    struct keyed *rows = NULL;
    struct readings v = { 0 };
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_svg);
    status = status == PH_OK ? ph_accuracy(context, frame, accuracy, &r) : status;
    status = status == PH_OK ? ev_pairs_gather(context, frame, accuracy, &head, &rows) : status;
    status = status == PH_OK ? ev_pairs_line_up(context, accuracy, rows, &head, &v) : status;
    if (status == PH_OK) {
        for (size_t i = 0; i < v.n; i++) {
            v.work[i] = v.x[i] - v.d[i] / 2;
        }
        struct agreement d = {
            .r = &r, .coverage = accuracy->coverage, .mean = v.work, .difference = v.d, .n = v.n
        };
        *ret_svg = draw(&d, options, accuracy->level);
        status = *ret_svg ? PH_OK
                          : ev_complain(context, PH_NO_MEMORY,
                                "There is not enough memory for the picture.");
    }
    ev_give_back(context, v.x);
    ev_give_back(context, rows);
    return status;
}
