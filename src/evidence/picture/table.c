// SPDX-License-Identifier: Apache-2.0
#include "draw.h"

#include <stdlib.h>

void ph_picture_table_release(struct ph_picture_table *t)
{
    if (!t) {
        return;
    }
    for (size_t i = 0; i < t->columns; i++) {
        free(t->heading[i]);
    }
    for (size_t i = 0; i < t->columns * t->rows; i++) {
        free(t->cell[i].text);
    }
    free(t->heading);
    free(t->cell);
    *t = (struct ph_picture_table){ 0 };
}

// The text as it may stand in a page: what is no UTF-8 or a control character is replaced.
static char *clean(const char *text)
{
    char *copy = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&copy, &len);
    if (!out) {
        return NULL;
    }
    ev_pic_clean(out, text, PIC_WORDS);
    if (fclose(out) != 0) {
        free(copy);
        return NULL;
    }
    return copy;
}

void ev_pic_heading(struct pic *p, const char *text)
{
    struct ph_picture_table *t = &p->table;
    if (!p->o->ret_table || p->failed) {
        return;
    }
    char **more = realloc(t->heading, (t->columns + 1) * sizeof(*more));
    if (more) {
        t->heading = more;
        more[t->columns] = clean(text);
        p->failed = more[t->columns] == NULL;
        t->columns += !p->failed;
    }
    p->failed = p->failed || !more;
}

// Cells are kept in whole rows, of which the last may not be full yet.
static void put(struct pic *p, const char *text, double number)
{
    struct ph_picture_table *t = &p->table;
    if (!p->o->ret_table || p->failed) {
        return;
    }
    if (p->filled == t->rows * t->columns) {
        if (t->rows == p->rows_room) {
            size_t room = p->rows_room ? 2 * p->rows_room : 16;
            struct ph_picture_cell *more = realloc(t->cell, room * t->columns * sizeof(*more));
            if (!more) {
                p->failed = true;
                return;
            }
            t->cell = more;
            p->rows_room = room;
        }
        memset(&t->cell[p->filled], 0, t->columns * sizeof(*t->cell));
        t->rows++;
    }
    char *copy = clean(text);
    p->failed = copy == NULL;
    t->cell[p->filled].text = copy;
    t->cell[p->filled].number = number;
    p->filled += !p->failed;
}

void ev_pic_cell(struct pic *p, const char *text)
{
    put(p, text, NAN);
}

void ev_pic_cell_number(struct pic *p, double x, int decimals)
{
    char number[PIC_NUMBER] = "";
    if (isinf(x)) {
        put(p, ev_pic_phrase(p, PHRASE_ENDLESS), x);
        return;
    }
    if (!isnan(x)) {
        ev_pic_number(p, x, decimals, number);
    }
    put(p, number, x);
}

void ev_pic_cell_time(struct pic *p, double t)
{
    char words[PIC_NUMBER] = "";
    if (!isnan(t)) {
        ev_pic_time(p, t, words);
    }
    put(p, words, t);
}
