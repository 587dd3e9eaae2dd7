// SPDX-License-Identifier: Apache-2.0
// A tsvector made of the folded words (search.c), so PostgreSQL's parsers and dictionaries have no
// part in it. A word that many records have is found by walking the newest records; one that few
// have, by the GIN index. Which it is, a short walk tells: the planner can't, for it must choose
// before it knows the words.
//
// The index gathers all documents of a prefix before it looks at the next word, but of whole words
// it reads only what it needs. So a prefix is looked up in a list of all words first. And it is
// asked for a range of documents where no more is needed: those that were put in at about the same
// time share a block, which is one more word of theirs.
#include "pgsql_conn.h"

enum {
    WALK_ROWS = 1000,
    LONG_WALK_ROWS = 5000,
    LONGER_WALK_ROWS = 25000,
    BLOCK_ROWS = 4096,
    MOST_BLOCKS = 100,
    MOST_BEGINNINGS = 400, // words that one prefix may stand for
    MOST_HITS = 6000,      // that are fetched to find the newest of them
};

#define INDEX(name)                                                                                \
    "CREATE TABLE IF NOT EXISTS search_" name " (city BIGINT NOT NULL, id BIGINT NOT NULL,"        \
    " kind TEXT COLLATE \"C\" NOT NULL, title TEXT COLLATE \"C\" NOT NULL,"                        \
    " body TEXT COLLATE \"C\" NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (city, id));"         \
    "CREATE INDEX IF NOT EXISTS search_" name "_words ON search_" name                             \
    " USING gin (words) WITH (fastupdate = off);"                                                  \
    "CREATE TABLE IF NOT EXISTS search_waiting_" name " (city BIGINT NOT NULL,"                    \
    " id BIGINT NOT NULL, is_gone BIGINT NOT NULL, kind TEXT COLLATE \"C\" NOT NULL,"              \
    " title TEXT COLLATE \"C\" NOT NULL, body TEXT COLLATE \"C\" NOT NULL,"                        \
    " words TEXT COLLATE \"C\" NOT NULL, PRIMARY KEY (city, id));"                                 \
    "CREATE TABLE IF NOT EXISTS search_word_" name                                                 \
    " (word TEXT COLLATE \"C\" NOT NULL PRIMARY KEY);"                                             \
    "CREATE TABLE IF NOT EXISTS search_block_" name " (city BIGINT NOT NULL,"                      \
    " block_n BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (city, block_n));"                   \
    "INSERT INTO search_word_" name " SELECT DISTINCT unnest(tsvector_to_array(words))"            \
    " FROM search_" name " WHERE NOT EXISTS (SELECT 1 FROM search_word_" name ");"

const char pgsql_search_schema[] = INDEX("public") INDEX("outside") INDEX("office");

const char *pgsql_search_fold_sql(struct arena *a, const char *index)
{
    return arena_fmt(a,
        "WITH moved AS MATERIALIZED (SELECT city, id, kind, title, body,"
        " string_to_array(btrim(words), ' ') AS words FROM search_waiting_%s"
        " WHERE city = :city AND id <= :last_id AND is_gone = 0 ORDER BY id),"
        " listed AS (INSERT INTO search_word_%s (word) SELECT DISTINCT w FROM moved, unnest(words)"
        " w ON CONFLICT DO NOTHING),"
        " block AS (INSERT INTO search_block_%s (city, block_n, n) SELECT :city,"
        " COALESCE((SELECT block_n + CASE WHEN n < %d THEN 0 ELSE 1 END FROM search_block_%s"
        " WHERE city = :city ORDER BY block_n DESC LIMIT 1), 1), COUNT(*) FROM moved"
        " HAVING COUNT(*) > 0 ON CONFLICT (city, block_n) DO UPDATE"
        " SET n = search_block_%s.n + excluded.n RETURNING block_n)"
        " INSERT INTO search_%s (city, id, kind, title, body, words) SELECT city, id, kind, title,"
        " body, array_to_tsvector(words || (:block || block_n)) FROM moved, block"
        " ON CONFLICT (city, id) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
        " body = excluded.body, words = excluded.words",
        index, index, index, BLOCK_ROWS, index, index, index);
}

// ---- asking ------------------------------------------------------------------------------------

enum { MOST_WORDS = SEARCH_WORDS + 1 }; // and the kind

