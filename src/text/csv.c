// SPDX-License-Identifier: Apache-2.0
#include "csv.h"

#include "locale.h"
#include "str.h"

#include <stdlib.h>

// Two ways lead to the same rows. A row that lies whole in the piece and has neither a quote nor a
// stray CR is copied once and cut where it stands, eight bytes at a time. Every other row goes
// through the state machine byte run by byte run. Both leave the cells in `text`, each with a NUL
// after it, and end in emit_row().

enum state { ROW_START, CELL_START, PLAIN, QUOTED, QUOTE_SEEN, CR_SEEN };

enum { HEAD_MAX = 64 * 1024, WORD = sizeof(uint64_t) };

struct csv {
    csv_row_fn *row;
    void *context;
    enum state state;
    enum err failed; // the first error, which sticks
    char separator;  // 0 until the first line was seen
    bool head_quoted, head_begun;
    struct buf head;               // the first line, until the separator is known
    struct buf text;               // the row's cells
    size_t line, row_line, opened; // now; where the row began; where the quote did
    size_t cell_start, n;
    bool has_quote;  // the row has one, so it is a row even when empty
    const char *key; // what was said of the file, and its {line} and {n}; NULL: nothing
    size_t said_line, said_n;
    struct csv_cell cells[CSV_MAX_COLUMNS];
};

struct csv *csv_new(csv_row_fn *row, void *context)
{
    struct csv *c = calloc(1, sizeof(*c));
    if (!c) {
        abort();
    }
    c->row = row;
    c->context = context;
    c->line = c->row_line = 1;
    c->head = BUF(HEAD_MAX);
    c->text = BUF(CSV_MAX_ROW + CSV_MAX_COLUMNS + WORD);
    return c;
}

void csv_free(struct csv *c)
{
    if (c) {
        buf_release(&c->head);
        buf_release(&c->text);
        free(c);
    }
}

// TEXT with the numbers that were said put in.
static const char *filled(const struct csv *c, struct arena *a, const char *text)
{
    AUTO_BUF(out, 1000);
    while (*text) {
        size_t len = strcspn(text, "{");
        buf_fmt(&out, "%.*s", (int)len, text);
        text += len;
        if (str_starts(text, "{line}")) {
            buf_fmt(&out, "%zu", c->said_line);
            text += strlen("{line}");
        } else if (str_starts(text, "{n}")) {
            buf_fmt(&out, "%zu", c->said_n);
            text += strlen("{n}");
        } else if (*text) {
            buf_fmt(&out, "%c", *text++);
        }
    }
    return arena_strdup(a, buf_text(&out));
}

static enum err say(
    struct csv *c, struct arena *scratch, enum err code, const char *key, size_t line, size_t n)
{
    c->key = key;
    c->said_line = line;
    c->said_n = n;
    return fail(scratch, code, "%s", filled(c, scratch, key));
}

const char *csv_why(const struct csv *c, struct arena *a, const struct locale *l)
{
    return c->key ? filled(c, a, locale_message(l, c->key)) : NULL;
}

static enum err too_wide(struct csv *c, struct arena *scratch)
{
    return say(c, scratch, ERR_TOO_LARGE,
        "Line {line} has more than {n} columns. Remove the columns that aren't needed.",
        c->row_line, CSV_MAX_COLUMNS);
}

static enum err cell_too_long(struct csv *c, struct arena *scratch)
{
    return say(c, scratch, ERR_TOO_LARGE,
        "Line {line} has a cell of more than {n} KB. Check that its quotes are closed.",
        c->row_line, CSV_MAX_CELL / 1024);
}

static enum err row_too_long(struct csv *c, struct arena *scratch)
{
    return say(c, scratch, ERR_TOO_LARGE,
        "The row on line {line} is longer than {n} KB. Check that its quotes are closed.",
        c->row_line, CSV_MAX_ROW / 1024);
}

// ---- the row is whole -------------------------------------------------------------------------

