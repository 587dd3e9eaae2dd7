// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "csv.h"
#include "labels.h"

#include <stdlib.h>

enum { CHUNK = 1 << 14, FIRST_SLOTS = 64 };

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    char text[];
};

struct label {
    const char *text; // NUL-terminated, in a chunk
    size_t len;
    int32_t key;
    double value; // while they are sorted
};

struct ev_labels {
    struct ph_context *c;
    struct label *label; // by number; room for half of the slots
    int32_t *slot;       // open addressing: a label's number + 1, 0 = free
    size_t slots;
    size_t n;
    struct chunk *chunks;
    const char **names; // once settled
};

struct ev_labels *ev_labels_new(struct ph_context *c)
{
    struct ev_labels *l = ev_take(c, 1, sizeof(*l));
    if (!l) {
        return NULL;
    }
    *l = (struct ev_labels){ .c = c, .slots = FIRST_SLOTS };
    l->label = ev_take(c, FIRST_SLOTS / 2, sizeof(*l->label));
    l->slot = ev_take(c, FIRST_SLOTS, sizeof(*l->slot));
    if (!l->label || !l->slot) {
        ev_labels_free(l);
        return NULL;
    }
    return l;
}

void ev_labels_free(struct ev_labels *l)
{
    if (!l) {
        return;
    }
    for (struct chunk *next, *at = l->chunks; at; at = next) {
        next = at->next;
        ev_give_back(l->c, at);
    }
    ev_give_back(l->c, l->label);
    ev_give_back(l->c, l->slot);
    ev_give_back(l->c, l->names);
    ev_give_back(l->c, l);
}

static uint64_t hash_of(const struct ev_labels *l, const char *text, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ l->c->seed; // FNV-1a
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
    }
    return hash ^ (hash >> 32);
}

// The slot where TEXT is, or where it would go. At most half are taken, so a free one is always
// met.
static size_t seek(const struct ev_labels *l, const char *text, size_t len)
{
    size_t at = (size_t)hash_of(l, text, len) & (l->slots - 1);
    while (l->slot[at] != 0) {
        const struct label *found = &l->label[l->slot[at] - 1];
        if (found->len == len && memcmp(found->text, text, len) == 0) {
            break;
        }
        at = (at + 1) & (l->slots - 1);
    }
    return at;
}

static bool grow(struct ev_labels *l)
{
    struct label *label = ev_take(l->c, l->slots, sizeof(*label));
    int32_t *slot = ev_take(l->c, 2 * l->slots, sizeof(*slot));
    if (!label || !slot) {
        ev_give_back(l->c, label);
        ev_give_back(l->c, slot);
        return false;
    }
    memcpy(label, l->label, l->n * sizeof(*label));
    ev_give_back(l->c, l->label);
    ev_give_back(l->c, l->slot);
    l->label = label;
    l->slot = slot;
    l->slots *= 2;
    for (size_t i = 0; i < l->n; i++) {
        l->slot[seek(l, label[i].text, label[i].len)] = (int32_t)i + 1;
    }
    return true;
}

static const char *keep(struct ev_labels *l, const char *text, size_t len)
{
    if (!l->chunks || l->chunks->size - l->chunks->used < len + 1) {
        size_t size = len + 1 > CHUNK ? len + 1 : CHUNK;
        struct chunk *more = ev_take(l->c, 1, sizeof(*more) + size);
        if (!more) {
            return NULL;
        }
        more->next = l->chunks;
        more->size = size;
        l->chunks = more;
    }
    char *copy = l->chunks->text + l->chunks->used;
    memcpy(copy, text, len);
    copy[len] = '\0';
    l->chunks->used += len + 1;
    return copy;
}

int32_t ev_labels_key(struct ev_labels *l, const char *text, size_t len)
{
    size_t at = seek(l, text, len);
    if (l->slot[at] != 0) {
        return l->slot[at] - 1;
    }
    if (2 * (l->n + 1) > l->slots) {
        if (!grow(l)) {
            return -1;
        }
        at = seek(l, text, len);
    }
    const char *copy = keep(l, text, len);
    if (!copy) {
        return -1;
    }
    l->label[l->n] = (struct label){ .text = copy, .len = len, .key = (int32_t)l->n };
    l->slot[at] = (int32_t)++l->n;
    return (int32_t)l->n - 1;
}

static int by_value(const void *a, const void *b)
{
    const struct label *x = a;
    const struct label *y = b;
    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return strcmp(x->text, y->text); // "1" and "1.0"
}

enum ph_status ev_labels_settle(struct ev_labels *l, int32_t *key, size_t rows,
    const char *const **ret_names, size_t *ret_count)
{
    bool numbers = true;
    for (size_t i = 0; i < l->n && numbers; i++) {
        numbers = ev_number(l->label[i].text, l->label[i].len, &l->label[i].value);
    }
    for (size_t i = 0; i < l->n && !numbers; i++) {
        l->label[i].value = 0;
    }
    if (l->n > 1) {
        qsort(l->label, l->n, sizeof(*l->label), by_value);
    }
    l->names = ev_take(l->c, l->n, sizeof(*l->names));
    int32_t *place = ev_take(l->c, l->n, sizeof(*place));
    if (!l->names || !place) {
        ev_give_back(l->c, place);
        return PH_NO_MEMORY;
    }
    for (size_t i = 0; i < l->n; i++) {
        l->names[i] = l->label[i].text;
        place[l->label[i].key] = (int32_t)i;
    }
    for (size_t i = 0; i < rows && l->n > 0; i++) {
        key[i] = place[key[i]]; // a missing cell's key is 0 and stays a key
    }
    ev_give_back(l->c, place);
    *ret_names = l->names;
    *ret_count = l->n;
    return PH_OK;
}
