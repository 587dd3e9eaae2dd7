// SPDX-License-Identifier: Apache-2.0
// One pitch: for its applicant the steps, the check before sending, the receipt and what became of
// it; for those who judge it, what it says and nothing of who says it.
#include "pitch_parts.h"

#include "calls/calls.h"
#include "markdown.h"
#include "str.h"

enum {
    ROLES_PRICES = ROLES_OFFICE | ROLE_PROCUREMENT | ROLE_EXECUTIVE | ROLE_FINANCE | ROLE_COUNSEL |
                   ROLE_AUDITOR | ROLE_EVALUATOR
};

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value parts_of(struct ctx *c, const struct value *row)
{
    static const char *const names[] = { "summary", "approach", "evidence", "access_plan",
        "privacy_plan", "risks", "trade_secrets" };
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *html, *text = value_get_text(row, names[i], "");
        struct value one = value_object(c->arena);
        bool shown = *text && markdown_html(c->arena, text, 3, &html) == OK;
        set(c, &one, "heading",
            value_text(ctx_text(c, kind_field(&pitch_kind, names[i])->label, NULL)));
        set(c, &one, "name", value_text(names[i]));
        set(c, &one, "body", shown ? value_html(html) : VALUE_NULL);
        *value_push(c->arena, &list) = one;
    }
    return list;
}

static void add_step(
    struct ctx *c, struct value *steps, const char *label, const char *href, bool done)
{
    struct value step = value_object(c->arena);
    set(c, &step, "label", value_text(ctx_text(c, label, NULL)));
    set(c, &step, "href", value_text(href));
    set(c, &step, "done", value_bool(done));
    set(c, &step, "here", value_bool(false));
    *value_push(c->arena, steps) = step;
}

static bool filled(const struct value *row, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct value *v = value_get(row, names[i]);
        if (!v || v->kind == V_NULL) {
            return false;
        }
    }
    return true;
}

static enum err add_steps(struct ctx *c, const struct value *row, const struct value *call,
    bool has_identity, struct value *data)
{
    static const char *const solution[] = { "title", "summary", "approach", "evidence" };
    static const char *const plans[] = { "access_plan", "privacy_plan", "risks" };
    struct value steps = value_list(c->arena);
    const char *base = page_href(c, "pitch", value_get_int(row, "id", 0)), *hash;
    add_step(c, &steps, "Your solution", arena_fmt(c->arena, "%s/do/write", base),
        filled(row, solution, ARRAY_LEN(solution)));
    add_step(c, &steps, "Plans and risks", arena_fmt(c->arena, "%s/do/plan", base),
        filled(row, plans, ARRAY_LEN(plans)));
    add_step(c, &steps, "About you", arena_fmt(c->arena, "%s/do/identify", base), has_identity);
    struct value challenges;
    TRY(call_challenges(c, value_get_int(call, "id", 0), &challenges));
    if (value_len(&challenges) > 1) {
        add_step(c, &steps, "Which challenges", arena_fmt(c->arena, "%s/do/choose", base),
            !str_empty(value_get_text(row, "answers", "")));
    }
    bool asks;
    const char *missing;
    TRY(answers_missing(c, row, &asks, &missing));
    if (asks) {
        add_step(c, &steps, "The call’s own questions", arena_fmt(c->arena, "%s/do/answer", base),
            !missing);
    }
    if (value_get_int(call, "price_key_id", 0)) {
        TRY(price_hash(c, value_get_int(row, "id", 0), &hash));
        add_step(c, &steps, "Your price", arena_fmt(c->arena, "%s/do/price", base), *hash != '\0');
    }
    add_step(c, &steps, "Check and hand in", arena_fmt(c->arena, "%s/do/submit", base), false);
    set(c, data, "steps", steps);
    return OK;
}

// Facts about who pitches, if the viewer may know them.
static enum err add_identity(
    struct ctx *c, const struct arg *args, struct value *data, bool *ret_has)
{
    static const char *const names[] = { "organisation", "contact_name", "co_applicants",
        "certifications", "size", "website", "about_us", "is_first_time" };
    struct value row, list = value_list(c->arena);
    enum err e = db_row(c->db, c->arena, "pitch.identity", args, &row);
    *ret_has = e == OK;
    if (e != OK) {
        return e == ERR_NOT_FOUND ? OK : e;
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct value *v = value_get(&row, names[i]);
        if (v && v->kind != V_NULL) {
            struct value fact = field_show(c, kind_field(&pitch_kind, names[i]), v);
            set(c, &fact, "made_up", VALUE_NULL);
            set(c, &fact, "source", VALUE_NULL);
            *value_push(c->arena, &list) = fact;
        }
    }
    set(c, data, "who", list);
    return OK;
}

