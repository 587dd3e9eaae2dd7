// SPDX-License-Identifier: Apache-2.0
// The evaluation's page: the verdict first, then the picture, then what could be wrong, then how to
// work it out again. All of it comes from the record, nothing from readings that may have changed.
#include "pictures.h"

#include "str.h"

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value verdict_part(struct ctx *c, const struct value *row, const struct value *result)
{
    struct value verdict = value_object(c->arena), marks = value_list(c->arena);
    int64_t level = value_get_int(row, "evidence_level_n", 0);
    for (int64_t i = 1; i <= 5; i++) {
        struct value mark = value_object(c->arena);
        put(c, &mark, "on", value_bool(i <= level));
        *value_push(c->arena, &marks) = mark;
    }
    put(c, &verdict, "text", value_text(evaluation_verdict_words(c, row, result)));
    put(c, &verdict, "level_text", value_text(evaluation_level_words(c, level)));
    put(c, &verdict, "explained", value_text(evaluation_grade_words(c, row)));
    put(c, &verdict, "marks", marks);
    put(c, &verdict, "would_change", value_text(evaluation_would_change(c, result)));
    return verdict;
}

// An object that opens one part, so that two of a kind can stand on a page.
static struct value wrapped(struct ctx *c, const char *key, struct value part)
{
    if (part.kind == V_NULL) {
        return part;
    }
    struct value v = value_object(c->arena);
    put(c, &v, key, part);
    return v;
}

// Lines of text as objects {line}.
static void add_lines(struct ctx *c, struct value *data, const char *key, struct value lines)
{
    put(c, data, key, lines);
    put(c, data, arena_fmt(c->arena, "has_%s", key), value_bool(value_len(&lines) > 0));
}

static void add_line(struct ctx *c, struct value *lines, const char *text)
{
    struct value one = value_object(c->arena);
    put(c, &one, "line", value_text(text));
    *value_push(c->arena, lines) = one;
}

static void add_doubts(struct ctx *c, const struct value *result, struct value *data)
{
    struct value lines = value_list(c->arena), departures = value_list(c->arena);
    const char *problem = value_get_text(result, "problem", NULL);
    if (problem) {
        add_line(c, &lines, ctx_text(c, problem, NULL));
    }
    const struct value *warnings = value_get(result, "warnings"),
                       *dropped = value_get(result, "dropped"),
                       *codes = value_get(result, "departures");
    for (size_t i = 0; i < value_len(warnings); i++) {
        add_line(c, &lines, ctx_text(c, value_at(warnings, i)->text, NULL));
    }
    for (size_t i = 0; dropped && dropped->kind == V_OBJECT && i < dropped->object->len; i++) {
        struct value args = value_object(c->arena);
        put(c, &args, "n", dropped->object->values[i]);
        put(c, &args, "why", value_text(evaluation_number_words(c, dropped->object->keys[i])));
        add_line(c, &lines, ctx_text(c, "Left out: {n, number}. {why}.", &args));
    }
    for (size_t i = 0; i < value_len(codes); i++) {
        add_line(c, &departures, evaluation_departure_words(c, value_at(codes, i)->text));
    }
    add_lines(c, data, "doubts", lines);
    add_lines(c, data, "departed", departures);
}

static struct value numbers_part(struct ctx *c, const struct value *result)
{
    const struct value *numbers = value_get(result, "numbers");
    struct value rows = value_list(c->arena);
    for (size_t i = 0; numbers && numbers->kind == V_OBJECT && i < numbers->object->len; i++) {
        struct value row = value_object(c->arena);
        put(c, &row, "what", value_text(evaluation_number_words(c, numbers->object->keys[i])));
        put(c, &row, "value_num", numbers->object->values[i]);
        *value_push(c->arena, &rows) = row;
    }
    if (!value_len(&rows)) {
        return VALUE_NULL;
    }
    struct value table = page_table(
        c, NULL, ctx_text(c, "Further numbers", NULL), "what:What value_num:Number", &rows);
    put(c, &table, "stack", value_bool(false));
    return table;
}

static struct value areas_part(struct ctx *c, const struct value *result)
{
    const struct value *areas = value_get(result, "areas");
    struct value rows = value_list(c->arena);
    for (size_t i = 0; i < value_len(areas); i++) {
        const struct value *area = value_at(areas, i);
        bool hidden = value_get_int(area, "is_hidden", 0) != 0;
        struct value row = value_object(c->arena);
        put(c, &row, "area", *value_get(area, "title"));
        put(c, &row, "units",
            hidden ? value_text(ctx_text(c, "too few to be shown safely", NULL))
                   : *value_get(area, "units_n"));
        put(c, &row, "value_num", *value_get(area, "value_num"));
        *value_push(c->arena, &rows) = row;
    }
    if (!value_len(&rows)) {
        return VALUE_NULL;
    }
    return page_table(c, NULL, ctx_text(c, "By area", NULL),
        "area:Area units:Units value_num:Change or mean", &rows);
}

