// SPDX-License-Identifier: Apache-2.0
// Prose: CommonMark by md4c, tables and strikethrough on, raw HTML off; links only to http, https,
// mailto, tel and paths of this site, images not at all; headings start at LEVEL so that a page's
// outline stays right.
#pragma once

#include "arena.h"
#include "buf.h"

// TEXT is at most 256 KB, or ERR_TOO_LARGE; so too what no person writes and would take more than
// linear time: more than 32 lists and quotes opened on one line, 100 things within each other,
// 4,000 lines without an empty one, references and tables that blow up. Check a text with this
// before it is stored.
CHECKED enum err markdown_html(struct arena *a, const char *text, int level, const char **ret_html);
// The words alone, for the search index (MAX: SIZE_MAX) and for summaries of at most MAX bytes
// (whole words, then "…"). Never fails: of a text past the bounds it gives the words as they stand,
// of its first 256 KB.
char *markdown_plain(struct arena *a, const char *text, size_t max);
