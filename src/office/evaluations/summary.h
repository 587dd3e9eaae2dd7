// SPDX-License-Identifier: Apache-2.0
// A sealed plan in sentences.
#pragma once

#include "ctx.h"

// What PLAN_TEXT, the engine's JSON, says: list of {label, text, unit}. PILOT and MEASURE name what
// the JSON doesn't: the question and the unit. V_NULL where the text can't be read.
struct value evaluation_summary(struct ctx *c, const struct value *pilot,
    const struct value *measure, const char *analysis, const char *plan_text);
