// SPDX-License-Identifier: Apache-2.0
// What a plan names besides its own analysis: guardrails, further primary measures, components,
// alternatives, looks.
#include "seal.h"

// The next of LIST's items that is an object; NULL at its end, or after a complaint.
static const struct ev_node *next_object(
    struct sealing *s, const struct ev_node *list, const struct ev_node *before, const char *key)
{
    size_t at = before ? before->next : list ? list->first : 0;
    if (at == 0 || s->status != PH_OK) {
        return NULL;
    }
    if (s->t.node[at].kind != EV_NODE_OBJECT) {
        ev_seal_complain(s, key, "takes objects");
        return NULL;
    }
    return &s->t.node[at];
}

static bool room(struct sealing *s, const char *key, size_t n, size_t max)
{
    if (n >= max) {
        ev_seal_complain(
            s, key, max == PH_MEASURES_MAX ? "takes up to 7 objects" : "takes up to 8 objects");
    }
    return n < max;
}

static void read_guardrails(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *list = ev_seal_part(s, root, "guardrails", EV_NODE_LIST);
    const struct ev_node *one = NULL;
    while ((one = next_object(s, list, one, "guardrails")) != NULL &&
           room(s, "guardrails", p->n_guardrails, PH_GUARDRAILS_MAX)) {
        struct plan_guardrail *g = &p->guardrail[p->n_guardrails++];
        ev_seal_text(s, one, "outcome", g->outcome, sizeof(g->outcome));
        int direction = ev_seal_choice(s, one, "direction", ev_seal_directions, 2, -1);
        g->direction = direction == 1 ? PH_LOWER_IS_BETTER : PH_HIGHER_IS_BETTER;
        g->margin = ev_seal_number(s, one, "margin", NAN, 0, 1e300);
        if (g->outcome[0] == '\0' || direction < 0 || isnan(g->margin)) {
            ev_seal_complain(s, "guardrails", "need outcome, direction and margin each");
        }
    }
}

static void read_measures(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *list = ev_seal_part(s, root, "measures", EV_NODE_LIST);
    const struct ev_node *one = NULL;
    while ((one = next_object(s, list, one, "measures")) != NULL &&
           room(s, "measures", p->n_measures, PH_MEASURES_MAX)) {
        struct plan_measure *m = &p->measure[p->n_measures++];
        ev_seal_text(s, one, "outcome", m->outcome, sizeof(m->outcome));
        int direction = ev_seal_choice(s, one, "direction", ev_seal_directions, 2, -1);
        m->direction = direction == 1 ? PH_LOWER_IS_BETTER : PH_HIGHER_IS_BETTER;
        m->delta = ev_seal_number(s, one, "delta", NAN, 1e-300, 1e300);
        if (m->outcome[0] == '\0' || direction < 0 || isnan(m->delta)) {
            ev_seal_complain(s, "measures", "need outcome, direction and delta each");
        }
    }
    bool several = p->n_measures > 0;
    if (several && (p->rule.kind != PH_PLAN_EFFECT || ev_plan_kinds[p->own.method].formula ||
                       p->own.column[PLAN_TRIALS][0])) {
        ev_seal_complain(s, "measures",
            "are for effects, by methods that are given columns: without formula or trials");
    }
}

static void read_components(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *list = ev_seal_part(s, root, "components", EV_NODE_LIST);
    const struct ev_node *one = NULL;
    while ((one = next_object(s, list, one, "components")) != NULL &&
           room(s, "components", p->n_components, PH_COMPONENTS_MAX)) {
        struct plan_component *c = &p->component[p->n_components++];
        ev_seal_text(s, one, "name", c->name, sizeof(c->name));
        ev_seal_text(s, one, "rows", c->rows, sizeof(c->rows));
        ev_seal_text(s, one, "treat", c->treat, sizeof(c->treat));
        if (c->name[0] == '\0' || (c->rows[0] == '\0') == (c->treat[0] == '\0')) {
            ev_seal_complain(s, "components",
                "need a name, and rows or treat: a column that is 1 in their rows");
        }
        bool marks = p->own.column[PLAN_TREAT][0] && !ev_plan_kinds[p->own.method].formula;
        if (c->treat[0] && !marks) {
            ev_seal_complain(s, "components", "with treat need a method that is given that column");
        }
    }
    if (p->n_components > 0 && p->rule.kind != PH_PLAN_EFFECT) {
        ev_seal_complain(s, "components", "are for effects");
    }
}

