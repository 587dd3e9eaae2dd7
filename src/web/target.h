// SPDX-License-Identifier: Apache-2.0
// The request target (RFC 9112 §3.2): only the origin form, "/path?query", in its one plain
// spelling.
//
// Refused, because proxies, filters and handlers would read them differently: absolute, authority
// and asterisk form, "//", "." and ".." segments however encoded, encoded '/' and '\', control
// characters, malformed %xx, ill-formed UTF-8 and raw bytes beyond ASCII.
#pragma once

#include "err.h"

#include <stdbool.h>
#include <stddef.h>

enum { TARGET_MAX = 8000, PATH_MAX_LEN = 1024 };

// Decodes the path into RET_PATH (PATH_MAX_LEN + 1 bytes, NUL-terminated). *RET_QUERY points into
// RAW after the '?', or is NULL. ERR_INVALID, or ERR_TOO_LARGE past either bound.
CHECKED enum err target_parse(
    const char *raw, size_t len, char *ret_path, size_t *ret_path_len, const char **ret_query);

// Decodes %xx (and '+' as space when PLUS) from TEXT to TO, which has room for LEN + 1 bytes and
// may be TEXT itself. False when an escape is malformed, or the result isn't UTF-8 without NUL.
CHECKED bool percent_decode(const char *text, size_t len, bool plus, char *to, size_t *ret_len);
