// SPDX-License-Identifier: Apache-2.0
// Forecasts are worked out by a job, so that no page waits for them: it looks how the readings from
// before the start are spread, and simulates what nobody simulated yet.
#include "forecast.h"

#include "evaluations.h"

#include "clock.h"
#include "str.h"
#include "transact.h"

#include <math.h>

enum { HALVES_LEAST = 5 };

struct work {
    int64_t pilot, asked_at;
    bool is_locked;
    struct value plan, measures;
    struct value earlier, forecasts; // what came of it: rows to write
};

// ---- readings from before the start
// --------------------------------------------------------------

struct sums {
    double n, x, xx, y, yy, xy;
};

static void count_in(struct sums *s, double x, double y)
{
    s->n++;
    s->x += x;
    s->xx += x * x;
    s->y += y;
    s->yy += y * y;
    s->xy += x * y;
}

static double variance(double n, double x, double xx)
{
    return n > 1 ? fmax((xx - x * x / n) / (n - 1), 0) : NAN;
}

static double correlation(const struct sums *s)
{
    double vx = variance(s->n, s->x, s->xx), vy = variance(s->n, s->y, s->yy);
    return s->n >= HALVES_LEAST && vx > 0 && vy > 0
               ? (s->xy - s->x * s->y / s->n) / (s->n - 1) / sqrt(vx * vy)
               : NAN;
}

// Among units their means; of one unit its readings.
static struct value spread_of(struct ctx *c, const struct value *measure, const struct value *units)
{
    struct value row = value_object(c->arena);
    struct sums halves = { 0 };
    double n = 0, x = 0, xx = 0;
    bool one = value_len(units) == 1;
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *unit = value_at(units, i);
        double mean = value_get_num(unit, "mean_num", NAN);
        double half[2] = { value_get_num(unit, "first_num", NAN),
            value_get_num(unit, "second_num", NAN) };
        double many = one ? (double)value_get_int(unit, "n", 0) : 1;
        double square = one ? value_get_num(unit, "square_num", NAN) : mean * mean;
        n += many;
        x += many * mean;
        xx += many * square;
        if (!isnan(half[0]) && !isnan(half[1])) {
            count_in(&halves, half[0], half[1]);
        }
    }
    double spread = sqrt(variance(n, x, xx)), steady = correlation(&halves);
    value_set(c->arena, &row, "measure_id", *value_get(measure, "id"));
    value_set(c->arena, &row, "mean_num", value_num(n > 0 ? x / n : NAN));
    value_set(c->arena, &row, "spread_num", value_num(spread > 0 ? spread : NAN));
    value_set(
        c->arena, &row, "steady_num", value_num(isnan(steady) ? NAN : fmin(fmax(steady, 0), 0.99)));
    return row;
}

static enum err read_earlier(struct ctx *c, struct work *w, struct value *measure)
{
    static const char *const pairs[][2] = { { "earlier_mean_num", "mean_num" },
        { "earlier_spread_num", "spread_num" }, { "earlier_steady_num", "steady_num" } };
    const struct value *start = value_get(&w->plan, "starts_on");
    int64_t until = c->now;
    if (start->kind == V_DATE) {
        TRY(locale_instant(c->locale, start->n * CLOCK_DAY, &until));
    }
    struct value units, extent;
    const struct arg *which =
        ARGS(ARG("measure_id", *value_get(measure, "id")), ARG("until_at", value_time(until)));
    TRY(db_row(c->db, c->arena, "evaluation.earlier_extent", which, &extent));
    if (value_get_int(&extent, "n", 0) < 2) {
        return OK;
    }
    int64_t from = value_get_int(&extent, "first_at", 0), to = value_get_int(&extent, "last_at", 0);
    TRY(db_rows(c->db, c->arena, "evaluation.earlier_units",
        ARGS(ARG("measure_id", *value_get(measure, "id")), ARG("until_at", value_time(until)),
            ARG("middle_at", value_time(from + (to - from) / 2 + 1)),
            ARG("differs_n", value_int(str_eq(value_get_text(&w->plan, "type", ""), "accuracy")))),
        &units));
    struct value row = spread_of(c, measure, &units);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        value_set(c->arena, measure, pairs[i][0], *value_get(&row, pairs[i][1]));
    }
    *value_push(c->arena, &w->earlier) = row;
    return OK;
}

