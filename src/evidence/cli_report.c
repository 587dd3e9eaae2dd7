// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"

enum { WARNINGS_MAX = 64 };

// A report under construction: the parts that every method has, kept alive until it is written.
struct report {
    struct ev_json all;
    struct ev_json interval;
    struct ev_json dropped;
    const char *warnings[WARNINGS_MAX];
    const char *words[WARNINGS_MAX];
};

static void fill_interval(struct ev_json *o, struct ph_interval i)
{
    ev_json_number(o, "half_width", (i.hi - i.lo) / 2);
    ev_json_number(o, "hi", i.hi);
    ev_json_number(o, "lo", i.lo);
}

// PART keeps the object; it must outlive the writing.
static void interval_part(
    struct report *r, struct ev_json *part, const char *key, struct ph_interval i)
{
    fill_interval(part, i);
    ev_json_object(&r->all, key, part);
}

static void warnings_part(struct report *r, uint64_t set)
{
    size_t n = 0;
    for (uint64_t bit; (bit = ph_warning_next(&set)) != 0; n++) {
        r->warnings[n] = ph_warning_id(bit);
        r->words[n] = ph_warning_words(bit);
    }
    ev_json_texts(&r->all, "warnings", r->warnings, n);
    ev_json_texts(&r->all, "warnings_words", r->words, n);
}

static void head_part(struct report *r, const char *method, const struct ph_result *h)
{
    struct ev_json *o = &r->all;
    ev_json_text(o, "method", method);
    ev_json_text(o, "convention", h->convention);
    ev_json_number(o, "estimate", h->estimate);
    ev_json_number(o, "se", h->se);
    ev_json_number(o, "df", h->df);
    ev_json_number(o, "level", h->level);
    ev_json_number(o, "p", h->p);
    ev_json_number(o, "n", (double)h->n);
    ev_json_number(o, "n_dropped", (double)h->n_dropped);
    ev_json_number(o, "clusters", (double)h->clusters);
    ev_json_text(o, "grade", ph_grade_name(h->grade));
    ev_json_bool(o, "anytime", h->anytime);
    for (int i = 0; i < PH_DROP_REASONS; i++) {
        ev_json_number(&r->dropped, ph_drop_id((enum ph_drop)i), (double)h->dropped[i]);
    }
    ev_json_object(o, "dropped", &r->dropped);
    interval_part(r, &r->interval, "interval", h->interval);
    warnings_part(r, h->warnings);
}

static bool finish(const struct report *r, FILE *out)
{
    bool done = ev_json_write(&r->all, out);
    return fputc('\n', out) != EOF && done;
}

bool ev_report_feasibility(const struct ph_feasibility_result *f, FILE *out)
{
    struct report r = { 0 };
    struct ev_json wilson = { 0 };
    struct ev_json exact = { 0 };
    head_part(&r, "feasibility", &f->head);
    ev_json_number(&r.all, "successes", f->successes);
    ev_json_number(&r.all, "trials", f->trials);
    ev_json_number(&r.all, "floor", f->floor);
    ev_json_number(&r.all, "probability_met", f->probability_met);
    ev_json_number(&r.all, "design_effect", f->design_effect);
    interval_part(&r, &wilson, "wilson", f->wilson);
    interval_part(&r, &exact, "exact", f->exact);
    return finish(&r, out);
}

bool ev_report_accuracy(const struct ph_accuracy_result *a, FILE *out)
{
    struct report r = { 0 };
    struct ev_json lower = { 0 };
    struct ev_json upper = { 0 };
    struct ev_json concordance = { 0 };
    head_part(&r, "accuracy", &a->head);
    ev_json_number(&r.all, "sd", a->sd);
    ev_json_number(&r.all, "lower_limit", a->lower_limit);
    ev_json_number(&r.all, "upper_limit", a->upper_limit);
    ev_json_number(&r.all, "concordance", a->concordance);
    ev_json_number(&r.all, "correlation", a->correlation);
    ev_json_number(&r.all, "bias_slope", a->bias_slope);
    ev_json_number(&r.all, "bias_slope_p", a->bias_slope_p);
    ev_json_number(&r.all, "mean_outcome", a->mean_outcome);
    ev_json_number(&r.all, "mean_reference", a->mean_reference);
    interval_part(&r, &lower, "lower_limit_interval", a->lower_limit_interval);
    interval_part(&r, &upper, "upper_limit_interval", a->upper_limit_interval);
    interval_part(&r, &concordance, "concordance_interval", a->concordance_interval);
    return finish(&r, out);
}

struct share_part {
    struct ev_json share;
    struct ev_json interval;
};

static void fill_share(
    struct report *r, struct share_part *part, const char *key, const struct ph_share *s)
{
    ev_json_number(&part->share, "share", s->share);
    ev_json_number(&part->share, "count", s->count);
    ev_json_number(&part->share, "of", s->of);
    fill_interval(&part->interval, s->interval);
    ev_json_object(&part->share, "interval", &part->interval);
    ev_json_object(&r->all, key, &part->share);
}

