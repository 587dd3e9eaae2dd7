// SPDX-License-Identifier: Apache-2.0
// FTS5, one table an index, rowid = record id, so that the newest come first without a sort. The
// words come folded (search.c), so the tokenizer is the plainest; city and kind are words too, made
// of private-use characters that no text can bring in, so that they are intersected like any other.
#include "sqlite_conn.h"

#define INDEX(name)                                                                                \
    "CREATE VIRTUAL TABLE IF NOT EXISTS search_" name " USING fts5(words, kind UNINDEXED,"         \
    " city UNINDEXED, title UNINDEXED, body UNINDEXED, tokenize = 'ascii', prefix = '4 5 6 7',"    \
    " detail = none, columnsize = 0);"                                                             \
    "CREATE TABLE IF NOT EXISTS search_waiting_" name " (id INTEGER NOT NULL PRIMARY KEY,"         \
    " city INTEGER NOT NULL, is_gone INTEGER NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,"   \
    " body TEXT NOT NULL, words TEXT NOT NULL) STRICT;"

const char sqlite_search_schema[] = INDEX("public") INDEX("outside") INDEX("office");

const char *sqlite_search_fold_sql(struct arena *a, const char *index)
{
    return arena_fmt(a,
        "REPLACE INTO search_%s (rowid, words, kind, city, title, body)"
        " SELECT id, words, kind, city, title, body FROM search_waiting_%s"
        " WHERE city = :city AND id <= :last_id AND is_gone = 0 ORDER BY id",
        index, index);
}

enum err sqlite_search(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count)
{
    AUTO_BUF(match, 0);
    char mark[SEARCH_MARK_SIZE];
    search_mark(db->context.city, mark);
    for (size_t i = 0; i < q->n_words; i++) {
        buf_fmt(&match, "%s\"%s%s\"%s", i ? " AND " : "", mark, q->words[i],
            search_whole(q->words[i]) ? "" : " *");
    }
    if (q->kind) {
        buf_puts(&match, " AND \"");
        search_kind(&match, mark, q->kind);
        buf_putc(&match, '"');
    }
    struct list_sink rows = list_sink(a), counted = list_sink(a);
    const char *words = buf_text(&match), *waits = "";
    if (q->skip_waiting) {
        waits = arena_fmt(a,
            " AND NOT EXISTS (SELECT 1 FROM search_waiting_%s w WHERE w.id = search_%s.rowid)",
            q->index, q->index);
    }
    TRY(store_run(db, a, "search",
        arena_fmt(a,
            "SELECT rowid AS id, kind, title, body FROM search_%s WHERE search_%s MATCH :words"
            " AND rowid < :before_id AND city = :city%s ORDER BY rowid DESC LIMIT :n",
            q->index, q->index, waits),
        NULL,
        ARGS(ARG("words", value_text(words)), ARG("before_id", value_id(q->before)),
            ARG("n", value_int(q->limit))),
        &rows.sink, NULL));
    *ret_rows = rows.list;
    if (!ret_count) {
        return OK;
    }
    if (q->before == INT64_MAX && value_len(ret_rows) < (size_t)q->limit) {
        *ret_count = (int64_t)value_len(ret_rows); // that was all of it
        return OK;
    }
    TRY(store_run(db, a, "search",
        arena_fmt(a,
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM search_%s WHERE search_%s MATCH :words%s"
            " LIMIT :n)",
            q->index, q->index, waits),
        NULL, ARGS(ARG("words", value_text(words)), ARG("n", value_int(SEARCH_COUNT))),
        &counted.sink, NULL));
    *ret_count = value_get_int(value_at(&counted.list, 0), "n", 0);
    return OK;
}
