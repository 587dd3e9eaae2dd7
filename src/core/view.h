// SPDX-License-Identifier: Apache-2.0
// What an audience may see of a kind: its columns, and the SQL that reads them. Made once at the
// start for every kind and audience, so that a page composes no more than its filter and its order.
//
// Generic pages never read a sealed side table, a secret, or a field that identifies an applicant;
// the public gets the title, the state and the released fields. What isn't a column of the view
// can't be shown, sorted by or filtered by, so no order or count gives it away either.
//
// Lists are paged by key: the last row's value in the order column and its id. Rows with a value
// come first, rows without one after them by a second statement, so that an index on
// (city, column, id) serves both databases whatever they think of NULL.
#pragma once

#include "room.h"

enum { VIEW_PAGE = 25, VIEW_MAX_COLUMNS = 64, VIEW_MAX_FILTERS = 8 };

struct view_choice {
    const char *value, *label; // the label is a message key
};

struct view_column {
    const char *name;
    const char *label;         // a message key
    const struct field *field; // NULL for what every kind has
    const struct view_choice *choices;
    size_t n_choices;
    const char *ref_kind;   // what a record column leads to; NULL for other columns
    const char *ref_column; // the alias under which its title is read: "r1_title"
    bool is_title, is_state, is_prose, numeric, sortable;
    bool is_listed; // list_sql reads it
};

struct view {
    const struct kind *kind;
    enum audience audience;
    bool nothing;      // this audience sees none of the kind
    const char *title; // the column that names a record
    struct view_column columns[VIEW_MAX_COLUMNS];
    size_t n_columns;
    // Indexes into columns, in the order of the list page and of its filters.
    size_t list[VIEW_MAX_COLUMNS], n_list;
    size_t filters[VIEW_MAX_FILTERS], n_filters;
    const char *list_sql, *all_sql; // SELECT … WHERE …: the list's columns, or all
    size_t list_from; // where list_sql's FROM begins: before it stands the order's column, if that
                      // isn't listed, because it is the key of the next page
};

CHECKED enum err view_new(struct arena *a, const struct registry *registry, const struct kind *kind,
    enum audience audience, const struct view **ret_view);
// NULL when the audience has no such column.
const struct view_column *view_column(const struct view *v, const char *name);
// Whether generic pages show the field to the audience. OWN: the record is the viewer's own.
bool view_shows(const struct field *f, enum audience audience, bool own);
// The column that names a record of the kind: "title", or what the kind says.
const char *view_title_column(const struct registry *registry, const char *kind);

struct view_filter {
    const struct view_column *column;
    const char *value; // one of the choices, or an id in decimal
    int64_t id;        // of a record column
};

struct view_query {
    const struct view_column *sort; // NULL: by id, newest first
    bool down;
    struct view_filter filters[VIEW_MAX_FILTERS];
    size_t n_filters;
    bool is_after;      // AFTER_ID and AFTER hold the last row shown
    int64_t after_id;   // its id
    struct value after; // its value in the order column; V_NULL: it had none
};

// One statement: rows with a value in the order column (NULLS false) or without one (true).
// RET_ARGS ends as ARGS() does.
const char *view_sql(struct arena *a, const struct view *v, bool all, const struct view_query *vq,
    bool nulls, int limit, const struct arg **ret_args);
// The rows of up to VIEW_PAGE ids, newest first: what a search found.
const char *view_ids_sql(struct arena *a, const struct view *v, const struct view_query *vq,
    const int64_t *ids, size_t n, const struct arg **ret_args);
// Up to LIMIT rows after the query's key, in its order.
CHECKED enum err view_rows(struct db *db, struct arena *a, const struct view *v, bool all,
    const struct view_query *vq, int limit, struct value *ret_rows);

// The key of a row for the next page's address, and back. A damaged one is ERR_INVALID.
const char *view_key_write(struct arena *a, const struct id_key *id_key,
    const struct view_query *vq, const struct value *row);
CHECKED enum err view_key_read(
    struct arena *a, const struct id_key *id_key, const char *text, struct view_query *vq);
