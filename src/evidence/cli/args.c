// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

static const struct generic {
    unsigned bit; // 0: every method has it
    struct ev_option option;
} generics[] = {
    { EV_DATA, { "--data", EV_OPTION_TEXT, NULL, "FILE.csv, with a header line", NULL } },
    { EV_DATA,
        { "--where", EV_OPTION_REPEAT, NULL,
            "Read only rows for which this holds: day<=5, site!=3, town=Ames,Boone", NULL } },
    { EV_OUTCOME, { "--outcome", EV_OPTION_TEXT, NULL, "Column that is measured", NULL } },
    { EV_TREAT, { "--treat", EV_OPTION_TEXT, NULL, "Column with 1 treated, 0 not", NULL } },
    { EV_UNIT, { "--unit", EV_OPTION_TEXT, NULL, "Column that says whom a row is about", NULL } },
    { EV_TIME, { "--time", EV_OPTION_TEXT, NULL, "Column of periods", NULL } },
    { EV_CLUSTER,
        { "--cluster", EV_OPTION_LIST, NULL,
            "Column of what was assigned or is alike; A,B where a method takes two", NULL } },
    { EV_FIRST_TREATED, { "--first-treated", EV_OPTION_TEXT, NULL,
                            "Column: first treated period, 0 = never", NULL } },
    { EV_COVARIATES, { "--covariates", EV_OPTION_LIST, NULL, "Columns A,B to adjust for", NULL } },
    { EV_WEIGHTS, { "--weights", EV_OPTION_TEXT, NULL, "Column of weights", NULL } },
    { EV_STRATA, { "--strata", EV_OPTION_LIST, NULL, "Columns A,B that make the strata", NULL } },
    { EV_LEVEL, { "--level", EV_OPTION_NUMBER, "0.95", "Of the intervals", NULL } },
    { EV_SEED, { "--seed", EV_OPTION_WHOLE, "1", "Of the draws", NULL } },
    { EV_PLOT, { "--plot", EV_OPTION_TEXT, NULL, "FILE.svg for a picture", NULL } },
    { EV_PLOT, { "--plot-title", EV_OPTION_TEXT, NULL, "Its title, in other words", NULL } },
    { EV_PLOT, { "--plot-unit", EV_OPTION_TEXT, NULL, "What its numbers are, as 'Minutes a trip'",
                   NULL } },
    { 0, { "--threads", EV_OPTION_WHOLE, "1", "At most so many; the numbers are the same", NULL } },
    { 0, { "--table", EV_OPTION_FLAG, NULL, "Print a table for people, not JSON", NULL } },
};

// ---- Help ----

static const char *sort_of(const struct ev_option *o)
{
    static const char *const words[] = { " TEXT", " NUMBER", " N", "", " A,B", " 1,2", "",
        " TEXT" };
    return o->kind == EV_OPTION_CHOICE ? " " : words[o->kind];
}

static void help_option(const struct ev_option *o, FILE *out)
{
    char left[200];
    snprintf(left, sizeof(left), "%s%s%s", o->name, sort_of(o),
        o->kind == EV_OPTION_CHOICE ? o->choices : "");
    fprintf(out, "  %-28s %s%s%s%s\n", left, o->help, o->fallback ? " (" : "",
        o->fallback ? o->fallback : "", o->fallback ? ")" : "");
}

