// SPDX-License-Identifier: Apache-2.0
// Bulk load: COPY in its binary form.
#include "pgsql_conn.h"

#include <endian.h>

enum { SEND_BYTES = 256 * 1024 };

struct pgsql_load {
    const struct statement *st;
    struct arena *arena;
    struct buf out;
};

static void put16(struct buf *b, int n)
{
    uint16_t wire = htobe16((uint16_t)n);
    buf_add(b, &wire, sizeof(wire));
}

static void put32(struct buf *b, int64_t n)
{
    uint32_t wire = htobe32((uint32_t)n);
    buf_add(b, &wire, sizeof(wire));
}

static void put64(struct buf *b, uint64_t bits)
{
    bits = htobe64(bits);
    put32(b, sizeof(bits));
    buf_add(b, &bits, sizeof(bits));
}

static enum err start_copy(struct pgsql_db *own, struct arena *a, const char *sql, const char *what)
{
    // COPY has no place in a pipeline.
    if (PQexitPipelineMode(own->conn.pg) != 1) {
        return fail(a, ERR_UNAVAILABLE, "The connection to the database was lost.");
    }
    PGresult *r = PQexec(own->conn.pg, sql);
    enum err e = pgsql_err(&own->conn, a, r, what);
    PQclear(r);
    if (e != OK && PQenterPipelineMode(own->conn.pg) != 1) {
        own->conn.fresh_plans = true;
    }
    return e;
}

enum err pgsql_load_begin(
    struct db *db, struct arena *a, const struct statement *st, const char *table, void **ret_state)
{
    struct pgsql_db *own = db->state;
    TRY(pgsql_ensure_begun(db, a));
    AUTO_BUF(sql, 0);
    buf_fmt(&sql, "COPY %s (", table);
    for (size_t i = 0; i < st->n_params; i++) {
        buf_fmt(&sql, "%s%s", i ? ", " : "", st->params[i].name);
    }
    buf_puts(&sql, ") FROM STDIN (FORMAT binary)");
    TRY(start_copy(own, a, buf_text(&sql), table));
    struct pgsql_load *l = arena_new(a, struct pgsql_load);
    *l = (struct pgsql_load){ st, a, BUF(0) };
    buf_add(&l->out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    *ret_state = l;
    return OK;
}

static enum err send(struct db *db, struct pgsql_load *l)
{
    struct pgsql_db *own = db->state;
    int sent = PQputCopyData(own->conn.pg, buf_text(&l->out), (int)l->out.len);
    buf_clear(&l->out);
    return sent == 1 ? OK
                     : fail(l->arena, ERR_UNAVAILABLE, "The connection to the database was lost.");
}

static void put_cell(struct buf *b, const struct value *v)
{
    uint64_t bits;
    switch (v->kind) {
    case V_INT:
        put64(b, (uint64_t)v->n);
        break;
    case V_NUM:
        memcpy(&bits, &v->x, sizeof(bits));
        put64(b, bits);
        break;
    case V_TEXT: {
        size_t len = strlen(v->text);
        put32(b, (int64_t)len);
        buf_add(b, v->text, len);
        break;
    }
    case V_BLOB:
        put32(b, (int64_t)v->blob.len);
        buf_add(b, v->blob.data, v->blob.len);
        break;
    default:
        put32(b, -1);
    }
}

enum err pgsql_load_row(struct db *db, void *state, const struct value *cells)
{
    struct pgsql_load *l = state;
    put16(&l->out, (int)l->st->n_params);
    for (size_t i = 0; i < l->st->n_params; i++) {
        put_cell(&l->out, &cells[i]);
    }
    return l->out.len >= SEND_BYTES ? send(db, l) : OK;
}

enum err pgsql_load_end(struct db *db, void *state, bool failed)
{
    struct pgsql_db *own = db->state;
    struct pgsql_load *l = state;
    enum err e = OK;
    if (!failed) {
        put16(&l->out, -1);
        e = send(db, l);
        failed = e != OK;
    }
    buf_release(&l->out);
    if (PQputCopyEnd(own->conn.pg, failed ? "the load failed" : NULL) != 1 && e == OK) {
        e = fail(l->arena, ERR_UNAVAILABLE, "The connection to the database was lost.");
    }
    for (PGresult *r; (r = PQgetResult(own->conn.pg));) {
        enum err said = failed ? OK : pgsql_err(&own->conn, l->arena, r, l->st->name);
        e = e == OK ? said : e;
        PQclear(r);
    }
    if (PQenterPipelineMode(own->conn.pg) != 1) {
        own->conn.fresh_plans = true; // connect anew at the next begin
    }
    return e;
}
