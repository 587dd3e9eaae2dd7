// SPDX-License-Identifier: Apache-2.0
#include "value.h"

#include <math.h>

struct value value_bool(bool yes)
{
    return (struct value){ .kind = V_BOOL, .yes = yes };
}

struct value value_int(int64_t n)
{
    return (struct value){ .kind = V_INT, .n = n };
}

struct value value_num(double x)
{
    return isfinite(x) ? (struct value){ .kind = V_NUM, .x = x } : VALUE_NULL;
}

struct value value_text(const char *text)
{
    return text ? (struct value){ .kind = V_TEXT, .text = text } : VALUE_NULL;
}

struct value value_html(const char *markup)
{
    return markup ? (struct value){ .kind = V_HTML, .text = markup } : VALUE_NULL;
}

struct value value_id(int64_t id)
{
    return (struct value){ .kind = V_ID, .n = id };
}

struct value value_money(int64_t minor, const char *currency)
{
    struct value v = { .kind = V_MONEY, .money = { .minor = minor } };
    memcpy(v.money.currency, currency, strnlen(currency, sizeof(v.money.currency) - 1));
    return v;
}

int value_money_digits(const char *currency)
{
    // ISO 4217, table A.1: those that don't have two.
    static const char none[] =
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    static const char three[] = "BHD IQD JOD KWD LYD OMR TND";
    static const char four[] = "CLF UYW";
    if (strlen(currency) != 3 || strchr(currency, ' ') || strcmp(currency, "USD") == 0) {
        return 2;
    }
    return strstr(none, currency)    ? 0
           : strstr(three, currency) ? 3
           : strstr(four, currency)  ? 4
                                     : 2;
}

struct value value_date(int64_t days)
{
    return (struct value){ .kind = V_DATE, .n = days };
}

struct value value_time(int64_t ms)
{
    return (struct value){ .kind = V_TIME, .n = ms };
}

struct value value_estimate(struct arena *a, struct estimate e)
{
    return (struct value){ .kind = V_ESTIMATE, .estimate = arena_memdup(a, &e, sizeof(e)) };
}

struct value value_list(struct arena *a)
{
    return (struct value){ .kind = V_LIST, .list = arena_new(a, struct value_list) };
}

struct value value_object(struct arena *a)
{
    return (struct value){ .kind = V_OBJECT, .object = arena_new(a, struct value_object) };
}

struct value *value_push(struct arena *a, struct value *list)
{
    struct value_list *l = list->list;
    if (l->len == l->size) {
        size_t size = l->size ? l->size * 2 : 8;
        struct value *items = arena_array(a, struct value, size);
        if (l->len) {
            memcpy(items, l->items, l->len * sizeof(*items));
        }
        l->items = items;
        l->size = size;
    }
    struct value *item = &l->items[l->len++];
    *item = VALUE_NULL;
    return item;
}

// The place of KEY, or -1. Keys differ mostly in their first characters, so that few are compared
// whole.
static ptrdiff_t find(const struct value_object *o, const char *key)
{
    char first = key[0];
    for (size_t i = 0; i < o->len; i++) {
        const char *k = o->keys[i];
        if (k == key || (k[0] == first && strcmp(k, key) == 0)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

static void grow(struct arena *a, struct value_object *o)
{
    size_t size = o->len < o->size ? o->size : o->size ? o->size * 2 : 8;
    const char **keys = arena_array(a, const char *, size);
    struct value *values = arena_array(a, struct value, size);
    if (o->len) {
        memcpy(keys, o->keys, o->len * sizeof(*keys));
        memcpy(values, o->values, o->len * sizeof(*values));
    }
    o->keys = keys;
    o->values = values;
    o->size = size;
    o->shared = false;
}

void value_set(struct arena *a, struct value *object, const char *key, struct value v)
{
    struct value_object *o = object->object;
    ptrdiff_t at = find(o, key);
    if (at >= 0) {
        o->values[at] = v;
        return;
    }
    if (o->shared || o->len == o->size) {
        grow(a, o);
    }
    o->keys[o->len] = key;
    o->values[o->len++] = v;
}

struct value value_row(struct arena *a, const char **keys, struct value *values, size_t len)
{
    struct value v = value_object(a);
    *v.object = (struct value_object){
        .keys = keys, .values = values, .len = len, .size = len, .shared = true
    };
    return v;
}

const struct value *value_get(const struct value *object, const char *key)
{
    if (!object || object->kind != V_OBJECT) {
        return NULL;
    }
    ptrdiff_t at = find(object->object, key);
    return at < 0 ? NULL : &object->object->values[at];
}

static const struct value *get_n(const struct value *object, const char *key, size_t len)
{
    if (!object || object->kind != V_OBJECT) {
        return NULL;
    }
    const struct value_object *o = object->object;
    for (size_t i = 0; i < o->len; i++) {
        if (strncmp(o->keys[i], key, len) == 0 && !o->keys[i][len]) {
            return &o->values[i];
        }
    }
    return NULL;
}

const struct value *value_path(const struct value *root, const char *dotted)
{
    const struct value *v = root;
    while (v) {
        size_t len = strcspn(dotted, ".");
        v = get_n(v, dotted, len);
        if (!dotted[len]) {
            return v;
        }
        dotted += len + 1;
    }
    return NULL;
}

size_t value_len(const struct value *list)
{
    return list && list->kind == V_LIST ? list->list->len : 0;
}

const struct value *value_at(const struct value *list, size_t i)
{
    return i < value_len(list) ? &list->list->items[i] : NULL;
}

const char *value_get_text(const struct value *object, const char *key, const char *otherwise)
{
    const struct value *v = value_get(object, key);
    return v && (v->kind == V_TEXT || v->kind == V_HTML) ? v->text : otherwise;
}

int64_t value_get_int(const struct value *object, const char *key, int64_t otherwise)
{
    const struct value *v = value_get(object, key);
    switch (v ? v->kind : V_NULL) {
    case V_BOOL:
        return v->yes;
    case V_INT:
    case V_ID:
    case V_DATE:
    case V_TIME:
        return v->n;
    case V_MONEY:
        return v->money.minor;
    default:
        return otherwise;
    }
}

double value_get_num(const struct value *object, const char *key, double otherwise)
{
    const struct value *v = value_get(object, key);
    switch (v ? v->kind : V_NULL) {
    case V_INT:
        return (double)v->n;
    case V_NUM:
        return v->x;
    case V_ESTIMATE:
        return v->estimate->point;
    default:
        return otherwise;
    }
}
