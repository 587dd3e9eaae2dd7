// SPDX-License-Identifier: Apache-2.0
// Calls for pitches. What other rooms nest: call.review (into in_review), call.decide.
#pragma once

#include "notice.h"
#include "office.h"

extern const struct room calls_room;

// The instant until which a pitch is taken, with the call's grace; 0: there is no end (rolling).
int64_t call_last_moment(const struct value *call);
// Whether CALL (its row) takes pitches and questions now: published, begun, and not past its time.
bool call_is_open(const struct ctx *c, const struct value *call);
// Published (or further), and no pitch can come in any more; a rolling call is open to review at
// any time.
bool call_is_closed(const struct ctx *c, const struct value *call);
// The call's whole row, whoever asks; for guards and apply functions. ERR_NOT_FOUND.
CHECKED enum err call_read(struct ctx *c, int64_t id, struct value *ret_call);
enum { CALL_MOST_CHALLENGES = 8 };
// What the call is about, whoever asks: rows of id, title, state; the call's own challenge first.
CHECKED enum err call_challenges(struct ctx *c, int64_t call, struct value *ret_rows);
// Those that a pitch answers, by its NUMBERS: "1,3" are the first and the third. NULL: none.
CHECKED enum err call_answered(
    struct ctx *c, int64_t call, const char *numbers, struct value *ret_challenges);
enum { CALL_MOST_ITEMS = 20, FORM_IMPORT_LONGEST = 100000 };
// The call's own questions to those who pitch: rows of number_n, title, help, type, choices,
// is_needed, is_identifying, after_n, after_value, in the order of their numbers.
CHECKED enum err call_form(struct ctx *c, int64_t call, struct value *ret_rows);
// Whether ITEM has ANSWER to choose.
bool call_form_offers(const struct value *item, const char *answer);
// Tells everybody who follows the call, asked about it or pitches in it, by mail. N's text may use
// {title}; ARGS are added to it.
CHECKED enum err call_tell_all(struct ctx *c, const struct value *call, const char *text);