// The form of a further run, for those who may; MEASURE 0: it is still to be chosen.
static struct value run_href(struct ctx *c, int64_t pilot, int64_t measure)
{
    if (!(c->viewer.roles & ROLES_OFFICE)) {
        return VALUE_NULL;
    }
    const char *which = measure ? arena_fmt(c->arena, "&measure_id=%s", ctx_id(c, measure)) : "";
    return value_text(
        arena_fmt(c->arena, "/evaluations/new/run?pilot_id=%s%s", ctx_id(c, pilot), which));
}

static enum err add_newer(struct ctx *c, const struct value *row, struct value *data)
{
    struct value newer;
    TRY(db_row(c->db, c->arena, "evaluation.newer",
        ARGS(ARG("measure_id", *value_get(row, "measure_id")),
            ARG("evaluation_id", *value_get(row, "id"))),
        &newer));
    int64_t id = value_get_int(&newer, "id", 0);
    put(c, data, "newer_href", id ? value_text(page_href(c, "evaluation", id)) : VALUE_NULL);
    bool overtaken;
    TRY(evaluation_is_overtaken(c, row, &overtaken));
    put(c, data, "is_overtaken", value_bool(overtaken && !id));
    return OK;
}

static void add_seal(struct ctx *c, const struct value *row, struct value *data)
{
    const char *hash = value_get_text(row, "plan_hash_text", NULL);
    if (!hash) {
        return;
    }
    struct value seal = value_object(c->arena), args = value_object(c->arena);
    put(c, &args, "when", *value_get(row, "locked_at"));
    put(c, &seal, "text", value_text(ctx_text(c, "Plan locked on {when, date}", &args)));
    put(c, &seal, "hash", value_text(hash));
    put(c, data, "seal", seal);
}

static const char *course_title(struct ctx *c, const char *method)
{
    return ctx_text(c,
        str_eq(method, "limits")  ? "Each pair: the difference, by what was read"
        : str_eq(method, "panel") ? "What came against what was to be expected"
                                  : "What was known at each look",
        NULL);
}

// The engine's pictures where a sealed plan ran, else the office's own.
static enum err add_pictures(struct ctx *c, const struct value *row, const struct value *result,
    bool whole, struct value *data)
{
    struct value effect, course;
    const char *method = value_get_text(result, "method", "");
    TRY(evaluation_drawn_figure(
        c, row, "effect", ctx_text(c, "What was found, with its margin of error", NULL), &effect));
    TRY(evaluation_drawn_figure(c, row, "course", course_title(c, method), &course));
    bool pairs = str_eq(method, "limits");
    put(c, data, "effect",
        wrapped(c, "figure", effect.kind == V_NULL ? evaluation_effect_figure(c, result) : effect));
    if (whole) {
        put(c, data, "agreement",
            wrapped(c, "figure",
                course.kind == V_NULL || !pairs ? evaluation_pairs_figure(c, result) : course));
        put(c, data, "course", wrapped(c, "figure", pairs ? VALUE_NULL : course));
    }
    put(c, data, "over_time", wrapped(c, "figure", evaluation_time_figure(c, result)));
    return OK;
}

// What the kept monitor said at each look, and why one may look.
static enum err add_looks(
    struct ctx *c, const struct value *row, const struct value *result, struct value *data)
{
    struct value rows, figure, args = value_object(c->arena), looks = value_object(c->arena);
    size_t replayed = 0;
    TRY(db_rows(c->db, c->arena, "evaluation.looks",
        ARGS(ARG("evaluation_id", *value_get(row, "id"))), &rows));
    figure = evaluation_looks_figure(c, &rows, value_get(result, "plan"));
    if (figure.kind == V_NULL) {
        return OK;
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        replayed += value_get_int(value_at(&rows, i), "is_replayed", 0) != 0;
    }
    put(c, &args, "n", value_int((int64_t)replayed));
    put(c, &looks, "figure", figure);
    put(c, &looks, "rows", rows);
    put(c, &looks, "replayed",
        replayed
            ? value_text(ctx_text(c,
                  "{n, plural, one {At one look} other {At # looks}} earlier readings had been "
                  "corrected or came late: all were taken anew.",
                  &args))
            : VALUE_NULL);
    put(c, data, "looks", looks);
    return OK;
}

