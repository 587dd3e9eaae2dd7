// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluations_private.h"

// The effect with its interval, zero and what is worth having: {title, svg, table}. V_NULL when
// there is no number to draw.
struct value evaluation_effect_figure(struct ctx *c, const struct value *result);
// Means over time with the start of the pilot marked.
struct value evaluation_time_figure(struct ctx *c, const struct value *result);
