// SPDX-License-Identifier: Apache-2.0
#include "guard.h"

#include "str.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <strings.h>

// The headers that the server reads itself. Those marked once must not repeat.
static const struct known {
    const char *name;
    bool once;
} known[] = {
    { "Host", true },
    { "Content-Length", true },
    { "Transfer-Encoding", true },
    { "Content-Type", true },
    { "Cookie", true },
    { "Authorization", true },
    { "Expect", true },
    { "If-None-Match", false },
    { "Accept", false },
    { "Accept-Encoding", false },
    { "Accept-Language", false },
    { "X-Forwarded-For", false },
    { "X-Forwarded-Proto", false },
};

enum {
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONTENT_TYPE,
    COOKIE,
    AUTHORIZATION,
    EXPECT,
    IF_NONE_MATCH,
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    FORWARDED_FOR,
    FORWARDED_PROTO,
};

static int known_index(const struct guard_header *h)
{
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if ((h->name[0] | 0x20) == (known[i].name[0] | 0x20) &&
            strcasecmp(h->name, known[i].name) == 0) {
            return (int)i;
        }
    }
    return -1;
}

// Fills VALUES by the index of `known`.
static int collect(
    const struct guard_header *headers, size_t n, const char *values[ARRAY_LEN(known)])
{
    size_t bytes = 0;
    if (n > GUARD_MAX_HEADERS) {
        return 431;
    }
    for (size_t i = 0; i < n; i++) {
        const struct guard_header *h = &headers[i];
        bytes += h->name_len + h->value_len;
        if (bytes > GUARD_MAX_HEADER_BYTES) {
            return 431;
        }
        // A name or value that ends early holds a NUL: lengths come from the transport.
        if (!h->value || !header_name_valid(h->name, h->name_len) ||
            !header_value_valid(h->value, h->value_len)) {
            return 400;
        }
        int k = known_index(h);
        if (k < 0) {
            continue;
        }
        if (known[k].once && values[k]) {
            return 400;
        }
        // Of a repeated one the last stands for X-Forwarded-For (the proxy's own line), else the
        // first.
        if (!values[k] || k == FORWARDED_FOR) {
            values[k] = h->value;
        }
    }
    return 0;
}

static int check_framing(const char *const *values, bool http_1_0, struct guard_facts *facts)
{
    const char *coding = values[TRANSFER_ENCODING], *length = values[CONTENT_LENGTH];
    facts->content_length = -1;
    if (coding) {
        if (length || http_1_0) {
            return 400;
        }
        if (strcasecmp(coding, "chunked") != 0) {
            return 501;
        }
        facts->chunked = true;
    }
    if (length && !header_content_length(length, &facts->content_length)) {
        return 400;
    }
    return 0;
}

int guard_headers(const struct guard_header *headers, size_t n, const char *method,
    const char *version, struct guard_facts *ret_facts)
{
    const char *values[ARRAY_LEN(known)] = { 0 };
    struct guard_facts facts = { 0 };
    bool http_1_0 = str_eq(version, "HTTP/1.0");
    if (!http_1_0 && !str_eq(version, "HTTP/1.1")) {
        return 505;
    }
    if (!header_name_valid(method, strlen(method))) {
        return 400;
    }
    int status = collect(headers, n, values);
    status = status ? status : check_framing(values, http_1_0, &facts);
    if (status) {
        return status;
    }
    if (values[HOST] ? !header_host_valid(values[HOST]) : !http_1_0) {
        return 400;
    }
    bool safe = str_eq(method, "GET") || str_eq(method, "HEAD");
    if (safe && (facts.chunked || facts.content_length > 0)) {
        return 400; // a body there means different things to different readers
    }
    if (values[EXPECT] && strcasecmp(values[EXPECT], "100-continue") != 0) {
        return 400;
    }
    facts.host = values[HOST];
    facts.cookie = values[COOKIE];
    facts.content_type = values[CONTENT_TYPE];
    facts.if_none_match = values[IF_NONE_MATCH];
    facts.accept = values[ACCEPT];
    facts.accept_encoding = values[ACCEPT_ENCODING];
    facts.accept_language = values[ACCEPT_LANGUAGE];
    facts.forwarded_for = values[FORWARDED_FOR];
    facts.forwarded_proto = values[FORWARDED_PROTO];
    *ret_facts = facts;
    return 0;
}

