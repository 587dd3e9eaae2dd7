// SPDX-License-Identifier: Apache-2.0
// How a session begins: by password, by a link that was mailed, as a token for the API.
#include "session_private.h"

#include "log.h"
#include "str.h"
#include "throttle.h"
#include "transact.h"

// Tries at one name from one address: few, over a window that brings a guesser nowhere. Where the
// person has signed in before, more, and over a minute, since a slip there is the rule and a guess
// the exception.
static const int64_t WINDOW = 15LL * CLOCK_MINUTE, KNOWN_WINDOW = CLOCK_MINUTE,
                     KNOWN_FOR = 90LL * CLOCK_DAY;
enum {
    MOST_KNOWN = 20,
    MOST_PAIR = 10,
    MOST_PAIR_UNDER_ATTACK = 3, // a name that many addresses try at once
    MOST_NAME = 100,
    MOST_ADDRESS = 60, // over all names
};

// ---- beginning ---------------------------------------------------------------------------------

const char *session_browser(struct arena *a, const struct request *q)
{
    static const char *const browsers[][2] = { { "Edg", "Edge" }, { "OPR", "Opera" },
        { "Firefox", "Firefox" }, { "Chrome", "Chrome" }, { "Safari", "Safari" },
        { "curl", "curl" } };
    static const char *const systems[][2] = { { "iPhone", "iPhone" }, { "iPad", "iPad" },
        { "Android", "Android" }, { "Windows", "Windows" }, { "Mac OS X", "Mac" },
        { "Linux", "Linux" } };
    const char *agent = request_header(q, "User-Agent");
    const char *browser = NULL, *system = NULL;
    for (size_t i = 0; agent && !browser && i < ARRAY_LEN(browsers); i++) {
        browser = strstr(agent, browsers[i][0]) ? browsers[i][1] : NULL;
    }
    for (size_t i = 0; agent && !system && i < ARRAY_LEN(systems); i++) {
        system = strstr(agent, systems[i][0]) ? systems[i][1] : NULL;
    }
    return browser && system ? arena_fmt(a, "%s, %s", browser, system) : browser ? browser : system;
}

enum err session_insert(struct ctx *c, struct session_start *s)
{
    bool by_link = str_eq(s->purpose, "link"), is_token = str_eq(s->purpose, "token");
    int64_t life = by_link ? LINK_LIFE : is_token ? TOKEN_LIFE : SESSION_LIFE;
    s->token = token_new(c->arena);
    return db_insert(c->db, c->arena, "session", true,
        ARGS(ARG("id", value_id(id_new())), ARG("token_hash", token_hash(c->arena, s->token)),
            ARG("person_id", value_id(s->person)), ARG("csrf", value_text(token_new(c->arena))),
            ARG("purpose", value_text(s->purpose)), ARG("label", value_text(s->label)),
            ARG("created_at", value_time(c->now)), ARG("seen_at", value_time(c->now)),
            ARG("ends_at", value_time(c->now + life))));
}

enum err session_replace(struct ctx *c, struct request *q, struct session_start *s)
{
    const char *before = request_cookie(q, session_cookie(q));
    if (before) {
        TRY(db_exec(c->db, c->arena, "session.drop_token",
            ARGS(ARG("token_hash", token_hash(c->arena, before))), NULL));
    }
    return session_insert(c, s);
}

void session_set_cookie(struct request *q, struct response *r, const struct session_start *s)
{
    if (s->language) {
        response_cookie(r, q, "lang", s->language, 365LL * CLOCK_DAY / CLOCK_SECOND);
    }
    int64_t life = str_eq(s->purpose, "link") ? LINK_LIFE : SESSION_LIFE;
    response_cookie(r, q, session_cookie(q), s->token, life / CLOCK_SECOND);
}

// ---- by password -------------------------------------------------------------------------------

struct attempt {
    struct request *request;
    struct throttle_key known_key, pair, name, address;
    bool known;
    bool refused;
    struct session_start start;
};

