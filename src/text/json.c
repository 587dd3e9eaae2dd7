// SPDX-License-Identifier: Apache-2.0
#include "json.h"

#include "clock.h"
#include "number.h"
#include "str.h"

#define json_string jansson_string // see json.h
#include <jansson.h>
#undef json_string
#include <math.h>

// Brackets open at once, so that neither Jansson nor read_value() recurses deeper than the bound.
static bool too_deep(const char *text, size_t len)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if ((c == '[' || c == '{') && ++depth > JSON_MAX_DEPTH) {
            return true;
        } else if ((c == ']' || c == '}') && depth) {
            depth--;
        }
    }
    return false;
}

static enum err read_value(struct arena *a, const json_t *j, struct value *ret_v);

static enum err read_array(struct arena *a, const json_t *j, struct value *ret_v)
{
    struct value v = value_list(a);
    size_t len = json_array_size(j);
    v.list->items = arena_array(a, struct value, len);
    v.list->len = v.list->size = len;
    for (size_t i = 0; i < len; i++) {
        TRY(read_value(a, json_array_get(j, i), &v.list->items[i]));
    }
    *ret_v = v;
    return OK;
}

static enum err read_object(struct arena *a, json_t *j, struct value *ret_v)
{
    struct value v = value_object(a);
    size_t len = json_object_size(j);
    v.object->keys = arena_array(a, const char *, len);
    v.object->values = arena_array(a, struct value, len);
    v.object->size = len;
    const char *key;
    json_t *member;
    json_object_foreach(j, key, member)
    {
        // Jansson has refused duplicates, so that no look-up is needed.
        size_t i = v.object->len++;
        v.object->keys[i] = arena_strdup(a, key);
        TRY(read_value(a, member, &v.object->values[i]));
    }
    *ret_v = v;
    return OK;
}

static enum err read_value(struct arena *a, const json_t *j, struct value *ret_v)
{
    if (arena_exhausted(a)) {
        return fail(a, ERR_TOO_LARGE, "This JSON holds too much. Send less at a time.");
    }
    switch (json_typeof(j)) {
    case JSON_OBJECT:
        return read_object(a, (json_t *)j, ret_v);
    case JSON_ARRAY:
        return read_array(a, j, ret_v);
    case JSON_STRING:
        *ret_v = value_text(arena_strndup(a, json_string_value(j), json_string_length(j)));
        return OK;
    case JSON_INTEGER:
        *ret_v = value_int(json_integer_value(j));
        return OK;
    case JSON_REAL:
        *ret_v = value_num(json_real_value(j));
        return OK;
    case JSON_TRUE:
    case JSON_FALSE:
        *ret_v = value_bool(json_is_true(j));
        return OK;
    case JSON_NULL:
        break;
    }
    *ret_v = VALUE_NULL;
    return OK;
}

// Jansson's own words quote the text around the fault, which may be cut inside a character.
static const char *reason(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8:
        return "a byte is not UTF-8";
    case json_error_premature_end_of_input:
        return "the text ends too early";
    case json_error_end_of_input_expected:
        return "something follows after the end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "text holds a zero character";
    case json_error_duplicate_key:
        return "the same key stands twice in one object";
    case json_error_numeric_overflow:
        return "a number is too large";
    default:
        return "this is not JSON: look for a missing comma, quote or bracket";
    }
}

enum err json_read(struct arena *a, const char *text, size_t len, size_t max, struct value *ret_v)
{
    if (len > max) {
        return fail(a, ERR_TOO_LARGE, "This JSON has more than %zu bytes.", max);
    }
    if (too_deep(text, len)) {
        return fail(a, ERR_INVALID, "This JSON nests deeper than %d levels.", JSON_MAX_DEPTH);
    }
    if (memchr(text, '\0', len)) {
        return fail(a, ERR_INVALID, "Line 1: the text holds a zero byte."); // Jansson would skip it
    }
    json_error_t error;
    json_t *j = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!j) {
        return fail(
            a, ERR_INVALID, "Line %d: %s.", error.line < 1 ? 1 : error.line, reason(&error));
    }
    struct value v;
    enum err e = read_value(a, j, &v);
    json_decref(j);
    if (e == OK) {
        *ret_v = v;
    }
    return e;
}

struct writer {
    struct buf *out;
    const struct id_key *id_key;
    bool canonical;
    int depth;
};

static void write_value(struct writer *w, const struct value *v);

