// SPDX-License-Identifier: Apache-2.0
// Evaluations: what a measure's readings say under the pilot's plan, worked out by the evidence
// engine, kept with the data that it was worked out from.
#pragma once

#include "room.h"

extern const struct room evaluations_room;

// Evaluates MEASURE of PILOT as the viewer does by evaluation.run. RET_ID may be NULL.
CHECKED enum err evaluations_run(struct ctx *c, int64_t pilot, int64_t measure, int64_t *ret_id);
