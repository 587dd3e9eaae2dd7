// SPDX-License-Identifier: Apache-2.0
// Forms: application/x-www-form-urlencoded (URL Standard §5.1) and multipart/form-data (RFC 7578),
// over a whole body, in linear time. Names and values are well-formed UTF-8 without NUL, whatever
// was sent.
#pragma once

#include "web.h"

enum { FORM_MAX_FIELDS = 2000 };

struct form {
    struct web_field *fields;
    size_t n_fields;
    struct web_file *files;
    size_t n_files;
};

// ERR_INVALID (escape, UTF-8, NUL) or ERR_TOO_LARGE (more than FORM_MAX_FIELDS), with words in A.
CHECKED enum err form_urlencoded(
    struct arena *a, const char *text, size_t len, struct form *ret_form);
// BODY is borrowed: files point into it. An input left empty (no name, no bytes) is no file.
CHECKED enum err form_multipart(
    struct arena *a, const char *content_type, const void *body, size_t len, struct form *ret_form);
// A file's name as it may be shown and stored: without folders and control characters, at most 200
// bytes, never empty.
const char *form_file_name(struct arena *a, const char *name);
