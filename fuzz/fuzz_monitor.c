// SPDX-License-Identifier: Apache-2.0
// Any bytes as a saved monitor: refused in words, or a monitor that reads, takes rows and saves to
// the same bytes. Bytes that already have the shape of a state get a fitting checksum, so that the
// checks behind it are reached.
#include "pilothouse/evidence.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t with_sum(const unsigned char *data, size_t size, char *text, size_t room)
{
    enum { TAIL = 21 }; // "sum ", 16 digits, line end
    if (size <= TAIL || size >= room) {
        return 0;
    }
    size_t body = size - TAIL;
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    memcpy(text, data, body);
    for (size_t i = 0; i < body; i++) {
        sum = (sum ^ data[i]) * UINT64_C(0x100000001b3);
    }
    return body + (size_t)snprintf(text + body, room - body, "sum %016" PRIx64 "\n", sum);
}

static void use(struct ph_context *c, struct ph_monitor *m, const char *text, size_t len)
{
    static const double y[] = { 0, 1, 0.25, 1 };
    static const double arm[] = { 0, 1, 1, 0 };
    const struct ph_column columns[] = { { .name = "y", .real = y },
        { .name = "arm", .real = arm } };
    const struct ph_frame f = { .rows = 4, .columns = 2, .column = columns };
    const struct ph_monitor_columns roles = { .outcome = 0,
        .treat = m->options.kind == PH_MONITOR_DIFFERENCE ? 1 : PH_NONE,
        .trials = PH_NONE };
    char again[PH_MONITOR_TEXT_MAX];
    struct ph_look l;
    if (ph_monitor_save(c, m, again) != PH_OK || strlen(again) != len ||
        memcmp(text, again, len) != 0) {
        abort();
    }
    for (int i = 0; i < 3; i++) {
        if (ph_monitor_read(c, m, &l) == PH_OK &&
            (isinf(l.head.estimate) || l.head.p < 0 || l.head.p > 1 ||
                l.head.interval.lo > l.head.interval.hi)) {
            abort();
        }
        (void)!ph_monitor_push(c, m, &f, &roles);
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    char text[PH_MONITOR_TEXT_MAX + 64];
    struct ph_context *c = ph_context_new(NULL);
    struct ph_monitor m;
    if (ph_monitor_load(c, (const char *)data, size, &m) == PH_OK) {
        use(c, &m, (const char *)data, size);
    } else if (ph_context_message(c)[0] == '\0') {
        abort();
    }
    size_t len = with_sum(data, size, text, sizeof(text));
    if (len > 0 && ph_monitor_load(c, text, len, &m) == PH_OK) {
        use(c, &m, text, len);
    }
    ph_context_free(c);
    return 0;
}
