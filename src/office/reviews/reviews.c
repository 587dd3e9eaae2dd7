// SPDX-License-Identifier: Apache-2.0
#include "reviews_private.h"

static const struct kind *const kinds[] = { &interest_kind, &assignment_kind, &review_kind,
    &remark_kind, &selection_kind, &choice_kind, NULL };

static const struct need needs[] = {
    { "review.to_declare", ROLE_EVALUATOR, "review", "review.declare",
        "Say whether you can judge {label} for “{title}” fairly", "the selection" },
    { "review.to_score", ROLE_EVALUATOR, "review", NULL, "Score {label} for “{title}”",
        "the selection" },
    { "review.to_give", MAY_RUN_REVIEWS, "call", NULL,
        "Give the pitches of “{title}” to evaluators", "the reviews" },
    { "review.to_replace", MAY_RUN_REVIEWS, "review", "review.reassign",
        "Find another evaluator for {label} of “{title}”", "the selection" },
    { "selection.to_draft", MAY_RUN_REVIEWS, "call", NULL,
        "All scores for “{title}” are locked: draft the selection",
        "the answer to the applicants" },
    { "selection.to_announce", MAY_RUN_REVIEWS, "selection", NULL,
        "Finish the selection for “{title}” and announce it", "the answer to the applicants" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room reviews_room = {
    .name = "reviews", .kinds = kinds, .pages = reviews_pages, .needs = needs
};
