// SPDX-License-Identifier: Apache-2.0
// Several measures, several pilots: adjust, shrink.
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

// NULL where it has none.
static const char *name_of(const struct ev_call *k, int32_t column, size_t row)
{
    if (column == PH_NONE ||
        (k->table->columns[column].missing && k->table->columns[column].missing[row])) {
        return NULL;
    }
    const struct ph_column *names = &k->table->columns[column];
    return names->label[names->key[row]];
}

// The row's name by the column that --name gives, else its number in the file.
static void report_name(struct ev_json *o, const struct ev_call *k, int32_t column, size_t row)
{
    if (k->table) {
        ev_json_number(o, "row", (double)k->table->row_number[row]);
    }
    const char *name = name_of(k, column, row);
    if (name) {
        ev_json_text(o, "name", name);
    }
}

// ---- adjust ----

static void report_adjusted(
    struct ev_call *k, const struct ph_adjust_result *r, int32_t name, double alpha)
{
    size_t survivors[3] = { 0 };
    ev_json_text(k->report, "method", "adjust");
    ev_json_number(k->report, "n", (double)r->n);
    ev_json_number(k->report, "n_missing", (double)r->n_missing);
    ev_json_number(k->report, "alpha", alpha);
    ev_report_warnings(k->report, r->warnings);
    struct ev_json *list = ev_json_array(k->report, "measures");
    for (size_t i = 0; i < r->n; i++) {
        const struct ph_adjusted *a = &r->measures[i];
        struct ev_json *o = ev_json_item(list);
        report_name(o, k, name, a->row);
        ev_json_number(o, "p", a->p);
        ev_json_number(o, "holm", a->holm);
        ev_json_number(o, "bh", a->bh);
        ev_json_number(o, "by", a->by);
        survivors[0] += a->holm <= alpha;
        survivors[1] += a->bh <= alpha;
        survivors[2] += a->by <= alpha;
    }
    ev_json_number(k->report, "survive_holm", (double)survivors[0]);
    ev_json_number(k->report, "survive_bh", (double)survivors[1]);
    ev_json_number(k->report, "survive_by", (double)survivors[2]);
}

static int adjust(struct ev_call *k)
{
    struct ph_adjust_options o = PH_ADJUST_OPTIONS;
    struct ph_adjust_result r;
    const struct ev_value *p = ev_list(k, "--p");
    double alpha = 1 - ev_value_of(k, "--level");
    int32_t name = PH_NONE;
    enum ph_status status;
    if (p->given) {
        struct ph_column column = { .name = "--p", .kind = PH_REAL, .real = p->numbers };
        struct ph_frame f = { .rows = p->n, .columns = 1, .column = &column };
        status = ph_adjust(k->c, &f, &o, &r);
    } else {
        if (!ev_given(k, "--outcome")) {
            return ev_misused(
                k, "Give --p with p-values, or --data FILE.csv and --outcome, their column.");
        }
        o.p = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
        name = ev_want(k, ev_text(k, "--name"), PH_KEY);
        int loaded = ev_load(k);
        if (loaded != EV_DONE) {
            return loaded;
        }
        status = ph_adjust(k->c, &k->table->frame, &o, &r);
    }
    if (status == PH_OK) {
        report_adjusted(k, &r, name, alpha);
        ph_adjust_release(k->c, &r);
    }
    return ev_answer(k, status);
}

// ---- shrink ----

static void report_shrunk(struct ev_call *k, const struct ph_shrink_result *r, int32_t name)
{
    struct ev_json *o = k->report;
    ev_report_head(o, "shrink", &r->head);
    ev_json_number(o, "tau2", r->tau2);
    ev_report_interval(o, "tau2_interval", r->tau2_interval);
    ev_json_number(o, "i2", r->i2);
    ev_json_number(o, "q", r->q);
    ev_json_number(o, "q_p", r->q_p);
    ev_report_interval(o, "prediction", r->prediction);
    struct ev_json *list = ev_json_array(o, "pilots");
    for (size_t i = 0; i < r->n; i++) {
        const struct ph_shrunk *s = &r->pilots[i];
        struct ev_json *item = ev_json_item(list);
        report_name(item, k, name, s->row);
        ev_json_number(item, "estimate", s->estimate);
        ev_json_number(item, "se", s->se);
        ev_json_number(item, "weight", s->weight);
        ev_json_number(item, "shrunk", s->shrunk);
        ev_json_number(item, "shrunk_se", s->shrunk_se);
        ev_json_number(item, "lo", s->interval.lo);
        ev_json_number(item, "hi", s->interval.hi);
        ev_json_number(item, "worthwhile", s->worthwhile);
    }
}