// Where in the file the first bad byte is: the row's line, and the line breaks before it.
static enum err bad_text(struct csv *c, struct arena *scratch)
{
    size_t line = c->row_line;
    if (line == 1 && c->cells[0].len >= 4 && memcmp(c->cells[0].text, "PK\3\4", 4) == 0) {
        return say(c, scratch, ERR_INVALID,
            "This is a workbook, not CSV. Save the sheet as “CSV UTF-8” and try again.", 1, 0);
    }
    for (size_t i = 0; i < c->n; i++) {
        const char *at = c->cells[i].text, *end = at + c->cells[i].len, *next;
        while ((next = memchr(at, '\n', (size_t)(end - at))) != NULL &&
               str_utf8(at, (size_t)(next - at))) {
            line++;
            at = next + 1;
        }
        size_t len = (size_t)((next ? next : end) - at);
        if (memchr(at, '\0', len)) {
            return say(c, scratch, ERR_INVALID,
                "Line {line}, column {n} has a zero byte. Save the file as “CSV UTF-8” and try "
                "again.",
                line, i + 1);
        }
        if (!str_utf8(at, len)) {
            break;
        }
    }
    return say(c, scratch, ERR_INVALID,
        "Line {line} isn't UTF-8 text. Save the file as “CSV UTF-8” and try again.", line, 0);
}

static enum err emit_row(struct csv *c, struct arena *scratch, bool checked)
{
    if (!checked) {
        size_t at = 0;
        bool good = true;
        for (size_t i = 0; i < c->n; i++) {
            c->cells[i].text = c->text.data + at;
            good = good && str_utf8(c->cells[i].text, c->cells[i].len);
            at += c->cells[i].len + 1;
        }
        if (!good) {
            return bad_text(c, scratch);
        }
    }
    TRY(c->row(c->context, scratch, c->row_line, c->cells, c->n));
    if (arena_exhausted(scratch)) {
        return say(c, scratch, ERR_TOO_LARGE, "Line {line} is past what one file may hold.",
            c->row_line, 0);
    }
    return OK;
}

static void next_row(struct csv *c)
{
    c->line++;
    c->row_line = c->line;
    c->state = ROW_START;
    c->n = 0;
    c->cell_start = 0;
    c->has_quote = false;
    c->text.len = 0;
}

// ---- the fast way -----------------------------------------------------------------------------

#define EACH(byte) (0x0101010101010101u * (uint64_t)(unsigned char)(byte))

// The high bit of each byte of WORD that is zero, exactly.
static uint64_t zero_bytes(uint64_t word)
{
    uint64_t low = EACH(0x7f);
    return ~(((word & low) + low) | word | low);
}

static bool add_cell(struct csv *c, char *text, size_t from, size_t to)
{
    if (c->n == CSV_MAX_COLUMNS || to - from > CSV_MAX_CELL) {
        return false;
    }
    text[to] = '\0';
    c->cells[c->n++] = (struct csv_cell){ text + from, to - from };
    return true;
}

// Cuts the line of LEN bytes, without its end, into cells; false when that needs the state machine.
// *RET_CHECKED: all of it is plain ASCII.
static bool cut_line(struct csv *c, const char *line, size_t len, bool *ret_checked)
{
    char *text = len <= CSV_MAX_ROW ? buf_reserve(&c->text, len + WORD) : NULL;
    if (!text) {
        return false;
    }
    memcpy(text, line, len);
    memset(text + len, ' ', WORD); // what is neither special nor bad
    uint64_t bad = 0;
    size_t from = 0;
    for (size_t at = 0; at < len; at += WORD) {
        uint64_t word;
        memcpy(&word, text + at, WORD);
        if (zero_bytes(word ^ EACH('"')) | zero_bytes(word ^ EACH('\r'))) {
            return false;
        }
        bad |= (word & EACH(0x80)) | zero_bytes(word);
        uint64_t found = zero_bytes(word ^ EACH(c->separator));
        while (found) {
            size_t to = at + (size_t)__builtin_ctzll(found) / 8;
            if (!add_cell(c, text, from, to)) {
                return false;
            }
            from = to + 1;
            found &= found - 1;
        }
    }
    *ret_checked = bad == 0;
    return add_cell(c, text, from, len);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");

// Takes rows as long as they are whole and plain; returns where the first other one starts.
static enum err fast_rows(
    struct csv *c, struct arena *scratch, const char *at, const char *end, const char **ret_at)
{
    const char *newline;
    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        size_t len = (size_t)(newline - at);
        len -= len && at[len - 1] == '\r';
        if (len) {
            bool checked = false;
            if (!cut_line(c, at, len, &checked)) {
                c->n = 0;
                break;
            }
            TRY(emit_row(c, scratch, checked));
        }
        next_row(c);
        at = newline + 1;
    }
    *ret_at = at;
    return OK;
}

