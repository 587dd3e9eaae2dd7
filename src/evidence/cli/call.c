// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"

#include <assert.h>
#include <stdlib.h>

int ev_refuse(struct ev_call *k)
{
    fprintf(k->err, "%s\n", ph_context_message(k->c));
    return EV_REFUSED;
}

int ev_misused(struct ev_call *k, const char *words)
{
    fprintf(k->err, "%s\n", words);
    return EV_USAGE;
}

int ev_answer(struct ev_call *k, enum ph_status status)
{
    return status == PH_OK ? EV_DONE : ev_refuse(k);
}

// ---- Options ----

const struct ev_value *ev_list(const struct ev_call *k, const char *option)
{
    for (size_t i = 0; i < k->a->n; i++) {
        if (strcmp(k->a->value[i].option->name, option) == 0) {
            return &k->a->value[i];
        }
    }
    assert(false && "a method asks for an option that it does not declare");
    static const struct ev_value none = { .number = NAN, .choice = -1 };
    return &none;
}

const char *ev_text(const struct ev_call *k, const char *option)
{
    return ev_list(k, option)->text;
}

double ev_value_of(const struct ev_call *k, const char *option)
{
    return ev_list(k, option)->number;
}

int ev_choice(const struct ev_call *k, const char *option)
{
    return ev_list(k, option)->choice;
}

bool ev_given(const struct ev_call *k, const char *option)
{
    return ev_list(k, option)->given;
}

// ---- Columns ----

int32_t ev_want(struct ev_call *k, const char *name, enum ph_column_kind kind)
{
    if (!name) {
        return PH_NONE;
    }
    for (size_t i = 0; i < k->n_wants; i++) {
        if (strcmp(k->wants[i].name, name) == 0 && k->wants[i].kind == kind) {
            return (int32_t)i;
        }
    }
    struct ev_want *more = NULL;
    if (k->n_wants < EV_CSV_WANTS_MAX) {
        more = realloc(k->wants, (k->n_wants + 1) * sizeof(*more));
    }
    if (!more) {
        k->failed = true;
        return PH_NONE;
    }
    k->wants = more;
    k->wants[k->n_wants] = (struct ev_want){ name, kind };
    return (int32_t)k->n_wants++;
}

int32_t ev_want_copy(struct ev_call *k, const char *name, enum ph_column_kind kind)
{
    char **more = realloc(k->copies, (k->n_copies + 1) * sizeof(*more));
    if (!more) {
        k->failed = true;
        return PH_NONE;
    }
    k->copies = more;
    k->copies[k->n_copies] = strdup(name);
    if (!k->copies[k->n_copies]) {
        k->failed = true;
        return PH_NONE;
    }
    return ev_want(k, k->copies[k->n_copies++], kind);
}

enum ph_design ev_design_named(const struct ev_call *k)
{
    static const enum ph_design designs[] = { PH_DESIGN_UNSTATED, PH_DESIGN_RANDOMISED,
        PH_DESIGN_COMPARISON, PH_DESIGN_SERIES };
    int choice = ev_choice(k, "--design");
    return designs[choice < 0 ? 0 : choice];
}

size_t ev_want_list(struct ev_call *k, const char *option, enum ph_column_kind kind,
    int32_t *ret_columns, size_t max)
{
    const struct ev_value *v = ev_list(k, option);
    size_t n = 0;
    for (; n < v->n && n < max; n++) {
        ret_columns[n] = ev_want(k, v->items[n], kind);
    }
    return n;
}

// ---- Conditions: --where 'day<=5' ----

// Rows for which this does not hold, or whose cell is empty, are not read. With a word among the
// values the column is compared as text.
struct where {
    char *column;
    char sign[3]; // < <= = != >= >
    char **words;
    double *values; // NULL: compared as text
    size_t n;
    int32_t place;
};

static void where_release(struct where *w)
{
    free(w->column);
    for (size_t i = 0; i < w->n; i++) {
        free(w->words[i]);
    }
    free(w->words);
    free(w->values);
}

