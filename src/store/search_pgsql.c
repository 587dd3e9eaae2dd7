// SPDX-License-Identifier: Apache-2.0
// A tsvector made of the folded words (search.c), so PostgreSQL's parsers and dictionaries have no
// part in it. A word that many records have is found by walking the newest records; one that few
// have, by the GIN index. Which it is, a short walk tells: the planner can't, for it must choose
// before it knows the words.
#include "pgsql_conn.h"

enum { WALK_ROWS = 2000, LONG_WALK_ROWS = 25000, LONGER_WALK_ROWS = 100000, MANY_NEAR = 4 };

#define INDEX(name)                                                                                \
    "CREATE TABLE IF NOT EXISTS search_" name " (city BIGINT NOT NULL, id BIGINT NOT NULL,"        \
    " kind TEXT COLLATE \"C\" NOT NULL, title TEXT COLLATE \"C\" NOT NULL,"                        \
    " body TEXT COLLATE \"C\" NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (city, id));"         \
    "CREATE INDEX IF NOT EXISTS search_" name "_words ON search_" name                             \
    " USING gin (words) WITH (fastupdate = off);"                                                  \
    "CREATE TABLE IF NOT EXISTS search_waiting_" name " (city BIGINT NOT NULL,"                    \
    " id BIGINT NOT NULL, is_gone BIGINT NOT NULL, kind TEXT COLLATE \"C\" NOT NULL,"              \
    " title TEXT COLLATE \"C\" NOT NULL, body TEXT COLLATE \"C\" NOT NULL,"                        \
    " words TEXT COLLATE \"C\" NOT NULL, PRIMARY KEY (city, id));"

const char pgsql_search_schema[] = INDEX("public") INDEX("outside") INDEX("office");

const char *pgsql_search_fold_sql(struct arena *a, const char *index)
{
    return arena_fmt(a,
        "INSERT INTO search_%s (city, id, kind, title, body, words) SELECT city, id, kind, title,"
        " body, array_to_tsvector(string_to_array(btrim(words), ' ')) FROM search_waiting_%s"
        " WHERE city = :city AND id <= :last_id AND is_gone = 0 ORDER BY id"
        " ON CONFLICT (city, id) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
        " body = excluded.body, words = excluded.words",
        index, index);
}

struct pgsql_question {
    const struct search_question *q;
    const char *words; // as a tsquery
    const char *waits; // a further condition on t, or ""
};

// The words are cast once, in a subquery of their own: as a mere parameter they would be parsed
// anew at each row.
#define MATCHES "t.words @@ (SELECT :words::tsquery)"

static enum err ask(struct db *db, struct arena *a, const struct pgsql_question *p, const char *sql,
    int64_t limit, int64_t walk, struct value *ret_rows)
{
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search", sql, NULL,
        ARGS(ARG("words", value_text(p->words)), ARG("before_id", value_id(p->q->before)),
            ARG("n", value_int(limit)), ARG("walk_n", value_int(walk))),
        &rows.sink, NULL));
    *ret_rows = rows.list;
    return OK;
}

// Among the newest WALK documents: the page's rows, each with the number of all hits there.
static enum err walk(struct db *db, struct arena *a, const struct pgsql_question *p, int64_t walk,
    struct value *ret_rows, int64_t *ret_near)
{
    TRY(ask(db, a, p,
        arena_fmt(a,
            "WITH near AS MATERIALIZED (SELECT t.id FROM (SELECT city, id, words FROM search_%s"
            " WHERE city = :city AND id < :before_id ORDER BY id DESC LIMIT :walk_n) t"
            " WHERE " MATCHES "%s)"
            " SELECT s.id, s.kind, s.title, s.body, (SELECT COUNT(*) FROM near) AS near_n"
            " FROM (SELECT id FROM near ORDER BY id DESC LIMIT :n) h"
            " JOIN search_%s s ON s.city = :city AND s.id = h.id ORDER BY s.id DESC",
            p->q->index, p->waits, p->q->index),
        p->q->limit, walk, ret_rows));
    *ret_near = value_len(ret_rows) ? value_get_int(value_at(ret_rows, 0), "near_n", 0) : 0;
    return OK;
}

