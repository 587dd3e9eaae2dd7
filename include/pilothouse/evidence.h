// SPDX-License-Identifier: Apache-2.0
// Pilothouse's evidence engine: statistics for city pilots, from the plan's power to its verdict.
//
// The engine stands alone: it knows files, databases and networks only through its command-line
// module, keeps no globals, never exits, and prints nothing by itself. Every method takes a
// context, a borrowed frame, an options struct and a result that the caller owns; results are plain
// data, and those with arrays name the function that gives them back. A number that does not exist
// (no interval, no p-value) is NAN and a warning says why; a number is never made up. Rows and
// columns are counted from 1 in words, from 0 in structs. docs/evidence has a page for each
// method: its question, assumptions, formula and pitfalls.
#pragma once

#include <math.h> // NAN and INFINITY, which stand in options and results
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PH_API     __attribute__((visibility("default")))
#define PH_CHECKED __attribute__((warn_unused_result)) PH_API
#else
#define PH_API
#define PH_CHECKED PH_API
#endif

// ---- Status ------------------------------------------------------------------------------------

enum ph_status {
    PH_OK = 0,
    PH_INVALID,     // an option or argument is out of its range
    PH_DATA,        // the data cannot answer: the message names the row, column or group
    PH_TOO_LARGE,   // a stated bound was reached
    PH_NO_MEMORY,   // the allocator gave nothing
    PH_UNSUPPORTED, // an options version, or a combination, that this build does not know
    PH_NO_SOLUTION, // no value in the searched range answers, as in a power that no size reaches
    PH_CANCELLED,   // the context's cancel function said so
};

// A stable lower-case name: "no-memory".
PH_API const char *ph_status_name(enum ph_status status);

// ---- Context -----------------------------------------------------------------------------------

// Carries what every call needs and nothing about the data. Not for two threads at once; any number
// of contexts may run side by side.
struct ph_context;

struct ph_allocator {
    void *(*allocate)(void *user, size_t size); // NULL: malloc
    void (*release)(void *user, void *block);   // NULL: free; never called with a NULL block
    void *user;
};

// Called with each message as it arises; TEXT is valid during the call.
typedef void ph_message_fn(void *user, enum ph_status status, const char *text);
typedef bool ph_cancel_fn(void *user);

struct ph_context_options {
    uint32_t version; // PH_VERSION
    struct ph_allocator allocator;
    uint64_t seed;    // for methods that draw; what was asked before doesn't change the draws
    uint32_t threads; // cap on threads, 0 = 1
    ph_message_fn *message;
    void *message_user;
    ph_cancel_fn *cancelled; // asked now and then by long methods
    void *cancel_user;
};

enum { PH_VERSION = 1 };

// OPTIONS may be NULL. Returns NULL when memory or the options' version is wrong. Owner: the
// caller.
PH_API struct ph_context *ph_context_new(const struct ph_context_options *options);
PH_API void ph_context_free(struct ph_context *context);
// Why the last call on this context did not return PH_OK, in words; "" if it did.
PH_API const char *ph_context_message(const struct ph_context *context);

// ---- Frame -------------------------------------------------------------------------------------

enum ph_column_kind { PH_REAL, PH_KEY };

// One column of a frame, borrowed for the length of a call. Options name columns by their place in
// it, from 0; formulas and plans by name and kind, so that numbers which are keys, too, as years,
// stand there twice by one name. Real cells that are not masked must be finite: a NaN or infinity
// there is PH_DATA with its row, not a missing value.
struct ph_column {
    const char *name; // for formulas, plans and messages; NULL: messages use its number
    enum ph_column_kind kind;
    const double *real;       // when PH_REAL
    const int32_t *key;       // when PH_KEY; equal numbers are the same unit, group or period
    const uint8_t *missing;   // one byte a row, nonzero = missing; NULL: none is
    const char *const *label; // NULL, or what key k is called, for 0 <= k < labels
    size_t labels;
};

struct ph_frame {
    size_t rows;
    size_t columns;
    const struct ph_column *column;
    const size_t
        *row_number; // what messages call each row, as its row in a file; NULL: 1, 2, 3 ...
};