struct pgsql_question {
    const struct search_question *q;
    char mark[SEARCH_MARK_SIZE];
    size_t n_words;
    const char *words[MOST_WORDS]; // each as a tsquery
    int64_t near[MOST_WORDS];      // how many of the newest documents have it
    bool listed;                   // prefixes have been looked up
    bool nothing;                  // one of them begins no word at all
    const char *waits;             // a further condition on t, or ""
};

static const char *as_tsquery(struct arena *a, const struct pgsql_question *p, const char *word)
{
    return arena_fmt(a, "'%s%s'%s", p->mark, word, search_whole(word) ? "" : ":*");
}

static void take_words(struct db *db, struct arena *a, struct pgsql_question *p)
{
    const struct search_question *q = p->q;
    search_mark(db->context.city, p->mark);
    for (size_t i = 0; i < q->n_words; i++) {
        p->words[p->n_words++] = as_tsquery(a, p, q->words[i]);
    }
    if (q->kind) {
        AUTO_BUF(kind, 0);
        buf_putc(&kind, '\'');
        search_kind(&kind, p->mark, q->kind);
        buf_putc(&kind, '\'');
        p->words[p->n_words++] = arena_strdup(a, buf_text(&kind));
    }
}

// Words are cast once, in a subquery of their own: as a mere parameter they would be parsed anew at
// each row. Each is a condition of its own, so that the index goes from one to the next.
static const char *matches(struct arena *a, const struct pgsql_question *p)
{
    AUTO_BUF(sql, 0);
    for (size_t i = 0; i < p->n_words; i++) {
        buf_fmt(&sql, "%st.words @@ (SELECT :w%zu::tsquery)", i ? " AND " : "", i);
    }
    buf_puts(&sql, p->waits);
    return arena_strdup(a, buf_text(&sql));
}

static enum err ask(struct db *db, struct arena *a, const struct pgsql_question *p, const char *sql,
    int64_t limit, int64_t walk, const char *blocks, struct value *ret_rows)
{
    struct arg args[MOST_WORDS + 5] = { ARG("before_id", value_id(p->q->before)),
        ARG("n", value_int(limit)), ARG("walk_n", value_int(walk)),
        ARG("blocks", value_text(blocks)) };
    for (size_t i = 0; i < p->n_words; i++) {
        args[4 + i] = (struct arg){ arena_fmt(a, "w%zu", i), value_text(p->words[i]) };
    }
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search", sql, NULL, args, &rows.sink, NULL));
    *ret_rows = rows.list;
    return OK;
}

// ---- walking -----------------------------------------------------------------------------------

struct walked {
    int64_t documents, hits; // looked at, found among them
    struct value rows;       // the page's
};

static const char *walk_sql(struct arena *a, const struct pgsql_question *p)
{
    AUTO_BUF(each, 0);
    AUTO_BUF(counts, 0);
    AUTO_BUF(all, 0);
    for (size_t i = 0; i < p->n_words; i++) {
        buf_fmt(&each, ", t.words @@ (SELECT :w%zu::tsquery) AS m%zu", i, i);
        buf_fmt(&counts, ", COUNT(*) FILTER (WHERE m%zu) AS m%zu_n", i, i);
        buf_fmt(&all, "m%zu AND ", i);
    }
    return arena_fmt(a,
        "WITH near AS MATERIALIZED (SELECT t.id%s, true%s AS shown FROM (SELECT city, id, words"
        " FROM search_%s WHERE city = :city AND id < :before_id ORDER BY id DESC LIMIT :walk_n) t)"
        " SELECT c.*, s.id, s.kind, s.title, s.body FROM (SELECT COUNT(*) AS walked_n,"
        " COUNT(*) FILTER (WHERE %sshown) AS hits_n%s FROM near) c LEFT JOIN"
        " (SELECT id FROM near WHERE %sshown ORDER BY id DESC LIMIT :n) h ON true LEFT JOIN"
        " search_%s s ON s.city = :city AND s.id = h.id ORDER BY s.id DESC",
        buf_text(&each), p->waits, p->q->index, buf_text(&all), buf_text(&counts), buf_text(&all),
        p->q->index);
}

