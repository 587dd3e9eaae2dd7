// SPDX-License-Identifier: Apache-2.0
#include "data.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Without memory there is nothing to test.
static void *own(struct data *d, void *block)
{
    if (!block || d->n_owned == sizeof(d->owned) / sizeof(d->owned[0])) {
        fprintf(stderr, "The test data do not fit.\n");
        abort();
    }
    return d->owned[d->n_owned++] = block;
}

static struct ph_column *add_column(
    struct data *d, const char *name, enum ph_column_kind kind, size_t rows)
{
    if (d->frame.columns == DATA_COLUMNS_MAX) {
        fprintf(stderr, "%s is one column too many.\n", name);
        abort();
    }
    struct ph_column *c = &d->column[d->frame.columns++];
    *c = (struct ph_column){ .name = name, .kind = kind, .missing = own(d, calloc(rows + 1, 1)) };
    if (kind == PH_REAL) {
        c->real = own(d, calloc(rows + 1, sizeof(double)));
    } else {
        c->key = own(d, calloc(rows + 1, sizeof(int32_t)));
    }
    return c;
}

// The cells of a frame are const; these are the reader's own.
static double *reals(const struct ph_column *c)
{
    return (double *)(uintptr_t)c->real;
}

static int32_t *keys(const struct ph_column *c)
{
    return (int32_t *)(uintptr_t)c->key;
}

static uint8_t *missing(const struct ph_column *c)
{
    return (uint8_t *)(uintptr_t)c->missing;
}

// ---- Reading ----

static char *slurp(struct data *d, const char *folder, const char *file)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s cannot be read.\n", path);
        return NULL;
    }
    long len = ftell(f);
    char *text = own(d, calloc((size_t)len + 2, 1));
    rewind(f);
    size_t got = fread(text, 1, (size_t)len, f);
    fclose(f);
    return got == (size_t)len ? text : NULL;
}

// Cuts TEXT at every comma and line end; the cells follow one another, row by row.
static char **cut(struct data *d, char *text, size_t *ret_columns, size_t *ret_rows)
{
    size_t cells = 0;
    size_t lines = 0;
    for (const char *p = text; *p; p++) {
        cells += *p == ',' || *p == '\n';
        lines += *p == '\n';
    }
    if (lines < 2 || cells % lines != 0) {
        return NULL;
    }
    char **cell = own(d, calloc(cells, sizeof(*cell)));
    for (size_t i = 0; i < cells; i++) {
        size_t len = strcspn(text, ",\n");
        cell[i] = text;
        text[len] = '\0';
        text += len + 1;
    }
    *ret_columns = cells / lines;
    *ret_rows = lines - 1;
    return cell;
}

static bool number(const char *cell, double *ret)
{
    char *end;
    *ret = strtod(cell, &end);
    return end != cell && *end == '\0' && isfinite(*ret);
}

static int32_t label_of(struct ph_column *c, const char **labels, const char *cell)
{
    size_t i = 0;
    while (i < c->labels && strcmp(labels[i], cell) != 0) {
        i++;
    }
    if (i == DATA_LABELS_MAX) {
        fprintf(stderr, "%s has too many names.\n", c->name);
        abort();
    }
    labels[i] = cell;
    c->labels = i == c->labels ? i + 1 : c->labels;
    return (int32_t)i;
}

static void read_column(struct data *d, char **cell, size_t j, size_t columns, size_t rows)
{
    bool words = false;
    double value;
    for (size_t i = 1; i <= rows; i++) {
        const char *text = cell[i * columns + j];
        words = words || (*text && !number(text, &value));
    }
    struct ph_column *c = add_column(d, cell[j], words ? PH_KEY : PH_REAL, rows);
    const char **labels = words ? own(d, calloc(DATA_LABELS_MAX, sizeof(*labels))) : NULL;
    c->label = labels;
    for (size_t i = 0; i < rows; i++) {
        const char *text = cell[(i + 1) * columns + j];
        missing(c)[i] = !*text;
        if (words) {
            keys(c)[i] = label_of(c, labels, text);
        } else if (*text) {
            (void)number(text, &reals(c)[i]);
        }
    }
}

struct data *data_read(const char *folder, const char *file)
{
    struct data *d = calloc(1, sizeof(*d));
    size_t columns = 0;
    size_t rows = 0;
    char *text = d ? slurp(d, folder, file) : NULL;
    char **cell = text ? cut(d, text, &columns, &rows) : NULL;
    if (!cell) {
        data_free(d);
        return NULL;
    }
    for (size_t j = 0; j < columns; j++) {
        read_column(d, cell, j, columns, rows);
    }
    d->frame.rows = rows;
    d->frame.column = d->column;
    return d;
}

void data_free(struct data *data)
{
    for (size_t i = 0; data && i < data->n_owned; i++) {
        free(data->owned[i]);
    }
    free(data);
}

// ---- Columns and rows ----

static int32_t named(const struct data *d, const char *name, int kind)
{
    for (size_t i = 0; i < d->frame.columns; i++) {
        if (strcmp(d->column[i].name, name) == 0 && (kind < 0 || kind == (int)d->column[i].kind)) {
            return (int32_t)i;
        }
    }
    fprintf(stderr, "There is no column %s.\n", name);
    abort();
}

int32_t column(const struct data *data, const char *name)
{
    return named(data, name, -1);
}

int32_t key_column(const struct data *data, const char *name)
{
    return named(data, name, PH_KEY);
}

void data_add_keys(struct data *data, const char *name)
{
    const struct ph_column *from = &data->column[named(data, name, PH_REAL)];
    struct ph_column *to = add_column(data, from->name, PH_KEY, data->frame.rows);
    for (size_t i = 0; i < data->frame.rows; i++) {
        keys(to)[i] = (int32_t)from->real[i];
        missing(to)[i] = from->missing[i];
    }
}

void data_add_log(struct data *data, const char *name, const char *new_name)
{
    const struct ph_column *from = &data->column[named(data, name, PH_REAL)];
    struct ph_column *to = add_column(data, new_name, PH_REAL, data->frame.rows);
    for (size_t i = 0; i < data->frame.rows; i++) {
        reals(to)[i] = from->missing[i] ? 0 : log(from->real[i]);
        missing(to)[i] = from->missing[i];
    }
}

static void move_row(struct data *d, size_t to, size_t from)
{
    for (size_t j = 0; j < d->frame.columns; j++) {
        const struct ph_column *c = &d->column[j];
        missing(c)[to] = c->missing[from];
        if (c->kind == PH_REAL) {
            reals(c)[to] = c->real[from];
        } else {
            keys(c)[to] = c->key[from];
        }
    }
}

void data_keep(struct data *data, const char *name, double lo, double hi)
{
    const struct ph_column *c = &data->column[named(data, name, PH_REAL)];
    size_t kept = 0;
    for (size_t i = 0; i < data->frame.rows; i++) {
        if (!c->missing[i] && c->real[i] >= lo && c->real[i] <= hi) {
            move_row(data, kept++, i);
        }
    }
    data->frame.rows = kept;
}

void data_keep_among(struct data *data, const char *name, const double *values, size_t n)
{
    const struct ph_column *c = &data->column[named(data, name, PH_REAL)];
    size_t kept = 0;
    for (size_t i = 0; i < data->frame.rows; i++) {
        bool found = false;
        for (size_t v = 0; v < n; v++) {
            found = found || (!c->missing[i] && c->real[i] == values[v]);
        }
        if (found) {
            move_row(data, kept++, i);
        }
    }
    data->frame.rows = kept;
}
