// SPDX-License-Identifier: Apache-2.0
#include "id.h"

#include "clock.h"

#include <pthread.h>
#include <sodium.h>

enum { RANDOM_BITS = 22, ROUNDS = 4, WRITTEN_LOG = 8, TEXT_LEN = ID_TEXT_SIZE - 1 };

static const int64_t epoch_ms = 1577836800000; // 2020-01-01T00:00:00Z

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t last;

int64_t id_new(void)
{
    int64_t id = id_floor(clock_now()) | (int64_t)(randombytes_random() >> (32 - RANDOM_BITS));
    pthread_mutex_lock(&lock);
    if (id <= last) {
        id = last + 1; // same millisecond, or the clock was set back
    }
    last = id;
    pthread_mutex_unlock(&lock);
    return id;
}

int64_t id_made_at(int64_t id)
{
    return (id >> RANDOM_BITS) + epoch_ms;
}

int64_t id_floor(int64_t ms)
{
    int64_t since = ms < epoch_ms ? 0 : ms - epoch_ms;
    return since << RANDOM_BITS;
}

static uint32_t round_hash(const struct id_key *key, unsigned char turn, uint32_t half)
{
    unsigned char in[5] = { turn, (unsigned char)(half >> 24), (unsigned char)(half >> 16),
        (unsigned char)(half >> 8), (unsigned char)half };
    unsigned char out[crypto_shorthash_BYTES];
    crypto_shorthash(out, in, sizeof(in), key->bytes);
    return (uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16 |
           (uint32_t)out[3] << 24;
}

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void permute(const struct id_key *key, int64_t id, char ret_text[ID_TEXT_SIZE])
{
    uint32_t left = (uint32_t)((uint64_t)id >> 32), right = (uint32_t)id;
    for (int i = 0; i < ROUNDS; i++) {
        uint32_t next = left ^ round_hash(key, (unsigned char)i, right);
        left = right;
        right = next;
    }
    uint64_t v = (uint64_t)left << 32 | right;
    for (int i = TEXT_LEN - 1; i >= 0; i--) {
        ret_text[i] = alphabet[v & 31];
        v >>= 5;
    }
    ret_text[TEXT_LEN] = '\0';
}

// Pages show the same records again and again, and four rounds of SipHash cost as much as the rest
// of a row: each thread keeps the ids that it wrote last.
void id_write(const struct id_key *key, int64_t id, char ret_text[ID_TEXT_SIZE])
{
    static _Thread_local struct {
        struct id_key key;
        int64_t id;
        char text[ID_TEXT_SIZE]; // "": nothing yet
    } written[1 << WRITTEN_LOG];
    size_t at = (uint64_t)id * 0x9E3779B97F4A7C15 >> (64 - WRITTEN_LOG);
    if (written[at].id != id || !written[at].text[0] ||
        memcmp(&written[at].key, key, sizeof(*key)) != 0) {
        permute(key, id, written[at].text);
        written[at].id = id;
        written[at].key = *key;
    }
    memcpy(ret_text, written[at].text, ID_TEXT_SIZE);
}

char *id_text(struct arena *a, const struct id_key *key, int64_t id)
{
    char text[ID_TEXT_SIZE];
    id_write(key, id, text);
    return arena_strndup(a, text, TEXT_LEN);
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z') {
        c = (char)(c + 32);
    }
    if (c == 'o') {
        return 0;
    }
    if (c == 'i' || c == 'l') {
        return 1;
    }
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool id_parse(const struct id_key *key, const char *text, int64_t *ret_id)
{
    if (strnlen(text, TEXT_LEN + 1) != TEXT_LEN || digit(text[0]) > 15) {
        return false; // 13 characters carry 65 bits; the top one is not used
    }
    uint64_t v = 0;
    for (int i = 0; i < TEXT_LEN; i++) {
        int five = digit(text[i]);
        if (five < 0) {
            return false;
        }
        v = v << 5 | (uint64_t)five;
    }
    uint32_t left = (uint32_t)(v >> 32), right = (uint32_t)v;
    for (int i = ROUNDS - 1; i >= 0; i--) {
        uint32_t before = right ^ round_hash(key, (unsigned char)i, left);
        right = left;
        left = before;
    }
    int64_t id = (int64_t)((uint64_t)left << 32 | right);
    if (id <= 0) {
        return false;
    }
    *ret_id = id;
    return true;
}
