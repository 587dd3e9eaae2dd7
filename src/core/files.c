// SPDX-License-Identifier: Apache-2.0
// Uploaded files: stored before the act that names them and claimed by it (the query file.claim),
// so that an act's transaction stays short; served as downloads to whoever may see the record. What
// no act claims is dropped after a day.
#include "clock.h"
#include "site.h"
#include "sniff.h"
#include "str.h"

#include <sodium.h>

enum {
    CHUNK = 256 * 1024,
    MAX_FILE = 25 * 1024 * 1024,
    MAX_TRIES = 5,
    MAX_FILES = 16,
    STREAM_BYTES = 4 * 1024 * 1024,
};

static enum err write_file(
    struct ctx *c, const struct web_file *f, const char *type, bool sealed, int64_t id)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, f->data, f->len);
    struct value hash_value = {
        .kind = V_BLOB,
        .blob = { arena_memdup(c->arena, hash, sizeof(hash)), sizeof(hash) },
    };
    TRY(db_insert(c->db, c->arena, "file", false,
        ARGS(ARG("id", value_id(id)), ARG("record_id", value_id(0)), ARG("kind", value_text("")),
            ARG("name", value_text(sniff_name(c->arena, f->name, type))),
            ARG("type", value_text(type)), ARG("size_n", value_int((int64_t)f->len)),
            ARG("content_hash", hash_value),
            ARG("owner_id", c->viewer.person ? value_id(c->viewer.person) : VALUE_NULL),
            ARG("created_at", value_time(c->now)), ARG("is_sealed", value_bool(sealed)))));
    for (size_t at = 0, seq = 0; at < f->len; at += CHUNK, seq++) {
        size_t len = f->len - at < CHUNK ? f->len - at : CHUNK;
        struct value data = {
            .kind = V_BLOB,
            .blob = { (const char *)f->data + at, len },
        };
        TRY(db_insert(c->db, c->arena, "file_chunk", false,
            ARGS(ARG("id", value_id(id)), ARG("seq", value_int((int64_t)seq)),
                ARG("data_blob", data))));
    }
    return OK;
}

// Files that no act has claimed within a day, some at a time.
static enum err drop_orphans(struct ctx *c)
{
    const struct arg *args = ARGS(ARG("before_at", value_time(c->now - CLOCK_DAY)));
    TRY(db_exec(c->db, c->arena, "file.drop_orphan_chunks", args, NULL));
    return db_exec(c->db, c->arena, "file.drop_orphans", args, NULL);
}

static enum err store_file(
    struct ctx *c, const struct web_file *f, const char *type, bool sealed, int64_t *ret_id)
{
    for (int tries = 0;; tries++) {
        int64_t id = id_new();
        TRY(db_begin(c->db, c->arena, DB_WRITE));
        enum err e = tries == 0 ? drop_orphans(c) : OK;
        if (e == OK) {
            e = write_file(c, f, type, sealed, id);
        }
        if (e == OK) {
            e = db_commit(c->db, c->arena);
        } else {
            db_rollback(c->db);
        }
        if (e == OK) {
            *ret_id = id;
            return OK;
        }
        if ((e != ERR_RETRY && e != ERR_EXISTS) || tries == MAX_TRIES) {
            return e == ERR_RETRY ? ERR_UNAVAILABLE : e;
        }
    }
}

static const struct web_file *file_of(const struct submission *s, const char *field)
{
    for (size_t i = 0; i < s->n_files; i++) {
        if (str_eq(s->files[i].field, field) && s->files[i].len > 0) {
            return &s->files[i];
        }
    }
    return NULL;
}

enum err site_store_files(struct ctx *c, const struct command *command, struct submission *s,
    const char **ret_field, const char **ret_why)
{
    struct web_field *fields = arena_array(c->arena, struct web_field, s->n_fields + MAX_FILES);
    size_t n = s->n_fields, added = 0;
    if (n > 0) {
        memcpy(fields, s->fields, n * sizeof(fields[0]));
    }
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(c->registry, command, i, &required)); i++) {
        const struct web_file *file = f->type == FIELD_FILE ? file_of(s, f->name) : NULL;
        if (!file || added == MAX_FILES) {
            continue;
        }
        const char *type = sniff_type(file->data, file->len, file->name);
        const char *why = NULL;
        if (file->len > MAX_FILE) {
            why = ctx_text(c, "Choose a smaller file: at most 25 MB.", NULL);
        } else if (!type) {
            why = ctx_text(c,
                "Choose a PDF, a picture (PNG, JPEG, WebP), a CSV or text file, a document "
                "(DOCX, XLSX, ODT), GeoJSON or a ZIP archive.",
                NULL);
        }
        if (why) {
            *ret_field = f->name;
            *ret_why = why;
            return fail(c->arena, ERR_INVALID, "%s", why);
        }
        int64_t id;
        TRY(store_file(c, file, type, f->table != NULL, &id));
        fields[n++] = (struct web_field){ f->name, ctx_id(c, id) };
        added++;
    }
    s->fields = fields;
    s->n_fields = n;
    return OK;
}

