// SPDX-License-Identifier: Apache-2.0
// The meeting on one page: agenda, presence and quorum, motions and how each voted, minutes. It is
// the packet before the meeting, the clerk's screen during it, and the record after.
#include "bodies_private.h"

#include "markdown.h"
#include "str.h"
#include "tally.h"

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value prose(struct ctx *c, const char *text)
{
    const char *html;
    return text && *text && markdown_html(c->arena, text, 4, &html) == OK ? value_html(html)
                                                                          : VALUE_NULL;
}

// The votes on one motion as the vote part wants them.
static struct value votes_on(struct ctx *c, const struct value *votes, const struct value *motion)
{
    static const struct {
        const char *choice, *label, *kind;
    } choices[] = {
        { "yes", "For", "yes" },
        { "no", "Against", "no" },
        { "abstain", "Abstains", "out" },
        { "recused", "Recused", "out" },
    };
    struct value vote = value_object(c->arena), members = value_list(c->arena);
    int64_t id = value_get_int(motion, "id", 0);
    for (size_t i = 0; i < value_len(votes); i++) {
        const struct value *row = value_at(votes, i);
        if (value_get_int(row, "motion_id", 0) != id) {
            continue;
        }
        struct value member = value_object(c->arena);
        put(c, &member, "name", *value_get(row, "name"));
        put(c, &member, "seat", *value_get(row, "seat"));
        put(c, &member, "reason", *value_get(row, "why"));
        for (size_t j = 0; j < ARRAY_LEN(choices); j++) {
            if (str_eq(value_get_text(row, "choice", ""), choices[j].choice)) {
                put(c, &member, "vote_text", value_text(ctx_text(c, choices[j].label, NULL)));
                put(c, &member, "kind", value_text(choices[j].kind));
            }
        }
        *value_push(c->arena, &members) = member;
    }
    put(c, &vote, "caption", *value_get(motion, "title"));
    // Older counts stand in the record in the office's language.
    const char *words = tally_words(value_get_text(motion, "counted", NULL));
    put(c, &vote, "result",
        words ? value_text(ctx_text(c, words, motion)) : *value_get(motion, "result_why"));
    put(c, &vote, "members", members);
    return vote;
}

static struct value motions_of(
    struct ctx *c, const struct value *motions, const struct value *votes, int64_t item)
{
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < value_len(motions); i++) {
        const struct value *row = value_at(motions, i);
        if (value_get_int(row, "agenda_item_id", 0) != item) {
            continue;
        }
        struct value one = value_object(c->arena);
        int state = kind_state(&motion_kind, value_get_text(row, "state", ""));
        put(c, &one, "words", *value_get(row, "title"));
        put(c, &one, "address", value_text(page_href(c, "motion", value_get_int(row, "id", 0))));
        put(c, &one, "moved_by", *value_get(row, "moved_by"));
        put(c, &one, "seconded_by", *value_get(row, "seconded_by"));
        put(c, &one, "badge", value_text(ctx_text(c, motion_kind.states[state].label, NULL)));
        put(c, &one, "badge_kind", value_text(motion_kind.states[state].badge));
        struct value vote = votes_on(c, votes, row);
        put(c, &one, "vote", value_len(value_get(&vote, "members")) ? vote : VALUE_NULL);
        *value_push(c->arena, &list) = one;
    }
    return list;
}

static enum err add_agenda(struct ctx *c, const struct arg *which, struct value *data)
{
    struct value items, motions, votes, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "meeting.agenda", which, &items));
    TRY(db_rows(c->db, c->arena, "meeting.motions", which, &motions));
    TRY(db_rows(c->db, c->arena, "meeting.votes", which, &votes));
    for (size_t i = 0; i < value_len(&items); i++) {
        const struct value *row = value_at(&items, i);
        int64_t id = value_get_int(row, "id", 0), pilot = value_get_int(row, "pilot_id", 0);
        int state = kind_state(&agenda_item_kind, value_get_text(row, "state", ""));
        struct value one = value_object(c->arena);
        put(c, &one, "anchor", value_text(arena_fmt(c->arena, "item-%zu", i + 1)));
        put(c, &one, "number", value_int((int64_t)i + 1));
        put(c, &one, "matter", *value_get(row, "title"));
        put(c, &one, "address", value_text(page_href(c, "agenda_item", id)));
        put(c, &one, "about", prose(c, value_get_text(row, "summary", NULL)));
        put(c, &one, "said", prose(c, value_get_text(row, "discussion", NULL)));
        put(c, &one, "is_late", *value_get(row, "is_late"));
        put(c, &one, "pilot", *value_get(row, "pilot"));
        put(c, &one, "pilot_address",
            pilot && value_get_text(
                         row, "pilot", NULL) // one not announced isn't there for residents
                ? value_text(page_href(c, "pilot", pilot))
                : VALUE_NULL);
        put(c, &one, "badge", value_text(ctx_text(c, agenda_item_kind.states[state].label, NULL)));
        put(c, &one, "badge_kind", value_text(agenda_item_kind.states[state].badge));
        put(c, &one, "motions", motions_of(c, &motions, &votes, id));
        *value_push(c->arena, &list) = one;
    }
    put(c, data, "items", list);
    return OK;
}

static enum err build_meeting(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, head, presence, comments;
    TRY(page_record(c, q, "meeting", &row));
    TRY(page_show_record(c, "meeting", &row, "body_id starts_at place online_url", data));
    const struct arg *which = ARGS(ARG("meeting_id", *value_get(&row, "id")));
    TRY(db_row(c->db, c->arena, "meeting.head", which, &head));
    TRY(db_rows(c->db, c->arena, "meeting.presence", which, &presence));
    TRY(db_rows(c->db, c->arena, "meeting.comments", which, &comments));
    TRY(add_agenda(c, which, data));
    bool opened = value_get(&row, "opened_at")->kind != V_NULL;
    struct value quorum = value_object(c->arena);
    int64_t present = value_get_int(&head, "present_n", 0),
            needed = value_get_int(&head, "quorum_n", 0);
    put(c, &quorum, "present", value_int(present));
    put(c, &quorum, "held", *value_get(&head, "held_n"));
    put(c, &quorum, "needed", value_int(needed));
    put(c, &quorum, "has_quorum", value_bool(present >= needed));
    put(c, data, "quorum", opened ? quorum : VALUE_NULL);
    put(c, data, "presence", presence);
    put(c, data, "has_presence", value_bool(value_len(&presence) > 0));
    put(c, data, "comments", comments);
    put(c, data, "has_comments", value_bool(value_len(&comments) > 0));
    put(c, data, "minutes", prose(c, value_get_text(&row, "minutes", NULL)));
    put(c, data, "opened_at", *value_get(&row, "opened_at"));
    put(c, data, "ended_at", *value_get(&row, "ended_at"));
    put(c, data, "published_at", *value_get(&row, "agenda_published_at"));
    return OK;
}

const struct page bodies_pages[] = {
    { "/meetings/{id}", "bodies/meeting.html", ROLES_ANYONE, build_meeting,
        "1 record.title record.state items[].number items[].matter items[].motions[].words "
        "items[].motions[].badge "
        "items[].motions[].moved_by items[].motions[].seconded_by items[].motions[].vote.result "
        "items[].motions[].vote.members[].name items[].motions[].vote.members[].vote_text "
        "items[].motions[].vote.members[].reason presence[].name presence[].state opened_at "
        "ended_at published_at",
        PAGE_PUBLIC, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
