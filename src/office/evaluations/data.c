// SPDX-License-Identifier: Apache-2.0
// From readings to the table that is analysed: summed up by unit in the store, so that millions of
// readings make as many rows as there are units. The same table is kept as CSV; its numbers are
// written in the digits that read back the same, so that whoever runs the command line on it gets
// the same results.
#include "evaluations_private.h"

#include "clock.h"
#include "csv.h"
#include "number.h"
#include "str.h"

#include <math.h>
#include <sodium.h>

enum { MAX_CSV = 8 << 20, COLUMNS = 4, MAX_COLUMNS = 8 };

struct building {
    struct ctx *c;
    const struct evaluation_plan *p;
    struct evaluation_data *d;
    struct buf *csv;
    double *real[COLUMNS];
    uint8_t *missing[COLUMNS];
    const char **code; // each row's unit
    bool all_yes_no;
};

static enum err too_many(struct ctx *c, const char *key)
{
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "n", value_int(EVALUATION_MAX_ROWS));
    return fail(c->arena, ERR_TOO_LARGE, "%s", ctx_text(c, key, &args));
}

static const struct arg *window(const struct building *b)
{
    struct arg *args = arena_array(b->c->arena, struct arg, 4);
    args[0] = (struct arg)ARG("measure_id", value_id(b->p->measure));
    args[1] = (struct arg)ARG("split_at", value_time(b->p->split_at));
    args[2] = (struct arg)ARG("to_at", value_time(b->p->to_at));
    return args;
}

static void text_cell(struct building *b, const char *text, bool first)
{
    csv_write(b->csv, text ? text : "", first);
}

static void number_cell(struct building *b, double x)
{
    char text[NUMBER_TEXT_SIZE];
    if (isnan(x)) {
        csv_write(b->csv, "", false);
    } else {
        number_text(x, text);
        csv_write(b->csv, text, false);
    }
}

static void heading(struct building *b, const char *names)
{
    bool first = true;
    for (const char *at = names; *at; first = false) {
        size_t len = strcspn(at, " ");
        csv_write(b->csv, arena_strndup(b->c->arena, at, len), first);
        if (len == 4 && memcmp(at, "area", 4) == 0 && value_len(&b->d->groups)) {
            csv_write(b->csv, "group", false);
        }
        at += len + (at[len] == ' ');
    }
    if (b->p->days > 0 && !evaluation_over_time(b->p->analysis)) {
        csv_write(b->csv, "as_of", false);
    }
    csv_end_row(b->csv);
}

// The day of the plan that this tells of is the same in every row.
static void end_row(struct building *b)
{
    if (b->p->days > 0 && !evaluation_over_time(b->p->analysis)) {
        number_cell(b, (double)b->p->as_of);
    }
    csv_end_row(b->csv);
}

static void make_room(struct building *b, size_t rows)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        b->real[i] = arena_array(b->c->arena, double, rows + 1);
        b->missing[i] = arena_array(b->c->arena, uint8_t, rows + 1);
    }
    b->code = arena_array(b->c->arena, const char *, rows + 1);
}

static void put(struct building *b, size_t column, double x)
{
    b->missing[column][b->d->rows] = (uint8_t)(isnan(x) != 0);
    b->real[column][b->d->rows] = isnan(x) ? 0 : x;
}

// A row of the table; the numbers that its method has no use for are NAN.
static void row_is(
    struct building *b, const struct value *row, double x, double y, double z, double u)
{
    put(b, 0, x);
    put(b, 1, y);
    put(b, 2, z);
    put(b, 3, u);
    b->code[b->d->rows++] = value_get_text(row, "code", "");
}

static void add_column(struct building *b, struct ph_column column)
{
    if (b->d->n_columns < MAX_COLUMNS) {
        b->d->columns[b->d->n_columns++] = column;
    }
}

static void add_real(struct building *b, const char *name, size_t column)
{
    if (name) {
        add_column(b, (struct ph_column){ .name = name,
                          .kind = PH_REAL,
                          .real = b->real[column],
                          .missing = b->missing[column] });
    }
}

// Two columns of numbers and the units, then up to two more numbers and the day.
static void columns_are(struct building *b, const char *first, const char *second,
    const char *third, const char *fourth)
{
    add_real(b, first, 0);
    add_real(b, second, 1);
    add_column(b, evaluation_units_column(b->c->arena, b->code, b->d->rows));
    add_real(b, third, 2);
    add_real(b, fourth, 3);
    if (b->p->days > 0 && !evaluation_over_time(b->p->analysis)) {
        double *day = arena_array(b->c->arena, double, b->d->rows + 1);
        for (size_t i = 0; i < b->d->rows; i++) {
            day[i] = (double)b->p->as_of;
        }
        add_column(b, (struct ph_column){ .name = "as_of", .kind = PH_REAL, .real = day });
    }
}

