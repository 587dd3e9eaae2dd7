// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

static bool asks_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static int unknown_method(const char *word, FILE *err)
{
    const char *names[128];
    size_t n = 0;
    for (size_t i = 0; i < ev_n_areas; i++) {
        for (size_t m = 0; m < ev_areas[i]->n_methods && n < EV_COUNT(names); m++) {
            names[n++] = ev_areas[i]->methods[m].name;
        }
    }
    const char *near = ev_nearest(word, names, n);
    fprintf(err, "There is no method %.60s.%s%s%s\n", word, near ? " Is it " : "", near ? near : "",
        near ? "?" : "");
    ev_methods_help(err);
    return EV_USAGE;
}

static int run(struct ev_call *k, FILE *out)
{
    int code = k->a->method->run(k);
    if (code != EV_DONE) {
        return code;
    }
    bool written =
        ev_given(k, "--table") ? ev_json_table(k->report, out) : ev_json_write(k->report, out);
    if (!written) {
        fputs("The result could not be written.\n", k->err);
        return EV_REFUSED;
    }
    return EV_DONE;
}

static int call(const struct ev_method *method, const struct ev_args *a, FILE *out, FILE *err)
{
    struct ev_call k = { .a = a, .err = err };
    struct ph_context_options o = { .version = PH_VERSION };
    double threads = ev_value_of(&k, "--threads");
    o.threads = threads > 256 ? 256 : (uint32_t)threads;
    if (method->generic & EV_SEED) {
        o.seed = (uint64_t)ev_value_of(&k, "--seed");
    }
    k.c = ph_context_new(&o);
    k.report = ev_json_new();
    int code = EV_REFUSED;
    if (k.c && k.report) {
        code = run(&k, out);
    } else {
        fputs("Not enough memory.\n", err);
    }
    ev_table_free(k.c, k.table);
    ev_json_free(k.report);
    ph_context_free(k.c);
    for (size_t i = 0; i < k.n_copies; i++) {
        free(k.copies[i]);
    }
    free(k.copies);
    free(k.wants);
    free(k.file);
    return code;
}

int ph_cli_main(int argc, char **argv, FILE *out, FILE *err)
{
    if (argc < 1) {
        ev_methods_help(err);
        return EV_USAGE;
    }
    if (asks_help(argv[0])) {
        ev_methods_help(out);
        return EV_DONE;
    }
    const struct ev_method *method = ev_method_named(argv[0]);
    if (!method) {
        return unknown_method(argv[0], err);
    }
    // Wherever it stands: it is often typed behind what one was about to run.
    for (int i = 1; i < argc; i++) {
        if (asks_help(argv[i]) && (argc == 2 || argv[i][0] == '-')) {
            ev_args_help(method, out);
            return EV_DONE;
        }
    }
    struct ev_args args;
    int code = EV_USAGE;
    if (ev_args_read(method, argc, argv, &args, err)) {
        code = call(method, &args, out, err);
    }
    ev_args_release(&args);
    return code;
}