// ---- the state machine ------------------------------------------------------------------------

static enum err append(struct csv *c, struct arena *scratch, const char *data, size_t len)
{
    if (c->text.len - c->cell_start + len > CSV_MAX_CELL) {
        return cell_too_long(c, scratch);
    }
    buf_add(&c->text, data, len);
    if (c->text.len > CSV_MAX_ROW || !buf_ok(&c->text)) {
        return row_too_long(c, scratch);
    }
    return OK;
}

static enum err end_cell(struct csv *c, struct arena *scratch)
{
    if (c->n == CSV_MAX_COLUMNS) {
        return too_wide(c, scratch);
    }
    c->cells[c->n++].len = c->text.len - c->cell_start;
    buf_putc(&c->text, '\0');
    c->cell_start = c->text.len;
    c->state = CELL_START;
    return OK;
}

static enum err end_row(struct csv *c, struct arena *scratch)
{
    if (c->n || c->text.len || c->has_quote) {
        TRY(end_cell(c, scratch));
        TRY(emit_row(c, scratch, false));
    }
    next_row(c);
    return OK;
}

// What may follow a cell: a separator or the row's end.
static enum err after_cell(struct csv *c, struct arena *scratch, char byte)
{
    if (byte == c->separator) {
        return end_cell(c, scratch);
    }
    if (byte == '\n') {
        return end_row(c, scratch);
    }
    if (byte == '\r') {
        c->state = CR_SEEN;
        return OK;
    }
    return say(c, scratch, ERR_INVALID,
        "Line {line} has text after a closing quote. Write a quote inside a cell as two quotes.",
        c->line, 0);
}

static enum err plain_run(
    struct csv *c, struct arena *scratch, const char *at, const char *end, const char **ret_at)
{
    const char *p = at;
    while (p < end && *p != c->separator && *p != '\n' && *p != '\r') {
        p++;
    }
    TRY(append(c, scratch, at, (size_t)(p - at)));
    if (p < end) {
        TRY(after_cell(c, scratch, *p++));
    }
    *ret_at = p;
    return OK;
}

static enum err quoted_run(
    struct csv *c, struct arena *scratch, const char *at, const char *end, const char **ret_at)
{
    const char *quote = memchr(at, '"', (size_t)(end - at));
    const char *stop = quote ? quote : end;
    TRY(append(c, scratch, at, (size_t)(stop - at)));
    for (const char *p = at; (p = memchr(p, '\n', (size_t)(stop - p))) != NULL; p++) {
        c->line++;
    }
    if (quote) {
        c->state = QUOTE_SEEN;
        stop++;
    }
    *ret_at = stop;
    return OK;
}

// One step; takes at least a byte, or changes the state without taking one.
static enum err step(
    struct csv *c, struct arena *scratch, const char *at, const char *end, const char **ret_at)
{
    switch (c->state) {
    case ROW_START:
    case CELL_START:
        if (*at == '"') {
            c->state = QUOTED;
            c->has_quote = true;
            c->opened = c->line;
            at++;
        } else {
            c->state = PLAIN;
        }
        break;
    case PLAIN:
        return plain_run(c, scratch, at, end, ret_at);
    case QUOTED:
        return quoted_run(c, scratch, at, end, ret_at);
    case QUOTE_SEEN:
        if (*at == '"') {
            c->state = QUOTED;
            TRY(append(c, scratch, at, 1));
        } else {
            TRY(after_cell(c, scratch, *at));
        }
        at++;
        break;
    case CR_SEEN:
        if (*at != '\n') {
            return say(c, scratch, ERR_INVALID,
                "Line {line} has a carriage return inside it. Save the file as “CSV UTF-8” and try "
                "again.",
                c->line, 0);
        }
        TRY(end_row(c, scratch));
        at++;
        break;
    }
    *ret_at = at;
    return OK;
}

