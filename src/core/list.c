// SPDX-License-Identifier: Apache-2.0
#include "find.h"
#include "site.h"
#include "str.h"
#include "transact.h"

enum { MAX_Q = 200, MAX_ROUNDS = 4, MAX_FILTER_RECORDS = 200 };

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// ---- what is asked
// -------------------------------------------------------------------------------

static bool read_filter(
    struct ctx *c, const struct view_column *column, const char *text, struct view_filter *ret_f)
{
    *ret_f = (struct view_filter){ .column = column };
    if (column->ref_kind) {
        return id_parse(&c->city->id_key, text, &ret_f->id);
    }
    for (size_t i = 0; i < column->n_choices; i++) {
        if (str_eq(column->choices[i].value, text)) {
            ret_f->value = column->choices[i].value;
            return true;
        }
    }
    return false;
}

enum err list_query(struct ctx *c, struct request *q, const struct view *v,
    struct view_query *ret_vq, const char **ret_search)
{
    struct view_query vq = { .n_filters = 0 };
    const char *search = request_query(q, "q");
    search = search ? str_trim(c->arena, search) : "";
    if (strlen(search) > MAX_Q * 4) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "Search for fewer words: this is too long.", NULL));
    }
    const char *sort = request_query(q, "sort");
    if (sort && *sort && !*search) {
        const struct view_column *column = view_column(v, sort + (sort[0] == '-'));
        if (column && column->sortable) {
            vq.sort = column;
            vq.down = sort[0] == '-';
        }
    }
    for (size_t i = 0; i < v->n_filters; i++) {
        const struct view_column *column = &v->columns[v->filters[i]];
        const char *text = request_query(q, column->name);
        if (text && *text && !read_filter(c, column, text, &vq.filters[vq.n_filters++])) {
            return fail(c->arena, ERR_INVALID, "%s",
                ctx_text(c, "This list can't be filtered so. Open it from its start.", NULL));
        }
    }
    const char *after = request_query(q, "after");
    if (after && *after) {
        TRY(view_key_read(c->arena, &c->city->id_key, after, &vq));
    }
    *ret_vq = vq;
    *ret_search = search;
    return OK;
}

// The list's address with this search, filters and order, and AFTER (NULL: from the start).
static const char *list_href(struct ctx *c, const char *path, const struct view_query *vq,
    const struct view_column *sort, bool down, const char *search, const char *after)
{
    AUTO_BUF(out, 0);
    buf_fmt(&out, "%s%s", site_prefix(c), path);
    char join = '?';
    if (*search) {
        buf_fmt(&out, "%cq=", join);
        site_encode(&out, search);
        join = '&';
    }
    for (size_t i = 0; i < vq->n_filters; i++) {
        const struct view_filter *f = &vq->filters[i];
        buf_fmt(&out, "%c%s=", join, f->column->name);
        site_encode(&out, f->column->ref_kind ? ctx_id(c, f->id) : f->value);
        join = '&';
    }
    if (sort) {
        buf_fmt(&out, "%csort=%s%s", join, down ? "-" : "", sort->name);
        join = '&';
    }
    if (after) {
        buf_fmt(&out, "%cafter=", join);
        site_encode(&out, after);
    }
    return arena_strdup(c->arena, buf_text(&out));
}

// ---- cells
// ---------------------------------------------------------------------------------------

// A cell that is its text and nothing else has the first keys alone: it is most of a page.
enum {
    TEXT,
    COLUMN,
    NUMERIC,
    PLAIN,
    PLAIN_CELL,
    HEADER = PLAIN_CELL,
    HREF,
    LINK,
    NOTE,
    MADE_UP,
    BADGE,
    BADGE_KIND,
    HTML,
    CELL
};
static const char *plain_keys[PLAIN_CELL] = { "text", "column", "numeric", "plain" };
static const char *cell_keys[CELL] = { "text", "column", "numeric", "plain", "header", "href",
    "link", "note", "made_up", "badge", "badge_kind", "html" };

