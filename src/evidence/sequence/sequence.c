// SPDX-License-Identifier: Apache-2.0
// A file of rows at several looks.
#include "sequence.h"

#include <stdlib.h>

struct moment {
    double time;
    size_t row;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a;
    const struct moment *y = b;
    if (x->time != y->time) {
        return x->time < y->time ? -1 : 1;
    }
    return x->row < y->row ? -1 : x->row > y->row;
}

// What one run over the rows carries.
struct walk {
    struct ph_context *c;
    const struct ph_frame *f;
    const struct ph_sequence_options *o;
    struct moment *moments; // rows in the order of time
    double *looks;          // when to look
    size_t n_looks;
    size_t untimed; // rows without a time, left out
    struct ph_monitor monitor;
    struct ev_bettor *bettor;
    struct ph_look *out;
};

static enum ph_status check_options(struct ph_context *c, const struct ph_sequence_options *o)
{
    if (o->monitor.version != PH_VERSION) {
        return ev_complain(
            c, PH_UNSUPPORTED, "Options version %u is not known.", o->monitor.version);
    }
    if (o->kind != PH_SEQUENCE_MONITOR && o->kind != PH_SEQUENCE_BETTING) {
        return ev_complain(c, PH_INVALID, "The kind of sequence is not known.");
    }
    if (o->kind == PH_SEQUENCE_BETTING && o->columns.trials != PH_NONE) {
        return ev_complain(c, PH_INVALID, "Betting takes one outcome a row, between bounds.");
    }
    if (o->kind == PH_SEQUENCE_BETTING && (o->grid < 10 || o->grid > PH_GRID_MAX)) {
        return ev_complain(c, PH_INVALID, "The grid must have 10 to %d steps.", PH_GRID_MAX);
    }
    if (o->n_looks > PH_LOOKS_MAX) {
        return ev_complain(c, PH_TOO_LARGE, "At most %d looks.", PH_LOOKS_MAX);
    }
    for (size_t i = 0; i < o->n_looks; i++) {
        if (!isfinite(o->looks[i]) || (i > 0 && !(o->looks[i] > o->looks[i - 1]))) {
            return ev_complain(c, PH_INVALID, "Looks must be numbers, each above the one before.");
        }
    }
    return ev_monitor_check_options(c, &o->monitor);
}

// Rows in the order of their times, file order within one time.
static enum ph_status order_rows(struct walk *w)
{
    int32_t time = w->o->time;
    if (time != PH_NONE) {
        enum ph_status status = ev_column_check(w->c, w->f, time, PH_REAL, "time");
        if (status != PH_OK) {
            return status;
        }
    }
    w->moments = ev_take(w->c, w->f->rows, sizeof(*w->moments));
    if (!w->moments) {
        return PH_NO_MEMORY;
    }
    bool sorted = true;
    size_t n = 0;
    for (size_t i = 0; i < w->f->rows; i++) {
        if (time != PH_NONE && ev_cell_missing(w->f, time, i)) {
            w->untimed++;
            continue;
        }
        double at = time == PH_NONE ? 0 : ev_cell(w->f, time, i);
        w->moments[n] = (struct moment){ at, i };
        sorted = sorted && (n == 0 || w->moments[n - 1].time <= at);
        n++;
    }
    if (!sorted) {
        qsort(w->moments, n, sizeof(*w->moments), by_time);
    }
    return PH_OK;
}

static enum ph_status choose_looks(struct walk *w)
{
    size_t n = w->f->rows - w->untimed;
    bool timed = w->o->time != PH_NONE;
    size_t count = w->o->n_looks;
    if (count == 0 && timed) {
        for (size_t i = 0; i < n; i++) {
            count += i == 0 || w->moments[i].time != w->moments[i - 1].time;
        }
    }
    count = count == 0 ? 1 : count;
    if (count > PH_LOOKS_MAX) {
        return ev_complain(w->c, PH_TOO_LARGE,
            "The data have %zu times; name at most %d of them as looks.", count, PH_LOOKS_MAX);
    }
    w->looks = ev_take(w->c, count, sizeof(double));
    w->out = ev_take(w->c, count, sizeof(*w->out));
    if (!w->looks || !w->out) {
        return PH_NO_MEMORY;
    }
    w->n_looks = count;
    if (w->o->n_looks > 0) {
        memcpy(w->looks, w->o->looks, count * sizeof(double));
    } else if (timed) {
        size_t at = 0;
        for (size_t i = 0; i < n; i++) {
            if (i == 0 || w->moments[i].time != w->moments[i - 1].time) {
                w->looks[at++] = w->moments[i].time;
            }
        }
    } else {
        w->looks[0] = INFINITY;
    }
    return PH_OK;
}

