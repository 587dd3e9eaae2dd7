// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "reviews.h"

#include "notice.h"

extern const struct kind interest_kind, assignment_kind, review_kind, selection_kind, choice_kind;
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

// ---- assign.c
// Where the call stands, for guards: {state, title, is_open_names, selections_n, unlocked_n}.
CHECKED enum err round_of(struct ctx *c, int64_t call, struct value *ret_round);
// NULL, or why nobody can be given a pitch of the call (a message key).
const char *round_takes_reviews(struct ctx *c, int64_t call);
enum err review_assign(struct act *a); // with its mail
enum err review_give(struct act *a);   // without

// ---- scores.c
const char *review_may_score(struct act *a);
enum err review_save_scores(struct act *a);
const char *review_may_lock(struct act *a);
enum err review_lock(struct act *a);

// ---- announce.c
const char *selection_may_announce(struct act *a);
enum err selection_announce(struct act *a);

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
