// SPDX-License-Identifier: Apache-2.0
#include "sniff.h"
#include "buf.h"
#include "check.h"
#include "str.h"

static const char *type_of(const char *data, size_t len, const char *name)
{
    char *copy = malloc(len ? len : 1); // so that a read past the end is seen by a sanitizer
    memcpy(copy, data, len);
    const char *type = sniff_type(copy, len, name);
    free(copy);
    return type;
}

#define TYPE(data, name) type_of(data, sizeof(data) - 1, name)

static void pictures_and_papers_by_their_bytes(void **state)
{
    assert_string_equal(TYPE("%PDF-1.7\n", "x.exe"), "application/pdf");
    assert_string_equal(TYPE("\x89PNG\r\n\x1a\n....", "x"), "image/png");
    assert_string_equal(TYPE("\xFF\xD8\xFF\xE0", "x.png"), "image/jpeg");
    assert_string_equal(TYPE("RIFF\4\0\0\0WEBPVP8 ", "x"), "image/webp");
    assert_null(TYPE("RIFF\4\0\0\0WAVEfmt ", "x.webp"));
    assert_null(TYPE("%PDF", "x.pdf"));
    assert_null(TYPE("", "x.txt"));
    assert_null(TYPE("MZ\x90\0", "x.pdf"));
    assert_null(TYPE("\x7f"
                     "ELF\2",
        "x.txt"));
}

static void text_needs_a_fitting_name(void **state)
{
    assert_string_equal(TYPE("a,b\r\n1,2\r\n", "Readings.CSV"), "text/csv");
    assert_string_equal(TYPE("hello", "x.txt"), "text/plain");
    assert_string_equal(TYPE(" \n{\"a\":1}", "x.json"), "application/json");
    assert_string_equal(TYPE("\xEF\xBB\xBF{}", "x.geojson"), "application/geo+json");
    assert_null(TYPE("hello", "x.json"));
    assert_null(TYPE("<script>", "x.html"));
    assert_null(TYPE("<svg/>", "x.svg"));
    assert_null(TYPE("hello", "x"));
    assert_null(TYPE("hello", ".txt"));
    assert_null(TYPE("a\0b", "x.txt"));
    assert_null(TYPE("\xFF\xFE"
                     "a",
        "x.csv"));
    assert_null(TYPE("   ", "x.json"));
}

static void put(struct buf *b, uint32_t n, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        buf_putc(b, (char)(n >> (8 * i)));
    }
}

// An archive of stored, empty entries; TEXT is the first one's content.
static void archive(struct buf *b, const char *const *names, size_t n, const char *text)
{
    struct buf directory = BUF(0);
    for (size_t i = 0; i < n; i++) {
        uint32_t at = (uint32_t)b->len, len = (uint32_t)strlen(names[i]);
        uint32_t size = i == 0 ? (uint32_t)strlen(text) : 0;
        buf_add(b, "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0", 18);
        put(b, size, 4);
        put(b, size, 4);
        put(b, len, 2);
        put(b, 0, 2);
        buf_puts(b, names[i]);
        buf_add(b, text, size);
        buf_add(&directory, "PK\1\2\24\0\24\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
        put(&directory, size, 4);
        put(&directory, size, 4);
        put(&directory, len, 2);
        put(&directory, 0, 4);
        put(&directory, 0, 4);
        put(&directory, 0, 4);
        put(&directory, at, 4);
        buf_puts(&directory, names[i]);
    }
    uint32_t start = (uint32_t)b->len;
    buf_add(b, directory.data, directory.len);
    buf_add(b, "PK\5\6\0\0\0\0", 8);
    put(b, (uint32_t)n, 2);
    put(b, (uint32_t)n, 2);
    put(b, (uint32_t)directory.len, 4);
    put(b, start, 4);
    put(b, 0, 2);
    buf_release(&directory);
}

static const char *archive_of(const char *const *names, size_t n, const char *text)
{
    AUTO_BUF(b, 0);
    archive(&b, names, n, text);
    return type_of(b.data, b.len, "x.zip");
}

static void documents_by_their_parts(void **state)
{
    static const char *const docx[] = { "[Content_Types].xml", "_rels/.rels", "word/document.xml" };
    static const char *const macro[] = { "[Content_Types].xml", "word/document.xml",
        "word/vbaProject.bin" };
    static const char *const xlsx[] = { "[Content_Types].xml", "xl/workbook.xml" };
    static const char *const odt[] = { "mimetype", "content.xml" };
    static const char *const zip[] = { "readme.txt" };
    assert_non_null(strstr(archive_of(docx, 3, ""), "wordprocessingml.document"));
    assert_non_null(strstr(archive_of(xlsx, 2, ""), "spreadsheetml.sheet"));
    assert_null(archive_of(macro, 3, ""));
    assert_string_equal(archive_of(odt, 2, "application/vnd.oasis.opendocument.text"),
        "application/vnd.oasis.opendocument.text");
    assert_string_equal(archive_of(odt, 2, "application/x-evil"), "application/zip");
    assert_string_equal(archive_of(zip, 1, "hello"), "application/zip");
}

static void damaged_archives_are_read_within_bounds(void **state)
{
    static const char *const docx[] = { "[Content_Types].xml", "word/document.xml" };
    AUTO_BUF(b, 0);
    archive(&b, docx, 2, "");
    for (size_t len = 0; len < b.len; len++) {
        const char *type = type_of(b.data, len, "x.zip");
        assert_true(!type || str_eq(type, "application/zip"));
    }
    // Every byte bent, one after another.
    for (size_t i = 4; i < b.len; i++) {
        char was = b.data[i];
        b.data[i] = (char)0xFF;
        const char *type = type_of(b.data, b.len, "x.zip");
        assert_true(!type || strstr(type, "zip") || strstr(type, "wordprocessingml"));
        b.data[i] = was;
    }
}

static void names_get_an_ending_that_fits(void **state)
{
    struct arena a;
    arena_init(&a, 1 << 16);
    assert_string_equal(sniff_name(&a, "plan.pdf", "application/pdf"), "plan.pdf");
    assert_string_equal(sniff_name(&a, "Photo.JPEG", "image/jpeg"), "Photo.JPEG");
    assert_string_equal(sniff_name(&a, "plan.exe", "application/pdf"), "plan.exe.pdf");
    assert_string_equal(sniff_name(&a, "", "image/png"), "file.png");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_and_papers_by_their_bytes),
        cmocka_unit_test(text_needs_a_fitting_name),
        cmocka_unit_test(documents_by_their_parts),
        cmocka_unit_test(damaged_archives_are_read_within_bounds),
        cmocka_unit_test(names_get_an_ending_that_fits),
    };
    return RUN_TESTS(tests);
}
