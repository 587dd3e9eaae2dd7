// SPDX-License-Identifier: Apache-2.0
// Looking early: sequence, with its monitors and bare boundaries.
#include "internal.h"

#include "cli.h"

enum kind { MEAN, DIFFERENCE, NORMAL, BERNSTEIN, HOEFFDING, BETTING };

static void report_look(struct ev_json *o, const struct ph_look *l)
{
    ev_json_number(o, "time", l->time);
    ev_json_number(o, "n0", l->n[0]);
    ev_json_number(o, "n1", l->n[1]);
    ev_json_number(o, "mean0", l->mean[0]);
    ev_json_number(o, "mean1", l->mean[1]);
    ev_json_number(o, "estimate", l->head.estimate);
    ev_json_number(o, "half_width", l->half_width);
    ev_json_number(o, "lo", l->head.interval.lo);
    ev_json_number(o, "hi", l->head.interval.hi);
    ev_json_number(o, "log_e", l->head.log_e);
    ev_json_number(o, "p", l->head.p);
}

static void report_options(struct ev_json *o, const struct ph_monitor_options *m)
{
    ev_json_number(o, "null_value", m->null_value);
    ev_json_number(o, "tuned_for", m->tuned_for);
    ev_json_number(o, "rho", ph_asymptotic_rho(m->tuned_for, 1 - m->level));
}

// ---- A boundary without data ----

static int boundary(struct ev_call *k)
{
    static const enum ph_bound_kind kinds[] = { PH_BOUND_NORMAL, PH_BOUND_NORMAL_ONE_SIDED,
        PH_BOUND_GAMMA_EXPONENTIAL, PH_BOUND_STITCHED };
    struct ph_bound_options o = PH_BOUND_OPTIONS;
    o.kind = kinds[ev_choice(k, "--bound")];
    o.alpha = ev_value_of(k, "--alpha");
    o.v_opt = ev_value_of(k, "--v-opt");
    o.alpha_opt = ev_value_of(k, "--alpha-opt");
    o.scale = ev_value_of(k, "--scale");
    o.v_min = ev_value_of(k, "--v-min");
    o.power = ev_value_of(k, "--power");
    o.spacing = ev_value_of(k, "--spacing");
    double v = ev_value_of(k, "--v");
    if (isnan(v)) {
        return ev_misused(k, "Give --v, the intrinsic time at which the boundary is wanted.");
    }
    double bound = NAN;
    enum ph_status status = ph_bound(k->c, &o, v, &bound);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_json_text(k->report, "method", "sequence");
    ev_json_text(k->report, "bound", ev_text(k, "--bound"));
    ev_json_number(k->report, "v", v);
    ev_json_number(k->report, "boundary", bound);
    if (ev_given(k, "--sum")) {
        double log_e = NAN;
        status = ph_bound_log_e(k->c, &o, ev_value_of(k, "--sum"), v, &log_e);
        ev_json_number(k->report, "log_e", log_e);
        ev_json_number(k->report, "p", log_e > 0 ? exp(-log_e) : 1);
    }
    return ev_answer(k, status);
}

static int msprt(struct ev_call *k)
{
    const struct ev_value *v = ev_list(k, "--msprt");
    if (v->n != 4) {
        return ev_misused(k, "--msprt takes n,difference,variance,tau2.");
    }
    double log_e = ph_msprt_log_e(v->numbers[0], v->numbers[1], v->numbers[2], v->numbers[3]);
    if (!isfinite(log_e)) {
        return ev_misused(k, "--msprt needs n, variance and tau2 above 0.");
    }
    ev_json_text(k->report, "method", "sequence");
    ev_json_number(k->report, "log_e", log_e);
    ev_json_number(k->report, "p", log_e > 0 ? exp(-log_e) : 1);
    return EV_DONE;
}

// ---- A monitor's state ----

static int save(struct ev_call *k, const struct ph_monitor *m)
{
    char text[PH_MONITOR_TEXT_MAX];
    const char *name = ev_text(k, "--save");
    if (!name) {
        return EV_DONE;
    }
    enum ph_status status = ph_monitor_save(k->c, m, text);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    FILE *f = fopen(name, "wb");
    bool written = f && fputs(text, f) >= 0;
    if (!f || fclose(f) != 0 || !written) {
        return ev_misused(k, "The state could not be written; give --save a file you may write.");
    }
    return EV_DONE;
}

