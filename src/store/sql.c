// SPDX-License-Identifier: Apache-2.0
// From the house's SQL to a database's: one small lexer that knows quotes and comments, so that a
// colon in a text is never taken for a parameter.
#include "driver.h"

#include "str.h"

enum { MAX_PARAMS = 200 };

static bool starts_word(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

static bool in_word(char c)
{
    return starts_word(c) || (c >= '0' && c <= '9');
}

bool sql_is_name(const char *s)
{
    if (!s || !starts_word(*s)) {
        return false;
    }
    size_t len = 1;
    while (in_word(s[len])) {
        len++;
    }
    return len <= 63 && s[len] == 0;
}

// ---- the lexer ---------------------------------------------------------------------------------

enum token_kind { T_END, T_TEXT, T_PARAM, T_SCOPE, T_WORD, T_ALIAS, T_SEMICOLON, T_BROKEN };

// T_PARAM: :name; T_WORD: @name; T_SCOPE: @scope(kind alias); T_ALIAS: a bare $.
struct token {
    enum token_kind kind;
    const char *text;
    size_t len;
    const char *alias; // of T_SCOPE
    size_t alias_len;
};

static size_t word_len(const char *p)
{
    size_t len = 0;
    while (in_word(p[len])) {
        len++;
    }
    return len;
}

// The end of a quoted stretch that begins at P; NULL when it has none. A doubled quote is two
// stretches.
static const char *skip_quoted(const char *p)
{
    const char *end = strchr(p + 1, *p);
    return end ? end + 1 : NULL;
}

// The first character at or after P that the lexer must look at.
static const char *skip_plain(const char *p)
{
    for (;; p++) {
        switch (*p) {
        case 0:
        case '\'':
        case '"':
        case ':':
        case '@':
        case '$':
        case ';':
            return p;
        case '-':
            if (p[1] == '-') {
                return p;
            }
            break;
        case '/':
            if (p[1] == '*') {
                return p;
            }
            break;
        default:
            break;
        }
    }
}

static struct token broken(const char *p)
{
    return (struct token){ T_BROKEN, p, strnlen(p, 30), NULL, 0 };
}

static struct token directive(const char **at)
{
    const char *p = *at + 1;
    struct token t = { T_WORD, p, word_len(p), NULL, 0 };
    const char *end = p + t.len;
    if (t.len == 5 && memcmp(p, "scope", 5) == 0) {
        if (*end != '(') {
            return broken(*at);
        }
        t = (struct token){ T_SCOPE, end + 1, word_len(end + 1), NULL, 0 };
        end += 1 + t.len;
        end += strspn(end, " ");
        t.alias = end;
        t.alias_len = word_len(end);
        end += t.alias_len;
        if (!t.len || !t.alias_len || *end != ')') {
            return broken(*at);
        }
        end++;
    }
    if (!t.len) {
        return broken(*at);
    }
    *at = end;
    return t;
}

static struct token next_token(const char **at)
{
    const char *p = *at;
    struct token t = { T_TEXT, p, 0, NULL, 0 };
    if (*p == 0) {
        t.kind = T_END;
        return t;
    }
    if (p[0] == '-' && p[1] == '-') {
        *at = p + strcspn(p, "\n");
        return t; // an empty text
    }
    if (p[0] == '/' && p[1] == '*') {
        const char *end = strstr(p + 2, "*/");
        if (!end) {
            return broken(p);
        }
        *at = end + 2;
        t.text = " ";
        t.len = 1;
        return t;
    }
    if (*p == '@' && p[1] != '@') {
        return directive(at);
    }
    if (*p == '$' || *p == ';') {
        *at = p + 1;
        t.kind = *p == '$' ? T_ALIAS : T_SEMICOLON;
        t.len = 1;
        return t;
    }
    if (p[0] == ':' && starts_word(p[1])) {
        t = (struct token){ T_PARAM, p + 1, word_len(p + 1), NULL, 0 };
        *at = p + 1 + t.len;
        return t;
    }
    const char *end = NULL;
    if (*p == '\'' || *p == '"') {
        end = skip_quoted(p);
        if (!end) {
            return broken(p);
        }
    } else {
        bool doubled = (*p == ':' || *p == '@') && p[1] == *p;
        end = doubled ? p + 2 : *p == ':' ? p + 1 : skip_plain(p);
    }
    t.len = (size_t)(end - p);
    *at = end;
    return t;
}

static bool token_is(const struct token *t, const char *word)
{
    return t->len == strlen(word) && memcmp(t->text, word, t->len) == 0;
}

static bool is_blank(const char *p)
{
    struct token t;
    while ((t = next_token(&p)).kind == T_TEXT) {
        if (strspn(t.text, " \t\r\n") < t.len) {
            return false;
        }
    }
    return t.kind == T_END;
}

enum err sql_check(struct arena *detail, const char *name, const char *text, bool *ret_scoped)
{
    bool scoped = false;
    const char *p = text;
    bool empty = true;
    for (struct token t; (t = next_token(&p)).kind != T_END;) {
        switch (t.kind) {
        case T_BROKEN:
            return fail(
                detail, ERR_INVALID, "%s: the SQL is malformed at: %.*s", name, (int)t.len, t.text);
        case T_ALIAS:
            return fail(detail, ERR_INVALID, "%s: '$' has no place in a query", name);
        case T_WORD:
            if (!token_is(&t, "skip_locked")) {
                return fail(detail, ERR_INVALID, "%s: @%.*s is not known in a query", name,
                    (int)t.len, t.text);
            }
            break;
        case T_SEMICOLON:
            if (!is_blank(p)) {
                return fail(detail, ERR_INVALID, "%s: a query is one statement", name);
            }
            break;
        default:
            scoped |= t.kind == T_SCOPE;
            empty &= t.kind == T_TEXT && strspn(t.text, " \t\r\n") >= t.len;
        }
    }
    if (empty) {
        return fail(detail, ERR_INVALID, "%s: the query is empty", name);
    }
    *ret_scoped = scoped;
    return OK;
}

// ---- rendering ---------------------------------------------------------------------------------

enum { MAX_SCOPE_SEALED = 16 };

struct render {
    struct arena *a, *detail;
    const struct queries *queries;
    bool postgres;
    int audience;
    const char *name;
    struct buf out;
    struct param params[MAX_PARAMS];
    size_t n_params;
    const char *sealed[MAX_SCOPE_SEALED]; // by the scopes in it
    size_t n_sealed;
};

static const char *postgres_type(enum value_kind kind)
{
    switch (kind) {
    case V_TEXT:
        return "text";
    case V_NUM:
        return "double precision";
    case V_BLOB:
        return "bytea";
    default:
        return "bigint";
    }
}

static enum err put_param(struct render *r, const struct token *t)
{
    size_t i = 0;
    while (i < r->n_params && !(strlen(r->params[i].name) == t->len &&
                                  memcmp(r->params[i].name, t->text, t->len) == 0)) {
        i++;
    }
    if (i == r->n_params) {
        if (i == MAX_PARAMS) {
            return fail(
                r->detail, ERR_INTERNAL, "%s: more than %d parameters", r->name, MAX_PARAMS);
        }
        const char *name = arena_strndup(r->a, t->text, t->len);
        r->params[r->n_params++] = (struct param){ name, name_kind(name) };
    }
    if (r->postgres) {
        buf_fmt(&r->out, "$%zu::%s", i + 1, postgres_type(r->params[i].kind));
    } else {
        buf_fmt(&r->out, "?%zu", i + 1);
    }
    return OK;
}

static enum err put_text(struct render *r, const char *text, const struct token *scope);

// A scope that has to consult a sealed table of links says so: /* sealed: pitch_party */ at its
// start.
static enum err take_sealed(struct render *r, const char **sql)
{
    static const char mark[] = "/* sealed:";
    if (!str_starts(*sql, mark)) {
        return OK;
    }
    const char *names = *sql + sizeof(mark) - 1, *end = strstr(names, "*/");
    if (!end) {
        return fail(r->detail, ERR_INTERNAL, "%s: a scope's comment has no end", r->name);
    }
    char *rest = NULL, *copy = arena_strndup(r->a, names, (size_t)(end - names));
    for (char *w = strtok_r(copy, ", ", &rest); w; w = strtok_r(NULL, ", ", &rest)) {
        if (r->n_sealed == MAX_SCOPE_SEALED) {
            return fail(r->detail, ERR_INTERNAL, "%s: too many sealed tables", r->name);
        }
        r->sealed[r->n_sealed++] = w;
    }
    *sql = end + 2;
    return OK;
}

static enum err put_scope(struct render *r, const struct token *t)
{
    const char *kind = arena_strndup(r->a, t->text, t->len);
    const char *sql = queries_scope_of(r->queries, kind, r->audience);
    if (!sql) { // never fall open
        return fail(r->detail, ERR_INTERNAL, "%s: audience %d has no scope for %s", r->name,
            r->audience, kind);
    }
    TRY(take_sealed(r, &sql));
    buf_putc(&r->out, '(');
    TRY(put_text(r, sql, t));
    buf_putc(&r->out, ')');
    return OK;
}

// SCOPE: the text is a scope's, for that token's alias.
static enum err put_text(struct render *r, const char *text, const struct token *scope)
{
    for (struct token t; (t = next_token(&text)).kind != T_END;) {
        bool fits = true;
        switch (t.kind) {
        case T_TEXT:
            buf_add(&r->out, t.text, t.len);
            break;
        case T_PARAM:
            TRY(put_param(r, &t));
            break;
        case T_SCOPE:
            fits = !scope;
            if (fits) {
                TRY(put_scope(r, &t));
            }
            break;
        case T_ALIAS:
            fits = scope != NULL;
            if (fits) {
                buf_add(&r->out, scope->alias, scope->alias_len);
            }
            break;
        case T_WORD:
            fits = !scope && token_is(&t, "skip_locked");
            buf_puts(&r->out, r->postgres ? "FOR UPDATE SKIP LOCKED" : "");
            break;
        case T_SEMICOLON:
            fits = !scope && is_blank(text);
            break;
        default:
            fits = false;
        }
        if (!fits) {
            return fail(r->detail, ERR_INTERNAL, "%s: the SQL is malformed at: %.*s", r->name,
                (int)t.len, t.text);
        }
    }
    return OK;
}

enum err sql_render(struct arena *a, struct arena *detail, const struct queries *q, bool postgres,
    int audience, const char *name, const char *text, struct statement *ret)
{
    struct render r = { .a = a,
        .detail = detail,
        .queries = q,
        .postgres = postgres,
        .audience = audience,
        .name = name,
        .out = BUF(1 << 20) };
    enum err e = put_text(&r, text, NULL);
    if (e == OK && !buf_ok(&r.out)) {
        e = fail(detail, ERR_INTERNAL, "%s: the SQL is too long", name);
    }
    if (e == OK) {
        ret->sql = str_trim(a, buf_text(&r.out));
        ret->params = arena_memdup(a, r.params, r.n_params * sizeof(r.params[0]));
        ret->n_params = r.n_params;
        ret->sealed = arena_memdup(a, r.sealed, r.n_sealed * sizeof(r.sealed[0]));
        ret->n_sealed = r.n_sealed;
    }
    buf_release(&r.out);
    return e;
}

// What every kind's table begins with (core/kind.h).
#define RECORD(i64, text)                                                                          \
    "city " i64 " NOT NULL, id " i64 " NOT NULL, rev " i64 " NOT NULL, state " text " NOT NULL, "  \
    "owner_id " i64 ", created_at " i64 " NOT NULL, changed_at " i64 " NOT NULL, "                 \
    "is_made_up " i64 " NOT NULL DEFAULT 0, source_url " text

static const char *migration_word(const struct token *t, bool postgres)
{
    static const struct {
        const char *word, *sqlite, *postgres;
    } words[] = {
        { "i64", "INTEGER", "BIGINT" },
        { "f64", "REAL", "DOUBLE PRECISION" },
        { "text", "TEXT", "TEXT COLLATE \"C\"" },
        { "blob", "BLOB", "BYTEA" },
        { "strict", "STRICT", "" },
        { "keyed", "STRICT, WITHOUT ROWID", "" },
        { "record", RECORD("INTEGER", "TEXT"), RECORD("BIGINT", "TEXT COLLATE \"C\"") },
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (token_is(t, words[i].word)) {
            return postgres ? words[i].postgres : words[i].sqlite;
        }
    }
    return NULL;
}

// A migration is one transaction; a word that ends it would leave half of it behind.
static bool ends_transaction(const char *p, size_t len)
{
    static const char *const words[] = { "begin", "start", "commit", "end", "rollback", "abort",
        "prepare", "savepoint", "release", "set" };
    size_t skip = strspn(p, " \t\r\n");
    for (size_t i = 0; skip < len && i < ARRAY_LEN(words); i++) {
        size_t n = strlen(words[i]);
        if (len - skip >= n && strncasecmp(p + skip, words[i], n) == 0 &&
            (len - skip == n || !in_word(p[skip + n]))) {
            return true;
        }
    }
    return false;
}

enum err sql_render_migration(struct arena *a, struct arena *detail, bool postgres,
    const char *name, const char *text, size_t len, const char **ret_sql)
{
    AUTO_BUF(out, 16 << 20);
    const char *p = arena_strndup(a, text, len);
    bool first = true; // of a statement
    for (struct token t; (t = next_token(&p)).kind != T_END;) {
        const char *word = t.kind == T_WORD ? migration_word(&t, postgres) : NULL;
        if (first && t.kind == T_TEXT && ends_transaction(t.text, t.len)) {
            return fail(detail, ERR_INVALID,
                "%s: a migration is one transaction, and has no such word: %.*s", name, (int)t.len,
                t.text);
        }
        first = t.kind == T_SEMICOLON ||
                (first && t.kind == T_TEXT && strspn(t.text, " \t\r\n") >= t.len);
        if (word) {
            buf_puts(&out, word);
        } else if (t.kind == T_TEXT || t.kind == T_SEMICOLON) {
            buf_add(&out, t.text, t.len);
        } else {
            return fail(detail, ERR_INVALID, "%s: not known in a migration: %.*s", name, (int)t.len,
                t.text);
        }
    }
    if (!buf_ok(&out)) {
        return fail(detail, ERR_TOO_LARGE, "%s is longer than 16 MB", name);
    }
    *ret_sql = arena_strdup(a, buf_text(&out));
    return OK;
}

static size_t add_names(struct arena *a, const char *line, size_t len, const char **names, size_t n)
{
    char *copy = arena_strndup(a, line, len), *rest = NULL;
    for (char *w = strtok_r(copy, ", \t\r", &rest); w; w = strtok_r(NULL, ", \t\r", &rest)) {
        if (names) {
            names[n] = w;
        }
        n++;
    }
    return n;
}

static size_t walk_listed(struct arena *a, const char *text, const char *mark, const char **names)
{
    size_t n = 0;
    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        if (str_starts(line, mark)) {
            n = add_names(a, line + strlen(mark), len - strlen(mark), names, n);
        }
        line += len + (line[len] == '\n');
    }
    return n;
}

enum err sql_listed(struct arena *a, const char *text, const char *word,
    const char *const **ret_names, size_t *ret_n)
{
    const char *mark = arena_fmt(a, "-- %s:", word);
    size_t n = walk_listed(a, text, mark, NULL);
    const char **names = arena_array(a, const char *, n + 1);
    walk_listed(a, text, mark, names);
    for (size_t i = 0; i < n; i++) {
        if (!sql_is_name(names[i])) {
            return fail(a, ERR_INVALID, "'%s' is not a table's name", names[i]);
        }
    }
    *ret_names = names;
    *ret_n = n;
    return OK;
}
