// SPDX-License-Identifier: Apache-2.0
#include "json_read.h"
#include "plan_inner.h"
#include "sha256.h"

#include <stdlib.h>

const char *const ev_plan_methods[PLAN_METHODS] = { "feasibility", "accuracy", "welch",
    "proportions", "before-after", "attgt", "synth", "sdid" };
const char *const ev_plan_columns[PLAN_COLUMNS] = { "outcome", "treat", "unit", "time", "cluster",
    "first_treated", "period", "reference", "trials" };

enum ph_column_kind ev_plan_column_kind(enum plan_column column)
{
    return column == PLAN_UNIT || column == PLAN_CLUSTER ? PH_KEY : PH_REAL;
}

// A plan being read: the first complaint stands.
struct sealing {
    struct ph_context *c;
    struct ev_tree t;
    enum ph_status status;
};

static void complain(struct sealing *s, const char *key, const char *what)
{
    if (s->status == PH_OK) {
        s->status = ev_complain(s->c, PH_DATA, "The plan's “%s” %s.", key, what);
    }
}

static double number_of(struct sealing *s, const struct ev_node *object, const char *key,
    double fallback, double least, double most)
{
    const struct ev_node *n = object ? ev_tree_member(&s->t, object, key) : NULL;
    if (!n) {
        return fallback;
    }
    if (n->kind != EV_NODE_NUMBER) {
        complain(s, key, "must be a number");
    } else if (!(n->number >= least && n->number <= most)) {
        complain(s, key, "is out of its range");
    }
    return n->number;
}

static void text_of(
    struct sealing *s, const struct ev_node *object, const char *key, char ret[PLAN_NAME_MAX])
{
    const struct ev_node *n = object ? ev_tree_member(&s->t, object, key) : NULL;
    if (!n) {
        return;
    }
    if (n->kind != EV_NODE_TEXT || n->text[0] == '\0') {
        complain(s, key, "must be a text");
    } else if (strlen(n->text) >= PLAN_NAME_MAX) {
        complain(s, key, "is too long");
    } else {
        strcpy(ret, n->text);
    }
}

static int choice_of(struct sealing *s, const struct ev_node *object, const char *key,
    const char *const *words, int n_words, int fallback)
{
    char text[PLAN_NAME_MAX] = "";
    text_of(s, object, key, text);
    for (int i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            return i;
        }
    }
    if (text[0]) {
        complain(s, key, "is none of the words that it may be");
    }
    return fallback;
}

// A member that is an object; NULL where it is absent.
static const struct ev_node *object_of(
    struct sealing *s, const struct ev_node *object, const char *key, enum ev_node_kind kind)
{
    const struct ev_node *n = ev_tree_member(&s->t, object, key);
    if (n && n->kind != kind) {
        complain(s, key, kind == EV_NODE_LIST ? "must be a list" : "must be an object");
        return NULL;
    }
    return n;
}

static const char *const directions[] = { "higher", "lower" };

static void read_guardrails(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *list = object_of(s, root, "guardrails", EV_NODE_LIST);
    for (size_t i = list ? list->first : 0; i && s->status == PH_OK; i = s->t.node[i].next) {
        const struct ev_node *one = &s->t.node[i];
        if (p->n_guardrails == PH_GUARDRAILS_MAX || one->kind != EV_NODE_OBJECT) {
            complain(s, "guardrails", "takes up to 8 objects");
            return;
        }
        struct plan_guardrail *g = &p->guardrail[p->n_guardrails++];
        text_of(s, one, "outcome", g->outcome);
        g->direction = (enum ph_direction)choice_of(s, one, "direction", directions, 2, -1);
        g->margin = number_of(s, one, "margin", NAN, 0, 1e300);
        if (g->outcome[0] == '\0' || (int)g->direction < 0 || isnan(g->margin)) {
            complain(s, "guardrails", "need outcome, direction and margin each");
        }
    }
}

