// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *reference_folder(char *buf, size_t size)
{
    const char *shared = getenv("PILOTHOUSE_SHARED");
    snprintf(buf, size, "%s/data/evidence", shared ? shared : "../shared");
    return buf;
}

enum reference_state reference_open(struct reference *r, const char *disputed)
{
    char folder[REFERENCE_PATH_MAX - 100];
    char path[REFERENCE_PATH_MAX];
    *r = (struct reference){ 0 };
    snprintf(path, sizeof(path), "%s/reference.json", reference_folder(folder, sizeof(folder)));
    if (access(path, R_OK) != 0) {
        printf("1..0 # SKIP no reference values at %s\n", path);
        return REFERENCE_ABSENT;
    }
    r->entries = json_load_file(path, 0, NULL);
    r->disputed = disputed ? json_load_file(disputed, JSON_REJECT_DUPLICATES, NULL) : NULL;
    r->answers = json_object();
    if (!json_is_array(r->entries) || !json_is_object(r->disputed) || !r->answers) {
        printf("Bail out! The entries or the disputed ones are not JSON.\n");
        reference_close(r);
        return REFERENCE_BROKEN;
    }
    return REFERENCE_READY;
}

void reference_close(struct reference *r)
{
    json_decref(r->entries);
    json_decref(r->disputed);
    json_decref(r->answers);
    *r = (struct reference){ 0 };
}

void reference_answer(struct reference *r, const char *id, const char *name, double value)
{
    json_t *list = json_object_get(r->answers, id);
    if (!list) {
        list = json_array();
        json_object_set_new(r->answers, id, list);
    }
    // What is not a number has no JSON, and is never within a tolerance.
    json_array_append_new(
        list, json_pack("[s,o]", name, isfinite(value) ? json_real(value) : json_null()));
}

static double number_at(const json_t *list, size_t i)
{
    const json_t *value = json_is_array(list) ? json_array_get(list, i) : list;
    return json_is_number(value) ? json_number_value(value) : NAN;
}

// Against the entry's values or, where these are disputed, the exact ones.
static bool agrees(const json_t *entry, const json_t *exact, const json_t *answer)
{
    const char *id = json_string_value(json_object_get(entry, "id"));
    const json_t *value = exact ? exact : json_object_get(entry, "value");
    const json_t *tolerance = json_object_get(entry, "tolerance");
    double rel = exact ? 1e-9 : json_number_value(json_object_get(tolerance, "rel"));
    double abs = exact ? 0 : json_number_value(json_object_get(tolerance, "abs"));
    // A search without a single optimum must reach the value, or do better.
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    bool bound = kind && strcmp(kind, "upper_bound") == 0;
    size_t all = json_is_array(value) ? json_array_size(value) : 1;
    bool good = true;
    if (json_array_size(answer) != all) {
        printf("# %s: %zu of %zu values are answered\n", id, json_array_size(answer), all);
        return false;
    }
    for (size_t i = 0; i < all; i++) {
        const json_t *given = json_array_get(answer, i);
        double want = number_at(value, i);
        double got = number_at(given, 1);
        double off = bound ? fmax(got - want, 0) : fabs(got - want);
        if (isnan(got) || !(off <= abs + rel * fabs(want))) {
            printf("# %s, %s: %.17g, not %.17g\n", id, json_string_value(json_array_get(given, 0)),
                got, want);
            good = false;
        }
    }
    return good;
}

static size_t known(const json_t *entries, const json_t *by_id)
{
    size_t n = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        n += json_object_get(by_id, json_string_value(json_object_get(entry, "id"))) != NULL;
    }
    return n;
}

// Says so when ids of BY_ID stand in no entry.
static size_t strangers(const json_t *entries, const json_t *by_id, const char *what, size_t *count)
{
    size_t n = json_object_size(by_id) - known(entries, by_id);
    if (n > 0) {
        printf("not ok %zu - %zu %s name no entry\n", ++*count, n, what);
    }
    return n;
}

int reference_compare(const struct reference *r)
{
    size_t count = 0;
    size_t failed = 0;
    size_t disputed = 0;
    size_t numbers = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(r->entries, i, entry)
    {
        const char *id = json_string_value(json_object_get(entry, "id"));
        const json_t *answer = json_object_get(r->answers, id);
        const json_t *dispute = json_object_get(r->disputed, id);
        count++;
        if (!answer) {
            printf("not ok %zu - %s # nothing answers it\n", count, id);
            failed++;
            continue;
        }
        bool good = agrees(entry, json_object_get(dispute, "exact"), answer);
        numbers += json_array_size(answer);
        failed += !good;
        disputed += dispute != NULL;
        if (good && dispute) {
            printf("not ok %zu - %s # TODO %s\n", count, id,
                json_string_value(json_object_get(dispute, "why")));
        } else {
            printf("%s %zu - %s\n", good ? "ok" : "not ok", count, id);
        }
    }
    failed += strangers(r->entries, r->answers, "answers", &count);
    failed += strangers(r->entries, r->disputed, "disputes", &count);
    printf("# covered %zu of %zu entries (%zu numbers), %zu of them disputed\n",
        known(r->entries, r->answers), json_array_size(r->entries), numbers, disputed);
    printf("1..%zu\n", count);
    return failed > 0;
}
