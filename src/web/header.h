// SPDX-License-Identifier: Apache-2.0
// What stands in header values. Pure functions over NUL-terminated text; a NULL header is a missing
// one.
#pragma once

#include "arena.h"

enum encoding { ENCODING_PLAIN, ENCODING_GZIP, ENCODING_BROTLI, ENCODINGS };

// The best coding that the client takes (RFC 9110 §12.5.3): by q-value, brotli before gzip before
// plain where equal. Plain when nothing fits, as the RFC allows.
enum encoding header_encoding(const char *accept_encoding);
const char *encoding_name(enum encoding e); // NULL for plain
// Whether an If-None-Match list holds the tag, by weak comparison; "*" holds any.
bool header_etag_matches(const char *if_none_match, const char *etag);
// Whether Accept puts application/json (or a +json type) before text/html.
bool header_prefers_json(const char *accept);
// The first cookie of that name; its value is within COOKIES, without quotes.
bool header_cookie(const char *cookies, const char *name, const char **ret_value, size_t *ret_len);
// "multipart/form-data" of "Multipart/Form-Data; boundary=x"; "" when there is none.
const char *header_media_type(struct arena *a, const char *content_type);
// A parameter of a media type or a disposition, unquoted; NULL when it is missing or malformed.
const char *header_param(struct arena *a, const char *value, const char *name);
// host[:port] with a name of letters, digits, '.', '-', '_' or an address; no user, no path.
bool header_host_valid(const char *host);
// The last address of an X-Forwarded-For list: the one that the proxy itself saw. RET_ADDRESS has
// room for 46 bytes; false when it isn't an address.
bool header_forwarded_for(const char *value, char *ret_address);
// Digits only and below 2^62.
bool header_content_length(const char *value, int64_t *ret_len);
// RFC 9110 tokens; values of visible characters, space, tab and bytes beyond ASCII.
bool header_name_valid(const char *name, size_t len);
bool header_value_valid(const char *value, size_t len);
