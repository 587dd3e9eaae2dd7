// SPDX-License-Identifier: Apache-2.0
// One logfmt line an event on standard error: `time level event key=value …`. No secrets, no names
// of people, no query strings.
#pragma once

#include "err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

// Lines below the level are dropped; LOG_INFO at the start.
void log_set_level(enum log_level level);
// EVENT is a short word; FMT gives the `key=value` pairs, values with spaces through log_quote().
void log_line(enum log_level level, const char *event, const char *fmt, ...) PRINTF_LIKE(3, 4);
// The request or job whose id is put on this thread's lines; NULL for none. The text is borrowed.
void log_set_request(const char *id);
// TEXT in double quotes, escaped and cut to what the buffer holds; returns BUFFER.
const char *log_quote(char *buffer, size_t size, const char *text);
