// SPDX-License-Identifier: Apache-2.0
#include "form.h"

#include "header.h"
#include "str.h"
#include "target.h"

#include <strings.h>

enum { PART_HEADERS_MAX = 4096, BOUNDARY_MAX = 70, FILE_NAME_MAX = 200 };

static enum err too_many(struct arena *a)
{
    return fail(a, ERR_TOO_LARGE, "The form has too many fields.");
}

enum err form_urlencoded(struct arena *a, const char *text, size_t len, struct form *ret_form)
{
    size_t max = 1;
    for (size_t i = 0; i < len; i++) {
        max += text[i] == '&';
        if (max > FORM_MAX_FIELDS) {
            return too_many(a);
        }
    }
    struct form form = { .fields = arena_array(a, struct web_field, max) };
    const char *end = text + len;
    for (const char *p = text; p < end;) {
        const char *stop = memchr(p, '&', (size_t)(end - p));
        stop = stop ? stop : end;
        if (stop > p) {
            const char *equals = memchr(p, '=', (size_t)(stop - p));
            const char *value = equals ? equals + 1 : stop;
            size_t name_len = (size_t)((equals ? equals : stop) - p);
            size_t value_len = (size_t)(stop - value), n;
            char *name_text = arena_alloc(a, name_len + 1);
            char *value_text = arena_alloc(a, value_len + 1);
            if (!percent_decode(p, name_len, true, name_text, &n) ||
                !percent_decode(value, value_len, true, value_text, &n)) {
                return fail(a, ERR_INVALID, "The address or form holds text that can't be read.");
            }
            form.fields[form.n_fields++] = (struct web_field){ name_text, value_text };
        }
        p = stop + 1;
    }
    *ret_form = form;
    return OK;
}

