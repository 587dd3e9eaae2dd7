// SPDX-License-Identifier: Apache-2.0
// Following a call by mail: asked for by an address, confirmed by the link sent to it, ended by the
// link in each mail. The links carry a secret; the record's id alone opens nothing.
#include "calls_kinds.h"

#include "str.h"

#include <sodium.h>

enum { ASKED, CONFIRMED, ENDED };
enum { SECRET = 16, MOST_AN_HOUR = 120 };

static const struct state states[] = {
    { "asked", "To be confirmed", "waiting" },
    { "confirmed", "Follows", "going" },
    { "ended", "Ended", "stopped" },
    END_STATE,
};

static const struct field fields[] = {
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "address", FIELD_EMAIL, "Your email", "Only to tell you when this call changes.",
        .flags = FIELD_PERSONAL | FIELD_IDENTIFIES, .table = "follower_contact" },
    { "language", FIELD_HIDDEN, "Language", NULL, .flags = FIELD_PERSONAL,
        .table = "follower_contact" },
    { "token_hash", FIELD_HIDDEN, "Secret", NULL, .flags = FIELD_PERSONAL,
        .table = "follower_contact" },
    { "token", FIELD_HIDDEN, "Link", NULL, .flags = FIELD_INPUT | FIELD_PERSONAL },
    END_FIELD,
};

const char *follower_link(struct ctx *c, const char *verb, const char *token)
{
    return arena_fmt(c->arena, "%s/followers/new/%s?token=%s", notice_site(c), verb, token);
}

static struct value hash_of(struct ctx *c, const char *token)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
    struct value v = { .kind = V_BLOB };
    v.blob.data = arena_memdup(c->arena, hash, sizeof(hash));
    v.blob.len = sizeof(hash);
    return v;
}

static enum err follow(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value call, args = value_object(c->arena);
    int64_t recent;
    TRY(call_read(c, act_int(a, "call_id"), &call));
    TRY(db_int(c->db, c->arena, "follower.recent",
        ARGS(ARG("call_id", *act_in(a, "call_id")),
            ARG("since_at", value_time(c->now - 3600 * 1000))),
        &recent));
    if (recent >= MOST_AN_HOUR) {
        return fail(c->arena, ERR_TOO_MANY, "%s",
            ctx_text(c, "Many people asked for this just now. Try again in an hour.", NULL));
    }
    unsigned char secret[SECRET];
    randombytes_buf(secret, sizeof(secret));
    const char *token = str_base64url(c->arena, secret, sizeof(secret));
    act_set(a, "language", value_text(locale_tag(c->locale)));
    act_set(a, "token_hash", hash_of(c, token));
    TRY(act_save(a));
    value_set(c->arena, &args, "title", *value_get(&call, "title"));
    value_set(c->arena, &args, "link", value_text(follower_link(c, "confirm", token)));
    value_set(c->arena, &args, "stop", value_text(follower_link(c, "stop", token)));
    return notice_address(c, act_text(a, "address"), locale_tag(c->locale),
        &(struct notice){ .text = "Do you want to be told when the call “{title}” changes? Confirm "
                                  "here: {link} To end it later: {stop}",
            .args = &args,
            .kind = "call",
            .id = value_get_int(&call, "id", 0),
            .mail_now = true });
}

// The act is on the record that the secret leads to, though nobody outside can name it.
static enum err by_token(struct act *a, bool confirms)
{
    struct ctx *c = a->ctx;
    enum err e = db_row(c->db, c->arena, "follower.by_token",
        ARGS(ARG("token_hash", hash_of(c, act_text(a, "token")))), &a->row);
    if (e == ERR_NOT_FOUND) {
        a->row = VALUE_NULL;
        return act_invalid(a, "token", "This link doesn’t lead anywhere any more.", NULL);
    }
    TRY(e);
    a->id = value_get_int(&a->row, "id", 0);
    const char *state = value_get_text(&a->row, "state", "");
    if (confirms && str_eq(state, "ended")) {
        return act_invalid(a, "token", "This was ended. Follow the call again on its page.", NULL);
    }
    if (!confirms) {
        act_set(a, "address", VALUE_NULL); // nothing is kept of who doesn't want it
    }
    return act_save(a);
}

static enum err confirm(struct act *a)
{
    return by_token(a, true);
}

static enum err stop(struct act *a)
{
    return by_token(a, false);
}

static const struct command commands[] = {
    { "follower.follow", "Follow by mail", NEW, ASKED, ROLES_ANYONE, "call_id! address!", NULL,
        follow, 0, "A mail asks you to confirm. No account is needed.",
        .done = "We sent you a mail. Open the link in it to confirm." },
    { "follower.confirm", "Yes, tell me when it changes", NEW, CONFIRMED, ROLES_ANYONE, "token!",
        NULL, confirm, 0, NULL, .done = "You will get a mail when the call changes." },
    { "follower.stop", "Don’t tell me any more", NEW, ENDED, ROLES_ANYONE, "token!", NULL, stop, 0,
        NULL, .done = "You will get no more mail about the call." },
    END_COMMAND,
};

const struct kind follower_kind = {
    .name = "follower",
    .label = "Follower",
    .plural = "Followers",
    .path = "/followers",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, NULL, "1 = 1" },
    .title = "state",
    .parent = "call_id",
    .parent_kind = "call",
    .list = "state call_id created_at",
    .filters = "call_id state",
    .empty = "People who are told by mail when a call changes; their addresses are sealed.",
    .hides_actors = true,
};

// ---- telling everybody ------------------------------------------------------------------------

static enum err tell_list(struct ctx *c, const char *query, int64_t call, const struct notice *n)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, query, ARGS(ARG("call_id", value_id(call))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        int64_t person = value_get_int(row, "person_id", 0);
        TRY(person ? notice_person(c, person, n)
                   : notice_address(c, value_get_text(row, "address", ""),
                         value_get_text(row, "language", NULL), n));
    }
    return OK;
}

enum err call_tell_all(struct ctx *c, const struct value *call, const char *text)
{
    int64_t id = value_get_int(call, "id", 0);
    struct value args = value_object(c->arena);
    value_set(c->arena, &args, "title", *value_get(call, "title"));
    struct notice n = { .text = text, .args = &args, .kind = "call", .id = id, .mail_now = true };
    TRY(tell_list(c, "call.addresses", id, &n));
    return tell_list(c, "pitch.parties_of_call", id, &n);
}
