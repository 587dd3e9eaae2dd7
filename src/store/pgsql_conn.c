// SPDX-License-Identifier: Apache-2.0
#include "pgsql_conn.h"

#include "str.h"

#include <endian.h>
#include <poll.h>
#include <stdlib.h>

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23 };
enum { OID_FLOAT4 = 700, OID_FLOAT8 = 701, OID_NUMERIC = 1700 };

// ---- errors ------------------------------------------------------------------------------------

static const struct {
    const char *state; // SQLSTATE or its first two characters
    enum err code;
    const char *words; // NULL: a defect; the server's own words are given
} states[] = {
    { "40001", ERR_RETRY, "The data changed meanwhile." },
    { "40P01", ERR_RETRY, "The data changed meanwhile." },
    { "0A000", ERR_RETRY, "The schema changed meanwhile." }, // see pgsql_err()
    { "23505", ERR_EXISTS, "There is such a record already." },
    { "42501", ERR_DENIED, NULL },
    { "53100", ERR_FULL, "The database's disk is full; nothing was saved. Make room on it." },
    // what it remembers of serializable transactions: somebody's is very long
    { "53200", ERR_RETRY, "The database has no room for more work. Try again in a moment." },
    { "53", ERR_UNAVAILABLE, "The database has no room for more work. Try again in a moment." },
    { "54", ERR_TOO_LARGE, "That is too large to be stored." },
    { "55P03", ERR_UNAVAILABLE, "The database is busy. Try again in a moment." },
    { "57014", ERR_UNAVAILABLE, "The database took too long. Try again in a moment." },
    { "57", ERR_UNAVAILABLE, "The database is restarting. Try again in a moment." },
    { "58", ERR_UNAVAILABLE, "The database's disk could not be read or written." },
    { "08", ERR_UNAVAILABLE, "The connection to the database was lost." },
    { "25P03", ERR_UNAVAILABLE, "The connection to the database was lost." },
    { "XX001", ERR_CORRUPT, "The database is damaged." },
    { "XX002", ERR_CORRUPT, "The database is damaged." },
};

static enum err lost(struct arena *detail)
{
    return fail(
        detail, ERR_UNAVAILABLE, "The connection to the database was lost. Try again in a moment.");
}

enum err pgsql_err(struct pgsql_conn *c, struct arena *detail, const PGresult *r, const char *what)
{
    switch (PQresultStatus(r)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_PIPELINE_SYNC:
        return OK;
    default:
        break;
    }
    const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    if (PQstatus(c->pg) == CONNECTION_BAD || !r || !state) {
        return PQstatus(c->pg) == CONNECTION_BAD || !r
                   ? lost(detail)
                   : fail(detail, ERR_INTERNAL, "%s: %s", what, PQresultErrorMessage(r));
    }
    const char *message = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (str_eq(state, "0A000") && !strstr(message ? message : "", "cached plan")) {
        return fail(detail, ERR_INTERNAL, "%s: %s", what, message ? message : state);
    }
    c->fresh_plans |= str_eq(state, "0A000");
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        if (str_starts(state, states[i].state)) {
            return states[i].words
                       ? fail(detail, states[i].code, "%s", states[i].words)
                       : fail(detail, states[i].code, "%s: %s", what, message ? message : state);
        }
    }
    return fail(detail, ERR_INTERNAL, "%s: %s (%s)", what, message ? message : "", state);
}

// ---- connecting --------------------------------------------------------------------------------

static void no_notices(void *context, const char *message)
{
}

static const char session_setup[] =
    "SET statement_timeout = 30000; SET lock_timeout = 5000; SET jit = off;"
    "SET max_parallel_workers_per_gather = 0; SET work_mem = '16MB'; SET enable_seqscan = off;"
    "SET idle_in_transaction_session_timeout = 60000;"
    "SET search_path = public, pg_temp; SET client_connection_check_interval = 2000;"
    " SET default_transaction_read_only = on; SET "
    "client_min_messages = error;"
    "SET standard_conforming_strings = on; SET bytea_output = 'hex'; SET extra_float_digits = 1";

const char *pgsql_database(const struct pgsql_conn *c)
{
    return PQdb(c->pg);
}

enum err pgsql_role_name(
    struct pgsql_conn *c, struct arena *detail, const char *suffix, char **ret_name)
{
    char name[64];
    int len = snprintf(name, sizeof(name), "%s_%s", PQdb(c->pg), suffix);
    if (len < 0 || (size_t)len >= sizeof(name)) {
        return fail(
            detail, ERR_INVALID, "The database's name is too long; use at most 50 letters.");
    }
    char *quoted = PQescapeIdentifier(c->pg, name, (size_t)len);
    if (!quoted) {
        return fail(detail, ERR_INVALID, "The database's name cannot be used.");
    }
    *ret_name = strdup(quoted);
    PQfreemem(quoted);
    return *ret_name ? OK : fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
}

