// SPDX-License-Identifier: Apache-2.0
// Where a call's round stands: one reading for every guard that asks.
#include "reviews_private.h"

#include "str.h"

const char round_unread[] = "The call can’t be read just now.";

enum err round_of(struct ctx *c, int64_t call, struct value *ret_row)
{
    return db_row(c->db, c->arena, "review.round", ARGS(ARG("call_id", value_id(call))), ret_row);
}

enum err round_read(struct ctx *c, int64_t call, struct round_now *ret_now)
{
    const struct arg *args = ARGS(ARG("call_id", value_id(call)));
    struct round_now now;
    TRY(round_of(c, call, &now.row));
    TRY(db_int(c->db, c->arena, "review.unlocked_count", args, &now.unlocked));
    TRY(db_int(c->db, c->arena, "selection.unscreened", args, &now.unscreened));
    TRY(db_int(c->db, c->arena, "review.prices_open", args, &now.prices_open));
    now.in_review = str_eq(value_get_text(&now.row, "state", ""), "in_review");
    now.names_open = value_get_int(&now.row, "names_open_n", 0) != 0;
    now.has_selection = value_get_int(&now.row, "selections_n", 0) != 0;
    *ret_now = now;
    return OK;
}

const char *round_in_review(struct act *a, const char *otherwise)
{
    struct value row;
    return round_of(a->ctx, value_get_int(&a->row, "call_id", 0), &row) != OK ? round_unread
           : str_eq(value_get_text(&row, "state", ""), "in_review")           ? NULL
                                                                              : otherwise;
}

const char *round_takes_reviews(struct ctx *c, int64_t call)
{
    struct round_now now;
    return round_read(c, call, &now) != OK ? round_unread
           : !now.in_review                ? "The call isn’t in review."
           : now.names_open                ? "The names are open: nobody can score blind any more."
           : now.prices_open               ? "The prices are open: quality is judged before."
           : now.has_selection             ? "A selection is being written; drop it first."
                                           : NULL;
}