static struct value choice_text(
    struct ctx *c, const struct view_column *column, const struct value *v)
{
    if (!v || v->kind != V_TEXT) {
        return VALUE_NULL;
    }
    AUTO_BUF(out, 0);
    const char *only = NULL;
    for (size_t i = 0; i < column->n_choices; i++) {
        const struct view_choice *choice = &column->choices[i];
        if (str_eq(choice->value, v->text)) {
            return value_text(locale_message(c->locale, choice->label));
        }
        const char *at = strstr(v->text, choice->value);
        size_t len = strlen(choice->value);
        if (at && (at == v->text || at[-1] == ',') && (at[len] == ',' || !at[len])) {
            only = locale_message(c->locale, choice->label);
            buf_fmt(&out, "%s%s", out.len ? ", " : "", only);
        }
    }
    return only ? value_text(arena_strdup(c->arena, buf_text(&out))) : *v;
}

static struct value leaf_shown(
    struct ctx *c, const struct view_column *column, const struct value *there)
{
    if (column->n_choices > 0) {
        return choice_text(c, column, there);
    }
    if (column->field && column->field->type == FIELD_YES_NO && there->kind != V_NULL) {
        return value_text(locale_message(c->locale, value_truthy(there) ? "Yes" : "No"));
    }
    // When a record was last touched is told by the day: the minute takes a column's width.
    if (there->kind == V_TIME &&
        (str_eq(column->name, "changed_at") || str_eq(column->name, "created_at"))) {
        return value_date(locale_day(c->locale, there->n));
    }
    return field_leaf(c, column->name, *there);
}

// The leaf a reader sees in a column that isn't the state; records by their title.
struct value list_cell(struct ctx *c, const struct view_column *column, const struct value *row)
{
    const struct value *there =
        value_get(row, column->ref_column ? column->ref_column : column->name);
    return there ? leaf_shown(c, column, there) : VALUE_NULL;
}

// What is the same for every row of a list, found once.
struct list_layout {
    const char *base; // what stands before a record's id in its address
    size_t base_len;
    const char **keys; // of the rows that `at` was found for; rows of one query share them
    size_t at[VIEW_MAX_COLUMNS]; // where each list column's value stands in a row
    const char *labels[VIEW_MAX_COLUMNS];
};

static struct list_layout layout_of(struct ctx *c, const struct view *v)
{
    struct list_layout layout = {
        .base = arena_fmt(c->arena, "%s%s/", site_prefix(c), v->kind->path),
    };
    layout.base_len = strlen(layout.base);
    for (size_t i = 0; i < v->n_list; i++) {
        layout.labels[i] = locale_message(c->locale, v->columns[v->list[i]].label);
    }
    return layout;
}

static void find_columns(
    struct list_layout *layout, const struct view *v, const struct value_object *row)
{
    layout->keys = row->keys;
    for (size_t i = 0; i < v->n_list; i++) {
        const struct view_column *column = &v->columns[v->list[i]];
        const char *name = column->ref_column ? column->ref_column : column->name;
        layout->at[i] = 0;
        while (layout->at[i] < row->len && !str_eq(row->keys[layout->at[i]], name)) {
            layout->at[i]++;
        }
    }
}

static struct value cell_value(struct ctx *c, const struct view *v, struct list_layout *layout,
    size_t i, const struct value *row)
{
    const struct view_column *column = &v->columns[v->list[i]];
    size_t at = layout->at[i];
    bool plain = i > 0 && !column->is_state;
    size_t n = plain ? PLAIN_CELL : CELL;
    struct value *cell = arena_array(c->arena, struct value, n);
    if (column->is_state) {
        const char *label, *badge;
        site_state(c, v->kind, row, &label, &badge);
        cell[BADGE] = value_text(label);
        cell[BADGE_KIND] = value_text(badge);
    } else if (at < row->object->len) {
        cell[TEXT] = leaf_shown(c, column, &row->object->values[at]);
    }
    cell[COLUMN] = value_text(layout->labels[i]);
    cell[NUMERIC] = value_bool(column->numeric);
    cell[PLAIN] = value_bool(plain);
    return value_row(c->arena, plain ? plain_keys : cell_keys, cell, n);
}

// The first cell of a row leads to the record.
static void make_header(
    struct ctx *c, const struct value *row, const char *href, struct value *cell)
{
    cell[HEADER] = value_bool(true);
    cell[HREF] = value_text(href);
    cell[MADE_UP] = value_bool(value_get_int(row, "is_made_up", 0) != 0);
    if (!value_truthy(&cell[TEXT])) {
        cell[TEXT] = value_text(locale_message(c->locale, "Without a title"));
    }
}