// SCRIPT: also safe between <script> and </script>, where "<" could end the element and old engines
// take U+2028 and U+2029 for line ends.
static void write_string(struct buf *out, const char *text, bool script)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "\bb\tt\nn\ff\rr\"\"\\\\";
    buf_putc(out, '"');
    const char *from = text, *p = text;
    for (; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool separator = script && c == 0xe2 && (unsigned char)p[1] == 0x80 &&
                         ((unsigned char)p[2] == 0xa8 || (unsigned char)p[2] == 0xa9);
        if (c >= 0x20 && c != '"' && c != '\\' && !(script && c == '<') && !separator) {
            continue;
        }
        buf_add(out, from, (size_t)(p - from));
        if (separator) {
            buf_puts(out, (unsigned char)p[2] == 0xa8 ? "\\u2028" : "\\u2029");
            p += 2;
            from = p + 1;
            continue;
        }
        size_t i = 0;
        while (i < sizeof(named) - 1 && named[i] != (char)c) {
            i += 2;
        }
        if (i < sizeof(named) - 1) {
            buf_add(out, (char[]){ '\\', named[i + 1] }, 2);
        } else {
            buf_add(out, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
        }
        from = p + 1;
    }
    buf_add(out, from, (size_t)(p - from));
    buf_putc(out, '"');
}

void json_string(struct buf *out, const char *text)
{
    write_string(out, text, true);
}

static int64_t clamp(int64_t n, int64_t most)
{
    return n > most ? most : n < -most ? -most : n;
}

static void write_civil(struct buf *out, const struct value *v)
{
    // Two million years either way: what is farther is not a date and must not overflow the sums.
    const int64_t most_days = INT64_C(750000000);
    struct civil c = v->kind == V_DATE ? civil_from_days(clamp(v->n, most_days))
                                       : civil_from_ms(clamp(v->n, most_days * CLOCK_DAY));
    buf_fmt(out, "\"%04d-%02d-%02d", c.year, c.month, c.day);
    if (v->kind == V_TIME) {
        buf_fmt(out, "T%02d:%02d:%02d", c.hour, c.minute, c.second);
        if (c.millis) {
            buf_fmt(out, ".%03d", c.millis);
        }
        buf_putc(out, 'Z');
    }
    buf_putc(out, '"');
}

void json_amount(struct buf *out, struct value_money m)
{
    uint64_t n = m.minor < 0 ? 0 - (uint64_t)m.minor : (uint64_t)m.minor, scale = 1;
    int digits = value_money_digits(m.currency);
    for (int i = 0; i < digits; i++) {
        scale *= 10;
    }
    buf_puts(out, m.minor < 0 ? "-" : "");
    buf_i64(out, (int64_t)(n / scale));
    if (digits) {
        buf_fmt(out, ".%0*d", digits, (int)(n % scale));
    }
}

static void write_money(struct buf *out, struct value_money m)
{
    buf_puts(out, "{\"amount\":\"");
    json_amount(out, m);
    buf_puts(out, "\",\"currency\":");
    write_string(out, m.currency, true);
    buf_putc(out, '}');
}

static void write_estimate(struct buf *out, const struct estimate *e)
{
    // In the order of the canonical form, so that both forms share it.
    buf_puts(out, "{\"estimate\":");
    number_write(out, e->point);
    buf_puts(out, ",\"high\":");
    number_write(out, e->high);
    buf_puts(out, ",\"level\":");
    number_write(out, e->level);
    buf_puts(out, ",\"low\":");
    number_write(out, e->low);
    buf_putc(out, '}');
}

static void write_blob(struct buf *out, struct blob blob)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = blob.data;
    buf_putc(out, '"');
    for (size_t i = 0; i < blob.len && buf_ok(out); i += 3) {
        size_t n = blob.len - i < 3 ? blob.len - i : 3;
        unsigned v =
            (unsigned)p[i] << 16 | (n > 1 ? (unsigned)p[i + 1] << 8 : 0) | (n > 2 ? p[i + 2] : 0);
        char four[4] = { alphabet[v >> 18], alphabet[v >> 12 & 63], '=', '=' };
        if (n > 1) {
            four[2] = alphabet[v >> 6 & 63];
        }
        if (n > 2) {
            four[3] = alphabet[v & 63];
        }
        buf_add(out, four, sizeof(four));
    }
    buf_putc(out, '"');
}