static int64_t is_comparison(const struct value *row)
{
    return value_get_int(row, "is_comparison", 0);
}

// ---- tables
// --------------------------------------------------------------------------------------

static void start_row(struct building *b, const struct value *row)
{
    text_cell(b, value_get_text(row, "code", ""), true);
    text_cell(b, evaluation_area_of(&b->d->cells, row), false);
    if (value_len(&b->d->groups)) {
        text_cell(b, evaluation_group_of(&b->d->groups, row), false);
    }
}

static void period_row(
    struct building *b, const struct value *row, int after, const char *n, const char *mean)
{
    int64_t readings = value_get_int(row, n, 0);
    if (!readings) {
        return;
    }
    double x = value_get_num(row, mean, NAN);
    start_row(b, row);
    number_cell(b, after);
    number_cell(b, (double)readings);
    number_cell(b, x);
    end_row(b);
    row_is(b, row, x, after, NAN, NAN);
}

static void before_after(struct building *b, const struct value *units)
{
    make_room(b, 2 * value_len(units));
    heading(b, "unit area after readings value");
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        if (!is_comparison(row)) {
            period_row(b, row, 0, "before_n", "before_num");
            period_row(b, row, 1, "after_n", "after_num");
        }
    }
    columns_are(b, "value", "after", NULL, NULL);
    b->d->method = METHOD_BEFORE_AFTER;
    b->d->command = "before-after --data {file} --outcome value --period after --unit unit";
}

static void two_groups(struct building *b, const struct value *units)
{
    size_t both[2] = { 0, 0 };
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        both[is_comparison(row) != 0] +=
            value_get_int(row, "before_n", 0) > 0 && value_get_int(row, "after_n", 0) > 0;
    }
    bool changes = both[0] >= 2 && both[1] >= 2;
    if (b->p->analysis != ANALYSIS_NONE) {
        changes = b->p->analysis == ANALYSIS_CHANGES;
    }
    make_room(b, value_len(units));
    heading(b, "unit area tried readings_before before readings_after after change");
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        double before = value_get_num(row, "before_num", NAN),
               after = value_get_num(row, "after_num", NAN), change = after - before;
        double tried = is_comparison(row) ? 0 : 1;
        start_row(b, row);
        number_cell(b, tried);
        number_cell(b, (double)value_get_int(row, "before_n", 0));
        number_cell(b, before);
        number_cell(b, (double)value_get_int(row, "after_n", 0));
        number_cell(b, after);
        number_cell(b, change);
        end_row(b);
        row_is(b, row, changes ? change : after, tried, after, NAN);
    }
    columns_are(b, changes ? "change" : "after", "tried", changes ? "after" : NULL, NULL);
    b->d->method = changes ? METHOD_CHANGES : METHOD_AFTER;
    b->d->command = arena_fmt(b->c->arena,
        "welch --data {file} --outcome %s --treat tried --design %s", changes ? "change" : "after",
        b->p->design == PH_DESIGN_RANDOMISED ? "randomised" : "comparison");
}

// At a look before the end each unit counts once, with its first reading, in the order in which
// they were read: rows that come again, finer each time, have no interval that holds at every look.
static enum err firsts(struct building *b)
{
    struct value rows;
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.firsts", window(b), &rows));
    make_room(b, value_len(&rows));
    heading(b, "unit area tried after");
    for (size_t i = 0; i < value_len(&rows) && i < EVALUATION_MAX_ROWS; i++) {
        const struct value *row = value_at(&rows, i);
        double after = value_get_num(row, "value_num", NAN), tried = is_comparison(row) ? 0 : 1;
        start_row(b, row);
        number_cell(b, tried);
        number_cell(b, after);
        end_row(b);
        row_is(b, row, after, tried, NAN, NAN);
    }
    columns_are(b, "after", "tried", NULL, NULL);
    b->d->method = METHOD_AFTER;
    b->d->command =
        arena_fmt(b->c->arena, "welch --data {file} --outcome after --treat tried --design %s",
            b->p->design == PH_DESIGN_RANDOMISED ? "randomised" : "comparison");
    return OK;
}

