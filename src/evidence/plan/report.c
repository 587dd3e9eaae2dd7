// SPDX-License-Identifier: Apache-2.0
#include "plan_inner.h"

#include <stdlib.h>

static void interval(struct ev_json *o, const char *key, struct ph_interval i)
{
    struct ev_json *part = ev_json_object(o, key);
    ev_json_number(part, "hi", i.hi);
    ev_json_number(part, "lo", i.lo);
}

static void report_gates(struct ev_json *o, const struct ph_evaluation *e)
{
    struct ev_json *list = ev_json_array(o, "gates");
    for (size_t i = 0; i < e->n_gates; i++) {
        struct ev_json *one = ev_json_item(list);
        ev_json_text(one, "gate", e->gate[i].name);
        ev_json_number(one, "value", e->gate[i].value);
        ev_json_number(one, "limit", e->gate[i].limit);
        ev_json_bool(one, "passed", e->gate[i].passed);
    }
}

static void report_guardrails(struct ev_json *o, const struct ph_evaluation *e)
{
    struct ev_json *list = ev_json_array(o, "guardrails");
    for (size_t i = 0; i < e->n_guardrails; i++) {
        struct ev_json *one = ev_json_item(list);
        ev_json_text(one, "outcome", e->guardrail[i].outcome);
        ev_json_number(one, "harm", e->guardrail[i].harm);
        interval(one, "interval", e->guardrail[i].interval);
        ev_json_number(one, "margin", e->guardrail[i].margin);
    }
}

// What the regression compares, and the group-time estimate: published with it, always.
void ev_beside_report(struct ev_json *o, const struct ph_beside *b)
{
    ev_json_number(o, "starts", (double)b->starts);
    ev_json_bool(o, "treatment_ends", b->ends);
    if (b->has_group_time) {
        struct ev_json *part = ev_json_object(o, "group_time");
        ev_json_number(part, "estimate", b->group_time.estimate);
        ev_json_number(part, "se", b->group_time.se);
        interval(part, "interval", b->group_time.interval);
        ev_json_text(part, "control", b->not_yet_treated ? "not-yet-treated" : "never-treated");
        ev_json_number(part, "pre_p", b->pre_p);
        ev_json_text(part, "pre_test", b->pre_test ? b->pre_test : "none");
        ev_json_number(part, "leads", (double)b->pre_cells);
        ev_json_number(part, "not_ruled_out", b->not_ruled_out);
    }
    struct ev_json *list = ev_json_array(o, "bacon");
    for (int i = 0; b->has_bacon && i < PH_BACON_KINDS; i++) {
        struct ev_json *one = ev_json_item(list);
        ev_json_text(one, "kind", ph_bacon_kind_name((enum ph_bacon_kind)i));
        ev_json_number(one, "weight", b->weight[i]);
        ev_json_number(one, "estimate", b->estimate[i]);
    }
}

static void report_primary(struct ev_json *o, const struct ph_result *h)
{
    ev_json_text(o, "convention", h->convention);
    ev_json_number(o, "estimate", h->estimate);
    ev_json_number(o, "se", h->se);
    interval(o, "interval", h->interval);
    ev_json_number(o, "level", h->level);
    ev_json_number(o, "p", h->p);
    ev_json_number(o, "n", (double)h->n);
    ev_json_number(o, "clusters", (double)h->clusters);
    ev_json_bool(o, "anytime", h->anytime);
    ev_json_number(o, "n_dropped", (double)h->n_dropped);
    struct ev_json *dropped = ev_json_object(o, "dropped");
    for (int i = 0; i < PH_DROP_REASONS; i++) {
        if (h->dropped[i] > 0) {
            ev_json_number(dropped, ph_drop_id((enum ph_drop)i), (double)h->dropped[i]);
        }
    }
}

static void report_head(struct ev_json *o, const struct ph_result *h)
{
    ev_json_number(o, "estimate", h->estimate);
    ev_json_number(o, "se", h->se);
    interval(o, "interval", h->interval);
    ev_json_number(o, "p", h->p);
    ev_json_number(o, "n", (double)h->n);
    ev_json_text(o, "convention", h->convention);
}

