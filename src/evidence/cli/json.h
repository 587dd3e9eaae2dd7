// SPDX-License-Identifier: Apache-2.0
// Canonical JSON out: keys in byte order, no blanks, numbers with 12 significant digits, what is
// not a number as null. The same result gives the same bytes.
#pragma once

#include "pilothouse/evidence.h"

struct ev_json; // an object or an array, owned by its document

enum ev_json_kind { EV_NUMBER, EV_TEXT, EV_BOOL, EV_OBJECT, EV_ARRAY };

struct ev_member {
    const char *key; // NULL in an array
    enum ev_json_kind kind;
    double number; // also the bool
    const char *text;
    struct ev_json *inner;
};

struct ev_json {
    struct ev_json_document *document;
    size_t n;
    size_t room;
    struct ev_member *member;
    struct ev_json *next_made; // all that the document owns
};

// A document's root object. Keys and texts are copied. When memory runs out the document takes
// no more and cannot be written.
struct ev_json *ev_json_new(void);
void ev_json_free(struct ev_json *root);

void ev_json_number(struct ev_json *o, const char *key, double value);
void ev_json_text(struct ev_json *o, const char *key, const char *value);
void ev_json_bool(struct ev_json *o, const char *key, bool value);
void ev_json_texts(struct ev_json *o, const char *key, const char *const *values, size_t n);
void ev_json_numbers(struct ev_json *o, const char *key, const double *values, size_t n);
void ev_json_wholes(struct ev_json *o, const char *key, const size_t *values, size_t n);
// An empty object or array to be filled.
struct ev_json *ev_json_object(struct ev_json *o, const char *key);
struct ev_json *ev_json_array(struct ev_json *o, const char *key);
// A new object at the end of an array.
struct ev_json *ev_json_item(struct ev_json *array);

// False when memory ran out on the way.
bool ev_json_whole(const struct ev_json *root);

// Sorts and writes; false when memory ran out or the file did not take it all.
bool ev_json_write(struct ev_json *root, FILE *out);
// The same for people: aligned lines, and columns where there are arrays of objects.
bool ev_json_table(struct ev_json *root, FILE *out);
