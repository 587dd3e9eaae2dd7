// SPDX-License-Identifier: Apache-2.0
#include "map.h"

#include <pthread.h>
#include <sodium.h>

struct map_entry {
    const char *key;
    size_t len;
    uint64_t hash;
    void *value;
};

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static unsigned char hash_key[crypto_shorthash_KEYBYTES];

static void make_key(void)
{
    crypto_shorthash_keygen(hash_key);
}

static uint64_t hash_of(const char *key, size_t len)
{
    uint64_t hash;
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, len, hash_key);
    return hash;
}

void map_init(struct map *m, struct arena *a)
{
    pthread_once(&key_once, make_key);
    *m = (struct map){ .arena = a };
}

static struct map_entry *slot(
    struct map_entry *entries, size_t size, const char *key, size_t len, uint64_t hash)
{
    size_t i = (size_t)hash & (size - 1);
    while (entries[i].key && (entries[i].hash != hash || entries[i].len != len ||
                                 memcmp(entries[i].key, key, len) != 0)) {
        i = (i + 1) & (size - 1);
    }
    return &entries[i];
}

void *map_get_n(const struct map *m, const char *key, size_t len)
{
    return m->size ? slot(m->entries, m->size, key, len, hash_of(key, len))->value : NULL;
}

void *map_get(const struct map *m, const char *key)
{
    return map_get_n(m, key, strlen(key));
}

static void grow(struct map *m)
{
    size_t size = m->size ? m->size * 2 : 16;
    struct map_entry *entries = arena_array(m->arena, struct map_entry, size);
    for (size_t i = 0; i < m->size; i++) {
        struct map_entry *e = &m->entries[i];
        if (e->key) {
            *slot(entries, size, e->key, e->len, e->hash) = *e;
        }
    }
    m->entries = entries;
    m->size = size;
}

void map_put(struct map *m, const char *key, void *value)
{
    if (2 * (m->count + 1) > m->size) {
        grow(m);
    }
    size_t len = strlen(key);
    uint64_t hash = hash_of(key, len);
    struct map_entry *e = slot(m->entries, m->size, key, len, hash);
    m->count += !e->key;
    *e = (struct map_entry){ key, len, hash, value };
}

bool map_next(const struct map *m, size_t *at, const char **ret_key, void **ret_value)
{
    for (; *at < m->size; (*at)++) {
        struct map_entry *e = &m->entries[*at];
        if (e->key) {
            *ret_key = e->key;
            *ret_value = e->value;
            (*at)++;
            return true;
        }
    }
    return false;
}
