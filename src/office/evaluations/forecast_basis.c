// SPDX-License-Identifier: Apache-2.0
// What the made-up pilots are like: numbers that a person entered, else what is on record, else
// habits that are said to be such.
#include "forecast.h"

#include "str.h"

#include <math.h>

// So that all of it is done in seconds.
enum {
    UNITS_MOST = 500,
    OVER_TIME_MOST = 100,
    EACH_MOST = 200,
    PERIODS_MOST = 52,
    ROWS_MOST = 250
};
enum { RUNS = 1000, RUNS_OVER_TIME = 300 };
// Where nobody knows better: an effect of half a standard deviation, places half alike before and
// after, and shares whose places are about as alike as classes of a school.
static const double HABIT_EFFECT = 0.5, HABIT_STEADY = 0.5, HABIT_ICC = 0.05;

static const char *const entered = "entered", *const habit = "habit", *const readings = "readings";

static bool is(const struct value *row, const char *column, const char *word)
{
    return str_eq(value_get_text(row, column, ""), word);
}

static double num(const struct value *row, const char *column)
{
    return value_get_num(row, column, NAN);
}

static bool is_share(enum evaluation_analysis a)
{
    return a == ANALYSIS_SHARES || a == ANALYSIS_SHARE || a == ANALYSIS_SHARE_ONE;
}

static int64_t at_most(int64_t n, int64_t most, bool *is_cut)
{
    *is_cut = *is_cut || n > most;
    return n > most ? most : n;
}

// The first that is there: entered, read, else HABIT.
static double first(const struct value *measure, const char *column, const char *earlier,
    double otherwise, const char **ret_from)
{
    double said = num(measure, column), read = num(measure, earlier);
    *ret_from = !isnan(said) ? entered : !isnan(read) ? readings : habit;
    return !isnan(said) ? said : !isnan(read) ? read : otherwise;
}

// ---- how many
// ------------------------------------------------------------------------------------

static void count_units(
    const struct value *pilot, const struct value *measure, struct forecast_basis *b)
{
    int64_t said = value_get_int(pilot, "units_n", 0);
    int64_t known = value_get_int(measure, "known_units_n", 0);
    bool one = b->analysis == ANALYSIS_ONE_PLACE || b->analysis == ANALYSIS_SYNTH ||
               b->analysis == ANALYSIS_SDID;
    b->units_from = said > 0 ? entered : known > 0 ? readings : "sites";
    b->units = said > 0 ? said : known > 0 ? known : value_get_int(pilot, "sites_n", 0);
    b->compared = said > 0 || value_get_int(pilot, "compared_n", 0) > 0
                      ? value_get_int(pilot, "compared_n", 0)
                  : known > 0 ? value_get_int(measure, "known_compared_n", 0)
                              : value_get_int(pilot, "compared_sites_n", 0);
    if (one && b->units == 0) {
        b->units = 1;
    }
}

static bool compares(enum evaluation_analysis a)
{
    return a == ANALYSIS_CHANGES || a == ANALYSIS_AFTER || a == ANALYSIS_SHARES ||
           evaluation_over_time(a);
}

static const char *lacking(const struct forecast_basis *b)
{
    bool some = b->analysis == ANALYSIS_ONE_PLACE || evaluation_over_time(b->analysis);
    if (isnan(b->size)) {
        return "Say on the measure what is worth having: nothing can be worked out without it.";
    }
    if (b->units < (some ? 1 : 2)) {
        return "Say in the plan how many places or devices get it: nothing can be worked out "
               "without it.";
    }
    if (compares(b->analysis) && b->compared < 2) {
        return "Say in the plan with how many places or devices it is compared: nothing can be "
               "worked out without it.";
    }
    return NULL;
}

// ---- what their numbers are like
// -----------------------------------------------------------------

static void describe(const struct value *measure, struct forecast_basis *b)
{
    bool share = is_share(b->analysis);
    bool limits = b->analysis == ANALYSIS_LIMITS || b->analysis == ANALYSIS_LIMITS_ONE;
    b->mean = first(measure, "baseline_num", "earlier_mean_num", share ? 0.5 : 0, &b->mean_from);
    b->mean = share ? fmin(fmax(b->mean, 0.01), 0.99) : b->mean;
    double p = b->analysis == ANALYSIS_SHARES ? b->mean : fmin(fmax(b->size, 0.01), 0.99);
    double usual = share    ? sqrt(HABIT_ICC * p * (1 - p))
                   : limits ? b->size / 2
                            : b->size / HABIT_EFFECT;
    b->spread = first(measure, "spread_num", "earlier_spread_num", usual, &b->spread_from);
    if (!(b->spread > 0)) {
        b->spread = usual;
        b->spread_from = habit;
    }
    b->steady = first(measure, "steady_num", "earlier_steady_num", HABIT_STEADY, &b->steady_from);
    b->steady = fmin(fmax(b->steady, 0), 0.99);
}