enum err pgsql_connect(
    struct pgsql_conn *c, struct arena *detail, const char *address, bool pipeline)
{
    // The address comes last, so that what it says itself is kept.
    const char *keys[] = { "connect_timeout", "keepalives", "keepalives_idle",
        "keepalives_interval", "keepalives_count", "tcp_user_timeout", "client_encoding",
        "fallback_application_name", "dbname", NULL };
    const char *values[] = { "5", "1", "30", "5", "3", "15000", "UTF8", "pilothouse", address,
        NULL };
    pgsql_disconnect(c);
    c->pg = PQconnectdbParams(keys, values, 1);
    if (PQstatus(c->pg) != CONNECTION_OK) {
        // libpq names host and port, never the password
        enum err e = fail(detail, ERR_UNAVAILABLE, "The database cannot be reached: %s",
            c->pg ? PQerrorMessage(c->pg) : "there is no memory left");
        pgsql_disconnect(c);
        return e;
    }
    PQsetNoticeProcessor(c->pg, no_notices, NULL);
    PGresult *r = PQexec(c->pg, session_setup);
    enum err e = pgsql_err(c, detail, r, "opening the database");
    PQclear(r);
    if (e == OK && !str_eq(PQparameterStatus(c->pg, "server_encoding"), "UTF8")) {
        e = fail(detail, ERR_INVALID, "The database must be created with ENCODING 'UTF8'.");
    }
    if (e == OK) {
        e = pgsql_role_name(c, detail, "sealed", &c->role);
    }
    if (e == OK && pipeline && PQenterPipelineMode(c->pg) != 1) {
        e = lost(detail);
    }
    if (e != OK) {
        pgsql_disconnect(c);
    }
    return e;
}

void pgsql_disconnect(struct pgsql_conn *c)
{
    PQfinish(c->pg);
    free(c->prepared);
    free(c->role);
    *c = (struct pgsql_conn){ 0 };
}

// An idle connection has nothing to say; when it does, it says goodbye.
static bool alive(struct pgsql_conn *c)
{
    if (!c->pg || c->fresh_plans || PQstatus(c->pg) != CONNECTION_OK ||
        PQtransactionStatus(c->pg) != PQTRANS_IDLE) {
        return false;
    }
    struct pollfd p = { .fd = PQsocket(c->pg), .events = POLLIN };
    for (int i = 0; i < 4 && poll(&p, 1, 0) > 0; i++) {
        if (PQconsumeInput(c->pg) != 1 || PQstatus(c->pg) != CONNECTION_OK) {
            return false;
        }
    }
    return true;
}

enum err pgsql_revive(struct pgsql_conn *c, struct arena *detail, const char *address)
{
    return alive(c) ? OK : pgsql_connect(c, detail, address, true);
}

// ---- sending -----------------------------------------------------------------------------------

void round_add(struct round *r, enum step_kind kind, const char *sql, bool wanted)
{
    r->steps[r->n++] = (struct step){ kind, sql, wanted, r->st, r->bound };
}

struct wire {
    const char **values;
    int *lengths, *formats;
};

static void put_number(struct arena *a, struct wire *w, size_t i, uint64_t bits)
{
    bits = htobe64(bits);
    w->values[i] = arena_memdup(a, &bits, sizeof(bits));
    w->lengths[i] = sizeof(bits);
    w->formats[i] = 1;
}

static struct wire wire_values(
    struct arena *a, const struct statement *st, const struct value *bound)
{
    struct wire w = { arena_array(a, const char *, st->n_params + 1),
        arena_array(a, int, st->n_params + 1), arena_array(a, int, st->n_params + 1) };
    for (size_t i = 0; i < st->n_params; i++) {
        const struct value *v = &bound[i];
        uint64_t bits;
        switch (v->kind) {
        case V_INT:
            put_number(a, &w, i, (uint64_t)v->n);
            break;
        case V_NUM:
            memcpy(&bits, &v->x, sizeof(bits));
            put_number(a, &w, i, bits);
            break;
        case V_TEXT:
            w.values[i] = v->text;
            break;
        case V_BLOB:
            w.values[i] = v->blob.len ? v->blob.data : "";
            w.lengths[i] = (int)v->blob.len;
            w.formats[i] = 1;
            break;
        default:
            break;
        }
    }
    return w;
}

static const char *statement_name(const struct statement *st, char name[16])
{
    snprintf(name, 16, "s%u", st->serial);
    return name;
}

