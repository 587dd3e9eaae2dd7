// SPDX-License-Identifier: Apache-2.0
#include "markdown.h"
#include "str.h"

#include <md4c.h>

// md4c reads; this writes, because its own HTML writer lets every link and image through. What
// could take more than linear time is refused before (many containers on a line) or stopped while
// writing (tables and references that blow up): the output's limit is a multiple of the text.

#define TABLE_START                                                                                \
    "<div class=\"usa-table-container--scrollable\" tabindex=\"0\"><table class=\"usa-table\">\n"

enum {
    TEXT_MAX = 256 * 1024,
    NEST_LINE_MAX = 32, // list and quote marks that open on one line
    NEST_MAX = 100,     // blocks and spans within each other
    RUN_MAX = 4000,     // lines without an empty one between
    GROWTH = 16,        // bytes of HTML for a byte of text, at most; plus:
    GROWTH_BASE = 64 * 1024,
    STOPPED = 1,
};

struct writer {
    struct buf *out;
    int level;        // of the text's highest heading
    int depth;        // of blocks and spans
    int link_depth;   // where the open link began; 0 for none
    bool in_head;     // of a table
    size_t plain_max; // plain words: stop after so many bytes
};

static void escape(struct buf *out, const char *text, size_t len)
{
    size_t from = 0;
    for (size_t i = 0; i < len; i++) {
        const char *as = text[i] == '&'   ? "&amp;"
                         : text[i] == '<' ? "&lt;"
                         : text[i] == '>' ? "&gt;"
                         : text[i] == '"' ? "&quot;"
                                          : NULL;
        if (as) {
            buf_add(out, text + from, i - from);
            buf_puts(out, as);
            from = i + 1;
        }
    }
    buf_add(out, text + from, len - from);
}

static void put_code_point(struct buf *out, uint32_t c)
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        c = 0xfffd;
    }
    char bytes[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6) {
        bytes[i] = (char)(0x80 | (c & 0x3f));
    }
    bytes[0] = (char)(n == 1 ? c : (0xf00 >> n & 0xff) | c);
    buf_add(out, bytes, n);
}

// Writes what the entity stands for; false when it isn't one of the few known by name.
static bool decode_entity(struct buf *out, const char *text, size_t len)
{
    static const struct {
        const char *name, *means;
    } names[] = {
        { "&amp;", "&" },
        { "&lt;", "<" },
        { "&gt;", ">" },
        { "&quot;", "\"" },
        { "&apos;", "'" },
        { "&nbsp;", " " },
        { "&ndash;", "–" },
        { "&mdash;", "—" },
        { "&hellip;", "…" },
        { "&copy;", "©" },
        { "&sect;", "§" },
        { "&deg;", "°" },
        { "&euro;", "€" },
    };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strlen(names[i].name) == len && memcmp(names[i].name, text, len) == 0) {
            buf_puts(out, names[i].means);
            return true;
        }
    }
    if (len < 4 || text[1] != '#') {
        return false;
    }
    bool hex = text[2] == 'x' || text[2] == 'X';
    uint32_t c = 0;
    for (size_t i = hex ? 3 : 2; i + 1 < len && c <= 0x10ffff; i++) {
        uint32_t digit =
            text[i] <= '9' ? (uint32_t)(text[i] - '0') : ((uint32_t)text[i] | 32) - 'a' + 10;
        c = c * (hex ? 16 : 10) + digit;
    }
    put_code_point(out, c);
    return true;
}

// ---- links ------------------------------------------------------------------------------------

enum target { REFUSED, INSIDE, OUTSIDE };

static bool begins(const struct buf *url, const char *scheme)
{
    return strncasecmp(buf_text(url), scheme, strlen(scheme)) == 0;
}

static enum target judge(const struct buf *url)
{
    const char *text = buf_text(url);
    if (begins(url, "https://") || begins(url, "http://")) {
        return OUTSIDE;
    }
    if (begins(url, "mailto:") || begins(url, "tel:") || text[0] == '#') {
        return INSIDE;
    }
    // "//host" and what browsers take for it would leave the site.
    return text[0] == '/' && text[1] != '/' && text[1] != '\\' ? INSIDE : REFUSED;
}