bool ev_report_yes_no(const struct ph_yes_no_result *y, FILE *out)
{
    struct report r = { 0 };
    struct share_part part[6] = { 0 };
    head_part(&r, "accuracy", &y->head);
    ev_json_number(&r.all, "both_yes", y->both_yes);
    ev_json_number(&r.all, "only_outcome", y->only_outcome);
    ev_json_number(&r.all, "only_reference", y->only_reference);
    ev_json_number(&r.all, "both_no", y->both_no);
    fill_share(&r, &part[0], "sensitivity", &y->sensitivity);
    fill_share(&r, &part[1], "specificity", &y->specificity);
    fill_share(&r, &part[2], "ppv", &y->ppv);
    fill_share(&r, &part[3], "npv", &y->npv);
    fill_share(&r, &part[4], "agreement", &y->agreement);
    fill_share(&r, &part[5], "prevalence", &y->prevalence);
    return finish(&r, out);
}

bool ev_report_before_after(const struct ph_before_after_result *b, FILE *out)
{
    struct report r = { 0 };
    head_part(&r, "before-after", &b->head);
    ev_json_number(&r.all, "mean_before", b->mean_before);
    ev_json_number(&r.all, "mean_after", b->mean_after);
    ev_json_number(&r.all, "sd_before", b->sd_before);
    ev_json_number(&r.all, "sd_after", b->sd_after);
    ev_json_number(&r.all, "sd_change", b->sd_change);
    ev_json_number(&r.all, "n_before", (double)b->n_before);
    ev_json_number(&r.all, "n_after", (double)b->n_after);
    ev_json_number(&r.all, "pairs", (double)b->pairs);
    ev_json_number(&r.all, "only_before", (double)b->only_before);
    ev_json_number(&r.all, "only_after", (double)b->only_after);
    ev_json_number(&r.all, "nesta_level", b->nesta_level);
    return finish(&r, out);
}

bool ev_report_welch(const struct ph_welch_result *w, FILE *out)
{
    struct report r = { 0 };
    head_part(&r, "welch", &w->head);
    ev_json_number(&r.all, "mean0", w->mean[0]);
    ev_json_number(&r.all, "mean1", w->mean[1]);
    ev_json_number(&r.all, "sd0", w->sd[0]);
    ev_json_number(&r.all, "sd1", w->sd[1]);
    ev_json_number(&r.all, "n0", (double)w->n[0]);
    ev_json_number(&r.all, "n1", (double)w->n[1]);
    ev_json_number(&r.all, "clusters0", (double)w->clusters[0]);
    ev_json_number(&r.all, "clusters1", (double)w->clusters[1]);
    return finish(&r, out);
}

bool ev_report_proportions(const struct ph_proportions_result *p, FILE *out)
{
    struct report r = { 0 };
    struct ev_json part[6] = { 0 };
    head_part(&r, "proportions", &p->head);
    ev_json_number(&r.all, "x0", p->successes[0]);
    ev_json_number(&r.all, "n0", p->trials[0]);
    ev_json_number(&r.all, "x1", p->successes[1]);
    ev_json_number(&r.all, "n1", p->trials[1]);
    ev_json_number(&r.all, "share0", p->share[0]);
    ev_json_number(&r.all, "share1", p->share[1]);
    ev_json_number(&r.all, "clusters0", (double)p->clusters[0]);
    ev_json_number(&r.all, "clusters1", (double)p->clusters[1]);
    interval_part(&r, &part[0], "wilson0", p->share_interval[0]);
    interval_part(&r, &part[1], "wilson1", p->share_interval[1]);
    interval_part(&r, &part[2], "newcombe", p->newcombe);
    interval_part(&r, &part[3], "miettinen_nurminen", p->miettinen_nurminen);
    interval_part(&r, &part[4], "wald", p->wald);
    interval_part(&r, &part[5], "wald_unbiased", p->wald_unbiased);
    return finish(&r, out);
}

bool ev_report_power(const struct ph_power_result *p, FILE *out)
{
    struct report r = { 0 };
    ev_json_text(&r.all, "method", "power");
    ev_json_text(&r.all, "convention", p->convention);
    ev_json_number(&r.all, "power", p->power);
    ev_json_number(&r.all, "n", p->n);
    ev_json_number(&r.all, "n_treated", p->n_treated);
    ev_json_number(&r.all, "n_compared", p->n_compared);
    ev_json_number(&r.all, "effect", p->effect);
    ev_json_number(&r.all, "alpha_exact", p->alpha_exact);
    ev_json_number(&r.all, "design_effect", p->design_effect);
    ev_json_number(&r.all, "df", p->df);
    warnings_part(&r, p->warnings);
    return finish(&r, out);
}
