// SPDX-License-Identifier: Apache-2.0
#include "cache.h"
#include "check.h"
#include "rendered.h"

#include <pthread.h>
#include <stdatomic.h>

static struct arena arena;

static void put(
    struct cache *c, const char *key, int64_t version, int64_t until, char fill, size_t len)
{
    struct response r = { .arena = &arena };
    for (size_t i = 0; i < len; i++) {
        buf_putc(&r.body, i % 7 ? fill : (char)('a' + i % 26));
    }
    cache_put(c, key, version, until, &r);
    buf_release(&r.body);
}

static bool has(struct cache *c, const char *key, int64_t now)
{
    struct rendered *p = cache_get(c, key, strlen(key), now, true);
    rendered_unref(p);
    return p != NULL;
}

static void answers_what_is_valid(void **state)
{
    struct cache *c = cache_new(1 << 20);
    cache_version(c, 5);
    put(c, "a", 5, 100, 'x', 2000);
    put(c, "old", 4, INT64_MAX, 'x', 10);
    assert_true(has(c, "a", 99));
    assert_false(has(c, "old", 0));
    assert_false(has(c, "A", 0));
    assert_false(has(c, "a", 100)); // its time is over
    assert_false(has(c, "a", 99));  // and it was let go
    put(c, "a", 5, INT64_MAX, 'x', 10);
    cache_version(c, 4); // never back
    assert_true(has(c, "a", 0));
    cache_version(c, 6);
    assert_false(has(c, "a", 0));
    put(c, "ahead", 7, INT64_MAX, 'x', 10); // rendered after the act, before the announcement
    assert_true(has(c, "ahead", 0));
    struct cache_stats s;
    cache_stats(c, &s);
    assert_int_equal(s.hits, 3);
    assert_int_equal(s.misses, 5);
    cache_free(c);
}

static void keeps_every_coding(void **state)
{
    struct cache *c = cache_new(1 << 20);
    put(c, "a", 1, INT64_MAX, 'x', 5000);
    put(c, "small", 1, INT64_MAX, 'x', 100);
    struct rendered *p = cache_get(c, "a", 1, 0, true);
    assert_int_equal(p->variants[ENCODING_PLAIN].body->len, 5000);
    assert_true(p->variants[ENCODING_GZIP].body->len < 5000);
    assert_true(p->variants[ENCODING_BROTLI].body->len < 5000);
    assert_string_not_equal(p->variants[ENCODING_PLAIN].etag, p->variants[ENCODING_GZIP].etag);
    rendered_unref(p);
    p = cache_get(c, "small", 5, 0, true);
    assert_null(p->variants[ENCODING_GZIP].body);
    rendered_unref(p);
    cache_free(c);
}

static void lets_the_least_used_go(void **state)
{
    struct cache *c = cache_new(10000);
    put(c, "a", 1, INT64_MAX, 'x', 500);
    put(c, "b", 1, INT64_MAX, 'x', 500);
    put(c, "c", 1, INT64_MAX, 'x', 500);
    struct rendered *held = cache_get(c, "b", 1, 0, true);
    assert_true(has(c, "a", 0));
    for (int i = 0; i < 5; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%d", i);
        put(c, key, 1, INT64_MAX, 'x', 500);
        assert_true(has(c, "a", 0));
    }
    assert_false(has(c, "c", 0));
    struct cache_stats s;
    cache_stats(c, &s);
    assert_true(s.bytes <= 10000);
    assert_int_equal(held->variants[ENCODING_PLAIN].body->len, 500); // ours as long as we hold it
    rendered_unref(held);
    put(c, "huge", 1, INT64_MAX, 'x', 20000);
    assert_false(has(c, "huge", 0));
    assert_true(has(c, "a", 0));
    cache_free(c);
}

static void refuses_what_is_somebodys(void **state)
{
    struct cache *c = cache_new(1 << 20);
    struct request q = { .arena = &arena };
    struct response r = { .arena = &arena };
    response_cookie(&r, &q, "a", "b", 1);
    cache_put(c, "cookie", 1, INT64_MAX, &r);
    assert_false(has(c, "cookie", 0));
    struct response error = { .arena = &arena, .status = 404 };
    cache_put(c, "error", 1, INT64_MAX, &error);
    assert_false(has(c, "error", 0));
    cache_free(c);
}

static void keeps_static_files(void **state)
{
    struct cache *c = cache_new(100);
    static const char file[] = "body {}";
    cache_static(c, "/a.css", "text/css", file, sizeof(file) - 1);
    cache_version(c, 99);
    put(c, "/a.css", 99, INT64_MAX, 'x', 10);
    struct rendered *p = cache_get(c, "/a.css", 6, INT64_MAX, false);
    assert_ptr_equal(p->variants[ENCODING_PLAIN].body->data, file);
    rendered_unref(p);
    cache_free(c);
}

static struct cache *shared;
static atomic_bool over;

static void *read_all(void *context)
{
    char key[8];
    for (int i = 0; !atomic_load(&over); i++) {
        snprintf(key, sizeof(key), "k%d", i % 20);
        struct rendered *p = cache_get(shared, key, strlen(key), 0, true);
        if (p && p->variants[ENCODING_PLAIN].body->len != 600) {
            abort();
        }
        rendered_unref(p);
    }
    return NULL;
}

static void stands_many_threads(void **state)
{
    shared = cache_new(16 * 1024);
    pthread_t reader;
    pthread_create(&reader, NULL, read_all, NULL);
    for (int i = 0; i < 1000; i++) {
        char key[8];
        snprintf(key, sizeof(key), "k%d", i % 20);
        put(shared, key, i / 100, INT64_MAX, 'x', 600);
        cache_version(shared, i / 100);
    }
    atomic_store(&over, true);
    pthread_join(reader, NULL);
    assert_true(has(shared, "k19", 0));
    cache_free(shared);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_is_valid),
        cmocka_unit_test(keeps_every_coding),
        cmocka_unit_test(lets_the_least_used_go),
        cmocka_unit_test(refuses_what_is_somebodys),
        cmocka_unit_test(keeps_static_files),
        cmocka_unit_test(stands_many_threads),
    };
    int failed = RUN_TESTS(tests);
    arena_release(&arena);
    return failed;
}
