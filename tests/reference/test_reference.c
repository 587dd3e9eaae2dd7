// SPDX-License-Identifier: Apache-2.0
// Runs the calls of calls/<area>.json through the engine's own command line and compares what it
// prints with the reference values, each within its stated tolerance. An entry without a call, and
// a call without an entry, fail. Without the data (PILOTHOUSE_SHARED, or ../shared) the test is
// skipped.
#include "pilothouse/evidence.h"

#include <dirent.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PASSED = 0, FAILED = 1, SKIPPED = 0, CALL_WORDS_MAX = 32, PATH_MAX_LEN = 600 };

static const char *folder_of(char *buf, size_t size)
{
    const char *shared = getenv("PILOTHOUSE_SHARED");
    snprintf(buf, size, "%s/data/evidence", shared ? shared : "../shared");
    return buf;
}

// Runs one call and gives its JSON; NULL after words. Data files are meant relative to FOLDER,
// those of the tests themselves (entries whose data stand inline) to the source.
static json_t *run(const json_t *words, const char *folder)
{
    char *argv[CALL_WORDS_MAX];
    char path[PATH_MAX_LEN];
    int argc = 0;
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word)
    {
        if (argc == CALL_WORDS_MAX) {
            return NULL;
        }
        argv[argc] = (char *)(uintptr_t)json_string_value(word);
        bool own = strncmp(argv[argc], "tests/", 6) == 0;
        if (argc > 0 && strcmp(argv[argc - 1], "--data") == 0 && !own) {
            snprintf(path, sizeof(path), "%s/%s", folder, argv[argc]);
            argv[argc] = path;
        }
        argc++;
    }
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int code = ph_cli_main(argc, argv, out, stderr);
    fclose(out);
    json_t *result = code == 0 ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    free(text);
    return result;
}

// What NAME stands for in an object, or in an array: an element by its number, or the one that
// calls itself so.
static const json_t *step(const json_t *in, const char *name)
{
    if (!json_is_array(in)) {
        return json_object_get(in, name);
    }
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    if (*name && *end == '\0') {
        return json_array_get(in, number);
    }
    size_t i;
    json_t *element;
    json_array_foreach(in, i, element)
    {
        const char *own = json_string_value(json_object_get(element, "name"));
        if (own && strcmp(own, name) == 0) {
            return element;
        }
    }
    return NULL;
}

// A number by its path, as "interval.lo", "att.3.estimate" or "coefficients.post.se".
static double pick(const json_t *result, const char *path)
{
    char name[100];
    size_t len;
    while ((len = strcspn(path, ".")) < strlen(path) && len < sizeof(name)) {
        memcpy(name, path, len);
        name[len] = '\0';
        result = step(result, name);
        path += len + 1;
    }
    const json_t *value = step(result, path);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static double want_at(const json_t *value, size_t i)
{
    return json_number_value(json_is_array(value) ? json_array_get(value, i) : value);
}

// Compares what CALL picks with the entry's values, or the exact ones in dispute, from *AT on.
static bool check_call(
    const json_t *entry, const json_t *call, const char *folder, size_t *at, size_t *numbers)
{
    const char *id = json_string_value(json_object_get(entry, "id"));
    const json_t *exact = json_object_get(json_object_get(call, "disputed"), "exact");
    const json_t *value = exact ? exact : json_object_get(entry, "value");
    const json_t *tolerance = json_object_get(entry, "tolerance");
    double rel = exact ? 1e-9 : json_number_value(json_object_get(tolerance, "rel"));
    double abs = exact ? 0 : json_number_value(json_object_get(tolerance, "abs"));
    // A search without a single optimum must reach the value, or do better.
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    bool bound = kind && strcmp(kind, "upper_bound") == 0;
    json_t *result = run(json_object_get(call, "call"), folder);
    bool good = result != NULL;
    size_t i;
    json_t *path;
    json_array_foreach(json_object_get(call, "pick"), i, path)
    {
        double want = want_at(value, *at);
        double got = result ? pick(result, json_string_value(path)) : NAN;
        double off = bound ? fmax(got - want, 0) : fabs(got - want);
        if (isnan(got) || !(off <= abs + rel * fabs(want))) {
            printf("# %s, %s: %.17g, not %.17g\n", id, json_string_value(path), got, want);
            good = false;
        }
        (*at)++;
        (*numbers)++;
    }
    json_decref(result);
    return good;
}

static bool check_entry(
    const json_t *entry, const json_t *calls, const char *folder, size_t *numbers)
{
    const json_t *value = json_object_get(entry, "value");
    size_t at = 0;
    bool good = true;
    if (json_is_array(calls)) {
        size_t i;
        json_t *call;
        json_array_foreach(calls, i, call)
        {
            good = check_call(entry, call, folder, &at, numbers) && good;
        }
    } else {
        good = check_call(entry, calls, folder, &at, numbers);
    }
    size_t all = json_is_array(value) ? json_array_size(value) : 1;
    if (at != all) {
        printf("# %zu of %zu values are compared\n", at, all);
    }
    return good && at == all;
}

// All files of FOLDER as one object. An id in two files is a mistake.
static json_t *load_calls(const char *folder)
{
    json_t *all = json_object();
    char path[PATH_MAX_LEN];
    DIR *dir = opendir(folder);
    for (struct dirent *e; all && dir && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
        json_t *part = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
        const char *id;
        json_t *call;
        bool good = json_is_object(part);
        json_object_foreach(part, id, call)
        {
            good = good && !json_object_get(all, id) && json_object_set(all, id, call) == 0;
        }
        json_decref(part);
        if (!good) {
            printf("# %s cannot be used\n", path);
            json_decref(all);
            all = NULL;
        }
    }
    if (dir) {
        closedir(dir);
    }
    return all;
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX_LEN - 100];
    char path[PATH_MAX_LEN];
    snprintf(path, sizeof(path), "%s/reference.json", folder_of(folder, sizeof(folder)));
    if (access(path, R_OK) != 0) {
        printf("1..0 # SKIP no reference values at %s\n", path);
        return SKIPPED;
    }
    json_t *entries = json_load_file(path, 0, NULL);
    json_t *calls = argc > 1 ? load_calls(argv[1]) : NULL;
    if (!json_is_array(entries) || !json_is_object(calls)) {
        printf("Bail out! The entries or the calls are not JSON.\n");
        return FAILED;
    }
    size_t covered = 0;
    size_t called = 0;
    size_t disputed = 0;
    size_t failed = 0;
    size_t numbers = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        const char *id = json_string_value(json_object_get(entry, "id"));
        const json_t *call = json_object_get(calls, id);
        covered++;
        if (!call) {
            printf("not ok %zu - %s # no call for it\n", covered, id);
            failed++;
            continue;
        }
        called++;
        bool good = check_entry(entry, call, folder, &numbers);
        const json_t *why = json_object_get(json_object_get(call, "disputed"), "why");
        failed += !good;
        disputed += why != NULL;
        if (good && why) {
            printf("not ok %zu - %s # TODO %s\n", covered, id, json_string_value(why));
        } else {
            printf("%s %zu - %s\n", good ? "ok" : "not ok", covered, id);
        }
    }
    size_t unknown = json_object_size(calls) - called;
    if (unknown > 0) {
        printf("not ok %zu - %zu calls name no entry\n", ++covered, unknown);
        failed++;
    }
    printf("# covered %zu of %zu entries (%zu numbers), %zu of them disputed\n", called,
        json_array_size(entries), numbers, disputed);
    printf("1..%zu\n", covered);
    json_decref(entries);
    json_decref(calls);
    return failed > 0 ? FAILED : PASSED;
}
