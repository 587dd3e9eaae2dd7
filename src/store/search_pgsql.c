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
    SHORT_WALK_ROWS = 3000,
    LONG_WALK_ROWS = 10000,
    LONGEST_WALK_ROWS = 100000,
    BLOCK_ROWS = 4096,
    MOST_BLOCKS = 50,
    MOST_LOOKS = 2,
    MOST_BEGINNINGS = 100, // words that one prefix may stand for
    MOST_HITS = 6000,      // that are fetched to find the newest of them
};

#define INDEX(name)                                                                                \
    "CREATE TABLE IF NOT EXISTS search_" name " (city BIGINT NOT NULL, id BIGINT NOT NULL,"        \
    " kind TEXT COLLATE \"C\" NOT NULL, title TEXT COLLATE \"C\" NOT NULL,"                        \
    " body TEXT COLLATE \"C\" NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (city, id));"         \
    "CREATE INDEX IF NOT EXISTS search_" name "_words ON search_" name " USING gin (words);"       \
    "ALTER INDEX search_" name "_words SET (fastupdate = on, gin_pending_list_limit = 256);"       \
    "CREATE TABLE IF NOT EXISTS search_waiting_" name " (city BIGINT NOT NULL,"                    \
    " id BIGINT NOT NULL, is_gone BIGINT NOT NULL, kind TEXT COLLATE \"C\" NOT NULL,"              \
    " title TEXT COLLATE \"C\" NOT NULL, body TEXT COLLATE \"C\" NOT NULL,"                        \
    " words TEXT COLLATE \"C\" NOT NULL, PRIMARY KEY (city, id));"                                 \
    "CREATE TABLE IF NOT EXISTS search_word_" name                                                 \
    " (word TEXT COLLATE \"C\" NOT NULL PRIMARY KEY);"                                             \
    "CREATE TABLE IF NOT EXISTS search_part_" name " (city BIGINT NOT NULL,"                       \
    " block_n BIGINT NOT NULL, n BIGINT NOT NULL, last_id BIGINT NOT NULL,"                        \
    " PRIMARY KEY (city, block_n));"                                                               \
    "INSERT INTO search_part_" name " SELECT city, 0, COUNT(*), MAX(id) FROM search_" name         \
    " WHERE NOT EXISTS (SELECT 1 FROM search_part_" name ") GROUP BY city;"                        \
    "INSERT INTO search_word_" name " SELECT DISTINCT unnest(tsvector_to_array(words))"            \
    " FROM search_" name " WHERE NOT EXISTS (SELECT 1 FROM search_word_" name ");"

// What is moved on waits in the index's own list until 256 KB are together, some hundred documents:
// put in one by one, they cost three times as much. A search reads that list, in less than a
// millisecond.
//
// A block is a row of search_part: how many documents were put into it, and an id that none of them
// is above. Block 0 stands for what was there before there were blocks.
const char pgsql_search_schema[] = INDEX("public") INDEX("outside") INDEX("office");

const char *pgsql_search_fold_sql(struct arena *a, const char *index)
{
    return arena_fmt(a,
        "WITH moved AS MATERIALIZED (SELECT city, id, kind, title, body,"
        " string_to_array(btrim(words), ' ') AS words FROM search_waiting_%s"
        " WHERE city = :city AND id <= :last_id AND is_gone = 0 ORDER BY id),"
        " listed AS (INSERT INTO search_word_%s (word) SELECT DISTINCT w FROM moved, unnest(words)"
        " w ON CONFLICT DO NOTHING),"
        " block AS (INSERT INTO search_part_%s (city, block_n, n, last_id) SELECT :city,"
        " COALESCE((SELECT block_n + CASE WHEN n < %d THEN 0 ELSE 1 END FROM search_part_%s"
        " WHERE city = :city AND block_n > 0 ORDER BY block_n DESC LIMIT 1), 1), COUNT(*), MAX(id)"
        " FROM moved HAVING COUNT(*) > 0 ON CONFLICT (city, block_n) DO UPDATE"
        " SET n = search_part_%s.n + excluded.n,"
        " last_id = GREATEST(search_part_%s.last_id, excluded.last_id) RETURNING block_n)"
        " INSERT INTO search_%s (city, id, kind, title, body, words) SELECT city, id, kind, title,"
        " body, array_to_tsvector(words || (:block || block_n)) FROM moved, block"
        " ON CONFLICT (city, id) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
        " body = excluded.body, words = excluded.words",
        index, index, index, BLOCK_ROWS, index, index, index, index);
}

