// SPDX-License-Identifier: Apache-2.0
#include "browser.h"

#include "clock.h"
#include "throttle.h"

#include <pthread.h>

static const char right[] = "plum river lantern 42";

static int64_t person;
static const char *email;

static void give_password(int64_t id, const char *password)
{
    const char *hash;
    room_as_system();
    assert_int_equal(password_hash(&room.arena, password, &hash), OK);
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(db_insert(room.db, &room.arena, "account", true,
                         ARGS(ARG("id", value_id(id)), ARG("password_hash_text", value_text(hash)),
                             ARG("changed_at", value_time(room.ctx.now)))),
        OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
}

static void fresh_person(void)
{
    person = room_person("Ada Clerk", ROLE_STAFF);
    email = room_fmt("p%lld@example.org", (long long)person);
    give_password(person, right);
}

static enum err sign_in(struct browser *b, const char *name, const char *password)
{
    browser_begin(b, METHOD_POST);
    enum err e = session_sign_in(&room.ctx, &b->q, &b->r, name, password);
    browser_end(b);
    return e;
}

static void later(int64_t ms)
{
    room.ctx.now += ms;
    ctx_bind(&room.ctx);
}

// ---- passwords ---------------------------------------------------------------------------------

static void hashes_and_verifies(void **state)
{
    const char *hash;
    bool same;
    assert_int_equal(password_hash(&room.arena, right, &hash), OK);
    assert_true(str_starts(hash, "$argon2id$"));
    assert_int_equal(password_verify(&room.arena, hash, right, &same), OK);
    assert_true(same);
    assert_int_equal(password_verify(&room.arena, hash, "plum river lantern 43", &same), OK);
    assert_false(same);
    assert_int_equal(password_verify(&room.arena, NULL, right, &same), OK);
    assert_false(same);
    assert_int_equal(password_verify(&room.arena, "", "", &same), OK);
    assert_false(same);
    assert_int_equal(password_verify(&room.arena, "rubbish", right, &same), OK);
    assert_false(same);
}

static void refuses_weak_passwords(void **state)
{
    const char *weak[] = { "", "short", "123456789", "1234567890", "9876543210", "aaaaaaaaaaaa",
        "password123!", "P@ssw0rd2024", "qwertyuiop1", "Philadelphia1", "abababababab",
        "ada.clerk99x", "xxClerkxx-72" };
    for (size_t i = 0; i < ARRAY_LEN(weak); i++) {
        if (!password_weak(weak[i], "Ada Clerk", "ada.clerk@example.org")) {
            fail_msg("'%s' was taken", weak[i]);
        }
    }
    assert_null(password_weak(right, "Ada Clerk", "ada.clerk@example.org"));
    assert_null(password_weak("Straße und Brücke", NULL, NULL));
    char *huge = arena_alloc(&room.arena, 300);
    memset(huge, 'x', 299);
    assert_non_null(password_weak(huge, NULL, NULL));
}

static void *hash_once(void *context)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    const char *hash;
    *(enum err *)context = password_hash(&a, "lantern plum river", &hash);
    arena_release(&a);
    return NULL;
}

static void many_at_once_pass_the_gate_in_turn(void **state)
{
    pthread_t threads[12];
    enum err results[12];
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hash_once, &results[i]), 0);
    }
    for (size_t i = 0; i < 12; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(results[i], OK);
    }
}

// ---- signing in --------------------------------------------------------------------------------

static void signs_in_and_out(void **state)
{
    fresh_person();
    struct browser b = { 0 };
    browser_look(&b);
    assert_int_equal(room.ctx.viewer.person, 0);
    assert_int_equal(room.ctx.audience, AUDIENCE_PUBLIC);
    assert_int_equal(sign_in(&b, room_fmt("  %s ", email), right), OK);
    browser_look(&b);
    assert_int_equal(room.ctx.viewer.person, person);
    assert_string_equal(room.ctx.viewer.name, "Ada Clerk");
    assert_int_equal(room.ctx.viewer.roles, ROLE_PUBLIC | ROLE_STAFF);
    assert_int_equal(room.ctx.viewer.n_grants, 1);
    assert_int_equal(room.ctx.audience, AUDIENCE_OFFICE);
    assert_int_equal(strlen(room.ctx.viewer.csrf), 43);
    struct browser stolen = b;
    browser_begin(&b, METHOD_POST);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    session_sign_out(&room.ctx, &b.q, &b.r);
    browser_end(&b);
    assert_int_equal(room.ctx.viewer.person, 0);
    assert_int_equal(b.n_cookies, 0);
    browser_look(&stolen); // the cookie's copy is worth nothing now
    assert_int_equal(room.ctx.viewer.person, 0);
}

