// SPDX-License-Identifier: Apache-2.0
// Any bytes as a cell of a file of readings: a number or a time is finite and within the years that
// the house knows, or the cell is refused. The quick reader of numbers agrees with the slow one.
#include "readings/parse.h"
#include "str.h"

#include <math.h>

static struct locales *set;

static void try_number(const char *text, size_t len)
{
    double x = 0, slow = 0;
    bool there = parse_decimal(text, len, &x);
    if (there && !isfinite(x)) {
        abort();
    }
    if (strlen(text) == len && len < 64 && str_f64(text, &slow) && (!there || x != slow)) {
        abort();
    }
}

static void try_time(const char *text, size_t len)
{
    struct time_reader t = { .locale = locales_at(set, 0) };
    int64_t first, again;
    if (!parse_time(&t, text, len, &first)) {
        return;
    }
    // Year 1 to 9999, a day more at both ends for zones; what was remembered changes nothing.
    if (first < -62135683200000 || first > 253402387200000 || !parse_time(&t, text, len, &again) ||
        again != first) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    if (!set && (locales_new(NULL, "America/New_York", "USD", &set) != OK ||
                    locales_add(set, NULL, "en", "{}", 2) != OK)) {
        abort();
    }
    char *text = malloc(size + 1); // a cell lies within a larger text: its end is LEN alone
    memcpy(text, data, size);
    text[size] = '\0';
    try_number(text, size);
    try_time(text, size);
    free(text);
    return 0;
}
