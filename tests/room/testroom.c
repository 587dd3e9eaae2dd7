// SPDX-License-Identifier: Apache-2.0
#include "testroom.h"

static const struct kind *const kinds[] = { &test_note, NULL };

static enum err front(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value rows;
    TRY(db_rows_sql(c->db, c->arena,
        "SELECT t.id, t.title, t.state, t.remark FROM note t "
        "WHERE t.city = :city AND @scope(note t) ORDER BY t.id DESC LIMIT 5",
        NO_ARGS, &rows));
    page_title(c, data, ctx_text(c, "What is new", NULL));
    value_set(c->arena, data, "notes", rows);
    value_set(c->arena, data, "table", page_table(c, "note", "Newest", "title:Note state", &rows));
    return OK;
}

static const struct page pages[] = {
    { "/", "look/page-list.html", ROLES_ANYONE, front, "1 notes[].id notes[].title", PAGE_PUBLIC,
        "Home" },
    { "/inside", "look/page-list.html", ROLES_INSIDE, front, NULL, 0, "Inside" },
    { NULL, NULL, 0, NULL, NULL, 0, NULL },
};

const struct room test_room = { .name = "test", .kinds = kinds, .pages = pages };
const struct room *const test_rooms[] = { &test_room, NULL };