static bool send_step(struct pgsql_conn *c, struct arena *a, const struct round *r, int i)
{
    char name[16];
    const struct step *s = &r->steps[i];
    struct wire w;
    switch (s->kind) {
    case STEP_SQL:
        return PQsendQueryParams(c->pg, s->sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
    case STEP_PREPARE:
        return PQsendPrepare(c->pg, statement_name(s->st, name), s->st->sql, 0, NULL) == 1;
    case STEP_PARAMS:
        w = wire_values(a, s->st, s->bound);
        return PQsendQueryParams(c->pg, s->sql, (int)s->st->n_params, NULL, w.values, w.lengths,
                   w.formats, 0) == 1;
    case STEP_RUN:
        w = wire_values(a, s->st, s->bound);
        return PQsendQueryPrepared(c->pg, statement_name(s->st, name), (int)s->st->n_params,
                   w.values, w.lengths, w.formats, 0) == 1;
    }
    return false;
}

static bool note_prepared(struct pgsql_conn *c, unsigned serial)
{
    if (serial >= c->size) {
        size_t size = (size_t)serial + 64;
        bool *prepared = realloc(c->prepared, size);
        if (!prepared) {
            return false;
        }
        memset(prepared + c->size, 0, size - c->size);
        c->prepared = prepared;
        c->size = size;
    }
    c->prepared[serial] = true;
    return true;
}

static enum err receive(
    struct pgsql_conn *c, struct arena *a, struct round *r, const char *what, PGresult **ret_result)
{
    enum err e = OK;
    for (int i = 0; i < r->n; i++) {
        PGresult *result = PQgetResult(c->pg);
        if (e == OK) { // what comes after a failed step was not run
            const struct statement *st = r->steps[i].st;
            e = pgsql_err(c, a, result, st ? st->name : what);
            r->done += e == OK;
        }
        if (e == OK && r->steps[i].kind == STEP_PREPARE &&
            !note_prepared(c, r->steps[i].st->serial)) {
            c->fresh_plans = true; // the server knows a name that we forgot
        }
        if (e == OK && r->steps[i].wanted && ret_result) {
            *ret_result = result;
        } else {
            PQclear(result);
        }
        for (PGresult *more; result && (more = PQgetResult(c->pg));) {
            PQclear(more);
        }
    }
    PGresult *sync = PQgetResult(c->pg);
    if (e == OK && PQresultStatus(sync) != PGRES_PIPELINE_SYNC) {
        e = pgsql_err(c, a, sync, what); // what only shows at the end, as a deferred constraint
        e = e == OK ? lost(a) : e;
    }
    if (PQresultStatus(sync) == PGRES_FATAL_ERROR && PQstatus(c->pg) == CONNECTION_OK) {
        while (sync && PQresultStatus(sync) != PGRES_PIPELINE_SYNC) {
            PQclear(sync);
            sync = PQgetResult(c->pg);
        }
    }
    PQclear(sync);
    return e;
}

enum err pgsql_round(
    struct pgsql_conn *c, struct arena *a, struct round *r, const char *what, PGresult **ret_result)
{
    PGresult *result = NULL;
    for (int i = 0; i < r->n; i++) {
        if (!send_step(c, a, r, i)) {
            return lost(a);
        }
    }
    if (PQpipelineSync(c->pg) != 1) {
        return lost(a);
    }
    enum err e = receive(c, a, r, what, &result);
    if (e == OK && ret_result) {
        *ret_result = result;
    } else {
        PQclear(result);
    }
    return e;
}

// ---- results -----------------------------------------------------------------------------------

static struct value number_of(const char *text, bool whole)
{
    int64_t n;
    double x;
    if (whole && str_i64(text, &n)) {
        return value_int(n);
    }
    return str_f64(text, &x) ? value_num(x) : VALUE_NULL;
}

static bool cell(struct arena *a, const PGresult *r, int row, int column, struct value *ret)
{
    if (PQgetisnull(r, row, column)) {
        *ret = VALUE_NULL;
        return true;
    }
    const char *text = PQgetvalue(r, row, column);
    size_t len = (size_t)PQgetlength(r, row, column);
    switch (PQftype(r, column)) {
    case OID_BOOL:
        *ret = value_int(*text == 't');
        return true;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
        *ret = number_of(text, true);
        return true;
    case OID_NUMERIC: // a sum of BIGINT has no point
        *ret = number_of(text, strchr(text, '.') == NULL);
        return true;
    case OID_FLOAT4:
    case OID_FLOAT8:
        *ret = number_of(text, false);
        return true;
    case OID_BYTEA: {
        if (len < 2 || len % 2) {
            return false;
        }
        size_t size = (len - 2) / 2;
        void *data = arena_alloc(a, size);
        *ret = (struct value){ .kind = V_BLOB, .blob = { data, size } };
        return str_unhex(text + 2, data, size);
    }
    default:
        *ret = value_text(arena_strndup(a, text, len));
        return true;
    }
}

enum err pgsql_rows(struct arena *a, const struct statement *st, const PGresult *result,
    struct sink *sink, const char *currency)
{
    int n = PQnfields(result);
    struct columns columns = columns_new(sink, (size_t)n);
    for (int i = 0; i < n; i++) {
        columns_set(&columns, sink, (size_t)i, PQfname(result, i));
    }
    for (int row = 0; row < PQntuples(result) && !sink->done; row++) {
        struct value *raw = arena_array(sink->arena, struct value, (size_t)n);
        for (int i = 0; i < n; i++) {
            if (!cell(sink->arena, result, row, i, &raw[i])) {
                return fail(a, ERR_CORRUPT, "%s: unreadable bytes came back", st->name);
            }
        }
        TRY(sink_row(sink, a, st, &columns, raw, currency));
    }
    return OK;
}
