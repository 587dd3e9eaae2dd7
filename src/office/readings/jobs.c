// SPDX-License-Identifier: Apache-2.0
// What is done afterwards: rows of dropped batches, loads that ended in the middle, readings that
// are late.
#include "readings_private.h"

#include "clock.h"
#include "transact.h"

struct sweep {
    int64_t batch, measure;
    int64_t from_n, from_at, to_n, to_at;
};

static enum err sweep_piece(struct ctx *c, void *context)
{
    const struct sweep *s = context;
    return db_exec(c->db, c->arena, "batch.sweep",
        ARGS(ARG("measure_id", value_id(s->measure)), ARG("batch_id", value_id(s->batch)),
            ARG("from_n", value_int(s->from_n)), ARG("from_at", value_time(s->from_at)),
            ARG("to_n", value_int(s->to_n)), ARG("to_at", value_time(s->to_at))),
        NULL);
}

static enum err sweep_rejects(struct ctx *c, void *context)
{
    const struct sweep *s = context;
    return db_exec(
        c->db, c->arena, "batch.sweep_rejects", ARGS(ARG("batch_id", value_id(s->batch))), NULL);
}

// Deletes the rows of a dropped batch in short transactions, by walking the measure's key.
static enum err run_sweep(struct ctx *c, const struct value *payload)
{
    struct sweep s = { .from_n = 0, .from_at = INT64_MIN };
    struct value row;
    if (!id_parse(&c->city->id_key, value_get_text(payload, "batch", ""), &s.batch)) {
        return ERR_INVALID;
    }
    TRY(db_row(c->db, c->arena, "batch.any", ARGS(ARG("batch_id", value_id(s.batch))), &row));
    if (kind_state(&batch_kind, value_get_text(&row, "state", "")) != BATCH_DROPPED) {
        return ERR_INVALID; // only what was dropped is ever deleted
    }
    s.measure = value_get_int(&row, "measure_id", 0);
    for (bool more = true; more;) {
        enum err e = db_row(c->db, c->arena, "batch.sweep_to",
            ARGS(ARG("measure_id", value_id(s.measure)), ARG("from_n", value_int(s.from_n)),
                ARG("from_at", value_time(s.from_at))),
            &row);
        if (e != OK && e != ERR_NOT_FOUND) {
            return e;
        }
        more = e == OK;
        s.to_n = more ? value_get_int(&row, "unit_n", 0) : INT64_MAX;
        s.to_at = more ? value_get_int(&row, "read_at", 0) : INT64_MAX;
        TRY(transact(c, sweep_piece, &s));
        s.from_n = s.to_n;
        s.from_at = s.to_at;
    }
    return transact(c, sweep_rejects, &s);
}

// Each act on its own: one that fails (somebody was faster) holds none of the others up.
static enum err act_on_each(
    struct ctx *c, const char *query, const struct arg *args, const char *command)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, query, args, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct outcome outcome;
        enum err e =
            act_run_values(c, command, value_get_int(value_at(&rows, i), "id", 0), NULL, &outcome);
        if (e == ERR_UNAVAILABLE || e == ERR_INTERNAL) {
            return e;
        }
    }
    return OK;
}

static enum err run_tidy(struct ctx *c, const struct value *payload)
{
    const struct arg *before = ARGS(ARG("before_at", value_time(c->now - 6 * CLOCK_HOUR)));
    return act_on_each(c, "batch.stuck", before, "batch.drop");
}

static enum err run_ask(struct ctx *c, const struct value *payload)
{
    return act_on_each(c, "measure.to_ask", NO_ARGS, "measure.ask");
}

const struct job_kind readings_jobs[] = {
    { "readings.sweep", run_sweep, 0 },
    { "readings.tidy", run_tidy, CLOCK_HOUR },
    { "readings.ask", run_ask, CLOCK_HOUR },
    { NULL, NULL, 0 },
};
