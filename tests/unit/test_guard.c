// SPDX-License-Identifier: Apache-2.0
#include "guard.h"
#include "check.h"

#define H(name, value)                                                                             \
    {                                                                                              \
        (name), (value), sizeof(name) - 1, sizeof(value) - 1                                       \
    }

static int check(const struct guard_header *headers, size_t n, const char *method,
    const char *version, struct guard_facts *facts)
{
    return guard_headers(headers, n, method, version, facts);
}

static void takes_plain_requests(void **state)
{
    static const struct guard_header h[] = { H("HOST", "a:80"), H("content-LENGTH", "5"),
        H("Cookie", "a=b"), H("X-Forwarded-For", "1.1.1.1"), H("x-forwarded-for", "2.2.2.2"),
        H("If-None-Match", "\"a\""), H("X-Any", "\xc3\xa9\tb") };
    struct guard_facts f;
    assert_int_equal(check(h, ARRAY_LEN(h), "POST", "HTTP/1.1", &f), 0);
    assert_string_equal(f.host, "a:80");
    assert_string_equal(f.cookie, "a=b");
    assert_string_equal(f.forwarded_for, "2.2.2.2");
    assert_true(f.content_length == 5);
    assert_false(f.chunked);
    assert_null(f.accept_language);
    assert_int_equal(check(h, 0, "GET", "HTTP/1.0", &f), 0);
    assert_true(f.content_length == -1);
}

static void refuses_two_readings(void **state)
{
    static const struct {
        int want;
        const char *method, *version;
        struct guard_header h[3];
        size_t n;
    } cases[] = {
        { 400, "GET", "HTTP/1.1", { { 0 } }, 0 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("host", "a") }, 2 },
        { 400, "POST", "HTTP/1.1",
            { H("Host", "a"), H("Content-Length", "1"), H("Content-Length", "1") }, 3 },
        { 400, "POST", "HTTP/1.1",
            { H("Host", "a"), H("Content-Length", "1"), H("Transfer-Encoding", "chunked") }, 3 },
        { 400, "POST", "HTTP/1.0", { H("Host", "a"), H("Transfer-Encoding", "chunked") }, 2 },
        { 501, "POST", "HTTP/1.1", { H("Host", "a"), H("Transfer-Encoding", "gzip, chunked") }, 2 },
        { 501, "POST", "HTTP/1.1", { H("Host", "a"), H("Transfer-Encoding", "chunked ") }, 2 },
        { 0, "POST", "HTTP/1.1", { H("Host", "a"), H("Transfer-Encoding", "Chunked") }, 2 },
        { 400, "POST", "HTTP/1.1", { H("Host", "a"), H("Content-Length", "1 ") }, 2 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("Content-Length", "1") }, 2 },
        { 0, "GET", "HTTP/1.1", { H("Host", "a"), H("Content-Length", "0") }, 2 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a/b") }, 1 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("X A", "b") }, 2 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("", "b") }, 2 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("X-A", "b\0c") }, 2 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("X-A", "b\rc") }, 2 },
        { 400, "GET", "HTTP/1.1", { H("Host", "a"), H("Cookie", "b"), H("Cookie", "c") }, 3 },
        { 400, "POST", "HTTP/1.1", { H("Host", "a"), H("Expect", "tea") }, 2 },
        { 400, "G T", "HTTP/1.1", { H("Host", "a") }, 1 },
        { 505, "GET", "HTTP/1.2", { H("Host", "a") }, 1 },
        { 505, "GET", "", { H("Host", "a") }, 1 },
        { 505, "GET", "http/1.1", { H("Host", "a") }, 1 },
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct guard_facts f;
        int got = check(cases[i].h, cases[i].n, cases[i].method, cases[i].version, &f);
        if (got != cases[i].want) {
            fail_msg("case %zu: %d, not %d", i, got, cases[i].want);
        }
    }
}