bool guard_seamless(const struct guard_layout *layout, const struct guard_header *headers, size_t n)
{
    if (layout->target != layout->method + strlen(layout->method) + 1 ||
        layout->version != layout->target + layout->target_len + 1) {
        return false;
    }
    const char *end = layout->version + strlen(layout->version); // of what comes before
    for (size_t i = 0; i < n; i++) {
        const struct guard_header *h = &headers[i];
        if (h->name != end + 2) {
            return false;
        }
        const char *p = h->name + h->name_len + 1;
        while (p < h->value && (*p == ' ' || *p == '\t')) {
            p++;
        }
        if (p != h->value) {
            return false;
        }
        end = h->value + h->value_len;
        while (*end == ' ' || *end == '\t') {
            end++;
        }
    }
    // The last one's CRLF, then the empty line's.
    return memcmp(end, "\0\0\0", 4) == 0;
}

// ---- counts by address -------------------------------------------------------------------------

enum { PEER_BUCKETS = 1024 };

struct peer {
    struct peer *next;
    unsigned char network[16];
    int connections, under_way;
};

struct peers {
    struct peer_limits limits;
    struct peer *buckets[PEER_BUCKETS];
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
};

struct peers *peers_new(struct peer_limits limits)
{
    struct peers *p = calloc(1, sizeof(*p));
    if (p) {
        p->limits = limits;
        crypto_shorthash_keygen(p->hash_key);
    }
    return p;
}

void peers_free(struct peers *p)
{
    for (size_t i = 0; p && i < PEER_BUCKETS; i++) {
        while (p->buckets[i]) {
            struct peer *next = p->buckets[i]->next;
            free(p->buckets[i]);
            p->buckets[i] = next;
        }
    }
    free(p);
}

static void network_of(const char *address, unsigned char ret_network[16])
{
    memset(ret_network, 0, 16);
    if (inet_pton(AF_INET, address, ret_network + 12) == 1) {
        memset(ret_network + 10, 0xff, 2); // v4-mapped, whole
    } else if (inet_pton(AF_INET6, address, ret_network) == 1) {
        memset(ret_network + 8, 0, 8);
    }
}

// Where the address's count hangs, or would.
static struct peer **find(struct peers *p, const char *address, unsigned char ret_network[16])
{
    uint64_t h;
    network_of(address, ret_network);
    crypto_shorthash((unsigned char *)&h, ret_network, 16, p->hash_key);
    struct peer **at = &p->buckets[h % PEER_BUCKETS];
    while (*at && memcmp((*at)->network, ret_network, 16) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static struct peer *find_or_make(struct peers *p, const char *address)
{
    unsigned char network[16];
    struct peer **at = find(p, address, network);
    if (!*at && (*at = calloc(1, sizeof(**at)))) {
        memcpy((*at)->network, network, 16);
    }
    return *at;
}

static void forget_if_idle(struct peers *p, const char *address)
{
    unsigned char network[16];
    struct peer **at = find(p, address, network), *peer = *at;
    if (peer && peer->connections <= 0 && peer->under_way <= 0) {
        *at = peer->next;
        free(peer);
    }
}

bool peers_connect(struct peers *p, const char *address)
{
    struct peer *peer = find_or_make(p, address);
    if (!peer || peer->connections >= p->limits.connections) {
        return false;
    }
    peer->connections++;
    return true;
}

bool peers_enter(struct peers *p, const char *address)
{
    struct peer *peer = find_or_make(p, address);
    if (!peer || peer->under_way >= p->limits.under_way) {
        forget_if_idle(p, address);
        return false;
    }
    peer->under_way++;
    return true;
}

void peers_disconnect(struct peers *p, const char *address)
{
    unsigned char network[16];
    struct peer *peer = *find(p, address, network);
    if (peer) {
        peer->connections--;
        forget_if_idle(p, address);
    }
}

void peers_leave(struct peers *p, const char *address)
{
    unsigned char network[16];
    struct peer *peer = *find(p, address, network);
    if (peer) {
        peer->under_way--;
        forget_if_idle(p, address);
    }
}
