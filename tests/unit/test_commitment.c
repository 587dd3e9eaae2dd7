// SPDX-License-Identifier: Apache-2.0
#include "commitment.h"
#include "str.h"
#include "check.h"

static void is_the_hash_of_salt_and_act(void **state)
{
    // sha256sum of 32 bytes 0x00 … 0x1f and "act", by coreutils.
    unsigned char salt[COMMITMENT_SALT_BYTES], hash[COMMITMENT_BYTES], known[COMMITMENT_BYTES];
    for (int i = 0; i < COMMITMENT_SALT_BYTES; i++) {
        salt[i] = (unsigned char)i;
    }
    commitment_compute(salt, "act", 3, hash);
    assert_true(str_unhex(
        "9616a7bdd050b6549c46b2f3900453e20bc9ca2226ebd83ec02ce2d10b192600", known, sizeof(known)));
    assert_memory_equal(hash, known, sizeof(hash));
}

static void shows_its_act_and_no_other(void **state)
{
    static const char act[] = "pilothouse.act.1\0start\0pilot\0"
                              "7";
    unsigned char salt[COMMITMENT_SALT_BYTES], hash[COMMITMENT_BYTES];
    commitment_new(act, sizeof(act), salt, hash);
    assert_true(commitment_matches(hash, salt, act, sizeof(act)));
    assert_false(commitment_matches(hash, salt, act, sizeof(act) - 1));
    assert_false(commitment_matches(hash, salt, "", 0));
    char other[sizeof(act)];
    memcpy(other, act, sizeof(act));
    for (size_t bit = 0; bit < 8 * sizeof(act); bit++) {
        other[bit / 8] = (char)(other[bit / 8] ^ 1 << bit % 8);
        assert_false(commitment_matches(hash, salt, other, sizeof(other)));
        other[bit / 8] = (char)(other[bit / 8] ^ 1 << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof(salt); bit++) {
        unsigned char mask = (unsigned char)(1 << bit % 8);
        salt[bit / 8] ^= mask;
        assert_false(commitment_matches(hash, salt, act, sizeof(act)));
        salt[bit / 8] ^= mask;
        hash[bit / 8] ^= mask;
        assert_false(commitment_matches(hash, salt, act, sizeof(act)));
        hash[bit / 8] ^= mask;
    }
}

static void equal_acts_look_different(void **state)
{
    unsigned char salt[2][COMMITMENT_SALT_BYTES], hash[2][COMMITMENT_BYTES];
    commitment_new("", 0, salt[0], hash[0]);
    commitment_new("", 0, salt[1], hash[1]);
    assert_memory_not_equal(salt[0], salt[1], COMMITMENT_SALT_BYTES);
    assert_memory_not_equal(hash[0], hash[1], COMMITMENT_BYTES);
    assert_true(commitment_matches(hash[0], salt[0], "", 0));
    assert_false(commitment_matches(hash[0], salt[1], "", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_hash_of_salt_and_act),
        cmocka_unit_test(shows_its_act_and_no_other),
        cmocka_unit_test(equal_acts_look_different),
    };
    return RUN_TESTS(tests);
}
