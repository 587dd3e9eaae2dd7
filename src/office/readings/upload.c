// SPDX-License-Identifier: Apache-2.0
#include "upload.h"

#include "import.h"
#include "json.h"
#include "readings_private.h"
#include "str.h"
#include "transact.h"

enum { PIECE = 256 * 1024, MAX_JSON = 8 << 20, MOST_PIECES = 1000 };

// ---- keeping the file
// ----------------------------------------------------------------------------

struct keeping {
    int64_t batch;
    const char *data;
    size_t len, from;
};

enum { AT_ONCE = 4 * PIECE };

static enum err keep_some(struct ctx *c, void *context)
{
    const struct keeping *k = context;
    for (size_t at = k->from; at < k->len && at < k->from + AT_ONCE; at += PIECE) {
        size_t len = k->len - at < PIECE ? k->len - at : PIECE;
        struct value data = { .kind = V_BLOB, .blob = { k->data + at, len } };
        TRY(db_insert(c->db, c->arena, "reading_file", false,
            ARGS(ARG("batch_id", value_id(k->batch)), ARG("seq", value_int((int64_t)(at / PIECE))),
                ARG("data_blob", data))));
    }
    return OK;
}

static enum err keep_file(struct ctx *c, int64_t batch, const char *data, size_t len)
{
    struct keeping k = { batch, data, len, 0 };
    for (; k.from < len; k.from += AT_ONCE) {
        TRY(transact(c, keep_some, &k));
    }
    return OK;
}

// ---- a file
// --------------------------------------------------------------------------------------

static enum err load_file(struct ctx *c, int64_t measure, const struct import_options *options,
    const char *name, const char *data, size_t len, int64_t *ret_batch)
{
    struct import *im;
    struct import_result result;
    TRY(import_new(c, measure, options, name, name, &im));
    enum err e = keep_file(c, import_batch(im), data, len);
    if (e == OK) {
        e = import_feed(im, data, len);
    }
    if (e == OK) {
        e = import_end(im, &result);
    }
    import_free(im);
    if (e == OK) {
        *ret_batch = result.batch;
    }
    return e;
}

static void show_form(
    struct ctx *c, const struct value *row, const char *problem, struct value *data)
{
    static const struct field file = {
        .name = "file",
        .type = FIELD_FILE,
        .label = "File",
        .help = "CSV, as spreadsheets save it (“CSV UTF-8”), at most 60 MB. The first line names "
                "the columns: time, unit, value, perhaps reference.",
    };
    struct arena *a = c->arena;
    const char *href = page_href(c, "measure", value_get_int(row, "id", 0));
    struct value form = value_object(a), fields = value_list(a), errors = value_list(a);
    *value_push(a, &fields) = field_form_item(c, &file, true, NULL, NULL, problem);
    if (problem) {
        struct value error = value_object(a);
        value_set(a, &error, "name", value_text("file"));
        value_set(a, &error, "label", value_text(ctx_text(c, "File", NULL)));
        value_set(a, &error, "text", value_text(problem));
        *value_push(a, &errors) = error;
    }
    value_set(a, &form, "action", value_text(arena_fmt(a, "%s/upload", href)));
    value_set(a, &form, "method", value_text("post"));
    value_set(a, &form, "csrf", value_text(c->viewer.csrf));
    value_set(a, &form, "multipart", value_bool(true));
    value_set(a, &form, "title", value_text(ctx_text(c, "Upload readings", NULL)));
    value_set(a, &form, "record_title", *value_get(row, "title"));
    value_set(a, &form, "intro",
        value_text(ctx_text(c,
            "You then see what is in it, what is wrong and what would change. Nothing counts "
            "before you publish it.",
            NULL)));
    value_set(a, &form, "submit_label", value_text(ctx_text(c, "Look at the file", NULL)));
    value_set(a, &form, "cancel_href", value_text(href));
    value_set(a, &form, "fields", fields);
    value_set(a, &form, "errors", errors);
    value_set(a, &form, "has_errors", value_bool(problem != NULL));
    value_set(a, data, "form", form);
    page_title(c, data, ctx_text(c, "Upload readings", NULL));
}

