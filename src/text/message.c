// SPDX-License-Identifier: Apache-2.0
#include "message.h"

#include "str.h"

enum { MAX_NESTING = 16, MAX_NAME = 64 };

enum piece_kind { PIECE_TEXT, PIECE_ARGUMENT, PIECE_HASH, PIECE_PLURAL, PIECE_SELECT };
enum argument_kind { ARGUMENT_PLAIN, ARGUMENT_NUMBER, ARGUMENT_DATE, ARGUMENT_TIME };

struct message {
    struct piece *pieces;
    size_t n, size;
};

struct choice {
    const char *keyword; // NULL: exactly N
    int64_t n;
    struct message message;
};

struct piece {
    enum piece_kind kind;
    const char *text; // the argument's name; PIECE_TEXT: the text
    size_t len;
    enum argument_kind format;
    const char *style; // NULL: the default
    bool ordinal;
    struct choice *choices;
    size_t n_choices, size;
};

struct reader {
    struct arena *arena;
    const char *p;
    const char *why;
    int depth;
};

static bool read_message(struct reader *r, bool nested, bool plural, struct message *m);

static bool malformed(struct reader *r, const char *why)
{
    r->why = why;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void skip_spaces(struct reader *r)
{
    while (is_space(*r->p)) {
        r->p++;
    }
}

static struct piece *add_piece(struct reader *r, struct message *m, enum piece_kind kind)
{
    if (m->n == m->size) {
        size_t size = m->size ? 2 * m->size : 4;
        struct piece *pieces = arena_array(r->arena, struct piece, size);
        if (m->n) {
            memcpy(pieces, m->pieces, m->n * sizeof(*pieces));
        }
        m->pieces = pieces;
        m->size = size;
    }
    m->pieces[m->n].kind = kind;
    return &m->pieces[m->n++];
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

// A word after white space, or NULL.
static const char *read_word(struct reader *r)
{
    skip_spaces(r);
    size_t len = 0;
    while (is_name(r->p[len])) {
        len++;
    }
    if (!len || len > MAX_NAME) {
        return NULL;
    }
    const char *word = arena_strndup(r->arena, r->p, len);
    r->p += len;
    skip_spaces(r);
    return word;
}

static bool read_keyword(struct reader *r, bool plural, struct choice *c)
{
    if (plural && *r->p == '=') {
        r->p++;
        const char *word = read_word(r);
        return (word && str_i64(word, &c->n)) || malformed(r, "\"=\" has no number");
    }
    c->keyword = read_word(r);
    if (!c->keyword) {
        return malformed(r, "a choice has no name");
    }
    static const char *const categories[] = { "zero", "one", "two", "few", "many", "other" };
    for (size_t i = 0; plural && i < ARRAY_LEN(categories); i++) {
        if (str_eq(c->keyword, categories[i])) {
            return true;
        }
    }
    return !plural ||
           malformed(r, "a plural has other choices than zero, one, two, few, many, other "
                        "and =number");
}

static bool read_choices(struct reader *r, struct piece *piece)
{
    bool plural = piece->kind == PIECE_PLURAL, other = false;
    while (skip_spaces(r), *r->p != '}') {
        if (piece->n_choices == piece->size) {
            size_t size = piece->size ? 2 * piece->size : 4;
            struct choice *choices = arena_array(r->arena, struct choice, size);
            if (piece->n_choices) {
                memcpy(choices, piece->choices, piece->n_choices * sizeof(*choices));
            }
            piece->choices = choices;
            piece->size = size;
        }
        struct choice c = { 0 };
        if (!read_keyword(r, plural, &c)) {
            return false;
        }
        skip_spaces(r);
        if (*r->p != '{') {
            return malformed(r, "a choice has no text in braces");
        }
        r->p++;
        if (!read_message(r, true, plural, &c.message)) {
            return false;
        }
        other = other || str_eq(c.keyword, "other");
        piece->choices[piece->n_choices++] = c;
    }
    r->p++;
    return other || malformed(r, "the choice \"other\" is missing");
}

static bool read_style(struct reader *r, struct piece *piece, const char *type)
{
    piece->kind = PIECE_ARGUMENT;
    if (str_eq(type, "number")) {
        piece->format = ARGUMENT_NUMBER;
    } else if (str_eq(type, "date")) {
        piece->format = ARGUMENT_DATE;
    } else if (str_eq(type, "time")) {
        piece->format = ARGUMENT_TIME;
    } else {
        return malformed(r, "an argument is of no known type");
    }
    if (*r->p == ',') {
        r->p++;
        piece->style = read_word(r);
        if (!piece->style) {
            return malformed(r, "a style is missing");
        }
    }
    if (*r->p != '}') {
        return malformed(r, "a brace is not closed");
    }
    r->p++;
    return true;
}

// After the opening brace.
static bool read_argument(struct reader *r, struct piece *piece)
{
    piece->text = read_word(r);
    if (!piece->text) {
        return malformed(r, "an argument has no name; write {name}");
    }
    if (*r->p == '}') {
        r->p++;
        return true;
    }
    if (*r->p != ',') {
        return malformed(r, "a brace is not closed");
    }
    r->p++;
    const char *type = read_word(r);
    bool plural = str_eq(type, "plural"), ordinal = str_eq(type, "selectordinal");
    if (!plural && !ordinal && !str_eq(type, "select")) {
        return read_style(r, piece, type);
    }
    piece->kind = plural || ordinal ? PIECE_PLURAL : PIECE_SELECT;
    piece->ordinal = ordinal;
    if (*r->p != ',') {
        return malformed(r, "the choices are missing");
    }
    r->p++;
    return read_choices(r, piece);
}

static void flush(struct reader *r, struct message *m, struct buf *text)
{
    if (text->len) {
        struct piece *piece = add_piece(r, m, PIECE_TEXT);
        piece->text = arena_strndup(r->arena, text->data, text->len);
        piece->len = text->len;
        buf_clear(text);
    }
}

// At an apostrophe: itself, or quoted syntax up to the next single one.
static void read_apostrophe(struct reader *r, bool plural, struct buf *text)
{
    r->p++;
    bool quotes = *r->p == '{' || *r->p == '}' || (plural && *r->p == '#');
    if (!quotes) {
        buf_putc(text, '\'');
        r->p += *r->p == '\'';
        return;
    }
    for (; *r->p; r->p++) {
        if (*r->p == '\'') {
            r->p++;
            if (*r->p != '\'') {
                return;
            }
        }
        buf_putc(text, *r->p);
    }
}

static bool read_pieces(
    struct reader *r, bool nested, bool plural, struct message *m, struct buf *text)
{
    while (*r->p) {
        if (arena_exhausted(r->arena)) {
            return malformed(r, "there is too much");
        }
        char c = *r->p;
        if (c == '\'') {
            read_apostrophe(r, plural, text);
        } else if (c == '{') {
            r->p++;
            flush(r, m, text);
            if (!read_argument(r, add_piece(r, m, PIECE_ARGUMENT))) {
                return false;
            }
        } else if (c == '}') {
            if (!nested) {
                return malformed(r, "a brace closes nothing; write '}' to show one");
            }
            r->p++;
            flush(r, m, text);
            return true;
        } else if (c == '#' && plural) {
            r->p++;
            flush(r, m, text);
            add_piece(r, m, PIECE_HASH);
        } else {
            buf_putc(text, c);
            r->p++;
        }
    }
    flush(r, m, text);
    return !nested || malformed(r, "a brace is not closed");
}

static bool read_message(struct reader *r, bool nested, bool plural, struct message *m)
{
    if (r->depth == MAX_NESTING) {
        return malformed(r, "the choices are nested too deeply");
    }
    r->depth++;
    AUTO_BUF(text, 0);
    bool ok = read_pieces(r, nested, plural, m, &text);
    r->depth--;
    return ok;
}

bool message_compile(
    struct arena *a, const char *text, const struct message **ret_message, const char **ret_why)
{
    // Most messages are plain text; "''" is rare enough to be treated as syntax.
    if (!strpbrk(text, "{}") && !strstr(text, "''")) {
        *ret_message = NULL;
        return true;
    }
    struct reader r = { .arena = a, .p = text, .why = "it is malformed" };
    struct message *m = arena_new(a, struct message);
    if (!read_message(&r, false, false, m)) {
        *ret_why = r.why;
        return false;
    }
    *ret_message = m;
    return true;
}

struct writer {
    const struct locale *locale;
    const struct id_key *id_key;
    message_lookup *lookup;
    void *context;
    struct buf *out;
};

static void write_pieces(
    const struct writer *w, const struct message *m, const struct piece *counted);

static void write_name(const struct writer *w, const char *name)
{
    buf_putc(w->out, '{');
    buf_puts(w->out, name);
    buf_putc(w->out, '}');
}

static void write_argument(const struct writer *w, const struct piece *piece)
{
    const struct value *found = w->lookup(w->context, piece->text);
    if (!found) {
        write_name(w, piece->text);
        return;
    }
    struct value v = *found;
    const char *style = piece->style;
    if (str_eq(style, "full")) {
        style = "long";
    } else if (str_eq(style, "medium")) {
        style = NULL;
    }
    if (piece->format == ARGUMENT_TIME && v.kind == V_TIME) {
        style = "clock";
    } else if (piece->format == ARGUMENT_DATE && v.kind == V_TIME) {
        v = value_date(locale_day(w->locale, v.n));
    }
    locale_write(w->locale, w->id_key, &v, style, w->out);
}

static const struct message *choose_plural(
    const struct writer *w, const struct piece *piece, const struct value *v)
{
    bool number = v && (v->kind == V_INT || v->kind == V_NUM);
    double x = !number ? 0 : v->kind == V_INT ? (double)v->n : v->x;
    const char *category = number ? locale_plural(w->locale, x, piece->ordinal) : "other";
    const struct message *other = NULL, *chosen = NULL;
    for (size_t i = 0; i < piece->n_choices; i++) {
        const struct choice *c = &piece->choices[i];
        if (!c->keyword) {
            if (number && (double)c->n == x) {
                return &c->message;
            }
        } else if (!chosen && str_eq(c->keyword, category)) {
            chosen = &c->message;
        } else if (str_eq(c->keyword, "other")) {
            other = &c->message;
        }
    }
    return chosen ? chosen : other;
}

static const struct message *choose_select(const struct piece *piece, const struct value *v)
{
    char digits[24];
    const char *word = "other";
    switch (v ? v->kind : V_NULL) {
    case V_TEXT:
        word = v->text;
        break;
    case V_BOOL:
        word = v->yes ? "true" : "false";
        break;
    case V_INT:
        snprintf(digits, sizeof(digits), "%lld", (long long)v->n);
        word = digits;
        break;
    default:
        break;
    }
    const struct message *other = NULL;
    for (size_t i = 0; i < piece->n_choices; i++) {
        const struct choice *c = &piece->choices[i];
        if (str_eq(c->keyword, word)) {
            return &c->message;
        }
        if (str_eq(c->keyword, "other")) {
            other = &c->message;
        }
    }
    return other;
}

// COUNTED is the plural whose number '#' shows.
static void write_pieces(
    const struct writer *w, const struct message *m, const struct piece *counted)
{
    for (size_t i = 0; m && i < m->n && buf_ok(w->out); i++) {
        const struct piece *piece = &m->pieces[i];
        switch (piece->kind) {
        case PIECE_TEXT:
            buf_add(w->out, piece->text, piece->len);
            break;
        case PIECE_ARGUMENT:
            write_argument(w, piece);
            break;
        case PIECE_HASH: {
            const struct value *v = w->lookup(w->context, counted->text);
            if (v) {
                locale_write(w->locale, w->id_key, v, NULL, w->out);
            } else {
                write_name(w, counted->text);
            }
            break;
        }
        case PIECE_PLURAL:
            write_pieces(w, choose_plural(w, piece, w->lookup(w->context, piece->text)), piece);
            break;
        case PIECE_SELECT:
            write_pieces(w, choose_select(piece, w->lookup(w->context, piece->text)), counted);
            break;
        }
    }
}

void message_write(const struct message *m, const struct locale *l, const struct id_key *id_key,
    message_lookup *lookup, void *context, struct buf *out)
{
    struct writer w = {
        .locale = l, .id_key = id_key, .lookup = lookup, .context = context, .out = out
    };
    write_pieces(&w, m, NULL);
}