static void report_measures(struct ev_json *o, const struct ph_evaluation *e)
{
    struct ev_json *list = ev_json_array(o, "measures");
    for (size_t i = 0; i < e->n_measures; i++) {
        const struct ph_measure_result *m = &e->measure[i];
        struct ev_json *one = ev_json_item(list);
        ev_json_text(one, "outcome", m->outcome);
        ev_json_text(one, "direction", m->direction == PH_LOWER_IS_BETTER ? "lower" : "higher");
        ev_json_number(one, "delta", m->delta);
        ev_json_number(one, "worthwhile", m->worthwhile);
        ev_json_number(one, "holm", m->holm);
        report_head(one, &m->head);
    }
    list = ev_json_array(o, "components");
    for (size_t i = 0; i < e->n_components; i++) {
        const struct ph_component_result *x = &e->component[i];
        struct ev_json *one = ev_json_item(list);
        ev_json_text(one, "name", x->name);
        ev_json_number(one, "holm", x->holm);
        ev_json_bool(one, "survives", x->survives);
        ev_json_text(one, "why_not", x->why);
        report_head(one, &x->head);
    }
}

static void report_alternatives(struct ev_json *o, const struct ph_evaluation *e)
{
    struct ev_json *part = ev_json_object(o, "sensitivity");
    interval(part, "spread", e->spread);
    struct ev_json *list = ev_json_array(part, "alternatives");
    for (size_t i = 0; i < e->n_alternatives; i++) {
        const struct ph_alternative_result *x = &e->alternative[i];
        struct ev_json *one = ev_json_item(list);
        ev_json_text(one, "name", x->name);
        ev_json_text(one, "method", x->method);
        ev_json_text(one, "grade", ph_grade_name(x->head.grade));
        ev_json_number(one, "worthwhile", x->worthwhile);
        ev_json_text(one, "why_not", x->why);
        report_head(one, &x->head);
    }
}

static void report_portfolio(struct ev_json *o, const struct ph_evaluation *e)
{
    ev_json_number(o, "pilots", (double)e->pilots);
    ev_json_number(o, "tau2", e->tau2);
    ev_json_number(o, "shrunk", e->shrunk);
    ev_json_number(o, "se", e->shrunk_se);
}

void ev_evaluation_report(struct ev_json *o, const struct ph_evaluation *e)
{
    ev_json_text(o, "plan", e->hash);
    ev_json_text(o, "method", e->method);
    ev_json_text(o, "stage", e->stage == PH_STAGE_EARLY ? "early" : "horizon");
    ev_json_number(o, "time", e->time);
    ev_json_number(o, "horizon", e->horizon);
    ev_json_text(o, "verdict", ph_verdict_name(e->verdict.verdict));
    ev_json_text(o, "reason", ph_reason_name(e->verdict.reason));
    ev_json_text(o, "grade", ph_grade_name(e->verdict.grade));
    ev_json_bool(o, "exploratory", e->exploratory);
    report_primary(ev_json_object(o, "primary"), &e->primary);
    interval(o, "fixed_interval", e->fixed);
    ev_json_number(o, "delta", e->verdict.delta);
    ev_json_number(o, "worthwhile", e->worthwhile);
    ev_json_number(o, "benefit", e->benefit);
    ev_json_number(o, "net_benefit", e->net_benefit);
    ev_json_number(o, "detectable", e->detectable);
    struct ev_json *extension = ev_json_object(o, "extension");
    ev_json_number(extension, "detectable", e->extension_mde);
    ev_json_number(extension, "value", e->extension_value);
    ev_json_number(extension, "cost", e->extension_cost);
    report_gates(o, e);
    report_guardrails(o, e);
    report_measures(o, e);
    ev_json_number(o, "holm", e->holm);
    report_alternatives(o, e);
    if (e->pilots > 0) {
        report_portfolio(ev_json_object(o, "portfolio"), e);
    }
    ev_json_text(o, "input", e->input);
    ev_json_number(o, "look_share", e->look_share);
    if (e->has_beside) {
        ev_beside_report(ev_json_object(o, "beside"), &e->beside);
    }
    ev_json_number(o, "seed", (double)e->seed);
    struct ev_json *ids = ev_json_array(o, "warnings");
    uint64_t set = e->verdict.warnings | e->primary.warnings;
    for (uint64_t bit; (bit = ph_warning_next(&set)) != 0;) {
        ev_json_text(ids, NULL, ph_warning_id(bit));
    }
    char *words = ph_evaluation_words(e);
    ev_json_text(o, "words", words);
    free(words);
}

char *ph_evaluation_json(const struct ph_evaluation *e)
{
    struct ev_json *o = ev_json_new();
    char *text = NULL;
    size_t len = 0;
    FILE *out = o ? open_memstream(&text, &len) : NULL;
    bool good = out != NULL;
    if (good) {
        ev_evaluation_report(o, e);
        good = ev_json_write(o, out);
        good = fclose(out) == 0 && good;
    }
    ev_json_free(o);
    if (!good) {
        free(text);
        return NULL;
    }
    return text;
}

void ph_text_free(char *text)
{
    free(text);
}