enum err build_upload(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, measure;
    TRY(page_record(c, q, "measure", &row));
    int64_t id = value_get_int(&row, "id", 0), batch;
    TRY(measure_row(c, id, &measure));
    TRY(measure_may_record(c, &measure));
    if (q->method != METHOD_POST) {
        show_form(c, &row, NULL, data);
        return OK;
    }
    const struct web_file *file = q->n_files ? &q->files[0] : NULL;
    if (!file || !file->len) {
        show_form(c, &row, ctx_text(c, "Choose a file.", NULL), data);
        r->status = 422;
        return OK;
    }
    struct import_options options = { .source = c->viewer.roles & MAY_MEASURE ? "csv" : "link" };
    enum err e = load_file(c, id, &options, file->name, file->data, file->len, &batch);
    if (e == ERR_INVALID || e == ERR_TOO_LARGE) {
        show_form(c, &row, c->arena->detail, data);
        r->status = 422;
        return OK;
    }
    TRY(e);
    response_redirect(r, page_href(c, "batch", batch));
    return OK;
}

// ---- the same file with other columns
// ------------------------------------------------------------

static enum err read_file(struct ctx *c, int64_t batch, struct buf *out)
{
    for (int64_t seq = 0; seq < MOST_PIECES; seq++) {
        struct value row;
        struct arena piece;
        arena_init(&piece, 4 << 20);
        enum err e = db_row(c->db, &piece, "batch.file_piece",
            ARGS(ARG("batch_id", value_id(batch)), ARG("seq", value_int(seq))), &row);
        const struct value *data = e == OK ? value_get(&row, "data_blob") : NULL;
        if (data && data->kind == V_BLOB) {
            buf_add(out, data->blob.data, data->blob.len);
        }
        arena_release(&piece);
        if (e == ERR_NOT_FOUND) {
            break;
        }
        TRY(e);
    }
    return out->len && buf_ok(out)
               ? OK
               : fail(c->arena, ERR_NOT_FOUND, "%s",
                     ctx_text(c, "The file is no longer kept. Upload it again.", NULL));
}

enum err build_columns(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row, measure;
    TRY(page_record(c, q, "batch", &row));
    int64_t id = value_get_int(&row, "measure_id", 0), old = value_get_int(&row, "id", 0), batch;
    if (q->method != METHOD_POST) {
        response_redirect(r, page_href(c, "batch", old));
        return OK;
    }
    TRY(measure_row(c, id, &measure));
    TRY(measure_may_record(c, &measure));
    if (kind_state(&batch_kind, value_get_text(&row, "state", "")) != BATCH_STAGED) {
        return fail(c->arena, ERR_STATE, "%s",
            ctx_text(c, "The batch is settled; upload the file again.", NULL));
    }
    AUTO_BUF(file, 64 << 20);
    TRY(read_file(c, old, &file));
    struct import_options options = { .time = request_form(q, "time"),
        .unit = request_form(q, "unit"),
        .value = request_form(q, "value"),
        .reference = request_form(q, "reference"),
        .side = request_form(q, "side"),
        .group = request_form(q, "group"),
        .source = value_get_text(&row, "source", "csv") };
    TRY(load_file(
        c, id, &options, value_get_text(&row, "title", ""), buf_text(&file), file.len, &batch));
    struct outcome outcome;
    TRY(act_run_values(c, "batch.drop", old, NULL, &outcome));
    response_redirect(r, page_href(c, "batch", batch));
    return OK;
}

// ---- by the API
// ----------------------------------------------------------------------------------

static struct csv_cell cell_of(struct ctx *c, const struct value *item, const char *key)
{
    const struct value *v = value_get(item, key);
    const char *text = v && v->kind == V_TEXT ? v->text : "";
    if (v && (v->kind == V_INT || v->kind == V_NUM || v->kind == V_BOOL)) {
        AUTO_BUF(out, 0);
        json_write(&out, NULL, v);
        text = arena_strdup(c->arena, buf_text(&out));
    }
    return (struct csv_cell){ text, strlen(text) };
}

