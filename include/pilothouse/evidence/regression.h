// SPDX-License-Identifier: Apache-2.0
// Regression with absorbed fixed effects and standard errors for few clusters. Part of
// pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

#define PH_WARN_COLLINEAR     (UINT64_C(1) << 18)
#define PH_WARN_SINGLETONS    (UINT64_C(1) << 19)
#define PH_WARN_LEVERAGE      (UINT64_C(1) << 20)
#define PH_WARN_VCOV_REPAIRED (UINT64_C(1) << 21)
#define PH_WARN_FEW_DF        (UINT64_C(1) << 22)
#define PH_WARN_NOT_CLUSTERED (UINT64_C(1) << 23)
#define PH_WARN_NO_LIMIT      (UINT64_C(1) << 24)
#define PH_WARN_COARSE        (UINT64_C(1) << 25)

// Which covariance of the coefficients.
enum ph_vcov {
    PH_VCOV_IID,
    PH_VCOV_HC0,
    PH_VCOV_HC1,
    PH_VCOV_HC2,
    PH_VCOV_HC3,
    PH_VCOV_CR0,
    PH_VCOV_CR1,
    PH_VCOV_CR2,
    PH_VCOV_CR3,
    PH_VCOV_NEWEY_WEST,
};

// Which parameters CR1's factor (N-1)/(N-K) counts in K.
enum ph_counted {
    PH_COUNT_UNNESTED, // without fixed effects that lie within the clusters
    PH_COUNT_ALL,
};

// A formula as y ~ post*x + factor(g) | unit + time. Left of ~ stands an expression; right of it,
// joined by +, terms: a column, an expression in a function (log, exp, sqrt, abs, sin, cos, floor,
// min, max, or I() for arithmetic, comparisons, & | !), factor(g) for a column of keys; a:b is a
// product, a*b the product with its parts. Behind | stand columns of keys that are absorbed; - 1
// takes the constant away. Names are those of the frame's columns: factor() and what is absorbed
// look among columns of keys, all else among those of numbers. What is used both ways, as a year
// that is absorbed and compared, stands in the frame twice by one name.
struct ph_formula_column {
    const char *name;
    enum ph_column_kind kind;
};

struct ph_formula_columns {
    size_t n;
    struct ph_formula_column *column;
};

// The columns that FORMULA needs, each once a kind, for those who load them. RET_COLUMNS is given
// back with ph_formula_columns_release().
PH_CHECKED enum ph_status ph_formula_columns(
    struct ph_context *context, const char *formula, struct ph_formula_columns *ret_columns);
PH_API void ph_formula_columns_release(
    struct ph_context *context, struct ph_formula_columns *columns);

struct ph_regression_options {
    uint32_t version;
    const char *formula; // as above
    const char *focus;   // the coefficient that the header tells; NULL: the first
    enum ph_vcov vcov;
    enum ph_counted counted;
    int32_t cluster[2]; // for CR0 to CR3; two for CR0 and CR1 only
    int32_t weights;
    int32_t time;               // Newey-West: the order of rows; PH_NONE: as they stand
    uint32_t lag;               // Newey-West
    bool unadjusted;            // Newey-West without n/(n-k)
    const char *const *jointly; // names of coefficients tested to be 0 together
    size_t n_jointly;
    enum ph_design design;
    double level;
};
#define PH_REGRESSION_OPTIONS                                                                      \
    {                                                                                              \
        .version = PH_VERSION, .vcov = PH_VCOV_HC2, .cluster = { PH_NONE, PH_NONE },               \
        .weights = PH_NONE, .time = PH_NONE, .design = PH_DESIGN_UNSTATED, .level = 0.95           \
    }

struct ph_coefficient {
    const char *name; // as in the formula, "factor(g)south" for a level
    double estimate;
    double se;
    double df;
    double p;
    struct ph_interval interval;
    bool dropped; // collinear with those before it: there is no estimate
};

struct ph_wald {
    double f;
    double df1;
    double df2;
    double p;
};

// The header tells of the coefficient in focus.
struct ph_regression_result {
    struct ph_result head;
    size_t n_coefficients;
    struct ph_coefficient *coefficients;
    double *vcov;         // n_coefficients squared, row by row; NAN where one was dropped
    struct ph_wald joint; // NAN without names to test
    size_t clusters[2];
    size_t k;               // parameters with all fixed effects
    size_t k_counted;       // as counted in the factor
    size_t absorbed_levels; // of all fixed effects
    size_t singletons;
    size_t iterations; // of the demeaning, at most over the columns
    double tolerance;  // of the demeaning
    double sigma;      // residual standard deviation
    double r2;
    double r2_within;        // with the fixed effects taken out; R2 without them
    double durbin_watson;    // of the residuals in the order of the rows, or of TIME
    double autocorrelation1; // lag 1, likewise
};

// RET_RESULT is given back with ph_regression_release().
PH_CHECKED enum ph_status ph_regression(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_regression_options *options, struct ph_regression_result *ret_result);
PH_API void ph_regression_release(struct ph_context *context, struct ph_regression_result *result);
PH_API const char *ph_vcov_name(enum ph_vcov vcov); // "CR2"

// ---- Few clusters: the wild cluster restricted bootstrap ----------------------------------------

enum ph_wild {
    PH_WILD_RADEMACHER, // one sign a cluster; all 2^G of them when they are no more than the draws
    PH_WILD_WEBB,       // six points, for G so small that signs have too few patterns
};

struct ph_wildboot_options {
    uint32_t version;
    const char *formula; // as in ph_regression_options
    const char *focus;   // NULL: the first
    int32_t cluster;
    int32_t weights;
    enum ph_counted counted;
    enum ph_wild weighting;
    size_t draws;
    double null; // the value that the coefficient is tested against
    enum ph_design design;
    double level;
};
#define PH_WILDBOOT_OPTIONS                                                                        \
    {                                                                                              \
        .version = PH_VERSION, .cluster = PH_NONE, .weights = PH_NONE, .draws = 9999,              \
        .design = PH_DESIGN_UNSTATED, .level = 0.95                                                \
    }

// The header's se and df are CR1's; its p and interval are the bootstrap's. p is the share of draws
// whose |t| is above the observed one: of all sign patterns when enumerated, else (b+1)/(B+1).
struct ph_wildboot_result {
    struct ph_result head;
    double t;
    double cr1_p; // t on G - 1, against 0
    struct ph_interval cr1_interval;
    bool enumerated;
    size_t draws;
    double granularity; // p moves in steps of this
};

PH_CHECKED enum ph_status ph_wildboot(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_wildboot_options *options, struct ph_wildboot_result *ret_result);
