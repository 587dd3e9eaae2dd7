// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"
#include "csv.h"

#include <stdlib.h>

// What one call works with. A column that is asked for is read, and known by its place.
struct call {
    struct ph_context *c;
    const struct ev_args *a;
    FILE *out;
    FILE *err;
    struct ev_want wants[EV_CSV_WANTS_MAX];
    size_t n_wants;
    struct ev_table *table;
};

enum { DONE = 0, REFUSED = 1, USAGE = 2 };

static int refuse(struct call *k)
{
    fprintf(k->err, "%s\n", ph_context_message(k->c));
    return REFUSED;
}

static int misused(struct call *k, const char *words)
{
    fprintf(k->err, "%s\n", words);
    return USAGE;
}

// A column's place, asked for if it is new; PH_NONE for no name. There is room: options and
// conditions together name fewer than EV_CSV_WANTS_MAX columns. Numbers and keys are read apart.
static int32_t want(struct call *k, const char *name, enum ph_column_kind kind)
{
    if (!name) {
        return PH_NONE;
    }
    for (size_t i = 0; i < k->n_wants; i++) {
        if (strcmp(k->wants[i].name, name) == 0 && k->wants[i].kind == kind) {
            return (int32_t)i;
        }
    }
    k->wants[k->n_wants] = (struct ev_want){ name, kind };
    return (int32_t)k->n_wants++;
}

static bool holds(const struct ev_where *w, double v)
{
    bool equal = strchr(w->sign, '=') && v == w->value;
    return equal || (w->sign[0] == '<' && v < w->value) || (w->sign[0] == '>' && v > w->value);
}

// Keeps the rows for which every condition holds, moving them up in place.
static void filter(struct call *k)
{
    struct ev_table *t = k->table;
    int32_t place[EV_CLI_WHERE_MAX];
    for (size_t w = 0; w < k->a->n_where; w++) {
        place[w] = want(k, k->a->where[w].column, PH_REAL);
    }
    size_t kept = 0;
    for (size_t i = 0; i < t->frame.rows; i++) {
        bool keep = true;
        for (size_t w = 0; w < k->a->n_where; w++) {
            const struct ph_column *col = &t->columns[place[w]];
            keep = keep && !col->missing[i] && holds(&k->a->where[w], col->real[i]);
        }
        if (!keep) {
            continue;
        }
        for (size_t j = 0; j < t->frame.columns; j++) {
            struct ph_column *col = &t->columns[j];
            ((uint8_t *)(uintptr_t)col->missing)[kept] = col->missing[i];
            if (col->kind == PH_REAL) {
                ((double *)(uintptr_t)col->real)[kept] = col->real[i];
            } else {
                ((int32_t *)(uintptr_t)col->key)[kept] = col->key[i];
            }
        }
        t->row_number[kept++] = t->row_number[i];
    }
    t->frame.rows = kept;
}

// The file's bytes, up to the reader's bound.
static char *slurp(struct call *k, size_t *ret_len)
{
    FILE *f = fopen(k->a->data, "rb");
    if (!f) {
        fprintf(k->err, "%.200s cannot be opened.\n", k->a->data);
        return NULL;
    }
    size_t room = 1 << 16;
    size_t len = 0;
    char *data = malloc(room);
    while (data) {
        len += fread(data + len, 1, room - len, f);
        if (len < room || len > EV_CSV_BYTES_MAX) {
            break;
        }
        room *= 2;
        char *more = realloc(data, room);
        if (!more) {
            free(data);
        }
        data = more;
    }
    if (!data || ferror(f)) {
        fprintf(k->err, "%.200s cannot be read.\n", k->a->data);
        free(data);
        data = NULL;
    }
    fclose(f);
    *ret_len = len;
    return data;
}

// Reads the columns wanted so far.
static int load(struct call *k)
{
    if (!k->a->data || !k->a->outcome) {
        return misused(k, "Give --data FILE.csv and --outcome COLUMN.");
    }
    for (size_t w = 0; w < k->a->n_where; w++) {
        (void)want(k, k->a->where[w].column, PH_REAL);
    }
    // One file column serves one want: a column used as number and as key would be read once.
    for (size_t i = 0; i < k->n_wants; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(k->wants[i].name, k->wants[j].name) == 0) {
                return misused(k, "One column cannot be used both as a number and as a unit.");
            }
        }
    }
    size_t len = 0;
    char *data = slurp(k, &len);
    if (!data) {
        return REFUSED;
    }
    enum ph_status status = ev_csv_read(k->c, data, len, k->wants, k->n_wants, &k->table);
    free(data);
    if (status != PH_OK) {
        return refuse(k);
    }
    filter(k);
    return DONE;
}