// Each alternative is the plan's own analysis but for what it names.
static void read_alternatives(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *list = ev_seal_part(s, root, "sensitivity", EV_NODE_LIST);
    const struct ev_node *one = NULL;
    while ((one = next_object(s, list, one, "sensitivity")) != NULL &&
           room(s, "sensitivity", p->n_alternatives, PH_ALTERNATIVES_MAX)) {
        struct plan_alternative *x = &p->alternative[p->n_alternatives++];
        x->a = p->own;
        ev_seal_text(s, one, "name", x->name, sizeof(x->name));
        ev_seal_text(s, one, "rows", x->rows, sizeof(x->rows));
        const struct ev_node *method = ev_tree_member(&s->t, one, "method");
        if (method) {
            // Another method starts without the settings that only the plan's own one reads.
            struct plan_analysis bare = { .method = x->a.method,
                .design = x->a.design,
                .direction = x->a.direction,
                .vcov = PH_VCOV_CR2,
                .draws = x->a.draws,
                .series = { .from = NAN, .at = NAN, .period = 12, .lag = NAN } };
            memcpy(bare.column, x->a.column, sizeof(bare.column));
            bare.column[PLAN_STRATUM][0] = '\0';
            bare.column[PLAN_EXPOSURE][0] = bare.column[PLAN_SEASON][0] = '\0';
            x->a = bare;
        }
        ev_seal_analysis(s, one, &x->a);
        if (x->name[0] == '\0') {
            ev_seal_complain(s, "sensitivity", "needs a name for each alternative");
        }
        if (x->a.method <= PLAN_ACCURACY && s->status == PH_OK) {
            ev_seal_complain(s, "sensitivity", "takes methods for effects");
        }
        if (s->status == PH_OK) {
            ev_seal_check_analysis(s, &x->a);
        }
    }
    if (p->n_alternatives > 0 && p->rule.kind != PH_PLAN_EFFECT) {
        ev_seal_complain(s, "sensitivity", "is for effects");
    }
}

static void read_looks(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *part = ev_seal_part(s, root, "looks", EV_NODE_OBJECT);
    const struct ev_node *list = part ? ev_seal_part(s, part, "times", EV_NODE_LIST) : NULL;
    p->look_share = ev_seal_number(s, part, "share", part ? 0.2 : NAN, 0.001, 0.999);
    for (size_t i = list ? list->first : 0; i && s->status == PH_OK; i = s->t.node[i].next) {
        const struct ev_node *one = &s->t.node[i];
        bool rises = p->n_looks == 0 || one->number > p->look[p->n_looks - 1];
        if (one->kind != EV_NODE_NUMBER || p->n_looks == PLAN_LOOKS_MAX || !rises ||
            !(one->number < p->horizon)) {
            ev_seal_complain(s, "looks", "takes up to 64 rising times before the horizon");
            return;
        }
        p->look[p->n_looks++] = one->number;
    }
    const struct plan_kind *k = &ev_plan_kinds[p->own.method];
    bool alone = !p->own.column[PLAN_CLUSTER][0] && !p->own.column[PLAN_UNIT][0];
    if (part && p->n_looks == 0) {
        ev_seal_complain(s, "looks", "needs its times, and the plan a horizon after them");
    }
    if (part && !(k->looks && (alone || k->groups))) {
        ev_seal_complain(s, "looks",
            "would spend what nothing gains: before the horizon only two groups have an interval, "
            "and one share or rate of independent rows");
    }
}

void ev_seal_parts(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    read_guardrails(s, root, p);
    read_measures(s, root, p);
    read_components(s, root, p);
    read_alternatives(s, root, p);
    read_looks(s, root, p);
    p->portfolio = ev_seal_bool(s, root, "portfolio", false);
}

void ev_seal_parts_needs(struct sealing *s, struct ph_sealed *p)
{
    for (size_t i = 0; i < p->n_guardrails; i++) {
        ev_seal_need(s, p, p->guardrail[i].outcome, PH_REAL);
    }
    for (size_t i = 0; i < p->n_measures; i++) {
        ev_seal_need(s, p, p->measure[i].outcome, PH_REAL);
    }
    for (size_t i = 0; i < p->n_components; i++) {
        const struct plan_component *c = &p->component[i];
        ev_seal_need(s, p, c->rows[0] ? c->rows : c->treat, PH_REAL);
    }
    for (size_t i = 0; i < p->n_alternatives; i++) {
        const struct plan_alternative *x = &p->alternative[i];
        ev_seal_needs(s, &x->a, p);
        if (x->rows[0]) {
            ev_seal_need(s, p, x->rows, PH_REAL);
        }
    }
}