// The address as the browser will see it. An entity whose meaning isn't known here could hide a
// scheme.
static bool decode_url(struct buf *url, const MD_ATTRIBUTE *href)
{
    for (size_t i = 0; href->text && href->substr_offsets[i] < href->size; i++) {
        const char *part = href->text + href->substr_offsets[i];
        size_t len = href->substr_offsets[i + 1] - href->substr_offsets[i];
        if (href->substr_types[i] != MD_TEXT_ENTITY) {
            buf_add(url, part, len);
        } else if (!decode_entity(url, part, len)) {
            return false;
        }
    }
    return buf_ok(url);
}

static void put_url(struct buf *out, const struct buf *url)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-._~:/?#[]@!$()*+,;=%";
    for (size_t i = 0; i < url->len; i++) {
        char c = url->data[i];
        if (c == '&') {
            buf_puts(out, "&amp;");
        } else if (c && strchr(safe, c)) {
            buf_putc(out, c);
        } else {
            buf_fmt(out, "%%%02X", (unsigned char)c);
        }
    }
}

static void enter_link(struct writer *w, const MD_SPAN_A_DETAIL *a)
{
    AUTO_BUF(url, 2048);
    enum target target = decode_url(&url, &a->href) ? judge(&url) : REFUSED;
    if (target == REFUSED || w->link_depth) {
        return; // the words stay
    }
    w->link_depth = w->depth;
    buf_puts(w->out, "<a href=\"");
    put_url(w->out, &url);
    buf_puts(
        w->out, target == OUTSIDE ? "\" rel=\"external nofollow noopener noreferrer\">" : "\">");
}

static void leave_link(struct writer *w)
{
    if (w->link_depth == w->depth) {
        buf_puts(w->out, "</a>");
        w->link_depth = 0;
    }
}

// ---- HTML -------------------------------------------------------------------------------------

static int go_on(const struct writer *w)
{
    return buf_ok(w->out) && w->depth <= NEST_MAX ? 0 : STOPPED;
}

static int heading(const struct writer *w, const MD_BLOCK_H_DETAIL *h)
{
    int level = w->level + (int)h->level - 1;
    return level > 6 ? 6 : level;
}

static void enter_cell(struct writer *w, const MD_BLOCK_TD_DETAIL *td)
{
    buf_puts(w->out, w->in_head ? "<th scope=\"col\"" : "<td");
    buf_puts(w->out, td->align == MD_ALIGN_RIGHT    ? " class=\"text-right\">"
                     : td->align == MD_ALIGN_CENTER ? " class=\"text-center\">"
                                                    : ">");
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    static const char *const tags[] = {
        [MD_BLOCK_QUOTE] = "<blockquote>\n",
        [MD_BLOCK_UL] = "<ul>\n",
        [MD_BLOCK_LI] = "<li>",
        [MD_BLOCK_HR] = "<hr>\n",
        [MD_BLOCK_CODE] = "<pre tabindex=\"0\"><code>",
        [MD_BLOCK_P] = "<p>",
        [MD_BLOCK_TABLE] = TABLE_START,
        [MD_BLOCK_THEAD] = "<thead>\n",
        [MD_BLOCK_TBODY] = "<tbody>\n",
        [MD_BLOCK_TR] = "<tr>",
        [MD_BLOCK_TD] = NULL,
    };
    struct writer *w = data;
    w->depth++;
    if (type == MD_BLOCK_H) {
        buf_fmt(w->out, "<h%d>", heading(w, detail));
    } else if (type == MD_BLOCK_OL && ((MD_BLOCK_OL_DETAIL *)detail)->start != 1) {
        buf_fmt(w->out, "<ol start=\"%u\">\n", ((MD_BLOCK_OL_DETAIL *)detail)->start);
    } else if (type == MD_BLOCK_OL) {
        buf_puts(w->out, "<ol>\n");
    } else if (type == MD_BLOCK_TH || type == MD_BLOCK_TD) {
        enter_cell(w, detail);
    } else if (tags[type]) {
        buf_puts(w->out, tags[type]);
    }
    w->in_head = type == MD_BLOCK_THEAD || (w->in_head && type != MD_BLOCK_TBODY);
    return go_on(w);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    static const char *const tags[] = {
        [MD_BLOCK_QUOTE] = "</blockquote>\n",
        [MD_BLOCK_UL] = "</ul>\n",
        [MD_BLOCK_OL] = "</ol>\n",
        [MD_BLOCK_LI] = "</li>\n",
        [MD_BLOCK_CODE] = "</code></pre>\n",
        [MD_BLOCK_P] = "</p>\n",
        [MD_BLOCK_TABLE] = "</table></div>\n",
        [MD_BLOCK_THEAD] = "</thead>\n",
        [MD_BLOCK_TBODY] = "</tbody>\n",
        [MD_BLOCK_TR] = "</tr>\n",
        [MD_BLOCK_TH] = "</th>",
        [MD_BLOCK_TD] = "</td>",
    };
    struct writer *w = data;
    w->depth--;
    if (type == MD_BLOCK_H) {
        buf_fmt(w->out, "</h%d>\n", heading(w, detail));
    } else if (tags[type]) {
        buf_puts(w->out, tags[type]);
    }
    return go_on(w);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *data)
{
    struct writer *w = data;
    w->depth++;
    if (type == MD_SPAN_A) {
        enter_link(w, detail);
    } else if (type != MD_SPAN_IMG) { // an image is its words
        buf_puts(w->out, type == MD_SPAN_EM       ? "<em>"
                         : type == MD_SPAN_STRONG ? "<strong>"
                         : type == MD_SPAN_CODE   ? "<code>"
                                                  : "<del>");
    }
    return go_on(w);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *data)
{
    struct writer *w = data;
    if (type == MD_SPAN_A) {
        leave_link(w);
    } else if (type != MD_SPAN_IMG) {
        buf_puts(w->out, type == MD_SPAN_EM       ? "</em>"
                         : type == MD_SPAN_STRONG ? "</strong>"
                         : type == MD_SPAN_CODE   ? "</code>"
                                                  : "</del>");
    }
    w->depth--;
    return go_on(w);
}

