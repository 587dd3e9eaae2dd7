// SPDX-License-Identifier: Apache-2.0
// A plan's text read, checked and sealed.
#include "seal.h"
#include "sha256.h"

#include <stdlib.h>

// What the plan's own analysis and the rest of it ask of each other.
static void check_plan(struct sealing *s, const struct ph_sealed *p)
{
    ev_seal_check_analysis(s, &p->own);
    if (p->n_guardrails > 0 && p->own.column[PLAN_TREAT][0] == '\0') {
        ev_seal_complain(s, "guardrails", "need the treat column: harm is a difference of groups");
    }
    if (!isnan(p->treated_share) && !ev_plan_kinds[p->own.method].groups) {
        ev_seal_complain(s, "treated_share", "belongs to plans that compare two groups");
    }
    if (!isnan(p->horizon) && p->own.column[PLAN_TIME][0] == '\0') {
        ev_seal_complain(s, "horizon", "needs the time column");
    }
}

static void read_needs(struct sealing *s, struct ph_sealed *p)
{
    ev_seal_needs(s, &p->own, p);
    ev_seal_parts_needs(s, p);
}

static void read_rule(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    static const char *const kinds[] = { "feasibility", "accuracy", "effect" };
    p->rule = (struct ph_plan)PH_PLAN;
    p->own = (struct plan_analysis){ .method = PLAN_METHODS,
        .vcov = PH_VCOV_CR2,
        .series = { .from = NAN, .at = NAN, .period = 12, .lag = NAN } };
    int kind = ev_seal_choice(s, root, "kind", kinds, 3, -1);
    p->own.direction =
        (enum ph_direction)ev_seal_choice(s, root, "direction", ev_seal_directions, 2, 0);
    ev_seal_analysis(s, root, &p->own);
    enum plan_method method = p->own.method;
    if (kind < 0 || method == PLAN_METHODS) {
        ev_seal_complain(s, kind < 0 ? "kind" : "method", "is missing");
        return;
    }
    p->rule.kind = (enum ph_plan_kind)kind;
    bool effect = method > PLAN_ACCURACY;
    if ((kind == PH_PLAN_EFFECT) != effect || (!effect && kind != (int)method)) {
        ev_seal_complain(s, "method", "does not fit the plan's kind");
    }
    p->rule.direction = p->own.direction;
    p->rule.level = ev_seal_number(s, root, "level", 0.95, 0.5000001, 0.9999999);
    p->rule.delta = ev_seal_number(s, root, "delta", NAN, 1e-300, 1e300);
    double most = p->own.column[PLAN_EXPOSURE][0] ? 1e300 : 1 - 1e-9; // a rate may be above 1
    p->floor = ev_seal_number(s, root, "floor", NAN, 1e-9, most);
    p->margin = ev_seal_number(s, root, "margin", NAN, 1e-300, 1e300);
    p->horizon = ev_seal_number(s, root, "horizon", NAN, -1e300, 1e300);
    p->tuned_for = ev_seal_number(s, root, "tuned_for", NAN, 2, 1e15);
    double needed = kind == PH_PLAN_EFFECT        ? p->rule.delta
                    : kind == PH_PLAN_FEASIBILITY ? p->floor
                                                  : p->margin;
    if (isnan(needed)) {
        ev_seal_complain(s,
            kind == PH_PLAN_EFFECT        ? "delta"
            : kind == PH_PLAN_FEASIBILITY ? "floor"
                                          : "margin",
            "is missing: what would be worth having?");
    }
}

static void read_thresholds(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *gates = ev_seal_part(s, root, "gates", EV_NODE_OBJECT);
    p->treated_share = ev_seal_number(s, gates, "treated_share", NAN, 1e-6, 1 - 1e-6);
    p->sample_ratio_p = ev_seal_number(s, gates, "sample_ratio_p", 0.001, 0, 1);
    p->missing = ev_seal_number(s, gates, "missing", NAN, 0, 1);
    p->attrition = ev_seal_number(s, gates, "attrition", NAN, 0, 1);
    const struct ev_node *decision = ev_seal_part(s, root, "decision", EV_NODE_OBJECT);
    p->rule.worthwhile_needed = ev_seal_number(s, decision, "worthwhile", 0.8, 0, 1);
    p->rule.benefit_needed = ev_seal_number(s, decision, "benefit", 0.7, 0, 1);
    p->rule.benefit_stop = ev_seal_number(s, decision, "benefit_stop", 0.2, 0, 1);
    const struct ev_node *money = ev_seal_part(s, root, "money", EV_NODE_OBJECT);
    p->rule.money = money != NULL;
    p->cost = ev_seal_number(s, money, "cost", 0, -1e300, 1e300);
    p->value = ev_seal_number(s, money, "value", money ? NAN : 0, 0, 1e300);
    p->population = ev_seal_number(s, money, "population", 1, 0, 1e15);
    if (isnan(p->value)) {
        ev_seal_complain(s, "money", "needs a value: what one unit of the effect is worth");
    }
    const struct ev_node *extension = ev_seal_part(s, root, "extension", EV_NODE_OBJECT);
    p->extension_units = ev_seal_number(s, extension, "units", NAN, 1, 1e15);
    p->extension_cost = ev_seal_number(s, extension, "cost", 0, 0, 1e300);
    if (extension && isnan(p->extension_units)) {
        ev_seal_complain(s, "extension", "needs its units");
    }
}

