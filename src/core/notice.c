// SPDX-License-Identifier: Apache-2.0
#include "notice.h"

#include "clock.h"
#include "job.h"
#include "json.h"
#include "log.h"
#include "mail.h"
#include "office.h"
#include "session.h"
#include "str.h"
#include "transact.h"

enum { DIGEST_LINES = 30, DIGEST_HOUR = 7, KEPT_DAYS = 400 };

// ---- arguments, kept with their types ----------------------------------------------------------

static struct value packed(struct arena *a, const struct value *v)
{
    const char *type = v->kind == V_TIME    ? "at"
                       : v->kind == V_DATE  ? "on"
                       : v->kind == V_ID    ? "id"
                       : v->kind == V_MONEY ? "minor"
                                            : NULL;
    if (v->kind == V_NUM || v->kind == V_INT || v->kind == V_BOOL || v->kind == V_TEXT) {
        return *v;
    }
    struct value box = value_object(a);
    if (!type) {
        return VALUE_NULL;
    }
    int64_t n = v->kind == V_MONEY ? v->money.minor : v->n;
    value_set(a, &box, type, value_text(arena_fmt(a, "%lld", (long long)n)));
    if (v->kind == V_MONEY) {
        value_set(a, &box, "currency", value_text(v->money.currency));
    }
    return box;
}

static struct value unpacked(struct arena *a, const struct value *v)
{
    int64_t n;
    if (v->kind != V_OBJECT) {
        return *v;
    }
    if (str_i64(value_get_text(v, "at", ""), &n)) {
        return value_time(n);
    }
    if (str_i64(value_get_text(v, "on", ""), &n)) {
        return value_date(n);
    }
    if (str_i64(value_get_text(v, "id", ""), &n)) {
        return value_id(n);
    }
    if (str_i64(value_get_text(v, "minor", ""), &n)) {
        return value_money(n, value_get_text(v, "currency", "USD"));
    }
    (void)a;
    return VALUE_NULL;
}

static const char *pack_args(struct ctx *c, const struct value *args)
{
    struct value box = value_object(c->arena);
    for (size_t i = 0; args && args->kind == V_OBJECT && i < args->object->len; i++) {
        value_set(
            c->arena, &box, args->object->keys[i], packed(c->arena, &args->object->values[i]));
    }
    AUTO_BUF(text, JSON_MAX_BYTES);
    json_write(&text, NULL, &box);
    return arena_strdup(c->arena, buf_ok(&text) ? buf_text(&text) : "{}");
}

static struct value unpack_args(struct ctx *c, const char *text)
{
    struct value box, args = value_object(c->arena);
    if (json_read(c->arena, text, strlen(text), JSON_MAX_BYTES, &box) == OK &&
        box.kind == V_OBJECT) {
        for (size_t i = 0; i < box.object->len; i++) {
            value_set(
                c->arena, &args, box.object->keys[i], unpacked(c->arena, &box.object->values[i]));
        }
    }
    return args;
}

// ---- words -------------------------------------------------------------------------------------

static const struct locale *language_of(const struct ctx *c, const char *tag)
{
    const struct locale *l = tag ? locales_get(c->city->locales, tag) : NULL;
    return l ? l : locales_at(c->city->locales, 0);
}

static struct value name_of(struct ctx *c, const struct locale *l, int64_t person)
{
    struct value row;
    if (db_row(c->db, c->arena, "notice.name", ARGS(ARG("person_id", value_id(person))), &row) !=
        OK) {
        return value_text(locale_message(l, "somebody"));
    }
    return *value_get(&row, "name");
}

static const char *words(
    struct ctx *c, const struct locale *l, const char *key, const struct value *args)
{
    struct value own = value_object(c->arena);
    for (size_t i = 0; args && args->kind == V_OBJECT && i < args->object->len; i++) {
        const char *name = args->object->keys[i];
        struct value v = args->object->values[i];
        if (str_eq(name, "what") && v.kind == V_TEXT) {
            v = value_text(locale_message(l, v.text));
        } else if (v.kind == V_ID) {
            v = name_of(c, l, v.n);
        }
        value_set(c->arena, &own, name, v);
    }
    return locale_format(l, c->arena, key, &own);
}