static int load_state(struct ev_call *k, struct ph_monitor *ret_monitor)
{
    char text[PH_MONITOR_TEXT_MAX + 1];
    FILE *f = fopen(ev_text(k, "--resume"), "rb");
    if (!f) {
        return ev_misused(k, "The state of --resume cannot be opened.");
    }
    size_t len = fread(text, 1, sizeof(text), f);
    fclose(f);
    return ev_answer(k, ph_monitor_load(k->c, text, len, ret_monitor));
}

static int resume(struct ev_call *k, const struct ph_monitor_columns *columns)
{
    struct ph_monitor m;
    struct ph_look l;
    int code = load_state(k, &m);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_monitor_push(k->c, &m, &k->table->frame, columns);
    if (status == PH_OK) {
        status = ph_monitor_read(k->c, &m, &l);
    }
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_report_head(k->report, "sequence", &l.head);
    report_options(k->report, &m.options);
    report_look(ev_json_item(ev_json_array(k->report, "looks")), &l);
    return save(k, &m);
}

// ---- Rows ----

static int options_of(struct ev_call *k, enum kind kind, struct ph_sequence_options *o)
{
    struct ph_monitor_options *m = &o->monitor;
    const struct ev_value *bounds = ev_list(k, "--bounds");
    if (bounds->n != 2) {
        return ev_misused(k, "--bounds takes the outcome's lowest and highest value, as 0,1.");
    }
    static const enum ph_design designs[] = { PH_DESIGN_UNSTATED, PH_DESIGN_RANDOMISED,
        PH_DESIGN_COMPARISON };
    o->kind = kind == BETTING ? PH_SEQUENCE_BETTING : PH_SEQUENCE_MONITOR;
    m->kind = kind == BETTING ? PH_MONITOR_BERNSTEIN : (enum ph_monitor_kind)kind;
    m->level = ev_value_of(k, "--level");
    m->tuned_for = ev_value_of(k, "--tuned-for");
    m->null_value = ev_value_of(k, "--null");
    m->lo = bounds->numbers[0];
    m->hi = bounds->numbers[1];
    m->sd = ev_value_of(k, "--sd");
    m->truncation = ev_value_of(k, "--truncation");
    m->design = designs[ev_choice(k, "--design")];
    o->grid = (size_t)ev_value_of(k, "--grid");
    if (kind == NORMAL && !ev_given(k, "--sd")) {
        return ev_misused(k, "Give --sd, the outcome's standard deviation, known beforehand.");
    }
    return EV_DONE;
}

