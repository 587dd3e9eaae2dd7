// SPDX-License-Identifier: Apache-2.0
// What is read is written, read again, and has the same canonical form.
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    arena_init(&a, 1 << 24);
    struct value v, again;
    if (json_read(&a, (const char *)data, size, JSON_MAX_BYTES, &v) == OK) {
        AUTO_BUF(canonical, 0);
        AUTO_BUF(second, 0);
        AUTO_BUF(plain, 0);
        json_write_canonical(&canonical, &v);
        json_write(&plain, NULL, &v);
        if (json_read(&a, plain.data, plain.len, SIZE_MAX, &again) != OK) {
            abort();
        }
        json_write_canonical(&second, &again);
        if (strcmp(buf_text(&canonical), buf_text(&second)) != 0) {
            abort();
        }
    }
    arena_release(&a);
    return 0;
}
