// SPDX-License-Identifier: Apache-2.0
// The tree between a query and a page: typed leaves that are formatted only when they are rendered,
// in the reader's language, and written as plain JSON for machines.
//
// Everything lives in one arena. Keys are borrowed (literals, or text in the same arena). Rows of
// one query share their array of keys.
#pragma once

#include "arena.h"
#include "id.h"

enum value_kind {
    V_NULL,
    V_BOOL,
    V_INT,
    V_NUM,      // a finite double
    V_TEXT,     // escaped where it is shown
    V_HTML,     // markup made by the house (Markdown, SVG); never text that came from outside
    V_ID,       // a record's id; shown as 13 characters
    V_MONEY,    // minor units of a currency
    V_DATE,     // days since 1970-01-01
    V_TIME,     // UTC milliseconds since 1970
    V_ESTIMATE, // a number with its interval
    V_BLOB,     // bytes; JSON: base64
    V_LIST,
    V_OBJECT,
    V_LAMBDA, // a section's text is handed to it (Mustache's optional module)
};

struct value;

// An estimate is NaN where it is unknown; the interval's level is stated.
struct estimate {
    double point, low, high; // in the measure's unit
    double level;            // of the interval, as 0.95
};

struct blob {
    const void *data;
    size_t len;
};

struct value_list {
    struct value *items;
    size_t len, size;
};

struct value_object {
    const char **keys;
    struct value *values; // keys[i] names values[i]
    size_t len, size;
    bool shared; // keys belong to other rows too: copied before a key is added
};

struct value_money {
    int64_t minor;
    char currency[4]; // ISO 4217
};

// Mustache lambda: given the section's raw TEXT ("" for a variable tag), returns what stands there.
// In a section the result is a template again; in a variable tag too, and escaped after.
struct value_lambda {
    const char *(*call)(void *context, struct arena *a, const char *text);
    void *context;
};

struct value {
    enum value_kind kind;
    union {
        bool yes;
        int64_t n; // V_INT, V_ID, V_DATE, V_TIME
        double x;
        const char *text; // V_TEXT, V_HTML
        struct value_money money;
        struct estimate *estimate;
        struct blob blob;
        struct value_list *list;
        struct value_object *object;
        struct value_lambda *lambda;
    };
};

#define VALUE_NULL ((struct value){ .kind = V_NULL })
struct value value_bool(bool yes);
struct value value_int(int64_t n);
struct value value_num(double x);          // V_NULL when it is not finite
struct value value_text(const char *text); // V_NULL when NULL
struct value value_html(const char *markup);
struct value value_id(int64_t id);
struct value value_money(int64_t minor, const char *currency);
// Decimal places of a currency's minor unit (ISO 4217): 2 for USD, 0 for JPY.
int value_money_digits(const char *currency);
struct value value_date(int64_t days);
struct value value_time(int64_t ms);
struct value value_estimate(struct arena *a, struct estimate e);
struct value value_list(struct arena *a);
struct value value_object(struct arena *a);

// A new last item, V_NULL until written; valid until the next push to the same list.
struct value *value_push(struct arena *a, struct value *list);
// Sets or replaces a key of an object.
void value_set(struct arena *a, struct value *object, const char *key, struct value v);
// An object over KEYS that several rows share; values must hold LEN items.
struct value value_row(struct arena *a, const char **keys, struct value *values, size_t len);

// NULL when OBJECT isn't an object or has no such key.
const struct value *value_get(const struct value *object, const char *key);
// Follows "a.b.c"; NULL where the path ends early.
const struct value *value_path(const struct value *root, const char *dotted);
size_t value_len(const struct value *list); // 0 for anything but a list
const struct value *value_at(const struct value *list, size_t i);
// Mustache's idea of truth: not null, not false, not an empty list, not "". Inline, because a page
// asks it of some thousand leaves.
static inline bool value_truthy(const struct value *v)
{
    switch (v ? v->kind : V_NULL) {
    case V_NULL:
        return false;
    case V_BOOL:
        return v->yes;
    case V_LIST:
        return v->list->len > 0;
    case V_TEXT:
    case V_HTML:
        return v->text[0] != '\0';
    default:
        return true;
    }
}
// Shortcuts that give the stated default when the key is missing or of another kind.
const char *value_get_text(const struct value *object, const char *key, const char *otherwise);
int64_t value_get_int(const struct value *object, const char *key,
    int64_t otherwise); // any of V_BOOL, V_INT, V_ID, V_DATE, V_TIME, V_MONEY
double value_get_num(const struct value *object, const char *key,
    double otherwise); // V_INT, V_NUM, an estimate's point
