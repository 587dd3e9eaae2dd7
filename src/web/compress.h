// SPDX-License-Identifier: Apache-2.0
// gzip and brotli bodies.
#pragma once

#include "header.h"

enum { COMPRESS_MIN = 1024 }; // smaller bodies stay plain: the packet is the same

// How much time a body is worth: once for this reader, or for the many readers of a cached page.
enum effort { EFFORT_ONCE, EFFORT_CACHED };

// Whether a body of that type gains from it (text, JSON, SVG; not images or archives).
bool compress_type(const char *content_type);
// The compressed body, malloc'd for the caller to free; NULL when it would not be smaller or there
// is no memory.
char *compress_body(
    enum encoding e, enum effort effort, const void *data, size_t len, size_t *ret_len);