// ---- the job
// -------------------------------------------------------------------------------------

static enum err read(struct ctx *c, void *context)
{
    struct work *w = context;
    const struct arg *which = ARGS(ARG("pilot_id", value_id(w->pilot)));
    struct value ask;
    enum err e = db_row(c->db, c->arena, "evaluation.forecast_ask", which, &ask);
    w->asked_at = e == OK ? value_get_int(&ask, "asked_at", 0) : 0;
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    TRY(db_row(c->db, c->arena, "evaluation.plan_now", which, &w->plan));
    TRY(db_rows(c->db, c->arena, "evaluation.to_seal", which, &w->measures));
    w->earlier = value_list(c->arena);
    w->is_locked = value_get(&w->plan, "locked_at")->kind != V_NULL;
    for (size_t i = 0; i < value_len(&w->measures) && !w->is_locked; i++) {
        TRY(read_earlier(c, w, &w->measures.list->items[i]));
    }
    return OK;
}

static enum err write(struct ctx *c, void *context)
{
    const struct work *w = context;
    for (size_t i = 0; i < value_len(&w->earlier); i++) {
        const struct value *row = value_at(&w->earlier, i);
        TRY(db_exec(c->db, c->arena, "evaluation.keep_earlier",
            ARGS(ARG("measure_id", *value_get(row, "measure_id")),
                ARG("known_at", value_time(c->now)), ARG("mean_num", *value_get(row, "mean_num")),
                ARG("spread_num", *value_get(row, "spread_num")),
                ARG("steady_num", *value_get(row, "steady_num"))),
            NULL));
    }
    for (size_t i = 0; i < value_len(&w->forecasts); i++) {
        TRY(forecast_keep(c, value_at(&w->forecasts, i)));
    }
    return db_exec(c->db, c->arena, "evaluation.forecast_done",
        ARGS(ARG("pilot_id", value_id(w->pilot)), ARG("asked_at", value_time(w->asked_at)),
            ARG("done_at", value_time(c->now))),
        NULL);
}

enum err forecast_job(struct ctx *c, const struct value *payload)
{
    struct work w = { .pilot = 0 };
    if (!id_parse(&c->city->id_key, value_get_text(payload, "pilot", ""), &w.pilot)) {
        return ERR_INVALID;
    }
    TRY(transact_read(c, read, &w));
    w.forecasts = value_list(c->arena);
    for (size_t i = 0; i < value_len(&w.measures) && !w.is_locked; i++) {
        const struct value *measure = value_at(&w.measures, i);
        struct evaluation_sealed sealed;
        struct value forecast;
        TRY(evaluation_seal(
            c, &w.plan, measure, evaluation_planned_analysis(&w.plan, measure), &sealed));
        if (!sealed.text) {
            continue;
        }
        TRY(forecast_of(c, &w.plan, measure, &sealed, true, &forecast));
        if (value_get(&forecast, "key")) {
            *value_push(c->arena, &w.forecasts) = forecast;
        }
    }
    return transact(c, write, &w);
}

enum err evaluations_ask_forecast(struct act *a, int64_t pilot)
{
    struct ctx *c = a->ctx;
    struct value payload = value_object(c->arena);
    int64_t wanted = 0;
    TRY(db_int(c->db, c->arena, "evaluation.forecast_wanted",
        ARGS(ARG("pilot_id", value_id(pilot))), &wanted));
    if (!wanted) {
        return OK;
    }
    value_set(c->arena, &payload, "pilot", value_text(ctx_id(c, pilot)));
    TRY(db_exec(c->db, c->arena, "evaluation.ask_forecast",
        ARGS(ARG("pilot_id", value_id(pilot)), ARG("asked_at", value_time(c->now))), NULL));
    return job_add(c, "evaluations.forecast", &payload, 0);
}
