// SPDX-License-Identifier: Apache-2.0
// Lists for machines: JSON a page at a time, CSV whole, streamed in chunks that each read a
// snapshot of their own, so that an export holds neither the writer nor the log back.
#include "csv.h"
#include "clock.h"
#include "json.h"
#include "site.h"
#include "str.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF" // so that spreadsheets read it as UTF-8

enum { JSON_PAGE = 100, CHUNK = 500, CHUNK_BYTES = 64 * 1024 * 1024 };

static enum err no_list(struct ctx *c)
{
    return c->viewer.person
               ? fail(c->arena, ERR_NOT_FOUND, "%s",
                     ctx_text(c, "There is nothing here that is shown to you.", NULL))
               : fail(c->arena, ERR_UNSIGNED, "%s", ctx_text(c, "Sign in to see this page.", NULL));
}

// ---- JSON
// ----------------------------------------------------------------------------------------

static struct value split(struct arena *a, const char *text, char by)
{
    struct value list = value_list(a);
    for (const char *at = text; *at;) {
        const char *end = strchr(at, by);
        size_t len = end ? (size_t)(end - at) : strlen(at);
        *value_push(a, &list) = value_text(arena_strndup(a, at, len));
        at += len + (end ? 1 : 0);
    }
    return list;
}

struct value site_record_json(struct ctx *c, const struct view *v, const struct value *row)
{
    struct value item = value_object(c->arena);
    int64_t id = value_get_int(row, "id", 0);
    value_set(c->arena, &item, "id", value_id(id));
    value_set(c->arena, &item, "kind", value_text(v->kind->name));
    value_set(c->arena, &item, "href", value_text(page_href(c, v->kind->name, id)));
    if (v->audience != AUDIENCE_PUBLIC) {
        value_set(c->arena, &item, "rev", value_int(value_get_int(row, "rev", 0)));
    }
    const char *phase = v->kind->phase ? v->kind->phase(c, row, &(const char *){ NULL }) : NULL;
    if (phase) {
        value_set(c->arena, &item, "phase", value_text(phase));
    }
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct view_column *column = &v->columns[i];
        const struct value *there = value_get(row, column->name);
        if (!there) {
            continue;
        }
        struct value leaf = *there;
        enum field_type type = column->field ? column->field->type : FIELD_TEXT;
        if (leaf.kind == V_TEXT && (type == FIELD_CHOICES || type == FIELD_LIST)) {
            leaf = split(c->arena, leaf.text, type == FIELD_LIST ? '\n' : ',');
        }
        value_set(c->arena, &item, column->name, leaf);
        const struct value *title = column->ref_column ? value_get(row, column->ref_column) : NULL;
        if (title && str_ends(column->name, "_id")) {
            const char *name = site_without_suffix(c->arena, column->name, "_id");
            if (!view_column(v, name)) {
                value_set(c->arena, &item, name, *title);
            }
        }
    }
    value_set(c->arena, &item, "is_made_up", value_bool(value_get_int(row, "is_made_up", 0) != 0));
    const struct value *source = value_get(row, "source_url");
    value_set(c->arena, &item, "source_url", source ? *source : VALUE_NULL);
    return item;
}

static const char *next_json(struct ctx *c, const struct request *q, const char *key)
{
    AUTO_BUF(out, 0);
    buf_fmt(&out, "%s?", q->path);
    for (size_t i = 0; i < q->n_query; i++) {
        if (!str_eq(q->query[i].name, "after") && !str_eq(q->query[i].name, "lang")) {
            site_encode(&out, q->query[i].name);
            buf_putc(&out, '=');
            site_encode(&out, q->query[i].value);
            buf_putc(&out, '&');
        }
    }
    buf_puts(&out, "after=");
    site_encode(&out, key);
    return arena_strdup(c->arena, buf_text(&out));
}

enum err site_handle_list_json(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    const struct kind *k = request_route(q)->data;
    const struct view *v = site_view(c, k->name);
    if (!v || v->nothing) {
        return no_list(c);
    }
    struct view_query vq;
    const char *search;
    struct value rows, items = value_list(c->arena), data = value_object(c->arena);
    TRY(list_query(c, q, v, &vq, &search));
    if (*search) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "This list as JSON takes filters and an order; search at /search.", NULL));
    }
    TRY(view_rows(c->db, c->arena, v, true, &vq, JSON_PAGE + 1, &rows));
    for (size_t i = 0; i < value_len(&rows) && i < JSON_PAGE; i++) {
        *value_push(c->arena, &items) = site_record_json(c, v, value_at(&rows, i));
    }
    value_set(c->arena, &data, "version", value_int(1));
    value_set(c->arena, &data, "kind", value_text(k->name));
    value_set(c->arena, &data, "items", items);
    struct value next = VALUE_NULL;
    if (value_len(&rows) > JSON_PAGE) {
        const struct value *last = value_at(&rows, JSON_PAGE - 1);
        next = value_text(next_json(c, q, view_key_write(c->arena, &c->city->id_key, &vq, last)));
    }
    value_set(c->arena, &data, "next", next);
    return site_json(c, r, &data);
}

// ---- CSV
// -----------------------------------------------------------------------------------------

// Lives from the handler's return to the end of the stream, on whatever threads ask for pieces.
struct export
{
    struct ctx ctx;
    struct db *db;
    struct arena arenas[2]; // the last row's key outlives its chunk by one
    int turn;
    const struct view *view;
    struct view_query query;
    bool started;
};

