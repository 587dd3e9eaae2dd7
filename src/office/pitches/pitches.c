// SPDX-License-Identifier: Apache-2.0
#include "pitch_parts.h"

static const struct kind *const kinds[] = { &pitch_kind, &procurement_key_kind, &profile_kind,
    NULL };

static const struct need needs[] = {
    { "pitch.to_screen", ROLES_OFFICE | ROLE_PROCUREMENT, "pitch", "pitch.find_eligible",
        "Screen {label} for “{title}”", "the reviews" },
    { "pitch.to_finish", ROLE_APPLICANT, "pitch", NULL, "Finish your pitch for “{title}”", NULL },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room pitches_room = {
    .name = "pitches", .kinds = kinds, .pages = pitches_pages, .needs = needs
};
