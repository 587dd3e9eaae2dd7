// SPDX-License-Identifier: Apache-2.0
// A tsvector made of the folded words (search.c), so PostgreSQL's parsers and dictionaries have no
// part in it. A word that many records have is found by walking the newest records; one that few
// have, by the GIN index. Which it is, a short walk tells: the planner can't, for it must choose
// before it knows the words.
#include "pgsql_conn.h"

enum { WALK_ROWS = 1000, LONG_WALK_ROWS = 30000 };

#define INDEX(name)                                                                                \
    "CREATE TABLE IF NOT EXISTS search_" name " (city BIGINT NOT NULL, id BIGINT NOT NULL,"        \
    " kind TEXT COLLATE \"C\" NOT NULL, title TEXT COLLATE \"C\" NOT NULL,"                        \
    " body TEXT COLLATE \"C\" NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (city, id));"         \
    "CREATE INDEX IF NOT EXISTS search_" name "_words ON search_" name                             \
    " USING gin (words) WITH (fastupdate = off);"

const char pgsql_search_schema[] = INDEX("public") INDEX("office");

const char *pgsql_search_put_sql(struct arena *a, const char *index)
{
    return arena_fmt(a,
        "INSERT INTO search_%s (city, id, kind, title, body, words) VALUES (:city, :id, :kind,"
        " :title, :body, array_to_tsvector(string_to_array(:words, ' ')))"
        " ON CONFLICT (city, id) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
        " body = excluded.body, words = excluded.words",
        index);
}

static enum err ask(struct db *db, struct arena *a, const struct search_question *q,
    const char *words, const char *sql, int64_t limit, int64_t walk, struct value *ret_rows)
{
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search", sql, NULL,
        ARGS(ARG("words", value_text(words)), ARG("before_id", value_id(q->before)),
            ARG("n", value_int(limit)), ARG("walk_n", value_int(walk))),
        &rows.sink, NULL));
    *ret_rows = rows.list;
    return OK;
}

static enum err count_walking(struct db *db, struct arena *a, const struct search_question *q,
    const char *words, int64_t walk, int64_t *ret_n)
{
    struct value rows;
    TRY(ask(db, a, q, words,
        arena_fmt(a,
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM (SELECT words FROM search_%s WHERE"
            " city = :city ORDER BY id DESC LIMIT :walk_n) t WHERE t.words @@ :words::tsquery"
            " LIMIT :n) m",
            q->index),
        SEARCH_COUNT, walk, &rows));
    *ret_n = value_get_int(value_at(&rows, 0), "n", 0);
    return OK;
}

static enum err count_by_index(struct db *db, struct arena *a, const struct search_question *q,
    const char *words, int64_t *ret_n)
{
    struct value rows;
    TRY(ask(db, a, q, words,
        arena_fmt(a,
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM search_%s WHERE city = :city AND"
            " words @@ :words::tsquery LIMIT :n) m",
            q->index),
        SEARCH_COUNT, 0, &rows));
    *ret_n = value_get_int(value_at(&rows, 0), "n", 0);
    return OK;
}

static enum err count(struct db *db, struct arena *a, const struct search_question *q,
    const char *words, int64_t *ret_n)
{
    int64_t near = 0;
    TRY(count_walking(db, a, q, words, WALK_ROWS, &near));
    int64_t walk = near ? (int64_t)SEARCH_COUNT * WALK_ROWS * 3 / (2 * near) : INT64_MAX;
    if (walk <= LONG_WALK_ROWS) {
        TRY(count_walking(db, a, q, words, walk, ret_n));
        if (*ret_n == SEARCH_COUNT) {
            return OK;
        }
    }
    return count_by_index(db, a, q, words, ret_n);
}

enum err pgsql_search(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count)
{
    AUTO_BUF(match, 0);
    char mark[SEARCH_MARK_SIZE];
    search_mark(db->context.city, mark);
    for (size_t i = 0; i < q->n_words; i++) {
        buf_fmt(&match, "%s'%s%s'%s", i ? " & " : "", mark, q->words[i],
            search_whole(q->words[i]) ? "" : ":*");
    }
    if (q->kind) {
        buf_puts(&match, " & '");
        search_kind(&match, mark, q->kind);
        buf_putc(&match, '\'');
    }
    const char *words = buf_text(&match);
    TRY(ask(db, a, q, words,
        arena_fmt(a,
            "SELECT id, kind, title, body FROM (SELECT * FROM search_%s WHERE city = :city AND"
            " id < :before_id ORDER BY id DESC LIMIT :walk_n) t WHERE t.words @@ :words::tsquery"
            " ORDER BY id DESC LIMIT :n",
            q->index),
        q->limit, WALK_ROWS, ret_rows));
    if (value_len(ret_rows) < (size_t)q->limit) {
        // "id + 0" keeps the planner from walking again
        TRY(ask(db, a, q, words,
            arena_fmt(a,
                "SELECT id, kind, title, body FROM search_%s WHERE city = :city AND"
                " id < :before_id AND words @@ :words::tsquery ORDER BY id + 0 DESC LIMIT :n",
                q->index),
            q->limit, 0, ret_rows));
    }
    if (!ret_count) {
        return OK;
    }
    if (q->before == INT64_MAX && value_len(ret_rows) < (size_t)q->limit) {
        *ret_count = (int64_t)value_len(ret_rows); // that was all of it
        return OK;
    }
    return count(db, a, q, words, ret_count);
}
