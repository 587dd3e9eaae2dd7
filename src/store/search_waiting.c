// SPDX-License-Identifier: Apache-2.0
// What acts put into the indexes waits in a plain table first: an index over words costs many times
// what the act itself costs, and far less a document when many are put in at once. A search looks
// at what waits, too, so nothing is found later than its act; what waits stands for the document,
// whatever the index still says of it. db_search_fold() moves it on.
#include "clock.h"
#include "driver.h"
#include "id.h"

static const char *key(const struct db *db)
{
    return db->store->driver->postgres ? "city, id" : "id";
}

enum err search_wait(
    struct db *db, struct arena *a, const char *index, int64_t id, const struct search_document *d)
{
    const char *sql = arena_fmt(a,
        "INSERT INTO search_waiting_%s (city, id, is_gone, kind, title, body, words)"
        " VALUES (:city, :id, :is_gone, :kind, :title, :body, :words) ON CONFLICT (%s) DO UPDATE"
        " SET is_gone = excluded.is_gone, kind = excluded.kind, title = excluded.title,"
        " body = excluded.body, words = excluded.words WHERE search_waiting_%s.city = "
        "excluded.city",
        index, key(db), index);
    return store_run_later(db, a, "search", sql,
        ARGS(ARG("id", value_id(id)), ARG("is_gone", value_bool(!d)),
            ARG("kind", value_text(d ? d->kind : "")), ARG("title", value_text(d ? d->title : "")),
            ARG("body", value_text(d ? d->body : "")),
            ARG("words", value_text(d ? d->words : ""))));
}

// ---- asking ------------------------------------------------------------------------------------

// One argument a word: " " and the word's beginning, as the words stand in the table.
static const struct arg *question_args(
    const struct db *db, struct arena *a, const struct search_question *q, struct buf *where)
{
    const char *find = db->store->driver->postgres ? "strpos" : "instr";
    struct arg *args = arena_array(a, struct arg, q->n_words + 4);
    size_t n = 0;
    char mark[SEARCH_MARK_SIZE];
    search_mark(db->context.city, mark);
    buf_puts(where, "city = :city AND id < :before_id AND is_gone = 0");
    args[n++] = (struct arg){ "before_id", value_id(q->before) };
    args[n++] = (struct arg){ "n", value_int(q->limit) };
    for (size_t i = 0; i < q->n_words; i++) {
        const char *name = arena_fmt(a, "w%zu", i);
        buf_fmt(where, " AND %s(words, :%s) > 0", find, name);
        args[n++] = (struct arg){ name, value_text(arena_fmt(a, " %s%s%s", mark, q->words[i],
                                            search_whole(q->words[i]) ? " " : "")) };
    }
    if (q->kind) {
        buf_puts(where, " AND kind = :kind");
        args[n++] = (struct arg){ "kind", value_text(q->kind) };
    }
    return args;
}

static enum err number(struct db *db, struct arena *a, const char *sql, const struct arg *args,
    const char *name, int64_t *ret_n)
{
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search", sql, NULL, args, &rows.sink, NULL));
    *ret_n = value_len(&rows.list) ? value_get_int(value_at(&rows.list, 0), name, 0) : 0;
    return OK;
}

enum err search_waiting(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count, bool *ret_any)
{
    int64_t any;
    *ret_rows = value_list(a);
    *ret_count = 0;
    TRY(number(db, a,
        arena_fmt(a, "SELECT 1 AS n FROM search_waiting_%s WHERE city = :city LIMIT 1", q->index),
        NO_ARGS, "n", &any));
    *ret_any = any != 0;
    if (!any) {
        return OK;
    }
    AUTO_BUF(where, 0);
    const struct arg *args = question_args(db, a, q, &where);
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search",
        arena_fmt(a,
            "SELECT id, kind, title, body FROM search_waiting_%s WHERE %s ORDER BY id DESC"
            " LIMIT :n",
            q->index, buf_text(&where)),
        NULL, args, &rows.sink, NULL));
    *ret_rows = rows.list;
    return number(db, a,
        arena_fmt(
            a, "SELECT COUNT(*) AS n FROM search_waiting_%s WHERE %s", q->index, buf_text(&where)),
        args, "n", ret_count);
}

// ---- moving on ---------------------------------------------------------------------------------

// Who has described something changes it next: a record stays out of the index for its first
// moments, so that it is put there once, and nobody's change meets its document on the move.
enum { YOUNG_MS = 2000 };

static struct value young(void)
{
    return value_id(id_floor(clock_now() - YOUNG_MS));
}

static enum err fold(struct db *db, struct arena *a, const char *index, int limit, int *ret_n)
{
    const char *id = db->store->driver->postgres ? "id" : "rowid";
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search",
        arena_fmt(a,
            "SELECT COUNT(*) AS n, SUM(is_gone) AS gone_n, MAX(id) AS last_id FROM (SELECT id,"
            " is_gone FROM search_waiting_%s WHERE city = :city AND id <= :young_id ORDER BY id"
            " LIMIT :n) w",
            index),
        NULL, ARGS(ARG("n", value_int(limit)), ARG("young_id", young())), &rows.sink, NULL));
    const struct value *first = value_at(&rows.list, 0);
    int64_t n = value_get_int(first, "n", 0);
    *ret_n += (int)n;
    if (!n) {
        return OK;
    }
    char mark[SEARCH_MARK_SIZE];
    search_mark(db->context.city, mark);
    const struct arg *args = ARGS(ARG("last_id", value_id(value_get_int(first, "last_id", 0))),
        ARG("block", value_text(search_block(a, mark))));
    if (value_get_int(first, "gone_n", 0)) { // mostly none is, and PostgreSQL would look for it
        TRY(store_run(db, a, "search",
            arena_fmt(a,
                "DELETE FROM search_%s WHERE city = :city AND %s IN (SELECT id FROM"
                " search_waiting_%s WHERE city = :city AND id <= :last_id AND is_gone = 1)",
                index, id, index),
            NULL, args, NULL, NULL));
    }
    TRY(store_run(
        db, a, "search", db->store->driver->search_fold_sql(a, index), NULL, args, NULL, NULL));
    return store_run(db, a, "search",
        arena_fmt(a, "DELETE FROM search_waiting_%s WHERE city = :city AND id <= :last_id", index),
        NULL, args, NULL, NULL);
}

enum err db_search_fold(struct db *db, struct arena *a, int limit, int *ret_n)
{
    int n = 0;
    if (!db->in_transaction || db->mode != DB_MOVE) {
        return fail(a, ERR_INTERNAL, "search: a change outside a writing transaction");
    }
    TRY(fold(db, a, "public", limit, &n));
    TRY(fold(db, a, "outside", limit, &n));
    TRY(fold(db, a, "office", limit, &n));
    *ret_n = n;
    return OK;
}

enum err db_search_waits(struct db *db, struct arena *a, bool *ret_waits)
{
    int64_t n;
    TRY(number(db, a,
        "SELECT 1 AS n"
        " WHERE EXISTS (SELECT 1 FROM search_waiting_public WHERE city = :city AND id <= :young_id)"
        " OR EXISTS (SELECT 1 FROM search_waiting_outside WHERE city = :city AND id <= :young_id)"
        " OR EXISTS (SELECT 1 FROM search_waiting_office WHERE city = :city AND id <= :young_id)",
        ARGS(ARG("young_id", young())), "n", &n));
    *ret_waits = n != 0;
    return OK;
}
