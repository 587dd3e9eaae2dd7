// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "reviews.h"

#include "notice.h"

extern const struct kind interest_kind, assignment_kind, review_kind, selection_kind, choice_kind,
    remark_kind;
extern const struct page reviews_pages[];

// Who runs a round and reads its board.
#define MAY_RUN_REVIEWS (ROLES_OFFICE | ROLE_PROCUREMENT)

// Who works on a round, and its watchers; other departments' people don't see procurement.
#define SEES_ROUND                                                                                 \
    "EXISTS (SELECT 1 FROM grant_role g WHERE g.city = $.city AND g.person_id = :viewer_id AND "   \
    "g.state = 'held' AND (g.until_on IS NULL OR g.until_on * 86400000 + 86400000 > :now_at) AND " \
    "g.role IN ('director', 'staff', 'procurement', 'counsel', 'auditor'))"

enum { MOST_CRITERIA = 20 };

enum review_state {
    REVIEW_ASSIGNED,
    REVIEW_SCORING,
    REVIEW_LOCKED,
    REVIEW_CONFLICTED,
    REVIEW_ENDED
};

// ---- round.c
// Where a call's round stands.
struct round_now {
    struct value row; // id, title, state, amount_cents, challenge_id, department_id, is_made_up
    bool in_review, names_open, has_selection;
    int64_t unlocked, unscreened, prices_open; // reviews, pitches, prices
};

// What a guard says when none of it can be read (a message key).
extern const char round_unread[];
CHECKED enum err round_read(struct ctx *c, int64_t call, struct round_now *ret_now);
// Its row alone.
CHECKED enum err round_of(struct ctx *c, int64_t call, struct value *ret_row);
// NULL while the call of the act's record is in review, else OTHERWISE (message keys).
const char *round_in_review(struct act *a, const char *otherwise);
// NULL, or why nobody can be given a pitch of the call (a message key).
const char *round_takes_reviews(struct ctx *c, int64_t call);

// ---- assign.c
enum err review_assign(struct act *a); // with its mail
enum err review_give(struct act *a);   // without
// Matches PERSON's interests with the pitches given to them in rounds that aren't decided: a review
// that an interest touches is taken out.
CHECKED enum err review_match_again(struct act *a, int64_t person);

// ---- scores.c
const char *review_may_score(struct act *a);
enum err review_save_scores(struct act *a);
const char *review_may_lock(struct act *a);
enum err review_lock(struct act *a);

// ---- announce.c
const char *selection_may_announce(struct act *a);
enum err selection_announce(struct act *a);

// ---- discussion.c
enum err discussion_build(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err remark_build(struct ctx *c, struct request *q, struct value *data, struct response *r);
// Where the discussion of REVIEW's pitch is, for its page, if the viewer takes part:
// discussion_href, discussion_text.
CHECKED enum err discussion_link(struct ctx *c, const struct value *review, struct value *data);

// ---- pages.c, board.c
enum err board_build(struct ctx *c, struct request *q, struct value *data, struct response *r);
// The call's criteria in their order: rows of id, title, weight_n, anchors.
CHECKED enum err review_criteria(struct ctx *c, int64_t call, struct value *ret_rows);

#define END_STATE                                                                                  \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }
#define END_FIELD                                                                                  \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL, 0, 0, NULL                                                      \
    }
#define END_COMMAND                                                                                \
    {                                                                                              \
        NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL                                             \
    }
