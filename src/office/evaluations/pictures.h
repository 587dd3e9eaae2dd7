// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evaluations_private.h"
#include "svg.h"

// The effect with its interval, zero and what is worth having: {title, svg, table}. V_NULL when
// there is no number to draw.
struct value evaluation_effect_figure(struct ctx *c, const struct value *result);
// Means over time with the start of the pilot marked.
struct value evaluation_time_figure(struct ctx *c, const struct value *result);
// Each pair's difference from the reference, for numbers with one (agreement.c).
struct value evaluation_pairs_figure(struct ctx *c, const struct value *result);

// What the engine drew when it ran: WHICH is "effect", or "course", how it came about. ROW has
// pictures_text; V_NULL where there is no such picture.
CHECKED enum err evaluation_drawn_figure(struct ctx *c, const struct value *row, const char *which,
    const char *title, struct value *ret_figure);

// What was known at each look before the end: ROWS of evaluation.looks, PLAN of the result.
struct value evaluation_looks_figure(
    struct ctx *c, const struct value *rows, const struct value *plan);

// What the pictures share: words with the reader's numbers; {title, svg, table}.
struct svg_words evaluation_svg_words(struct ctx *c, const char *title, const char *desc);
struct value evaluation_figure_of(
    struct ctx *c, const char *title, const struct buf *svg, struct value table);