static enum ph_status look(struct walk *w, size_t at)
{
    struct ph_look *l = &w->out[at];
    enum ph_status status = PH_OK;
    if (w->bettor) {
        *l = (struct ph_look){ .head = ev_monitor_head(&w->monitor, "confidence-sequence.betting"),
            .half_width = NAN,
            .mean = { NAN, NAN } };
        l->head.df = INFINITY;
        ev_bettor_look(w->bettor, l);
    } else {
        status = ev_monitor_look(w->c, &w->monitor, l);
    }
    if (w->untimed > 0) {
        l->head.dropped[PH_DROP_TIME] = w->untimed;
        l->head.n_dropped += w->untimed;
        ev_warn_dropped(&l->head);
    }
    bool last = isinf(w->looks[at]);
    l->time = last ? w->monitor.group[0].n + w->monitor.group[1].n : w->looks[at];
    return status;
}

static enum ph_status walk(struct walk *w)
{
    bool timed = w->o->time != PH_NONE;
    size_t n = w->f->rows - w->untimed;
    size_t i = 0;
    for (size_t at = 0; at < w->n_looks; at++) {
        if (ev_cancelled(w->c)) {
            return ev_complain(w->c, PH_CANCELLED, "The calculation was stopped.");
        }
        for (; i < n; i++) {
            double so_far = w->monitor.group[0].n + w->monitor.group[1].n;
            double reached = timed ? w->moments[i].time : so_far + 1;
            if (reached > w->looks[at]) {
                break;
            }
            double before = so_far;
            size_t row = w->moments[i].row;
            ev_monitor_row(&w->monitor, w->f, &w->o->columns, row);
            if (w->bettor && w->monitor.group[0].n > before) {
                ev_bettor_row(w->bettor, ev_cell(w->f, w->o->columns.outcome, row));
            }
        }
        enum ph_status status = look(w, at);
        if (status != PH_OK) {
            return status;
        }
    }
    return PH_OK;
}

enum ph_status ph_sequence(struct ph_context *c, const struct ph_frame *f,
    const struct ph_sequence_options *options, struct ph_sequence_result *ret_result)
{
    enum ph_status status = ev_begin(c, options, options ? options->version : 0, ret_result);
    if (status != PH_OK) {
        return status;
    }
    // Betting has no monitor of its own; it reads rows as a bounded one does.
    struct ph_sequence_options own = *options;
    const struct ph_sequence_options *o = &own;
    own.monitor.kind = own.kind == PH_SEQUENCE_BETTING ? PH_MONITOR_BERNSTEIN : own.monitor.kind;
    status = check_options(c, o);
    if (status == PH_OK) {
        status = ev_monitor_check_columns(c, &o->monitor, f, &o->columns);
    }
    if (status != PH_OK) {
        return status;
    }
    struct walk w = { .c = c, .f = f, .o = o, .monitor = { .options = o->monitor } };
    status = order_rows(&w);
    if (status == PH_OK && f->rows == w.untimed) {
        status = ev_complain(c, PH_DATA, "There is no row with a time.");
    }
    if (status == PH_OK) {
        status = choose_looks(&w);
    }
    if (status == PH_OK && o->kind == PH_SEQUENCE_BETTING) {
        status = ev_bettor_new(c, &o->monitor, o->grid, &w.bettor);
    }
    if (status == PH_OK) {
        status = walk(&w);
    }
    if (status == PH_OK && w.out[w.n_looks - 1].head.n == 0) {
        status =
            ev_complain(c, PH_DATA, "No row of %zu has all the values that are needed.", f->rows);
    }
    ev_bettor_free(c, w.bettor);
    ev_give_back(c, w.moments);
    ev_give_back(c, w.looks);
    if (status != PH_OK) {
        ev_give_back(c, w.out);
        return status;
    }
    *ret_result = (struct ph_sequence_result){ .head = w.out[w.n_looks - 1].head,
        .n_looks = w.n_looks,
        .looks = w.out,
        .monitor = w.monitor };
    return PH_OK;
}

void ph_sequence_release(struct ph_context *c, struct ph_sequence_result *r)
{
    if (c && r) {
        ev_give_back(c, r->looks);
        *r = (struct ph_sequence_result){ .head = r->head };
    }
}
