// SPDX-License-Identifier: Apache-2.0
// Any bytes as a urlencoded form: well-formed fields come out, within bounds, or an error.
#include "form.h"
#include "str.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena a;
    arena_init(&a, 16 << 20);
    char *text = malloc(size ? size : 1); // exactly as long, so that reading past it shows
    memcpy(text, data, size);
    struct form form = { 0 };
    if (form_urlencoded(&a, text, size, &form) == OK) {
        if (form.n_fields > FORM_MAX_FIELDS || form.n_files) {
            abort();
        }
        for (size_t i = 0; i < form.n_fields; i++) {
            const struct web_field *f = &form.fields[i];
            if (!str_utf8(f->name, strlen(f->name)) || !str_utf8(f->value, strlen(f->value))) {
                abort();
            }
        }
    } else if (!a.detail) {
        abort();
    }
    free(text);
    arena_release(&a);
    return 0;
}
