// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "json.h"

#include <stdlib.h>

struct ev_json_document {
    struct ev_json root;
    struct ev_json lost; // takes what there is no memory for, and keeps nothing
    bool failed;
};

struct ev_json *ev_json_new(void)
{
    struct ev_json_document *d = calloc(1, sizeof(*d));
    if (!d) {
        return NULL;
    }
    d->root.document = d;
    d->lost.document = d;
    return &d->root;
}

static void free_members(struct ev_json *o)
{
    for (size_t i = 0; i < o->n; i++) {
        free((void *)(uintptr_t)o->member[i].key);
        free((void *)(uintptr_t)o->member[i].text);
    }
    free(o->member);
}

void ev_json_free(struct ev_json *root)
{
    if (!root) {
        return;
    }
    for (struct ev_json *next, *at = root->next_made; at; at = next) {
        next = at->next_made;
        free_members(at);
        free(at);
    }
    free_members(root);
    free(root->document);
}

static void add(struct ev_json *o, const char *key, struct ev_member m)
{
    struct ev_json_document *d = o->document;
    if (d->failed) {
        return;
    }
    if (o->n == o->room) {
        size_t room = o->room ? 2 * o->room : 8;
        struct ev_member *more = realloc(o->member, room * sizeof(*more));
        if (!more) {
            d->failed = true;
            return;
        }
        o->member = more;
        o->room = room;
    }
    m.key = key ? strdup(key) : NULL;
    m.text = m.text ? strdup(m.text) : NULL;
    d->failed = (key && !m.key) || (m.kind == EV_TEXT && !m.text);
    o->member[o->n++] = m;
}

void ev_json_number(struct ev_json *o, const char *key, double value)
{
    add(o, key, (struct ev_member){ .kind = EV_NUMBER, .number = value });
}

void ev_json_text(struct ev_json *o, const char *key, const char *value)
{
    add(o, key, (struct ev_member){ .kind = EV_TEXT, .text = value });
}

void ev_json_bool(struct ev_json *o, const char *key, bool value)
{
    add(o, key, (struct ev_member){ .kind = EV_BOOL, .number = value });
}

static struct ev_json *inner(struct ev_json *o, const char *key, enum ev_json_kind kind)
{
    struct ev_json_document *d = o->document;
    struct ev_json *made = d->failed ? NULL : calloc(1, sizeof(*made));
    if (!made) {
        d->failed = true;
        return &d->lost;
    }
    made->document = d;
    made->next_made = d->root.next_made;
    d->root.next_made = made;
    add(o, key, (struct ev_member){ .kind = kind, .inner = made });
    return made;
}

struct ev_json *ev_json_object(struct ev_json *o, const char *key)
{
    return inner(o, key, EV_OBJECT);
}

struct ev_json *ev_json_array(struct ev_json *o, const char *key)
{
    return inner(o, key, EV_ARRAY);
}

struct ev_json *ev_json_item(struct ev_json *array)
{
    return inner(array, NULL, EV_OBJECT);
}

void ev_json_texts(struct ev_json *o, const char *key, const char *const *values, size_t n)
{
    struct ev_json *array = ev_json_array(o, key);
    for (size_t i = 0; i < n; i++) {
        ev_json_text(array, NULL, values[i]);
    }
}

void ev_json_numbers(struct ev_json *o, const char *key, const double *values, size_t n)
{
    struct ev_json *array = ev_json_array(o, key);
    for (size_t i = 0; i < n; i++) {
        ev_json_number(array, NULL, values[i]);
    }
}

void ev_json_wholes(struct ev_json *o, const char *key, const size_t *values, size_t n)
{
    struct ev_json *array = ev_json_array(o, key);
    for (size_t i = 0; i < n; i++) {
        ev_json_number(array, NULL, (double)values[i]);
    }
}

static void write_number(double v, FILE *out)
{
    if (!isfinite(v)) {
        fputs("null", out);
        return;
    }
    char buf[40];
    snprintf(buf, sizeof(buf), "%.12g", v == 0 ? 0.0 : v); // no minus zero
    char *e = strchr(buf, 'e');
    bool mark = false;
    for (char *p = buf; *p && p != e; p++) {
        bool plain = (*p >= '0' && *p <= '9') || *p == '-';
        if (plain || !mark) {
            fputc(plain ? *p : '.', out); // a locale's decimal mark, of any bytes, is a point here
        }
        mark = !plain;
    }
    if (e) {
        fprintf(out, "e%ld", strtol(e + 1, NULL, 10)); // 1e-05 is 1e-5
    }
}

static void write_text(const char *text, FILE *out)
{
    fputc('"', out);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') {
            fputc('\\', out);
            fputc(*p, out);
        } else if ((unsigned char)*p < 0x20) {
            fprintf(out, "\\u%04x", (unsigned)*p);
        } else {
            fputc(*p, out);
        }
    }
    fputc('"', out);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct ev_member *)a)->key, ((const struct ev_member *)b)->key);
}

static void write_all(struct ev_json *o, bool array, FILE *out);

static void write_member(const struct ev_member *m, FILE *out)
{
    switch (m->kind) {
    case EV_NUMBER:
        write_number(m->number, out);
        break;
    case EV_TEXT:
        write_text(m->text, out);
        break;
    case EV_BOOL:
        fputs(m->number != 0 ? "true" : "false", out);
        break;
    case EV_OBJECT:
    case EV_ARRAY:
        write_all(m->inner, m->kind == EV_ARRAY, out);
        break;
    }
}

// Objects are nested as deep as the reports are written to nest them.
static void write_all(struct ev_json *o, bool array, FILE *out)
{
    if (!array && o->n > 1) {
        qsort(o->member, o->n, sizeof(*o->member), by_name);
    }
    fputc(array ? '[' : '{', out);
    for (size_t i = 0; i < o->n; i++) {
        if (i > 0) {
            fputc(',', out);
        }
        if (!array) {
            write_text(o->member[i].key, out);
            fputc(':', out);
        }
        write_member(&o->member[i], out);
    }
    fputc(array ? ']' : '}', out);
}

bool ev_json_write(struct ev_json *root, FILE *out)
{
    if (root->document->failed) {
        return false;
    }
    write_all(root, false, out);
    return fputc('\n', out) != EOF && !ferror(out);
}

bool ev_json_whole(const struct ev_json *root)
{
    return !root->document->failed;
}
