// SPDX-License-Identifier: Apache-2.0
// Answers to the call's own questions. What is asked follows from the answers so far, always
// worked out here: an answer to what is asked no longer is dropped, one that is missing where it is
// asked and needed keeps the pitch from being handed in.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "str.h"

enum { LONGEST_LINE = 400 };

static const char *name_of(struct ctx *c, const struct value *item)
{
    return arena_fmt(c->arena, "answer_%lld", (long long)value_get_int(item, "number_n", 0));
}

static const char *answer_to(struct ctx *c, const struct value *item, const struct value *answers)
{
    return value_get_text(answers, name_of(c, item), "");
}

// Conditions point to earlier questions only, so this ends.
static bool is_asked(
    struct ctx *c, const struct value *items, size_t i, const struct value *answers)
{
    const struct value *item = value_at(items, i);
    int64_t after = value_get_int(item, "after_n", 0);
    if (!after) {
        return true;
    }
    for (size_t j = 0; j < i; j++) {
        const struct value *earlier = value_at(items, j);
        if (value_get_int(earlier, "number_n", 0) == after) {
            return is_asked(c, items, j, answers) &&
                   str_eq(answer_to(c, earlier, answers), value_get_text(item, "after_value", ""));
        }
    }
    return false;
}

// By field name: answer_1, …
static enum err saved_answers(struct ctx *c, int64_t pitch, struct value *ret_answers)
{
    struct value rows, answers = value_object(c->arena);
    TRY(db_rows(
        c->db, c->arena, "pitch.answers_whole", ARGS(ARG("pitch_id", value_id(pitch))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        value_set(c->arena, &answers, name_of(c, row), *value_get(row, "value"));
    }
    *ret_answers = answers;
    return OK;
}

enum err answers_content(struct ctx *c, int64_t pitch, struct value *ret_answers)
{
    return saved_answers(c, pitch, ret_answers);
}

enum err answers_missing(
    struct ctx *c, const struct value *pitch, bool *ret_any, const char **ret_title)
{
    struct value items, answers;
    *ret_title = NULL;
    TRY(call_form(c, value_get_int(pitch, "call_id", 0), &items));
    *ret_any = value_len(&items) > 0;
    TRY(saved_answers(c, value_get_int(pitch, "id", 0), &answers));
    for (size_t i = 0; i < value_len(&items) && !*ret_title; i++) {
        const struct value *item = value_at(&items, i);
        if (value_get_int(item, "is_needed", 0) && is_asked(c, &items, i, &answers) &&
            str_empty(answer_to(c, item, &answers))) {
            *ret_title = value_get_text(item, "title", "");
        }
    }
    return OK;
}

// A message key, or NULL.
static const char *wrong_answer(const struct value *item, const char *answer)
{
    const char *type = value_get_text(item, "type", "");
    bool chooses = str_eq(type, "choice") || str_eq(type, "yes_no");
    if (chooses && !call_form_offers(item, answer)) {
        return "Choose one of the answers listed.";
    }
    if (str_eq(type, "line") && (strchr(answer, '\n') || str_chars(answer) > LONGEST_LINE)) {
        return "Write this on one line, in at most 400 characters.";
    }
    return NULL;
}

const char *answers_wrong(
    struct ctx *c, const struct value *items, const struct value *answers, int64_t *ret_number)
{
    for (size_t i = 0; i < value_len(items); i++) {
        const struct value *item = value_at(items, i);
        const char *answer = answer_to(c, item, answers), *why = NULL;
        if (!is_asked(c, items, i, answers)) {
            continue; // as in the form: what isn't asked isn't kept
        }
        if (*answer) {
            why = wrong_answer(item, answer);
        } else if (value_get_int(item, "is_needed", 0)) {
            why = "This is needed.";
        }
        if (why) {
            *ret_number = value_get_int(item, "number_n", 0);
            return why;
        }
    }
    return NULL;
}

// ---- saving ------------------------------------------------------------------------------------

static enum err save_answer(struct act *a, const struct value *item, const char *answer)
{
    struct ctx *c = a->ctx;
    const struct arg which = ARG("pitch_id", value_id(a->id)),
                     number = ARG("number_n", *value_get(item, "number_n"));
    if (!*answer) {
        return db_exec(c->db, c->arena, "pitch.drop_answer", ARGS(which, number), NULL);
    }
    const char *why = wrong_answer(item, answer);
    if (why) {
        return act_invalid(a, name_of(c, item), why, NULL);
    }
    return db_exec(c->db, c->arena, "pitch.put_answer",
        ARGS(which, number, ARG("label", *value_get(item, "title")),
            ARG("is_identifying", value_bool(value_get_int(item, "is_identifying", 0) != 0)),
            ARG("value", value_text(answer))),
        NULL);
}

// What the form says where it says something, else what was saved.
static struct value merged(struct act *a, const struct value *items, const struct value *saved)
{
    struct ctx *c = a->ctx;
    struct value all = value_object(c->arena);
    for (size_t i = 0; i < value_len(items); i++) {
        const char *name = name_of(c, value_at(items, i));
        const struct value *given = value_get(&a->in, name);
        value_set(c->arena, &all, name,
            value_text(given ? act_text(a, name) : value_get_text(saved, name, "")));
    }
    return all;
}

enum err answers_put(struct act *a, int64_t call)
{
    struct ctx *c = a->ctx;
    struct value items, saved;
    TRY(call_form(c, call, &items));
    TRY(saved_answers(c, a->id, &saved));
    struct value all = merged(a, &items, &saved);
    for (size_t i = 0; i < a->in.object->len; i++) {
        const char *name = a->in.object->keys[i];
        if (str_starts(name, "answer_") && act_has(a, name) && !value_get(&all, name)) {
            return act_invalid(a, name, "The call has no such question.", NULL);
        }
    }
    for (size_t i = 0; i < value_len(&items); i++) {
        const struct value *item = value_at(&items, i);
        TRY(save_answer(a, item, is_asked(c, &items, i, &all) ? answer_to(c, item, &all) : ""));
    }
    return OK;
}

enum err answers_save(struct act *a)
{
    TRY(answers_put(a, value_get_int(&a->row, "call_id", 0)));
    TRY(act_save(a));
    return content_keep(a);
}

// ---- asking ------------------------------------------------------------------------------------

static struct value choices_of(struct ctx *c, const struct value *item, const char *current)
{
    struct value list = value_list(c->arena);
    bool yes_no = str_eq(value_get_text(item, "type", ""), "yes_no");
    const char *at = yes_no ? "yes\nno" : value_get_text(item, "choices", "");
    while (*at) {
        size_t n = strcspn(at, "\n");
        const char *value = arena_strndup(c->arena, at, n);
        struct value one = value_object(c->arena);
        value_set(c->arena, &one, "value", value_text(value));
        value_set(c->arena, &one, "label",
            value_text(!yes_no                ? value
                       : str_eq(value, "yes") ? ctx_text(c, "Yes", NULL)
                                              : ctx_text(c, "No", NULL)));
        value_set(c->arena, &one, "chosen", value_bool(str_eq(value, current)));
        *value_push(c->arena, &list) = one;
        at += n + (at[n] == '\n');
    }
    return list;
}

static struct value form_item(struct ctx *c, const struct value *item, const struct value *answers,
    const struct submission *typed, const char *error)
{
    const char *type = value_get_text(item, "type", ""), *name = name_of(c, item);
    bool chooses = str_eq(type, "choice") || str_eq(type, "yes_no");
    const struct field f = { .name = name,
        .type = chooses                ? FIELD_CHOICE
                : str_eq(type, "line") ? FIELD_TEXT
                                       : FIELD_PROSE,
        .label = "Question",
        .max = str_eq(type, "line") ? LONGEST_LINE : 8000 };
    const struct value *v = value_get(answers, name);
    struct value shown =
        field_form_item(c, &f, value_get_int(item, "is_needed", 0) != 0, v, typed, error);
    value_set(c->arena, &shown, "label", *value_get(item, "title"));
    value_set(c->arena, &shown, "help", *value_get(item, "help"));
    if (chooses) {
        struct value choices = choices_of(c, item, value_get_text(&shown, "value", ""));
        bool radios = value_len(&choices) <= 5;
        value_set(c->arena, &shown, "is_choice_radios", value_bool(radios));
        value_set(c->arena, &shown, "is_choice_select", value_bool(!radios));
        value_set(c->arena, &shown, "choices", choices);
    }
    return shown;
}

// Questions whose condition isn't met are there, hidden, for browsers that can show them at once;
// others are asked them when the answers so far are saved.
enum err answers_form(
    struct ctx *c, const struct value *row, const struct submission *typed, struct value *items)
{
    struct value asked, answers, list = value_list(c->arena), now = value_object(c->arena);
    TRY(call_form(c, value_get_int(row, "call_id", 0), &asked));
    TRY(saved_answers(c, value_get_int(row, "id", 0), &answers));
    for (size_t i = 0; i < value_len(&asked); i++) {
        const struct value *item = value_at(&asked, i);
        const char *name = name_of(c, item), *error = NULL;
        for (size_t j = 0; j < value_len(items); j++) {
            const struct value *old = value_at(items, j);
            error = str_eq(value_get_text(old, "name", ""), name)
                        ? value_get_text(old, "error", NULL)
                        : error;
        }
        struct value shown = form_item(c, item, &answers, typed, error);
        value_set(c->arena, &now, name, *value_get(&shown, "value"));
        int64_t after = value_get_int(item, "after_n", 0);
        value_set(c->arena, &shown, "after_name",
            after ? value_text(arena_fmt(c->arena, "answer_%lld", (long long)after)) : VALUE_NULL);
        value_set(c->arena, &shown, "after_value", *value_get(item, "after_value"));
        value_set(c->arena, &shown, "asked", value_bool(is_asked(c, &asked, i, &now)));
        *value_push(c->arena, &list) = shown;
    }
    *items = list;
    return OK;
}
