// SPDX-License-Identifier: Apache-2.0
#include "mail.h"

#include "clock.h"
#include "str.h"

enum { MAX_LINE = 76, MAX_ADDRESS = 254 };

bool mail_address_ok(const char *address)
{
    const char *at = address ? strchr(address, '@') : NULL;
    if (!at || at == address || !at[1] || strchr(at + 1, '@') || strlen(address) > MAX_ADDRESS ||
        !str_utf8(address, strlen(address)) || address[0] == '-') {
        return false;
    }
    for (const char *p = address; *p; p++) {
        if ((unsigned char)*p <= ' ' || *p == 0x7f || strchr("<>()[],;:\\\"", *p)) {
            return false;
        }
    }
    return true;
}

// ---- headers -----------------------------------------------------------------------------------

static bool is_plain(const char *text)
{
    size_t word = 0;
    for (const char *p = text; *p; p++) {
        word = *p == ' ' ? 0 : word + 1;
        // "=?" would be read as the beginning of an encoded word.
        if ((unsigned char)*p < ' ' || (unsigned char)*p > '~' || (*p == '=' && p[1] == '?') ||
            word > 60) {
            return false;
        }
    }
    return *text != ' ' && !str_ends(text, " ");
}

// Bytes of the character at P.
static size_t char_len(const char *p)
{
    unsigned char c = (unsigned char)*p;
    size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    return strnlen(p, len);
}

static bool stands_for_itself(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           strchr("!*+-/", c) != NULL;
}

// "=?UTF-8?Q?…?=" words of at most 75 characters, none of which cuts a character in two.
static void encoded_words(struct buf *out, const char *text, size_t column)
{
    static const char open[] = "=?UTF-8?Q?";
    size_t used = 0, room = column + sizeof(open) + 2 < 60 ? MAX_LINE - 3 - column : 20;
    buf_puts(out, open);
    used = sizeof(open) - 1;
    for (const char *p = text; *p;) {
        size_t len = char_len(p), cost = 0;
        for (size_t i = 0; i < len; i++) {
            cost += p[i] == ' ' || (p[i] && stands_for_itself((unsigned char)p[i])) ? 1 : 3;
        }
        if (used + cost > room) {
            buf_fmt(out, "?=\r\n %s", open);
            used = sizeof(open);
            room = MAX_LINE - 3;
        }
        for (size_t i = 0; i < len; i++) {
            unsigned char c = (unsigned char)p[i];
            if (c == ' ') {
                buf_putc(out, '_');
            } else if (c && stands_for_itself(c)) {
                buf_putc(out, (char)c);
            } else {
                buf_fmt(out, "=%02X", c);
            }
        }
        used += cost;
        p += len;
    }
    buf_puts(out, "?=");
}

// Plain words, folded at spaces.
static void plain_words(struct buf *out, const char *text, size_t column)
{
    for (const char *p = text; *p;) {
        size_t len = strcspn(p + 1, " ") + 1;
        if (p != text && column + len > MAX_LINE) {
            buf_puts(out, "\r\n");
            column = 0;
        }
        buf_add(out, p, len);
        column += len;
        p += len;
    }
}

void mail_header_text(struct buf *out, const char *text, size_t column)
{
    // A line break in a header's text is a space.
    struct arena a;
    arena_init(&a, 1 << 20);
    char *line = arena_strdup(&a, text ? text : "");
    for (char *p = line; *p; p++) {
        *p = (unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p;
    }
    const char *trimmed = str_trim(&a, line);
    if (is_plain(trimmed)) {
        plain_words(out, trimmed, column);
    } else {
        encoded_words(out, trimmed, column);
    }
    arena_release(&a);
}

// "Sun, 22 Nov 2026 19:30:00 +0000"
static void write_date(struct buf *out, int64_t ms)
{
    struct arena a;
    arena_init(&a, 4096);
    const char *text = civil_http(&a, ms);
    buf_fmt(out, "Date: %.*s+0000\r\n", (int)(strlen(text) - strlen("GMT")), text);
    arena_release(&a);
}

static void write_from(struct buf *out, const struct mail_message *m)
{
    const char *name = m->from_name ? m->from_name : "";
    bool quoted = is_plain(name) && strpbrk(name, "()<>[]:;@\\,.\"");
    buf_puts(out, "From: ");
    if (!*name) {
        buf_fmt(out, "%s\r\n", m->from_address);
        return;
    }
    if (quoted) {
        buf_putc(out, '"');
        for (const char *p = name; *p; p++) {
            buf_puts(out, *p == '"' || *p == '\\' ? "\\" : "");
            buf_putc(out, *p);
        }
        buf_putc(out, '"');
    } else {
        mail_header_text(out, name, strlen("From: "));
    }
    buf_fmt(out, "\r\n <%s>\r\n", m->from_address);
}

// ---- the body ----------------------------------------------------------------------------------

// Quoted-printable, RFC 2045 section 6.7. Lines of at most 76 characters.
static void write_body(struct buf *out, const char *body)
{
    size_t column = 0;
    for (const char *p = body; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c == '\r' && p[1] == '\n') {
            continue;
        }
        if (c == '\n') {
            buf_puts(out, "\r\n");
            column = 0;
            continue;
        }
        bool at_end = !p[1] || p[1] == '\n' || (p[1] == '\r' && p[2] == '\n');
        bool itself = (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !at_end);
        // A dot that stands first is escaped, so that no server takes it for the end.
        itself = itself && !(c == '.' && column == 0);
        size_t cost = itself ? 1 : 3;
        if (column + cost > MAX_LINE - 1) {
            buf_puts(out, "=\r\n");
            column = 0;
            itself = itself && c != '.';
            cost = itself ? 1 : 3;
        }
        if (itself) {
            buf_putc(out, (char)c);
        } else {
            buf_fmt(out, "=%02X", c);
        }
        column += cost;
    }
    buf_puts(out, "\r\n");
}

void mail_write(struct buf *out, const struct mail_message *m)
{
    write_date(out, m->date);
    write_from(out, m);
    buf_fmt(out, "To: %s\r\n", m->to);
    buf_puts(out, "Subject: ");
    mail_header_text(out, m->subject, strlen("Subject: "));
    buf_fmt(out, "\r\nMessage-ID: <%s>\r\n", m->message_id);
    buf_puts(out, "MIME-Version: 1.0\r\n"
                  "Content-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n"
                  "Auto-Submitted: auto-generated\r\n\r\n");
    write_body(out, m->body);
}
