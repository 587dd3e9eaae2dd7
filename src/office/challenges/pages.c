// SPDX-License-Identifier: Apache-2.0
// A challenge with the neighbourhood that has it.
#include "challenges_private.h"

#include "places/places.h"

static enum err build_challenge(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, place;
    (void)r;
    TRY(page_record(c, q, "challenge", &row));
    TRY(page_show_record(c, "challenge", &row, NULL, data));
    TRY(place_picture(c, value_get_int(&row, "area_id", 0), &place));
    value_set(c->arena, data, "place", place);
    return OK;
}

const struct page challenges_pages[] = {
    { "/challenges/{id}", "challenges/challenge.html", ROLES_ANYONE, build_challenge, NULL, 0,
        NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
