// SPDX-License-Identifier: Apache-2.0
// What the engine's files share with each other and with nobody else. Functions begin with ev_:
// hidden names of a static library still meet those of whatever links it.
#pragma once

#include <math.h>
#include <string.h>

#include "pilothouse/evidence.h"

#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum { MESSAGE_MAX = 320, ROWS_MAX = 1 << 28, SMALL_SAMPLE = 10, FEW_CLUSTERS = 10 };

struct ph_context {
    struct ph_allocator allocator;
    uint64_t seed;
    uint32_t threads;
    ph_message_fn *message;
    void *message_user;
    ph_cancel_fn *cancelled;
    void *cancel_user;
    char last[MESSAGE_MAX];
};

// ---- context.c ----

// Remembers the words, hands them to the sink, returns STATUS.
enum ph_status ev_complain(struct ph_context *c, enum ph_status status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
// Every public call begins here: clears the last message, checks the pointers and the version.
enum ph_status ev_begin(
    struct ph_context *c, const void *options, uint32_t version, const void *result);
bool ev_cancelled(struct ph_context *c);
// Zeroed memory for COUNT things; NULL (after complain) when there is none.
void *ev_take(struct ph_context *c, size_t count, size_t size);
// The same, holding anything: for what is filled at once.
void *ev_take_raw(struct ph_context *c, size_t count, size_t size);
void ev_give_back(struct ph_context *c, void *block);
// A header with every number NAN and every count 0.
struct ph_result ev_result_blank(double level, const char *convention);
enum ph_status ev_check_level(struct ph_context *c, double level);
// Sets the warnings that follow from what was left out.
void ev_warn_dropped(struct ph_result *r);
enum ph_grade ev_grade_of(enum ph_design design);

// ---- frame.c ----

// Reads of cells, checked once by ev_column_check() for kind and finiteness.
enum ph_status ev_column_check(struct ph_context *c, const struct ph_frame *f, int32_t column,
    enum ph_column_kind kind, const char *role);
// The same without a look at the cells.
enum ph_status ev_column_check_kind(struct ph_context *c, const struct ph_frame *f, int32_t column,
    enum ph_column_kind kind, const char *role);
// As ev_column_check() for a real column whose cells are 0 or 1.
enum ph_status ev_column_check_01(
    struct ph_context *c, const struct ph_frame *f, int32_t column, const char *role);
// The column's name, or "column 3", in BUF.
const char *ev_column_name(const struct ph_frame *f, int32_t column, char *buf, size_t size);
// What messages call a row.
size_t ev_row(const struct ph_frame *f, size_t row);
bool ev_cell_missing(const struct ph_frame *f, int32_t column, size_t row);
double ev_cell(const struct ph_frame *f, int32_t column, size_t row);
int32_t ev_cell_key(const struct ph_frame *f, int32_t column, size_t row);

// One row of what is analysed. Its weight is 1, or the trials that its value counts successes of.
struct keyed {
    int32_t key;
    uint8_t group; // 0 or 1
    size_t row;
    double value;
    double weight;
};

// The rows of one key in one group.
struct cluster {
    int32_t key;
    uint8_t group;
    size_t rows;
    size_t first_row;
    double total;
    double weight;
};

// ---- gather.c ----

// Columns by role; PH_NONE where a method has no use for one.
struct roles {
    int32_t outcome;
    int32_t group;
    int32_t key;
    int32_t trials;
    const char *group_word; // "treatment", for messages
    const char *key_word;
    bool yes_no; // without trials, the outcome must be 0 or 1
};

// Checks the columns and copies the complete rows into fresh memory (give it back). Sets R's counts
// of rows used and left out. No complete row at all is PH_DATA.
enum ph_status ev_gather_rows(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct ph_result *r, struct keyed **ret_rows);
// Sorts ROWS by (key, group, row) into fresh clusters (give them back), one for each (key, group).
enum ph_status ev_gather_clusters(struct ph_context *c, struct keyed *rows, size_t n,
    struct cluster **ret_clusters, size_t *ret_count);
// Two groups to be compared: group 0's values, then group 1's, one a row or one a cluster (its
// mean).
struct two_groups {
    double *values; // give back
    size_t count[2];
    size_t rows[2];
    bool uneven;   // clusters differ over fourfold in rows
    bool repeated; // some cluster has several rows
};
// APART: a cluster in both groups is PH_DATA. With clusters ROWS is sorted.
enum ph_status ev_gather_groups(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, size_t n, bool apart,
    struct two_groups *ret_groups);

// ---- moments.c ----

struct moments {
    size_t n;
    double mean;
    double var;  // divisor n - 1; exactly 0 when all values agree to rounding; NAN for n < 2
    double size; // largest absolute value
    bool skewed; // leans to one side by more than chance makes likely
};
// Two passes with compensated sums.
struct moments ev_moments_of(const double *values, size_t n);
// Sets the variance to 0 where it is within the rounding of numbers of size SCALE.
void ev_moments_settle(struct moments *m, double scale);
double ev_sum_of(const double *values, size_t n);
// The t (or normal, for infinite df) interval and two-sided p into R from its estimate, se and df.
void ev_interval_t(struct ph_result *r);
// Welch's difference b - a into R: estimate, se, df, interval, p and warnings.
void ev_welch_into(struct ph_result *r, const struct moments *a, const struct moments *b);
// PH_DATA when a number of R that must be finite is not: the inputs overflowed.
enum ph_status ev_check_finite(struct ph_context *c, const struct ph_result *r);

// ---- welch.c ----

// Welch on gathered rows: OUT's header has its counts already.
enum ph_status ev_two_group_welch(struct ph_context *c, const struct ph_frame *f,
    const struct roles *roles, struct keyed *rows, enum ph_design design,
    struct ph_welch_result *out);
void ev_grade_groups(struct ph_result *r, enum ph_design design);

// ---- dist.c ----

struct tails {
    double p; // below
    double q; // above
};
// Y = 1 - X, given apart so that neither end loses digits.
struct tails ev_beta_tails(double x, double y, double a, double b);
// ln(x / (1 - x)) of the quantile with P below and Q = 1 - P above.
double ev_beta_quantile_logit(double p, double q, double a, double b);
struct tails ev_normal_tails(double x);
// Stirling's error: ln gamma(z + 1) - ((z + 1/2) ln z - z + ln(2 pi) / 2), z > 0.
double ev_stirling_error(double z);

// ---- nct.c ----

struct tails ev_nct_tails(double t, double df, double ncp);

// ---- number.c ----

// A number and nothing else, in any locale. False for hexadecimal, infinities, words, overflow.
bool ev_number(const char *text, size_t len, double *ret_value);

// ---- solve.c ----

typedef double solve_fn(void *context, double x);
// A zero of an increasing function between LO and HI, found to the last digits. NAN when F has one
// sign over the whole range.
double ev_solve_increasing(solve_fn *f, void *context, double lo, double hi);