static bool declares(const struct ev_method *m, const char *name)
{
    for (size_t i = 0; i < m->n_options; i++) {
        if (strcmp(m->options[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

// A method may declare a generic word itself, with a meaning of its own.
static bool takes(const struct ev_method *m, const struct generic *g)
{
    return (g->bit == 0 || (m->generic & g->bit)) && !declares(m, g->option.name);
}

void ev_args_help(const struct ev_method *m, FILE *out)
{
    fprintf(out, "%s: %s\n", m->name, m->summary);
    for (size_t i = 0; i < m->n_options; i++) {
        help_option(&m->options[i], out);
    }
    for (size_t i = 0; i < EV_COUNT(generics); i++) {
        if (takes(m, &generics[i])) {
            help_option(&generics[i].option, out);
        }
    }
}

void ev_methods_help(FILE *out)
{
    fputs("Give a method and its options; METHOD --help tells them:\n", out);
    for (size_t i = 0; i < ev_n_areas; i++) {
        for (size_t m = 0; m < ev_areas[i]->n_methods; m++) {
            fprintf(
                out, "  %-14s %s\n", ev_areas[i]->methods[m].name, ev_areas[i]->methods[m].summary);
        }
    }
}

// ---- The nearest word ----

enum { WORD_MAX = 40 };

// Levenshtein's distance.
static size_t distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t la = strlen(a);
    size_t lb = strlen(b);
    if (la > WORD_MAX || lb > WORD_MAX) {
        return WORD_MAX;
    }
    for (size_t j = 0; j <= lb; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= la; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t change = corner + (a[i - 1] != b[j - 1]);
            size_t other = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            corner = row[j];
            row[j] = change < other ? change : other;
        }
    }
    return row[lb];
}

const char *ev_nearest(const char *word, const char *const *words, size_t n)
{
    const char *best = NULL;
    size_t least = strlen(word) / 2 + 1;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, words[i]);
        if (d < least) {
            least = d;
            best = words[i];
        }
    }
    return best;
}

// ---- Reading ----

static bool read_number(const struct ev_option *o, const char *text, double *ret, FILE *err)
{
    bool good = ev_number(text, strlen(text), ret);
    if (good && o->kind == EV_OPTION_WHOLE) {
        good = *ret >= 0 && *ret == floor(*ret) && *ret <= 0x1p53;
    }
    if (!good) {
        fprintf(err, "%s takes a %snumber, not \"%.40s\".\n", o->name,
            o->kind == EV_OPTION_WHOLE ? "whole " : "", text);
    }
    return good;
}

static bool read_choice(const struct ev_option *o, const char *text, int *ret, FILE *err)
{
    int i = 0;
    for (const char *p = o->choices; p; i++) {
        size_t len = strcspn(p, "|");
        if (strlen(text) == len && strncmp(p, text, len) == 0) {
            *ret = i;
            return true;
        }
        p = p[len] ? p + len + 1 : NULL;
    }
    fprintf(err, "%s takes one of %s, not \"%.40s\".\n", o->name, o->choices, text);
    return false;
}

static bool append(struct ev_value *v, const char *text, size_t len, FILE *err)
{
    if (v->n == EV_CLI_LIST_MAX) {
        fprintf(err, "%s takes up to %d.\n", v->option->name, EV_CLI_LIST_MAX);
        return false;
    }
    char **more = realloc(v->items, (v->n + 1) * sizeof(*more));
    if (more) {
        v->items = more;
        more[v->n] = strndup(text, len);
    }
    if (!more || !more[v->n]) {
        fputs("Not enough memory.\n", err);
        return false;
    }
    v->n++;
    return true;
}

// A comma within brackets belongs to the item, as in max(a,b).
static bool read_list(struct ev_value *v, const char *text, FILE *err)
{
    const char *from = text;
    int depth = 0;
    for (const char *p = text;; p++) {
        depth += *p == '(';
        depth -= *p == ')';
        if (*p != '\0' && !(*p == ',' && depth <= 0)) {
            continue;
        }
        if (p == from) {
            fprintf(err, "%s has an empty place in \"%.60s\".\n", v->option->name, text);
            return false;
        }
        if (!append(v, from, (size_t)(p - from), err)) {
            return false;
        }
        if (*p == '\0') {
            return true;
        }
        from = p + 1;
    }
}

static bool read_numbers(struct ev_value *v, const char *text, FILE *err)
{
    if (!read_list(v, text, err)) {
        return false;
    }
    v->numbers = calloc(v->n, sizeof(double));
    if (!v->numbers) {
        fputs("Not enough memory.\n", err);
        return false;
    }
    for (size_t i = 0; i < v->n; i++) {
        if (!read_number(v->option, v->items[i], &v->numbers[i], err)) {
            return false;
        }
    }
    return true;
}

static bool read_value(struct ev_value *v, const char *text, FILE *err)
{
    v->text = text;
    switch (v->option->kind) {
    case EV_OPTION_NUMBER:
    case EV_OPTION_WHOLE:
        return read_number(v->option, text, &v->number, err);
    case EV_OPTION_CHOICE:
        return read_choice(v->option, text, &v->choice, err);
    case EV_OPTION_LIST:
        return read_list(v, text, err);
    case EV_OPTION_NUMBERS:
        return read_numbers(v, text, err);
    case EV_OPTION_REPEAT:
        return append(v, text, strlen(text), err);
    case EV_OPTION_TEXT:
    case EV_OPTION_FLAG:
        break;
    }
    return true;
}

static void declare(struct ev_args *a, const struct ev_option *o)
{
    a->value[a->n++] = (struct ev_value){ .option = o, .number = NAN, .choice = -1 };
}

static void no_picture(const char *name, FILE *err)
{
    fprintf(err, "%s has no picture. These have one:", name);
    for (size_t i = 0; i < ev_n_areas; i++) {
        for (size_t m = 0; m < ev_areas[i]->n_methods; m++) {
            if (ev_areas[i]->methods[m].generic & EV_PLOT) {
                fprintf(err, " %s", ev_areas[i]->methods[m].name);
            }
        }
    }
    fputs(".\n", err);
}

static void unknown(const struct ev_args *a, const char *word, FILE *err)
{
    if (strncmp(word, "--plot", 6) == 0 && !(a->method->generic & EV_PLOT)) {
        no_picture(a->method->name, err);
        return;
    }
    const char *names[EV_CLI_OPTIONS_MAX];
    for (size_t i = 0; i < a->n; i++) {
        names[i] = a->value[i].option->name;
    }
    const char *near = ev_nearest(word, names, a->n);
    fprintf(err, "%s does not know %.60s.%s%s%s\n", a->method->name, word, near ? " Is it " : "",
        near ? near : "", near ? "?" : "");
}

static bool read_all(struct ev_args *a, int argc, char **argv, FILE *err)
{
    for (int i = 1; i < argc; i++) {
        struct ev_value *v = NULL;
        for (size_t j = 0; j < a->n && !v; j++) {
            v = strcmp(a->value[j].option->name, argv[i]) == 0 ? &a->value[j] : NULL;
        }
        if (!v) {
            unknown(a, argv[i], err);
            return false;
        }
        bool flag = v->option->kind == EV_OPTION_FLAG;
        if (v->given && v->option->kind != EV_OPTION_REPEAT) {
            fprintf(err, "%s is given twice.\n", argv[i]);
            return false;
        }
        if (!flag && i + 1 == argc) {
            fprintf(err, "%s needs a value.\n", argv[i]);
            return false;
        }
        v->given = true;
        if (!flag && !read_value(v, argv[++i], err)) {
            return false;
        }
    }
    for (size_t j = 0; j < a->n; j++) {
        struct ev_value *v = &a->value[j];
        if (!v->given && v->option->fallback && !read_value(v, v->option->fallback, err)) {
            return false;
        }
    }
    return true;
}

bool ev_args_read(
    const struct ev_method *method, int argc, char **argv, struct ev_args *ret_args, FILE *err)
{
    *ret_args = (struct ev_args){ .method = method };
    for (size_t i = 0; i < method->n_options; i++) {
        declare(ret_args, &method->options[i]);
    }
    for (size_t i = 0; i < EV_COUNT(generics); i++) {
        if (takes(method, &generics[i])) {
            declare(ret_args, &generics[i].option);
        }
    }
    return read_all(ret_args, argc, argv, err);
}

void ev_args_release(struct ev_args *a)
{
    for (size_t i = 0; i < a->n; i++) {
        for (size_t j = 0; j < a->value[i].n; j++) {
            free(a->value[i].items[j]);
        }
        free(a->value[i].items);
        free(a->value[i].numbers);
    }
}
