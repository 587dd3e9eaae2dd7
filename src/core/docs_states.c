// SPDX-License-Identifier: Apache-2.0
// A kind's states drawn: boxes from top to bottom; arrows to the next box go straight down, further
// ones on lanes of their own at the right, those that lead back at the left. Every arrow's words
// have a line to themselves beside the box that it starts from, so that none covers another.
#include "docs.h"

#include "str.h"

enum {
    BOX_WIDTH = 230,
    LINE = 17,
    GAP = 46,
    LANE = 16,
    WORDS = 280,
    MARGIN = 16,
    MAX_ARROWS = 64,
    START = -1, // where new records come from
};

#define STROKE "fill='none' stroke='#005ea2' marker-end='url(#end)'"

struct arrow {
    int from, to; // states; START
    const char *label;
    int lane;
};

struct drawing {
    const struct kind *kind;
    int n_states;
    int top[MAX_STATES + 1], height[MAX_STATES + 1]; // [0] is the start, then each state
    struct arrow arrows[MAX_ARROWS];
    int n_arrows, left_lanes, right_lanes;
};

static void write_text(struct buf *out, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            buf_puts(out, "&lt;");
            break;
        case '&':
            buf_puts(out, "&amp;");
            break;
        default:
            buf_putc(out, *text);
        }
    }
}

static void add_arrow(struct arena *a, struct drawing *d, int from, int to, const char *label)
{
    for (int i = 0; i < d->n_arrows; i++) {
        struct arrow *there = &d->arrows[i];
        if (there->from == from && there->to == to) {
            there->label = arena_fmt(a, "%s · %s", there->label, label);
            return;
        }
    }
    if (d->n_arrows == MAX_ARROWS) {
        return;
    }
    int lane = to == from + 1 ? 0 : to > from ? ++d->right_lanes : ++d->left_lanes;
    d->arrows[d->n_arrows++] = (struct arrow){ from, to, label, lane };
}

static bool stays(const struct command *c, int state)
{
    return c->from != NEW && (c->from & AT(state)) && (c->to < 0 || c->to == state);
}

static void lay_out(struct arena *a, struct drawing *d)
{
    while (d->kind->states[d->n_states].name && d->n_states < MAX_STATES) {
        d->n_states++;
    }
    for (const struct command *c = d->kind->commands; c && c->name; c++) {
        if (c->from == NEW && c->to >= 0) {
            add_arrow(a, d, START, c->to, c->label);
        }
        for (int i = 0; c->from != NEW && c->to >= 0 && i < d->n_states; i++) {
            if ((c->from & AT(i)) && c->to != i) {
                add_arrow(a, d, i, c->to, c->label);
            }
        }
    }
    int y = MARGIN;
    for (int i = START; i < d->n_states; i++) {
        int lines = 1, leaving = 0;
        for (const struct command *c = d->kind->commands; i >= 0 && c && c->name; c++) {
            lines += stays(c, i);
        }
        for (int j = 0; j < d->n_arrows; j++) {
            leaving += d->arrows[j].from == i && d->arrows[j].lane > 0;
        }
        d->top[i + 1] = y;
        d->height[i + 1] = i == START ? 12 : 14 + LINE * (lines > leaving ? lines : leaving);
        y += d->height[i + 1] + GAP;
    }
}

static int box_left(const struct drawing *d)
{
    return MARGIN + (d->left_lanes > 0 ? WORDS + LANE * d->left_lanes : 0);
}

static void draw_box(struct buf *out, const struct drawing *d, int state)
{
    int x = box_left(d), y = d->top[state + 1];
    const struct state *s = &d->kind->states[state];
    buf_fmt(out,
        "<rect x='%d' y='%d' width='%d' height='%d' rx='4' fill='#fff' stroke='#3d4551'/>"
        "<text x='%d' y='%d' font-weight='600'>",
        x, y, BOX_WIDTH, d->height[state + 1], x + 10, y + 20);
    write_text(out, s->label);
    buf_puts(out, "</text>");
    int line = y + 20;
    for (const struct command *c = d->kind->commands; c && c->name; c++) {
        if (stays(c, state)) {
            line += LINE;
            buf_fmt(out, "<text x='%d' y='%d' fill='#565c65' font-size='12'>", x + 10, line);
            write_text(out, c->label);
            buf_puts(out, "</text>");
        }
    }
}

