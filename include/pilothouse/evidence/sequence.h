// SPDX-License-Identifier: Apache-2.0
// May we look already? Intervals that hold at every look. Part of pilothouse/evidence.h.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- Boundaries: how far a sum may stray from its mean, at any time ---------------------------
// S is a sum of centred increments, V its intrinsic time (accumulated variance). With probability
// 1 - alpha S stays below the boundary at every V. Howard, Ramdas, McAuliffe & Sekhon (2021, Ann.
// Stat. 49:1055).

enum ph_bound_kind {
    PH_BOUND_NORMAL,            // two-sided normal mixture
    PH_BOUND_NORMAL_ONE_SIDED,  // one-sided normal mixture
    PH_BOUND_GAMMA_EXPONENTIAL, // one-sided, increments with exponential tails of scale SCALE
    PH_BOUND_STITCHED,          // polynomial stitching, of the order sqrt(v log log v)
};

struct ph_bound_options {
    uint32_t version;
    enum ph_bound_kind kind;
    double alpha;
    double v_opt;     // mixtures: where the boundary is to be tight
    double alpha_opt; // mixtures: the alpha that it is tuned for; NAN: alpha
    double scale;     // gamma-exponential c > 0; stitched c >= 0
    double v_min;     // stitched: from where it holds
    double power;     // stitched: s > 1
    double spacing;   // stitched: eta > 1
};
#define PH_BOUND_OPTIONS                                                                           \
    {                                                                                              \
        .version = PH_VERSION, .kind = PH_BOUND_NORMAL, .alpha = 0.05, .v_opt = 100,               \
        .alpha_opt = NAN, .scale = 1, .v_min = 1, .power = 1.4, .spacing = 2                       \
    }

// The boundary at V >= 0.
PH_CHECKED enum ph_status ph_bound(struct ph_context *context,
    const struct ph_bound_options *options, double v, double *ret_boundary);
// ln of the e-value of a sum S at V: above ln(1/alpha) beyond the boundary. Not for stitched ones.
PH_CHECKED enum ph_status ph_bound_log_e(struct ph_context *context,
    const struct ph_bound_options *options, double s, double v, double *ret_log_e);
// The same for a mean of N differences of variance V with a normal prior of variance TAU2 on the
// true one (mSPRT; Johari, Koomen, Pekelis & Walsh 2017, KDD). NAN outside the domain.
PH_API double ph_msprt_log_e(double n, double difference, double variance, double tau2);
// The tuning of asymptotic confidence sequences that is tightest at N rows.
PH_API double ph_asymptotic_rho(double n, double alpha);
// Half the width at N rows of variance VARIANCE (Waudby-Smith et al., arXiv 2103.06476, eq. 9).
PH_API double ph_asymptotic_half_width(double n, double variance, double rho, double alpha);

// ---- Monitors ----------------------------------------------------------------------------------
// A small state that takes rows as they come and can be read at any time. The state depends on the
// rows and their order, not on how they were cut into batches, to the bit.

enum ph_monitor_kind {
    PH_MONITOR_MEAN,       // any outcome with a variance; holds for large samples
    PH_MONITOR_DIFFERENCE, // two groups, treated minus comparison; holds for large samples
    PH_MONITOR_NORMAL,     // outcomes no wilder than a normal of stated sd; holds for every sample
    PH_MONITOR_BERNSTEIN,  // outcomes between LO and HI; holds for every sample
    PH_MONITOR_HOEFFDING,  // the same, simpler and mostly wider
};

struct ph_monitor_options {
    uint32_t version;
    enum ph_monitor_kind kind;
    double level;
    double tuned_for;  // rows at which the interval is to be tightest (not BERNSTEIN)
    double null_value; // what log_e and p speak against
    double lo, hi;     // BERNSTEIN and HOEFFDING: bounds of the outcome
    double sd;         // NORMAL
    double truncation; // BERNSTEIN: largest bet, in (0, 1)
    enum ph_design design;
};
#define PH_MONITOR_OPTIONS                                                                         \
    {                                                                                              \
        .version = PH_VERSION, .kind = PH_MONITOR_DIFFERENCE, .level = 0.95, .tuned_for = 5000,    \
        .null_value = 0, .lo = 0, .hi = 1, .sd = 1, .truncation = 0.5,                             \
        .design = PH_DESIGN_UNSTATED                                                               \
    }