static void the_cookie_is_kept_from_others(void **state)
{
    fresh_person();
    struct browser b = { 0 };
    browser_begin(&b, METHOD_POST);
    b.q.secure = true;
    assert_int_equal(session_sign_in(&room.ctx, &b.q, &b.r, email, right), OK);
    const char *cookie = NULL;
    for (size_t i = 0; i < b.r.n_headers; i++) {
        cookie = str_starts(b.r.headers[i].value, "__Host-ph=") ? b.r.headers[i].value : cookie;
    }
    assert_non_null(cookie);
    assert_non_null(strstr(cookie, "; Secure"));
    assert_non_null(strstr(cookie, "; HttpOnly"));
    assert_non_null(strstr(cookie, "; Path=/;"));
    assert_null(strstr(cookie, "Domain"));
}

static void one_message_for_unknown_and_wrong(void **state)
{
    fresh_person();
    struct browser b = { .address = "192.0.2.30" };
    assert_int_equal(sign_in(&b, email, "plum river lantern"), ERR_DENIED);
    const char *wrong = room.arena.detail;
    assert_int_equal(sign_in(&b, "nobody@example.org", right), ERR_DENIED);
    assert_string_equal(wrong, room.arena.detail);
    assert_int_equal(sign_in(&b, "", ""), ERR_DENIED);
    assert_string_equal(wrong, room.arena.detail);
    assert_int_equal(b.n_cookies, 0);
}

static void unknown_takes_as_long_as_wrong(void **state)
{
    fresh_person();
    struct browser b = { .address = "192.0.2.31" };
    int64_t best[2] = { INT64_MAX, INT64_MAX };
    for (int i = 0; i < 6; i++) {
        int64_t start = clock_ns();
        assert_int_equal(
            sign_in(&b, i % 2 ? "nobody2@example.org" : email, "wrong wrong"), ERR_DENIED);
        int64_t took = clock_ns() - start;
        best[i % 2] = took < best[i % 2] ? took : best[i % 2];
    }
    // Without the dummy hash one would take a hundredth of the other.
    assert_true(best[0] < best[1] * 3 && best[1] < best[0] * 3);
}

static void a_new_session_ends_the_old_one(void **state)
{
    fresh_person();
    struct browser b = { 0 };
    assert_int_equal(sign_in(&b, email, right), OK);
    struct browser before = b;
    assert_int_equal(sign_in(&b, email, right), OK);
    assert_string_not_equal(before.cookies[0].value, b.cookies[0].value);
    browser_look(&before);
    assert_int_equal(room.ctx.viewer.person, 0);
    browser_look(&b);
    assert_int_equal(room.ctx.viewer.person, person);
}

static void sessions_end_by_themselves(void **state)
{
    fresh_person();
    struct browser b = { 0 };
    assert_int_equal(sign_in(&b, email, right), OK);
    browser_begin(&b, METHOD_GET);
    later(11LL * CLOCK_HOUR);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, person);
    // That use was noted; without writing it down, two hours later the session is idle.
    browser_begin(&b, METHOD_GET);
    later(13LL * CLOCK_HOUR);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, 0);
    assert_int_equal(session_flush_seen(room.office, room.db, &room.arena), OK);
    browser_begin(&b, METHOD_GET);
    later(13LL * CLOCK_HOUR);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, person);
    browser_begin(&b, METHOD_GET);
    later(15LL * CLOCK_DAY);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, 0);
}

static void bad_tokens_are_nobody(void **state)
{
    char *huge = arena_alloc(&room.arena, 70000);
    memset(huge, 'a', 69999);
    const char *bad[] = { "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "' OR 1=1 --",
        huge, "\xff\xfe" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct browser b = { .cookies = { { "ph", bad[i] } }, .n_cookies = 1 };
        browser_look(&b);
        assert_int_equal(room.ctx.viewer.person, 0);
        struct browser api = { 0 };
        browser_begin(&api, METHOD_GET);
        browser_header(&api, "Authorization", room_fmt("Bearer %s", bad[i]));
        assert_int_equal(session_load(&room.ctx, &api.q), OK);
        assert_int_equal(room.ctx.viewer.person, 0);
    }
}

// ---- throttling --------------------------------------------------------------------------------

