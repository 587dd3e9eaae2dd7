// SPDX-License-Identifier: Apache-2.0
// Words for both databases: split and folded here, so that the same question finds the same records
// on either, and so that what a person types never reaches a database's own query language.
#include "driver.h"
#include "str.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

enum { WORD_BYTES = 64, SNIPPET_BEFORE = 60, SNIPPET_AFTER = 180, MAX_DOCUMENT_WORDS = 50000 };

static locale_t unicode;

static void make_locale(void)
{
    unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
}

static locale_t unicode_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_locale);
    return unicode;
}

// The text is valid UTF-8.
static uint32_t next_char(const char **p)
{
    const unsigned char *s = (const unsigned char *)*p;
    int n = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? *s : *s & (0x7fu >> n);
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xc0) != 0x80) { // never past the end
            n = i;
            break;
        }
        c = c << 6 | (s[i] & 0x3f);
    }
    *p += n;
    return c;
}

// Base letters of U+00C0 to U+024F and of U+1E00 to U+1EFF by their decomposition in Unicode 15;
// '.' where there is none.
static const char latin[] =
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.yaaaaaaccccccccdd"
    "ddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllll..llnnnnnn.nnoooooo..rrrrrrssssss"
    "ssttttttuuuuuuuuuuuuwwyyyzzzzzz.................................oo.............u"
    "u............................aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...."
    "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............................";
static const char latin_more[] =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooo"
    "oooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy......"
    "aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuu"
    "uuyyyyyyyy......";

static const struct {
    uint32_t from;
    const char *to;
} folds[] = {
    { 0xdf, "ss" },
    { 0x1e9e, "ss" },
    { 0xe6, "ae" },
    { 0x153, "oe" },
    { 0xfe, "th" },
    { 0x3ac, "α" },
    { 0x3ad, "ε" },
    { 0x3ae, "η" },
    { 0x3af, "ι" },
    { 0x390, "ι" },
    { 0x3ca, "ι" },
    { 0x3cc, "ο" },
    { 0x3cd, "υ" },
    { 0x3cb, "υ" },
    { 0x3b0, "υ" },
    { 0x3ce, "ω" },
    { 0x3c2, "σ" },
    { 0x451, "е" },
};

