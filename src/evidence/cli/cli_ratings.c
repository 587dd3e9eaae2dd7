// SPDX-License-Identifier: Apache-2.0
// Pitches: ratings, topk.
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

static void report_name(struct ev_json *o, const struct ph_column *column, int32_t key)
{
    const char *name = column->label[key];
    double id;
    ev_json_text(o, "name", name);
    if (ev_number(name, strlen(name), &id)) {
        ev_json_number(o, "id", id);
    }
}

static void report_rated(
    struct ev_json *o, const struct ph_column *column, const struct ph_rated *r)
{
    report_name(o, column, r->key);
    ev_json_number(o, "n", (double)r->n);
    ev_json_number(o, "raw", r->raw);
    ev_json_number(o, "effect", r->effect);
    ev_json_number(o, "se", r->se);
    ev_json_number(o, "variance", r->se * r->se);
}

static void report_fit(
    struct ev_call *k, const char *method, const struct ph_ratings_result *r, int32_t rater)
{
    struct ev_json *o = k->report;
    ev_report_head(o, method, &r->head);
    ev_json_number(o, "var_item", r->var_item);
    ev_json_number(o, "var_rater", r->var_rater);
    ev_json_number(o, "var_residual", r->var_residual);
    ev_json_number(o, "log_likelihood", r->log_likelihood);
    ev_json_number(o, "agreement", r->agreement);
    ev_json_number(o, "components", (double)r->components);
    ev_json_number(o, "iterations", (double)r->iterations);
    ev_json_number(o, "n_items", (double)r->n_items);
    ev_json_number(o, "n_raters", (double)r->n_raters);
    struct ev_json *list = ev_json_array(o, "raters");
    for (size_t i = 0; i < r->n_raters; i++) {
        report_rated(ev_json_item(list), &k->table->columns[rater], &r->raters[i]);
    }
}

// Columns and options that both methods take. EV_DONE when the file is read.
static int prepare(struct ev_call *k, struct ph_ratings_options *o)
{
    const struct ev_value *sum = ev_list(k, "--sum");
    bool one = ev_given(k, "--outcome");
    if (one == sum->given || !ev_given(k, "--item") || !ev_given(k, "--rater")) {
        return ev_misused(k, "Give --data FILE.csv, --item and --rater, and either --outcome or "
                             "--sum with several columns.");
    }
    if (one) {
        o->outcomes[0] = ev_want(k, ev_text(k, "--outcome"), PH_REAL);
        o->n_outcomes = 1;
    } else {
        o->n_outcomes = ev_want_list(k, "--sum", PH_REAL, o->outcomes, PH_RATING_COLUMNS_MAX);
    }
    o->item = ev_want(k, ev_text(k, "--item"), PH_KEY);
    o->rater = ev_want(k, ev_text(k, "--rater"), PH_KEY);
    o->ml = ev_given(k, "--ml");
    o->level = ev_value_of(k, "--level");
    return ev_load(k);
}

static int ratings(struct ev_call *k)
{
    struct ph_ratings_options o = PH_RATINGS_OPTIONS;
    struct ph_ratings_result r;
    int code = prepare(k, &o);
    if (code != EV_DONE) {
        return code;
    }
    enum ph_status status = ph_ratings(k->c, &k->table->frame, &o, &r);
    if (status == PH_OK) {
        report_fit(k, "ratings", &r, o.rater);
        struct ev_json *list = ev_json_array(k->report, "items");
        for (size_t i = 0; i < r.n_items; i++) {
            report_rated(ev_json_item(list), &k->table->columns[o.item], &r.items[i]);
        }
        ph_ratings_release(k->c, &r);
    }
    return ev_answer(k, status);
}

// ---- topk ----

struct place {
    double effect;
    size_t at;
};

static int best_first(const void *a, const void *b)
{
    const struct place *x = a;
    const struct place *y = b;
    if (x->effect != y->effect) {
        return x->effect > y->effect ? -1 : 1;
    }
    return x->at < y->at ? -1 : x->at > y->at;
}