// What is the applicant's own: versions, and after the decision the scores.
static enum err add_own(
    struct ctx *c, const struct value *row, const struct arg *args, struct value *data)
{
    struct value versions, scores;
    TRY(db_rows(c->db, c->arena, "pitch.own_versions", args, &versions));
    set(c, data, "versions", versions);
    set(c, data, "has_versions", value_bool(value_len(&versions) > 0));
    if (value_get_int(row, "decided_at", 0) &&
        queries_has(c->office->queries, "review.own_scores")) {
        TRY(db_rows(c->db, c->arena, "review.own_scores", args, &scores));
        set(c, data, "scores", scores);
        set(c, data, "has_scores", value_bool(value_len(&scores) > 0));
    }
    return OK;
}

// The columns that have something to say.
static const char *facts_given(struct ctx *c, const struct value *row)
{
    static const char *const names[] = { "call_id", "submitted_at", "receipt", "screening_note",
        "decision_reason" };
    AUTO_BUF(list, 0);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct value *v = value_get(row, names[i]);
        if (v && v->kind != V_NULL) {
            buf_fmt(&list, "%s ", names[i]);
        }
    }
    return arena_strdup(c->arena, buf_text(&list));
}

static enum err build_pitch(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, call, price, own;
    bool has_identity;
    TRY(page_record(c, q, "pitch", &row));
    const struct arg *args = ARGS(ARG("pitch_id", *value_get(&row, "id")));
    TRY(page_show_record(c, "pitch", &row, facts_given(c, &row), data));
    TRY(call_read(c, value_get_int(&row, "call_id", 0), &call));
    TRY(add_identity(c, args, data, &has_identity));
    enum err e = db_row(c->db, c->arena, "pitch.own", args, &own);
    bool is_own = e == OK;
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    bool draft = str_eq(value_get_text(&row, "state", ""), "draft");
    set(c, data, "is_own", value_bool(is_own));
    set(c, data, "is_draft", value_bool(draft));
    set(c, data, "closes_at", *value_get(&call, "closes_at"));
    set(c, data, "solution", *value_get(&row, "title"));
    set(c, data, "receipt", *value_get(&row, "receipt"));
    set(c, data, "submitted_at", *value_get(&row, "submitted_at"));
    set(c, data, "content_address",
        value_text(arena_fmt(
            c->arena, "%s/content", page_href(c, "pitch", value_get_int(&row, "id", 0)))));
    set(c, data, "pitch_parts", parts_of(c, &row));
    struct value answered;
    TRY(call_answered(
        c, value_get_int(&row, "call_id", 0), value_get_text(&row, "answers", NULL), &answered));
    set(c, data, "answered", answered);
    set(c, data, "has_answered", value_bool(value_len(&answered) > 0));
    TRY(db_rows(c->db, c->arena, "pitch.answers", args, &answered));
    set(c, data, "own_answers", answered);
    set(c, data, "has_own_answers", value_bool(value_len(&answered) > 0));
    if (is_own) {
        TRY(add_own(c, &row, args, data));
    }
    if (is_own && draft) {
        TRY(add_steps(c, &row, &call, has_identity, data));
    }
    if (c->viewer.roles & ROLES_PRICES || is_own) {
        e = db_row(c->db, c->arena, "pitch.price_opened", args, &price);
        if (e == OK) {
            set(c, data, "price", *value_get(&price, "opened_cents"));
        } else if (e != ERR_NOT_FOUND) {
            return e;
        }
    }
    r->max_age = -1;
    return OK;
}

// What was handed in, byte for byte: its SHA-256 is the receipt.
static enum err build_content(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, content;
    TRY(page_record(c, q, "pitch", &row));
    TRY(db_row(c->db, c->arena, "pitch.own_content", ARGS(ARG("pitch_id", *value_get(&row, "id"))),
        &content));
    response_attachment(r, "pitch.json", "application/json");
    buf_puts(&r->body, value_get_text(&content, "content", ""));
    r->max_age = -1;
    r->no_body_log = true;
    return OK;
}

const struct page pitches_pages[] = {
    { "/pitches/{id}/content", NULL, ROLES_SIGNED_IN, build_content, NULL, PAGE_BARE, NULL },
    { "/calls/{id}/import", "pitches/import.html", ROLES_OFFICE | ROLE_PROCUREMENT, import_build,
        NULL, PAGE_POST | PAGE_UPLOAD, NULL },
    { "/calls/{id}/import/mend", NULL, ROLES_OFFICE | ROLE_PROCUREMENT, import_mend, NULL,
        PAGE_BARE | PAGE_POST | PAGE_UPLOAD, NULL },
    { "/profiles/{id}", "pitches/profile.html", ROLES_SIGNED_IN, profile_build, NULL, 0, NULL },
    { "/pitches/{id}", "pitches/pitch.html", ROLES_SIGNED_IN, build_pitch, NULL, 0, NULL },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};
