// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"
#include "csv.h"

enum { TWO_GROUPS = EV_WELCH | EV_PROPORTIONS, ROWS = 31, ANY = 63 };

static const struct {
    const char *name;
    enum ev_method method;
} methods[] = {
    { "feasibility", EV_FEASIBILITY },
    { "accuracy", EV_ACCURACY },
    { "before-after", EV_BEFORE_AFTER },
    { "welch", EV_WELCH },
    { "proportions", EV_PROPORTIONS },
    { "power", EV_POWER },
};

enum kind { TEXT, NUMBER, FLAG, WHERE };

#define AT(field) offsetof(struct ev_args, field)

static const struct option {
    const char *name;
    int methods;
    enum kind kind;
    size_t at;
} options[] = {
    { "--data", ROWS, TEXT, AT(data) },
    { "--outcome", ROWS, TEXT, AT(outcome) },
    { "--level", ROWS, NUMBER, AT(level) },
    { "--where", ROWS, WHERE, 0 },
    { "--trials", EV_FEASIBILITY | EV_PROPORTIONS, TEXT, AT(trials) },
    { "--counts", EV_FEASIBILITY | EV_PROPORTIONS | EV_ACCURACY, TEXT, AT(counts_text) },
    { "--unit", EV_FEASIBILITY | EV_ACCURACY | EV_BEFORE_AFTER, TEXT, AT(unit) },
    { "--floor", EV_FEASIBILITY, NUMBER, AT(floor) },
    { "--direction", EV_FEASIBILITY, TEXT, AT(direction) },
    { "--reference", EV_ACCURACY, TEXT, AT(reference) },
    { "--coverage", EV_ACCURACY, NUMBER, AT(coverage) },
    { "--limits", EV_ACCURACY, TEXT, AT(limits) },
    { "--yes-no", EV_ACCURACY, FLAG, AT(yes_no) },
    { "--period", EV_BEFORE_AFTER, TEXT, AT(period) },
    { "--time", EV_BEFORE_AFTER, TEXT, AT(time) },
    { "--from", EV_BEFORE_AFTER, NUMBER, AT(from) },
    { "--unpaired", EV_BEFORE_AFTER, FLAG, AT(unpaired) },
    { "--treat", TWO_GROUPS, TEXT, AT(treat) },
    { "--cluster", TWO_GROUPS, TEXT, AT(cluster) },
    { "--design", TWO_GROUPS, TEXT, AT(design) },
    { "--kind", EV_POWER, TEXT, AT(kind) },
    { "--solve", EV_POWER, TEXT, AT(solve) },
    { "--n", EV_POWER, NUMBER, AT(n) },
    { "--n0", EV_POWER, NUMBER, AT(n0) },
    { "--effect", EV_POWER, NUMBER, AT(effect) },
    { "--sd", EV_POWER, NUMBER, AT(sd) },
    { "--p0", EV_POWER, NUMBER, AT(p0) },
    { "--p1", EV_POWER, NUMBER, AT(p1) },
    { "--alpha", EV_POWER, NUMBER, AT(alpha) },
    { "--power", EV_POWER, NUMBER, AT(power) },
    { "--cluster-size", EV_POWER, NUMBER, AT(cluster_size) },
    { "--icc", EV_POWER, NUMBER, AT(icc) },
    { "--cluster-cv", EV_POWER, NUMBER, AT(cluster_cv) },
    { "--one-sided", EV_POWER, FLAG, AT(one_sided) },
    { "--count-wrong-tail", EV_POWER, FLAG, AT(wrong_tail) },
};

void ev_args_usage(FILE *err)
{
    fputs("Give a method and its options:\n", err);
    for (size_t m = 0; m < sizeof(methods) / sizeof(methods[0]); m++) {
        fprintf(err, "  %s", methods[m].name);
        for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
            if (options[i].methods & (int)methods[m].method) {
                fprintf(err, " %s", options[i].name);
            }
        }
        fputc('\n', err);
    }
}

