// SPDX-License-Identifier: Apache-2.0
// Reading a session, and ending it. How one begins is in session_start.c.
#include "session_private.h"

#include "log.h"
#include "office.h"
#include "str.h"
#include "transact.h"

static const int64_t SEEN_EVERY = 5LL * CLOCK_MINUTE;
static const int64_t ANONYMOUS_SECONDS = 4LL * 3600;

const char *session_cookie(const struct request *q)
{
    return q->secure ? SESSION_COOKIE_SECURE : SESSION_COOKIE;
}

const char *token_new(struct arena *a)
{
    unsigned char bytes[TOKEN_BYTES];
    randombytes_buf(bytes, sizeof(bytes));
    return str_base64url(a, bytes, sizeof(bytes));
}

struct value token_hash(struct arena *a, const char *token)
{
    unsigned char *hash = arena_alloc(a, TOKEN_HASH);
    crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
    return (struct value){ .kind = V_BLOB, .blob = { hash, TOKEN_HASH } };
}

const char *session_email_key(struct arena *a, const char *email)
{
    return str_lower(a, str_trim(a, locale_clean(a, email)));
}

// ---- reading -----------------------------------------------------------------------------------

// The token that the request brings. An Authorization header wins: a request that has one never
// falls back to the cookie.
static const char *brought(const struct request *q, bool *ret_bearer)
{
    const char *authorization = request_header(q, "Authorization");
    *ret_bearer = authorization != NULL;
    if (authorization) {
        return strncasecmp(authorization, "Bearer ", 7) == 0 ? authorization + 7 : NULL;
    }
    return request_cookie(q, session_cookie(q));
}

static void take_grants(struct ctx *c, const struct value *rows)
{
    size_t n = value_len(rows);
    struct grant *grants = arena_array(c->arena, struct grant, n);
    for (size_t i = 0; i < n; i++) {
        const struct value *row = value_at(rows, i);
        uint32_t role = role_by_name(value_get_text(row, "role", ""));
        if (!role) {
            continue; // a person without any grant has one row whose role is NULL
        }
        grants[c->viewer.n_grants++] = (struct grant){
            .role = role,
            .scope_kind = value_get_text(row, "scope_kind", NULL),
            .scope_id = value_get_int(row, "scope_id", 0),
            .acting_for = value_get_int(row, "acting_for_id", 0),
        };
        c->viewer.roles |= role;
    }
    c->viewer.grants = grants;
}

static void take_session(struct ctx *c, const struct value *rows, bool bearer)
{
    const struct value *row = value_at(rows, 0);
    int64_t session = value_get_int(row, "id", 0);
    c->viewer = (struct viewer){
        .person = value_get_int(row, "person_id", 0),
        .name = value_get_text(row, "name", ""),
        .roles = ROLE_PUBLIC,
        .session = bearer ? 0 : session,
        .csrf = bearer ? NULL : value_get_text(row, "csrf", NULL),
    };
    take_grants(c, rows);
    c->audience = c->viewer.roles & ROLES_INSIDE ? AUDIENCE_OFFICE : AUDIENCE_OUTSIDE;
    c->via = bearer ? "api" : c->via;
    if (c->office && c->now - value_get_int(row, "seen_at", 0) > SEEN_EVERY) {
        seen_note(c->office->seen, c->city->id, session, c->now);
    }
}

enum err session_load(struct ctx *c, struct request *q)
{
    c->viewer = (struct viewer){ .name = "", .roles = ROLE_PUBLIC };
    c->audience = AUDIENCE_PUBLIC;
    bool bearer;
    const char *token = brought(q, &bearer);
    if (token && strlen(token) < 128 && *token) {
        struct value rows;
        ctx_bind(c);
        TRY(db_rows(c->db, c->arena, "session.load",
            ARGS(ARG("token_hash", token_hash(c->arena, token)),
                ARG("idle_at", value_time(c->now - SESSION_IDLE)),
                ARG("today_on", value_date(locale_day(c->locale, c->now)))),
            &rows));
        // A cookie can't be used as a token, nor a token as a cookie.
        if (value_len(&rows) > 0 &&
            bearer == str_eq(value_get_text(value_at(&rows, 0), "purpose", ""), "token")) {
            take_session(c, &rows, bearer);
        }
    }
    ctx_bind(c);
    return OK;
}

// ---- forged requests ---------------------------------------------------------------------------

// What browsers say of where a request comes from; scripts elsewhere can't forge it.
static bool is_this_site(const struct request *q)
{
    const char *site = request_header(q, "Sec-Fetch-Site");
    if (site && !str_eq(site, "same-origin") && !str_eq(site, "none")) {
        return false;
    }
    const char *origin = request_header(q, "Origin");
    if (!origin || (site && str_eq(origin, "null"))) {
        return true;
    }
    const char *host = strstr(origin, "://");
    return host && strcasecmp(host + 3, q->host ? q->host : "") == 0 &&
           (!q->secure || str_starts(origin, "https://"));
}

static const char *anonymous_cookie(const struct request *q)
{
    return q->secure ? "__Host-ph-form" : "ph-form";
}

