// SPDX-License-Identifier: Apache-2.0
#include "csv.h"
#include "check.h"
#include "clock.h"

// Rows are written down as "line:cell|cell\n", so that two readings compare as text.
struct reading {
    struct buf rows;
    size_t n, stop_at;
    struct arena arena;
};

static enum err write_down(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct reading *r = context;
    buf_fmt(&r->rows, "%zu:", line);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(cells[i].text[cells[i].len], '\0');
        buf_puts(&r->rows, i ? "|" : "");
        buf_add(&r->rows, cells[i].text, cells[i].len);
    }
    buf_putc(&r->rows, '\n');
    r->n++;
    return r->n == r->stop_at ? fail(scratch, ERR_STATE, "Stop.") : OK;
}

// Reads TEXT in pieces of PIECE bytes (0: all at once; SIZE_MAX: of changing size).
static enum err read_pieces(struct reading *r, const char *text, size_t len, size_t piece)
{
    struct csv *c = csv_new(write_down, r);
    enum err e = OK;
    uint32_t seed = 7;
    for (size_t at = 0; at < len && e == OK;) {
        seed = seed * 1664525 + 1013904223;
        size_t n = piece == 0 ? len : piece == SIZE_MAX ? (seed >> 16) % 23 : piece;
        n = n < len - at ? n : len - at;
        char *copy = malloc(n ? n : 1); // so that a read past the piece is seen by a sanitizer
        memcpy(copy, text + at, n);
        e = csv_feed(c, &r->arena, copy, n);
        free(copy);
        at += n;
    }
    enum err end = csv_end(c, &r->arena);
    assert_true(e == OK || e == end); // the first error sticks
    csv_free(c);
    return end;
}

static void release(struct reading *r)
{
    buf_release(&r->rows);
    arena_release(&r->arena);
}

// The same rows, the same error and the same words for every way of cutting.
static void check_n(
    const char *text, size_t len, enum err want, const char *rows, const char *detail)
{
    static const size_t pieces[] = { 0, 1, 2, 3, 5, 7, 8, 9, 16, SIZE_MAX };
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        struct reading r = { .rows = BUF(0) };
        arena_init(&r.arena, 1 << 20);
        assert_int_equal(read_pieces(&r, text, len, pieces[i]), want);
        if (rows) {
            assert_string_equal(buf_text(&r.rows), rows);
        }
        if (detail) {
            assert_non_null(r.arena.detail);
            assert_non_null(strstr(r.arena.detail, detail));
        }
        release(&r);
    }
}

static void check(const char *text, const char *rows)
{
    check_n(text, strlen(text), OK, rows, NULL);
}

static void refuse(const char *text, const char *rows, const char *detail)
{
    check_n(text, strlen(text), ERR_INVALID, rows, detail);
}

static void reads_what_spreadsheets_write(void **state)
{
    check("", "");
    check("\n", "");
    check("a", "1:a\n");
    check("a,b\nc,d\n", "1:a|b\n2:c|d\n");
    check("a,b\r\nc,d\r\n", "1:a|b\n2:c|d\n");
    check("a,b\r\nc,d", "1:a|b\n2:c|d\n");
    check("a,b\r\nc,d\r", "1:a|b\n2:c|d\n");
    check("\xef\xbb\xbfname,n\r\nBob,1\r\n", "1:name|n\n2:Bob|1\n");
    check("\xef\xbb\xbf\"name\",n\n", "1:name|n\n");
    check("\xef\xbb\xbf", "");
    check("a,b\n,\n,,\n", "1:a|b\n2:|\n3:||\n");
    check("a,b\n\n\r\nc,d\n\n", "1:a|b\n4:c|d\n");
    check("\n\nlong enough header,b\n1,2\n", "3:long enough header|b\n4:1|2\n");
    check("caf\xc3\xa9,na\xc3\xafve row with more than eight\n",
        "1:caf\xc3\xa9|na\xc3\xafve row with more than eight\n");
}

