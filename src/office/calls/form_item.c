// SPDX-License-Identifier: Apache-2.0
// A call's own questions to those who pitch. One may be asked only when an earlier one got a
// certain answer. Each has a number that it keeps, so that conditions and answers never point
// elsewhere.
#include "calls_kinds.h"

#include "str.h"

enum { ACTIVE, DROPPED };

static const struct state states[] = {
    { "active", "In the form", "going" },
    { "dropped", "Dropped", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call", .flags = FIELD_RELEASED },
    { "number_n", FIELD_COUNT, "Number", NULL, .max = CALL_MOST_ITEMS, .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Question", "As the applicant reads it.", .max = 200,
        .flags = FIELD_RELEASED },
    { "help", FIELD_TEXT, "A hint below it", NULL, .max = 300, .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "Kind of answer", NULL,
        "line=One line|prose=Several lines|choice=One of several|yes_no=Yes or no",
        .flags = FIELD_RELEASED },
    { "choices", FIELD_LIST, "Answers to choose from", "One a line; for “one of several” only.",
        .max = 2000, .flags = FIELD_RELEASED },
    { "is_needed", FIELD_YES_NO, "Must it be answered?", "Only where it is asked.",
        .flags = FIELD_RELEASED },
    { "is_identifying", FIELD_YES_NO, "Could the answer tell who pitches?",
        "Then it is hidden from those who score, like the name.", .flags = FIELD_RELEASED },
    { "after_n", FIELD_COUNT, "Ask it only after question number",
        "Leave empty to ask it always. That question has answers to choose from.",
        .max = CALL_MOST_ITEMS, .flags = FIELD_RELEASED },
    { "after_value", FIELD_TEXT, "… when its answer is", "As it is written there; or yes, or no.",
        .flags = FIELD_RELEASED },
    END_FIELD,
};

enum err call_form(struct ctx *c, int64_t call, struct value *ret_rows)
{
    return db_rows(
        c->db, c->arena, "call.form_whole", ARGS(ARG("call_id", value_id(call))), ret_rows);
}

bool call_form_offers(const struct value *item, const char *answer)
{
    const char *type = value_get_text(item, "type", "");
    if (str_eq(type, "yes_no")) {
        return str_eq(answer, "yes") || str_eq(answer, "no");
    }
    size_t len = strlen(answer);
    for (const char *at = value_get_text(item, "choices", ""); len && *at;) {
        size_t n = strcspn(at, "\n");
        if (n == len && memcmp(at, answer, n) == 0) {
            return true;
        }
        at += n + (at[n] == '\n');
    }
    return false;
}

static const char *not_a_draft(struct ctx *c, int64_t call_id)
{
    struct value call;
    if (call_read(c, call_id, &call) != OK) {
        return "The call can’t be read just now.";
    }
    return str_eq(value_get_text(&call, "state", ""), "draft")
               ? NULL
               : "The call is published; its form stays as it was announced.";
}

static const char *still_draft(struct act *a)
{
    return not_a_draft(a->ctx, value_get_int(&a->row, "call_id", 0));
}

// Nobody's condition may point to nothing.
static const char *may_drop(struct act *a)
{
    const char *why = still_draft(a);
    struct value rows;
    if (why) {
        return why;
    }
    if (call_form(a->ctx, value_get_int(&a->row, "call_id", 0), &rows) != OK) {
        return "The call can’t be read just now.";
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        if (value_get_int(value_at(&rows, i), "after_n", 0) ==
            value_get_int(&a->row, "number_n", 0)) {
            return "Another question is asked only after this one. Change that one first.";
        }
    }
    return NULL;
}

static const char *wrong_kind_of_answer(const struct value *item, const char **ret_field)
{
    bool chooses = str_eq(value_get_text(item, "type", ""), "choice");
    const char *choices = value_get_text(item, "choices", "");
    size_t lines = *choices != '\0';
    for (const char *p = choices; *p; p++) {
        lines += *p == '\n';
    }
    *ret_field = "choices";
    return chooses && lines < 2 ? "Write at least two answers, one a line."
           : !chooses && lines  ? "Only “one of several” has answers to choose from."
                                : NULL;
}

const char *form_item_wrong(
    const struct value *item, const struct value *rows, int64_t number, const char **ret_field)
{
    const char *why = wrong_kind_of_answer(item, ret_field);
    if (why) {
        return why;
    }
    int64_t after = value_get_int(item, "after_n", 0);
    const char *answer = value_get_text(item, "after_value", "");
    *ret_field = "after_n";
    if (!value_get(item, "after_n") || value_get(item, "after_n")->kind == V_NULL) {
        return *answer ? "Say after which question." : NULL;
    }
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i);
        if (value_get_int(row, "number_n", 0) == after && after < number) {
            *ret_field = "after_value";
            return call_form_offers(row, answer) ? NULL
                                                 : "That question has no such answer to choose.";
        }
    }
    return "There is no earlier question with this number.";
}