static bool report_top(struct ev_call *k, const struct ph_top_result *r,
    const struct ph_ratings_options *ratings, enum ph_direction direction)
{
    struct place *order = malloc(r->ratings.n_items * sizeof(*order));
    if (!order) {
        return false;
    }
    for (size_t i = 0; i < r->ratings.n_items; i++) {
        double effect = r->ratings.items[i].effect;
        order[i] = (struct place){ direction == PH_HIGHER_IS_BETTER ? effect : -effect, i };
    }
    qsort(order, r->ratings.n_items, sizeof(*order), best_first);
    report_fit(k, "topk", &r->ratings, ratings->rater);
    ev_json_number(k->report, "k", (double)r->k);
    ev_json_number(k->report, "draws", (double)r->draws);
    struct ev_json *list = ev_json_array(k->report, "ranking");
    for (size_t i = 0; i < r->ratings.n_items; i++) {
        struct ev_json *o = ev_json_item(list);
        report_rated(o, &k->table->columns[ratings->item], &r->ratings.items[order[i].at]);
        ev_json_number(o, "probability", r->items[order[i].at].probability);
        ev_json_number(o, "mc_error", r->items[order[i].at].mc_error);
    }
    free(order);
    return true;
}

static int plot_top(struct ev_call *k, const struct ph_top_result *r, int32_t item)
{
    if (!ev_plots(k)) {
        return EV_DONE;
    }
    const char **names = calloc(r->ratings.n_items + 1, sizeof(*names));
    struct ph_picture_options picture = ev_plot_options(k, NULL);
    for (size_t i = 0; names && i < r->ratings.n_items; i++) {
        names[i] = k->table->columns[item].label[r->ratings.items[i].key];
    }
    int code = ev_plot(k, names ? ph_picture_top(&picture, r, names) : NULL);
    free(names);
    return code;
}

static int topk(struct ev_call *k)
{
    struct ph_top_options o = PH_TOP_OPTIONS;
    struct ph_top_result r;
    int code = prepare(k, &o.ratings);
    if (code != EV_DONE) {
        return code;
    }
    o.k = (size_t)ev_value_of(k, "--k");
    o.draws = (size_t)ev_value_of(k, "--draws");
    o.direction = (enum ph_direction)ev_choice(k, "--direction");
    enum ph_status status = ph_top_k(k->c, &k->table->frame, &o, &r);
    if (status != PH_OK) {
        return ev_answer(k, status);
    }
    bool told = report_top(k, &r, &o.ratings, o.direction);
    code = told ? plot_top(k, &r, o.ratings.item) : ev_misused(k, "Not enough memory.");
    ph_top_release(k->c, &r);
    return code;
}

#define COMMON_OPTIONS                                                                             \
    { "--item", EV_OPTION_TEXT, NULL, "Column of what was rated", NULL },                          \
        { "--rater", EV_OPTION_TEXT, NULL, "Column of who rated", NULL },                          \
        { "--sum", EV_OPTION_LIST, NULL, "Columns of criteria to add up, instead of --outcome",    \
            NULL },                                                                                \
    {                                                                                              \
        "--ml", EV_OPTION_FLAG, NULL, "Maximum likelihood instead of REML", NULL                   \
    }

static const struct ev_option ratings_options[] = { COMMON_OPTIONS };

static const struct ev_option top_options[] = {
    COMMON_OPTIONS,
    { "--k", EV_OPTION_WHOLE, "10", "How many are at the top", NULL },
    { "--draws", EV_OPTION_WHOLE, "100000", "Draws from the posterior", NULL },
    { "--direction", EV_OPTION_CHOICE, "higher", "Which rating is better", "higher|lower" },
};

static const struct ev_method methods[] = {
    { "ratings", "How good is each item when some raters are stricter?",
        EV_DATA | EV_OUTCOME | EV_LEVEL, ratings_options, EV_COUNT(ratings_options), ratings },
    { "topk", "How probably is each item among the best?",
        EV_DATA | EV_OUTCOME | EV_LEVEL | EV_SEED | EV_PLOT, top_options, EV_COUNT(top_options),
        topk },
};

extern const struct ev_area ev_area_ratings;
const struct ev_area ev_area_ratings = { "ratings", methods, EV_COUNT(methods) };