static void reads_quotes(void **state)
{
    check("\"a\",\"b\"\n", "1:a|b\n");
    check("\"a,b\",\"c\"\"d\"\r\n", "1:a,b|c\"d\n");
    check("\"two\r\nlines\",x\ny,z\n", "1:two\r\nlines|x\n3:y|z\n");
    check("\"\"\n\"\"\n", "1:\n2:\n");
    check("\"\"", "1:\n");
    check("\"\",\"\"\n", "1:|\n");
    check("\"\"\"\"\n", "1:\"\n");
    check("x,5\" pipe\ny,a\"\"b\n", "1:x|5\" pipe\n2:y|a\"\"b\n");
    check("plain,row\n\"quoted\",row\nplain,again\n", "1:plain|row\n2:quoted|row\n3:plain|again\n");
}

static void finds_the_separator(void **state)
{
    check("a;b,c;d\n1;2,5;3\n", "1:a|b,c|d\n2:1|2,5|3\n");
    check("a\tb\n1,5\t2\n", "1:a|b\n2:1,5|2\n");
    check("a,b;c\n1,2;3\n", "1:a|b;c\n2:1|2;3\n"); // a tie goes to the comma
    check("\"a,b,c,d\";x\n1;2\n", "1:a,b,c,d|x\n2:1|2\n");
    check("alone\n1;2;3\n", "1:alone\n2:1;2;3\n");
}

static void names_the_line_of_an_error(void **state)
{
    refuse("a,b\n\"c,d\n", "1:a|b\n", "line 2");
    refuse("a,b\n\"x\ny\",\"open\nand on", "1:a|b\n", "line 3");
    refuse("a,b\n\"c\"d,e\n", "1:a|b\n", "Line 2");
    refuse("a,b\n\"c\n\nd\"e\n", "1:a|b\n", "Line 4");
    refuse("a,b\nc,d\re,f\n", "1:a|b\n", "Line 2");
    refuse("a,b\nc,d\r\r\n", "1:a|b\n", "Line 2");
    refuse("a,b\rc,d\r", "", "Line 1");
    refuse("a,b\nc,\xe9t\xe9\nd,e\n", "1:a|b\n", "Line 2 isn't UTF-8");
    refuse("PK\3\4\xff,b\nc,d\n", "", "This is a workbook");
    refuse("a,b\nc,\"x\ny\xff\"\n", "1:a|b\n", "Line 3 isn't UTF-8");
    refuse("a,b\n\"x\n\",\xff\n", "1:a|b\n", "Line 3 isn't UTF-8");
    check_n("a,b\nc,d\0e\n", 10, ERR_INVALID, "1:a|b\n", "Line 2, column 2");
    check_n("a,b\n\"c\",d\0e\n", 12, ERR_INVALID, "1:a|b\n", "Line 2, column 2");
}

static char *repeat(const char *unit, size_t times, const char *tail, size_t *ret_len)
{
    struct buf b = BUF(0);
    for (size_t i = 0; i < times; i++) {
        buf_puts(&b, unit);
    }
    buf_puts(&b, tail);
    return buf_detach(&b, ret_len);
}

static void check_repeat(const char *unit, size_t times, const char *tail, enum err want)
{
    size_t len;
    char *text = repeat(unit, times, tail, &len);
    for (size_t piece = 0; piece < 4096; piece += 1500) {
        struct reading r = { .rows = BUF(0) };
        arena_init(&r.arena, 1 << 20);
        assert_int_equal(read_pieces(&r, text, len, piece), want);
        assert_true(want == OK ? r.n == 1 : strstr(r.arena.detail, "ine 1 ") != NULL);
        release(&r);
    }
    free(text);
}

static void keeps_its_bounds(void **state)
{
    check_repeat("x", CSV_MAX_CELL, "\n", OK);
    check_repeat("x", CSV_MAX_CELL + 1, "\n", ERR_TOO_LARGE);
    check_repeat("\"", 1, "", ERR_INVALID);
    check_repeat("\"\"", CSV_MAX_CELL + 1, "\"\n", ERR_TOO_LARGE);
    check_repeat("\"x", CSV_MAX_CELL, "", ERR_INVALID);
    check_repeat(",", CSV_MAX_COLUMNS - 1, "\n", OK);
    check_repeat(",", CSV_MAX_COLUMNS, "\n", ERR_TOO_LARGE);
    check_repeat("\"x\",", CSV_MAX_COLUMNS, "y\n", ERR_TOO_LARGE);
    char *cell, unit[60002];
    memset(unit, 'x', sizeof(unit));
    unit[60000] = ',';
    unit[60001] = '\0';
    cell = unit;
    check_repeat(cell, 17, "\n", OK);
    check_repeat(cell, 18, "\n", ERR_TOO_LARGE);
}

