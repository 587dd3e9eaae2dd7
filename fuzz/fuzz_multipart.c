// SPDX-License-Identifier: Apache-2.0
// Any bytes as a multipart body (and, up to the first LF, its boundary): files lie within the body,
// fields are well-formed, or an error with words.
#include "form.h"
#include "str.h"

static void check(const struct form *form, const char *body, size_t len)
{
    if (form->n_fields + form->n_files > FORM_MAX_FIELDS) {
        abort();
    }
    for (size_t i = 0; i < form->n_fields; i++) {
        const struct web_field *f = &form->fields[i];
        if (!str_utf8(f->name, strlen(f->name)) || !str_utf8(f->value, strlen(f->value))) {
            abort();
        }
    }
    for (size_t i = 0; i < form->n_files; i++) {
        const struct web_file *f = &form->files[i];
        const char *at = f->data;
        if (at < body || f->len > len || at + f->len > body + len || !*f->name ||
            strpbrk(f->name, "/\\\r\n") || strlen(f->name) > 200) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena a;
    arena_init(&a, 16 << 20);
    const unsigned char *end = memchr(data, '\n', size);
    size_t head = end ? (size_t)(end - data) : 0, skip = end ? head + 1 : 0;
    const char *type = end ? arena_fmt(&a, "multipart/form-data; boundary=%s",
                                 arena_strndup(&a, (const char *)data, head))
                           : "multipart/form-data; boundary=X";
    char *body = malloc(size - skip + 1);
    memcpy(body, data + skip, size - skip);
    struct form form = { 0 };
    if (form_multipart(&a, type, body, size - skip, &form) == OK) {
        check(&form, body, size - skip);
    } else if (!a.detail) {
        abort();
    }
    free(body);
    arena_release(&a);
    return 0;
}