// Plain data: may be copied. Owned by the caller, changed by ph_monitor_push() only.
struct ph_monitor {
    struct ph_monitor_options options;
    struct {
        double n;
        double mean;
        double squares; // sum of squared deviations from the mean
    } group[2];
    // BERNSTEIN, of the outcome on 0 to 1: sums of bets, of bets times outcome, and what variance
    // costs the lower and the upper limit.
    double bets, bet_outcomes, cost_lo, cost_hi, spread;
    size_t n_dropped;
    size_t dropped[PH_DROP_REASONS];
};

struct ph_monitor_columns {
    int32_t outcome;
    int32_t treat;  // DIFFERENCE needs it, the others take none: PH_NONE
    int32_t trials; // PH_NONE, or counts of trials a row; not for BERNSTEIN and NORMAL
};

// One look. The header's interval and p hold at every look (anytime).
struct ph_look {
    struct ph_result head;
    double time; // of ph_sequence(): the look's time, or rows so far
    double n[2]; // [1] is 0 for one group
    double mean[2];
    double half_width; // NAN where the interval is not symmetric
};

PH_CHECKED enum ph_status ph_monitor_start(struct ph_context *context,
    const struct ph_monitor_options *options, struct ph_monitor *ret_monitor);
// Takes all rows of FRAME in their order, or none if one of them is refused.
PH_CHECKED enum ph_status ph_monitor_push(struct ph_context *context, struct ph_monitor *monitor,
    const struct ph_frame *frame, const struct ph_monitor_columns *columns);
// Without rows enough for an interval it is NAN with PH_WARN_TOO_EARLY.
PH_CHECKED enum ph_status ph_monitor_read(
    struct ph_context *context, const struct ph_monitor *monitor, struct ph_look *ret_look);

enum { PH_MONITOR_TEXT_MAX = 1024 };
// The state as text with a checksum, every bit kept; a NUL ends it.
PH_CHECKED enum ph_status ph_monitor_save(struct ph_context *context,
    const struct ph_monitor *monitor, char ret_text[PH_MONITOR_TEXT_MAX]);
// PH_DATA for a text that is damaged or that no run could have written.
PH_CHECKED enum ph_status ph_monitor_load(
    struct ph_context *context, const char *text, size_t len, struct ph_monitor *ret_monitor);

// ---- A whole file at several looks --------------------------------------------------------------

enum ph_sequence_kind {
    PH_SEQUENCE_MONITOR, // the monitor of the options
    PH_SEQUENCE_BETTING, // hedged capital, for outcomes between lo and hi: tightest, slowest; the
                         // monitor's bounds, level and null value count, its kind does not
};

struct ph_sequence_options {
    uint32_t version;
    enum ph_sequence_kind kind;
    struct ph_monitor_options monitor;
    struct ph_monitor_columns columns;
    int32_t time;        // PH_NONE: looks count rows in their order
    const double *looks; // rising; NULL: every time, or without TIME once after the last row
    size_t n_looks;
    size_t grid; // BETTING: steps from lo to hi
};
#define PH_SEQUENCE_OPTIONS                                                                        \
    {                                                                                              \
        .version = PH_VERSION, .kind = PH_SEQUENCE_MONITOR, .monitor = PH_MONITOR_OPTIONS,         \
        .columns = { .outcome = 0, .treat = PH_NONE, .trials = PH_NONE }, .time = PH_NONE,         \
        .grid = 1000                                                                               \
    }

enum { PH_LOOKS_MAX = 10000, PH_GRID_MAX = 100000 };

struct ph_sequence_result {
    struct ph_result head; // of the last look
    size_t n_looks;
    struct ph_look *looks;     // given back by ph_sequence_release()
    struct ph_monitor monitor; // as it stands after the last look; not for BETTING
};

PH_CHECKED enum ph_status ph_sequence(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_sequence_options *options, struct ph_sequence_result *ret_result);
PH_API void ph_sequence_release(struct ph_context *context, struct ph_sequence_result *result);

// ---- Any estimate ------------------------------------------------------------------------------

// Turns R, with an estimate, its error and degrees of freedom at one look, into what may be read at
// every look: in large samples, or with the degrees of freedom of few clusters. SEEN and TUNED_FOR:
// rows so far, and those at which it is to be tightest. No interval without a standard error.
PH_API void ph_result_anytime(struct ph_result *r, double seen, double tuned_for);