static enum err rows(struct csv *c, struct arena *scratch, const char *at, size_t len)
{
    const char *end = at + len;
    while (at < end) {
        if (c->state == ROW_START) {
            TRY(fast_rows(c, scratch, at, end, &at));
        }
        // The rest of this row, or of the piece.
        for (bool begun = false; at < end && !(begun && c->state == ROW_START); begun = true) {
            TRY(step(c, scratch, at, end, &at));
        }
    }
    return OK;
}

// ---- the first line ---------------------------------------------------------------------------

static enum err head_done(struct csv *c, struct arena *scratch)
{
    static const char separators[] = { ',', ';', '\t' };
    const char *head = buf_text(&c->head);
    size_t len = c->head.len, most = 0;
    if (len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0) {
        head += 3;
        len -= 3;
    }
    c->separator = ',';
    for (size_t s = 0; s < ARRAY_LEN(separators); s++) {
        size_t count = 0;
        bool quoted = false;
        for (size_t i = 0; i < len; i++) {
            quoted ^= head[i] == '"';
            count += !quoted && head[i] == separators[s];
        }
        if (count > most) {
            most = count;
            c->separator = separators[s];
        }
    }
    TRY(rows(c, scratch, head, len));
    buf_release(&c->head);
    return OK;
}

// Holds the first line that isn't empty until its end; returns where the rest of the piece starts.
static enum err head_feed(
    struct csv *c, struct arena *scratch, const char *data, size_t len, size_t *ret_used)
{
    for (size_t i = 0; i < len; i++) {
        buf_putc(&c->head, data[i]);
        c->head_quoted ^= data[i] == '"';
        bool line_end = data[i] == '\n' || data[i] == '\r';
        c->head_begun = c->head_begun || !line_end;
        if ((data[i] == '\n' && c->head_begun && !c->head_quoted) || c->head.len == HEAD_MAX) {
            *ret_used = i + 1;
            return head_done(c, scratch);
        }
    }
    *ret_used = len;
    return OK;
}

enum err csv_feed(struct csv *c, struct arena *scratch, const char *data, size_t len)
{
    if (c->failed == OK && !c->separator) {
        size_t used = 0;
        c->failed = head_feed(c, scratch, data, len, &used);
        data += used;
        len -= used;
    }
    if (c->failed == OK && len) {
        c->failed = rows(c, scratch, data, len);
    }
    return c->failed;
}

enum err csv_end(struct csv *c, struct arena *scratch)
{
    if (c->failed == OK && !c->separator) {
        c->failed = head_done(c, scratch);
    }
    if (c->failed == OK && c->state == QUOTED) {
        c->failed = say(c, scratch, ERR_INVALID,
            "The quote opened on line {line} isn't closed. Add the closing quote.", c->opened, 0);
    }
    if (c->failed == OK && c->state != ROW_START) {
        c->failed = end_row(c, scratch);
    }
    return c->failed;
}

// ---- writing ----------------------------------------------------------------------------------

void csv_write(struct buf *out, const char *text, bool first)
{
    double number;
    bool formula = strchr("=+-@\t\r", *text) && *text && !str_f64(text, &number);
    size_t len = strlen(text);
    // ';' and TAB too: a spreadsheet of another country splits at them.
    bool quote = strpbrk(text, ",;\t\"\r\n") || text[0] == ' ' || (len && text[len - 1] == ' ');
    if (!first) {
        buf_putc(out, ',');
    }
    if (quote) {
        buf_putc(out, '"');
    }
    if (formula) {
        buf_putc(out, '\'');
    }
    for (const char *at = text, *next; *at; at = next) {
        next = at + strcspn(at, "\"");
        buf_add(out, at, (size_t)(next - at));
        if (*next) {
            buf_puts(out, "\"\"");
            next++;
        }
    }
    if (quote) {
        buf_putc(out, '"');
    }
}

void csv_end_row(struct buf *out)
{
    buf_puts(out, "\r\n");
}
