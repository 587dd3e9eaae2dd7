// SPDX-License-Identifier: Apache-2.0
// The input, split at zero bytes, is up to three templates that may include each other; what
// compiles is rendered over data with one of each kind.
#include "mustache.h"

static const char *wrap(void *context, struct arena *a, const char *text)
{
    return arena_fmt(a, "<%s{{a}}>", text);
}

static struct value make_data(struct arena *a)
{
    static struct value_lambda lambda = { wrap, NULL };
    struct value data = value_object(a), list = value_list(a), inner = value_object(a);
    value_set(a, &inner, "a", value_text("<&\"'>\n x"));
    value_set(a, &inner, "n", value_int(-1234567));
    *value_push(a, &list) = inner;
    *value_push(a, &list) = value_num(0.25);
    *value_push(a, &list) = value_text("b");
    value_set(a, &data, "a", value_text("b"));
    value_set(a, &data, "l", list);
    value_set(a, &data, "o", inner);
    value_set(a, &data, "f", (struct value){ .kind = V_LAMBDA, .lambda = &lambda });
    value_set(a, &data, "m", value_money(3400000, "USD"));
    value_set(a, &data, "d", value_time(1795375800000));
    value_set(a, &data, "e", value_estimate(a, (struct estimate){ 1, 0, 2, 0.95 }));
    return data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "a", "b", "c" };
    static struct locales *languages;
    if (!languages && (locales_new(NULL, "America/New_York", "USD", &languages) != OK ||
                          locales_add(languages, NULL, "en", "{}", 2) != OK)) {
        abort();
    }
    struct arena a;
    arena_init(&a, 1 << 22);
    struct templates *set = templates_new();
    const char *p = (const char *)data, *end = p + size;
    for (size_t i = 0; i < ARRAY_LEN(names) && p < end; i++) {
        const char *stop = memchr(p, '\0', (size_t)(end - p));
        stop = stop ? stop : end;
        if (templates_add(set, &a, names[i], p, (size_t)(stop - p)) != OK && !a.detail) {
            abort();
        }
        p = stop + (stop < end);
    }
    struct value v = make_data(&a);
    struct render r = { .templates = set, .locale = locales_at(languages, 0), .arena = &a };
    AUTO_BUF(out, 1 << 16);
    enum err e = templates_has(set, "a") ? mustache_render(&r, "a", &v, &out) : OK;
    if (e != OK && e != ERR_TOO_LARGE && e != ERR_INVALID) {
        abort();
    }
    templates_free(set);
    arena_release(&a);
    return 0;
}
