// SPDX-License-Identifier: Apache-2.0
// Members of a plan's JSON, each checked as it is read.
#include "seal.h"

const char *const ev_seal_directions[2] = { "higher", "lower" };

void ev_seal_complain(struct sealing *s, const char *key, const char *what)
{
    if (s->status == PH_OK) {
        s->status = ev_complain(s->c, PH_DATA, "The plan's “%s” %s.", key, what);
    }
}

double ev_seal_number(struct sealing *s, const struct ev_node *object, const char *key,
    double fallback, double least, double most)
{
    const struct ev_node *n = object ? ev_tree_member(&s->t, object, key) : NULL;
    if (!n) {
        return fallback;
    }
    if (n->kind != EV_NODE_NUMBER) {
        ev_seal_complain(s, key, "must be a number");
    } else if (!(n->number >= least && n->number <= most)) {
        ev_seal_complain(s, key, "is out of its range");
    }
    return n->number;
}

void ev_seal_text(
    struct sealing *s, const struct ev_node *object, const char *key, char *ret, size_t size)
{
    const struct ev_node *n = object ? ev_tree_member(&s->t, object, key) : NULL;
    if (!n) {
        return;
    }
    if (n->kind == EV_NODE_NULL) {
        ret[0] = '\0'; // an alternative does without what the plan's own analysis has
    } else if (n->kind != EV_NODE_TEXT || n->text[0] == '\0') {
        ev_seal_complain(s, key, "must be a text");
    } else if (strlen(n->text) >= size) {
        ev_seal_complain(s, key, "is too long");
    } else {
        strcpy(ret, n->text);
    }
}

int ev_seal_choice(struct sealing *s, const struct ev_node *object, const char *key,
    const char *const *words, int n_words, int fallback)
{
    char text[PLAN_NAME_MAX] = "";
    ev_seal_text(s, object, key, text, sizeof(text));
    for (int i = 0; i < n_words; i++) {
        if (strcmp(text, words[i]) == 0) {
            return i;
        }
    }
    if (text[0]) {
        ev_seal_complain(s, key, "is none of the words that it may be");
    }
    return fallback;
}

bool ev_seal_bool(struct sealing *s, const struct ev_node *object, const char *key, bool fallback)
{
    const struct ev_node *n = object ? ev_tree_member(&s->t, object, key) : NULL;
    if (!n) {
        return fallback;
    }
    if (n->kind != EV_NODE_BOOL) {
        ev_seal_complain(s, key, "must be true or false");
    }
    return n->number == 1;
}

const struct ev_node *ev_seal_part(
    struct sealing *s, const struct ev_node *object, const char *key, enum ev_node_kind kind)
{
    const struct ev_node *n = ev_tree_member(&s->t, object, key);
    if (n && n->kind != kind) {
        ev_seal_complain(s, key, kind == EV_NODE_LIST ? "must be a list" : "must be an object");
        return NULL;
    }
    return n;
}