const char *notice_site(const struct ctx *c)
{
    const char *base = c->office && c->office->base_url ? c->office->base_url : "";
    if (c->office && c->office->n_cities > 1 && c->city->host && *c->city->host) {
        return arena_fmt(
            c->arena, "%s://%s", str_starts(base, "https://") ? "https" : "http", c->city->host);
    }
    size_t len = strlen(base);
    return arena_strndup(c->arena, base, len && base[len - 1] == '/' ? len - 1 : len);
}

static const char *path_to(struct ctx *c, const char *kind, int64_t id)
{
    const struct kind *k = registry_kind(c->registry, kind);
    return k && id ? arena_fmt(c->arena, "%s/%s", k->path, ctx_id(c, id)) : NULL;
}

struct mail_words {
    const char *text, *address; // an address to go to; NULL for none
    const char *more;           // a further sentence; NULL for none
};

static const char *mail_body(struct ctx *c, const struct locale *l, const struct mail_words *m)
{
    AUTO_BUF(body, 1 << 20);
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "office", value_text(c->city->office_name));
    value_set(c->arena, &args, "city", value_text(c->city->name));
    buf_fmt(&body, "%s\n", m->text);
    if (m->address) {
        buf_fmt(&body, "\n%s\n", m->address);
    }
    if (m->more) {
        buf_fmt(&body, "\n%s\n", m->more);
    }
    buf_fmt(&body, "\n%s\n%s\n", words(c, l, "Questions? Reply to this mail.", NULL),
        words(c, l, "{office}, {city}", &args));
    return arena_strdup(c->arena, buf_text(&body));
}

// ---- telling -----------------------------------------------------------------------------------

struct recipient {
    int64_t person;
    const char *address; // NULL: cannot be reached by mail
    const struct locale *locale;
};

static enum err find_recipient(struct ctx *c, int64_t person, struct recipient *ret_recipient)
{
    struct value row;
    TRY(db_row(
        c->db, c->arena, "notice.recipient", ARGS(ARG("person_id", value_id(person))), &row));
    *ret_recipient = (struct recipient){ .person = person,
        .address = value_get_text(&row, "email", NULL),
        .locale = language_of(c, value_get_text(&row, "language", NULL)) };
    return OK;
}

static enum err mail_notice(struct ctx *c, const struct recipient *to, const struct notice *n)
{
    const char *path = path_to(c, n->kind, n->id);
    const char *text = words(c, to->locale, n->text, n->args);
    struct mail_words m = { .text = text,
        .address = path ? arena_fmt(c->arena, "%s%s", notice_site(c), path) : NULL };
    return mail_queue(c, &(struct letter){ .address = to->address,
                             .subject = text,
                             .body = mail_body(c, to->locale, &m),
                             .person = to->person,
                             .kind = n->kind,
                             .record = n->id });
}

enum err notice_person(struct ctx *c, int64_t person, const struct notice *n)
{
    struct recipient to;
    enum err e = find_recipient(c, person, &to);
    if (e == ERR_NOT_FOUND) {
        return OK; // left, or erased: nobody is there to be told
    }
    TRY(e);
    bool mailed = n->mail_now && to.address;
    TRY(db_insert(c->db, c->arena, "notice", false,
        ARGS(ARG("id", value_id(id_new())), ARG("person_id", value_id(person)),
            ARG("text_key", value_text(n->text)), ARG("args", value_text(pack_args(c, n->args))),
            ARG("kind", value_text(n->kind)),
            ARG("record_id", n->id ? value_id(n->id) : VALUE_NULL),
            ARG("digested_at", mailed ? value_time(c->now) : VALUE_NULL))));
    return mailed ? mail_notice(c, &to, n) : OK;
}

enum err notice_role(
    struct ctx *c, uint32_t role, const char *scope_kind, int64_t scope_id, const struct notice *n)
{
    struct value rows;
    const struct arg role_arg = ARG("role", value_text(role_name(role))),
                     today = ARG("today_on", value_date(locale_day(c->locale, c->now)));
    if (scope_kind) {
        TRY(db_rows(c->db, c->arena, "notice.holders_in",
            ARGS(role_arg, today, ARG("scope_kind", value_text(scope_kind)),
                ARG("scope_id", value_id(scope_id))),
            &rows));
    } else {
        TRY(db_rows(c->db, c->arena, "notice.holders", ARGS(role_arg, today), &rows));
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        TRY(notice_person(c, value_get_int(value_at(&rows, i), "person_id", 0), n));
    }
    return OK;
}