// "city + 0" and "id + 0" keep the planner, which can't know the words, from walking.
static enum err rows_by_index(
    struct db *db, struct arena *a, const struct pgsql_question *p, struct value *ret_rows)
{
    return ask(db, a, p,
        arena_fmt(a,
            "SELECT id, kind, title, body FROM search_%s t WHERE city + 0 = :city AND"
            " id < :before_id AND " MATCHES "%s ORDER BY id + 0 DESC LIMIT :n",
            p->q->index, p->waits),
        p->q->limit, 0, ret_rows);
}

// FROM: what stands between FROM and the words' condition.
static enum err count(struct db *db, struct arena *a, const struct pgsql_question *p,
    const char *from, int64_t walk, int64_t *ret_n)
{
    struct value rows;
    TRY(ask(db, a, p,
        arena_fmt(a, "SELECT COUNT(*) AS n FROM (SELECT 1 FROM %s " MATCHES "%s LIMIT :n) m", from,
            p->waits),
        SEARCH_COUNT, walk, &rows));
    *ret_n = value_get_int(value_at(&rows, 0), "n", 0);
    return OK;
}

static enum err count_walking(
    struct db *db, struct arena *a, const struct pgsql_question *p, int64_t walk, int64_t *ret_n)
{
    return count(db, a, p,
        arena_fmt(a,
            "(SELECT city, id, words FROM search_%s WHERE city = :city ORDER BY id DESC"
            " LIMIT :walk_n) t WHERE",
            p->q->index),
        walk, ret_n);
}

static enum err count_by_index(
    struct db *db, struct arena *a, const struct pgsql_question *p, int64_t *ret_n)
{
    return count(
        db, a, p, arena_fmt(a, "search_%s t WHERE t.city + 0 = :city AND", p->q->index), 0, ret_n);
}

static bool asks_several(const struct search_question *q)
{
    return q->n_words + (q->kind != NULL) > 1;
}

// NEAR of the newest WALKED documents were hits.
static enum err count_all(struct db *db, struct arena *a, const struct pgsql_question *p,
    int64_t near, int64_t walked, int64_t *ret_n)
{
    int64_t far = near ? (int64_t)SEARCH_COUNT * walked * 5 / (4 * near) : INT64_MAX;
    // The index gathers all hits of each word before it intersects them; a walk costs the same
    // however many words are asked for.
    if (far <= (asks_several(p->q) ? LONGER_WALK_ROWS : LONG_WALK_ROWS)) {
        TRY(count_walking(db, a, p, far, ret_n));
        if (*ret_n == SEARCH_COUNT) {
            return OK;
        }
    }
    return count_by_index(db, a, p, ret_n);
}

static const char *as_tsquery(struct db *db, struct arena *a, const struct search_question *q)
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
    return arena_strdup(a, buf_text(&match));
}

enum err pgsql_search(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count)
{
    struct pgsql_question p = { q, as_tsquery(db, a, q), "" };
    if (q->skip_waiting) {
        p.waits = arena_fmt(a,
            " AND (SELECT 1 FROM search_waiting_%s w WHERE w.city = t.city AND w.id = t.id) IS"
            " NULL",
            q->index);
    }
    int64_t near, walked = WALK_ROWS;
    TRY(walk(db, a, &p, walked, ret_rows, &near));
    if (near < q->limit && near >= (asks_several(q) ? 1 : MANY_NEAR)) {
        walked *= q->limit * 3 / (2 * near) + 1;
        TRY(walk(db, a, &p, walked, ret_rows, &near));
    }
    if (near < q->limit) {
        TRY(rows_by_index(db, a, &p, ret_rows));
    }
    if (!ret_count) {
        return OK;
    }
    if (q->before == INT64_MAX && value_len(ret_rows) < (size_t)q->limit) {
        *ret_count = (int64_t)value_len(ret_rows); // that was all of it
        return OK;
    }
    return count_all(db, a, &p, q->before == INT64_MAX ? near : 0, walked, ret_count);
}