static size_t put_utf8(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

// At most 4 bytes.
static size_t fold(uint32_t c, char *out)
{
    if (c < 0x80) {
        *out = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        return 1;
    }
    char base = c >= 0xc0 && c < 0x250      ? latin[c - 0xc0]
                : c >= 0x1e00 && c < 0x1f00 ? latin_more[c - 0x1e00]
                                            : '.';
    if (base != '.') {
        *out = base;
        return 1;
    }
    c = (uint32_t)towlower_l((wint_t)c, unicode_locale());
    for (size_t i = 0; i < ARRAY_LEN(folds); i++) {
        if (folds[i].from == c) {
            size_t len = strlen(folds[i].to);
            memcpy(out, folds[i].to, len);
            return len;
        }
    }
    return put_utf8(out, c);
}

static bool is_private(uint32_t c)
{
    return (c >= 0xe000 && c <= 0xf8ff) || c >= 0xf0000;
}

// Combining accents, soft hyphens and joiners: inside a word, and nothing in it.
static bool is_silent(uint32_t c)
{
    return (c >= 0x300 && c <= 0x36f) || c == 0xad || c == 0x200c || c == 0x200d;
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    return !is_private(c) && iswalnum_l((wint_t)c, unicode_locale());
}

// Scripts written without spaces: each sign is a word.
static bool stands_alone(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

struct word {
    char text[WORD_BYTES + 8];
    size_t len;
    const char *from, *to; // where it stands
};

// The next word at or after *AT; false at the end.
static bool next_word(const char **at, struct word *w)
{
    const char *p = *at;
    w->len = 0;
    while (*p) {
        const char *here = p;
        uint32_t c = next_char(&p);
        if (is_silent(c)) {
            continue;
        }
        bool letter = is_letter(c), alone = letter && stands_alone(c);
        if (w->len && (!letter || alone)) {
            *at = here;
            w->to = here;
            w->text[w->len] = 0;
            return true;
        }
        if (!letter) {
            continue;
        }
        if (!w->len) {
            w->from = here;
        }
        if (w->len < WORD_BYTES) { // a longer word is known by its beginning
            w->len += fold(c, w->text + w->len);
        }
        if (alone) {
            break;
        }
    }
    *at = p;
    w->to = p;
    w->text[w->len] = 0;
    return w->len > 0;
}

// The different words of a text. A few are looked through, which is over before they are hashed.
struct words {
    char **items;
    size_t n, size;
    struct map seen; // once there are more than FEW_WORDS
};

enum { FEW_WORDS = 64 };

static bool is_known(const struct words *l, const struct word *w)
{
    if (l->n > FEW_WORDS) {
        return map_get_n(&l->seen, w->text, w->len) != NULL;
    }
    for (size_t i = 0; i < l->n; i++) {
        if (l->items[i][0] == w->text[0] && strcmp(l->items[i], w->text) == 0) {
            return true;
        }
    }
    return false;
}

static void add_word(struct arena *a, struct words *l, const struct word *w)
{
    if (l->n == l->size) {
        char **more = arena_array(a, char *, l->size * 2);
        memcpy(more, l->items, l->size * sizeof(*more)); // NOLINT: sizes agree
        l->items = more;
        l->size *= 2;
    }
    l->items[l->n++] = arena_strndup(a, w->text, w->len);
    size_t from = l->n == FEW_WORDS + 1 ? 0 : l->n - 1;
    for (size_t i = from; l->n > FEW_WORDS && i < l->n; i++) {
        map_put(&l->seen, l->items[i], l->items[i]);
    }
}

char **search_words(struct arena *a, const char *text, size_t max, size_t *ret_n)
{
    struct words l = { .size = 16, .items = arena_array(a, char *, 16) };
    struct word w;
    map_init(&l.seen, a);
    for (const char *p = text ? text : ""; l.n < max && next_word(&p, &w);) {
        if (!is_known(&l, &w)) {
            add_word(a, &l, &w);
        }
    }
    *ret_n = l.n;
    return l.items;
}

bool search_whole(const char *word)
{
    const char *p = word;
    uint32_t c = next_char(&p);
    return *p == 0 && (c < 0x80 || stands_alone(c));
}

static bool is_hit(const struct word *w, char *const *words, size_t n_words)
{
    for (size_t i = 0; i < n_words; i++) {
        if (search_whole(words[i]) ? str_eq(w->text, words[i]) : str_starts(w->text, words[i])) {
            return true;
        }
    }
    return false;
}

static const char *whole_char(const char *start, const char *p)
{
    while (p > start && ((unsigned char)*p & 0xc0) == 0x80) {
        p--;
    }
    return p;
}

// The stretch around the first found word; a word that is cut is left out.
static void choose_window(
    const char *text, char *const *words, size_t n_words, const char **from, const char **to)
{
    struct word w;
    const char *end = text + strlen(text), *hit = text;
    for (const char *p = text; next_word(&p, &w);) {
        if (is_hit(&w, words, n_words)) {
            hit = w.from;
            break;
        }
    }
    *from = hit - text > SNIPPET_BEFORE ? whole_char(text, hit - SNIPPET_BEFORE) : text;
    *to = end - hit > SNIPPET_AFTER ? whole_char(text, hit + SNIPPET_AFTER) : end;
    const char *space = *from > text ? memchr(*from, ' ', (size_t)(hit - *from)) : NULL;
    *from = space ? space + 1 : *from;
    if (*to < end) {
        const char *last = memrchr(hit, ' ', (size_t)(*to - hit));
        *to = last && last > hit ? last : *to;
    }
}

static void put_plain(struct buf *b, const char *from, const char *to)
{
    for (const char *p = from; p < to; p++) {
        bool space = *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r';
        if (!space) {
            if ((unsigned char)*p >= 0x20) {
                buf_putc(b, *p);
            }
        } else if (b->len && b->data[b->len - 1] != ' ') {
            buf_putc(b, ' ');
        }
    }
}

char *search_snippet(struct arena *a, const char *text, char *const *words, size_t n_words)
{
    AUTO_BUF(out, 4096);
    struct word w;
    const char *from, *to;
    choose_window(text, words, n_words, &from, &to);
    if (from > text) {
        buf_puts(&out, "… ");
    }
    const char *done = from;
    for (const char *p = from; next_word(&p, &w) && w.to <= to;) {
        if (is_hit(&w, words, n_words)) {
            put_plain(&out, done, w.from);
            buf_putc(&out, '\2');
            put_plain(&out, w.from, w.to);
            buf_putc(&out, '\3');
            done = w.to;
        }
    }
    put_plain(&out, done, to);
    if (*to) {
        buf_puts(&out, " …");
    }
    return arena_strdup(a, buf_text(&out));
}

// Exact for cities below 40,960,000; beyond, two cities share a mark so rarely that rows are
// compared by city all the same.
void search_mark(int64_t city, char ret_mark[SEARCH_MARK_SIZE])
{
    enum { PRIVATE = 6400 }; // U+E000 to U+F8FF
    uint64_t n = (uint64_t)city;
    size_t len = put_utf8(ret_mark, 0xe000 + (uint32_t)(n / PRIVATE % PRIVATE));
    len += put_utf8(ret_mark + len, 0xe000 + (uint32_t)(n % PRIVATE));
    ret_mark[len] = 0;
}

void search_kind(struct buf *out, const char *mark, const char *kind)
{
    buf_fmt(out, "%s\uE000", mark);
    for (const char *at = kind; *at; at++) {
        if (*at == '_') {
            buf_puts(out, "\uE001");
        } else {
            buf_putc(out, *at);
        }
    }
}

const char *search_block(struct arena *a, const char *mark)
{
    return arena_fmt(a, "%s\uE002", mark);
}

// ---- the store's functions ---------------------------------------------------------------------

static enum err check_index(struct arena *a, const char *index)
{
    if (!str_eq(index, "public") && !str_eq(index, "outside") && !str_eq(index, "office")) {
        return fail(a, ERR_INTERNAL, "there is no search index '%s'", index);
    }
    return OK;
}

enum err db_search_put(struct db *db, struct arena *a, const char *index, const char *kind,
    int64_t id, const char *title, const char *text)
{
    size_t n;
    TRY(check_index(a, index));
    if (!db->in_transaction || db->mode != DB_WRITE) {
        return fail(a, ERR_INTERNAL, "search: a change outside a writing transaction");
    }
    AUTO_BUF(words, 0);
    char **list = search_words(a, arena_fmt(a, "%s\n%s", title, text), MAX_DOCUMENT_WORDS, &n);
    char mark[SEARCH_MARK_SIZE];
    search_mark(db->context.city, mark);
    buf_putc(&words, ' ');
    search_kind(&words, mark, kind);
    for (size_t i = 0; i < n; i++) {
        buf_putc(&words, ' ');
        buf_puts(&words, mark);
        buf_puts(&words, list[i]);
    }
    buf_putc(&words, ' ');
    return search_wait(db, a, index, id,
        &(struct search_document){ arena_strdup(a, kind), arena_strdup(a, title),
            arena_strdup(a, text), arena_strdup(a, buf_text(&words)) });
}

enum err db_search_drop(struct db *db, struct arena *a, const char *index, int64_t id)
{
    TRY(check_index(a, index));
    if (!db->in_transaction || db->mode != DB_WRITE) {
        return fail(a, ERR_INTERNAL, "search: a change outside a writing transaction");
    }
    return search_wait(db, a, index, id, NULL);
}

static void add_snippets(
    struct arena *a, const struct value *found, char **words, size_t n, struct value *ret_rows)
{
    *ret_rows = value_list(a);
    for (size_t i = 0; i < value_len(found); i++) {
        const struct value *row = value_at(found, i);
        const char *body = value_get_text(row, "body", "");
        struct value out = value_object(a);
        value_set(a, &out, "id", value_id(value_get_int(row, "id", 0)));
        value_set(a, &out, "kind", value_text(value_get_text(row, "kind", "")));
        value_set(a, &out, "title", value_text(value_get_text(row, "title", "")));
        value_set(a, &out, "snippet", value_text(search_snippet(a, body, words, n)));
        *value_push(a, ret_rows) = out;
    }
}

// Both lists have the newest first.
static struct value merge(
    struct arena *a, const struct value *one, const struct value *two, size_t limit)
{
    struct value list = value_list(a);
    for (size_t i = 0, j = 0; i + j < limit && i + j < value_len(one) + value_len(two);) {
        bool left = i < value_len(one) &&
                    (j == value_len(two) || value_get_int(value_at(one, i), "id", 0) >
                                                value_get_int(value_at(two, j), "id", 0));
        *value_push(a, &list) = left ? *value_at(one, i++) : *value_at(two, j++);
    }
    return list;
}

// What waits and what is in the index, of one moment.
static enum err ask_both(struct db *db, struct arena *a, struct search_question *q,
    struct value *ret_rows, int64_t *ret_count)
{
    struct value waiting, found = value_list(a);
    int64_t more = 0;
    TRY(search_waiting(db, a, q, &waiting, &more, &q->skip_waiting));
    TRY(db->store->driver->search(db, a, q, &found, ret_count));
    *ret_rows = value_len(&waiting) ? merge(a, &waiting, &found, (size_t)q->limit) : found;
    if (ret_count) {
        *ret_count += more;
        *ret_count = *ret_count > SEARCH_COUNT ? SEARCH_COUNT : *ret_count;
    }
    return OK;
}

static enum err ask_at_once(struct db *db, struct arena *a, struct search_question *q,
    struct value *ret_rows, int64_t *ret_count)
{
    if (db->in_transaction || db->streaming) {
        return ask_both(db, a, q, ret_rows, ret_count);
    }
    TRY(db_begin(db, a, DB_READ));
    enum err e = ask_both(db, a, q, ret_rows, ret_count);
    if (e != OK) {
        db_rollback(db);
        return e;
    }
    return db_commit(db, a);
}

enum err db_search(struct db *db, struct arena *a, const char *index, const char *q,
    const char *kind, int64_t before, int limit, struct value *ret_rows, int64_t *ret_count)
{
    size_t n;
    int64_t count = 0;
    struct value found = value_list(a);
    TRY(check_index(a, index));
    if (kind && !sql_is_name(kind)) {
        return fail(a, ERR_INVALID, "There is no such kind of record.");
    }
    char **words = search_words(a, q, SEARCH_WORDS, &n);
    limit = limit < 1 ? 1 : limit > SEARCH_ROWS ? SEARCH_ROWS : limit;
    if (n) {
        struct search_question question = { index, words, n, kind, before > 0 ? before : INT64_MAX,
            limit, false };
        TRY(ask_at_once(db, a, &question, &found, ret_count ? &count : NULL));
    }
    add_snippets(a, &found, words, n, ret_rows);
    if (ret_count) {
        *ret_count = count;
    }
    return OK;
}