static int rows(struct ev_call *k)
{
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    bool treated = ev_given(k, "--treat");
    int choice = ev_choice(k, "--kind");
    enum kind kind = choice >= 0 ? (enum kind)choice : treated ? DIFFERENCE : MEAN;
    int code = options_of(k, kind, &o);
    if (code != EV_DONE) {
        return code;
    }
    if (!ev_given(k, "--outcome")) {
        return ev_misused(k, "Give --data FILE.csv and --outcome COLUMN, or --bound.");
    }
    const struct ev_value *looks = ev_list(k, "--look");
    o.columns.outcome = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
    o.columns.treat = ev_want(k, ev_text(k, "--treat"), PH_REAL);
    o.columns.trials = ev_want(k, ev_text(k, "--trials"), PH_REAL);
    o.time = ev_want(k, ev_text(k, "--time"), PH_REAL);
    o.looks = looks->numbers;
    o.n_looks = looks->given ? looks->n : 0;
    code = ev_load(k);
    if (code != EV_DONE) {
        return code;
    }
    if (ev_given(k, "--resume")) {
        return resume(k, &o.columns);
    }
    struct ph_sequence_result r;
    enum ph_status status = ph_sequence(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    ev_report_head(k->report, "sequence", &r.head);
    report_options(k->report, &o.monitor);
    struct ev_json *list = ev_json_array(k->report, "looks");
    for (size_t i = 0; i < r.n_looks; i++) {
        report_look(ev_json_item(list), &r.looks[i]);
    }
    code = kind == BETTING ? EV_DONE : save(k, &r.monitor);
    if (code == EV_DONE && ev_plots(k)) {
        struct ph_picture_options picture = ev_plot_options(k, treated ? "Effect on" : "Mean of");
        picture.time_unit = ev_text(k, "--time");
        picture.delta = ev_value_of(k, "--delta");
        picture.direction = (enum ph_direction)ev_choice(k, "--direction");
        code = ev_plot(k, ph_picture_looks(&picture, &r));
    }
    ph_sequence_release(k->c, &r);
    return code;
}

static int sequence(struct ev_call *k)
{
    if (ev_plots(k) &&
        (ev_given(k, "--bound") || ev_given(k, "--msprt") || ev_given(k, "--resume"))) {
        return ev_misused(k, "A boundary, one e-value or one resumed look has no picture; leave "
                             "--plot out.");
    }
    if (ev_given(k, "--bound")) {
        return boundary(k);
    }
    return ev_given(k, "--msprt") ? msprt(k) : rows(k);
}

static const struct ev_option options[] = {
    { "--kind", EV_OPTION_CHOICE, NULL, "Which interval; difference with --treat, else mean",
        "mean|difference|normal|bernstein|hoeffding|betting" },
    { "--trials", EV_OPTION_TEXT, NULL, "Column of trials, where the outcome counts successes",
        NULL },
    { "--look", EV_OPTION_NUMBERS, NULL, "Times (without --time: numbers of rows) of the looks",
        NULL },
    { "--tuned-for", EV_OPTION_NUMBER, "5000", "Rows at which the interval is to be tightest",
        NULL },
    { "--null", EV_OPTION_NUMBER, "0", "What the e-value and p speak against", NULL },
    { "--bounds", EV_OPTION_NUMBERS, "0,1", "Lowest and highest value an outcome can have", NULL },
    { "--sd", EV_OPTION_NUMBER, NULL, "Known standard deviation, for normal", NULL },
    { "--truncation", EV_OPTION_NUMBER, "0.5", "Largest bet, for bernstein", NULL },
    { "--grid", EV_OPTION_WHOLE, "1000", "Steps between the bounds, for betting", NULL },
    { "--design", EV_OPTION_CHOICE, "unstated", "How groups were formed",
        "unstated|randomised|comparison" },
    { "--delta", EV_OPTION_NUMBER, NULL, "Smallest effect worth having, for the picture", NULL },
    { "--direction", EV_OPTION_CHOICE, "higher", "Which is better, for the picture",
        "higher|lower" },
    { "--resume", EV_OPTION_TEXT, NULL, "File with a saved state to go on from", NULL },
    { "--save", EV_OPTION_TEXT, NULL, "File for the state after these rows", NULL },
    { "--bound", EV_OPTION_CHOICE, NULL, "Print a boundary for sums instead",
        "normal|normal-one-sided|gamma-exponential|stitched" },
    { "--v", EV_OPTION_NUMBER, NULL, "Intrinsic time of the boundary", NULL },
    { "--sum", EV_OPTION_NUMBER, NULL, "A sum whose e-value is wanted", NULL },
    { "--alpha", EV_OPTION_NUMBER, "0.05", "Of the boundary", NULL },
    { "--v-opt", EV_OPTION_NUMBER, "100", "Where the boundary is tight", NULL },
    { "--alpha-opt", EV_OPTION_NUMBER, NULL, "Tune for this alpha instead", NULL },
    { "--scale", EV_OPTION_NUMBER, "1", "Scale of the tails (gamma-exponential, stitched)", NULL },
    { "--v-min", EV_OPTION_NUMBER, "1", "From where a stitched boundary holds", NULL },
    { "--power", EV_OPTION_NUMBER, "1.4", "Of a stitched boundary", NULL },
    { "--spacing", EV_OPTION_NUMBER, "2", "Of a stitched boundary", NULL },
    { "--msprt", EV_OPTION_NUMBERS, NULL, "n,difference,variance,tau2: its e-value instead", NULL },
};

static const struct ev_method methods[] = {
    { "sequence", "What do the data say so far, however often one looks?",
        EV_DATA | EV_OUTCOME | EV_TREAT | EV_TIME | EV_LEVEL | EV_PLOT, options, EV_COUNT(options),
        sequence },
};

extern const struct ev_area ev_area_sequence;
const struct ev_area ev_area_sequence = { "sequence", methods, EV_COUNT(methods) };