static void bounds_headers(void **state)
{
    struct guard_header h[GUARD_MAX_HEADERS + 1] = { H("Host", "a") };
    struct guard_facts f;
    for (size_t i = 1; i < ARRAY_LEN(h); i++) {
        h[i] = (struct guard_header)H("X-A", "b");
    }
    assert_int_equal(check(h, GUARD_MAX_HEADERS, "GET", "HTTP/1.1", &f), 0);
    assert_int_equal(check(h, GUARD_MAX_HEADERS + 1, "GET", "HTTP/1.1", &f), 431);
    static char large[GUARD_MAX_HEADER_BYTES];
    memset(large, 'a', sizeof(large));
    h[1] = (struct guard_header){ "X-A", large, 3, sizeof(large) - 3 - strlen("Hosta") };
    assert_int_equal(check(h, 2, "GET", "HTTP/1.1", &f), 0);
    h[1].value_len++;
    assert_int_equal(check(h, 2, "GET", "HTTP/1.1", &f), 431);
}

// Lays TEXT out as libmicrohttpd does: separators zeroed where they stood.
static bool seamless(const char *text)
{
    static char bytes[256 + 1]; // the last one stays NUL
    struct guard_header h[8];
    size_t n = 0, len = strlen(text);
    memset(bytes, 'z', sizeof(bytes) - 1);
    memcpy(bytes, text, len);
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\r' || bytes[i] == '\n') {
            bytes[i] = '\0';
        }
    }
    struct guard_layout l = { .method = bytes };
    char *space = memchr(bytes, ' ', len);
    *space++ = '\0';
    while (*space == ' ') {
        space++;
    }
    l.target = space;
    char *version = memchr(space, ' ', len);
    l.target_len = (size_t)(version - space);
    *version++ = '\0';
    l.version = version;
    for (char *p = version + strlen(version); p < bytes + len; p += strlen(p)) {
        while (p < bytes + len && !*p) {
            p++;
        }
        char *colon = p < bytes + len ? strchr(p, ':') : NULL;
        if (!colon) {
            break;
        }
        *colon = '\0';
        char *value = colon + 1 + strspn(colon + 1, " \t");
        h[n++] = (struct guard_header){ p, value, strlen(p), strlen(value) };
        p = value;
    }
    return guard_seamless(&l, h, n);
}

static void sees_what_was_mended(void **state)
{
    assert_true(seamless("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_true(seamless("GET /a?b HTTP/1.1\r\nHost:a\r\nX-A: \r\nX-B:  c\r\n\r\n"));
    assert_false(seamless("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert_false(seamless("GET / HTTP/1.1\nHost: a\r\n\r\n"));
    assert_false(seamless("GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"));
    assert_false(seamless("GET / HTTP/1.1\r\nHost: a\n\nrest"));
    assert_false(seamless("GET / HTTP/1.1\r\n\r\nHost: a\r\n\r\n"));
}

static void counts_by_network(void **state)
{
    struct peers *p = peers_new((struct peer_limits){ .connections = 2, .under_way = 1 });
    assert_true(peers_connect(p, "10.0.0.1"));
    assert_true(peers_connect(p, "10.0.0.1"));
    assert_false(peers_connect(p, "10.0.0.1"));
    assert_true(peers_connect(p, "10.0.0.2"));
    assert_true(peers_enter(p, "10.0.0.1"));
    assert_false(peers_enter(p, "10.0.0.1"));
    peers_leave(p, "10.0.0.1");
    assert_true(peers_enter(p, "10.0.0.1"));
    peers_disconnect(p, "10.0.0.1");
    assert_true(peers_connect(p, "10.0.0.1"));
    // One /64 is one network; a v4-mapped address is itself.
    assert_true(peers_connect(p, "2001:db8::1"));
    assert_true(peers_connect(p, "2001:db8::2"));
    assert_false(peers_connect(p, "2001:db8::3"));
    assert_true(peers_connect(p, "2001:db8:0:1::3"));
    assert_true(peers_enter(p, "nonsense"));
    peers_leave(p, "nobody");
    peers_disconnect(p, "192.0.2.1");
    for (int i = 0; i < 5000; i++) { // far more networks than buckets
        char address[32];
        snprintf(address, sizeof(address), "11.%d.%d.1", i / 256, i % 256);
        assert_true(peers_connect(p, address));
    }
    peers_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_plain_requests),
        cmocka_unit_test(refuses_two_readings),
        cmocka_unit_test(bounds_headers),
        cmocka_unit_test(sees_what_was_mended),
        cmocka_unit_test(counts_by_network),
    };
    return RUN_TESTS(tests);
}
