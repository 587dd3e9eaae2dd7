// SPDX-License-Identifier: Apache-2.0
#include "log.h"

#include "clock.h"

#include <stdatomic.h>
#include <unistd.h>

static atomic_int threshold = LOG_INFO;
static _Thread_local const char *request;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

void log_set_request(const char *id)
{
    request = id;
}

const char *log_quote(char *buffer, size_t size, const char *text)
{
    size_t len = 0;
    buffer[len++] = '"';
    for (const char *p = text ? text : ""; *p && len + 4 < size; p++) {
        if (*p == '"' || *p == '\\') {
            buffer[len++] = '\\';
            buffer[len++] = *p;
        } else {
            buffer[len++] = (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p;
        }
    }
    buffer[len++] = '"';
    buffer[len] = '\0';
    return buffer;
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    if ((int)level < atomic_load_explicit(&threshold, memory_order_relaxed)) {
        return;
    }
    char line[2048];
    struct civil c = civil_from_ms(clock_now());
    int len = snprintf(line, sizeof(line),
        "time=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s event=%s%s%s ", c.year, c.month, c.day,
        c.hour, c.minute, c.second, c.millis, names[level], event, request ? " request=" : "",
        request ? request : "");
    va_list ap;
    va_start(ap, fmt);
    int more = vsnprintf(line + len, sizeof(line) - (size_t)len - 1, fmt, ap);
    va_end(ap);
    size_t total = (size_t)len + (size_t)(more < 0 ? 0 : more);
    if (total > sizeof(line) - 2) {
        total = sizeof(line) - 2;
    }
    line[total++] = '\n';
    // One write, so that lines of several threads don't mix; nothing useful can be done if it
    // fails.
    ssize_t written = write(STDERR_FILENO, line, total);
    (void)written;
}
