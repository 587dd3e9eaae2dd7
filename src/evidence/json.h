// SPDX-License-Identifier: Apache-2.0
// Canonical JSON out: keys in byte order, no blanks, numbers with 12 significant digits, what is
// not a number as null. The same result gives the same bytes.
#pragma once

#include "pilothouse/evidence.h"

enum { EV_JSON_MEMBERS_MAX = 40 };

struct ev_json;

struct ev_member {
    const char *key;
    enum { EV_NUMBER, EV_TEXT, EV_TEXTS, EV_BOOL, EV_OBJECT } kind;
    double number; // also the bool, and how many texts
    const char *text;
    const char *const *texts;
    const struct ev_json *object;
};

// Built on the stack; keys, texts and objects are borrowed until it is written. {0} is empty.
struct ev_json {
    size_t n;
    struct ev_member member[EV_JSON_MEMBERS_MAX];
};

void ev_json_number(struct ev_json *o, const char *key, double value);
void ev_json_text(struct ev_json *o, const char *key, const char *value);
void ev_json_texts(struct ev_json *o, const char *key, const char *const *values, size_t n);
void ev_json_bool(struct ev_json *o, const char *key, bool value);
void ev_json_object(struct ev_json *o, const char *key, const struct ev_json *value);
// Sorts and writes; false when the file did not take it all.
bool ev_json_write(const struct ev_json *o, FILE *out);
