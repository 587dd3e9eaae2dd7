// SPDX-License-Identifier: Apache-2.0
// Standing interests: what somebody owns, whom they work for or with. Written down beforehand, by
// oneself, so that pitches aren't given to whom they touch.
#include "reviews_private.h"

enum { STANDING, ENDED };

static const struct state states[] = {
    { "standing", "Stands", "going" },
    { "ended", "Ended", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "person_id", FIELD_PERSON, "Whose", NULL },
    { "text", FIELD_TEXT, "Interest",
        "Whom you work for, own a part of, are related to, were paid by in the last two years.",
        .flags = FIELD_PERSONAL, .max = 400 },
    { "organisation_id", FIELD_ORGANISATION, "Organisation", "If it is in the list.",
        .flags = FIELD_PERSONAL },
    END_FIELD,
};

static enum err declare(struct act *a)
{
    act_set(a, "person_id", value_id(a->ctx->viewer.person));
    TRY(act_save(a));
    return review_match_again(a, a->ctx->viewer.person);
}

static const struct command commands[] = {
    { "interest.declare", "Declare an interest", NEW, STANDING,
        ROLES_INSIDE | ROLE_EVALUATOR | ROLE_MEMBER, "text! organisation_id", NULL, declare,
        COMMAND_QUIET,
        "The office sees it, and matches it with pitches before you are given any; those you have "
        "already are matched again. Nobody else sees it." },
    { "interest.end", "It has ended", AT(STANDING), ENDED,
        ROLES_INSIDE | ROLE_EVALUATOR | ROLE_MEMBER, "", NULL, NULL, COMMAND_OWN | COMMAND_QUIET,
        NULL },
    END_COMMAND,
};

const struct kind interest_kind = {
    .name = "interest",
    .label = "Interest",
    .plural = "Interests",
    .path = "/interests",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, "$.person_id = :viewer_id", "($.person_id = :viewer_id OR " SEES_ROUND ")" },
    .title = "text",
    .list = "text person_id organisation_id state",
    .filters = "state",
    .empty = "Interests are declared before there is a conflict; then there mostly is none.",
};
