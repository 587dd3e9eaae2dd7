// SPDX-License-Identifier: Apache-2.0
// Which pitches are best, when some raters are stricter than others?
#include "interface.h"

#include <stdlib.h>
#include <string.h>

static void tell_fit(
    struct interface *in, const struct ph_ratings_result *r, bool likelihood, const char *id)
{
    tell(in, r->var_item, "%s", id);
    tell(in, r->var_rater, "%s", id);
    tell(in, r->var_residual, "%s", id);
    tell(in, r->head.estimate, "%s", id);
    tell(in, r->head.se, "%s", id);
    if (likelihood) {
        tell(in, r->log_likelihood, "%s", id);
    }
}

static void proposals(struct interface *in)
{
    static const struct {
        const char *id;
        const char *outcome;
        bool ml;
    } asked[] = {
        { "facet.aibs.REML", "score", false },
        { "facet.aibs.ML", "score", true },
        { "facet.aibs.investigator", "investigator", false },
    };
    struct data *d = read_data(in, "aibs_grant_review.csv");
    data_add_keys(d, "proposal");
    data_add_keys(d, "reviewer");
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct ph_ratings_options o = PH_RATINGS_OPTIONS;
        struct ph_ratings_result r;
        o.outcomes[0] = column(d, asked[i].outcome);
        o.item = key_column(d, "proposal");
        o.rater = key_column(d, "reviewer");
        o.ml = asked[i].ml;
        if (!worked(in, ph_ratings(in->context, &d->frame, &o, &r), asked[i].id)) {
            continue;
        }
        tell_fit(in, &r, strcmp(asked[i].outcome, "score") == 0, asked[i].id);
        if (i == 0) {
            tell(in, r.var_rater, "facet.aibs.boundary");
        }
        ph_ratings_release(in->context, &r);
    }
    data_free(d);
}

// ---- Essays, by the sum of five criteria ----

static struct ph_ratings_options essay_options(const struct data *d)
{
    static const char *const criteria[] = { "k1", "k2", "k3", "k4", "k5" };
    struct ph_ratings_options o = PH_RATINGS_OPTIONS;
    o.n_outcomes = COUNT(criteria);
    for (size_t i = 0; i < COUNT(criteria); i++) {
        o.outcomes[i] = column(d, criteria[i]);
    }
    o.item = key_column(d, "idstud");
    o.rater = key_column(d, "rater");
    return o;
}

static const struct ph_rated *rated(const struct ph_rated *all, size_t n, int32_t key)
{
    size_t i = 0;
    while (i + 1 < n && all[i].key != key) {
        i++;
    }
    return &all[i];
}

static void tell_essays(
    struct interface *in, const struct data *d, const struct ph_ratings_result *r)
{
    const struct ph_column *raters = &d->column[key_column(d, "rater")];
    char name[8];
    for (int i = 1; i <= 16; i++) {
        snprintf(name, sizeof(name), "R%02d", i);
        for (size_t k = 0; k < raters->labels; k++) {
            if (strcmp(raters->label[k], name) == 0) {
                tell(in, rated(r->raters, r->n_raters, (int32_t)k)->effect, "facet.essay.severity");
            }
        }
    }
    for (int32_t id = 1001; id <= 1010; id++) {
        const struct ph_rated *item = rated(r->items, r->n_items, id);
        tell(in, item->effect, "facet.essay.blup10");
        tell(in, item->se * item->se, "facet.essay.pev10");
    }
}

static void fits(struct interface *in, const struct data *d)
{
    for (int ml = 0; ml < 2; ml++) {
        struct ph_ratings_options o = essay_options(d);
        struct ph_ratings_result r;
        o.ml = ml;
        if (!worked(in, ph_ratings(in->context, &d->frame, &o, &r), "ratings")) {
            continue;
        }
        tell_fit(in, &r, true, ml ? "facet.essay.ML" : "facet.essay.REML");
        if (!ml) {
            tell_essays(in, d, &r);
        }
        ph_ratings_release(in->context, &r);
    }
}

struct ranked {
    int32_t key;
    double effect;
    double probability;
};

static int best_first(const void *a, const void *b)
{
    const struct ranked *x = a;
    const struct ranked *y = b;
    return (x->effect < y->effect) - (x->effect > y->effect);
}

static void ranking(struct interface *in, const struct data *d)
{
    struct ph_top_options o = PH_TOP_OPTIONS;
    struct ph_top_result r;
    o.ratings = essay_options(d);
    o.k = 20;
    o.draws = 400000;
    if (!worked(in, ph_top_k(in->context, &d->frame, &o, &r), "topk")) {
        return;
    }
    size_t n = r.ratings.n_items;
    struct ranked *order = calloc(n + 1, sizeof(*order));
    for (size_t i = 0; order && i < n; i++) {
        const struct ph_rated *item = &r.ratings.items[i];
        order[i] = (struct ranked){ item->key, item->effect, r.items[i].probability };
    }
    if (order) {
        qsort(order, n, sizeof(*order), best_first);
    }
    for (size_t i = 0; order && i < 30 && i < n; i++) {
        tell(in, order[i].key, "facet.essay.top20.naive_rank");
        tell(in, order[i].probability, "facet.essay.top20");
    }
    free(order);
    ph_top_release(in->context, &r);
}

void answer_ratings(struct interface *in)
{
    proposals(in);
    struct data *d = read_data(in, "essay_ratings.csv");
    data_add_keys(d, "idstud");
    fits(in, d);
    ranking(in, d);
    data_free(d);
}