static int plot_pilots(struct ev_call *k, const struct ph_shrink_result *r, int32_t name,
    const struct ph_shrink_options *o)
{
    struct ph_picture_options picture = ev_plot_options(k, "Effect on");
    const char **names = calloc(r->n + 1, sizeof(*names));
    if (!names) {
        return ev_plot(k, NULL);
    }
    for (size_t i = 0; i < r->n; i++) {
        names[i] = name_of(k, name, r->pilots[i].row);
    }
    picture.unit = o->counts[0] != PH_NONE && !ev_given(k, "--plot-unit") ? "ln of the risk ratio"
                                                                          : picture.unit;
    picture.delta = o->delta;
    picture.direction = o->direction;
    int code = ev_plot(k, ph_picture_forest(&picture, r, names));
    free(names);
    return code;
}

static int shrink(struct ev_call *k)
{
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    const struct ev_value *counts = ev_list(k, "--counts");
    if (counts->given ? counts->n != 4 : !ev_given(k, "--outcome") || !ev_given(k, "--se")) {
        return ev_misused(k, "Give --outcome and --se, the columns of estimates and standard "
                             "errors, or --counts with four columns of counts.");
    }
    o.kind = (enum ph_tau_kind)ev_choice(k, "--tau");
    o.hartung_knapp = ev_given(k, "--hartung-knapp");
    o.integrated = ev_given(k, "--integrated");
    o.delta = ev_value_of(k, "--delta");
    o.direction = (enum ph_direction)ev_choice(k, "--direction");
    o.level = ev_value_of(k, "--level");
    for (size_t i = 0; counts->given && i < 4; i++) {
        o.counts[i] = ev_want(k, counts->items[i], PH_REAL);
    }
    o.estimate = ev_want(k, counts->given ? NULL : ev_text(k, "--outcome"), PH_REAL);
    o.se = ev_want(k, counts->given ? NULL : ev_text(k, "--se"), PH_REAL);
    int32_t name = ev_want(k, ev_text(k, "--name"), PH_KEY);
    int loaded = ev_load(k);
    if (loaded != EV_DONE) {
        return loaded;
    }
    enum ph_status status = ph_shrink(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    report_shrunk(k, &r, name);
    int code = ev_plots(k) ? plot_pilots(k, &r, name, &o) : EV_DONE;
    ph_shrink_release(k->c, &r);
    return code;
}

static const struct ev_option adjust_options[] = {
    { "--p", EV_OPTION_NUMBERS, NULL, "The p-values themselves, instead of a file", NULL },
    { "--name", EV_OPTION_TEXT, NULL, "Column that names the measures", NULL },
};

static const struct ev_option shrink_options[] = {
    { "--se", EV_OPTION_TEXT, NULL, "Column of the estimates' standard errors", NULL },
    { "--counts", EV_OPTION_LIST, NULL,
        "Columns of yes and no in the treated, yes and no in the comparison group, instead of "
        "estimates: ln of the risk ratio",
        NULL },
    { "--tau", EV_OPTION_CHOICE, "reml", "How the variance between pilots is estimated",
        "reml|paule-mandel|dersimonian-laird|ml" },
    { "--hartung-knapp", EV_OPTION_FLAG, NULL, "t interval with a spread-based standard error",
        NULL },
    { "--integrated", EV_OPTION_FLAG, NULL,
        "For few pilots: the variance between them is not taken as known", NULL },
    { "--delta", EV_OPTION_NUMBER, NULL, "The smallest effect worth having", NULL },
    { "--direction", EV_OPTION_CHOICE, "higher", "Which is better", "higher|lower" },
    { "--name", EV_OPTION_TEXT, NULL, "Column that names the pilots", NULL },
};

static const struct ev_method methods[] = {
    { "adjust", "Which of several findings survive?", EV_DATA | EV_OUTCOME | EV_LEVEL,
        adjust_options, EV_COUNT(adjust_options), adjust },
    { "shrink", "What do several pilots say together, and of each other?",
        EV_DATA | EV_OUTCOME | EV_LEVEL | EV_PLOT, shrink_options, EV_COUNT(shrink_options),
        shrink },
};

extern const struct ev_area ev_area_portfolio;
const struct ev_area ev_area_portfolio = { "portfolio", methods, EV_COUNT(methods) };
