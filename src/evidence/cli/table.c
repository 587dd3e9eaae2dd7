// SPDX-License-Identifier: Apache-2.0
// A report for people. The order is the one it was built in: what matters first.
#include "internal.h"

#include "json.h"

enum { CELL = 40, COLUMNS_MAX = 24, KEY_WIDTH = 24 };

static void cell_text(const struct ev_member *m, char *buf, size_t size)
{
    if (m->kind == EV_NUMBER && isnan(m->number)) {
        snprintf(buf, size, "-");
    } else if (m->kind == EV_NUMBER) {
        snprintf(buf, size, "%.6g", m->number);
    } else if (m->kind == EV_BOOL) {
        snprintf(buf, size, "%s", m->number != 0 ? "yes" : "no");
    } else if (m->kind == EV_TEXT) {
        snprintf(buf, size, "%s", m->text);
    } else {
        snprintf(buf, size, "...");
    }
}

static const struct ev_member *member_of(const struct ev_json *o, const char *key)
{
    for (size_t i = 0; i < o->n; i++) {
        if (strcmp(o->member[i].key, key) == 0) {
            return &o->member[i];
        }
    }
    return NULL;
}

// One line an element, one column a key of the first element that is no object itself.
static void print_columns(const struct ev_json *array, FILE *out)
{
    const struct ev_json *first = array->member[0].inner;
    const char *keys[COLUMNS_MAX];
    int width[COLUMNS_MAX];
    size_t n = 0;
    char buf[CELL];
    for (size_t i = 0; i < first->n && n < COLUMNS_MAX; i++) {
        if (first->member[i].kind < EV_OBJECT) {
            keys[n] = first->member[i].key;
            width[n++] = (int)strlen(first->member[i].key);
        }
    }
    for (size_t i = 0; i < array->n; i++) {
        for (size_t k = 0; k < n; k++) {
            const struct ev_member *m = member_of(array->member[i].inner, keys[k]);
            if (m) {
                cell_text(m, buf, sizeof(buf));
                width[k] = (int)strlen(buf) > width[k] ? (int)strlen(buf) : width[k];
            }
        }
    }
    for (size_t k = 0; k < n; k++) {
        fprintf(out, "  %*s", width[k], keys[k]);
    }
    fputc('\n', out);
    for (size_t i = 0; i < array->n; i++) {
        for (size_t k = 0; k < n; k++) {
            const struct ev_member *m = member_of(array->member[i].inner, keys[k]);
            buf[0] = '\0';
            if (m) {
                cell_text(m, buf, sizeof(buf));
            }
            fprintf(out, "  %*s", width[k], buf);
        }
        fputc('\n', out);
    }
}

static void print_array(const char *key, const struct ev_json *array, FILE *out)
{
    char buf[CELL];
    if (array->n == 0) {
        return;
    }
    if (array->member[0].kind == EV_OBJECT) {
        fprintf(out, "%s\n", key);
        print_columns(array, out);
        return;
    }
    if (array->member[0].kind == EV_TEXT) {
        for (size_t i = 0; i < array->n; i++) {
            fprintf(out, "%-*s  %s\n", KEY_WIDTH, i == 0 ? key : "", array->member[i].text);
        }
        return;
    }
    fprintf(out, "%-*s ", KEY_WIDTH, key);
    for (size_t i = 0; i < array->n; i++) {
        cell_text(&array->member[i], buf, sizeof(buf));
        fprintf(out, " %s", buf);
    }
    fputc('\n', out);
}

static void print_object(const char *key, const struct ev_json *o, FILE *out)
{
    const struct ev_member *lo = member_of(o, "lo");
    const struct ev_member *hi = member_of(o, "hi");
    char buf[2][CELL];
    if (lo && hi) {
        cell_text(lo, buf[0], CELL);
        cell_text(hi, buf[1], CELL);
        fprintf(out, "%-*s  %s to %s\n", KEY_WIDTH, key, buf[0], buf[1]);
        return;
    }
    bool any = false;
    for (size_t i = 0; i < o->n; i++) {
        const struct ev_member *m = &o->member[i];
        if (m->kind >= EV_OBJECT || (m->kind == EV_NUMBER && m->number == 0)) {
            continue; // none left out for this reason, and the like
        }
        cell_text(m, buf[0], CELL);
        fprintf(out, "%-*s  %s %s\n", KEY_WIDTH, any ? "" : key, m->key, buf[0]);
        any = true;
    }
}

bool ev_json_table(struct ev_json *root, FILE *out)
{
    for (size_t i = 0; ev_json_whole(root) && i < root->n; i++) {
        const struct ev_member *m = &root->member[i];
        if (strcmp(m->key, "warnings") == 0) {
            continue; // their words follow
        }
        if (m->kind == EV_OBJECT) {
            print_object(m->key, m->inner, out);
        } else if (m->kind == EV_ARRAY) {
            print_array(m->key, m->inner, out);
        } else if (m->kind == EV_TEXT) {
            fprintf(out, "%-*s  %s\n", KEY_WIDTH, m->key, m->text);
        } else {
            char buf[CELL];
            cell_text(m, buf, sizeof(buf));
            fprintf(out, "%-*s  %s\n", KEY_WIDTH, m->key, buf);
        }
    }
    return ev_json_whole(root) && !ferror(out);
}
