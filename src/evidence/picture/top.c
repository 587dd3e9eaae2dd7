// SPDX-License-Identifier: Apache-2.0
// How probably each item is among the best k, as bars, highest first.
#include "draw.h"

#include <stdlib.h>

enum { BARS_DRAWN = 40 };

#define PITCH       26.0
#define PITCH_ABOVE 44.0

struct ranked {
    size_t at; // of the result's items
    double probability, effect;
    const char *name;
    char number[24];
};

struct top {
    struct pic p;
    const struct ph_top_result *r;
    struct ranked *order;
    size_t n, drawn;
    double left, pitch;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->probability != y->probability) {
        return x->probability > y->probability ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool gather(struct top *d, const char *const *names)
{
    d->n = d->r->ratings.n_items;
    d->drawn = d->n < BARS_DRAWN ? d->n : BARS_DRAWN;
    d->order = calloc(d->n + 1, sizeof(*d->order));
    const char **shown = calloc(d->drawn + 1, sizeof(*shown));
    if (!d->order || !shown) {
        free(shown);
        return false;
    }
    for (size_t i = 0; i < d->n; i++) {
        struct ranked *one = &d->order[i];
        one->at = i;
        one->probability = d->r->items[i].probability;
        one->name = names ? names[i] : NULL;
        snprintf(one->number, sizeof(one->number), "%d", (int)d->r->ratings.items[i].key);
    }
    qsort(d->order, d->n, sizeof(*d->order), best_first);
    for (size_t i = 0; i < d->drawn; i++) {
        shown[i] = d->order[i].name ? d->order[i].name : d->order[i].number;
    }
    double column = ev_pic_column(shown, d->drawn);
    d->left = column;
    d->pitch = column > 0 ? PITCH : PITCH_ABOVE;
    free(shown);
    return true;
}

static double put_bars(struct top *d)
{
    struct pic *p = &d->p;
    double room = 5 * PIC_CHAR; // for "100%"
    double width = PIC_WIDTH - d->left - room;
    double y = 6;
    for (size_t i = 0; i < d->drawn; i++, y += d->pitch) {
        const struct ranked *one = &d->order[i];
        const char *name = one->name ? one->name : one->number;
        double bar = d->left > 0 ? y + 5 : y + 24;
        double share = fmin(fmax(one->probability, 0), 1);
        char percent[PIC_NUMBER];
        ev_pic_text(p, LOOK_NAME, 0, y + 17, ANCHOR_START, name, d->left > 0 ? d->left : PIC_WIDTH);
        ev_pic_rect(p, LOOK_TRACK, d->left, bar, width, 14);
        if (share > 0) {
            ev_pic_rect(p, LOOK_BAR, d->left, bar, fmax(width * share, 0.5), 14);
        }
        ev_pic_percent(p, one->probability, percent);
        ev_pic_text(p, LOOK_TICK, PIC_WIDTH, bar + 12, ANCHOR_END, percent, PIC_WIDTH);
    }
    return y + 4;
}

static void tell(struct top *d)
{
    size_t sure = 0;
    size_t open = 0;
    char a[3][PIC_NUMBER];
    for (size_t i = 0; i < d->n; i++) {
        sure += d->order[i].probability >= 0.9;
        open += d->order[i].probability >= 0.1 && d->order[i].probability < 0.9;
    }
    snprintf(a[0], PIC_NUMBER, "%zu", d->n);
    snprintf(a[1], PIC_NUMBER, "%zu", sure);
    snprintf(a[2], PIC_NUMBER, "%zu", open);
    PIC_TELL(&d->p, PHRASE_TOP_TELL, "n", a[0], "sure", a[1], "open", a[2], NULL);
}

static void put_table(struct top *d)
{
    struct pic *p = &d->p;
    static const enum phrase headings[] = { PHRASE_PITCH, PHRASE_CHANCE, PHRASE_RAW_MEAN,
        PHRASE_RATINGS };
    for (size_t i = 0; i < 4; i++) {
        ev_pic_heading(p, ev_pic_phrase(p, headings[i]));
    }
    for (size_t i = 0; i < d->n; i++) {
        const struct ph_rated *item = &d->r->ratings.items[d->order[i].at];
        ev_pic_cell(p, d->order[i].name ? d->order[i].name : d->order[i].number);
        ev_pic_cell_number(p, d->order[i].probability, 3);
        ev_pic_cell_number(p, item->raw, 2);
        ev_pic_cell_number(p, (double)item->n, 0);
    }
}

char *ph_picture_top(const struct ph_picture_options *options, const struct ph_top_result *result,
    const char *const *names)
{
    struct top d = { .r = result };
    if (!result || !ev_pic_begin(&d.p, options)) {
        return NULL;
    }
    struct pic *p = &d.p;
    char words[PIC_WORDS];
    char n[PIC_NUMBER];
    if (!gather(&d, names)) {
        p->failed = true;
        free(d.order);
        return ev_pic_end(p, "svg-ranking", 0);
    }
    snprintf(n, sizeof(n), "%zu", result->k);
    PIC_SAY(p, words, sizeof(words), PHRASE_TOP_TITLE, "k", n, NULL);
    snprintf(p->title, sizeof(p->title), "%s", options->title ? options->title : words);
    double below = put_bars(&d);
    tell(&d);
    put_table(&d);
    if (d.drawn < d.n) {
        snprintf(n, sizeof(n), "%zu", d.n - d.drawn);
        PIC_SAY(p, words, sizeof(words), PHRASE_FOREST_MORE, "n", n, NULL);
        below = ev_pic_note(p, below, words);
    }
    free(d.order);
    return ev_pic_end(p, "svg-ranking", below + 2);
}