static void read_columns(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *columns = object_of(s, root, "columns", EV_NODE_OBJECT);
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        text_of(s, columns, ev_plan_columns[i], p->column[i]);
    }
    const struct ev_node *list = object_of(s, root, "covariates", EV_NODE_LIST);
    for (size_t i = list ? list->first : 0; i && s->status == PH_OK; i = s->t.node[i].next) {
        const struct ev_node *one = &s->t.node[i];
        bool fits = one->kind == EV_NODE_TEXT && strlen(one->text) < PLAN_NAME_MAX;
        if (p->n_covariates == PLAN_COVARIATES_MAX || !fits) {
            complain(s, "covariates", "takes up to 16 names of columns");
            return;
        }
        strcpy(p->covariate[p->n_covariates++], one->text);
    }
}

// What each method cannot do without, besides the outcome.
static void check_columns(struct sealing *s, const struct ph_sealed *p)
{
    static const unsigned needed[PLAN_METHODS] = {
        [PLAN_ACCURACY] = 1 << PLAN_REFERENCE,
        [PLAN_WELCH] = 1 << PLAN_TREAT,
        [PLAN_PROPORTIONS] = 1 << PLAN_TREAT,
        [PLAN_BEFORE_AFTER] = 1 << PLAN_PERIOD,
        [PLAN_ATTGT] = 1 << PLAN_UNIT | 1 << PLAN_TIME | 1 << PLAN_FIRST_TREATED,
        [PLAN_SYNTH] = 1 << PLAN_UNIT | 1 << PLAN_TIME | 1 << PLAN_TREAT,
        [PLAN_SDID] = 1 << PLAN_UNIT | 1 << PLAN_TIME | 1 << PLAN_TREAT,
    };
    for (int i = 0; i < PLAN_COLUMNS; i++) {
        bool need = i == PLAN_OUTCOME || needed[p->method] & 1U << i;
        if (need && p->column[i][0] == '\0') {
            complain(s, ev_plan_columns[i], "is missing among the columns");
        }
    }
    bool groups = p->method == PLAN_WELCH || p->method == PLAN_PROPORTIONS;
    if (p->n_guardrails > 0 && p->column[PLAN_TREAT][0] == '\0') {
        complain(s, "guardrails", "need the treat column: harm is a difference of groups");
    }
    if (!isnan(p->treated_share) && !groups) {
        complain(s, "treated_share", "belongs to plans that compare two groups");
    }
    if (p->n_covariates > 0 && p->method != PLAN_ATTGT) {
        complain(s, "covariates", "are used by attgt only");
    }
    if (!isnan(p->horizon) && p->column[PLAN_TIME][0] == '\0') {
        complain(s, "horizon", "needs the time column");
    }
}

static void read_rule(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    static const char *const kinds[] = { "feasibility", "accuracy", "effect" };
    static const char *const designs[] = { "unstated", "randomised", "comparison", "series",
        "before-after" };
    static const char *const controls[] = { "never-treated", "not-yet-treated" };
    p->rule = (struct ph_plan)PH_PLAN;
    int kind = choice_of(s, root, "kind", kinds, 3, -1);
    int method = choice_of(s, root, "method", ev_plan_methods, PLAN_METHODS, -1);
    if (kind < 0 || method < 0) {
        complain(s, kind < 0 ? "kind" : "method", "is missing");
        return;
    }
    p->rule.kind = (enum ph_plan_kind)kind;
    p->method = (enum plan_method)method;
    bool effect = method > PLAN_ACCURACY;
    if ((kind == PH_PLAN_EFFECT) != effect || (!effect && kind != method)) {
        complain(s, "method", "does not fit the plan's kind");
    }
    p->design = (enum ph_design)choice_of(s, root, "design", designs, 5, PH_DESIGN_UNSTATED);
    p->rule.direction = (enum ph_direction)choice_of(s, root, "direction", directions, 2, 0);
    p->not_yet_treated = choice_of(s, root, "control", controls, 2, 0) == 1;
    p->rule.level = number_of(s, root, "level", 0.95, 0.5000001, 0.9999999);
    p->rule.delta = number_of(s, root, "delta", NAN, 1e-300, 1e300);
    p->floor = number_of(s, root, "floor", NAN, 1e-9, 1 - 1e-9);
    p->margin = number_of(s, root, "margin", NAN, 1e-300, 1e300);
    p->horizon = number_of(s, root, "horizon", NAN, -1e300, 1e300);
    p->tuned_for = number_of(s, root, "tuned_for", NAN, 2, 1e15);
    double needed = kind == PH_PLAN_EFFECT        ? p->rule.delta
                    : kind == PH_PLAN_FEASIBILITY ? p->floor
                                                  : p->margin;
    if (isnan(needed)) {
        complain(s,
            kind == PH_PLAN_EFFECT        ? "delta"
            : kind == PH_PLAN_FEASIBILITY ? "floor"
                                          : "margin",
            "is missing: what would be worth having?");
    }
}