static void export_free(void *context)
{
    struct export *e = context;
    if (e->db) {
        db_close(e->db);
    }
    arena_release(&e->arenas[0]);
    arena_release(&e->arenas[1]);
    free(e);
}

static void write_cell(struct ctx *c, struct buf *out, const struct value *v, bool first)
{
    AUTO_BUF(cell, 0);
    switch (v ? v->kind : V_NULL) {
    case V_TEXT:
        buf_puts(&cell, v->text);
        break;
    case V_BOOL:
        buf_puts(&cell, v->yes ? "yes" : "no");
        break;
    case V_DATE:
        buf_puts(&cell, civil_date(c->arena, v->n));
        break;
    case V_TIME:
        buf_puts(&cell, civil_instant(c->arena, v->n));
        break;
    case V_ID:
        buf_puts(&cell, ctx_id(c, v->n));
        break;
    case V_MONEY:
        json_amount(&cell, v->money);
        break;
    case V_INT:
    case V_NUM:
        json_write(&cell, &c->city->id_key, v);
        break;
    default:
        break;
    }
    csv_write(out, buf_text(&cell), first);
}

static void write_head(const struct view *v, struct arena *a, struct buf *out)
{
    csv_write(out, "id", true);
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct view_column *column = &v->columns[i];
        csv_write(out, column->name, false);
        if (column->ref_column) {
            csv_write(out, arena_fmt(a, "%s_title", column->name), false);
        }
    }
    csv_write(out, "is_made_up", false);
    csv_write(out, "source_url", false);
    csv_end_row(out);
}

static void write_row(struct ctx *c, const struct view *v, const struct value *row, struct buf *out)
{
    write_cell(c, out, value_get(row, "id"), true);
    for (size_t i = 0; i < v->n_columns; i++) {
        write_cell(c, out, value_get(row, v->columns[i].name), false);
        if (v->columns[i].ref_column) {
            write_cell(c, out, value_get(row, v->columns[i].ref_column), false);
        }
    }
    write_cell(c, out, value_get(row, "is_made_up"), false);
    write_cell(c, out, value_get(row, "source_url"), false);
    csv_end_row(out);
}

enum err site_record_csv(
    struct ctx *c, struct request *q, struct response *r, const struct kind *kind)
{
    const struct view *v;
    struct value row;
    TRY(site_record_row(c, q, kind, ".csv", &v, &row));
    const char *name = arena_fmt(c->arena, "%s.csv", str_slug(c->arena, site_title(kind, &row)));
    response_attachment(r, name, "text/csv; charset=utf-8");
    r->max_age = c->viewer.person ? -1 : 0;
    buf_puts(&r->body, BYTE_ORDER_MARK);
    write_head(v, c->arena, &r->body);
    write_row(c, v, &row, &r->body);
    return buf_ok(&r->body) ? OK : ERR_TOO_LARGE;
}

static enum err export_chunk(void *context, struct buf *piece, bool *ret_done)
{
    struct export *e = context;
    struct arena *a = &e->arenas[e->turn];
    e->turn = 1 - e->turn;
    arena_reset(a);
    struct ctx *c = &e->ctx;
    c->arena = a;
    if (!e->db) {
        TRY(db_open(c->office->store, a, &e->db));
    }
    c->db = e->db;
    ctx_bind(c);
    struct value rows;
    TRY(view_rows(c->db, a, e->view, true, &e->query, CHUNK, &rows));
    if (!e->started) {
        buf_puts(piece, BYTE_ORDER_MARK);
        write_head(e->view, a, piece);
        e->started = true;
    }
    size_t n = value_len(&rows);
    for (size_t i = 0; i < n; i++) {
        write_row(c, e->view, value_at(&rows, i), piece);
    }
    if (n > 0) {
        const struct value *last = value_at(&rows, n - 1);
        const struct view_column *sort = e->query.sort;
        const struct value *key = sort ? value_get(last, sort->name) : NULL;
        e->query.is_after = true;
        e->query.after_id = value_get_int(last, "id", 0);
        e->query.after = key ? *key : VALUE_NULL;
    }
    *ret_done = n < CHUNK;
    return buf_ok(piece) ? OK : ERR_TOO_LARGE;
}

// Filters' values are the house's own words or ids, so they outlive the request.
enum err site_handle_list_csv(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    const struct kind *k = request_route(q)->data;
    const struct view *v = site_view(c, k->name);
    struct view_query vq;
    const char *search;
    if (!v || v->nothing) {
        return no_list(c);
    }
    TRY(list_query(c, q, v, &vq, &search));
    vq.is_after = false;
    struct export *e = calloc(1, sizeof(*e));
    if (!e) {
        return fail(c->arena, ERR_UNAVAILABLE, "out of memory");
    }
    e->ctx = *c;
    e->view = v;
    e->query = vq;
    arena_init(&e->arenas[0], CHUNK_BYTES);
    arena_init(&e->arenas[1], CHUNK_BYTES);
    response_attachment(
        r, arena_fmt(c->arena, "%s.csv", str_slug(c->arena, k->plural)), "text/csv; charset=utf-8");
    r->max_age = c->viewer.person ? -1 : 0;
    r->stream = export_chunk;
    r->stream_free = export_free;
    r->stream_context = e;
    return OK;
}