// Yes or no, with it against without it, while it ran.
static void shares(struct building *b, const struct value *units)
{
    make_room(b, value_len(units));
    heading(b, "unit area tried yes trials");
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        double trials = (double)value_get_int(row, "after_n", 0),
               yes = value_get_num(row, "after_sum_num", 0), tried = is_comparison(row) ? 0 : 1;
        if (trials > 0) {
            start_row(b, row);
            number_cell(b, tried);
            number_cell(b, yes);
            number_cell(b, trials);
            end_row(b);
            row_is(b, row, yes, tried, trials, NAN);
        }
    }
    columns_are(b, "yes", "tried", "trials", NULL);
    b->d->method = METHOD_SHARES;
    b->d->command =
        "proportions --data {file} --outcome yes --treat tried --trials trials --cluster unit";
}

// Places over time: the first period of the pilot is 1, those before are 0, -1 and so on.
static enum err panel(struct building *b)
{
    struct value rows;
    struct arg args[5];
    memcpy(args, window(b), 3 * sizeof(*args));
    args[3] = (struct arg)ARG("step_n", value_int(b->p->step_days * CLOCK_DAY));
    args[4] = (struct arg){ 0 };
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.panel", args, &rows));
    if (value_len(&rows) > EVALUATION_MAX_ROWS) {
        return too_many(b->c, "There are more than {n} places and periods. Choose longer periods.");
    }
    make_room(b, value_len(&rows));
    heading(b, "unit area readings time treat first_treated value");
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        double time = (double)value_get_int(row, "period_n", 0),
               x = value_get_num(row, "mean_num", NAN), tried = is_comparison(row) ? 0 : 1,
               treat = tried > 0 && time >= 1;
        start_row(b, row);
        number_cell(b, (double)value_get_int(row, "n", 0));
        number_cell(b, time);
        number_cell(b, treat);
        number_cell(b, tried);
        number_cell(b, x);
        end_row(b);
        row_is(b, row, x, time, treat, tried);
    }
    columns_are(b, "value", "time", "treat", "first_treated");
    b->d->method = METHOD_PANEL;
    b->d->command =
        b->p->analysis == ANALYSIS_SYNTH
            ? "synth --data {file} --outcome value --unit unit --time time --treat treat"
        : b->p->analysis == ANALYSIS_SDID
            ? "sdid --data {file} --outcome value --unit unit --time time --treat treat"
            : "attgt --data {file} --outcome value --unit unit --time time "
              "--first-treated first_treated";
    return OK;
}

// Units with the thing tried that were read while it ran.
static size_t units_after(const struct value *units)
{
    size_t n = 0;
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        n += !is_comparison(row) && value_get_int(row, "after_n", 0) > 0;
    }
    return n;
}

static void share(struct building *b, const struct value *units)
{
    make_room(b, value_len(units));
    heading(b, "unit area yes trials");
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        double trials = (double)value_get_int(row, "after_n", 0),
               yes = value_get_num(row, "after_sum_num", 0);
        if (!is_comparison(row) && trials > 0) {
            start_row(b, row);
            number_cell(b, yes);
            number_cell(b, trials);
            end_row(b);
            row_is(b, row, yes, trials, NAN, NAN);
        }
    }
    columns_are(b, "yes", "trials", NULL, NULL);
    b->d->method = METHOD_SHARE;
    b->d->one_unit = b->d->rows == 1;
    char floor[NUMBER_TEXT_SIZE];
    number_text(isnan(b->p->target) ? 0.5 : b->p->target, floor);
    b->d->command = arena_fmt(b->c->arena,
        "feasibility --data {file} --outcome yes --trials trials%s --floor %s --direction %s",
        b->d->one_unit ? "" : " --unit unit", floor,
        b->p->direction == PH_LOWER_IS_BETTER ? "lower" : "higher");
}

static void target(struct building *b, const struct value *units)
{
    make_room(b, value_len(units));
    heading(b, "unit area readings value zero");
    for (size_t i = 0; i < value_len(units); i++) {
        const struct value *row = value_at(units, i);
        int64_t n = value_get_int(row, "after_n", 0);
        if (!is_comparison(row) && n > 0) {
            double x = value_get_num(row, "after_num", NAN);
            start_row(b, row);
            number_cell(b, (double)n);
            number_cell(b, x);
            number_cell(b, 0);
            end_row(b);
            row_is(b, row, x, 0, NAN, NAN);
        }
    }
    columns_are(b, "value", "zero", NULL, NULL);
    b->d->method = METHOD_TARGET;
    b->d->command = "accuracy --data {file} --outcome value --reference zero";
}