static void read_thresholds(struct sealing *s, const struct ev_node *root, struct ph_sealed *p)
{
    const struct ev_node *gates = object_of(s, root, "gates", EV_NODE_OBJECT);
    p->treated_share = number_of(s, gates, "treated_share", NAN, 1e-6, 1 - 1e-6);
    p->sample_ratio_p = number_of(s, gates, "sample_ratio_p", 0.001, 0, 1);
    p->missing = number_of(s, gates, "missing", NAN, 0, 1);
    p->attrition = number_of(s, gates, "attrition", NAN, 0, 1);
    const struct ev_node *decision = object_of(s, root, "decision", EV_NODE_OBJECT);
    p->rule.worthwhile_needed = number_of(s, decision, "worthwhile", 0.8, 0, 1);
    p->rule.benefit_needed = number_of(s, decision, "benefit", 0.7, 0, 1);
    p->rule.benefit_stop = number_of(s, decision, "benefit_stop", 0.2, 0, 1);
    const struct ev_node *money = object_of(s, root, "money", EV_NODE_OBJECT);
    p->rule.money = money != NULL;
    p->cost = number_of(s, money, "cost", 0, -1e300, 1e300);
    p->value = number_of(s, money, "value", money ? NAN : 0, 0, 1e300);
    p->population = number_of(s, money, "population", 1, 0, 1e15);
    if (isnan(p->value)) {
        complain(s, "money", "needs a value: what one unit of the effect is worth");
    }
    const struct ev_node *extension = object_of(s, root, "extension", EV_NODE_OBJECT);
    p->extension_units = number_of(s, extension, "units", NAN, 1, 1e15);
    p->extension_cost = number_of(s, extension, "cost", 0, 0, 1e300);
    if (extension && isnan(p->extension_units)) {
        complain(s, "extension", "needs its units");
    }
}

// Every key that nobody asked for is a mistake: it would promise what the run doesn't do.
static void check_all_read(struct sealing *s, const struct ev_node *object)
{
    for (size_t i = object->first; i && s->status == PH_OK; i = s->t.node[i].next) {
        const struct ev_node *n = &s->t.node[i];
        if (object->kind == EV_NODE_OBJECT && !n->read) {
            complain(s, n->key, "is not known here");
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
        text_of(&s, root, "title", words);
        (void)ev_tree_member(&s.t, root, "notes");
        double version = number_of(&s, root, "pilothouse_plan", NAN, 1, 1);
        if (isnan(version)) {
            complain(&s, "pilothouse_plan", "is missing: it is 1 for plans of this form");
        }
        read_rule(&s, root, p);
        read_columns(&s, root, p);
        read_thresholds(&s, root, p);
        read_guardrails(&s, root, p);
        if (s.status == PH_OK) {
            check_columns(&s, p);
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
    for (int k = 0; k < PLAN_COLUMNS; k++) {
        if (sealed->column[k][0] && i-- == 0) {
            *ret_name = sealed->column[k];
            *ret_kind = ev_plan_column_kind((enum plan_column)k);
            return true;
        }
    }
    if (i < sealed->n_covariates) {
        *ret_name = sealed->covariate[i];
        *ret_kind = PH_REAL;
        return true;
    }
    i -= sealed->n_covariates;
    if (i < sealed->n_guardrails) {
        *ret_name = sealed->guardrail[i].outcome;
        *ret_kind = PH_REAL;
        return true;
    }
    return false;
}
