// SPDX-License-Identifier: Apache-2.0
// Runs the calls of calls/<area>.json through the engine's own command line and compares what it
// prints with the reference values. Without the data the test is skipped.
#include "compare.h"

#include "pilothouse/evidence.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_WORDS_MAX = 32 };

// Runs one call and gives its JSON; NULL after words. Data files are meant relative to FOLDER,
// those of the tests themselves (entries whose data stand inline) to the source.
static json_t *run(const json_t *words, const char *folder)
{
    char *argv[CALL_WORDS_MAX];
    char path[REFERENCE_PATH_MAX];
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

// Asks with CALL and answers with what it picks, in the order of the entry's values.
static void answer_by(struct reference *r, const char *id, const json_t *call, const char *folder)
{
    json_t *result = run(json_object_get(call, "call"), folder);
    size_t i;
    json_t *path;
    json_array_foreach(json_object_get(call, "pick"), i, path)
    {
        const char *name = json_string_value(path);
        reference_answer(r, id, name, result ? pick(result, name) : NAN);
    }
    json_decref(result);
}

// All files of FOLDER as one object. An id in two files is a mistake.
static json_t *load_calls(const char *folder)
{
    json_t *all = json_object();
    char path[REFERENCE_PATH_MAX];
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
    char folder[REFERENCE_PATH_MAX - 100];
    struct reference r;
    enum reference_state state = reference_open(&r, argc > 2 ? argv[2] : NULL);
    if (state != REFERENCE_READY) {
        return state == REFERENCE_BROKEN;
    }
    json_t *calls = load_calls(argv[1]);
    if (!calls) {
        printf("Bail out! The calls are not JSON.\n");
        reference_close(&r);
        return 1;
    }
    reference_folder(folder, sizeof(folder));
    const char *id;
    json_t *call;
    json_object_foreach(calls, id, call)
    {
        size_t i;
        json_t *part;
        if (json_is_object(call)) {
            answer_by(&r, id, call, folder);
        }
        json_array_foreach(call, i, part)
        {
            answer_by(&r, id, part, folder);
        }
    }
    int code = reference_compare(&r);
    json_decref(calls);
    reference_close(&r);
    return code;
}