static int put_text(MD_TEXTTYPE type, const char *text, MD_SIZE len, void *data)
{
    struct writer *w = data;
    switch (type) {
    case MD_TEXT_BR:
        buf_puts(w->out, "<br>\n");
        break;
    case MD_TEXT_SOFTBR:
        buf_putc(w->out, '\n');
        break;
    case MD_TEXT_ENTITY: // "&" letters, digits and '#' ";": the browser knows them all
        buf_add(w->out, text, len);
        break;
    case MD_TEXT_NULLCHAR:
        put_code_point(w->out, 0xfffd);
        break;
    default:
        escape(w->out, text, len);
    }
    return go_on(w);
}

// ---- what isn't prose -------------------------------------------------------------------------

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t");
}

// A line of at least three of the same mark and nothing else.
static bool is_rule(const char *p)
{
    char mark = *p;
    size_t n = 0;
    for (; *p && *p != '\n' && *p != '\r'; p++) {
        if (*p == mark) {
            n++;
        } else if (*p != ' ' && *p != '\t') {
            return false;
        }
    }
    return n >= 3;
}

// How many quotes and lists open at the start of the line, counted to just past the bound.
static int opened_on(const char *p)
{
    int n = 0;
    for (; n <= NEST_LINE_MAX; n++) {
        p = skip_blanks(p);
        if ((*p == '-' || *p == '*') && is_rule(p)) {
            break;
        }
        const char *digits = p;
        while (*p >= '0' && *p <= '9' && p - digits < 9) {
            p++;
        }
        bool bullet = p == digits && *p && strchr("-*+", *p);
        bool number = p > digits && (*p == '.' || *p == ')');
        if (!(bullet || number) && (p > digits || *p != '>')) {
            break;
        }
        p++;
        if (p[-1] != '>' && *p && !strchr(" \t\r\n", *p)) {
            break;
        }
    }
    return n;
}

// True when every line is of prose's shape: md4c's time is then bounded.
static bool is_prose(const char *text)
{
    size_t run = 0;
    for (const char *line = text; *line;) {
        const char *end = line + strcspn(line, "\r\n");
        run = skip_blanks(line) == end ? 0 : run + 1;
        if (opened_on(line) > NEST_LINE_MAX || run > RUN_MAX) {
            return false;
        }
        line = *end ? end + 1 : end;
    }
    return true;
}

enum { DIALECT = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH };

enum err markdown_html(struct arena *a, const char *text, int level, const char **ret_html)
{
    static const MD_PARSER parser = {
        .flags = DIALECT,
        .enter_block = enter_block,
        .leave_block = leave_block,
        .enter_span = enter_span,
        .leave_span = leave_span,
        .text = put_text,
    };
    size_t len = strlen(text);
    if (len > TEXT_MAX) {
        return fail(a, ERR_TOO_LARGE, "Shorten the text: it is too long.");
    }
    AUTO_BUF(out, len * GROWTH + GROWTH_BASE);
    struct writer w = { .out = &out, .level = level < 1 ? 1 : level > 6 ? 6 : level };
    if (!is_prose(text) || md_parse(text, (MD_SIZE)len, &parser, &w) != 0) {
        return fail(a, ERR_TOO_LARGE,
            "Make the text simpler: its lists, quotes, tables or paragraphs are too deep or too "
            "long.");
    }
    *ret_html = arena_strndup(a, buf_text(&out), out.len);
    return OK;
}

// ---- plain words ------------------------------------------------------------------------------

static int plain_gap(struct writer *w)
{
    if (w->out->len && w->out->data[w->out->len - 1] != ' ') {
        buf_putc(w->out, ' ');
    }
    return go_on(w) || w->out->len > w->plain_max;
}

static int plain_block(MD_BLOCKTYPE type, void *detail, void *data)
{
    return plain_gap(data);
}

static int plain_span(MD_SPANTYPE type, void *detail, void *data)
{
    return go_on(data);
}

static int plain_text(MD_TEXTTYPE type, const char *text, MD_SIZE len, void *data)
{
    struct writer *w = data;
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR) {
        return plain_gap(w);
    }
    if (type == MD_TEXT_NULLCHAR) {
        put_code_point(w->out, 0xfffd);
    } else if (type != MD_TEXT_ENTITY || !decode_entity(w->out, text, len)) {
        for (MD_SIZE i = 0; i < len; i++) {
            bool space = text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r');
            if (space) {
                plain_gap(w);
            } else {
                buf_putc(w->out, text[i]);
            }
        }
    }
    return go_on(w) || w->out->len > w->plain_max;
}

// TEXT's first bytes, at most LEN, that end with a whole character.
static size_t whole_chars(const char *text, size_t len)
{
    while (len && ((unsigned char)text[len] & 0xc0) == 0x80) {
        len--;
    }
    return len;
}

// TEXT cut to MAX bytes with the ellipsis, at a word's end where there is one.
static char *cut_words(struct arena *a, char *text, size_t len, size_t max)
{
    static const char ellipsis[] = "…";
    enum { ELLIPSIS = sizeof(ellipsis) - 1 };
    if (len <= max) {
        return arena_strndup(a, text, len);
    }
    if (max < ELLIPSIS) {
        return arena_strdup(a, "");
    }
    size_t end = whole_chars(text, max - ELLIPSIS);
    size_t word = end;
    while (word && text[word] != ' ') {
        word--;
    }
    end = word ? word : end; // one long word is cut where it must be
    while (end && strchr(" ,;:.", text[end - 1])) {
        end--;
    }
    return arena_fmt(a, "%.*s%s", (int)end, text, ellipsis);
}

char *markdown_plain(struct arena *a, const char *text, size_t max)
{
    static const MD_PARSER parser = {
        .flags = DIALECT,
        .enter_block = plain_block,
        .leave_block = plain_block,
        .enter_span = plain_span,
        .leave_span = plain_span,
        .text = plain_text,
    };
    size_t len = strlen(text);
    if (len > TEXT_MAX) {
        len = whole_chars(text, TEXT_MAX);
        text = arena_strndup(a, text, len);
    }
    AUTO_BUF(out, len * GROWTH + GROWTH_BASE);
    struct writer w = { .out = &out, .plain_max = max };
    if (!is_prose(text)) {
        plain_text(MD_TEXT_NORMAL, text, (MD_SIZE)len, &w); // as it stands
    } else {
        // Stopping early is no error: there are words enough.
        (void)md_parse(text, (MD_SIZE)len, &parser, &w);
    }
    while (out.len && out.data[out.len - 1] == ' ') {
        buf_truncate(&out, out.len - 1);
    }
    return cut_words(a, out.data ? out.data : (char[]){ "" }, out.len, max);
}