static int64_t periods_of(
    const struct value *pilot, const struct evaluation_sealed *sealed, struct forecast_basis *b)
{
    int64_t step = is(pilot, "step", "day") ? 1 : is(pilot, "step", "month") ? 28 : 7;
    int64_t n = sealed->days / step;
    return at_most(n > 1 ? n : 2, PERIODS_MOST, &b->is_cut);
}

// ---- the engine's options
// ------------------------------------------------------------------------

// The standard deviation of a place's change from one reading to another.
static double change(const struct forecast_basis *b)
{
    return b->spread * sqrt(2 * (1 - b->steady));
}

static void two_means(struct forecast_basis *b, double n, double sd)
{
    b->has_power = true;
    b->power.kind = PH_POWER_TWO_MEANS;
    b->power.n = n;
    b->power.ratio = (double)b->compared / (double)b->units;
    b->power.sd = sd;
    b->power.effect = b->size;
}

// Over time a place has a level of its own, which doesn't change: readings of one place are alike
// by as much as `steady` says.
static void over_time(
    const struct value *pilot, const struct evaluation_sealed *sealed, struct forecast_basis *b)
{
    struct ph_simulate_options *o = &b->options;
    o->periods = (size_t)periods_of(pilot, sealed, b);
    o->before = o->periods;
    o->icc = b->steady;
    o->runs = RUNS_OVER_TIME;
    o->treated = (size_t)at_most(b->units, OVER_TIME_MOST, &b->is_cut);
    o->compared = (size_t)at_most(b->compared, OVER_TIME_MOST, &b->is_cut);
    if (b->analysis == ANALYSIS_ATTGT) { // the mean of the periods after less the last one before
        two_means(
            b, (double)b->units, b->spread * sqrt((1 - b->steady) * (1 + 1 / (double)o->periods)));
    } else {
        o->treated = 1;
    }
}

// One place: its readings before and after, one like the next by `steady`.
static void one_place(
    const struct value *pilot, const struct evaluation_sealed *sealed, struct forecast_basis *b)
{
    struct ph_simulate_options *o = &b->options;
    int64_t n =
        b->each > 1 ? at_most(b->each, ROWS_MOST, &b->is_cut) : periods_of(pilot, sealed, b);
    o->treated = 1;
    o->compared = 0;
    o->periods = (size_t)n;
    o->before = (size_t)n;
    o->correlation = b->steady;
    b->compared = b->units = 1; // as many after as before
    two_means(b, fmax((double)n * (1 - b->steady) / (1 + b->steady), 2), b->spread);
    b->compared = 0;
}

static void two_shares(struct forecast_basis *b)
{
    double room = b->mean * (1 - b->mean), up = b->direction == PH_LOWER_IS_BETTER ? -1 : 1;
    b->options.trials = (size_t)b->each;
    b->has_power = b->mean + up * b->size > 0 && b->mean + up * b->size < 1;
    b->power.kind = PH_POWER_TWO_PROPORTIONS;
    b->power.n = (double)b->units;
    b->power.ratio = (double)b->compared / (double)b->units;
    b->power.p0 = b->mean;
    b->power.effect = up * b->size;
    b->power.cluster_size = (double)b->each;
    b->power.icc = b->each > 1 ? fmin(b->spread * b->spread / room, 0.99) : 0;
}

// Against the floor, where the truth is halfway from it to perfect.
static void one_share(struct forecast_basis *b)
{
    bool lower = b->direction == PH_LOWER_IS_BETTER;
    double floor_ = lower ? 1 - b->size : b->size;
    double icc = fmin(b->spread * b->spread / fmax(b->size * (1 - b->size), 0.001), 1);
    double n = (double)b->units * (double)b->each / (1 + ((double)b->each - 1) * icc);
    b->options.trials = (size_t)b->each;
    b->options.mean = 0;
    b->has_power = floor_ > 0 && floor_ < 1;
    b->power.kind = PH_POWER_ONE_PROPORTION;
    b->power.n = fmax(floor(n), 1);
    b->power.p0 = floor_;
    b->power.effect = (1 - floor_) / 2;
    b->power.alpha = b->alpha / 2; // one side of the interval that decides
}

