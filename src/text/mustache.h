// SPDX-License-Identifier: Apache-2.0
// Mustache templates, compiled once: the whole specification with its optional modules (dynamic
// names, inheritance, lambdas).
//
// What the house adds, in ways that leave the specification whole:
// - Typed leaves are formatted in the reader's language; a last name chooses a style:
// {{closes_at.date}}.
//   (The style names are in locale.h; they are looked up only on leaves, where the specification
//   has nothing.)
// - {{#t}}Open calls{{/t}} is translated: the section's raw text is the message's key and its
// {arguments}
//   are looked up in the context. Escaped. A run of white space in it counts as one space, so that
//   it may be wrapped. The name t is taken for this everywhere: don't call data so.
// - {{@index}}-like counters don't exist: prepare such values in the page's data.
//
// Once all templates are added a set is immutable and shared by all threads.
#pragma once

#include "buf.h"
#include "locale.h"
#include "value.h"

struct templates;

struct templates *templates_new(void);
void templates_free(struct templates *t);
// Compiles TEXT under NAME ("pilots/pilot.html"; used for partials too), replacing an earlier one:
// that is how a city's theme overrides a page. ERR_INVALID with name, line and reason when
// malformed.
CHECKED enum err templates_add(
    struct templates *t, struct arena *detail, const char *name, const char *text, size_t len);
bool templates_has(const struct templates *t, const char *name);
// Every message key of {{#t}} in the set, once: what a translator must know.
void templates_messages(
    const struct templates *t, void (*each)(void *context, const char *key), void *context);

struct render {
    const struct templates *templates;
    const struct locale *locale; // NULL: plain formatting, {{#t}} shows its key (tests)
    const struct id_key *id_key; // NULL: ids in decimal (tests)
    struct arena *arena;         // scratch, and where an error's detail goes
};

// Renders the template NAME over DATA. A partial that isn't there renders as nothing
// (specification); more than 64 nested partials, parents, blocks or lambdas, millions of steps, or
// an output past OUT's limit, is ERR_TOO_LARGE.
CHECKED enum err mustache_render(
    const struct render *r, const char *name, const struct value *data, struct buf *out);