static bool read_where(const char *text, struct ev_args *a, FILE *err)
{
    size_t name = strcspn(text, "<>=");
    size_t sign = strspn(text + name, "<>=");
    struct ev_where *w = &a->where[a->n_where];
    static const char *const signs[] = { "<", "<=", "=", ">=", ">" };
    bool known = false;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        known = known || (strlen(signs[i]) == sign && strncmp(text + name, signs[i], sign) == 0);
    }
    const char *value = text + name + sign;
    if (a->n_where == EV_CLI_WHERE_MAX || name == 0 || name >= sizeof(w->column) || !known ||
        !ev_number(value, strlen(value), &w->value)) {
        fprintf(err, "--where takes conditions as day<=5, up to %d of them.\n", EV_CLI_WHERE_MAX);
        return false;
    }
    memcpy(w->column, text, name);
    memcpy(w->sign, text + name, sign);
    a->n_where++;
    return true;
}

static bool read_counts(struct ev_args *a, FILE *err)
{
    const char *p = a->counts_text;
    while (p) {
        size_t len = strcspn(p, ",");
        if (a->n_counts == EV_CLI_COUNTS_MAX || !ev_number(p, len, &a->counts[a->n_counts])) {
            fputs("--counts takes up to four numbers with commas between them.\n", err);
            return false;
        }
        a->n_counts++;
        p = p[len] == ',' ? p + len + 1 : NULL;
    }
    return true;
}

static const struct option *option_of(const char *name, enum ev_method method)
{
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, name) == 0 && (options[i].methods & (int)method)) {
            return &options[i];
        }
    }
    return NULL;
}

static bool read_option(const struct option *o, const char *text, struct ev_args *a, FILE *err)
{
    char *field = (char *)a + o->at;
    switch (o->kind) {
    case TEXT:
        memcpy(field, &text, sizeof(text));
        return true;
    case NUMBER: {
        double value;
        if (!ev_number(text, strlen(text), &value)) {
            fprintf(err, "%s takes a number, not \"%.40s\".\n", o->name, text);
            return false;
        }
        memcpy(field, &value, sizeof(value));
        return true;
    }
    case WHERE:
        return read_where(text, a, err);
    case FLAG:
        break;
    }
    double given = 1;
    memcpy(field, &given, sizeof(given));
    return true;
}

bool ev_args_read(int argc, char **argv, struct ev_args *ret_args, FILE *err)
{
    struct ev_args a = { .level = 0.95,
        .floor = NAN,
        .coverage = 0.95,
        .from = NAN,
        .n = NAN,
        .n0 = NAN,
        .effect = NAN,
        .sd = 1,
        .p0 = NAN,
        .p1 = NAN,
        .alpha = 0.05,
        .power = NAN,
        .cluster_size = 1,
        .icc = 0,
        .cluster_cv = 0 };
    for (size_t m = 0; argc > 0 && m < sizeof(methods) / sizeof(methods[0]); m++) {
        if (strcmp(argv[0], methods[m].name) == 0) {
            a.method = methods[m].method;
        }
    }
    if (a.method == 0) {
        ev_args_usage(err);
        return false;
    }
    for (int i = 1; i < argc; i++) {
        const struct option *o = option_of(argv[i], a.method);
        if (!o) {
            fprintf(err, "%s does not know %.60s.\n", argv[0], argv[i]);
            return false;
        }
        if (o->kind != FLAG && i + 1 == argc) {
            fprintf(err, "%s needs a value.\n", o->name);
            return false;
        }
        if (!read_option(o, o->kind == FLAG ? NULL : argv[i + 1], &a, err)) {
            return false;
        }
        i += o->kind != FLAG;
    }
    if (a.counts_text && !read_counts(&a, err)) {
        return false;
    }
    *ret_args = a;
    return true;
}
