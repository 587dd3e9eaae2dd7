// SPDX-License-Identifier: Apache-2.0
// What two-way fixed effects compare: each pair of groups by its weight and its estimate, told
// apart by shape.
#include "draw.h"

struct bacon {
    struct pic p;
    const struct ph_bacon_result *r;
    struct pic_panel panel;
    int decimals;
};

static const struct {
    enum phrase name;
    enum look look;
    enum shape shape;
} kinds[PH_BACON_KINDS] = {
    [PH_BACON_NEVER] = { PHRASE_BACON_NEVER, LOOK_MARK, SHAPE_CIRCLE },
    [PH_BACON_EARLIER] = { PHRASE_BACON_EARLIER, LOOK_HOLLOW, SHAPE_CIRCLE },
    [PH_BACON_LATER] = { PHRASE_BACON_LATER, LOOK_WARNING, SHAPE_TRIANGLE },
    [PH_BACON_ALWAYS] = { PHRASE_BACON_ALWAYS, LOOK_WARNING, SHAPE_DIAMOND },
};

static void lay_out(struct bacon *d)
{
    struct pic_range x = { 0, 0, true };
    struct pic_range y = { 0 };
    for (size_t i = 0; i < d->r->n_pairs; i++) {
        ev_pic_see(&x, 100 * d->r->pair[i].weight);
        ev_pic_see(&y, d->r->pair[i].estimate);
    }
    ev_pic_see(&y, 0);
    ev_pic_see(&y, d->r->head.estimate);
    d->decimals = ev_pic_decimals(y.high - y.low);
    x.high *= 1.04;
    d->panel.top = PIC_LINE + 18;
    d->panel.bottom = d->panel.top + 220;
    d->panel.right = PIC_WIDTH - 6;
    d->panel.numbers = true;
    ev_pic_panel_y(&d->p, &d->panel, y, 5);
    ev_pic_panel_x(&d->panel, x);
}

static double put_panel(struct bacon *d)
{
    struct pic *p = &d->p;
    const struct pic_panel *a = &d->panel;
    char words[PIC_WORDS];
    ev_pic_panel_unit(p, a);
    ev_pic_panel_values(p, a);
    ev_pic_panel_times(p, a, true);
    for (size_t i = 0; i < d->r->n_pairs; i++) {
        const struct ph_bacon_pair *one = &d->r->pair[i];
        if (ev_pic_drawable(one->weight) && ev_pic_drawable(one->estimate)) {
            ev_pic_shape(p, kinds[one->kind].look, kinds[one->kind].shape,
                ev_pic_in(&a->x, 100 * one->weight), ev_pic_in(&a->y, one->estimate), 4.5);
        }
    }
    if (ev_pic_drawable(d->r->head.estimate)) {
        double y = ev_pic_in(&a->y, d->r->head.estimate);
        ev_pic_line(p, LOOK_OTHER, a->left, y, a->right, y);
        ev_pic_text(p, LOOK_RULE, a->right - 4, y - 6, ANCHOR_END,
            ev_pic_phrase(p, PHRASE_REGRESSION), PIC_WIDTH);
    }
    snprintf(words, sizeof(words), "%s, %%", ev_pic_phrase(p, PHRASE_WEIGHT));
    return ev_pic_panel_time_unit(p, a, words);
}

static double put_key(struct bacon *d, double y)
{
    struct pic *p = &d->p;
    char percent[PIC_NUMBER];
    char estimate[PIC_NUMBER];
    char words[PIC_WORDS];
    for (size_t i = 0; i < PH_BACON_KINDS; i++) {
        if (!(d->r->weight[i] > 0)) {
            continue;
        }
        const char *name = ev_pic_phrase(p, kinds[i].name);
        ev_pic_percent(p, d->r->weight[i], percent);
        ev_pic_number(p, d->r->estimate[i], d->decimals, estimate);
        PIC_TELL(p, PHRASE_BACON_TELL, "name", name, "weight", percent, "estimate", estimate, NULL);
        PIC_SAY(p, words, sizeof(words), PHRASE_BACON_KEY, "name", name, "weight", percent, NULL);
        ev_pic_shape(p, kinds[i].look, kinds[i].shape, 8, y + PIC_LINE - 10, 4.5);
        ev_pic_text(p, LOOK_TICK, 22, y + PIC_LINE - 6, ANCHOR_START, words, 2 * PIC_WIDTH);
        y += PIC_LINE;
    }
    return y;
}

static void put_table(struct bacon *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_COMPARISON, PHRASE_BACON_STARTS,
        PHRASE_BACON_AGAINST, PHRASE_WEIGHT, PHRASE_ESTIMATE };
    for (size_t i = 0; i < 5; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->r->n_pairs; i++) {
        const struct ph_bacon_pair *one = &d->r->pair[i];
        ev_pic_cell(p, ev_pic_phrase(p, kinds[one->kind].name));
        ev_pic_cell_time(p, one->treated);
        if (isfinite(one->compared)) {
            ev_pic_cell_time(p, one->compared);
        } else {
            ev_pic_cell(p, ev_pic_phrase(p, PHRASE_NEVER));
        }
        ev_pic_cell_number(p, one->weight, 3);
        ev_pic_cell_number(p, one->estimate, d->decimals);
    }
}

char *ph_picture_bacon(
    const struct ph_picture_options *options, const struct ph_bacon_result *result)
{
    struct bacon d = { .r = result };
    if (!result || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    ev_pic_title(&d.p, PHRASE_BACON_TITLE);
    lay_out(&d);
    double below = put_panel(&d);
    below = put_key(&d, below);
    put_table(&d);
    return ev_pic_end(&d.p, "svg-bacon", below + 6);
}