static enum err too_many(struct ctx *c)
{
    return fail(c->arena, ERR_TOO_MANY, "%s",
        ctx_text(c,
            "That was tried often in a short time. Wait a quarter of an hour, or ask for a link "
            "by mail.",
            NULL));
}

static void attempt_keys(struct ctx *c, struct attempt *t, const char *email)
{
    const char *address = throttle_address(c->arena, t->request->address);
    t->known_key = throttle_key(c, "signed-in", (const char *const[]){ email, address, NULL });
    t->pair = throttle_key(c, "sign-in", (const char *const[]){ email, address, NULL });
    t->name = throttle_key(c, "sign-in-name", (const char *const[]){ email, NULL });
    t->address = throttle_key(c, "sign-in-address", (const char *const[]){ address, NULL });
}

static bool is_over(const struct attempt *t, int64_t pair, int64_t name, int64_t address)
{
    if (t->known) {
        return pair > MOST_KNOWN;
    }
    return pair > (name > MOST_NAME ? MOST_PAIR_UNDER_ATTACK : MOST_PAIR) || address > MOST_ADDRESS;
}

// Before anything is written: a flood that is refused anyway must not become a flood of writes.
static enum err look_at_counts(struct ctx *c, struct attempt *t)
{
    int64_t known, pair, name = 0, address = 0;
    struct value key = { .kind = V_BLOB, .blob = { t->known_key.hash, THROTTLE_HASH } };
    TRY(db_int(c->db, c->arena, "throttle.is_known", ARGS(ARG("key_hash", key)), &known));
    t->known = known > 0;
    TRY(throttle_count(c, &t->pair, t->known ? KNOWN_WINDOW : WINDOW, &pair));
    TRY(throttle_count(c, &t->name, WINDOW, &name));
    TRY(throttle_count(c, &t->address, WINDOW, &address));
    return is_over(t, pair + 1, name + 1, address + 1) ? too_many(c) : OK;
}

// Counted before the password is looked at, so that many at once can't slip through together.
static enum err count_attempt(struct ctx *c, void *context)
{
    struct attempt *t = context;
    int64_t pair, name = 0, address = 0;
    TRY(throttle_add(c, &t->pair, t->known ? KNOWN_WINDOW : WINDOW, 1, &pair));
    if (!t->known) {
        TRY(throttle_add(c, &t->name, WINDOW, 1, &name));
        TRY(throttle_add(c, &t->address, WINDOW, 1, &address));
    }
    t->refused = is_over(t, pair, name, address);
    return OK;
}

static enum err begin_session(struct ctx *c, void *context)
{
    struct attempt *t = context;
    int64_t n;
    TRY(throttle_add(c, &t->pair, t->known ? KNOWN_WINDOW : WINDOW, -1, &n));
    if (!t->known) {
        TRY(throttle_add(c, &t->name, WINDOW, -1, &n));
        TRY(throttle_add(c, &t->address, WINDOW, -1, &n));
    }
    // A window of a day that ends in 90: the pair is known until then.
    int64_t now = c->now;
    c->now += KNOWN_FOR;
    enum err e = throttle_add(c, &t->known_key, CLOCK_DAY, 1, &n);
    c->now = now;
    TRY(e);
    return session_replace(c, t->request, &t->start);
}

enum err session_sign_in(
    struct ctx *c, struct request *q, struct response *r, const char *email, const char *password)
{
    const char *key = session_email_key(c->arena, email);
    struct attempt t = { .request = q };
    attempt_keys(c, &t, key);
    TRY(look_at_counts(c, &t));
    TRY(transact(c, count_attempt, &t));
    if (t.refused) {
        return too_many(c);
    }
    struct value row = VALUE_NULL;
    enum err e =
        db_row(c->db, c->arena, "account.by_email", ARGS(ARG("email_key", value_text(key))), &row);
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    bool right;
    bool usable = e == OK && str_eq(value_get_text(&row, "state", ""), "active");
    TRY(password_verify(
        c->arena, usable ? value_get_text(&row, "password_text", NULL) : NULL, password, &right));
    if (!right) {
        return fail(c->arena, ERR_DENIED, "%s",
            ctx_text(c,
                "The address and the password don't belong together. Check both, or ask for a link "
                "by mail.",
                NULL));
    }
    t.start = (struct session_start){ .person = value_get_int(&row, "id", 0),
        .purpose = "password",
        .language = value_get_text(&row, "language", NULL),
        .label = session_browser(c->arena, q) };
    TRY(transact(c, begin_session, &t));
    session_set_cookie(q, r, &t.start);
    log_line(LOG_INFO, "sign-in", "by=password person=%lld", (long long)t.start.person);
    return OK;
}

