// SPDX-License-Identifier: Apache-2.0
// What an uploaded file is, by its bytes: one of a short list of types that are safe to hand out as
// downloads. The name and the type that the client says decide nothing that the bytes don't bear
// out.
#pragma once

#include "arena.h"

// "application/pdf", "image/png", …; NULL when it is none of the list.
const char *sniff_type(const void *data, size_t len, const char *name);
// NAME with an ending that fits TYPE, so that a download opens as what it is.
const char *sniff_name(struct arena *a, const char *name, const char *type);
// For the accept attribute of a form.
extern const char sniff_accept[];