static bool split_values(struct where *w, const char *text)
{
    w->words = calloc(strlen(text) + 1, sizeof(*w->words));
    w->values = calloc(strlen(text) + 1, sizeof(*w->values));
    bool whole = w->words && w->values && *text;
    bool numbers = true;
    for (const char *p = text; whole && p;) {
        size_t len = strcspn(p, ",");
        numbers = numbers && ev_number(p, len, &w->values[w->n]);
        w->words[w->n] = strndup(p, len);
        whole = w->words[w->n++] && len > 0;
        p = p[len] ? p + len + 1 : NULL;
    }
    if (!numbers) {
        free(w->values);
        w->values = NULL;
    }
    return whole;
}

static bool where_read(const char *text, struct where *w)
{
    static const char *const signs[] = { "<", "<=", "=", "!=", ">=", ">" };
    size_t name = strcspn(text, "<>=!");
    size_t sign = strspn(text + name, "<>=!");
    bool known = false;
    for (size_t i = 0; i < EV_COUNT(signs); i++) {
        known = known || (strlen(signs[i]) == sign && strncmp(text + name, signs[i], sign) == 0);
    }
    if (name == 0 || !known || !split_values(w, text + name + sign)) {
        return false;
    }
    memcpy(w->sign, text + name, sign);
    w->column = strndup(text, name);
    bool equal = strcmp(w->sign, "=") == 0 || strcmp(w->sign, "!=") == 0;
    return w->column && (equal || (w->n == 1 && w->values));
}

static bool among(const struct where *w, const struct ph_column *col, size_t row)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->values ? col->real[row] == w->values[i]
                      : strcmp(col->label[col->key[row]], w->words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool holds(const struct where *w, const struct ph_column *col, size_t row)
{
    if (col->missing[row]) {
        return false;
    }
    if (w->sign[0] == '!') {
        return !among(w, col, row);
    }
    bool equal = strchr(w->sign, '=') && among(w, col, row);
    return equal || (w->sign[0] == '<' && col->real[row] < w->values[0]) ||
           (w->sign[0] == '>' && col->real[row] > w->values[0]);
}

static void move_row(struct ev_table *t, size_t to, size_t from)
{
    for (size_t j = 0; j < t->frame.columns; j++) {
        struct ph_column *col = &t->columns[j];
        ((uint8_t *)(uintptr_t)col->missing)[to] = col->missing[from];
        if (col->kind == PH_REAL) {
            ((double *)(uintptr_t)col->real)[to] = col->real[from];
        } else {
            ((int32_t *)(uintptr_t)col->key)[to] = col->key[from];
        }
    }
    t->row_number[to] = t->row_number[from];
}

// Keeps the rows for which every condition holds, moving them up in place.
static void filter(struct ev_table *t, const struct where *where, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->frame.rows; i++) {
        bool keep = true;
        for (size_t w = 0; w < n; w++) {
            keep = keep && holds(&where[w], &t->columns[where[w].place], i);
        }
        if (keep) {
            move_row(t, kept++, i);
        }
    }
    t->frame.rows = kept;
}

// ---- The file ----

// The file's bytes, up to the reader's bound.
static bool slurp(struct ev_call *k, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        fprintf(k->err, "%.200s cannot be opened.\n", path);
        return false;
    }
    size_t room = 1 << 16;
    size_t len = 0;
    char *data = malloc(room);
    while (data) {
        len += fread(data + len, 1, room - len, f);
        if (len < room || len > EV_CSV_BYTES_MAX) {
            break;
        }
        room *= 2;
        char *more = realloc(data, room);
        if (!more) {
            free(data);
        }
        data = more;
    }
    if (!data || ferror(f)) {
        fprintf(k->err, "%.200s cannot be read.\n", path);
        free(data);
        data = NULL;
    }
    fclose(f);
    k->file = data;
    k->file_len = len;
    return data != NULL;
}

