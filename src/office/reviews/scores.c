// SPDX-License-Identifier: Apache-2.0
// Saving and locking scores. They are written to a sealed table; the ledger keeps commitments.
#include "reviews_private.h"

#include "str.h"

enum err review_criteria(struct ctx *c, int64_t call, struct value *ret_rows)
{
    return db_rows(
        c->db, c->arena, "review.criteria", ARGS(ARG("call_id", value_id(call))), ret_rows);
}

const char *review_may_score(struct act *a)
{
    return round_in_review(a, "The call isn’t in review any more.");
}

static const struct value *score_of(const struct value *scores, int64_t criterion)
{
    for (size_t i = 0; i < value_len(scores); i++) {
        if (value_get_int(value_at(scores, i), "criterion_id", 0) == criterion) {
            return value_at(scores, i);
        }
    }
    return NULL;
}

// The new value where one was given, else the one that is there.
static struct value merged(
    struct act *a, const char *field, const struct value *old, const char *column)
{
    const struct value *given = value_get(&a->in, field),
                       *kept = old ? value_get(old, column) : NULL;
    if (!given) {
        return kept ? *kept : VALUE_NULL;
    }
    int64_t n;
    return given->kind == V_TEXT && str_eq(column, "value_n") && str_i64(given->text, &n)
               ? value_int(n)
               : *given;
}

static enum err save_one(
    struct act *a, size_t n, const struct value *criterion, const struct value *scores)
{
    struct ctx *c = a->ctx;
    const char *score = arena_fmt(c->arena, "score_%zu", n),
               *comment = arena_fmt(c->arena, "comment_%zu", n);
    if (!value_get(&a->in, score) && !value_get(&a->in, comment)) {
        return OK;
    }
    if (!criterion) {
        return act_has(a, score) || act_has(a, comment)
                   ? act_invalid(a, score, "The call has fewer criteria.", NULL)
                   : OK;
    }
    const struct value *old = score_of(scores, value_get_int(criterion, "id", 0));
    return db_exec(c->db, c->arena, "review.put_score",
        ARGS(ARG("review_id", value_id(a->id)), ARG("criterion_id", *value_get(criterion, "id")),
            ARG("value_n", merged(a, score, old, "value_n")),
            ARG("comment", merged(a, comment, old, "comment"))),
        NULL);
}

enum err review_save_scores(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value criteria, scores;
    TRY(review_criteria(c, value_get_int(&a->row, "call_id", 0), &criteria));
    TRY(db_rows(
        c->db, c->arena, "review.my_scores", ARGS(ARG("review_id", value_id(a->id))), &scores));
    for (size_t i = 0; i < MOST_CRITERIA; i++) {
        TRY(save_one(a, i + 1, value_at(&criteria, i), &scores));
    }
    act_set(a, "saved_at", value_time(c->now));
    return act_save(a);
}

const char *review_may_lock(struct act *a)
{
    struct ctx *c = a->ctx;
    const char *why = review_may_score(a);
    int64_t left;
    if (why) {
        return why;
    }
    if (db_int(c->db, c->arena, "review.left_to_score", ARGS(ARG("review_id", value_id(a->id))),
            &left) != OK) {
        return "The scores can’t be read just now.";
    }
    if (!left) {
        return NULL;
    }
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "n", value_int(left));
    return ctx_text(c,
        "First score every criterion: {n, plural, one {one is left} other {# are left}}.", &args);
}

enum err review_lock(struct act *a)
{
    act_set(a, "locked_at", value_time(a->ctx->now));
    return act_save(a);
}