// Looks at the newest N documents.
static enum err walk(
    struct db *db, struct arena *a, struct pgsql_question *p, int64_t n, struct walked *ret_walked)
{
    struct value rows;
    TRY(ask(db, a, p, walk_sql(a, p), p->q->limit, n, "", &rows));
    const struct value *first = value_at(&rows, 0);
    ret_walked->documents = value_get_int(first, "walked_n", 0);
    ret_walked->hits = value_get_int(first, "hits_n", 0);
    for (size_t i = 0; i < p->n_words; i++) {
        p->near[i] = value_get_int(first, arena_fmt(a, "m%zu_n", i), 0);
    }
    ret_walked->rows = ret_walked->hits ? rows : value_list(a);
    return OK;
}

// ---- the index ---------------------------------------------------------------------------------

// The words that WORD begins, as one tsquery. They are letters and digits alone.
static enum err look_up(
    struct db *db, struct arena *a, struct pgsql_question *p, const char *word, const char **ret)
{
    struct list_sink rows = list_sink(a);
    TRY(store_run(db, a, "search",
        arena_fmt(a, "SELECT word FROM search_word_%s WHERE word >= :low AND word < :high LIMIT :n",
            p->q->index),
        NULL,
        ARGS(ARG("low", value_text(arena_fmt(a, "%s%s", p->mark, word))),
            ARG("high", value_text(arena_fmt(a, "%s%s\U0010FFFF", p->mark, word))),
            ARG("n", value_int(MOST_BEGINNINGS + 1))),
        &rows.sink, NULL));
    size_t n = value_len(&rows.list);
    p->nothing |= n == 0;
    if (n == 0 || n > MOST_BEGINNINGS) {
        *ret = as_tsquery(a, p, word);
        return OK;
    }
    AUTO_BUF(any, 0);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(&any, "%s'%s'", i ? "|" : "", value_get_text(value_at(&rows.list, i), "word", ""));
    }
    *ret = arena_strdup(a, buf_text(&any));
    return OK;
}

// The rarest first: the index asks the next word only about what it found for those before.
static void sort_words(struct pgsql_question *p)
{
    for (size_t i = 1; i < p->n_words; i++) {
        for (size_t j = i; j > 0 && p->near[j] < p->near[j - 1]; j--) {
            const char *word = p->words[j];
            int64_t near = p->near[j];
            p->words[j] = p->words[j - 1];
            p->near[j] = p->near[j - 1];
            p->words[j - 1] = word;
            p->near[j - 1] = near;
        }
    }
}

static enum err list_words(struct db *db, struct arena *a, struct pgsql_question *p)
{
    for (size_t i = 0; !p->listed && i < p->q->n_words; i++) {
        if (!search_whole(p->q->words[i])) {
            TRY(look_up(db, a, p, p->q->words[i], &p->words[i]));
        }
    }
    if (!p->listed) {
        sort_words(p);
    }
    p->listed = true;
    return OK;
}

// "city + 0" keeps the planner, which can't know the words, from walking.
#define BY_INDEX                                                                                   \
    "SELECT t.id FROM search_%s t WHERE t.city + 0 = :city AND t.id < :before_id AND %s"

// The newest among at most MOST hits; RET_HITS says how many there were.
static enum err fetch(struct db *db, struct arena *a, struct pgsql_question *p, int64_t most,
    struct value *ret_rows, int64_t *ret_hits)
{
    TRY(list_words(db, a, p));
    *ret_rows = value_list(a);
    *ret_hits = 0;
    if (p->nothing) {
        return OK;
    }
    TRY(ask(db, a, p,
        arena_fmt(a,
            "WITH hits AS MATERIALIZED (" BY_INDEX " LIMIT :walk_n)"
            " SELECT s.id, s.kind, s.title, s.body, (SELECT COUNT(*) FROM hits) AS hits_n"
            " FROM (SELECT id FROM hits ORDER BY id DESC LIMIT :n) h"
            " JOIN search_%s s ON s.city = :city AND s.id = h.id ORDER BY s.id DESC",
            p->q->index, matches(a, p), p->q->index),
        p->q->limit, most, "", ret_rows));
    *ret_hits = value_len(ret_rows) ? value_get_int(value_at(ret_rows, 0), "hits_n", 0) : 0;
    return OK;
}

// BLOCKS: a tsquery of those looked at, or "" for all.
static enum err count(
    struct db *db, struct arena *a, struct pgsql_question *p, const char *blocks, int64_t *ret_n)
{
    struct value rows;
    TRY(list_words(db, a, p));
    *ret_n = 0;
    if (p->nothing) {
        return OK;
    }
    TRY(ask(db, a, p,
        arena_fmt(a,
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM search_%s t WHERE t.city + 0 = :city AND"
            " %s%s LIMIT :n) m",
            p->q->index, *blocks ? "t.words @@ (SELECT :blocks::tsquery) AND " : "", matches(a, p)),
        SEARCH_COUNT, 0, blocks, &rows));
    *ret_n = value_get_int(value_at(&rows, 0), "n", 0);
    return OK;
}