// ---- asking ------------------------------------------------------------------------------------

enum { MOST_WORDS = SEARCH_WORDS + 1 }; // and the kind

struct pgsql_question {
    const struct search_question *q;
    char mark[SEARCH_MARK_SIZE];
    size_t n_words;
    const char *words[MOST_WORDS]; // each as a tsquery
    int64_t near[MOST_WORDS];      // how many of the newest documents have it
    bool broad[MOST_WORDS];        // a prefix of so many words that the index isn't asked for it
    bool all_broad;
    bool listed;       // prefixes have been looked up
    bool nothing;      // one of them begins no word at all
    const char *waits; // a further condition on t, or ""
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
// each row. Each is a condition of its own, so that the index goes from one to the next; the
// operator is what it knows, its function is asked of the documents that are left.
static const char *matches(struct arena *a, const struct pgsql_question *p)
{
    AUTO_BUF(sql, 0);
    for (size_t i = 0; i < p->n_words; i++) {
        bool asked = !p->broad[i] || p->all_broad;
        buf_fmt(&sql, "%s%s(SELECT :w%zu::tsquery)%s", i ? " AND " : "",
            asked ? "t.words @@ " : "ts_match_vq(t.words, ", i, asked ? "" : ")");
    }
    buf_puts(&sql, p->waits);
    return arena_strdup(a, buf_text(&sql));
}

// The blocks put in last.
struct blocks {
    const char *words; // as a tsquery; "" for all there are
    int64_t above;     // every document with an id above it is in one of them
    int64_t documents; // about how many there are
};

static const struct blocks all_blocks = { "", 0, 0 };

static enum err ask(struct db *db, struct arena *a, const struct pgsql_question *p, const char *sql,
    int64_t limit, int64_t walk, const struct blocks *blocks, struct value *ret_rows)
{
    struct arg args[MOST_WORDS + 6] = { ARG("before_id", value_id(p->q->before)),
        ARG("n", value_int(limit)), ARG("walk_n", value_int(walk)),
        ARG("blocks", value_text(blocks->words)), ARG("above_id", value_id(blocks->above)) };
    for (size_t i = 0; i < p->n_words; i++) {
        args[5 + i] = (struct arg){ arena_fmt(a, "w%zu", i), value_text(p->words[i]) };
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
    TRY(ask(db, a, p, walk_sql(a, p), p->q->limit, n, &all_blocks, &rows));
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
static enum err look_up(struct db *db, struct arena *a, struct pgsql_question *p, const char *word,
    const char **ret, bool *ret_broad)
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
    *ret_broad = n > MOST_BEGINNINGS;
    if (n == 0 || *ret_broad) {
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

static void swap_words(struct pgsql_question *p, size_t i, size_t j)
{
    const char *word = p->words[i];
    int64_t near = p->near[i];
    bool broad = p->broad[i];
    p->words[i] = p->words[j];
    p->near[i] = p->near[j];
    p->broad[i] = p->broad[j];
    p->words[j] = word;
    p->near[j] = near;
    p->broad[j] = broad;
}

// The rarest first: the index asks the next word only about what it found for those before.
static void sort_words(struct pgsql_question *p)
{
    p->all_broad = true;
    for (size_t i = 0; i < p->n_words; i++) {
        p->all_broad &= p->broad[i];
        for (size_t j = i;
             j > 0 && (p->broad[j] < p->broad[j - 1] ||
                          (p->broad[j] == p->broad[j - 1] && p->near[j] < p->near[j - 1]));
             j--) {
            swap_words(p, j, j - 1);
        }
    }
}

static enum err list_words(struct db *db, struct arena *a, struct pgsql_question *p)
{
    if (p->listed) {
        return OK;
    }
    for (size_t i = 0; i < p->q->n_words; i++) {
        if (!search_whole(p->q->words[i])) {
            TRY(look_up(db, a, p, p->q->words[i], &p->words[i], &p->broad[i]));
        }
    }
    sort_words(p);
    p->listed = true;
    return OK;
}

// Those with N documents or some more.
static enum err newest_blocks(
    struct db *db, struct arena *a, const struct pgsql_question *p, int64_t n, struct blocks *ret)
{
    struct list_sink rows = list_sink(a);
    AUTO_BUF(words, 0);
    int64_t most = n / BLOCK_ROWS + 2;
    *ret = all_blocks;
    if (most > MOST_BLOCKS) {
        return OK;
    }
    TRY(store_run(db, a, "search",
        arena_fmt(a,
            "SELECT l.n, COALESCE((SELECT MAX(last_id) FROM search_part_%s WHERE city = :city"
            " AND block_n <= l.n - :most_n), 0) AS last_id FROM (SELECT MAX(block_n) AS n"
            " FROM search_part_%s WHERE city = :city) l",
            p->q->index, p->q->index),
        NULL, ARGS(ARG("most_n", value_int(most))), &rows.sink, NULL));
    int64_t last = value_get_int(value_at(&rows.list, 0), "n", 0);
    for (int64_t i = 0; most < last && i < most; i++) {
        buf_fmt(&words, "%s'%s%" PRId64 "'", i ? "|" : "", search_block(a, p->mark), last - i);
    }
    ret->words = arena_strdup(a, buf_text(&words));
    ret->documents = most * BLOCK_ROWS;
    ret->above = words.len ? value_get_int(value_at(&rows.list, 0), "last_id", 0) : 0;
    return OK;
}

// "city + 0" keeps the planner, which can't know the words, from walking.
static const char *by_index(struct arena *a, const struct pgsql_question *p, const char *blocks)
{
    return arena_fmt(a, "search_%s t WHERE t.city + 0 = :city AND %s%s", p->q->index,
        *blocks ? "t.words @@ (SELECT :blocks::tsquery) AND " : "", matches(a, p));
}

// The newest among at most MOST hits; RET_HITS says how many there were.
static enum err fetch(struct db *db, struct arena *a, struct pgsql_question *p, int64_t most,
    const struct blocks *blocks, struct value *ret_rows, int64_t *ret_hits)
{
    TRY(list_words(db, a, p));
    *ret_rows = value_list(a);
    *ret_hits = 0;
    if (p->nothing) {
        return OK;
    }
    TRY(ask(db, a, p,
        arena_fmt(a,
            "WITH hits AS MATERIALIZED (SELECT t.id FROM %s AND t.id < :before_id"
            " AND t.id > :above_id LIMIT :walk_n)"
            " SELECT s.id, s.kind, s.title, s.body, (SELECT COUNT(*) FROM hits) AS hits_n"
            " FROM (SELECT id FROM hits ORDER BY id DESC LIMIT :n) h"
            " JOIN search_%s s ON s.city = :city AND s.id = h.id ORDER BY s.id DESC",
            by_index(a, p, blocks->words), p->q->index),
        p->q->limit, most, blocks, ret_rows));
    *ret_hits = value_len(ret_rows) ? value_get_int(value_at(ret_rows, 0), "hits_n", 0) : 0;
    return OK;
}

static enum err count(struct db *db, struct arena *a, struct pgsql_question *p,
    const struct blocks *blocks, int64_t *ret_n)
{
    struct value rows;
    TRY(list_words(db, a, p));
    *ret_n = 0;
    if (p->nothing) {
        return OK;
    }
    TRY(ask(db, a, p,
        arena_fmt(a, "SELECT COUNT(*) AS n FROM (SELECT 1 FROM %s LIMIT :n) m",
            by_index(a, p, blocks->words)),
        SEARCH_COUNT, 0, blocks, &rows));
    *ret_n = value_get_int(value_at(&rows, 0), "n", 0);
    return OK;
}

static enum err count_walking(
    struct db *db, struct arena *a, struct pgsql_question *p, int64_t walk, int64_t *ret_n)
{
    struct value rows;
    TRY(ask(db, a, p,
        arena_fmt(a,
            "SELECT COUNT(*) AS n FROM (SELECT 1 FROM (SELECT city, id, words FROM search_%s"
            " WHERE city = :city ORDER BY id DESC LIMIT :walk_n) t WHERE %s LIMIT :n) m",
            p->q->index, matches(a, p)),
        SEARCH_COUNT, walk, &all_blocks, &rows));
    *ret_n = value_get_int(value_at(&rows, 0), "n", 0);
    return OK;
}

// W: what the latest walk met.
static enum err count_all(struct db *db, struct arena *a, struct pgsql_question *p,
    const struct walked *w, int64_t *ret_n)
{
    struct blocks blocks = all_blocks;
    int64_t far = w->hits ? (int64_t)SEARCH_COUNT * w->documents * 5 / (4 * w->hits) : INT64_MAX;
    TRY(list_words(db, a, p));
    *ret_n = 0;
    if (far <= (p->all_broad ? LONGEST_WALK_ROWS : SHORT_WALK_ROWS)) {
        TRY(count_walking(db, a, p, far, ret_n));
    } else if (w->hits && !p->all_broad) {
        TRY(newest_blocks(db, a, p, far, &blocks));
        if (*blocks.words) {
            TRY(count(db, a, p, &blocks, ret_n));
        }
    }
    return *ret_n == SEARCH_COUNT ? OK : count(db, a, p, &all_blocks, ret_n);
}

// ---- both --------------------------------------------------------------------------------------

// The newest hits, where some were met already: as many documents are looked at as should hold a
// page of them, and once more where they didn't. *RET_FOUND says whether that was enough; W becomes
// the last look.
static enum err find_near(struct db *db, struct arena *a, struct pgsql_question *p,
    struct walked *w, struct value *ret_rows, bool *ret_found)
{
    int64_t limit = p->q->limit;
    *ret_found = false;
    TRY(list_words(db, a, p));
    for (int i = 0; i < MOST_LOOKS && w->hits && !*ret_found; i++) {
        struct blocks blocks = all_blocks;
        int64_t far = limit * w->documents * 2 / w->hits;
        if (!p->all_broad && p->q->before == INT64_MAX) {
            TRY(newest_blocks(db, a, p, far, &blocks));
        }
        if (*blocks.words) {
            TRY(fetch(db, a, p, MOST_HITS, &blocks, ret_rows, &w->hits));
            w->documents = blocks.documents;
        } else if (far <= (p->all_broad ? LONGEST_WALK_ROWS : LONG_WALK_ROWS)) {
            TRY(walk(db, a, p, far, w));
            *ret_rows = w->rows;
        } else {
            break;
        }
        *ret_found = w->hits >= limit && w->hits < MOST_HITS;
    }
    return OK;
}

// The newest hits, when the first walk didn't meet enough. *RET_N: how many there are, or -1.
static enum err find_rows(struct db *db, struct arena *a, struct pgsql_question *p,
    struct walked *w, struct value *ret_rows, int64_t *ret_n)
{
    int64_t hits = 0;
    bool found = false;
    *ret_n = -1;
    if (w->hits) {
        TRY(find_near(db, a, p, w, ret_rows, &found));
    }
    if (found) {
        return OK;
    }
    TRY(fetch(db, a, p, MOST_HITS, &all_blocks, ret_rows, &hits));
    if (hits == MOST_HITS) { // some of them, not the newest
        TRY(fetch(db, a, p, INT64_MAX, &all_blocks, ret_rows, &hits));
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