static void draw_words(struct buf *out, int x, int y, const char *anchor, const char *label)
{
    buf_fmt(out, "<text x='%d' y='%d' font-size='12' text-anchor='%s'>", x, y, anchor);
    write_text(out, label);
    buf_puts(out, "</text>");
}

static void draw_arrow(struct buf *out, const struct drawing *d, int index)
{
    const struct arrow *arrow = &d->arrows[index];
    int from = arrow->from + 1, to = arrow->to + 1, x = box_left(d), nth = 0;
    int middle = x + BOX_WIDTH / 2;
    for (int i = 0; i < index; i++) {
        nth += d->arrows[i].from == arrow->from && d->arrows[i].lane > 0;
    }
    if (arrow->lane == 0) {
        int y1 = d->top[from] + d->height[from], y2 = d->top[to];
        buf_fmt(out, "<path d='M%d %dV%d' " STROKE "/>", middle, y1, y2 - 2);
        draw_words(out, middle + 8, (y1 + y2) / 2 + 4, "start", arrow->label);
        return;
    }
    bool back = arrow->to <= arrow->from;
    int side = back ? x : x + BOX_WIDTH;
    int lane = back ? x - LANE * arrow->lane : side + LANE * arrow->lane;
    int y1 = d->top[from] + 10 + LINE * nth, y2 = d->top[to] + 6 + 3 * arrow->lane;
    int end = d->top[to] + d->height[to] - 4;
    y2 = y2 < end ? y2 : end;
    if (arrow->from == START) {
        side = back ? side : middle + 6;
        y1 = d->top[from] + 6;
    }
    buf_fmt(out, "<path d='M%d %dH%dV%dH%d' " STROKE "/>", side, y1, lane, y2,
        back ? x - 2 : x + BOX_WIDTH + 2);
    int words =
        back ? x - LANE * (d->left_lanes + 1) + 8 : x + BOX_WIDTH + LANE * (d->right_lanes + 1) - 8;
    draw_words(out, words, y1 + 4, back ? "end" : "start", arrow->label);
}

void docs_states(struct arena *a, const struct kind *kind, struct buf *out)
{
    struct drawing *d = arena_new(a, struct drawing);
    d->kind = kind;
    lay_out(a, d);
    int last = d->n_states;
    int width = box_left(d) + BOX_WIDTH + LANE * (d->right_lanes + 1) + WORDS + MARGIN;
    int height = d->top[last] + d->height[last] + MARGIN;
    buf_fmt(out,
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' width='%d' height='%d' "
        "role='img' font-family='Public Sans, sans-serif' font-size='14' fill='#1b1b1b'>"
        "<title>The states of %s</title>"
        "<defs><marker id='end' viewBox='0 0 8 8' refX='7' refY='4' markerWidth='7' "
        "markerHeight='7' orient='auto'><path d='M0 0L8 4L0 8Z' fill='#005ea2'/></marker></defs>"
        "<rect width='100%%' height='100%%' fill='#fff'/>\n",
        width, height, width, height, kind->plural);
    buf_fmt(out, "<circle cx='%d' cy='%d' r='6' fill='#3d4551'/>\n", box_left(d) + BOX_WIDTH / 2,
        d->top[0] + 6);
    for (int i = 0; i < d->n_states; i++) {
        draw_box(out, d, i);
        buf_putc(out, '\n');
    }
    for (int i = 0; i < d->n_arrows; i++) {
        draw_arrow(out, d, i);
        buf_putc(out, '\n');
    }
    buf_puts(out, "</svg>\n");
}