static const char *row_href(struct ctx *c, const struct list_layout *layout, int64_t id)
{
    const char *text = ctx_id(c, id);
    size_t len = strlen(text);
    char *href = arena_alloc(c->arena, layout->base_len + len + 1);
    memcpy(href, layout->base, layout->base_len);
    memcpy(href + layout->base_len, text, len);
    return href;
}

static struct value row_value(
    struct ctx *c, const struct view *v, struct list_layout *layout, const struct value *row)
{
    static const char *row_keys[] = { "cells", "href", "cut" };
    const char *href = row_href(c, layout, value_get_int(row, "id", 0));
    struct value cells = value_list(c->arena);
    if (row->object->keys != layout->keys) {
        find_columns(layout, v, row->object);
    }
    for (size_t i = 0; i < v->n_list; i++) {
        struct value cell = cell_value(c, v, layout, i, row);
        if (i == 0) {
            make_header(c, row, href, cell.object->values);
        }
        *value_push(c->arena, &cells) = cell;
    }
    struct value *parts = arena_array(c->arena, struct value, ARRAY_LEN(row_keys));
    parts[0] = cells;
    parts[1] = value_text(href);
    return value_row(c->arena, row_keys, parts, ARRAY_LEN(row_keys));
}

static struct value columns_value(struct ctx *c, const struct request *q, const struct view *v,
    const struct view_query *vq, const char *search)
{
    static const char *keys[] = { "label", "href", "sorted_up", "sorted_down", "numeric" };
    struct value columns = value_list(c->arena);
    for (size_t i = 0; i < v->n_list; i++) {
        const struct view_column *column = &v->columns[v->list[i]];
        struct value *cell = arena_array(c->arena, struct value, ARRAY_LEN(keys));
        bool sorted = vq->sort == column;
        cell[0] = value_text(locale_message(c->locale, column->label));
        if (column->sortable && !*search) {
            cell[1] =
                value_text(list_href(c, q->path, vq, column, sorted && !vq->down, search, NULL));
        }
        cell[2] = value_bool(sorted && !vq->down);
        cell[3] = value_bool(sorted && vq->down);
        cell[4] = value_bool(column->numeric);
        *value_push(c->arena, &columns) = value_row(c->arena, keys, cell, ARRAY_LEN(keys));
    }
    return columns;
}

// ---- search and filters
// --------------------------------------------------------------------------

static void add_choice(
    struct ctx *c, struct value *list, const char *value, const char *label, bool chosen)
{
    static const char *keys[] = { "value", "label", "chosen" };
    struct value *cell = arena_array(c->arena, struct value, ARRAY_LEN(keys));
    cell[0] = value_text(value);
    cell[1] = value_text(label);
    cell[2] = value_bool(chosen);
    *value_push(c->arena, list) = value_row(c->arena, keys, cell, ARRAY_LEN(keys));
}