static void guessing_is_slowed(void **state)
{
    fresh_person();
    struct browser b = { .address = "198.51.100.1" };
    enum err e = OK;
    int tries = 0;
    while (tries < 30 && (e = sign_in(&b, email, "wrong password")) == ERR_DENIED) {
        tries++;
    }
    assert_int_equal(e, ERR_TOO_MANY);
    assert_int_equal(tries, 10);
    assert_int_equal(sign_in(&b, email, right), ERR_TOO_MANY);
    // The same guesser behind another address of one network of IPv6 is the same guesser.
    struct browser six = { .address = "2001:db8::1" };
    for (tries = 0; tries < 10; tries++) {
        six.address = room_fmt("2001:db8::%x", tries + 1);
        assert_int_equal(sign_in(&six, email, "wrong password"), ERR_DENIED);
    }
    assert_int_equal(sign_in(&six, email, "wrong password"), ERR_TOO_MANY);
}

static void nobody_locks_another_out(void **state)
{
    fresh_person();
    struct browser home = { .address = "203.0.113.7" };
    assert_int_equal(sign_in(&home, email, right), OK);
    // Many strangers at many addresses try that name until each is slowed.
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    struct throttle_key name =
        throttle_key(&room.ctx, "sign-in-name", (const char *const[]){ email, NULL });
    int64_t n;
    assert_int_equal(throttle_add(&room.ctx, &name, 15LL * CLOCK_MINUTE, 100000, &n), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    struct browser stranger = { .address = "198.51.100.2" };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sign_in(&stranger, email, "wrong password"), ERR_DENIED);
    }
    assert_int_equal(sign_in(&stranger, email, "wrong password"), ERR_TOO_MANY);
    // At home nothing is felt of it, and from a new place the right password works, too.
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sign_in(&home, email, "a slip of the hand"), ERR_DENIED);
    }
    assert_int_equal(sign_in(&home, email, right), OK);
    struct browser travelling = { .address = "203.0.113.200" };
    assert_int_equal(sign_in(&travelling, email, right), OK);
}

static void one_address_cannot_try_all_names(void **state)
{
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    struct throttle_key address =
        throttle_key(&room.ctx, "sign-in-address", (const char *const[]){ "198.51.100.3", NULL });
    int64_t n;
    assert_int_equal(throttle_add(&room.ctx, &address, 15LL * CLOCK_MINUTE, 60, &n), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    struct browser b = { .address = "198.51.100.3" };
    assert_int_equal(sign_in(&b, "someone.else@example.org", "wrong password"), ERR_TOO_MANY);
}

static void success_is_not_counted(void **state)
{
    fresh_person();
    struct browser b = { .address = "203.0.113.8" };
    for (int i = 0; i < 25; i++) {
        if (sign_in(&b, email, right) != OK) {
            fail_msg("the %dth right password was refused: %s", i + 1, room.arena.detail);
        }
    }
}

static void takes_are_counted(void **state)
{
    room_as_system();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(throttle_take(&room.ctx, "question", "192.0.2.9", CLOCK_HOUR, 3), OK);
    }
    assert_int_equal(
        throttle_take(&room.ctx, "question", "192.0.2.9", CLOCK_HOUR, 3), ERR_TOO_MANY);
    assert_int_equal(throttle_take(&room.ctx, "question", "192.0.2.10", CLOCK_HOUR, 3), OK);
    later(CLOCK_HOUR);
    assert_int_equal(throttle_take(&room.ctx, "question", "192.0.2.9", CLOCK_HOUR, 3), OK);
}

// ---- links -------------------------------------------------------------------------------------

static const char *new_link(int64_t ends_in)
{
    const char *token;
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(
        session_new_link(&room.ctx, person, "/calls", room.ctx.now + ends_in, &token), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    return token;
}

static enum err follow(struct browser *b, const char *token, const char **ret_path)
{
    browser_begin(b, METHOD_POST);
    enum err e = session_sign_in_link(&room.ctx, &b->q, &b->r, token, ret_path);
    browser_end(b);
    return e;
}

static void a_link_works_once(void **state)
{
    fresh_person();
    const char *token = new_link(CLOCK_DAY), *path = NULL;
    int64_t whose = 0;
    struct browser scanner = { 0 }, b = { 0 }, thief = { 0 };
    for (int i = 0; i < 3; i++) {
        browser_look(&scanner); // looking doesn't use it up
        assert_int_equal(session_find_link(&room.ctx, token, &whose, &path), OK);
        assert_int_equal(whose, person);
    }
    assert_int_equal(follow(&b, token, &path), OK);
    assert_string_equal(path, "/calls");
    browser_look(&b);
    assert_int_equal(room.ctx.viewer.person, person);
    assert_int_equal(session_find_link(&room.ctx, token, &whose, &path), OK);
    assert_int_equal(follow(&thief, token, &path), ERR_NOT_FOUND);
    browser_look(&thief);
    assert_int_equal(room.ctx.viewer.person, 0);
    assert_int_equal(session_find_link(&room.ctx, token, &whose, &path), ERR_NOT_FOUND);
    browser_begin(&b, METHOD_GET);
    later(13LL * CLOCK_HOUR);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, 0);
}

