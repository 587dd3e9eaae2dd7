// SPDX-License-Identifier: Apache-2.0
// Looking records up by kind and id, within what the viewer may see.
#pragma once

#include "kind.h"

// Titles of other records that an act has read. While a context has them, they are not asked for
// again: so only while nothing is changed that they tell of, and nobody else looks.
enum { MAX_REF_TITLES = 8 };
struct ref_titles {
    struct {
        const char *kind, *title;
        int64_t id;
    } at[MAX_REF_TITLES];
    size_t n;
};
void ref_note(struct ctx *c, const char *kind, int64_t id, const char *title);

// The column that names a record of that kind.
const char *ref_title_column(const struct ctx *c, const char *kind);
// "SELECT … FROM <kind> t WHERE t.city = :city AND @scope(<kind> t)" and then MORE.
const char *ref_sql(struct ctx *c, const char *kind, const char *columns, const char *more);
// The title of a record that the viewer may see; NULL when there is none.
CHECKED enum err ref_find(struct ctx *c, const char *kind, int64_t id, const char **ret_title);
// The same for pages: NULL also when the store can't be asked.
const char *ref_title(struct ctx *c, const char *kind, int64_t id);
// The kind that a field's value leads to; NULL when it leads to none.
const char *ref_kind(const struct field *f);