// The blocks put in last, with about N documents: "" when those aren't few among all.
static enum err newest_blocks(struct db *db, struct arena *a, const struct pgsql_question *p,
    int64_t n, const char **ret_blocks)
{
    struct list_sink rows = list_sink(a);
    AUTO_BUF(blocks, 0);
    int64_t want = n / BLOCK_ROWS + 1, last = 0;
    TRY(store_run(db, a, "search",
        arena_fmt(
            a, "SELECT MAX(block_n) AS n FROM search_block_%s WHERE city = :city", p->q->index),
        NULL, NO_ARGS, &rows.sink, NULL));
    last = value_get_int(value_at(&rows.list, 0), "n", 0);
    for (int64_t i = 0; want <= MOST_BLOCKS && i <= want && i < last; i++) {
        buf_fmt(&blocks, "%s'%s%" PRId64 "'", i ? "|" : "", search_block(a, p->mark), last - i);
    }
    *ret_blocks = arena_strdup(a, buf_text(&blocks));
    return OK;
}

// HITS of the newest WALKED documents were hits.
static enum err count_all(struct db *db, struct arena *a, struct pgsql_question *p,
    const struct walked *w, int64_t *ret_n)
{
    const char *blocks = "";
    if (w->hits) {
        TRY(newest_blocks(
            db, a, p, (int64_t)SEARCH_COUNT * w->documents * 5 / (4 * w->hits), &blocks));
    }
    if (*blocks) {
        TRY(count(db, a, p, blocks, ret_n));
        if (*ret_n == SEARCH_COUNT) {
            return OK;
        }
    }
    return count(db, a, p, "", ret_n);
}

// ---- both --------------------------------------------------------------------------------------

// The newest hits, when the first walk didn't meet enough. *RET_N: how many there are, or -1.
static enum err find_rows(struct db *db, struct arena *a, struct pgsql_question *p,
    struct walked *w, struct value *ret_rows, int64_t *ret_n)
{
    int64_t limit = p->q->limit, hits = 0;
    *ret_n = -1;
    if (w->hits && limit * WALK_ROWS * 3 / (2 * w->hits) <= LONG_WALK_ROWS) {
        TRY(walk(db, a, p, limit * WALK_ROWS * 3 / (2 * w->hits), w));
        *ret_rows = w->rows;
    }
    if (w->hits >= limit) {
        return OK;
    }
    TRY(fetch(db, a, p, MOST_HITS, ret_rows, &hits));
    if (hits < MOST_HITS) {
        *ret_n = hits;
        return OK;
    }
    struct pgsql_question again = *p;
    TRY(walk(db, a, &again, LONGER_WALK_ROWS, w));
    *ret_rows = w->rows;
    if (w->hits < limit) {
        TRY(fetch(db, a, p, INT64_MAX, ret_rows, &hits));
    }
    *ret_n = hits;
    return OK;
}

enum err pgsql_search(struct db *db, struct arena *a, const struct search_question *q,
    struct value *ret_rows, int64_t *ret_count)
{
    struct pgsql_question p = { .q = q, .waits = "" };
    struct walked w;
    int64_t n = -1;
    take_words(db, a, &p);
    if (q->skip_waiting) {
        p.waits = arena_fmt(a,
            " AND (SELECT 1 FROM search_waiting_%s w WHERE w.city = t.city AND w.id = t.id) IS"
            " NULL",
            q->index);
    }
    TRY(walk(db, a, &p, WALK_ROWS, &w));
    *ret_rows = w.rows;
    bool all = w.documents < WALK_ROWS;
    if (w.hits < q->limit && !all) {
        TRY(find_rows(db, a, &p, &w, ret_rows, &n));
    }
    if (!ret_count) {
        return OK;
    }
    if (q->before == INT64_MAX && (all || n >= 0)) {
        n = all ? w.hits : n;
        *ret_count = n < SEARCH_COUNT ? n : SEARCH_COUNT;
        return OK;
    }
    return count_all(db, a, &p, &w, ret_count);
}
