// SPDX-License-Identifier: Apache-2.0
// Files that the build puts into the executable: migrations, queries, templates, catalogues,
// assets.
#pragma once

#include <stddef.h>

struct embedded {
    const char *path; // "migrations/0001_core.sql", "office/calls/queries.sql", "locale/es.json",
                      // "assets/app.….css"
    const char *data; // NUL-terminated
    size_t len;
};

extern const struct embedded embedded_files[]; // sorted by path; ends with a NULL path