// ---- by mail link ------------------------------------------------------------------------------

enum err session_new_link(
    struct ctx *c, int64_t person, const char *path, int64_t ends_at, const char **ret_token)
{
    const char *token = token_new(c->arena);
    TRY(db_insert(c->db, c->arena, "mail_link", true,
        ARGS(ARG("id", value_id(id_new())), ARG("token_hash", token_hash(c->arena, token)),
            ARG("person_id", value_id(person)), ARG("path", value_text(path)),
            ARG("ends_at", value_time(ends_at)))));
    *ret_token = token;
    return OK;
}

static enum err link_is_over(struct ctx *c)
{
    return fail(c->arena, ERR_NOT_FOUND, "%s",
        ctx_text(c,
            "This link was used already, or its time is over. Ask for a new one: it takes a "
            "minute.",
            NULL));
}

static enum err find_link(struct ctx *c, const char *token, struct value *ret_row)
{
    if (!token || strlen(token) > 100) {
        return link_is_over(c);
    }
    enum err e = db_row(c->db, c->arena, "mail_link.find",
        ARGS(ARG("token_hash", token_hash(c->arena, token))), ret_row);
    return e == ERR_NOT_FOUND ? link_is_over(c) : e;
}

enum err session_find_link(
    struct ctx *c, const char *token, int64_t *ret_person, const char **ret_path)
{
    struct value row;
    TRY(find_link(c, token, &row));
    int64_t person = value_get_int(&row, "person_id", 0);
    bool is_fresh =
        value_get(&row, "used_at")->kind == V_NULL && value_get_int(&row, "ends_at", 0) > c->now;
    if (!is_fresh && person != c->viewer.person) {
        return link_is_over(c);
    }
    *ret_person = person;
    *ret_path = value_get_text(&row, "path", "/");
    return OK;
}

struct following {
    struct request *request;
    struct value link;
    struct session_start start;
};

static enum err follow(struct ctx *c, void *context)
{
    struct following *f = context;
    int64_t changed = 0;
    TRY(db_exec(
        c->db, c->arena, "mail_link.use", ARGS(ARG("id", *value_get(&f->link, "id"))), &changed));
    return changed ? session_replace(c, f->request, &f->start) : link_is_over(c);
}

enum err session_sign_in_link(
    struct ctx *c, struct request *q, struct response *r, const char *token, const char **ret_path)
{
    struct following f = { .request = q };
    TRY(find_link(c, token, &f.link));
    f.start = (struct session_start){ .person = value_get_int(&f.link, "person_id", 0),
        .purpose = "link",
        .language = value_get_text(&f.link, "language", NULL),
        .label = session_browser(c->arena, q) };
    TRY(transact(c, follow, &f));
    session_set_cookie(q, r, &f.start);
    *ret_path = value_get_text(&f.link, "path", "/");
    log_line(LOG_INFO, "sign-in", "by=link person=%lld", (long long)f.start.person);
    return OK;
}

// ---- tokens ------------------------------------------------------------------------------------

static enum err insert_token(struct ctx *c, void *context)
{
    return session_insert(c, context);
}

enum err session_new_token(struct ctx *c, int64_t person, const char *label, const char **ret_token)
{
    struct session_start s = { .person = person, .purpose = "token", .label = label };
    TRY(transact(c, insert_token, &s));
    *ret_token = s.token;
    return OK;
}