const char *form_file_name(struct arena *a, const char *name)
{
    if (!str_utf8(name, strlen(name))) {
        return "file";
    }
    for (const char *p = name; *p; p++) {
        if (*p == '/' || *p == '\\') {
            name = p + 1;
        }
    }
    char *clean = arena_alloc(a, strlen(name) + 1);
    size_t len = 0;
    for (const char *p = name; *p; p++) {
        if ((unsigned char)*p >= 0x20 && *p != 0x7f) {
            clean[len++] = *p;
        }
    }
    if (len > FILE_NAME_MAX) {
        len = FILE_NAME_MAX;
        while (len && ((unsigned char)clean[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    clean[len] = '\0';
    clean = str_trim(a, clean);
    return str_empty(clean) || str_eq(clean, ".") || str_eq(clean, "..") ? "file" : clean;
}

// What a part's headers say.
struct part {
    const char *name, *file_name, *type;
};

static enum err read_part_line(struct arena *a, const char *line, struct part *p)
{
    const char *colon = strchr(line, ':');
    if (!colon || !header_name_valid(line, (size_t)(colon - line)) ||
        !header_value_valid(colon + 1, strlen(colon + 1))) {
        return fail(a, ERR_INVALID, "The upload is malformed: a part's header.");
    }
    const char *value = str_trim(a, colon + 1);
    size_t len = (size_t)(colon - line);
    if (len == 19 && strncasecmp(line, "Content-Disposition", len) == 0) {
        if (p->name || !str_eq(header_media_type(a, value), "form-data")) {
            return fail(a, ERR_INVALID, "The upload is malformed: a part's disposition.");
        }
        p->name = header_param(a, value, "name");
        p->file_name = header_param(a, value, "filename");
        if (!p->name || !str_utf8(p->name, strlen(p->name))) {
            return fail(a, ERR_INVALID, "The upload is malformed: a part has no name.");
        }
    } else if (len == 12 && strncasecmp(line, "Content-Type", len) == 0) {
        p->type = header_media_type(a, value);
    } else if (len == 25 && strncasecmp(line, "Content-Transfer-Encoding", len) == 0) {
        if (strcasecmp(value, "binary") != 0 && strcasecmp(value, "8bit") != 0 &&
            strcasecmp(value, "7bit") != 0) {
            return fail(a, ERR_INVALID, "The upload uses an encoding that isn't read here.");
        }
    }
    return OK;
}

// Reads header lines from P; *RET_BODY is behind the empty line.
static enum err read_part_headers(
    struct arena *a, const char *p, const char *end, struct part *ret_part, const char **ret_body)
{
    struct part part = { .type = "" };
    const char *limit = end - p > PART_HEADERS_MAX ? p + PART_HEADERS_MAX : end;
    for (;;) {
        const char *stop = memmem(p, (size_t)(limit - p), "\r\n", 2);
        if (!stop) {
            return limit == end ? fail(a, ERR_INVALID, "The upload broke off. Try again.")
                                : fail(a, ERR_INVALID, "The upload is malformed: long headers.");
        }
        if (stop == p) {
            break;
        }
        if (memchr(p, '\0', (size_t)(stop - p))) {
            return fail(a, ERR_INVALID, "The upload is malformed: a part's header.");
        }
        TRY(read_part_line(a, arena_strndup(a, p, (size_t)(stop - p)), &part));
        p = stop + 2;
    }
    if (!part.name) {
        return fail(a, ERR_INVALID, "The upload is malformed: a part has no name.");
    }
    *ret_part = part;
    *ret_body = p + 2;
    return OK;
}

// Room for one more, doubling; the total stays linear.
static void *grow(struct arena *a, void *items, size_t n, size_t size)
{
    if (n & (n - 1)) {
        return items;
    }
    void *more = arena_calloc(a, n ? 2 * n : 1, size);
    if (n) {
        memcpy(more, items, n * size);
    }
    return more;
}

static enum err add_part(
    struct arena *a, const struct part *part, const char *data, size_t len, struct form *form)
{
    if (form->n_fields + form->n_files >= FORM_MAX_FIELDS) {
        return too_many(a);
    }
    if (part->file_name) {
        if (!*part->file_name && len == 0) {
            return OK;
        }
        form->files = grow(a, form->files, form->n_files, sizeof(*form->files));
        form->files[form->n_files++] = (struct web_file){ .field = part->name,
            .name = form_file_name(a, part->file_name),
            .type = part->type,
            .data = data,
            .len = len };
        return OK;
    }
    if (!str_utf8(data, len)) {
        return fail(a, ERR_INVALID, "The form holds text that can't be read.");
    }
    form->fields = grow(a, form->fields, form->n_fields, sizeof(*form->fields));
    form->fields[form->n_fields++] = (struct web_field){ part->name, arena_strndup(a, data, len) };
    return OK;
}

static bool boundary_valid(const char *boundary)
{
    size_t len = boundary ? strlen(boundary) : 0;
    if (len == 0 || len > BOUNDARY_MAX || boundary[len - 1] == ' ') {
        return false;
    }
    for (const char *p = boundary; *p; p++) {
        bool word =
            (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z');
        if (!word && !strchr("'()+_,-./:=? ", *p)) {
            return false;
        }
    }
    return true;
}

enum err form_multipart(
    struct arena *a, const char *content_type, const void *body, size_t len, struct form *ret_form)
{
    const char *boundary = header_param(a, content_type, "boundary");
    if (!boundary_valid(boundary)) {
        return fail(a, ERR_INVALID, "The upload is malformed: its boundary.");
    }
    const char *delimiter = arena_fmt(a, "\r\n--%s", boundary);
    size_t delimiter_len = strlen(delimiter);
    const char *p = body, *end = p + len;
    struct form form = { 0 };
    // The first delimiter has no line end before it.
    if (len < delimiter_len - 2 || memcmp(p, delimiter + 2, delimiter_len - 2) != 0) {
        return fail(a, ERR_INVALID, "The upload is malformed: it doesn't begin with a part.");
    }
    p += delimiter_len - 2;
    for (;;) {
        if (end - p < 2) {
            return fail(a, ERR_INVALID, "The upload broke off. Try again.");
        }
        if (memcmp(p, "--", 2) == 0) {
            p += 2;
            break;
        }
        if (memcmp(p, "\r\n", 2) != 0) {
            return fail(a, ERR_INVALID, "The upload is malformed: a boundary.");
        }
        struct part part = { 0 };
        const char *data = NULL;
        TRY(read_part_headers(a, p + 2, end, &part, &data));
        const char *stop = memmem(data, (size_t)(end - data), delimiter, delimiter_len);
        if (!stop) {
            return fail(a, ERR_INVALID, "The upload broke off. Try again.");
        }
        TRY(add_part(a, &part, data, (size_t)(stop - data), &form));
        p = stop + delimiter_len;
        if (arena_exhausted(a)) {
            return too_many(a);
        }
    }
    if (p != end && (end - p != 2 || memcmp(p, "\r\n", 2) != 0)) {
        return fail(a, ERR_INVALID, "The upload is malformed: bytes after its end.");
    }
    *ret_form = form;
    return OK;
}
