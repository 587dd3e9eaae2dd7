// SPDX-License-Identifier: Apache-2.0
// The result as canonical JSON: everything that the page shows, so that what was found stays as it
// was found whatever happens to the readings.
#include "evaluations_private.h"

#include "clock.h"
#include "json.h"
#include "str.h"

#include <math.h>

static struct value plan_value(struct ctx *c, const struct evaluation_plan *p)
{
    struct value v = value_object(c->arena);
    const struct value *dates[] = { &p->starts_on, &p->ends_on };
    const char *names[] = { "starts_on", "ends_on" };
    value_set(c->arena, &v, "pilot", value_text(p->pilot_title));
    value_set(c->arena, &v, "measure", value_text(p->title));
    value_set(c->arena, &v, "unit", value_text(p->unit));
    value_set(c->arena, &v, "role", value_text(p->role));
    value_set(c->arena, &v, "type", value_text(p->type));
    value_set(c->arena, &v, "design", value_text(p->design_name));
    value_set(c->arena, &v, "direction",
        value_text(p->direction == PH_LOWER_IS_BETTER ? "lower" : "higher"));
    value_set(c->arena, &v, "worthwhile", value_num(p->delta));
    value_set(c->arena, &v, "target", value_num(p->target));
    value_set(c->arena, &v, "is_early", value_bool(p->early));
    for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
        value_set(
            c->arena, &v, names[i], dates[i]->kind == V_DATE ? value_int(dates[i]->n) : VALUE_NULL);
    }
    return v;
}

static struct value warnings_value(struct ctx *c, const struct evaluation_data *d, uint64_t set)
{
    struct value list = value_list(c->arena);
    for (uint64_t one = ph_warning_next(&set); one; one = ph_warning_next(&set)) {
        *value_push(c->arena, &list) = value_text(ph_warning_words(one));
    }
    if (d->one_unit) {
        *value_push(c->arena, &list) = value_text(
            "All readings are of one place or device: nothing is said of others, and readings "
            "close in time are alike, so that the interval is narrower than it should be.");
    }
    if (d->late > 0) {
        *value_push(c->arena, &list) =
            value_text("Readings from after the planned end were left out.");
    }
    return list;
}

static struct value dropped_value(struct ctx *c, const struct ph_result *head)
{
    struct value v = value_object(c->arena);
    for (int i = 0; i < PH_DROP_REASONS; i++) {
        if (head->dropped[i]) {
            value_set(
                c->arena, &v, ph_drop_id((enum ph_drop)i), value_int((int64_t)head->dropped[i]));
        }
    }
    return v;
}

// A step that gives a picture some dozen points.
static int64_t step_of(int64_t span)
{
    static const int64_t steps[] = { CLOCK_HOUR, CLOCK_DAY, 7 * (int64_t)CLOCK_DAY,
        28 * (int64_t)CLOCK_DAY, 91 * (int64_t)CLOCK_DAY };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (span <= 60 * steps[i]) {
            return steps[i];
        }
    }
    return span / 60 + 1;
}

static enum err series_value(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, struct value *ret_list)
{
    struct value rows, list = value_list(c->arena);
    int64_t origin = p->starts_on.kind == V_DATE ? p->split_at : d->first_at;
    TRY(db_rows(c->db, c->arena, "evaluation.series",
        ARGS(ARG("measure_id", value_id(p->measure)), ARG("to_at", value_time(p->to_at)),
            ARG("step_n", value_int(step_of(d->last_at - d->first_at))),
            ARG("origin_n", value_int(origin))),
        &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value point = value_object(c->arena);
        value_set(c->arena, &point, "at", value_int(value_get_int(row, "start_at", 0)));
        value_set(c->arena, &point, "is_comparison",
            value_bool(value_get_int(row, "is_comparison", 0) != 0));
        value_set(c->arena, &point, "n", value_int(value_get_int(row, "n", 0)));
        value_set(c->arena, &point, "mean", value_num(value_get_num(row, "mean_num", NAN)));
        *value_push(c->arena, &list) = point;
    }
    *ret_list = list;
    return OK;
}

enum err evaluation_result(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, const struct evaluation_finding *f, const char **ret_json)
{
    struct value v = value_object(c->arena), series;
    TRY(series_value(c, p, d, &series));
    const struct ph_result *h = &f->head;
    value_set(c->arena, &v, "schema", value_int(1));
    value_set(c->arena, &v, "plan", plan_value(c, p));
    value_set(c->arena, &v, "method", value_text(evaluation_method_name(d->method)));
    value_set(c->arena, &v, "convention", value_text(h->convention));
    value_set(c->arena, &v, "estimate", value_num(h->estimate));
    value_set(c->arena, &v, "se", value_num(h->se));
    value_set(c->arena, &v, "df", value_num(h->df));
    value_set(c->arena, &v, "low", value_num(h->interval.lo));
    value_set(c->arena, &v, "high", value_num(h->interval.hi));
    value_set(c->arena, &v, "level", value_num(h->level));
    value_set(c->arena, &v, "p", value_num(h->p));
    value_set(c->arena, &v, "rows", value_int((int64_t)h->n));
    value_set(c->arena, &v, "units", value_int((int64_t)h->clusters));
    value_set(c->arena, &v, "dropped", dropped_value(c, h));
    value_set(c->arena, &v, "grade", value_text(ph_grade_name(h->grade)));
    value_set(c->arena, &v, "verdict", value_text(f->verdict_name));
    value_set(c->arena, &v, "reason", value_text(f->reason));
    value_set(c->arena, &v, "probability_worthwhile", value_num(f->verdict.worthwhile));
    value_set(c->arena, &v, "is_worthwhile_ruled_out", value_bool(f->verdict.worthwhile_ruled_out));
    value_set(c->arena, &v, "numbers", f->numbers);
    value_set(c->arena, &v, "intervals", f->intervals);
    value_set(c->arena, &v, "warnings", warnings_value(c, d, h->warnings));
    value_set(c->arena, &v, "problem", value_text(f->problem));
    value_set(c->arena, &v, "departures", p->departures);
    value_set(c->arena, &v, "command", value_text(d->command));
    value_set(c->arena, &v, "readings", value_int(d->readings));
    value_set(c->arena, &v, "late", value_int(d->late));
    value_set(c->arena, &v, "areas", d->areas);
    value_set(c->arena, &v, "groups", d->groups);
    value_set(c->arena, &v, "series", series);
    value_set(c->arena, &v, "pairs", evaluation_pairs(c, d));
    if (f->run) {
        struct value run;
        TRY(json_read(c->arena, f->run, strlen(f->run), EVALUATION_RESULT_MAX, &run));
        value_set(c->arena, &v, "run", run);
    }
    AUTO_BUF(text, EVALUATION_RESULT_MAX);
    json_write_canonical(&text, &v);
    if (!buf_ok(&text)) {
        return fail(c->arena, ERR_TOO_LARGE, "The result is too long to be kept.");
    }
    *ret_json = arena_strndup(c->arena, text.data, text.len);
    return OK;
}