enum err notice_address(
    struct ctx *c, const char *address, const char *language, const struct notice *n)
{
    struct recipient to = { .address = address, .locale = language_of(c, language) };
    return mail_notice(c, &to, n);
}

enum err notice_link(
    struct ctx *c, int64_t person, const char *path, int days, const struct notice *n)
{
    struct recipient to;
    enum err e = find_recipient(c, person, &to);
    if (e == ERR_NOT_FOUND || (e == OK && !to.address)) {
        return OK;
    }
    TRY(e);
    const char *token;
    int64_t ends_at = c->now + (int64_t)days * CLOCK_DAY;
    TRY(session_new_link(c, person, path, ends_at, &token));
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "when", value_date(locale_day(c->locale, ends_at)));
    const char *text = words(c, to.locale, n->text, n->args);
    struct mail_words m = { .text = text,
        .address = arena_fmt(c->arena, "%s/link/%s", notice_site(c), token),
        .more = words(c, to.locale,
            "The link is for you alone: it opens without a password, works once, and ends on "
            "{when, date}.",
            &args) };
    return mail_queue(c, &(struct letter){ .address = to.address,
                             .subject = text,
                             .body = mail_body(c, to.locale, &m),
                             .person = person,
                             .kind = n->kind,
                             .record = n->id });
}

// ---- reading -----------------------------------------------------------------------------------

enum err notice_list(
    struct ctx *c, int64_t person, int64_t before, int limit, struct value *ret_list)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "notice.of_person",
        ARGS(ARG("person_id", value_id(person)),
            ARG("before_id", value_id(before ? before : INT64_MAX)),
            ARG("limit_n", value_int(limit))),
        &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        struct value args = unpack_args(c, value_get_text(row, "args", "{}"));
        struct value item = value_object(c->arena);
        int64_t id = value_get_int(row, "id", 0);
        value_set(c->arena, &item, "id", value_id(id));
        value_set(c->arena, &item, "text",
            value_text(words(c, c->locale, value_get_text(row, "text_key", ""), &args)));
        value_set(c->arena, &item, "href",
            value_text(
                path_to(c, value_get_text(row, "kind", NULL), value_get_int(row, "record_id", 0))));
        value_set(c->arena, &item, "when", value_time(id_made_at(id)));
        value_set(
            c->arena, &item, "is_read", value_bool(value_get(row, "read_at")->kind != V_NULL));
        *value_push(c->arena, &list) = item;
    }
    *ret_list = list;
    return OK;
}

enum err notice_unread(struct ctx *c, int64_t person, int64_t *ret_n)
{
    return db_int(
        c->db, c->arena, "notice.count_unread", ARGS(ARG("person_id", value_id(person))), ret_n);
}

static enum err mark_read(struct ctx *c, void *context)
{
    return db_exec(c->db, c->arena, "notice.read_all",
        ARGS(ARG("person_id", value_id(c->viewer.person)),
            ARG("last_id", value_id(*(const int64_t *)context))),
        NULL);
}

enum err notice_read(struct ctx *c, int64_t last)
{
    return transact(c, mark_read, &last);
}

// ---- the daily digest --------------------------------------------------------------------------

static const char *digest_text(
    struct ctx *c, const struct locale *l, const struct value *rows, size_t *ret_lines)
{
    AUTO_BUF(text, 1 << 20);
    size_t n = value_len(rows), shown = n < DIGEST_LINES ? n : DIGEST_LINES;
    buf_fmt(&text, "%s\n", words(c, l, "This happened since yesterday:", NULL));
    for (size_t i = 0; i < shown; i++) {
        const struct value *row = value_at(rows, i);
        struct value args = unpack_args(c, value_get_text(row, "args", "{}"));
        const char *path =
            path_to(c, value_get_text(row, "kind", NULL), value_get_int(row, "record_id", 0));
        buf_fmt(&text, "\n- %s\n", words(c, l, value_get_text(row, "text_key", ""), &args));
        if (path) {
            buf_fmt(&text, "  %s%s\n", notice_site(c), path);
        }
    }
    if (shown < n) {
        struct value args = value_object(c->arena);
        value_set(c->arena, &args, "n", value_int((int64_t)(n - shown)));
        buf_fmt(&text, "\n%s\n",
            words(c, l, "{n, plural, one {One more is} other {# more are}} on your first page.",
                &args));
    }
    *ret_lines = n;
    return arena_strdup(c->arena, buf_text(&text));
}