static void stops_when_the_row_function_says_so(void **state)
{
    for (size_t piece = 0; piece < 3; piece++) {
        struct reading r = { .rows = BUF(0), .stop_at = 2 };
        arena_init(&r.arena, 1 << 20);
        assert_int_equal(read_pieces(&r, "a\nb\nc\nd", 7, piece), ERR_STATE);
        assert_string_equal(buf_text(&r.rows), "1:a\n2:b\n");
        assert_string_equal(r.arena.detail, "Stop.");
        release(&r);
    }
}

// Files of random bytes from a small alphabet, so that every state meets every byte.
static void any_split_gives_the_same_rows(void **state)
{
    static const char alphabet[] = { 'a', 'b', ',', ',', '"', '"', '\n', '\n', '\r', ';', '\xc3',
        '\xa9' };
    uint64_t seed = 20261122;
    for (int round = 0; round < 4000; round++) {
        char text[48];
        size_t len = (size_t)round % sizeof(text);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[i] = alphabet[(seed >> 33) % (sizeof(alphabet) - (round % 3 ? 4 : 0))];
        }
        struct reading whole = { .rows = BUF(0) };
        arena_init(&whole.arena, 1 << 20);
        enum err e = read_pieces(&whole, text, len, 0);
        check_n(text, len, e, buf_text(&whole.rows), whole.arena.detail);
        release(&whole);
    }
}

static void guards_cells_for_spreadsheets(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "" },
        { "plain", "plain" },
        { "a,b", "\"a,b\"" },
        { "a;b", "\"a;b\"" },
        { "say \"hi\"", "\"say \"\"hi\"\"\"" },
        { "\"", "\"\"\"\"" },
        { "two\nlines", "\"two\nlines\"" },
        { " padded", "\" padded\"" },
        { "-12.5", "-12.5" },
        { "+3e4", "+3e4" },
        { "-", "'-" },
        { "=1+1", "'=1+1" },
        { "+1 215 555 0100", "'+1 215 555 0100" },
        { "-2+3", "'-2+3" },
        { "@SUM(A1)", "'@SUM(A1)" },
        { "\t=1", "\"'\t=1\"" },
        { "\r=1", "\"'\r=1\"" },
        { "=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"" },
    };
    AUTO_BUF(b, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_clear(&b);
        csv_write(&b, cases[i].text, true);
        assert_string_equal(buf_text(&b), cases[i].want);
    }
    buf_clear(&b);
    csv_write(&b, "a", true);
    csv_write(&b, "b", false);
    csv_end_row(&b);
    assert_string_equal(buf_text(&b), "a,b\r\n");
}

static enum err count_row(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    *(size_t *)context += n;
    return OK;
}

static void reads_a_million_rows(void **state)
{
    AUTO_BUF(b, 0);
    for (int i = 0; i < 1000000; i++) {
        buf_fmt(&b, "%d,2026-11-%02d,bin-%d,%d\n", i, i % 28 + 1, i % 997, i % 100);
    }
    struct arena a;
    arena_init(&a, 1 << 20);
    size_t cells = 0;
    struct csv *c = csv_new(count_row, &cells);
    int64_t before = clock_ns();
    for (size_t at = 0; at < b.len; at += 65536) {
        size_t n = b.len - at < 65536 ? b.len - at : 65536;
        assert_int_equal(csv_feed(c, &a, b.data + at, n), OK);
    }
    assert_int_equal(csv_end(c, &a), OK);
    print_message("# a million rows in %d ms\n", (int)((clock_ns() - before) / 1000000));
    assert_int_equal(cells, 4000000);
    csv_free(c);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_spreadsheets_write),
        cmocka_unit_test(reads_quotes),
        cmocka_unit_test(finds_the_separator),
        cmocka_unit_test(names_the_line_of_an_error),
        cmocka_unit_test(keeps_its_bounds),
        cmocka_unit_test(stops_when_the_row_function_says_so),
        cmocka_unit_test(any_split_gives_the_same_rows),
        cmocka_unit_test(guards_cells_for_spreadsheets),
        cmocka_unit_test(reads_a_million_rows),
    };
    return RUN_TESTS(tests);
}
