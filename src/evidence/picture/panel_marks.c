// SPDX-License-Identifier: Apache-2.0
// What stands in and around a panel: names at the ends of lines, points, units, notes.
#include "draw.h"

#include <stdlib.h>

enum { ENDS = 4, NOTE_CHARS = 50 }; // running text is narrower than PIC_CHAR

double ev_pic_names_width(const struct pic *p, const struct pic_end *ends, size_t n)
{
    double widest = 0;
    for (size_t i = 0; i < n; i++) {
        widest = fmax(widest, ev_pic_text_width(ev_pic_phrase(p, ends[i].name)));
    }
    return fmin(widest, 0.4 * PIC_WIDTH) + 12;
}

void ev_pic_names(struct pic *p, const struct pic_panel *panel, struct pic_end *ends, size_t n)
{
    double y[ENDS] = { 0 };
    size_t order[ENDS] = { 0 };
    n = n < ENDS ? n : ENDS;
    for (size_t i = 0; i < n; i++) {
        y[i] = ev_pic_drawable(ends[i].y) ? ev_pic_in(&panel->y, ends[i].y) : panel->bottom;
        order[i] = i;
        for (size_t j = i; j > 0 && y[order[j]] < y[order[j - 1]]; j--) {
            size_t other = order[j];
            order[j] = order[j - 1];
            order[j - 1] = other;
        }
    }
    for (size_t i = 1; i < n; i++) {
        y[order[i]] = fmax(y[order[i]], y[order[i - 1]] + PIC_LINE - 3);
    }
    double limit = panel->bottom;
    for (size_t i = n; i-- > 0; limit = y[order[i]] - (PIC_LINE - 3)) {
        y[order[i]] = fmin(y[order[i]], limit);
    }
    for (size_t i = 0; i < n; i++) {
        ev_pic_text(p, ends[i].look, panel->right + 2, y[i] + 5, ANCHOR_START,
            ev_pic_phrase(p, ends[i].name), PIC_WIDTH - panel->right);
    }
}

void ev_pic_points(
    struct pic *p, const struct pic_panel *panel, const double *x, const double *y, size_t n)
{
    enum { CELL = 3, ACROSS = 480 / CELL + 1, DOWN = 480 / CELL + 1, FEW = 400 };
    unsigned char *taken = calloc(ACROSS * DOWN, 1);
    if (!taken) {
        p->failed = true;
        return;
    }
    ev_pic_path(p, LOOK_POINT);
    for (size_t i = 0; i < n; i++) {
        if (!ev_pic_drawable(x[i]) || !ev_pic_drawable(y[i])) {
            continue;
        }
        double at = ev_pic_in(&panel->x, x[i]);
        double up = ev_pic_in(&panel->y, y[i]);
        size_t across = (size_t)fmax(0, at) / CELL;
        size_t down = (size_t)fmax(0, up) / CELL;
        bool known = across < ACROSS && down < DOWN;
        unsigned char *cell = known ? &taken[down * ACROSS + across] : NULL;
        if (n <= FEW || !cell || !*cell) {
            ev_pic_pair(p, 'M', at, up);
            fputs("h0", p->body);
        }
        if (cell) {
            *cell = 1;
        }
    }
    ev_pic_path_end(p);
    free(taken);
}

void ev_pic_panel_unit(struct pic *p, const struct pic_panel *panel)
{
    char unit[PIC_WORDS];
    ev_pic_unit_of(p, &panel->y_ticks, unit);
    ev_pic_text(p, LOOK_UNIT, 0, 16, ANCHOR_START, unit, PIC_WIDTH);
}

double ev_pic_panel_time_unit(struct pic *p, const struct pic_panel *panel, const char *words)
{
    ev_pic_text_within(
        p, LOOK_UNIT, (panel->left + panel->right) / 2, panel->bottom + 2 * PIC_LINE - 1, words);
    return panel->bottom + 2 * PIC_LINE + 6;
}

double ev_pic_note(struct pic *p, double y, const char *words)
{
    char line[PIC_WORDS];
    while (*words) {
        size_t len = ev_pic_line_end(words, NOTE_CHARS);
        snprintf(line, sizeof(line), "%.*s", (int)len, words);
        ev_pic_text(p, LOOK_TICK, 0, y + PIC_LINE - 6, ANCHOR_START, line, 2 * PIC_WIDTH);
        y += PIC_LINE - 3;
        words += len;
        words += strspn(words, " ");
    }
    return y;
}
