// SPDX-License-Identifier: Apache-2.0
// The discussion of a pitch: opens when every review of it is locked, ends with the decision. Those
// who judged it and those who run the round take part; nobody in conflict, nobody who pitches it.
// What is said stays: a remark that names somebody can be struck, which stays too.
#include "reviews_private.h"

#include "markdown.h"
#include "str.h"

enum { POSTED, STRUCK };
enum { MOST_REMARKS = 500 };

// ---- who takes part ----------------------------------------------------------------------------

static enum err seat_of(struct ctx *c, int64_t pitch, struct value *ret_seat)
{
    return db_row(
        c->db, c->arena, "discussion.seat", ARGS(ARG("pitch_id", value_id(pitch))), ret_seat);
}

static bool takes_part(const struct ctx *c, const struct value *seat)
{
    return !value_get_int(seat, "own_n", 0) && !value_get_int(seat, "barred_n", 0) &&
           (value_get_int(seat, "mine_n", 0) || c->viewer.roles & MAY_RUN_REVIEWS);
}

// NULL, or why nothing can be said now (a message key).
static const char *not_open(const struct value *seat)
{
    return !str_eq(value_get_text(seat, "call_state", ""), "in_review")
               ? "The discussion ended with the decision."
           : value_get_int(seat, "open_n", 0) || !value_get_int(seat, "locked_n", 0)
               ? "The discussion opens when every review of the pitch is locked."
               : NULL;
}

// ---- remarks -----------------------------------------------------------------------------------

static const struct state states[] = {
    { "posted", "Said", "done" },
    { "struck", "Struck", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "label", FIELD_TEXT, "Pitch", NULL },
    { "review_id", FIELD_RECORD, "Review", "A locked review of the pitch.", "review" },
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "pitch_id", FIELD_RECORD, "Pitch to be judged", NULL, "pitch" },
    { "person_id", FIELD_PERSON, "Who", NULL },
    { "text", FIELD_PROSE, "Remark",
        "Everybody who takes part in the discussion reads it; applicants never do. Name nobody.",
        .flags = FIELD_PERSONAL, .max = 4000 },
    END_FIELD,
};

// The others who took part so far: who judged the pitch, and who said something.
static enum err tell_others(struct act *a, int64_t pitch)
{
    struct ctx *c = a->ctx;
    struct value rows, args = value_object(c->arena);
    TRY(db_rows(
        c->db, c->arena, "discussion.others", ARGS(ARG("pitch_id", value_id(pitch))), &rows));
    value_set(c->arena, &args, "label", *act_now(a, "label"));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        TRY(notice_person(c, value_get_int(row, "person_id", 0),
            &(struct notice){ .text = "There is a new remark in the discussion of {label}.",
                .args = &args,
                .kind = "remark",
                .id = a->id }));
    }
    return OK;
}

static enum err post(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value review, seat;
    TRY(db_row(c->db, c->arena, "discussion.review",
        ARGS(ARG("review_id", *act_in(a, "review_id"))), &review));
    int64_t pitch = value_get_int(&review, "pitch_id", 0);
    TRY(seat_of(c, pitch, &seat));
    const char *why = !takes_part(c, &seat) ? "You can’t take part in the discussion of this pitch."
                                            : not_open(&seat);
    if (why) {
        return act_invalid(a, "review_id", why, NULL);
    }
    if (value_get_int(&seat, "remarks_n", 0) >= MOST_REMARKS) {
        return act_invalid(a, "text", "The discussion is as long as it can be.", NULL);
    }
    act_set(a, "call_id", *value_get(&review, "call_id"));
    act_set(a, "pitch_id", value_id(pitch));
    act_set(a, "label", *value_get(&review, "label"));
    act_set(a, "is_made_up", *value_get(&review, "is_made_up"));
    act_set(a, "person_id", value_id(c->viewer.person));
    TRY(act_save(a));
    return tell_others(a, pitch);
}

static enum err strike(struct act *a)
{
    act_set(a, "text", VALUE_NULL);
    return act_save(a);
}

static const struct command commands[] = {
    { "remark.post", "Say something about the pitch", NEW, POSTED, ROLE_EVALUATOR | MAY_RUN_REVIEWS,
        "review_id! text!", NULL, post, COMMAND_QUIET, "It is kept with your name." },
    { "remark.strike", "Strike the remark", AT(POSTED), STRUCK, MAY_RUN_REVIEWS, "", NULL, strike,
        COMMAND_REASON | COMMAND_CONFIRM,
        "For what tells who pitches, or hurts somebody. That it was struck stays to be seen." },
    END_COMMAND,
};

#define OWN_REVIEW(states)                                                                         \
    "EXISTS (SELECT 1 FROM review m WHERE m.city = $.city AND m.pitch_id = $.pitch_id AND "        \
    "m.person_id = :viewer_id AND m.state IN (" states "))"
#define NOT_BARRED                                                                                 \
    "NOT " OWN_REVIEW("'assigned', 'scoring', 'conflicted'") " AND NOT EXISTS (SELECT 1 FROM "     \
                                                             "pitch_party y WHERE y.city = "       \
                                                             "$.city AND y.pitch_id = $.pitch_id " \
                                                             "AND y.person_id = :viewer_id)"

