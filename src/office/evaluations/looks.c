// SPDX-License-Identifier: Apache-2.0
// Looks before the end. Each measure whose plan names looks has one monitor, kept as the engine
// saves it: a look goes on where the last one stopped, bit for bit. What it had taken is reckoned
// over before: where a reading was corrected, withdrawn or came late, all are taken anew, and the
// look says so.
#include "evaluations_private.h"

#include "clock.h"
#include "str.h"

#include <math.h>
#include <sodium.h>
#include <string.h>

bool evaluation_looks_now(const struct evaluation_plan *p)
{
    return p->early && p->analysis == ANALYSIS_AFTER && p->recorded_text &&
           value_get_int(&p->pilot_row, "looks_n", 0) > 0;
}

// ---- taking a look -----------------------------------------------------------------------------

static uint64_t bits(double x)
{
    uint64_t b;
    memcpy(&b, &x, sizeof(b));
    return b;
}

// Of the first N rows: whose, on which side, and every bit of the value.
static const char *rows_hash(struct arena *a, const struct evaluation_data *d, size_t n)
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    const struct ph_column *after = &d->columns[0], *tried = &d->columns[1], *unit = &d->columns[2];
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < n; i++) {
        const char *line = arena_fmt(a, "%s,%.0f,%016llx\n", unit->label[unit->key[i]],
            tried->real[i], (unsigned long long)bits(after->real[i]));
        crypto_hash_sha256_update(&state, (const unsigned char *)line, strlen(line));
    }
    crypto_hash_sha256_final(&state, hash);
    return str_hex(a, hash, sizeof(hash));
}

static enum ph_status start(
    struct ph_context *engine, const struct evaluation_plan *p, struct ph_monitor *ret_monitor)
{
    struct ph_monitor_options o = PH_MONITOR_OPTIONS;
    const char *sure = value_get_text(&p->pilot_row, "sure", NULL);
    double alpha = 1 - (sure ? strtod(sure, NULL) : p->level);
    o.level = 1 - alpha * EVALUATION_LOOK_SHARE;
    o.tuned_for = EVALUATION_TUNED_FOR;
    o.design = p->design;
    return ph_monitor_start(engine, &o, ret_monitor);
}

// The rows from FROM on.
static enum ph_status push(struct ph_context *engine, struct ph_monitor *monitor,
    const struct evaluation_data *d, size_t from)
{
    static const struct ph_monitor_columns which = { 0, 1, PH_NONE };
    struct ph_column columns[2] = { d->columns[0], d->columns[1] };
    for (size_t i = 0; i < 2; i++) {
        columns[i].real += from;
        columns[i].missing += from;
    }
    const struct ph_frame frame = { .rows = d->rows - from, .columns = 2, .column = columns };
    return frame.rows ? ph_monitor_push(engine, monitor, &frame, &which) : PH_OK;
}

static enum ph_status look(struct ph_context *engine, struct arena *a,
    const struct evaluation_plan *p, const struct evaluation_data *d, const struct value *kept,
    struct evaluation_look *l)
{
    struct ph_monitor monitor;
    char text[PH_MONITOR_TEXT_MAX];
    const char *state = value_get_text(kept, "state_text", "");
    size_t taken = (size_t)value_get_int(kept, "rows_n", 0);
    bool goes_on = *state && taken <= d->rows &&
                   str_eq(value_get_text(kept, "plan_hash_text", ""), p->recorded_hash) &&
                   str_eq(rows_hash(a, d, taken), value_get_text(kept, "rows_hash_text", "")) &&
                   ph_monitor_load(engine, state, strlen(state), &monitor) == PH_OK;
    enum ph_status status = goes_on ? PH_OK : start(engine, p, &monitor);
    status = status == PH_OK ? push(engine, &monitor, d, goes_on ? taken : 0) : status;
    status = status == PH_OK ? ph_monitor_read(engine, &monitor, &l->look) : status;
    status = status == PH_OK ? ph_monitor_save(engine, &monitor, text) : status;
    l->replayed = *state && !goes_on;
    l->state = status == PH_OK ? arena_strdup(a, text) : NULL;
    return status;
}

