// SPDX-License-Identifier: Apache-2.0
#include "columns.h"

#include "parse.h"
#include "str.h"

#include <stdlib.h>

static const char *const names[N_COLUMNS] = { "time", "unit", "value", "reference", "side",
    "group" };

// What headings are called, the surest first.
static const char *const words[N_COLUMNS] = {
    "time timestamp datetime date_time read_at collected_at measured_at recorded_at observed_at "
    "created_at date day when collected recorded fecha hora",
    "unit unit_code code serial serial_number device_id sensor_id device sensor bin bin_id site_id "
    "site station station_id asset asset_id route route_id id name unidad",
    "value reading measurement measured result count amount level number valor",
    "reference reference_value trusted truth true_value manual ground_truth ref",
    "side arm treatment lado",
    "group age_band income_band grupo",
};

// Where nobody is told apart, a group is a side.
static const char side_words[] = "group side arm treatment lado";

const char *column_name(enum column which)
{
    return names[which];
}

// "Collected At " as "collected_at".
static const char *plain(struct arena *a, const struct csv_cell *cell)
{
    char *text = str_lower(a, str_trim(a, cell->text));
    for (char *p = text; *p; p++) {
        *p = *p == ' ' || *p == '-' || *p == '.' ? '_' : *p;
    }
    return text;
}

static bool is_taken(const struct columns *to, int column)
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (to->at[i] == column) {
            return true;
        }
    }
    return false;
}

static enum err by_option(struct ctx *c, const char *wanted, const char *const *heads, size_t n,
    enum column which, struct columns *to)
{
    int64_t number;
    for (size_t i = 0; i < n; i++) {
        if (str_eq(heads[i], plain(c->arena, &(struct csv_cell){ wanted, strlen(wanted) }))) {
            to->at[which] = (int)i;
            return OK;
        }
    }
    if (str_i64(wanted, &number) && number >= 1 && number <= (int64_t)n) {
        to->at[which] = (int)number - 1;
        return OK;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "name", value_text(wanted));
    return fail(
        c->arena, ERR_INVALID, "%s", ctx_text(c, "The file has no column “{name}”.", &args));
}

static void by_words(
    const char *const *heads, size_t n, enum column which, bool has_groups, struct columns *to)
{
    const char *first = which == COLUMN_SIDE && !has_groups    ? side_words
                        : which == COLUMN_GROUP && !has_groups ? ""
                                                               : words[which];
    for (const char *at = first; *at && to->at[which] < 0;) {
        size_t len = strcspn(at, " ");
        for (size_t i = 0; i < n && to->at[which] < 0; i++) {
            if (strlen(heads[i]) == len && memcmp(heads[i], at, len) == 0 &&
                !is_taken(to, (int)i)) {
                to->at[which] = (int)i;
            }
        }
        at += len + (at[len] == ' ');
    }
}

static void by_content(const struct csv_cell *first, size_t n, struct columns *to)
{
    double x;
    for (size_t i = 0; i < n && to->at[COLUMN_VALUE] < 0; i++) {
        if (!is_taken(to, (int)i) && parse_decimal(first[i].text, first[i].len, &x)) {
            to->at[COLUMN_VALUE] = (int)i;
        }
    }
}

static enum err missing(struct ctx *c, const char *const *heads, size_t n, const char *what)
{
    AUTO_BUF(list, 2000);
    for (size_t i = 0; i < n && i < 12; i++) {
        buf_fmt(&list, "%s%s", i ? ", " : "", heads[i]);
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "what", value_text(what));
    value_set(c->arena, &args, "there", value_text(arena_strdup(c->arena, buf_text(&list))));
    return fail(c->arena, ERR_INVALID, "%s",
        ctx_text(c,
            "Line 1 must name the columns. Which one is the {what} can't be told; there are: "
            "{there}.",
            &args));
}

enum err columns_find(struct ctx *c, const struct import_options *options, bool has_groups,
    const struct csv_cell *heads, size_t n, const struct csv_cell *first, size_t n_first,
    struct columns *ret_columns)
{
    const char *const wanted[N_COLUMNS] = { options->time, options->unit, options->value,
        options->reference, options->side, options->group };
    const char **list = arena_array(c->arena, const char *, n);
    struct columns to = { .at = { -1, -1, -1, -1, -1, -1 } };
    for (size_t i = 0; i < n; i++) {
        list[i] = plain(c->arena, &heads[i]);
    }
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (!str_empty(wanted[i]) && !str_eq(wanted[i], "-")) {
            TRY(by_option(c, wanted[i], list, n, (enum column)i, &to));
        }
    }
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (to.at[i] < 0 && !str_eq(wanted[i], "-")) {
            by_words(list, n, (enum column)i, has_groups, &to);
        }
    }
    by_content(first, n_first < n ? n_first : n, &to);
    if (to.at[COLUMN_TIME] < 0 || to.at[COLUMN_VALUE] < 0) {
        return missing(c, list, n, to.at[COLUMN_TIME] < 0 ? "time" : "value");
    }
    for (size_t i = 0; i < N_COLUMNS; i++) {
        to.most = to.at[i] > to.most ? to.at[i] : to.most;
    }
    *ret_columns = to;
    return OK;
}

const char *columns_text(struct arena *a, const struct columns *columns)
{
    AUTO_BUF(out, 0);
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (columns->at[i] >= 0) {
            buf_fmt(&out, "%s%s=%d", out.len ? " " : "", names[i], columns->at[i] + 1);
        }
    }
    return arena_strdup(a, buf_text(&out));
}
