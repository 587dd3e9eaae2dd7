// SPDX-License-Identifier: Apache-2.0
// Public questions. Anybody may ask, without an account; nobody sees who asked; a question is shown
// once it is answered.
#include "calls_kinds.h"

#include "str.h"

enum { ASKED, ANSWERED, DECLINED };
enum { MOST_AN_HOUR = 60 };

static const struct state states[] = {
    { "asked", "Waits for an answer", "waiting" },
    { "answered", "Answered", "done" },
    { "declined", "Not answered", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call", .flags = FIELD_RELEASED },
    { "text", FIELD_PROSE, "Your question",
        "It is shown to everybody with its answer. Don’t say who you are.", .max = 2000,
        .flags = FIELD_RELEASED },
    { "answer", FIELD_PROSE, "Answer", "Everybody reads the same answer.", .max = 8000,
        .flags = FIELD_RELEASED | FIELD_WIDE },
    { "address", FIELD_EMAIL, "Your email",
        "Only to send you the answer. Nobody in the office sees it.",
        .flags = FIELD_PERSONAL | FIELD_IDENTIFIES, .table = "question_contact" },
    { "language", FIELD_HIDDEN, "Language", NULL, .flags = FIELD_PERSONAL,
        .table = "question_contact" },
    END_FIELD,
};

static enum err ask(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value call;
    TRY(call_read(c, act_int(a, "call_id"), &call));
    int64_t until = value_get_int(&call, "questions_close_at", 0);
    if (!call_is_open(c, &call) || (until && c->now > until)) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "when",
            value_time(until ? until : value_get_int(&call, "closes_at", c->now)));
        return act_invalid(a, "text", "This call takes no questions now.", &args);
    }
    int64_t recent;
    TRY(db_int(c->db, c->arena, "question.recent",
        ARGS(ARG("call_id", *act_in(a, "call_id")),
            ARG("since_at", value_time(c->now - 3600 * 1000))),
        &recent));
    if (recent >= MOST_AN_HOUR) {
        return fail(c->arena, ERR_TOO_MANY, "%s",
            ctx_text(c, "Many questions came in just now. Try again in an hour.", NULL));
    }
    act_set(a, "language", value_text(locale_tag(c->locale)));
    return act_save(a);
}

static enum err tell_asker(struct act *a, const char *text)
{
    struct ctx *c = a->ctx;
    struct value contact, call, args = value_object(c->arena);
    enum err e = db_row(
        c->db, c->arena, "question.contact", ARGS(ARG("question_id", value_id(a->id))), &contact);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    TRY(call_read(c, value_get_int(&a->row, "call_id", 0), &call));
    value_set(c->arena, &args, "title", *value_get(&call, "title"));
    return notice_address(c, value_get_text(&contact, "address", ""),
        value_get_text(&contact, "language", NULL),
        &(struct notice){ .text = text,
            .args = &args,
            .kind = "call",
            .id = value_get_int(&call, "id", 0),
            .mail_now = true });
}

static enum err answer(struct act *a)
{
    act_set(a, "answered_at", value_time(a->ctx->now));
    TRY(act_save(a));
    return tell_asker(a, "Your question about “{title}” is answered.");
}

static enum err decline(struct act *a)
{
    TRY(act_save(a));
    return tell_asker(a, "Your question about “{title}” isn’t one that the office can answer.");
}

static const struct command commands[] = {
    { "question.ask", "Ask a question", NEW, ASKED, ROLES_ANYONE, "call_id! text! address", NULL,
        ask, 0, "No account is needed.",
        .done = "Your question has been sent. The answer will stand here, for everybody to read." },
    { "question.answer", "Answer", AT(ASKED), ANSWERED, MAY_RUN_CALLS, "text! answer!", NULL,
        answer, COMMAND_PUBLIC,
        "Question and answer are shown to everybody. Take out of the question whatever tells who "
        "asked." },
    { "question.correct", "Correct the answer", AT(ANSWERED), SAME, MAY_RUN_CALLS, "answer!", NULL,
        answer, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "question.decline", "Don’t answer", AT(ASKED), DECLINED, MAY_RUN_CALLS, "", NULL, decline,
        COMMAND_REASON, "For what isn’t a question about this call." },
    END_COMMAND,
};

const struct kind question_kind = {
    .name = "question",
    .label = "Question",
    .plural = "Questions",
    .path = "/questions",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { "$.state = 'answered' AND " CALL_PUBLISHED,
        "$.state = 'answered' AND " CALL_PUBLISHED, "1 = 1" },
    .title = "text",
    .parent = "call_id",
    .parent_kind = "call",
    .list = "text state call_id changed_at",
    .filters = "state call_id",
    .search = "text answer",
    .empty = "Questions that anybody asks about a call stand here once they are answered.",
    .hides_actors = true,
};
