// SPDX-License-Identifier: Apache-2.0
#include "json_read.h"

#include "csv.h"

struct reader {
    struct ph_context *c;
    const char *start, *at, *end;
    struct ev_tree *t;
    char *put; // where the next text's bytes go; texts never grow when they are read
    int depth;
};

static enum ph_status wrong(struct reader *r, const char *what)
{
    size_t line = 1;
    for (const char *p = r->start; p < r->at; p++) {
        line += *p == '\n';
    }
    return ev_complain(r->c, PH_DATA, "Line %zu of the plan: %s.", line, what);
}

static void blanks(struct reader *r)
{
    while (
        r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t')) {
        r->at++;
    }
}

static bool took(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0) {
        return false;
    }
    r->at += len;
    return true;
}

static int hex_digit(char x)
{
    return x >= '0' && x <= '9'   ? x - '0'
           : x >= 'a' && x <= 'f' ? x - 'a' + 10
           : x >= 'A' && x <= 'F' ? x - 'A' + 10
                                  : -1;
}

// Four hex digits after \u.
static bool code_unit(struct reader *r, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 4; i++) {
        int digit = r->at < r->end ? hex_digit(*r->at) : -1;
        if (digit < 0) {
            return false;
        }
        *ret = *ret << 4 | (uint32_t)digit;
        r->at++;
    }
    return true;
}

static void put_code(struct reader *r, uint32_t code)
{
    if (code < 0x80) {
        *r->put++ = (char)code;
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint32_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    *r->put++ = (char)(lead[more] | code >> (6 * more));
    while (more-- > 0) {
        *r->put++ = (char)(0x80 | (code >> (6 * more) & 0x3f));
    }
}

static bool escaped(struct reader *r)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (r->at == r->end) {
        return false;
    }
    char c = *r->at++;
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        *r->put++ = to[found - from];
        return true;
    }
    uint32_t code = 0;
    uint32_t low = 0;
    if (c != 'u' || !code_unit(r, &code) || code == 0) {
        return false;
    }
    if (code >= 0xd800 && code < 0xdc00) {
        if (!took(r, "\\u") || !code_unit(r, &low) || low < 0xdc00 || low > 0xdfff) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return false;
    }
    put_code(r, code);
    return true;
}

