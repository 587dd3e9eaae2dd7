// SPDX-License-Identifier: Apache-2.0
// A hash map from text to a pointer, in an arena; it only grows. Keys are borrowed. The hash is
// keyed per process, so that a client can't choose colliding keys.
#pragma once

#include "arena.h"

struct map {
    struct arena *arena;
    struct map_entry *entries;
    size_t count, size;
};

void map_init(struct map *m, struct arena *a);
// NULL when the key isn't there.
void *map_get(const struct map *m, const char *key);
void *map_get_n(const struct map *m, const char *key, size_t len);
// Puts or replaces.
void map_put(struct map *m, const char *key, void *value);
// Walks in no particular order: *AT starts at 0; false at the end.
bool map_next(const struct map *m, size_t *at, const char **ret_key, void **ret_value);
