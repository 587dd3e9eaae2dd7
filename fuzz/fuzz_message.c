// SPDX-License-Identifier: Apache-2.0
// Any text compiles or is refused; what compiles is shown, in a language and in none.
#include "message.h"

static struct locales *set;

static const struct value *lookup(void *context, const char *name)
{
    static const struct value values[] = { { .kind = V_INT, .n = 3 }, { .kind = V_NUM, .x = 1.5 },
        { .kind = V_TEXT, .text = "other" }, { .kind = V_DATE, .n = 20000 },
        { .kind = V_TIME, .n = 1795375800000 }, { .kind = V_MONEY, .money = { 1234, "USD" } } };
    size_t i = (unsigned char)name[0] % (ARRAY_LEN(values) + 1);
    return i < ARRAY_LEN(values) ? &values[i] : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!set && (locales_new(NULL, "America/New_York", "USD", &set) != OK ||
                    locales_add(set, NULL, "es", "{}", 2) != OK)) {
        abort();
    }
    struct arena a;
    arena_init(&a, 1 << 24);
    const struct message *m;
    const char *why = NULL, *text = arena_strndup(&a, (const char *)data, size);
    if (!message_compile(&a, text, &m, &why)) {
        if (!why) {
            abort();
        }
    } else if (m) {
        AUTO_BUF(out, 1 << 20);
        message_write(m, NULL, NULL, lookup, NULL, &out);
        message_write(m, locales_at(set, 0), NULL, lookup, NULL, &out);
    }
    arena_release(&a);
    return 0;
}