static enum err record_choices(struct ctx *c, const struct view_column *column,
    const struct view_filter *chosen, struct value *list)
{
    struct value rows;
    const char *title = view_title_column(c->registry, column->ref_kind);
    const char *sql = arena_fmt(c->arena,
        "SELECT t.id, t.%s AS title FROM %s t WHERE t.city = :city%s ORDER BY t.%s, t.id LIMIT %d",
        title, column->ref_kind,
        registry_kind(c->registry, column->ref_kind)
            ? arena_fmt(c->arena, " AND @scope(%s t)", column->ref_kind)
            : "",
        title, MAX_FILTER_RECORDS);
    TRY(db_recall_sql(c->db, c->arena, sql, NO_ARGS, &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        int64_t id = value_get_int(value_at(&rows, i), "id", 0);
        add_choice(c, list, ctx_id(c, id), value_get_text(value_at(&rows, i), "title", ""),
            chosen && chosen->id == id);
    }
    return OK;
}

static enum err filters_value(
    struct ctx *c, const struct view *v, const struct view_query *vq, struct value *ret_filters)
{
    struct value filters = value_list(c->arena);
    for (size_t i = 0; i < v->n_filters; i++) {
        const struct view_column *column = &v->columns[v->filters[i]];
        const struct view_filter *chosen = NULL;
        for (size_t j = 0; j < vq->n_filters; j++) {
            chosen = vq->filters[j].column == column ? &vq->filters[j] : chosen;
        }
        struct value filter = value_object(c->arena), choices = value_list(c->arena);
        add_choice(c, &choices, "", locale_message(c->locale, "All"), !chosen);
        if (column->ref_kind) {
            TRY(record_choices(c, column, chosen, &choices));
        }
        for (size_t j = 0; j < column->n_choices; j++) {
            add_choice(c, &choices, column->choices[j].value,
                locale_message(c->locale, column->choices[j].label),
                chosen && str_eq(chosen->value, column->choices[j].value));
        }
        set(c, &filter, "name", value_text(column->name));
        set(c, &filter, "label", value_text(locale_message(c->locale, column->label)));
        set(c, &filter, "choices", choices);
        *value_push(c->arena, &filters) = filter;
    }
    *ret_filters = filters;
    return OK;
}

static struct value empty_value(
    struct ctx *c, const struct view *v, const struct view_query *vq, bool searched)
{
    struct value empty = value_object(c->arena);
    set(c, &empty, "href", VALUE_NULL);
    set(c, &empty, "label", VALUE_NULL);
    if (searched || vq->n_filters > 0 || vq->is_after) {
        set(c, &empty, "title", value_text(locale_message(c->locale, "Nothing found")));
        set(c, &empty, "text",
            value_text(locale_message(c->locale, "Try fewer words, or take a filter away.")));
        return empty;
    }
    struct value args = value_object(c->arena);
    set(c, &args, "what", value_text(locale_message(c->locale, v->kind->plural)));
    set(c, &empty, "title", value_text(ctx_text(c, "{what}: none yet", &args)));
    set(c, &empty, "text",
        value_text(v->kind->empty ? locale_message(c->locale, v->kind->empty) : ""));
    struct value actions = site_new_actions(c, v->kind);
    if (value_len(&actions) > 0) {
        set(c, &empty, "href", *value_get(value_at(&actions, 0), "href"));
        set(c, &empty, "label", *value_get(value_at(&actions, 0), "label"));
    }
    return empty;
}

// ---- rows
// ----------------------------------------------------------------------------------------

struct found {
    struct value rows;
    const char *next; // the key after which more follow; NULL at the end
    int64_t count;    // of a search, up to 1001; -1: not counted
};

// What the index finds, read again within the viewer's scope; several rounds where the filters take
// much of it away.
static enum err search_rows(struct ctx *c, const struct view *v, const struct view_query *vq,
    const char *search, struct found *ret_found)
{
    int64_t before = vq->is_after ? vq->after_id : 0;
    struct found f = { .rows = value_list(c->arena), .count = -1 };
    bool more = true;
    for (int round = 0; more && round < MAX_ROUNDS && value_len(&f.rows) < VIEW_PAGE; round++) {
        struct find_page found;
        struct value rows;
        int64_t ids[VIEW_PAGE];
        TRY(find_words(c, search, v->kind->name, before, &found));
        bool counted = round == 0 && !vq->is_after && vq->n_filters == 0;
        f.count = counted && (!found.is_partial || found.count > 1000) ? found.count : f.count;
        size_t n = value_len(&found.hits);
        more = found.next != 0;
        before = found.next;
        for (size_t i = 0; i < n; i++) {
            ids[i] = value_get_int(value_at(&found.hits, i), "id", 0);
        }
        if (n == 0) {
            continue;
        }
        const struct arg *args;
        const char *sql = view_ids_sql(c->arena, v, vq, ids, n, &args);
        TRY(db_rows_sql(c->db, c->arena, sql, args, &rows));
        for (size_t i = 0; i < value_len(&rows); i++) {
            *value_push(c->arena, &f.rows) = *value_at(&rows, i);
        }
    }
    f.next = more ? ctx_id(c, before) : NULL;
    *ret_found = f;
    return OK;
}

static enum err plain_rows(
    struct ctx *c, const struct view *v, const struct view_query *vq, struct found *ret_found)
{
    struct found f = { .count = -1 };
    TRY(view_rows(c->db, c->arena, v, false, vq, VIEW_PAGE + 1, &f.rows));
    if (value_len(&f.rows) > VIEW_PAGE) {
        f.rows.list->len = VIEW_PAGE;
        f.next = view_key_write(c->arena, &c->city->id_key, vq, value_at(&f.rows, VIEW_PAGE - 1));
    } else if (!vq->is_after) {
        f.count = (int64_t)value_len(&f.rows);
    }
    *ret_found = f;
    return OK;
}

static struct value count_text(struct ctx *c, int64_t count)
{
    if (count < 0) {
        return VALUE_NULL;
    }
    struct value args = value_object(c->arena);
    set(c, &args, "n", value_int(count > 1000 ? 1000 : count));
    return value_text(ctx_text(
        c, count > 1000 ? "{n}+ found" : "{n, plural, one {# found} other {# found}}", &args));
}

// What a list page asks for, over one snapshot.
struct asked {
    const struct view *view;
    const struct view_query *query;
    const char *search;
    struct found found;
    struct value filters;
};

static enum err ask(struct ctx *c, void *context)
{
    struct asked *asked = context;
    const struct view *v = asked->view;
    if (*asked->search) {
        TRY(search_rows(c, v, asked->query, asked->search, &asked->found));
    } else {
        TRY(plain_rows(c, v, asked->query, &asked->found));
    }
    return filters_value(c, v, asked->query, &asked->filters);
}

enum err page_list(struct ctx *c, struct request *q, const char *kind, struct value *ret_table)
{
    const struct view *v = site_view(c, kind);
    if (!v || v->nothing) {
        return c->viewer.person
                   ? fail(c->arena, ERR_NOT_FOUND, "%s",
                         ctx_text(c, "There is nothing here that is shown to you.", NULL))
                   : fail(c->arena, ERR_UNSIGNED, "%s",
                         ctx_text(c, "Sign in to see this page.", NULL));
    }
    struct view_query vq;
    const char *search;
    TRY(list_query(c, q, v, &vq, &search));
    struct asked asked = { .view = v, .query = &vq, .search = search };
    TRY(transact_read(c, ask, &asked));
    struct found found = asked.found;
    struct value table = value_object(c->arena), rows = value_list(c->arena), box;
    struct list_layout layout = layout_of(c, v);
    for (size_t i = 0; i < value_len(&found.rows); i++) {
        *value_push(c->arena, &rows) = row_value(c, v, &layout, value_at(&found.rows, i));
    }
    set(c, &table, "caption", value_text(locale_message(c->locale, v->kind->plural)));
    set(c, &table, "caption_hidden", value_bool(true));
    set(c, &table, "stack", value_bool(true));
    set(c, &table, "columns", columns_value(c, q, v, &vq, search));
    set(c, &table, "has_rows", value_bool(value_len(&rows) > 0));
    set(c, &table, "rows", rows);
    set(c, &table, "empty",
        value_len(&rows) > 0 ? VALUE_NULL : empty_value(c, v, &vq, *search != '\0'));
    box = VALUE_NULL;
    if (v->kind->search || v->n_filters > 0) {
        box = value_object(c->arena);
        set(c, &box, "action", value_text(arena_fmt(c->arena, "%s%s", site_prefix(c), q->path)));
        set(c, &box, "without_q", value_bool(v->kind->search == NULL));
        set(c, &box, "q", value_text(search));
        set(c, &box, "filters", asked.filters);
    }
    set(c, &table, "search", box);
    set(c, &table, "count_text", count_text(c, found.count));
    set(c, &table, "next_href",
        found.next ? value_text(list_href(c, q->path, &vq, vq.sort, vq.down, search, found.next))
                   : VALUE_NULL);
    set(c, &table, "first_href",
        vq.is_after ? value_text(list_href(c, q->path, &vq, vq.sort, vq.down, search, NULL))
                    : VALUE_NULL);
    *ret_table = table;
    return arena_exhausted(c->arena) ? fail(c->arena, ERR_TOO_LARGE, "The list is too long.") : OK;
}

enum err site_handle_list(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    const struct kind *k = request_route(q)->data;
    if (request_wants_json(q)) {
        return site_handle_list_json(app, worker, q, r);
    }
    int64_t version = atomic_load(&c->office->site->version);
    struct value data = value_object(c->arena), table;
    TRY(page_list(c, q, k->name, &table));
    struct value actions = site_new_actions(c, k);
    set(c, &data, "table", table);
    set(c, &data, "has_actions", value_bool(value_len(&actions) > 0));
    set(c, &data, "actions", actions);
    set(c, &data, "csv_href", value_text(arena_fmt(c->arena, "%s.csv", k->path)));
    page_title(c, &data, locale_message(c->locale, k->plural));
    TRY(site_render(c, q, r, "look/page-list.html", &data));
    site_cache(c, q, r, k->scope.public != NULL && q->n_query == 0, version);
    return OK;
}
