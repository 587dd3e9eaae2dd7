// SPDX-License-Identifier: Apache-2.0
// Pitches: from the mail link to the decision. What other rooms nest:
//   pitch.select, pitch.decline   {decision_reason}: an eligible pitch's end; its applicant is told
// What other rooms give: the query review.unlocked_count (bound :call_id), the scores of a call
// that are not locked yet; names and prices stay closed until it gives 0.
#pragma once

#include "office.h"

extern const struct room pitches_room;

// NULL, or why names and prices of the call can't be opened yet (a message key).
const char *pitch_scores_open(struct act *a, int64_t call_id);

// Lets the call's pitches be found by those who may read them, once its state lets them; part of
// the act that changes it.
CHECKED enum err pitch_index_call(struct ctx *c, int64_t call);

// Commands of a call that are about its pitches; the calls room lists them in its kind.
const char *pitch_may_unseal(struct act *a);
enum err pitch_unseal_prices(struct act *a);
const char *pitch_may_unblind(struct act *a);
enum err pitch_unblind(struct act *a);
const char *pitch_may_import(struct act *a);
enum err pitch_import(struct act *a);
// The link again, to an address that has a pitch in the call; nothing to any other, in as many
// words.
enum err pitch_send_link(struct act *a);
