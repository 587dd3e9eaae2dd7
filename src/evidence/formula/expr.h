// SPDX-License-Identifier: Apache-2.0
// Expressions over a frame's columns: log(y), I(first_treat > 0 & year >= first_treat),
// (year - 1969) * 12 + month. Numbers, names (in `backquotes` when they hold other signs than
// letters, digits, _ and .), + - * / ^ %, comparisons and & | ! that give 0 or 1, and functions.
#pragma once

#include "pilothouse/evidence.h"

enum { EV_EXPR_TEXT_MAX = 4096, EV_EXPR_DEPTH_MAX = 40, EV_EXPR_NAMES_MAX = 64 };

enum ev_op {
    EV_OP_NUMBER,
    EV_OP_COLUMN,
    EV_OP_NEGATE,
    EV_OP_NOT,
    EV_OP_ADD,
    EV_OP_SUBTRACT,
    EV_OP_MULTIPLY,
    EV_OP_DIVIDE,
    EV_OP_POWER,
    EV_OP_MODULO,
    EV_OP_LESS,
    EV_OP_LESS_EQUAL,
    EV_OP_MORE,
    EV_OP_MORE_EQUAL,
    EV_OP_EQUAL,
    EV_OP_UNEQUAL,
    EV_OP_AND,
    EV_OP_OR,
    EV_OP_LOG,
    EV_OP_EXP,
    EV_OP_SQRT,
    EV_OP_ABS,
    EV_OP_SIN,
    EV_OP_COS,
    EV_OP_FLOOR,
    EV_OP_MIN,
    EV_OP_MAX,
};

struct ev_step {
    enum ev_op op;
    double number;
    int32_t name; // EV_OP_COLUMN: which of the names; after binding, the column
};

// In reverse Polish order; at most EV_EXPR_DEPTH_MAX values are on the stack.
struct ev_expr {
    size_t n;
    struct ev_step *step;
    size_t n_names;
    char **name;
};

// Reads an expression from *AT up to END, leaving *AT behind it; give it back with release, also
// after an error.
PH_CHECKED enum ph_status ev_expr_parse(
    struct ph_context *c, const char **at, const char *end, struct ev_expr *ret_expr);
void ev_expr_release(struct ph_context *c, struct ev_expr *e);
// Finds the names among F's real columns: name becomes column. The cells of an expression that is a
// column alone are not looked at: who copies them checks that they are finite.
PH_CHECKED enum ph_status ev_expr_bind(
    struct ph_context *c, struct ev_expr *e, const struct ph_frame *f);
// Whether a cell that a bound expression needs is missing.
bool ev_expr_missing(const struct ev_expr *e, const struct ph_frame *f, size_t row);
// Its value; not finite where the arithmetic says so, as log(0).
double ev_expr_value(const struct ev_expr *e, const struct ph_frame *f, size_t row);
// A word at *AT: letters, digits, _ and ., or anything in backquotes. Freed with ev_give_back();
// NULL without words when there is none or no memory.
char *ev_word(struct ph_context *c, const char **at, const char *end);
void ev_skip_blanks(const char **at, const char *end);
// F's column of that name and kind; PH_NONE.
int32_t ev_column_named(const struct ph_frame *f, const char *name, enum ph_column_kind kind);