static void a_link_ends(void **state)
{
    fresh_person();
    const char *token = new_link(-1), *path = NULL;
    struct browser b = { 0 };
    assert_int_equal(follow(&b, token, &path), ERR_NOT_FOUND);
    assert_int_equal(follow(&b, "", &path), ERR_NOT_FOUND);
    assert_int_equal(follow(&b, "../../etc/passwd", &path), ERR_NOT_FOUND);
    assert_int_equal(b.n_cookies, 0);
}

// ---- own sessions, tokens ----------------------------------------------------------------------

static void sessions_are_listed_and_ended(void **state)
{
    fresh_person();
    struct browser desk = { 0 }, phone = { 0 };
    assert_int_equal(sign_in(&desk, email, right), OK);
    browser_begin(&phone, METHOD_POST);
    browser_header(&phone, "User-Agent",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit Version/17 Safari/604");
    assert_int_equal(session_sign_in(&room.ctx, &phone.q, &phone.r, email, right), OK);
    browser_end(&phone);
    browser_look(&desk);
    struct value list;
    assert_int_equal(session_list(&room.ctx, person, &list), OK);
    assert_int_equal(value_len(&list), 2);
    int64_t other = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct value *s = value_at(&list, i);
        if (!value_get_int(s, "is_here", 0)) {
            other = value_get_int(s, "id", 0);
            assert_string_equal(value_get_text(s, "label", ""), "Safari, iPhone");
        }
    }
    assert_true(other != 0);
    assert_int_equal(session_end(&room.ctx, room.people[2], other), ERR_NOT_FOUND); // not theirs
    assert_int_equal(session_end(&room.ctx, person, other), OK);
    browser_look(&phone);
    assert_int_equal(room.ctx.viewer.person, 0);
    browser_look(&desk);
    assert_int_equal(room.ctx.viewer.person, person);
}

static void tokens_open_the_api_and_nothing_else(void **state)
{
    fresh_person();
    const char *token;
    room_as_system();
    assert_int_equal(session_new_token(&room.ctx, person, "nightly export", &token), OK);
    struct browser b = { 0 };
    browser_begin(&b, METHOD_POST);
    browser_header(&b, "Authorization", room_fmt("Bearer %s", token));
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, person);
    assert_int_equal(room.ctx.viewer.session, 0);
    assert_string_equal(room.ctx.via, "api");
    assert_int_equal(session_check_csrf(&room.ctx, &b.q), OK);
    struct browser cookie = { .cookies = { { "ph", token } }, .n_cookies = 1 };
    browser_look(&cookie);
    assert_int_equal(room.ctx.viewer.person, 0);
    struct browser signed_in = { 0 };
    assert_int_equal(sign_in(&signed_in, email, right), OK);
    browser_begin(&b, METHOD_GET);
    browser_header(&b, "Authorization", room_fmt("Bearer %s", signed_in.cookies[0].value));
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    assert_int_equal(room.ctx.viewer.person, 0);
}

// ---- forged requests ---------------------------------------------------------------------------

static enum err post(struct browser *b, const char *csrf, const char *header, const char *value)
{
    browser_begin(b, METHOD_POST);
    if (csrf) {
        browser_field(b, "csrf", csrf);
    }
    if (header) {
        browser_header(b, header, value);
    }
    assert_int_equal(session_load(&room.ctx, &b->q), OK);
    return session_check_csrf(&room.ctx, &b->q);
}