// [{"time": …, "unit": …, "value": …, "reference": …, "side": …, "group": …}, …] as rows; an item's
// number is its line.
static enum err feed_json(struct ctx *c, struct import *im, const struct request *q)
{
    static const struct csv_cell heads[] = { { "time", 4 }, { "unit", 4 }, { "value", 5 },
        { "reference", 9 }, { "side", 4 }, { "group", 5 } };
    struct value body;
    TRY(json_read(c->arena, q->body, q->body_len, MAX_JSON, &body));
    if (body.kind != V_LIST) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(
                c, "Send a list of objects with time, unit and value, or CSV (text/csv).", NULL));
    }
    TRY(import_rows(im, 0, heads, ARRAY_LEN(heads)));
    for (size_t i = 0; i < value_len(&body); i++) {
        const struct value *item = value_at(&body, i);
        struct csv_cell cells[ARRAY_LEN(heads)];
        for (size_t j = 0; j < ARRAY_LEN(heads); j++) {
            cells[j] = cell_of(c, item, heads[j].text);
        }
        cells[1] = cells[1].len ? cells[1] : (struct csv_cell){ "all", 3 };
        TRY(import_rows(im, i + 1, cells, ARRAY_LEN(heads)));
    }
    return OK;
}

static enum err feed_body(struct ctx *c, struct import *im, const struct request *q)
{
    if (str_eq(q->content_type, "application/json")) {
        TRY(feed_json(c, im, q));
        import_hash(im, q->body, q->body_len);
        return OK;
    }
    if (str_eq(q->content_type, "text/csv")) {
        return import_feed(im, q->body, q->body_len);
    }
    return fail(c->arena, ERR_UNSUPPORTED, "%s",
        ctx_text(c, "Send CSV (text/csv) or a list as JSON (application/json).", NULL));
}

static enum err answer(
    struct ctx *c, const struct import_result *result, struct response *r, int64_t measure)
{
    struct arena *a = c->arena;
    struct value v = value_object(a), rejects, list = value_list(a);
    TRY(db_rows(c->db, a, "batch.rejects",
        ARGS(ARG("batch_id", value_id(result->batch)), ARG("after_n", value_int(0))), &rejects));
    for (size_t i = 0; i < value_len(&rejects) && i < 100; i++) {
        const struct value *row = value_at(&rejects, i);
        struct value item = value_object(a);
        value_set(a, &item, "line", *value_get(row, "line_n"));
        value_set(a, &item, "column", *value_get(row, "cell"));
        value_set(a, &item, "reason", *value_get(row, "reason"));
        *value_push(a, &list) = item;
    }
    value_set(a, &v, "measure", value_id(measure));
    value_set(a, &v, "batch", value_id(result->batch));
    value_set(a, &v, "state", value_text(result->published ? "published" : "staged"));
    value_set(a, &v, "rows", value_int(result->rows));
    value_set(a, &v, "good", value_int(result->good));
    value_set(a, &v, "same", value_int(result->same));
    value_set(a, &v, "bad", value_int(result->bad));
    value_set(a, &v, "corrections", value_int(result->corrects));
    value_set(a, &v, "sha256", value_text(result->hash));
    value_set(a, &v, "errors", list);
    buf_clear(&r->body);
    json_write(&r->body, &c->city->id_key, &v);
    r->content_type = "application/json";
    r->status = 201;
    r->max_age = -1;
    return OK;
}

enum err build_bulk(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    struct import *im;
    struct import_result result;
    TRY(page_record(c, q, "measure", &row));
    if (q->method != METHOD_POST) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "Readings are put here by POST; they are read as readings.csv.", NULL));
    }
    const char *publish = request_query(q, "publish");
    int64_t measure = value_get_int(&row, "id", 0);
    struct import_options options = { .source = "api",
        .publish = !str_eq(publish, "none"),
        .publish_good = str_eq(publish, "good"),
        .time = request_query(q, "time"),
        .unit = request_query(q, "unit"),
        .value = request_query(q, "value"),
        .reference = request_query(q, "reference"),
        .side = request_query(q, "side"),
        .group = request_query(q, "group") };
    c->via = "api";
    TRY(import_new(c, measure, &options, ctx_text(c, "By the API", NULL), NULL, &im));
    enum err e = feed_body(c, im, q);
    if (e == OK) {
        e = import_end(im, &result);
    }
    import_free(im);
    TRY(e);
    return answer(c, &result, r, measure);
}