static void write_list(struct writer *w, const struct value_list *l)
{
    buf_putc(w->out, '[');
    for (size_t i = 0; i < l->len && buf_ok(w->out); i++) {
        if (i) {
            buf_putc(w->out, ',');
        }
        write_value(w, &l->items[i]);
    }
    buf_putc(w->out, ']');
}

// UTF-16 order from UTF-8 bytes: only characters beyond U+FFFF (lead bytes from 0xf0), written
// there as surrogates, come before U+E000 to U+FFFF (lead bytes 0xee and 0xef).
static int utf16_order(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    unsigned char x = (unsigned char)*a, y = (unsigned char)*b;
    if (x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0)) {
        return x >= 0xf0 ? -1 : 1;
    }
    return x - y;
}

static int by_key(const void *a, const void *b, void *object)
{
    const struct value_object *o = object;
    return utf16_order(o->keys[*(const size_t *)a], o->keys[*(const size_t *)b]);
}

static void write_object(struct writer *w, const struct value_object *o)
{
    size_t *order = NULL;
    if (w->canonical && o->len) {
        order = calloc(o->len, sizeof(*order));
        if (!order) {
            w->out->failed = true;
            return;
        }
        for (size_t i = 0; i < o->len; i++) {
            order[i] = i;
        }
        qsort_r(order, o->len, sizeof(*order), by_key, (void *)o);
    }
    buf_putc(w->out, '{');
    for (size_t i = 0; i < o->len && buf_ok(w->out); i++) {
        size_t at = order ? order[i] : i;
        if (i) {
            buf_putc(w->out, ',');
        }
        write_string(w->out, o->keys[at], !w->canonical);
        buf_putc(w->out, ':');
        write_value(w, &o->values[at]);
    }
    buf_putc(w->out, '}');
    free(order);
}

static void write_int(struct writer *w, int64_t n)
{
    const int64_t exact = INT64_C(1) << 53;
    bool quoted = w->canonical && (n > exact || n < -exact);
    if (quoted) {
        buf_putc(w->out, '"');
    }
    buf_i64(w->out, n);
    if (quoted) {
        buf_putc(w->out, '"');
    }
}

static void write_id(struct writer *w, int64_t id)
{
    buf_putc(w->out, '"');
    if (w->id_key) {
        char text[ID_TEXT_SIZE];
        id_write(w->id_key, id, text);
        buf_puts(w->out, text);
    } else {
        buf_i64(w->out, id);
    }
    buf_putc(w->out, '"');
}

static void write_leaf(struct writer *w, const struct value *v)
{
    switch (v->kind) {
    case V_BOOL:
        buf_puts(w->out, v->yes ? "true" : "false");
        break;
    case V_INT:
        write_int(w, v->n);
        break;
    case V_NUM:
        number_write(w->out, v->x);
        if (!w->canonical && fabs(v->x) > 0x1p53 && fabs(v->x) < 1e21) {
            buf_puts(w->out,
                ".0"); // else its digits would be read as an integer, another one or too large
        }
        break;
    case V_TEXT:
    case V_HTML:
        write_string(w->out, v->text, !w->canonical);
        break;
    case V_ID:
        write_id(w, v->n);
        break;
    case V_MONEY:
        write_money(w->out, v->money);
        break;
    case V_DATE:
    case V_TIME:
        write_civil(w->out, v);
        break;
    case V_ESTIMATE:
        write_estimate(w->out, v->estimate);
        break;
    case V_BLOB:
        write_blob(w->out, v->blob);
        break;
    default:
        buf_puts(w->out, "null");
        break;
    }
}

static void write_value(struct writer *w, const struct value *v)
{
    if (v->kind != V_LIST && v->kind != V_OBJECT) {
        write_leaf(w, v);
        return;
    }
    if (w->depth == 4 * JSON_MAX_DEPTH) {
        w->out->failed = true; // a tree of the house never is so deep
        return;
    }
    w->depth++;
    if (v->kind == V_LIST) {
        write_list(w, v->list);
    } else {
        write_object(w, v->object);
    }
    w->depth--;
}

void json_write(struct buf *out, const struct id_key *id_key, const struct value *v)
{
    struct writer w = { .out = out, .id_key = id_key };
    write_value(&w, v);
}

void json_write_canonical(struct buf *out, const struct value *v)
{
    struct writer w = { .out = out, .canonical = true };
    write_value(&w, v);
}