// ---- serving
// -------------------------------------------------------------------------------------

// Lives from the handler's return to the end of the stream.
struct download {
    struct ctx ctx;
    struct db *db;
    struct arena arena;
    int64_t id, seq, left;
};

static void download_free(void *context)
{
    struct download *d = context;
    if (d->db) {
        db_close(d->db);
    }
    arena_release(&d->arena);
    free(d);
}

static enum err download_piece(void *context, struct buf *piece, bool *ret_done)
{
    struct download *d = context;
    struct value row;
    arena_reset(&d->arena);
    d->ctx.arena = &d->arena;
    if (!d->db) {
        TRY(db_open(d->ctx.office->store, &d->arena, &d->db));
    }
    d->ctx.db = d->db;
    ctx_bind(&d->ctx);
    TRY(db_row(d->db, &d->arena, "file.chunk",
        ARGS(ARG("id", value_id(d->id)), ARG("seq", value_int(d->seq))), &row));
    const struct value *data = value_get(&row, "data_blob");
    if (!data || data->kind != V_BLOB) {
        return ERR_CORRUPT;
    }
    buf_add(piece, data->blob.data, data->blob.len);
    d->seq++;
    d->left -= (int64_t)data->blob.len;
    *ret_done = d->left <= 0;
    return OK;
}

static enum err not_there(struct ctx *c)
{
    return fail(c->arena, ERR_NOT_FOUND, "%s",
        ctx_text(c, "There is no such file, or it isn't shown to you.", NULL));
}

// A file is seen with the field that holds it. One that no field holds any more (it was replaced)
// stays with those who work inside.
static bool field_allows(
    const struct ctx *c, const struct kind *k, const struct value *row, int64_t id)
{
    int64_t person = value_get_int(row, "person_id", 0);
    bool own = person != 0 && person == c->viewer.person;
    for (const struct field *f = k->fields; f && f->name; f++) {
        if (f->type == FIELD_FILE && value_get_int(row, f->name, 0) == id) {
            return view_shows(f, c->audience, own);
        }
    }
    return c->audience == AUDIENCE_OFFICE;
}

static enum err find_file(struct ctx *c, struct request *q, struct value *ret_file)
{
    const char *text = request_param(q, "id");
    struct value file, row;
    int64_t id;
    if (!text || !id_parse(&c->city->id_key, text, &id)) {
        return not_there(c);
    }
    enum err e = db_row(c->db, c->arena, "file.get", ARGS(ARG("id", value_id(id))), &file);
    if (e == ERR_NOT_FOUND) {
        return not_there(c);
    }
    TRY(e);
    int64_t record = value_get_int(&file, "record_id", 0);
    int64_t owner = value_get_int(&file, "owner_id", 0);
    if (record == 0) {
        *ret_file = file;
        return owner != 0 && owner == c->viewer.person ? OK : not_there(c);
    }
    const struct kind *k = registry_kind(c->registry, value_get_text(&file, "kind", ""));
    if (!k || value_get_int(&file, "is_sealed", 0) != 0) {
        return not_there(c);
    }
    TRY(site_row(c, k, record, &row));
    if (!field_allows(c, k, &row, id)) {
        return not_there(c);
    }
    *ret_file = file;
    return OK;
}

enum err site_handle_file(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    struct value file;
    TRY(find_file(c, q, &file));
    struct download *d = calloc(1, sizeof(*d));
    if (!d) {
        return fail(c->arena, ERR_UNAVAILABLE, "out of memory");
    }
    d->ctx = *c;
    d->id = value_get_int(&file, "id", 0);
    d->left = value_get_int(&file, "size_n", 0);
    arena_init(&d->arena, STREAM_BYTES);
    response_attachment(r, value_get_text(&file, "name", "file"),
        value_get_text(&file, "type", "application/octet-stream"));
    r->max_age = c->viewer.person ? -1 : 0;
    r->stream = download_piece;
    r->stream_free = download_free;
    r->stream_context = d;
    return OK;
}
