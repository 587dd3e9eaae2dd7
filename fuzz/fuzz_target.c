// SPDX-License-Identifier: Apache-2.0
// Any bytes as a request target and as every header value that is read.
#include "header.h"
#include "str.h"
#include "target.h"

static void try_target(const char *raw, size_t len)
{
    char path[PATH_MAX_LEN + 1];
    size_t path_len;
    const char *query;
    if (target_parse(raw, len, path, &path_len, &query) != OK) {
        return;
    }
    if (path_len > PATH_MAX_LEN || strlen(path) != path_len || path[0] != '/' ||
        !str_utf8(path, path_len) || strstr(path, "//") || strstr(path, "/../") ||
        strstr(path, "/./") || strchr(path, '\\') || str_ends(path, "/..") ||
        (query && (query <= raw || query > raw + len))) {
        abort();
    }
}

static void try_headers(struct arena *a, const char *text)
{
    const char *value;
    size_t len;
    char address[46];
    int64_t n;
    if ((unsigned)header_encoding(text) >= ENCODINGS) {
        abort();
    }
    if (header_cookie(text, "a", &value, &len) &&
        (value < text || value + len > text + strlen(text))) {
        abort();
    }
    if (header_content_length(text, &n) && n < 0) {
        abort();
    }
    (void)header_etag_matches(text, "\"abc\"");
    (void)header_prefers_json(text);
    (void)header_media_type(a, text);
    (void)header_param(a, text, "boundary");
    (void)header_host_valid(text);
    (void)header_forwarded_for(text, address);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    try_target(text, size);
    try_headers(&a, text);
    free(text);
    arena_release(&a);
    return 0;
}