static bool choose(const char *word, const char *const *words, size_t n, int *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret = (int)i;
            return true;
        }
    }
    return false;
}

#define CHOOSE(word, ret, ...)                                                                     \
    choose(word, (const char *const[]){ __VA_ARGS__ },                                             \
        sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *), ret)

static int report(struct call *k, enum ph_status status, bool written)
{
    if (status != PH_OK) {
        return refuse(k);
    }
    return written ? DONE : misused(k, "The result could not be written.");
}

static int feasibility(struct call *k)
{
    const struct ev_args *a = k->a;
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    struct ph_feasibility_result r;
    int direction = PH_HIGHER_IS_BETTER;
    if (a->direction && !CHOOSE(a->direction, &direction, "higher", "lower")) {
        return misused(k, "--direction takes higher or lower.");
    }
    if (isnan(a->floor)) {
        return misused(k, "Give --floor, the share to reach, as 0.9.");
    }
    o.direction = (enum ph_direction)direction;
    o.floor = a->floor;
    o.level = a->level;
    enum ph_status status;
    if (a->counts_text) {
        if (a->n_counts != 2) {
            return misused(k, "--counts takes successes,trials here.");
        }
        status = ph_feasibility_counts(k->c, a->counts[0], a->counts[1], &o, &r);
    } else {
        o.outcome = want(k, a->outcome, PH_REAL);
        o.trials = want(k, a->trials, PH_REAL);
        o.unit = want(k, a->unit, PH_KEY);
        int loaded = load(k);
        if (loaded != DONE) {
            return loaded;
        }
        status = ph_feasibility(k->c, &k->table->frame, &o, &r);
    }
    return report(k, status, status == PH_OK && ev_report_feasibility(&r, k->out));
}

static int yes_no(struct call *k, const struct ph_accuracy_options *o)
{
    const struct ev_args *a = k->a;
    struct ph_yes_no_result r;
    enum ph_status status;
    if (a->counts_text) {
        if (a->n_counts != 4) {
            return misused(k, "--counts takes both-yes,only-outcome,only-reference,both-no here.");
        }
        status = ph_yes_no_counts(
            k->c, a->counts[0], a->counts[1], a->counts[2], a->counts[3], a->level, &r);
    } else {
        int loaded = load(k);
        if (loaded != DONE) {
            return loaded;
        }
        status = ph_yes_no(k->c, &k->table->frame, o, &r);
    }
    return report(k, status, status == PH_OK && ev_report_yes_no(&r, k->out));
}

static int accuracy(struct call *k)
{
    const struct ev_args *a = k->a;
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    struct ph_accuracy_result r;
    int limits = PH_LIMITS_EXACT;
    if (a->limits && !CHOOSE(a->limits, &limits, "exact", "approximate")) {
        return misused(k, "--limits takes exact or approximate.");
    }
    if (!a->counts_text && !a->reference) {
        return misused(k, "Give --reference COLUMN.");
    }
    o.outcome = want(k, a->outcome, PH_REAL);
    o.reference = want(k, a->reference, PH_REAL);
    o.unit = want(k, a->unit, PH_KEY);
    o.limits = (enum ph_limits)limits;
    o.coverage = a->coverage;
    o.level = a->level;
    if (a->yes_no == 1 || a->counts_text) {
        return yes_no(k, &o);
    }
    int loaded = load(k);
    if (loaded != DONE) {
        return loaded;
    }
    enum ph_status status = ph_accuracy(k->c, &k->table->frame, &o, &r);
    return report(k, status, status == PH_OK && ev_report_accuracy(&r, k->out));
}

static int before_after(struct call *k)
{
    const struct ev_args *a = k->a;
    struct ph_before_after_options o = PH_BEFORE_AFTER_OPTIONS;
    struct ph_before_after_result r;
    if (!a->period == !a->time || (a->time && isnan(a->from))) {
        return misused(k, "Give --period COLUMN with 0 and 1, or --time COLUMN --from VALUE.");
    }
    o.outcome = want(k, a->outcome, PH_REAL);
    o.period = want(k, a->period ? a->period : a->time, PH_REAL);
    o.unit = want(k, a->unit, PH_KEY);
    o.unpaired = a->unpaired == 1;
    o.level = a->level;
    int loaded = load(k);
    if (loaded != DONE) {
        return loaded;
    }
    if (a->time) {
        double *time = (double *)(uintptr_t)k->table->columns[o.period].real;
        for (size_t i = 0; i < k->table->frame.rows; i++) {
            time[i] = time[i] >= a->from;
        }
    }
    enum ph_status status = ph_before_after(k->c, &k->table->frame, &o, &r);
    return report(k, status, status == PH_OK && ev_report_before_after(&r, k->out));
}

