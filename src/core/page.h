// SPDX-License-Identifier: Apache-2.0
// Pages: a query and a template. A page's builder fills a value; the template or the JSON writer
// shows it.
//
// Every kind has a list (<path>) and a page for each record (<path>/<id>) without any code; a room
// declares its own only where it has more to show, under the same pattern.
#pragma once

#include "ctx.h"
#include "web.h"

enum page_flag {
    PAGE_PUBLIC =
        1, // the same for everybody who isn't signed in: cached by (path, language, public version)
    PAGE_SLOW = 2,    // on the slow lane
    PAGE_BARE = 4,    // the builder writes the response itself (CSV, feeds, tiles); no template
    PAGE_POST = 8,    // also posted to, for what is no command (signing in): the builder looks at
                      // q->method; a redirect ends it, anything else shows the template again
    PAGE_UPLOAD = 16, // what is posted may be as long as an upload, and is on the slow lane
};

struct page {
    const char *pattern;  // "/calls/{id}"
    const char *template; // "calls/call.html"; NULL with PAGE_BARE
    uint32_t who;
    // Fills DATA, an object. ERR_NOT_FOUND and the like make the error page.
    enum err (*build)(struct ctx *c, struct request *q, struct value *data, struct response *r);
    // The public JSON, an interface of its own: its version, then the paths into the data that it
    // has, as "1 call.title call.closes_at questions[].text". NULL: none. At <path>.json.
    const char *json;
    unsigned flags;
    const char *nav; // its place in the main navigation: a message key; NULL: none
    // For an interface of its own, beside the commands: its path item in the OpenAPI document, as
    // JSON that follows the specification. NULL: it isn't in the document.
    const char *openapi;
};

// The record's row within the viewer's scope, ERR_NOT_FOUND otherwise. {id} is read from the route.
CHECKED enum err page_record(
    struct ctx *c, struct request *q, const char *kind, struct value *ret_row);
// What every record page shows: sets `record` {title, href, state, badge, made_up, source, facts,
// trail, actions, history, rev} in DATA for ROW. FACTS names the columns to show, in order; NULL:
// all fields that the viewer may see.
CHECKED enum err page_show_record(struct ctx *c, const char *kind, const struct value *row,
    const char *facts, struct value *data);
// Sets page.title; the text is not translated.
void page_title(struct ctx *c, struct value *data, const char *title);
// A table of ROWS for the table component (shapes: office/look/README.md). COLUMNS as "title:Call
// state closes_at:Closes"; each row links to its record of KIND when it has an id.
struct value page_table(struct ctx *c, const char *kind, const char *caption, const char *columns,
    const struct value *rows);
// An address of this site: "/calls/" + id.
const char *page_href(struct ctx *c, const char *kind, int64_t id);
// PATH ("/pilots?state=running") in the language that the reader's addresses carry: "/es/pilots?…".
const char *page_path(struct ctx *c, const char *path);
// A list component for a kind with its search, filter, sort and key-paging, from the query string
// of Q.
CHECKED enum err page_list(
    struct ctx *c, struct request *q, const char *kind, struct value *ret_table);