enum err evaluation_look(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, struct evaluation_look *ret_look)
{
    struct evaluation_look l = { .taken = false };
    struct value kept = VALUE_NULL;
    *ret_look = l;
    if (!evaluation_looks_now(p)) {
        return OK;
    }
    enum err e = db_row(c->db, c->arena, "evaluation.monitor",
        ARGS(ARG("measure_id", value_id(p->measure))), &kept);
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    struct ph_context *engine = ph_context_new(NULL);
    if (!engine) {
        return fail(c->arena, ERR_UNAVAILABLE, "There isn't enough memory. Try again later.");
    }
    enum ph_status status = look(engine, c->arena, p, d, &kept, &l);
    ph_context_free(engine);
    l.number = value_get_int(&kept, "looks_n", 0) + 1;
    l.rows_hash = rows_hash(c->arena, d, d->rows);
    bool same = !l.replayed && value_get_int(&kept, "rows_n", -1) == (int64_t)d->rows &&
                value_get_int(&kept, "day_n", -1) >= p->as_of;
    l.taken = status == PH_OK && !same; // the same look twice is one
    *ret_look = l;
    return OK;
}

enum err evaluation_keep_look(struct act *a, const struct evaluation_plan *p,
    const struct evaluation_data *d, const struct evaluation_look *l)
{
    struct ctx *c = a->ctx;
    int64_t changed;
    if (!l->taken) {
        return OK;
    }
    TRY(db_exec(c->db, c->arena, "evaluation.keep_monitor",
        ARGS(ARG("measure_id", value_id(p->measure)),
            ARG("plan_hash_text", value_text(p->recorded_hash)),
            ARG("looks_n", value_int(l->number)), ARG("rows_n", value_int((int64_t)d->rows)),
            ARG("rows_hash_text", value_text(l->rows_hash)),
            ARG("state_text", value_text(l->state))),
        &changed));
    if (changed == 0) {
        return act_prepare_again(a);
    }
    const struct ph_look *k = &l->look;
    return db_exec(c->db, c->arena, "evaluation.keep_look",
        ARGS(ARG("measure_id", value_id(p->measure)), ARG("look_n", value_int(l->number)),
            ARG("looked_at", value_time(c->now)), ARG("day_n", value_int(p->as_of)),
            ARG("compared_n", value_int((int64_t)k->n[0])),
            ARG("tried_n", value_int((int64_t)k->n[1])), ARG("compared_num", value_num(k->mean[0])),
            ARG("tried_num", value_num(k->mean[1])),
            ARG("estimate_num", value_num(k->head.estimate)),
            ARG("low_num", value_num(k->head.interval.lo)),
            ARG("high_num", value_num(k->head.interval.hi)),
            ARG("level_num", value_num(k->head.level)), ARG("log_e_num", value_num(k->head.log_e)),
            ARG("is_replayed", value_bool(l->replayed))),
        NULL);
}

// ---- by the clock ------------------------------------------------------------------------------

// Whether one of the plan's looks has come since the last that was taken.
static bool is_due(struct ctx *c, const struct value *row)
{
    int64_t from = value_get(row, "starts_on")->n, to = value_get(row, "ends_on")->n,
            days = to - from + 1, n = value_get_int(row, "looks_n", 0),
            today = locale_day(c->locale, c->now) - from, last = value_get_int(row, "day_n", -1);
    for (int64_t i = 1; i <= n && i <= 64; i++) {
        int64_t at = days * i / (n + 1);
        if (at <= today && today < days && last < at) {
            return true;
        }
    }
    return false;
}

enum err evaluations_look(struct ctx *c, const struct value *payload)
{
    struct value rows;
    (void)payload;
    TRY(db_rows(c->db, c->arena, "evaluation.looks_due", NO_ARGS, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        if (is_due(c, row)) {
            enum err e = evaluations_run(
                c, value_get_int(row, "pilot_id", 0), value_get_int(row, "measure_id", 0), NULL);
            bool gone = e == ERR_INVALID || e == ERR_STATE || e == ERR_NOT_FOUND;
            if (e != OK && !gone) {
                return e;
            }
        }
    }
    return OK;
}