static const char *anonymous_token(const struct ctx *c, const char *cookie)
{
    static const char what[] = "form";
    unsigned char hash[32];
    crypto_generichash_state state;
    crypto_generichash_init(&state, c->city->id_key.bytes, ID_KEY_SIZE, sizeof(hash));
    crypto_generichash_update(&state, (const unsigned char *)what, sizeof(what));
    crypto_generichash_update(&state, (const unsigned char *)cookie, strlen(cookie));
    crypto_generichash_final(&state, hash, sizeof(hash));
    return str_base64url(c->arena, hash, sizeof(hash));
}

static bool is_token(const char *cookie)
{
    return cookie && strlen(cookie) == 43 &&
           strspn(cookie, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == 43;
}

const char *session_anonymous_csrf(struct ctx *c, struct request *q, struct response *r)
{
    if (c->viewer.csrf) {
        return c->viewer.csrf;
    }
    const char *cookie = request_cookie(q, anonymous_cookie(q));
    if (!is_token(cookie)) {
        cookie = token_new(c->arena);
        response_cookie(r, q, anonymous_cookie(q), cookie, ANONYMOUS_SECONDS);
    }
    return anonymous_token(c, cookie);
}

enum err session_check_csrf(const struct ctx *c, const struct request *q)
{
    if (c->viewer.person && !c->viewer.session) {
        return OK; // by token: a browser never sends one by itself
    }
    const char *given = request_form(q, "csrf");
    given = given ? given : request_header(q, "X-CSRF-Token");
    const char *cookie = request_cookie(q, anonymous_cookie(q));
    const char *right = c->viewer.csrf     ? c->viewer.csrf
                        : is_token(cookie) ? anonymous_token(c, cookie)
                                           : NULL;
    if (is_this_site(q) && given && right && str_same_secret(given, right)) {
        return OK;
    }
    return fail(c->arena, ERR_DENIED, "%s",
        ctx_text(c,
            "This page was open for too long, or was sent from another site. Go back, load it "
            "again and send it once more.",
            NULL));
}

// ---- ending ------------------------------------------------------------------------------------

static enum err drop_session(struct ctx *c, void *context)
{
    return db_exec(c->db, c->arena, "session.drop_token",
        ARGS(ARG("token_hash", token_hash(c->arena, context))), NULL);
}

void session_sign_out(struct ctx *c, struct request *q, struct response *r)
{
    const char *token = request_cookie(q, session_cookie(q));
    response_cookie(r, q, session_cookie(q), "", 0);
    if (token && transact(c, drop_session, arena_strdup(c->arena, token)) != OK) {
        log_line(LOG_ERROR, "sign-out-failed", "session=%lld", (long long)c->viewer.session);
    }
    c->viewer = (struct viewer){ .name = "", .roles = ROLE_PUBLIC };
    c->audience = AUDIENCE_PUBLIC;
    ctx_bind(c);
}

enum err session_list(struct ctx *c, int64_t person, struct value *ret_list)
{
    struct value rows, list = value_list(c->arena);
    TRY(db_rows(c->db, c->arena, "session.of_person",
        ARGS(ARG("person_id", value_id(person)), ARG("idle_at", value_time(c->now - SESSION_IDLE))),
        &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        struct value row = *value_at(&rows, i);
        value_set(c->arena, &row, "is_here",
            value_bool(value_get_int(&row, "id", 0) == c->viewer.session));
        *value_push(c->arena, &list) = row;
    }
    *ret_list = list;
    return OK;
}

struct ending {
    int64_t person, session;
};

static enum err end_one(struct ctx *c, void *context)
{
    const struct ending *e = context;
    int64_t changed = 0;
    TRY(db_exec(c->db, c->arena, "session.end",
        ARGS(ARG("id", value_id(e->session)), ARG("person_id", value_id(e->person))), &changed));
    return changed ? OK
                   : fail(c->arena, ERR_NOT_FOUND, "%s",
                         ctx_text(c, "That sign-in has ended already.", NULL));
}

enum err session_end(struct ctx *c, int64_t person, int64_t session)
{
    return transact(c, end_one, &(struct ending){ person, session });
}

enum err session_end_all(struct ctx *c, int64_t person, int64_t kept)
{
    TRY(db_exec(c->db, c->arena, "session.end_others",
        ARGS(ARG("person_id", value_id(person)), ARG("kept_id", value_id(kept))), NULL));
    return db_exec(c->db, c->arena, "mail_link.drop_of_person",
        ARGS(ARG("person_id", value_id(person))), NULL);
}

static enum err sweep(struct ctx *c, void *context)
{
    int64_t idle = c->now - SESSION_IDLE, day_ago = c->now - CLOCK_DAY;
    TRY(db_exec(c->db, c->arena, "session.sweep", ARGS(ARG("idle_at", value_time(idle))), NULL));
    // Ended links stay a week, so that whoever follows one is told that it has ended.
    TRY(db_exec(c->db, c->arena, "mail_link.sweep",
        ARGS(ARG("before_at", value_time(c->now - 7LL * CLOCK_DAY))), NULL));
    TRY(db_exec(c->db, c->arena, "throttle.sweep", NO_ARGS, NULL));
    return db_exec(
        c->db, c->arena, "idempotency.sweep", ARGS(ARG("before_at", value_time(day_ago))), NULL);
}

enum err session_sweep(struct ctx *c, const struct value *payload)
{
    (void)payload;
    return transact(c, sweep, NULL);
}