// The length of the UTF-8 character at AT, 0 where it is none.
static size_t character(const char *at, const char *end)
{
    uint8_t c = (uint8_t)*at;
    size_t len = c < 0x80                ? 1
                 : c >= 0xc2 && c < 0xe0 ? 2
                 : (c & 0xf0) == 0xe0    ? 3
                 : c >= 0xf0 && c < 0xf5 ? 4
                                         : 0;
    if (len == 0 || (size_t)(end - at) < len) {
        return 0;
    }
    for (size_t i = 1; i < len; i++) {
        if (((uint8_t)at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    uint8_t second = len > 1 ? (uint8_t)at[1] : 0;
    bool bad = (c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
               (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f);
    return bad ? 0 : len;
}

static enum ph_status text(struct reader *r, const char **ret)
{
    const char *begun = r->put;
    r->at++;
    while (r->at < r->end && *r->at != '"') {
        if ((uint8_t)*r->at < 0x20) {
            return wrong(r, "a text goes over the end of its line");
        }
        if (*r->at == '\\') {
            r->at++;
            if (!escaped(r)) {
                return wrong(r, "a backslash is followed by what JSON does not know");
            }
            continue;
        }
        size_t len = character(r->at, r->end);
        if (len == 0) {
            return wrong(r, "a text is not UTF-8");
        }
        memcpy(r->put, r->at, len);
        r->put += len;
        r->at += len;
    }
    if (r->at == r->end) {
        return wrong(r, "a text does not end");
    }
    r->at++;
    *r->put++ = '\0';
    *ret = begun;
    return PH_OK;
}

static enum ph_status number(struct reader *r, double *ret)
{
    const char *p = r->at;
    const char *begun = p;
    p += p < r->end && *p == '-';
    const char *digits = p;
    while (p < r->end && *p >= '0' && *p <= '9') {
        p++;
    }
    bool good = p > digits && (*digits != '0' || p == digits + 1);
    if (p < r->end && *p == '.') {
        digits = ++p;
        while (p < r->end && *p >= '0' && *p <= '9') {
            p++;
        }
        good = good && p > digits;
    }
    if (p < r->end && (*p == 'e' || *p == 'E')) {
        p++;
        p += p < r->end && (*p == '-' || *p == '+');
        digits = p;
        while (p < r->end && *p >= '0' && *p <= '9') {
            p++;
        }
        good = good && p > digits;
    }
    if (!good || !ev_number(begun, (size_t)(p - begun), ret)) {
        return wrong(r, "a number is not one");
    }
    r->at = p;
    return PH_OK;
}

static enum ph_status value(struct reader *r, size_t at);

static enum ph_status new_node(struct reader *r, size_t *ret)
{
    if (r->t->n == EV_NODES_MAX) {
        return ev_complain(r->c, PH_TOO_LARGE, "The plan has over %d values.", EV_NODES_MAX);
    }
    *ret = r->t->n++;
    return PH_OK;
}

static bool has_key(const struct ev_tree *t, const struct ev_node *object, const char *key)
{
    for (size_t i = object->first; i; i = t->node[i].next) {
        if (t->node[i].key && strcmp(t->node[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

static enum ph_status key_of(struct reader *r, size_t parent, size_t child)
{
    const char *key = NULL;
    blanks(r);
    if (r->at == r->end || *r->at != '"') {
        return wrong(r, "a key in quotes is missing");
    }
    enum ph_status status = text(r, &key);
    if (status != PH_OK) {
        return status;
    }
    if (has_key(r->t, &r->t->node[parent], key)) {
        return wrong(r, "a key stands there twice");
    }
    r->t->node[child].key = key;
    blanks(r);
    return took(r, ":") ? PH_OK : wrong(r, "a colon is missing after a key");
}

// Members of a list or an object, up to CLOSE.
static enum ph_status members(struct reader *r, size_t parent, const char *close)
{
    bool object = r->t->node[parent].kind == EV_NODE_OBJECT;
    size_t last = 0;
    blanks(r);
    if (took(r, close)) {
        return PH_OK;
    }
    for (;;) {
        size_t child = 0;
        enum ph_status status = new_node(r, &child);
        status = status == PH_OK && object ? key_of(r, parent, child) : status;
        if (status == PH_OK) {
            *(last ? &r->t->node[last].next : &r->t->node[parent].first) = child;
            last = child;
            status = value(r, child);
        }
        if (status != PH_OK) {
            return status;
        }
        blanks(r);
        if (took(r, close)) {
            return PH_OK;
        }
        if (!took(r, ",")) {
            return wrong(r, "a comma or the end of a list is missing");
        }
    }
}

static enum ph_status value(struct reader *r, size_t at)
{
    struct ev_node *n = &r->t->node[at];
    blanks(r);
    if (r->at == r->end) {
        return wrong(r, "it ends too early");
    }
    enum ph_status status = PH_OK;
    if (*r->at == '{' || *r->at == '[') {
        n->kind = *r->at == '{' ? EV_NODE_OBJECT : EV_NODE_LIST;
        if (++r->depth > EV_NODE_DEPTH_MAX) {
            return wrong(r, "it is nested too deep");
        }
        r->at++;
        status = members(r, at, n->kind == EV_NODE_OBJECT ? "}" : "]");
        r->depth--;
    } else if (*r->at == '"') {
        n->kind = EV_NODE_TEXT;
        status = text(r, &n->text);
    } else if (took(r, "true") || took(r, "false")) {
        n->kind = EV_NODE_BOOL;
        n->number = r->at[-2] == 'u';
    } else if (!took(r, "null")) {
        n->kind = EV_NODE_NUMBER;
        status = number(r, &n->number);
    }
    return status;
}

enum ph_status ev_tree_read(
    struct ph_context *c, const char *text_, size_t len, struct ev_tree *ret_tree)
{
    struct ev_tree t = { .node = ev_take(c, EV_NODES_MAX, sizeof(struct ev_node)),
        .bytes = ev_take(c, len + 1, 1) };
    if (!t.node || !t.bytes) {
        ev_tree_release(c, &t);
        return PH_NO_MEMORY;
    }
    struct reader r = {
        .c = c, .start = text_, .at = text_, .end = text_ + len, .t = &t, .put = t.bytes
    };
    t.n = 1;
    enum ph_status status = value(&r, 0);
    blanks(&r);
    if (status == PH_OK && r.at != r.end) {
        status = wrong(&r, "something follows after its end");
    }
    if (status != PH_OK) {
        ev_tree_release(c, &t);
        return status;
    }
    *ret_tree = t;
    return PH_OK;
}

void ev_tree_release(struct ph_context *c, struct ev_tree *t)
{
    ev_give_back(c, t->node);
    ev_give_back(c, t->bytes);
    *t = (struct ev_tree){ 0 };
}

struct ev_node *ev_tree_member(struct ev_tree *t, const struct ev_node *object, const char *key)
{
    for (size_t i = object->first; i; i = t->node[i].next) {
        if (strcmp(t->node[i].key, key) == 0) {
            t->node[i].read = true;
            return &t->node[i];
        }
    }
    return NULL;
}