static void forged_posts_are_refused(void **state)
{
    fresh_person();
    struct browser b = { 0 };
    assert_int_equal(sign_in(&b, email, right), OK);
    browser_look(&b);
    const char *csrf = room.ctx.viewer.csrf;
    assert_int_equal(post(&b, csrf, NULL, NULL), OK);
    assert_int_equal(post(&b, NULL, "X-CSRF-Token", csrf), OK);
    assert_int_equal(post(&b, csrf, "Origin", "http://test.example"), OK);
    assert_int_equal(post(&b, csrf, "Sec-Fetch-Site", "same-origin"), OK);
    assert_int_equal(post(&b, NULL, NULL, NULL), ERR_DENIED);
    assert_int_equal(post(&b, "", NULL, NULL), ERR_DENIED);
    assert_int_equal(post(&b, "wrong", NULL, NULL), ERR_DENIED);
    assert_int_equal(post(&b, csrf, "Origin", "http://evil.example"), ERR_DENIED);
    assert_int_equal(post(&b, csrf, "Origin", "http://test.example.evil.example"), ERR_DENIED);
    assert_int_equal(post(&b, csrf, "Origin", "null"), ERR_DENIED);
    assert_int_equal(post(&b, csrf, "Sec-Fetch-Site", "cross-site"), ERR_DENIED);
    assert_int_equal(post(&b, csrf, "Sec-Fetch-Site", "same-site"), ERR_DENIED);
}

static void anonymous_forms_have_a_token(void **state)
{
    struct browser b = { 0 }, other = { 0 };
    browser_look(&b);
    const char *csrf = session_anonymous_csrf(&room.ctx, &b.q, &b.r);
    browser_end(&b);
    assert_int_equal(b.n_cookies, 1);
    assert_int_equal(post(&b, csrf, NULL, NULL), OK);
    assert_int_equal(post(&other, csrf, NULL, NULL), ERR_DENIED);
    browser_look(&other);
    const char *others = session_anonymous_csrf(&room.ctx, &other.q, &other.r);
    browser_end(&other);
    assert_string_not_equal(csrf, others);
    assert_int_equal(post(&b, others, NULL, NULL), ERR_DENIED);
    browser_look(&b); // a second page keeps the first one's form alive
    assert_string_equal(session_anonymous_csrf(&room.ctx, &b.q, &b.r), csrf);
    assert_int_equal(b.r.n_headers, 0);
}

// ---- cost --------------------------------------------------------------------------------------

static void loading_is_cheap(void **state)
{
    fresh_person();
    struct browser b = { 0 };
    assert_int_equal(sign_in(&b, email, right), OK);
    struct store_stats before, after;
    browser_begin(&b, METHOD_GET);
    store_stats(room.office->store, &before);
    assert_int_equal(session_load(&room.ctx, &b.q), OK);
    store_stats(room.office->store, &after);
    assert_int_equal(after.reads - before.reads, 1);
    assert_int_equal(after.transactions, before.transactions);
    int64_t start = clock_ns();
    enum { TIMES = 2000 };
    for (int i = 0; i < TIMES; i++) {
        assert_int_equal(session_load(&room.ctx, &b.q), OK);
    }
    print_message("# session_load: %lld ns\n", (long long)((clock_ns() - start) / TIMES));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_and_verifies),
        cmocka_unit_test(refuses_weak_passwords),
        cmocka_unit_test(many_at_once_pass_the_gate_in_turn),
        cmocka_unit_test(signs_in_and_out),
        cmocka_unit_test(the_cookie_is_kept_from_others),
        cmocka_unit_test(one_message_for_unknown_and_wrong),
        cmocka_unit_test(unknown_takes_as_long_as_wrong),
        cmocka_unit_test(a_new_session_ends_the_old_one),
        cmocka_unit_test(sessions_end_by_themselves),
        cmocka_unit_test(bad_tokens_are_nobody),
        cmocka_unit_test(guessing_is_slowed),
        cmocka_unit_test(nobody_locks_another_out),
        cmocka_unit_test(one_address_cannot_try_all_names),
        cmocka_unit_test(success_is_not_counted),
        cmocka_unit_test(takes_are_counted),
        cmocka_unit_test(a_link_works_once),
        cmocka_unit_test(a_link_ends),
        cmocka_unit_test(sessions_are_listed_and_ended),
        cmocka_unit_test(tokens_open_the_api_and_nothing_else),
        cmocka_unit_test(forged_posts_are_refused),
        cmocka_unit_test(anonymous_forms_have_a_token),
        cmocka_unit_test(loading_is_cheap),
    };
    static const struct room *const none[] = { NULL };
    room_rooms = none;
    return ROOM_TESTS(tests);
}
