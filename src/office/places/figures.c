// SPDX-License-Identifier: Apache-2.0
// Who lives where, from a census table of tracts.
#include "places_private.h"

#include "csv.h"
#include "str.h"

#include <errno.h>
#include <math.h>

enum { MOST_BYTES = 64 << 20, MAX_WANTED = 6 };

enum err file_read(struct arena *a, const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rbe");
    if (!file) {
        return fail(a, ERR_NOT_FOUND, "%s can't be read: %s", path, strerrordesc_np(errno));
    }
    *out = BUF(MOST_BYTES);
    char piece[65536];
    size_t n;
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0) {
        buf_add(out, piece, n);
    }
    bool good = !ferror(file);
    fclose(file);
    if (!good || !buf_ok(out)) {
        buf_release(out);
        return fail(a, good ? ERR_TOO_LARGE : ERR_UNAVAILABLE,
            good ? "%s is larger than 64 MB" : "%s can't be read to its end", path);
    }
    return OK;
}

struct table {
    struct arena *arena;
    const char *path;
    const char *const *wanted; // names of columns
    size_t n_wanted, at[MAX_WANTED];
    bool has_header;
    enum err (*row)(struct table *t, const char *const *cells);
    struct map *figures, *shares;
};

static enum err take_row(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    struct table *t = context;
    (void)scratch;
    if (!t->has_header) {
        for (size_t w = 0; w < t->n_wanted; w++) {
            size_t i = 0;
            while (i < n && !str_eq(cells[i].text, t->wanted[w])) {
                i++;
            }
            if (i == n) {
                return fail(t->arena, ERR_INVALID, "%s has no column %s", t->path, t->wanted[w]);
            }
            t->at[w] = i;
        }
        t->has_header = true;
        return OK;
    }
    const char *found[MAX_WANTED];
    for (size_t w = 0; w < t->n_wanted; w++) {
        if (t->at[w] >= n) {
            return fail(t->arena, ERR_INVALID, "%s, line %zu: too few cells", t->path, line);
        }
        found[w] = cells[t->at[w]].text;
    }
    enum err e = t->row(t, found);
    return e == ERR_INVALID ? fail(t->arena, e, "%s, line %zu: that is no number", t->path, line)
                            : e;
}

static enum err read_table(struct table *t)
{
    struct buf text;
    TRY(file_read(t->arena, t->path, &text));
    struct csv *csv = csv_new(take_row, t);
    enum err e = csv_feed(csv, t->arena, buf_text(&text), text.len);
    if (e == OK) {
        e = csv_end(csv, t->arena);
    }
    csv_free(csv);
    buf_release(&text);
    return e;
}

// Blank is not known; anything else must be a number that isn't negative.
static enum err number(const char *text, double *ret_x)
{
    *ret_x = NAN;
    if (str_empty(text)) {
        return OK;
    }
    return str_f64(text, ret_x) && *ret_x >= 0 ? OK : ERR_INVALID;
}

static enum err take_tract(struct table *t, const char *const *cells)
{
    struct figures *f = arena_new(t->arena, struct figures);
    TRY(number(cells[1], &f->people));
    TRY(number(cells[2], &f->households));
    TRY(number(cells[3], &f->income));
    TRY(number(cells[4], &f->poverty));
    map_put(t->figures, arena_strdup(t->arena, cells[0]), f);
    return OK;
}

static void add(double *sum, double x)
{
    if (!isnan(x)) {
        *sum = isnan(*sum) ? x : *sum + x;
    }
}

static enum err take_share(struct table *t, const char *const *cells)
{
    double share;
    TRY(number(cells[2], &share));
    const struct figures *tract = map_get(t->figures, cells[0]);
    if (!tract || isnan(share)) {
        return OK;
    }
    struct figures *area = map_get(t->shares, cells[1]);
    if (!area) {
        area = arena_new(t->arena, struct figures);
        *area = (struct figures){ NAN, NAN, NAN, NAN, 0 };
        map_put(t->shares, arena_strdup(t->arena, cells[1]), area);
    }
    add(&area->people, tract->people * share);
    add(&area->households, tract->households * share);
    if (!isnan(tract->poverty) && !isnan(tract->people)) {
        // A mean over people: the sum so far is kept as percent times people.
        add(&area->poverty, tract->poverty * tract->people * share);
        area->poverty_people += tract->people * share;
    }
    return OK;
}

enum err figures_read(struct arena *a, const struct places_file *file, struct map *ret_figures)
{
    static const char *const tract_columns[] = { "tract_geoid", "population", "households",
        "median_household_income_usd", "poverty_pct" };
    map_init(ret_figures, a);
    if (!file->population_path) {
        return OK;
    }
    struct map tracts;
    map_init(&tracts, a);
    struct table t = { .arena = a,
        .path = file->population_path,
        .wanted = tract_columns,
        .n_wanted = ARRAY_LEN(tract_columns),
        .row = take_tract,
        .figures = &tracts };
    TRY(read_table(&t));
    if (!file->share_path) {
        *ret_figures = tracts;
        return OK;
    }
    const char *const share_columns[] = { "tract_geoid", file->share_column, "area_share" };
    struct table shares = { .arena = a,
        .path = file->share_path,
        .wanted = share_columns,
        .n_wanted = ARRAY_LEN(share_columns),
        .row = take_share,
        .figures = &tracts,
        .shares = ret_figures };
    TRY(read_table(&shares));
    size_t at = 0;
    const char *code;
    void *found;
    while (map_next(ret_figures, &at, &code, &found)) {
        struct figures *f = found;
        f->poverty = f->poverty_people > 0 ? f->poverty / f->poverty_people : NAN;
    }
    return OK;
}
