// SPDX-License-Identifier: Apache-2.0
#include "calls_kinds.h"

static const struct kind *const kinds[] = { &call_kind, &criterion_kind, &further_challenge_kind,
    &form_item_kind, &question_kind, &addendum_kind, &follower_kind, NULL };

static const struct need needs[] = {
    { "call.questions_waiting", MAY_RUN_CALLS, "question", "question.answer",
        "Answer a question about “{title}”", "the pitches" },
    { "call.to_publish", ROLE_DIRECTOR | ROLE_PROCUREMENT, "call", "call.publish",
        "Publish “{title}”", "the pitches" },
    { "call.to_review", MAY_RUN_CALLS, "call", "call.review", "Begin the review of “{title}”",
        "the applicants’ answers" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room calls_room = {
    .name = "calls", .kinds = kinds, .pages = calls_pages, .needs = needs
};
