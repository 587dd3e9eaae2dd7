// SPDX-License-Identifier: Apache-2.0
#include "compress.h"

#include "str.h"

#include <brotli/encode.h>
#include <zlib.h>

bool compress_type(const char *type)
{
    return str_starts(type, "text/") || str_starts(type, "application/json") ||
           str_starts(type, "application/problem+json") ||
           str_starts(type, "application/ld+json") || str_starts(type, "application/geo+json") ||
           str_starts(type, "application/xml") || str_starts(type, "application/atom+xml") ||
           str_starts(type, "image/svg+xml") || str_starts(type, "application/javascript");
}

static bool gzip_into(char *out, size_t *out_len, int level, const void *data, size_t len)
{
    z_stream z = { 0 };
    if (len > UINT32_MAX || deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY)) {
        return false;
    }
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)*out_len;
    bool whole = deflate(&z, Z_FINISH) == Z_STREAM_END;
    *out_len = z.total_out;
    deflateEnd(&z);
    return whole;
}

char *compress_body(
    enum encoding e, enum effort effort, const void *data, size_t len, size_t *ret_len)
{
    size_t out_len = len;
    char *out = malloc(len + 1);
    bool smaller = false;
    if (out && e == ENCODING_GZIP) {
        smaller = gzip_into(out, &out_len, effort == EFFORT_CACHED ? 9 : 1, data, len);
    } else if (out && e == ENCODING_BROTLI) {
        smaller = BrotliEncoderCompress(effort == EFFORT_CACHED ? 6 : 2, BROTLI_DEFAULT_WINDOW,
                      BROTLI_MODE_TEXT, len, data, &out_len, (uint8_t *)out) == BROTLI_TRUE;
    }
    if (!smaller || out_len >= len) {
        free(out);
        return NULL;
    }
    char *fitted = realloc(out, out_len);
    *ret_len = out_len;
    // realloc() freed OUT or, when it failed, kept it.
    return fitted ? fitted : out; // cppcheck-suppress memleak
}
