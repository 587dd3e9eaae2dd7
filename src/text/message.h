// SPDX-License-Identifier: Apache-2.0
// Messages in ICU's MessageFormat syntax with named arguments. ICU's C interface formats numbered
// arguments only, and parses anew each time; so the syntax is read here once, and ICU gives what a
// language knows: plural rules, numbers, dates.
//
//   {name}  {n, number}  {n, number, percent}  {when, date}  {when, date, long}  {when, time}
//   {n, plural, =0 {none} one {# pilot} other {# pilots}}     {n, selectordinal, one {#st} … other
//   {#th}} {kind, select, grant {a grant} other {something}}
//
// Styles are ICU's (short, medium, long, full, integer, percent, currency) and locale.h's. '' is an
// apostrophe; 'x quotes up to the next apostrophe when x is { or } (or # in a plural). There is no
// offset:.
//
// Compiled messages are immutable and shared by threads.
#pragma once

#include "buf.h"
#include "locale.h"

struct message;

// The argument's value, or NULL.
typedef const struct value *message_lookup(void *context, const char *name);

// False and *RET_WHY ("a brace is not closed") when malformed. TEXT is borrowed by the message. A
// message that is its own text without any syntax compiles to NULL: show TEXT.
CHECKED bool message_compile(
    struct arena *a, const char *text, const struct message **ret_message, const char **ret_why);
// An argument that isn't there is shown as {name}. L NULL: plain formatting, English plurals.
void message_write(const struct message *m, const struct locale *l, const struct id_key *id_key,
    message_lookup *lookup, void *context, struct buf *out);
