// SPDX-License-Identifier: Apache-2.0
// What the files that read a plan share.
#pragma once

#include "json_read.h"
#include "plan_inner.h"

// A plan being read: the first complaint stands.
struct sealing {
    struct ph_context *c;
    struct ev_tree t;
    enum ph_status status;
};

void ev_seal_complain(struct sealing *s, const char *key, const char *what);
// A member that is a number from LEAST to MOST; FALLBACK where it is absent. OBJECT may be NULL.
double ev_seal_number(struct sealing *s, const struct ev_node *object, const char *key,
    double fallback, double least, double most);
// A member that is a text shorter than SIZE; RET keeps what it had where it is absent, and null
// empties it.
void ev_seal_text(
    struct sealing *s, const struct ev_node *object, const char *key, char *ret, size_t size);
// A member that is one of WORDS, by its place.
int ev_seal_choice(struct sealing *s, const struct ev_node *object, const char *key,
    const char *const *words, int n_words, int fallback);
bool ev_seal_bool(struct sealing *s, const struct ev_node *object, const char *key, bool fallback);
// A member that is an object or a list; NULL where it is absent.
const struct ev_node *ev_seal_part(
    struct sealing *s, const struct ev_node *object, const char *key, enum ev_node_kind kind);
extern const char *const ev_seal_directions[2];

// ---- seal_analysis.c ----

// Method, design, columns and settings from OBJECT over what A already says.
void ev_seal_analysis(struct sealing *s, const struct ev_node *object, struct plan_analysis *a);
// What the method cannot do without, and what it would not look at.
void ev_seal_check_analysis(struct sealing *s, const struct plan_analysis *a);
// Adds to P's needs what A reads.
void ev_seal_needs(struct sealing *s, const struct plan_analysis *a, struct ph_sealed *p);
void ev_seal_need(
    struct sealing *s, struct ph_sealed *p, const char *name, enum ph_column_kind kind);

// ---- seal_parts.c ----

// Guardrails, measures, components, alternatives, looks; after the plan's own analysis and rule.
void ev_seal_parts(struct sealing *s, const struct ev_node *root, struct ph_sealed *p);
void ev_seal_parts_needs(struct sealing *s, struct ph_sealed *p);
