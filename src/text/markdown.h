// SPDX-License-Identifier: Apache-2.0
// Prose: CommonMark by md4c, tables and strikethrough on, raw HTML off; links only to http, https, mailto,
// tel and paths of this site, images not at all; headings start at LEVEL so that a page's outline stays right.
#pragma once

#include "arena.h"
#include "buf.h"

// Linear time. TEXT is at most 256 KB (else ERR_TOO_LARGE).
CHECKED enum err markdown_html(struct arena *a, const char *text, int level, const char **ret_html);
// The words alone, for the search index and for summaries of at most MAX bytes (whole words, then "…").
char *markdown_plain(struct arena *a, const char *text, size_t max);
