// SPDX-License-Identifier: Apache-2.0
#include "throttle.h"

#include "transact.h"

#include <arpa/inet.h>
#include <sodium.h>

struct throttle_key throttle_key(const struct ctx *c, const char *what, const char *const *parts)
{
    struct throttle_key key;
    crypto_generichash_state state;
    crypto_generichash_init(&state, c->city->id_key.bytes, ID_KEY_SIZE, sizeof(key.hash));
    crypto_generichash_update(&state, (const unsigned char *)what, strlen(what) + 1);
    for (size_t i = 0; parts[i]; i++) {
        crypto_generichash_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
    }
    crypto_generichash_final(&state, key.hash, sizeof(key.hash));
    return key;
}

const char *throttle_address(struct arena *a, const char *address)
{
    struct in6_addr six;
    if (!address || inet_pton(AF_INET6, address, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six)) {
        return address ? address : "";
    }
    memset(six.s6_addr + 8, 0, 8);
    char text[INET6_ADDRSTRLEN];
    return arena_strdup(a, inet_ntop(AF_INET6, &six, text, sizeof(text)));
}

// Windows are named by their end, so that what is over can be swept whatever its length was.
static int64_t window_end(const struct ctx *c, int64_t window_ms)
{
    return c->now - c->now % window_ms + window_ms;
}

static struct value hash_value(const struct throttle_key *key)
{
    return (struct value){ .kind = V_BLOB, .blob = { key->hash, sizeof(key->hash) } };
}

enum err throttle_count(
    struct ctx *c, const struct throttle_key *key, int64_t window_ms, int64_t *ret_n)
{
    return db_int(c->db, c->arena, "throttle.count",
        ARGS(ARG("key_hash", hash_value(key)),
            ARG("window_at", value_time(window_end(c, window_ms)))),
        ret_n);
}

enum err throttle_add(
    struct ctx *c, const struct throttle_key *key, int64_t window_ms, int n, int64_t *ret_n)
{
    return db_int(c->db, c->arena, "throttle.add",
        ARGS(ARG("key_hash", hash_value(key)), ARG("n", value_int(n)),
            ARG("window_at", value_time(window_end(c, window_ms)))),
        ret_n);
}

struct take {
    struct throttle_key key;
    int64_t window_ms, n;
};

static enum err take_one(struct ctx *c, void *context)
{
    struct take *t = context;
    return throttle_add(c, &t->key, t->window_ms, 1, &t->n);
}

enum err throttle_take(
    struct ctx *c, const char *what, const char *who, int64_t window_ms, int most)
{
    struct take t = { .key = throttle_key(c, what, (const char *const[]){ who, NULL }),
        .window_ms = window_ms };
    // Asking first keeps a flood from becoming a flood of writes.
    TRY(throttle_count(c, &t.key, window_ms, &t.n));
    if (t.n < most) {
        TRY(transact(c, take_one, &t));
    } else {
        t.n = most + 1;
    }
    if (t.n > most) {
        return fail(c->arena, ERR_TOO_MANY, "%s",
            ctx_text(
                c, "That was often in a short time. Wait a few minutes, then try again.", NULL));
    }
    return OK;
}