static enum err build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value shown, row, result;
    TRY(page_record(c, q, "evaluation", &shown));
    TRY(page_show_record(
        c, "evaluation", &shown, "pilot_id measure_id n dropped_n computed_at", data));
    TRY(db_row(c->db, c->arena, "evaluation.page",
        ARGS(ARG("evaluation_id", *value_get(&shown, "id"))), &row));
    TRY(evaluation_parse(c, &row, &result));
    evaluation_withhold(c, &row, &result);
    put(c, data, "verdict", verdict_part(c, &row, &result));
    TRY(add_pictures(c, &row, &result, true, data));
    if (evaluation_shows_rows(c, &row)) {
        TRY(add_looks(c, &row, &result, data));
    }
    add_doubts(c, &result, data);
    put(c, data, "numbers", wrapped(c, "table", numbers_part(c, &result)));
    put(c, data, "by_area", wrapped(c, "table", areas_part(c, &result)));
    put(c, data, "by_group", wrapped(c, "table", evaluation_groups_table(c, &result)));
    evaluation_add_checks(c, &result, data);
    TRY(evaluation_add_rerun(c, &row, &result, data));
    add_seal(c, &row, data);
    put(c, data, "evaluation", row);
    put(c, data, "result", result);
    put(c, data, "again_href",
        run_href(c, value_get_int(&row, "pilot_id", 0), value_get_int(&row, "measure_id", 0)));
    return add_newer(c, &row, data);
}

// ---- for other rooms
// -----------------------------------------------------------------------------

enum err evaluations_section(struct ctx *c, int64_t pilot, struct value *data)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(
        c->db, c->arena, "evaluation.of_pilot", ARGS(ARG("pilot_id", value_id(pilot))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value *row = &rows.list->items[i];
        struct value result, one = value_object(c->arena);
        TRY(evaluation_parse(c, row, &result));
        evaluation_withhold(c, row, &result);
        int64_t id = value_get_int(row, "id", 0);
        put(c, &one, "title", *value_get(row, "measure"));
        put(c, &one, "verdict", verdict_part(c, row, &result));
        TRY(add_pictures(c, row, &result, false, &one));
        bool overtaken;
        TRY(evaluation_is_overtaken(c, row, &overtaken));
        put(c, &one, "is_overtaken", value_bool(overtaken));
        put(c, &one, "address", value_text(page_href(c, "evaluation", id)));
        *value_push(c->arena, &list) = one;
    }
    struct value href = run_href(c, pilot, 0);
    put(c, data, "evaluate_href", href);
    put(c, data, "shows_evidence", value_bool(value_len(&list) > 0 || href.kind != V_NULL));
    put(c, data, "evaluations", list);
    put(c, data, "has_evaluations", value_bool(value_len(&list) > 0));
    return OK;
}

const struct page evaluations_pages[] = {
    { "/evaluations/{id}", "evaluations/evaluation.html", ROLES_ANYONE, build,
        "1 record.title record.state verdict.text verdict.level_text verdict.explained "
        "verdict.would_change evaluation.verdict evaluation.reason_code evaluation.grade "
        "evaluation.evidence_level_n evaluation.is_exploratory evaluation.n evaluation.dropped_n "
        "evaluation.plan_hash_text evaluation.plan_run_hash_text evaluation.input_hash_text "
        "evaluation.computed_at is_overtaken result.plan "
        "result.method result.convention result.estimate result.low result.high result.level "
        "result.p result.se result.numbers result.intervals result.series result.areas "
        "result.groups "
        "result.pairs "
        "result.warnings result.departures result.run doubts[].line departed[].line "
        "rerun.command rerun.is_people rerun.method_command rerun.csv_href rerun.plan_href "
        "rerun.plan_hash "
        "rerun.result_href looks.rows[].day_n looks.rows[].compared_n looks.rows[].tried_n "
        "looks.rows[].estimate_num looks.rows[].low_num looks.rows[].high_num "
        "looks.rows[].level_num "
        "looks.rows[].is_replayed",
        PAGE_PUBLIC, NULL },
    { "/evaluations/{id}/data.csv", NULL, ROLES_ANYONE, evaluation_build_csv, NULL, PAGE_BARE,
        NULL },
    { "/evaluations/{id}/plan.json", NULL, ROLES_ANYONE, evaluation_build_plan, NULL, PAGE_BARE,
        NULL },
    { "/evaluations/{id}/result.json", NULL, ROLES_ANYONE, evaluation_build_result, NULL, PAGE_BARE,
        NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
