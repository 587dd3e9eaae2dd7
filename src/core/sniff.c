// SPDX-License-Identifier: Apache-2.0
#include "sniff.h"

#include "str.h"

const char sniff_accept[] =
    ".pdf,.png,.jpg,.jpeg,.webp,.csv,.txt,.docx,.xlsx,.odt,.json,.geojson,.zip";

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define ODT  "application/vnd.oasis.opendocument.text"

static const struct {
    const char *type, *ending;
} endings[] = {
    { "application/pdf", ".pdf" },
    { "image/png", ".png" },
    { "image/jpeg", ".jpg" },
    { "image/jpeg", ".jpeg" },
    { "image/webp", ".webp" },
    { "text/csv", ".csv" },
    { "text/plain", ".txt" },
    { DOCX, ".docx" },
    { XLSX, ".xlsx" },
    { ODT, ".odt" },
    { "application/json", ".json" },
    { "application/geo+json", ".geojson" },
    { "application/zip", ".zip" },
};

static bool begins(const char *data, size_t len, const char *with, size_t n)
{
    return len >= n && memcmp(data, with, n) == 0;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), n = strlen(ending);
    if (len <= n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c = name[len - n + i];
        if ((c >= 'A' && c <= 'Z' ? (char)(c + 32) : c) != ending[i]) {
            return false;
        }
    }
    return true;
}

static uint32_t little(const unsigned char *p, int bytes)
{
    uint32_t n = 0;
    for (int i = 0; i < bytes; i++) {
        n |= (uint32_t)p[i] << (8 * i);
    }
    return n;
}

// Whether the archive's first entry is called NAME, stored as it is, and holds TEXT: how
// OpenDocument says what it is.
static bool first_entry_is(const char *data, size_t len, const char *name, const char *text)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t name_len = strlen(name), text_len = strlen(text);
    if (len < 30 || little(p + 8, 2) != 0 || little(p + 26, 2) != name_len) {
        return false;
    }
    size_t at = 30 + name_len + little(p + 28, 2);
    return begins(data + 30, len - 30, name, name_len) && at + text_len <= len &&
           memcmp(data + at, text, text_len) == 0;
}

// Whether an entry of the archive begins with PREFIX. The directory at the end is walked, which is
// what readers trust, within its bounds.
static bool has_entry(const char *data, size_t len, const char *prefix)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t end = 0, least = len > 66000 ? len - 66000 : 0;
    for (size_t i = len >= 22 ? len - 22 + 1 : 0; i > least; i--) {
        if (begins(data + i - 1, len - i + 1, "PK\5\6", 4)) {
            end = i - 1;
            break;
        }
    }
    if (end == 0) {
        return false;
    }
    size_t at = little(p + end + 16, 4), n = little(p + end + 10, 2), prefix_len = strlen(prefix);
    for (size_t i = 0; i < n && at + 46 <= end; i++) {
        if (!begins(data + at, len - at, "PK\1\2", 4)) {
            return false;
        }
        size_t name_len = little(p + at + 28, 2);
        if (at + 46 + name_len > end) {
            return false;
        }
        if (name_len >= prefix_len && memcmp(data + at + 46, prefix, prefix_len) == 0) {
            return true;
        }
        at += 46 + name_len + little(p + at + 30, 2) + little(p + at + 32, 2);
    }
    return false;
}

static const char *archive_type(const char *data, size_t len)
{
    if (first_entry_is(data, len, "mimetype", ODT)) {
        return ODT;
    }
    if (has_entry(data, len, "[Content_Types].xml")) {
        if (has_entry(data, len, "word/document.xml")) {
            return has_entry(data, len, "word/vbaProject") ? NULL : DOCX;
        }
        if (has_entry(data, len, "xl/workbook.xml")) {
            return has_entry(data, len, "xl/vbaProject") ? NULL : XLSX;
        }
    }
    return "application/zip";
}

static const char *text_type(const char *data, size_t len, const char *name)
{
    if (!str_utf8(data, len)) {
        return NULL;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)data[i] < ' ' && !strchr("\t\n\f\r", data[i])) {
            return NULL;
        }
    }
    if (ends_with(name, ".csv")) {
        return "text/csv";
    }
    if (ends_with(name, ".txt")) {
        return "text/plain";
    }
    size_t at = begins(data, len, "\xEF\xBB\xBF", 3) ? 3 : 0;
    while (at < len && strchr(" \t\r\n", data[at])) {
        at++;
    }
    bool is_json = at < len && (data[at] == '{' || data[at] == '[');
    if (is_json && ends_with(name, ".geojson")) {
        return "application/geo+json";
    }
    return is_json && ends_with(name, ".json") ? "application/json" : NULL;
}

const char *sniff_type(const void *bytes, size_t len, const char *name)
{
    const char *data = bytes;
    if (len == 0) {
        return NULL;
    }
    if (begins(data, len, "%PDF-", 5)) {
        return "application/pdf";
    }
    if (begins(data, len, "\x89PNG\r\n\x1a\n", 8)) {
        return "image/png";
    }
    if (begins(data, len, "\xFF\xD8\xFF", 3)) {
        return "image/jpeg";
    }
    if (len >= 12 && begins(data, len, "RIFF", 4) && memcmp(data + 8, "WEBP", 4) == 0) {
        return "image/webp";
    }
    if (begins(data, len, "PK\3\4", 4)) {
        return archive_type(data, len);
    }
    return text_type(data, len, name);
}

const char *sniff_name(struct arena *a, const char *name, const char *type)
{
    const char *first = NULL;
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        if (!str_eq(endings[i].type, type)) {
            continue;
        }
        if (ends_with(name, endings[i].ending)) {
            return name;
        }
        first = first ? first : endings[i].ending;
    }
    return arena_fmt(a, "%s%s", *name ? name : "file", first ? first : "");
}