const struct kind remark_kind = {
    .name = "remark",
    .label = "Remark",
    .plural = "Remarks",
    .path = "/remarks",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, "/* sealed: pitch_party */ (" OWN_REVIEW("'locked'") " AND " NOT_BARRED ")",
        "/* sealed: pitch_party */ ((" OWN_REVIEW("'locked'") " OR " SEES_ROUND ") AND " NOT_BARRED
                                                              ")" },
    .title = "label",
    .parent = "review_id",
    .parent_kind = "review",
    .list = "label person_id call_id state created_at",
    .filters = "state call_id",
    .empty = "When every review of a pitch is locked, those who judged it discuss it.",
};

// ---- its page ----------------------------------------------------------------------------------

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static enum err add_remarks(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "discussion.remarks", args, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        const char *html, *text = value_get_text(row, "text", "");
        struct value one = value_object(c->arena);
        bool shown = *text && markdown_html(c->arena, text, 4, &html) == OK;
        set(c, &one, "name", *value_get(row, "name"));
        set(c, &one, "said_at", *value_get(row, "created_at"));
        set(c, &one, "body", shown ? value_html(html) : VALUE_NULL);
        set(c, &one, "strike_href",
            shown && c->viewer.roles & MAY_RUN_REVIEWS
                ? value_text(arena_fmt(c->arena, "%s/do/strike",
                      page_href(c, "remark", value_get_int(row, "id", 0))))
                : VALUE_NULL);
        *value_push(c->arena, &list) = one;
    }
    set(c, data, "remarks", list);
    return OK;
}

// What the locked reviews gave, criterion by criterion, without who gave what.
static enum err add_spread(struct ctx *c, const struct arg *args, struct value *data)
{
    struct value rows, spread = value_object(c->arena);
    TRY(db_rows(c->db, c->arena, "discussion.spread", args, &rows));
    struct value table = page_table(c, NULL, "What the locked reviews gave",
        "title:Criterion low_n:Lowest mean_num:Mean high_n:Highest", &rows);
    set(c, &table, "caption_hidden", value_bool(true));
    set(c, &spread, "table", table);
    set(c, data, "spread", value_len(&rows) ? spread : VALUE_NULL);
    return OK;
}

enum err discussion_build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value review, seat, head = value_object(c->arena);
    TRY(page_record(c, q, "review", &review));
    int64_t pitch = value_get_int(&review, "pitch_id", 0);
    TRY(seat_of(c, pitch, &seat));
    if (!takes_part(c, &seat)) {
        return fail(c->arena, ERR_NOT_FOUND, "%s",
            ctx_text(c, "You can’t take part in the discussion of this pitch.", NULL));
    }
    const struct arg *args = ARGS(ARG("pitch_id", value_id(pitch)));
    const char *why = not_open(&seat),
               *href = page_href(c, "review", value_get_int(&review, "id", 0));
    set(c, &head, "kicker", value_text(ctx_text(c, "Discussion before the selection", NULL)));
    set(c, &head, "title", *value_get(&seat, "label"));
    set(c, &head, "lede", *value_get(&seat, "title"));
    set(c, data, "head", head);
    set(c, data, "closed_why", why ? value_text(ctx_text(c, why, NULL)) : VALUE_NULL);
    set(c, data, "may_post", value_bool(!why));
    set(c, data, "post_action", value_text("/remarks/new/post"));
    set(c, data, "review_id", *value_get(&review, "id"));
    set(c, data, "review_href", value_text(href));
    page_title(c, data, value_get_text(&seat, "label", ""));
    r->max_age = -1;
    if (!value_get_int(&seat, "open_n", 0)) {
        TRY(add_spread(c, args, data));
    }
    return add_remarks(c, args, data);
}

// A remark is read where it was said.
enum err remark_build(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, door;
    (void)data;
    TRY(page_record(c, q, "remark", &row));
    TRY(db_row(c->db, c->arena, "discussion.door", ARGS(ARG("id", *value_get(&row, "id"))), &door));
    response_redirect(r, arena_fmt(c->arena, "%s/discussion",
                             page_href(c, "review", value_get_int(&door, "review_id", 0))));
    return OK;
}

enum err discussion_link(struct ctx *c, const struct value *review, struct value *data)
{
    struct value seat;
    TRY(seat_of(c, value_get_int(review, "pitch_id", 0), &seat));
    bool shown = takes_part(c, &seat) && !value_get_int(&seat, "open_n", 0) &&
                 value_get_int(&seat, "locked_n", 0);
    struct value args = value_object(c->arena);
    set(c, &args, "n", *value_get(&seat, "remarks_n"));
    set(c, data, "discussion_href",
        shown ? value_text(arena_fmt(c->arena, "%s/discussion",
                    page_href(c, "review", value_get_int(review, "id", 0))))
              : VALUE_NULL);
    set(c, data, "discussion_text",
        value_text(ctx_text(c,
            "{n, plural, =0 {Discuss the pitch} one {The discussion: one remark} other {The "
            "discussion: # remarks}}",
            &args)));
    return OK;
}
