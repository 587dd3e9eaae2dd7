// SPDX-License-Identifier: Apache-2.0
// Units as the engine's own reader of CSV numbers them, so that whoever runs the published file
// gets the same frame, and the same bytes of what is found in it.
#include "evaluations_private.h"

#include "str.h"

#include <stdlib.h>

struct label {
    const char *text;
    double value; // where all are numbers
};

static int by_value(const void *a, const void *b)
{
    const struct label *x = a, *y = b;
    if (x->value != y->value) {
        return x->value < y->value ? -1 : 1;
    }
    return strcmp(x->text, y->text);
}

static bool is_number(const char *text, double *ret_x)
{
    char *end;
    if (!text[0] || text[strspn(text, "0123456789+-.eE")]) {
        return false;
    }
    *ret_x = strtod(text, &end);
    return *end == '\0';
}

// Sorted, each once; RET_N of them.
static struct label *settle(
    struct arena *a, const char *const *code, size_t rows, bool *ret_numbers, size_t *ret_n)
{
    struct label *all = arena_array(a, struct label, rows + 1);
    bool numbers = true;
    for (size_t i = 0; i < rows; i++) {
        all[i] = (struct label){ .text = code[i] };
        numbers = numbers && is_number(code[i], &all[i].value);
    }
    for (size_t i = 0; i < rows && !numbers; i++) {
        all[i].value = 0;
    }
    qsort(all, rows, sizeof(*all), by_value);
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        if (n == 0 || strcmp(all[n - 1].text, all[i].text) != 0) {
            all[n++] = all[i];
        }
    }
    *ret_numbers = numbers;
    *ret_n = n;
    return all;
}

struct ph_column evaluation_units_column(struct arena *a, const char *const *code, size_t rows)
{
    bool numbers;
    size_t n;
    struct label *all = settle(a, code, rows, &numbers, &n);
    const char **names = arena_array(a, const char *, n + 1);
    int32_t *key = arena_array(a, int32_t, rows + 1);
    uint8_t *missing = arena_array(a, uint8_t, rows + 1);
    for (size_t i = 0; i < n; i++) {
        names[i] = all[i].text;
    }
    for (size_t i = 0; i < rows; i++) {
        struct label wanted = { .text = code[i] };
        if (numbers) {
            (void)is_number(code[i], &wanted.value);
        }
        const struct label *found = bsearch(&wanted, all, n, sizeof(*all), by_value);
        key[i] = found ? (int32_t)(found - all) : 0;
        missing[i] = code[i][0] == '\0';
    }
    return (struct ph_column){
        .name = "unit", .kind = PH_KEY, .key = key, .missing = missing, .label = names, .labels = n
    };
}
