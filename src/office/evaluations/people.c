// SPDX-License-Identifier: Apache-2.0
// Where a measure's units are people nothing is published that has a row, a point or a moment of
// one of them: what was found is, and the command that finds it, for whoever may have the data.
#include "evaluations_private.h"

bool evaluation_shows_rows(const struct ctx *c, const struct value *row)
{
    return !value_get_int(row, "is_people", 0) || c->audience == AUDIENCE_OFFICE ||
           c->audience == AUDIENCE_SYSTEM;
}

void evaluation_withhold(struct ctx *c, struct value *row, struct value *result)
{
    if (evaluation_shows_rows(c, row)) {
        return;
    }
    // Pairs are people; a course may be that of one; the engine drew both.
    value_set(c->arena, result, "pairs", VALUE_NULL);
    value_set(c->arena, result, "series", VALUE_NULL);
    value_set(c->arena, row, "pictures_text", VALUE_NULL);
}