enum { PH_NONE = -1 }; // "no such column" in options

// ---- Results -----------------------------------------------------------------------------------

struct ph_interval {
    double lo;
    double hi;
};

// How strong the claim may be. PH_GRADE_NONE: no claim about cause is made (feasibility, accuracy).
enum ph_grade { PH_GRADE_NONE, PH_GRADE_A, PH_GRADE_B, PH_GRADE_C, PH_GRADE_D };

enum ph_design {
    PH_DESIGN_UNSTATED, // graded as D
    PH_DESIGN_RANDOMISED,
    PH_DESIGN_COMPARISON,
    PH_DESIGN_SERIES,
    PH_DESIGN_BEFORE_AFTER,
};

// Why rows, or units, were left out.
enum ph_drop {
    PH_DROP_OUTCOME,        // outcome missing
    PH_DROP_GROUP,          // treatment, period or reference missing
    PH_DROP_UNIT,           // unit or cluster missing
    PH_DROP_UNPAIRED,       // rows of units that were not measured in both periods
    PH_DROP_COVARIATE,      // a covariate, or another term of a formula, missing
    PH_DROP_WEIGHT,         // weight or offset missing, or weight 0
    PH_DROP_TIME,           // time missing
    PH_DROP_SINGLETON,      // the only row of its unit or group, which a fixed effect swallows
    PH_DROP_ALWAYS_TREATED, // treated before the first period
    PH_DROP_UNBALANCED,     // rows of units that were not measured in every period
    PH_DROP_REASONS,
};

// Bits of ph_result.warnings. 0-17: here; 18-33: regression, randomised and series;
// 34-44: sequences, portfolio, money and ratings; 45-63: panels, one treated place, the sealed
// plan. An area's bits stand in its own header.
#define PH_WARN_SMALL_SAMPLE     (UINT64_C(1) << 0)
#define PH_WARN_FEW_CLUSTERS     (UINT64_C(1) << 1)
#define PH_WARN_NO_VARIATION     (UINT64_C(1) << 2)
#define PH_WARN_DROPPED          (UINT64_C(1) << 3)
#define PH_WARN_MANY_DROPPED     (UINT64_C(1) << 4)
#define PH_WARN_ZERO_CELL        (UINT64_C(1) << 5)
#define PH_WARN_UNEQUAL_CLUSTERS (UINT64_C(1) << 6)
#define PH_WARN_AGGREGATED       (UINT64_C(1) << 7)
#define PH_WARN_UNPAIRED         (UINT64_C(1) << 8)
#define PH_WARN_DESIGN_UNSTATED  (UINT64_C(1) << 9)
#define PH_WARN_BIAS_BY_SIZE     (UINT64_C(1) << 10)
#define PH_WARN_UNDEFINED        (UINT64_C(1) << 11)
#define PH_WARN_BEFORE_AFTER     (UINT64_C(1) << 12)
#define PH_WARN_UNEQUAL_GROUPS   (UINT64_C(1) << 13)
#define PH_WARN_COMPARISON       (UINT64_C(1) << 14)
#define PH_WARN_EARLY_FIXED      (UINT64_C(1) << 15)
#define PH_WARN_LEVEL            (UINT64_C(1) << 16)
#define PH_WARN_SKEWED           (UINT64_C(1) << 17)

// 34-44: sequences, portfolio, money and ratings.
#define PH_WARN_TOO_EARLY    (UINT64_C(1) << 34)
#define PH_WARN_ASYMPTOTIC   (UINT64_C(1) << 35)
#define PH_WARN_BOUNDARY     (UINT64_C(1) << 36)
#define PH_WARN_DISCONNECTED (UINT64_C(1) << 37)
#define PH_WARN_TIES         (UINT64_C(1) << 38)
#define PH_WARN_UNBOUNDED    (UINT64_C(1) << 39)
#define PH_WARN_FEW_PILOTS   (UINT64_C(1) << 40)