// ---- one unit: its readings are the rows
// ---------------------------------------------------------

static enum err readings_of(struct building *b, struct value *ret_rows)
{
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.rows", window(b), ret_rows));
    if (value_len(ret_rows) > EVALUATION_MAX_ROWS) {
        return too_many(b->c,
            "One unit has more than {n} readings in the time of the pilot. Import daily means.");
    }
    return OK;
}

static enum err one_unit(struct building *b, enum evaluation_method method)
{
    struct value rows;
    TRY(readings_of(b, &rows));
    make_room(b, value_len(&rows));
    b->d->method = method;
    b->d->one_unit = true;
    bool periods = method == METHOD_BEFORE_AFTER, pairs = method == METHOD_LIMITS;
    heading(b, periods ? "unit read_at after value"
               : pairs ? "unit read_at reference value"
                       : "unit read_at zero value");
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        int64_t after = value_get_int(row, "after_n", 0);
        double x = value_get_num(row, "value_num", NAN),
               reference = value_get_num(row, "reference_num", NAN),
               y = periods ? (double)after
                   : pairs ? reference
                           : 0;
        if ((!periods && !after) || isnan(y)) {
            continue;
        }
        text_cell(b, value_get_text(row, "code", ""), true);
        text_cell(b, civil_instant(b->c->arena, value_get_int(row, "read_at", 0)), false);
        number_cell(b, y);
        number_cell(b, x);
        end_row(b);
        row_is(b, row, x, y, NAN, NAN);
    }
    columns_are(b, "value", periods ? "after" : pairs ? "reference" : "zero", NULL, NULL);
    b->d->command = periods ? "before-after --data {file} --outcome value --period after"
                    : pairs ? "accuracy --data {file} --outcome value --reference reference"
                            : "accuracy --data {file} --outcome value --reference zero";
    return OK;
}

// ---- with a reference
// ----------------------------------------------------------------------------

static enum err yes_no(struct building *b)
{
    struct value rows;
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.yes_no", window(b), &rows));
    struct value units;
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.agreeing", window(b), &units));
    evaluation_by_group(b->c, &units, GROUP_SHARE, &b->d->groups);
    heading(b, "value reference readings");
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        double x = value_get_num(row, "value_num", 0), y = value_get_num(row, "reference_num", 0),
               n = (double)value_get_int(row, "n", 0);
        b->d->counts[x > 0 ? (y > 0 ? 0 : 1) : (y > 0 ? 2 : 3)] = n;
        csv_write(b->csv, x > 0 ? "1" : "0", true);
        number_cell(b, y);
        number_cell(b, n);
        end_row(b);
    }
    const double *n = b->d->counts;
    b->d->method = METHOD_YES_NO;
    b->d->command =
        arena_fmt(b->c->arena, "accuracy --counts %.0f,%.0f,%.0f,%.0f", n[0], n[1], n[2], n[3]);
    return OK;
}

static enum err limits(struct building *b)
{
    struct value rows;
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.pairs", window(b), &rows));
    if (value_len(&rows) == 1) {
        return one_unit(b, METHOD_LIMITS);
    }
    evaluation_by_group(b->c, &rows, GROUP_DIFFERENCE, &b->d->groups);
    evaluation_by_area(b->c, &rows, GROUP_DIFFERENCE, &b->d->cells);
    make_room(b, value_len(&rows));
    heading(b, "unit area readings value reference");
    for (size_t i = 0; i < value_len(&rows) && i < EVALUATION_MAX_ROWS; i++) {
        const struct value *row = value_at(&rows, i);
        double x = value_get_num(row, "value_num", NAN),
               y = value_get_num(row, "reference_num", NAN);
        start_row(b, row);
        number_cell(b, (double)value_get_int(row, "n", 0));
        number_cell(b, x);
        number_cell(b, y);
        end_row(b);
        row_is(b, row, x, y, NAN, NAN);
    }
    columns_are(b, "value", "reference", NULL, NULL);
    b->d->method = METHOD_LIMITS;
    b->d->command = "accuracy --data {file} --outcome value --reference reference --unit unit";
    return OK;
}

// ---- by area
// -------------------------------------------------------------------------------------

// The mean change (or value) of each area's units, those without the thing tried left aside.
static void by_area(struct building *b, const struct value *units)
{
    evaluation_by_area(
        b->c, units, b->p->kind == PH_PLAN_EFFECT ? GROUP_CHANGE : GROUP_AFTER, &b->d->cells);
    for (size_t i = 0; i < value_len(&b->d->cells); i++) {
        const struct value *cell = value_at(&b->d->cells, i);
        if (!is_comparison(cell)) {
            *value_push(b->c->arena, &b->d->areas) = *cell;
        }
    }
}