struct digest {
    int64_t person;
};

static enum err digest_person(struct ctx *c, void *context)
{
    const struct digest *d = context;
    struct recipient to;
    struct value rows;
    enum err e = find_recipient(c, d->person, &to);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    TRY(db_rows(
        c->db, c->arena, "notice.to_digest", ARGS(ARG("person_id", value_id(d->person))), &rows));
    if (value_len(&rows) == 0) {
        return OK;
    }
    TRY(db_exec(c->db, c->arena, "notice.digested",
        ARGS(ARG("person_id", value_id(d->person)),
            ARG("last_id", *value_get(value_at(&rows, value_len(&rows) - 1), "id"))),
        NULL));
    if (!to.address) {
        return OK;
    }
    size_t lines = 0;
    struct mail_words m = { .text = digest_text(c, to.locale, &rows, &lines),
        .address = notice_site(c) };
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "n", value_int((int64_t)lines));
    value_set(c->arena, &args, "office", value_text(c->city->office_name));
    return mail_queue(c, &(struct letter){ .address = to.address,
                             .subject = words(c, to.locale,
                                 "{office}: {n, plural, one {one piece of news} other {# pieces "
                                 "of news}}",
                                 &args),
                             .body = mail_body(c, to.locale, &m),
                             .person = d->person });
}

struct morning {
    int64_t ends_at;
    bool ours;
};

// The lease lasts until the next local midnight, so that a day has one digest whoever sends it.
static enum err take_morning(struct ctx *c, void *context)
{
    struct morning *m = context;
    int64_t changed = 0;
    TRY(db_exec(c->db, c->arena, "turn.take",
        ARGS(ARG("name", value_text("notice.morning")), ARG("holder", value_text("day")),
            ARG("until_at", value_time(m->ends_at))),
        &changed));
    m->ours = changed > 0;
    return OK;
}

static enum err sweep(struct ctx *c, void *context)
{
    (void)context;
    struct value before = value_id(id_floor(c->now - KEPT_DAYS * (int64_t)CLOCK_DAY));
    TRY(db_exec(c->db, c->arena, "mail.sweep", ARGS(ARG("before_id", before)), NULL));
    return db_exec(c->db, c->arena, "notice.sweep", ARGS(ARG("before_id", before)), NULL);
}

static enum err digest_everybody(struct ctx *c)
{
    int64_t after = 0;
    for (;;) {
        struct value rows;
        TRY(db_rows(c->db, c->arena, "notice.waiting_people",
            ARGS(ARG("after_id", value_id(after))), &rows));
        for (size_t i = 0; i < value_len(&rows); i++) {
            after = value_get_int(value_at(&rows, i), "person_id", 0);
            TRY(transact(c, digest_person, &(struct digest){ after }));
        }
        if (value_len(&rows) == 0) {
            return OK;
        }
        if (arena_exhausted(c->arena)) {
            return fail(c->arena, ERR_TOO_LARGE, "too many people for one morning");
        }
    }
}

enum err notice_digest(struct ctx *c, const struct value *payload)
{
    (void)payload;
    int64_t day = locale_day(c->locale, c->now), midnight;
    struct morning m;
    TRY(locale_instant(c->locale, day * CLOCK_DAY, &midnight));
    TRY(locale_instant(c->locale, (day + 1) * CLOCK_DAY, &m.ends_at));
    if (c->now - midnight < DIGEST_HOUR * (int64_t)CLOCK_HOUR) {
        return OK;
    }
    TRY(transact(c, take_morning, &m));
    if (!m.ours) {
        return OK;
    }
    TRY(transact(c, sweep, NULL));
    return digest_everybody(c);
}