static void set_options(
    const struct value *pilot, const struct evaluation_sealed *sealed, struct forecast_basis *b)
{
    struct ph_simulate_options *o = &b->options;
    int64_t looks = value_get_int(pilot, "looks_n", 0);
    o->treated = (size_t)at_most(b->units, UNITS_MOST, &b->is_cut);
    o->compared = compares(b->analysis) ? (size_t)at_most(b->compared, UNITS_MOST, &b->is_cut) : 0;
    o->mean = b->mean;
    o->sd = b->spread;
    o->runs = RUNS;
    b->power.alpha = b->alpha;
    switch (b->analysis) {
    case ANALYSIS_UNITS:
        o->before = 1;
        o->correlation = b->steady;
        b->has_power = true;
        b->power.kind = PH_POWER_PAIRED;
        b->power.n = (double)b->units;
        b->power.sd = change(b);
        b->power.effect = b->size;
        break;
    case ANALYSIS_ONE_PLACE:
        one_place(pilot, sealed, b);
        break;
    case ANALYSIS_CHANGES:
        o->sd = change(b);
        o->mean = 0;
        two_means(b, (double)b->units, change(b));
        break;
    case ANALYSIS_AFTER:
        if (looks > 0) { // places are read one after another, as many between each two looks
            o->periods = (size_t)looks + 1;
            o->treated = o->treated / o->periods > 0 ? o->treated / o->periods : 1;
            o->compared = o->compared / o->periods > 0 ? o->compared / o->periods : 1;
        }
        two_means(b, (double)b->units, b->spread);
        break;
    case ANALYSIS_SHARES:
        two_shares(b);
        break;
    case ANALYSIS_ATTGT:
    case ANALYSIS_SYNTH:
    case ANALYSIS_SDID:
        over_time(pilot, sealed, b);
        break;
    case ANALYSIS_SHARE:
    case ANALYSIS_SHARE_ONE:
        one_share(b);
        break;
    default: // differences from what is trusted
        o->mean = 0;
        o->runs = RUNS_OVER_TIME;
        break;
    }
}

// ---- truths
// --------------------------------------------------------------------------------------

static void suppose(struct forecast_basis *b, const char *meaning, double truth)
{
    b->meanings[b->n_truths] = meaning;
    b->truths[b->n_truths++] = truth;
}

static void set_truths(struct forecast_basis *b)
{
    double up = b->direction == PH_LOWER_IS_BETTER ? -1 : 1;
    if (b->analysis == ANALYSIS_SHARE || b->analysis == ANALYSIS_SHARE_ONE) {
        double best = up > 0 ? 1 : 0;
        suppose(b, "floor", b->size);
        suppose(b, "better", b->size + (best - b->size) / 2);
        suppose(b, "worse", b->size - (best - b->size) / 2);
        return;
    }
    if (b->analysis == ANALYSIS_LIMITS || b->analysis == ANALYSIS_LIMITS_ONE) {
        suppose(b, "true", 0);
        suppose(b, "off", b->size);
        return;
    }
    suppose(b, "nothing", 0);
    suppose(b, "worthwhile", up * b->size);
    suppose(b, "twice", up * 2 * b->size);
    suppose(b, "harm", -up * b->size);
}

void forecast_basis_of(const struct value *pilot, const struct value *measure,
    const struct evaluation_sealed *sealed, struct forecast_basis *ret_basis)
{
    const struct ph_simulate_options options = PH_SIMULATE_OPTIONS;
    const struct ph_power_options power = PH_POWER_OPTIONS;
    const char *sure = value_get_text(pilot, "sure", NULL);
    double worth = num(measure, "worthwhile_num"), target = num(measure, "target_num");
    bool feasible = is(pilot, "type", "feasibility");
    struct forecast_basis b = { .analysis = sealed->analysis,
        .direction = is(measure, "direction", "lower") ? PH_LOWER_IS_BETTER : PH_HIGHER_IS_BETTER,
        .size = feasible                        ? target
                : !isnan(worth)                 ? worth
                : is(pilot, "type", "accuracy") ? target
                                                : NAN,
        .alpha = 1 - (sure ? strtod(sure, NULL) : 0.95),
        .options = options,
        .power = power };
    int64_t each = value_get_int(measure, "each_n", 0);
    b.each_from = each > 0 ? entered : habit;
    b.each = at_most(each > 0 ? each : 1, EACH_MOST, &b.is_cut);
    count_units(pilot, measure, &b);
    b.lacks = lacking(&b);
    if (!b.lacks) {
        describe(measure, &b);
        set_options(pilot, sealed, &b);
        set_truths(&b);
    }
    *ret_basis = b;
}