// What the table is for, where the sealed plan says it; else as the data allow.
static enum err build_units(struct building *b, const struct value *units)
{
    const struct evaluation_plan *p = b->p;
    enum evaluation_analysis a = p->analysis;
    size_t after = units_after(units);
    bool planned = a != ANALYSIS_NONE;
    if (evaluation_looks_now(p)) {
        return firsts(b);
    }
    if (p->kind == PH_PLAN_EFFECT && a == ANALYSIS_SHARES) {
        shares(b, units);
    } else if (p->kind == PH_PLAN_EFFECT && (planned ? a == ANALYSIS_CHANGES || a == ANALYSIS_AFTER
                                                     : p->design != PH_DESIGN_BEFORE_AFTER)) {
        two_groups(b, units);
    } else if (p->kind == PH_PLAN_EFFECT && (planned ? a == ANALYSIS_ONE_PLACE : after == 1)) {
        return one_unit(b, METHOD_BEFORE_AFTER);
    } else if (p->kind == PH_PLAN_EFFECT) {
        before_after(b, units);
    } else if (planned || b->all_yes_no) {
        share(b, units);
    } else if (after == 1) {
        return one_unit(b, METHOD_TARGET);
    } else {
        target(b, units);
    }
    return OK;
}

static enum err build(struct building *b)
{
    const struct evaluation_plan *p = b->p;
    if (p->kind == PH_PLAN_ACCURACY) {
        return b->all_yes_no && p->analysis == ANALYSIS_NONE ? yes_no(b) : limits(b);
    }
    struct value units;
    TRY(db_rows(b->c->db, b->c->arena, "evaluation.units", window(b), &units));
    if (value_len(&units) > EVALUATION_MAX_ROWS) {
        return too_many(b->c, "The measure has more than {n} units. Import means of larger ones.");
    }
    by_area(b, &units);
    evaluation_by_group(
        b->c, &units, p->kind == PH_PLAN_EFFECT ? GROUP_CHANGE : GROUP_AFTER, &b->d->groups);
    return evaluation_over_time(p->analysis) ? panel(b) : build_units(b, &units);
}

enum evaluation_analysis evaluation_analysis_of(const struct evaluation_data *d)
{
    switch (d->method) {
    case METHOD_BEFORE_AFTER:
        return d->one_unit ? ANALYSIS_ONE_PLACE : ANALYSIS_UNITS;
    case METHOD_CHANGES:
        return ANALYSIS_CHANGES;
    case METHOD_AFTER:
        return ANALYSIS_AFTER;
    case METHOD_SHARE:
        return d->one_unit ? ANALYSIS_SHARE_ONE : ANALYSIS_SHARE;
    case METHOD_LIMITS:
        return d->one_unit ? ANALYSIS_LIMITS_ONE : ANALYSIS_LIMITS;
    default:
        return ANALYSIS_NONE;
    }
}

enum err evaluation_read_data(
    struct ctx *c, const struct evaluation_plan *p, struct evaluation_data *ret_data)
{
    struct evaluation_data d = {
        .areas = value_list(c->arena), .groups = value_list(c->arena), .cells = value_list(c->arena)
    };
    AUTO_BUF(csv, MAX_CSV);
    struct building b = { .c = c, .p = p, .d = &d, .csv = &csv };
    struct value extent;
    TRY(db_row(c->db, c->arena, "evaluation.extent", window(&b), &extent));
    d.readings = value_get_int(&extent, "n", 0);
    d.late = value_get_int(&extent, "late_n", 0);
    d.first_at = value_get_int(&extent, "first_at", 0);
    d.last_at = value_get_int(&extent, "last_at", 0);
    b.all_yes_no = value_get_int(&extent, "not_yes_no_n", 0) == 0 &&
                   value_get_int(&extent, "reference_not_yes_no_n", 0) == 0;
    TRY(build(&b));
    if (!buf_ok(&csv)) {
        return fail(c->arena, ERR_TOO_LARGE, "The data are too many to be kept with the result.");
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)buf_text(&csv), csv.len);
    d.csv = arena_strndup(c->arena, buf_text(&csv), csv.len);
    d.hash = str_hex(c->arena, hash, sizeof(hash));
    *ret_data = d;
    return OK;
}