static int two_groups(struct call *k)
{
    const struct ev_args *a = k->a;
    struct ph_two_group_options o = PH_TWO_GROUP_OPTIONS;
    int design = PH_DESIGN_UNSTATED;
    if (a->design && !CHOOSE(a->design, &design, "unstated", "randomised", "comparison")) {
        return misused(k, "--design takes randomised, comparison or unstated.");
    }
    o.design = (enum ph_design)design;
    o.level = a->level;
    struct ph_proportions_result p;
    if (a->counts_text) {
        if (a->n_counts != 4) {
            return misused(k, "--counts takes x1,n1,x0,n0 here: treated, then comparison.");
        }
        enum ph_status counted = ph_proportions_counts(
            k->c, a->counts[0], a->counts[1], a->counts[2], a->counts[3], &o, &p);
        return report(k, counted, counted == PH_OK && ev_report_proportions(&p, k->out));
    }
    if (!a->treat) {
        return misused(k, "Give --treat COLUMN with 1 for treated and 0 for comparison.");
    }
    o.outcome = want(k, a->outcome, PH_REAL);
    o.treat = want(k, a->treat, PH_REAL);
    o.trials = want(k, a->trials, PH_REAL);
    o.cluster = want(k, a->cluster, PH_KEY);
    int loaded = load(k);
    if (loaded != DONE) {
        return loaded;
    }
    if (a->method == EV_PROPORTIONS) {
        enum ph_status status = ph_proportions(k->c, &k->table->frame, &o, &p);
        return report(k, status, status == PH_OK && ev_report_proportions(&p, k->out));
    }
    struct ph_welch_result w;
    enum ph_status status = ph_welch(k->c, &k->table->frame, &o, &w);
    return report(k, status, status == PH_OK && ev_report_welch(&w, k->out));
}

static int power(struct call *k)
{
    const struct ev_args *a = k->a;
    struct ph_power_options o = PH_POWER_OPTIONS;
    struct ph_power_result r;
    int kind = PH_POWER_TWO_MEANS;
    int solve = isnan(a->n) ? PH_SOLVE_N : PH_SOLVE_POWER;
    if (a->kind &&
        !CHOOSE(a->kind, &kind, "two-means", "paired", "one-proportion", "two-proportions")) {
        return misused(k, "--kind takes two-means, paired, one-proportion or two-proportions.");
    }
    double effect = isnan(a->p1) ? a->effect : a->p1 - a->p0;
    bool sought = !isnan(a->n) && isnan(effect);
    solve = sought ? PH_SOLVE_EFFECT : solve;
    if (a->solve && !CHOOSE(a->solve, &solve, "power", "n", "effect")) {
        return misused(k, "--solve takes power, n or effect.");
    }
    o.kind = (enum ph_power_kind)kind;
    o.solve = (enum ph_solve)solve;
    o.n = isnan(a->n) ? 0 : a->n;
    o.ratio = isnan(a->n0) ? 1 : a->n0 / a->n;
    o.effect = isnan(effect) ? 0 : effect;
    o.sd = a->sd;
    o.p0 = isnan(a->p0) ? 0.5 : a->p0;
    o.alpha = a->alpha;
    o.power = isnan(a->power) ? 0.8 : a->power;
    o.one_sided = a->one_sided == 1;
    o.count_wrong_tail = a->wrong_tail == 1;
    o.cluster_size = a->cluster_size;
    o.icc = a->icc;
    o.cluster_cv = a->cluster_cv;
    bool shares = kind == PH_POWER_ONE_PROPORTION || kind == PH_POWER_TWO_PROPORTIONS;
    if (shares && isnan(a->p0)) {
        return misused(k, "Give --p0, the comparison share or the floor.");
    }
    enum ph_status status = ph_power(k->c, &o, &r);
    return report(k, status, status == PH_OK && ev_report_power(&r, k->out));
}

static int run(struct call *k)
{
    switch (k->a->method) {
    case EV_FEASIBILITY:
        return feasibility(k);
    case EV_ACCURACY:
        return accuracy(k);
    case EV_BEFORE_AFTER:
        return before_after(k);
    case EV_WELCH:
    case EV_PROPORTIONS:
        return two_groups(k);
    case EV_POWER:
        return power(k);
    }
    return USAGE;
}

int ph_cli_main(int argc, char **argv, FILE *out, FILE *err)
{
    struct ev_args args;
    if (!ev_args_read(argc, argv, &args, err)) {
        return USAGE;
    }
    struct ph_context *c = ph_context_new(NULL);
    if (!c) {
        fputs("Not enough memory.\n", err);
        return REFUSED;
    }
    struct call k = { .c = c, .a = &args, .out = out, .err = err };
    int code = run(&k);
    ev_table_free(c, k.table);
    ph_context_free(c);
    return code;
}
