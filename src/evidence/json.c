// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "json.h"

#include <assert.h>
#include <stdlib.h>

static void add(struct ev_json *o, struct ev_member m)
{
    assert(o->n < EV_JSON_MEMBERS_MAX); // as many as the reports are written to have
    o->member[o->n++] = m;
}

void ev_json_number(struct ev_json *o, const char *key, double value)
{
    add(o, (struct ev_member){ .key = key, .kind = EV_NUMBER, .number = value });
}

void ev_json_text(struct ev_json *o, const char *key, const char *value)
{
    add(o, (struct ev_member){ .key = key, .kind = EV_TEXT, .text = value });
}

void ev_json_texts(struct ev_json *o, const char *key, const char *const *values, size_t n)
{
    add(o,
        (struct ev_member){ .key = key, .kind = EV_TEXTS, .texts = values, .number = (double)n });
}

void ev_json_bool(struct ev_json *o, const char *key, bool value)
{
    add(o, (struct ev_member){ .key = key, .kind = EV_BOOL, .number = value });
}

void ev_json_object(struct ev_json *o, const char *key, const struct ev_json *value)
{
    add(o, (struct ev_member){ .key = key, .kind = EV_OBJECT, .object = value });
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

static void write_object(const struct ev_json *o, FILE *out);

static void write_value(const struct ev_member *m, FILE *out)
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
        write_object(m->object, out);
        break;
    case EV_TEXTS:
        fputc('[', out);
        for (size_t i = 0; i < (size_t)m->number; i++) {
            if (i > 0) {
                fputc(',', out);
            }
            write_text(m->texts[i], out);
        }
        fputc(']', out);
        break;
    }
}

static void write_object(const struct ev_json *o, FILE *out)
{
    struct ev_member sorted[EV_JSON_MEMBERS_MAX];
    memcpy(sorted, o->member, o->n * sizeof(sorted[0]));
    qsort(sorted, o->n, sizeof(sorted[0]), by_name);
    fputc('{', out);
    for (size_t i = 0; i < o->n; i++) {
        if (i > 0) {
            fputc(',', out);
        }
        write_text(sorted[i].key, out);
        fputc(':', out);
        write_value(&sorted[i], out);
    }
    fputc('}', out);
}

bool ev_json_write(const struct ev_json *o, FILE *out)
{
    write_object(o, out);
    return !ferror(out);
}