// ---- Logarithms: a column asked for as log(NAME) that the file hasn't ----

// The name within log(), in fresh memory; NULL for another name, or one that the file has.
static char *inside_log(struct ev_call *k, const char *name)
{
    size_t len = strlen(name);
    bool is_log = len > 5 && strncmp(name, "log(", 4) == 0 && name[len - 1] == ')';
    return is_log && !ev_csv_has(k->c, k->file, k->file_len, name) ? strndup(name + 4, len - 5)
                                                                   : NULL;
}

static int take_log(struct ev_call *k, size_t column, const char *name)
{
    struct ph_column *col = &k->table->columns[column];
    double *value = (double *)(uintptr_t)col->real;
    for (size_t i = 0; i < k->table->frame.rows; i++) {
        if (!col->missing[i] && !(value[i] > 0)) {
            fprintf(k->err, "Row %zu, %s: %.15g has no logarithm; it must be above 0.\n",
                k->table->row_number[i], name, value[i]);
            return EV_REFUSED;
        }
        value[i] = col->missing[i] ? value[i] : log(value[i]);
    }
    return EV_DONE;
}

// Reads the file's columns under their own names, then takes the logarithms.
static int read_columns(struct ev_call *k, char **inner)
{
    enum ph_status status =
        ev_csv_read(k->c, k->file, k->file_len, k->wants, k->n_wants, &k->table);
    int code = status == PH_OK ? EV_DONE : ev_refuse(k);
    for (size_t i = 0; code == EV_DONE && i < k->n_wants; i++) {
        if (inner[i] && k->wants[i].kind == PH_REAL) {
            code = take_log(k, i, inner[i]);
        }
    }
    return code;
}

static int read_table(struct ev_call *k)
{
    char **inner = calloc(k->n_wants + 1, sizeof(*inner));
    const char **asked = calloc(k->n_wants + 1, sizeof(*asked));
    int code = inner && asked ? EV_DONE : ev_misused(k, "Not enough memory.");
    for (size_t i = 0; code == EV_DONE && i < k->n_wants; i++) {
        asked[i] = k->wants[i].name;
        inner[i] = inside_log(k, asked[i]);
        k->wants[i].name = inner[i] ? inner[i] : asked[i];
    }
    code = code == EV_DONE ? read_columns(k, inner) : code;
    for (size_t i = 0; inner && asked && i < k->n_wants; i++) {
        k->wants[i].name = asked[i];
        if (k->table && inner[i]) {
            k->table->columns[i].name = asked[i];
        }
        free(inner[i]);
    }
    free(inner);
    free(asked);
    free(k->file);
    k->file = NULL;
    return code;
}

static int read_file(struct ev_call *k, struct where *where, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        where[i].place = ev_want(k, where[i].column, where[i].values ? PH_REAL : PH_KEY);
    }
    if (k->failed) {
        return ev_misused(k, "Too many columns are asked for.");
    }
    if (!k->file && !slurp(k, ev_text(k, "--data"))) {
        return EV_REFUSED;
    }
    int code = read_table(k);
    if (code == EV_DONE) {
        filter(k->table, where, n);
    }
    return code;
}

int ev_load(struct ev_call *k)
{
    if (!ev_text(k, "--data")) {
        return ev_misused(k, "Give --data FILE.csv.");
    }
    struct where where[EV_CLI_WHERE_MAX] = { 0 };
    const struct ev_value *given = ev_list(k, "--where");
    size_t n = 0;
    bool good = given->n <= EV_CLI_WHERE_MAX;
    while (good && n < given->n) {
        good = where_read(given->items[n], &where[n]);
        n++;
    }
    int code = EV_USAGE;
    if (good) {
        code = read_file(k, where, n);
    } else {
        fprintf(k->err,
            "--where takes conditions as day<=5 or town=Ames,Boone, up to %d of them.\n",
            EV_CLI_WHERE_MAX);
    }
    for (size_t i = 0; i < n; i++) {
        where_release(&where[i]);
    }
    return code;
}