static enum err check(struct act *a, const struct value *rows, int64_t number)
{
    static const char *const names[] = { "type", "choices", "after_n", "after_value" };
    struct value item = value_object(a->ctx->arena);
    const char *field;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        value_set(a->ctx->arena, &item, names[i], *act_now(a, names[i]));
    }
    const char *why = form_item_wrong(&item, rows, number, &field);
    return why ? act_invalid(a, field, why, NULL) : OK;
}

static enum err add(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value rows;
    int64_t number = act_int(a, "number_n");
    const char *why = not_a_draft(c, act_int(a, "call_id"));
    if (why) {
        return act_invalid(a, "call_id", why, NULL);
    }
    TRY(call_form(c, act_int(a, "call_id"), &rows));
    if (!number) { // an import has numbers of its own, looked at by it
        TRY(db_int(c->db, c->arena, "call.next_item", ARGS(ARG("call_id", *act_in(a, "call_id"))),
            &number));
    }
    if (number > CALL_MOST_ITEMS) {
        return act_invalid(
            a, "title", "Twenty questions are as many as a call’s form can have.", NULL);
    }
    TRY(check(a, &rows, number));
    act_set(a, "number_n", value_int(number));
    return act_save(a);
}

// What other questions ask for must stay to be chosen.
static enum err check_followers(struct act *a, const struct value *rows)
{
    struct value now = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &now, "type", *act_now(a, "type"));
    value_set(a->ctx->arena, &now, "choices", *act_now(a, "choices"));
    for (size_t i = 0; i < value_len(rows); i++) {
        const struct value *row = value_at(rows, i);
        if (value_get_int(row, "after_n", 0) == value_get_int(&a->row, "number_n", 0) &&
            !call_form_offers(&now, value_get_text(row, "after_value", ""))) {
            return act_invalid(a, "choices",
                "Another question is asked only after an answer that would be gone.", NULL);
        }
    }
    return OK;
}

static enum err edit(struct act *a)
{
    struct value rows;
    TRY(call_form(a->ctx, value_get_int(&a->row, "call_id", 0), &rows));
    TRY(check(a, &rows, value_get_int(&a->row, "number_n", 0)));
    TRY(check_followers(a, &rows));
    return act_save(a);
}

#define ALL "title! type! help choices is_needed is_identifying after_n after_value"

static const struct command commands[] = {
    { "form_item.add", "Add a question to the form", NEW, ACTIVE, MAY_RUN_CALLS, "call_id! " ALL,
        NULL, add, 0,
        "Everybody is asked what works and for whom; ask here what only this call needs." },
    { "form_item.import", "Take a question in from a file", NEW, ACTIVE, MAY_RUN_CALLS,
        "call_id! number_n! " ALL, NULL, add, COMMAND_INNER, NULL },
    { "form_item.edit", "Change the question", AT(ACTIVE), SAME, MAY_RUN_CALLS, ALL, still_draft,
        edit, 0, NULL },
    { "form_item.drop", "Take the question out", AT(ACTIVE), DROPPED, MAY_RUN_CALLS, "", may_drop,
        NULL, 0, NULL },
    END_COMMAND,
};

const struct kind form_item_kind = {
    .name = "form_item",
    .label = "Question of the form",
    .plural = "Questions of the form",
    .path = "/form-questions",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { "$.state = 'active' AND " CALL_PUBLISHED, "$.state = 'active' AND " CALL_PUBLISHED,
        "1 = 1" },
    .parent = "call_id",
    .parent_kind = "call",
    .list = "number_n title type after_n after_value state call_id",
    .filters = "call_id state",
    .empty = "A call may ask more than every pitch is asked.",
};