// Every key that nobody asked for is a mistake: it would promise what the run doesn't do.
static void check_all_read(struct sealing *s, const struct ev_node *object)
{
    for (size_t i = object->first; i && s->status == PH_OK; i = s->t.node[i].next) {
        const struct ev_node *n = &s->t.node[i];
        if (object->kind == EV_NODE_OBJECT && !n->read) {
            ev_seal_complain(s, n->key, "is not known here");
        }
        bool free_form = n->key && strcmp(n->key, "notes") == 0;
        if (!free_form && (n->kind == EV_NODE_OBJECT || n->kind == EV_NODE_LIST)) {
            check_all_read(s, n);
        }
    }
}

static void write_node(const struct ev_tree *t, const struct ev_node *n, struct ev_json *o)
{
    switch (n->kind) {
    case EV_NODE_NULL:
        ev_json_number(o, n->key, NAN);
        break;
    case EV_NODE_BOOL:
        ev_json_bool(o, n->key, n->number == 1);
        break;
    case EV_NODE_NUMBER:
        ev_json_number(o, n->key, n->number);
        break;
    case EV_NODE_TEXT:
        ev_json_text(o, n->key, n->text);
        break;
    case EV_NODE_LIST:
    case EV_NODE_OBJECT: {
        struct ev_json *inner =
            n->kind == EV_NODE_LIST ? ev_json_array(o, n->key) : ev_json_object(o, n->key);
        for (size_t i = n->first; i; i = t->node[i].next) {
            write_node(t, &t->node[i], inner);
        }
        break;
    }
    }
}

static enum ph_status write_canonical(struct sealing *s, struct ph_sealed *p)
{
    struct ev_json *o = ev_json_new();
    size_t len = 0;
    FILE *out = o ? open_memstream(&p->text, &len) : NULL;
    bool good = out != NULL;
    if (good) {
        for (size_t i = s->t.node[0].first; i; i = s->t.node[i].next) {
            write_node(&s->t, &s->t.node[i], o);
        }
        good = ev_json_write(o, out);
        good = fclose(out) == 0 && good;
    }
    ev_json_free(o);
    if (!good) {
        return ev_complain(s->c, PH_NO_MEMORY, "Not enough memory for the plan.");
    }
    while (len > 0 && p->text[len - 1] == '\n') {
        p->text[--len] = '\0';
    }
    ev_sha256_hex(p->text, len, p->hash);
    return PH_OK;
}

enum ph_status ph_plan_seal(
    struct ph_context *context, const char *text, size_t len, struct ph_sealed **ret_sealed)
{
    enum ph_status status = ev_begin(context, text, PH_VERSION, ret_sealed);
    if (status != PH_OK) {
        return status;
    }
    if (len > PH_PLAN_TEXT_MAX) {
        return ev_complain(context, PH_TOO_LARGE, "A plan may have %d bytes.", PH_PLAN_TEXT_MAX);
    }
    struct sealing s = { .c = context };
    s.status = ev_tree_read(context, text, len, &s.t);
    if (s.status != PH_OK) {
        return s.status;
    }
    struct ph_sealed *p = calloc(1, sizeof(*p));
    const struct ev_node *root = &s.t.node[0];
    if (!p) {
        s.status = ev_complain(context, PH_NO_MEMORY, "Not enough memory for the plan.");
    } else if (root->kind != EV_NODE_OBJECT) {
        s.status = ev_complain(context, PH_DATA, "A plan is a JSON object.");
    } else {
        char words[PLAN_NAME_MAX];
        ev_seal_text(&s, root, "title", words, sizeof(words));
        (void)ev_tree_member(&s.t, root, "notes");
        double version = ev_seal_number(&s, root, "pilothouse_plan", NAN, 1, 1);
        if (isnan(version)) {
            ev_seal_complain(&s, "pilothouse_plan", "is missing: it is 1 for plans of this form");
        }
        read_rule(&s, root, p);
        read_thresholds(&s, root, p);
        if (s.status == PH_OK) {
            ev_seal_parts(&s, root, p);
        }
        if (s.status == PH_OK) {
            check_plan(&s, p);
            read_needs(&s, p);
        }
        check_all_read(&s, root);
        s.status = s.status == PH_OK ? write_canonical(&s, p) : s.status;
    }
    ev_tree_release(context, &s.t);
    if (s.status != PH_OK) {
        ph_sealed_free(p);
        return s.status;
    }
    *ret_sealed = p;
    return PH_OK;
}

void ph_sealed_free(struct ph_sealed *sealed)
{
    if (sealed) {
        free(sealed->text);
        free(sealed);
    }
}

const char *ph_sealed_text(const struct ph_sealed *sealed)
{
    return sealed->text;
}

const char *ph_sealed_hash(const struct ph_sealed *sealed)
{
    return sealed->hash;
}

bool ph_sealed_column(
    const struct ph_sealed *sealed, size_t i, const char **ret_name, enum ph_column_kind *ret_kind)
{
    if (i >= sealed->n_needs) {
        return false;
    }
    *ret_name = sealed->need[i].name;
    *ret_kind = sealed->need[i].kind;
    return true;
}