// Takes the lowest bit off *WARNINGS and returns it; 0 when none is left.
PH_API uint64_t ph_warning_next(uint64_t *warnings);
PH_API const char *ph_warning_id(uint64_t warning);    // "few-clusters"
PH_API const char *ph_warning_words(uint64_t warning); // plain English, one sentence

// What all methods share. Strings are static.
struct ph_result {
    double estimate;
    double se;
    double df; // degrees of freedom; INFINITY where the normal is used
    struct ph_interval interval;
    double level;     // of every interval in this result
    double p;         // two-sided against no effect unless the method says otherwise
    double log_e;     // ln of an e-value, for methods that have one
    double mc_error;  // standard error of simulation, for methods that simulate
    size_t n;         // rows used
    size_t n_dropped; // rows left out, by reason below
    size_t dropped[PH_DROP_REASONS];
    size_t clusters; // clusters or units analysed, 0 where rows are
    enum ph_grade grade;
    bool anytime;           // the interval may be looked at as often as one likes
    const char *convention; // which formula, as "welch.t.satterthwaite"
    uint64_t warnings;
};

PH_API const char *ph_grade_name(enum ph_grade grade); // "A", and "none"
PH_API const char *ph_drop_id(enum ph_drop reason);    // "outcome-missing"

enum ph_direction { PH_HIGHER_IS_BETTER = 0, PH_LOWER_IS_BETTER = 1 };

// ---- Distributions -----------------------------------------------------------------------------
// Relative error below 1e-12 over the ranges in tests/unit/test_evidence_dist.c. Arguments out of
// the domain give NAN. _sf is the upper tail, computed as such.

PH_API double ph_normal_cdf(double x);
PH_API double ph_normal_sf(double x);
PH_API double ph_normal_quantile(double p);
PH_API double ph_t_cdf(double t, double df); // df > 0, may be INFINITY
PH_API double ph_t_sf(double t, double df);
PH_API double ph_t_quantile(double p, double df);
PH_API double ph_beta_cdf(double x, double a, double b); // the regularised incomplete beta
PH_API double ph_beta_sf(double x, double a, double b);
PH_API double ph_beta_quantile(double p, double a, double b);
PH_API double ph_f_cdf(double f, double df1, double df2);
PH_API double ph_f_sf(double f, double df1, double df2);
PH_API double ph_binomial_cdf(double k, double n, double p); // P(X <= k)
PH_API double ph_binomial_sf(double k, double n, double p);  // P(X > k)
// Noncentral t: absolute error 1e-14, relative 1e-12 for tails above 1e-20; |ncp| <= 1000.
PH_API double ph_nct_cdf(double t, double df, double ncp);
PH_API double ph_nct_sf(double t, double df, double ncp);
PH_API double ph_nct_quantile(double p, double df, double ncp);

// ---- The areas ---------------------------------------------------------------------------------

#include "pilothouse/evidence/agreement.h"
#include "pilothouse/evidence/groups.h"
#include "pilothouse/evidence/money.h"
#include "pilothouse/evidence/portfolio.h"
#include "pilothouse/evidence/power.h"
#include "pilothouse/evidence/rates.h"
#include "pilothouse/evidence/ratings.h"
#include "pilothouse/evidence/sequence.h"
#include "pilothouse/evidence/panel.h"
#include "pilothouse/evidence/staggered.h"
#include "pilothouse/evidence/synthetic.h"
#include "pilothouse/evidence/regression.h"
#include "pilothouse/evidence/randomised.h"
#include "pilothouse/evidence/did.h"
#include "pilothouse/evidence/series.h"
#include "pilothouse/evidence/verdict.h"
#include "pilothouse/evidence/plan.h"
#include "pilothouse/evidence/picture.h"

// ---- Command line ------------------------------------------------------------------------------

// argv[0] is the method; --help lists them. Writes one line of canonical JSON to OUT (a table for
// people with --table), or words to ERR. Returns 0, 1 (the data or the method says no) or 2
// (usage).
PH_API int ph_cli_main(int argc, char **argv, FILE *out, FILE *err);

#ifdef __cplusplus
}
#endif
