// SPDX-License-Identifier: Apache-2.0
// Reviews and selection: who judges which pitch, what they give it, and which are chosen.
//
// A score is its evaluator's alone until the review is locked: it stands in a sealed table, and the
// only queries that read others' scores ask for the locked state themselves. Who pitches is never
// read here but to say that an evaluator may be in conflict (review.conflict), and for the winner's
// organisation at the announcement.
//
// What other rooms use: the queries review.unlocked_count (:call_id; reviews neither locked, in
// conflict nor taken back) and review.own_scores (:pitch_id; an applicant's mean scores, once
// decided).
#pragma once

#include "room.h"

extern const struct room reviews_room;
