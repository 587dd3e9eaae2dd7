// SPDX-License-Identifier: Apache-2.0
#include "import_private.h"

#include "clock.h"
#include "groups.h"
#include "str.h"

#include <math.h>
#include <stdlib.h>

enum { SCRATCH_BYTES = 24 << 20, UNITS_BYTES = 48 << 20, MOST_CODE = 120, MOST_TEXT = 2000 };

enum err import_said(struct import *im, enum err e)
{
    const char *why = e != OK && im->csv ? csv_why(im->csv, im->ctx->arena, im->ctx->locale) : NULL;
    if (why) {
        return fail(im->ctx->arena, e, "%s", why);
    }
    if (e != OK && im->scratch.detail && im->ctx->arena != &im->scratch) {
        return fail(im->ctx->arena, e, "%s", im->scratch.detail);
    }
    return e;
}

// ---- bad rows
// ------------------------------------------------------------------------------------

enum err import_reject(
    struct import *im, size_t line, const char *cell, const char *reason, const char *text)
{
    im->result.bad++;
    if (im->kept_rejects == IMPORT_REJECTS) {
        return OK;
    }
    im->kept_rejects++;
    struct arena *a = &im->reject_arena;
    size_t len = strlen(text);
    len = len > MOST_TEXT ? MOST_TEXT : len;
    while (len && !str_utf8(text, len)) {
        len--; // a character cut in the middle
    }
    im->rejects[im->n_rejects++] = (struct reject){ .line = (int64_t)line,
        .cell = cell ? arena_strdup(a, cell) : NULL,
        .reason = arena_strdup(a, reason),
        .text = arena_strndup(a, text, len) };
    return im->n_rejects == 1000 ? import_flush_rejects(im) : OK;
}

static const char *row_text(struct import *im, const struct csv_cell *cells, size_t n)
{
    AUTO_BUF(out, 0);
    for (size_t i = 0; i < n; i++) {
        csv_write(&out, cells[i].text, i == 0);
    }
    return arena_strdup(&im->scratch, buf_text(&out));
}

// ---- one row
// -------------------------------------------------------------------------------------

struct reading_row {
    struct row row;
    int wrong;       // a column, or N_COLUMNS: the row as a whole
    const char *why; // a message key
};

static void trim(const struct csv_cell *cell, const char **ret_s, size_t *ret_len)
{
    const char *s = cell->text, *end = s + cell->len;
    while (s < end && (*s == ' ' || *s == '\t')) {
        s++;
    }
    while (end > s && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    *ret_s = s;
    *ret_len = (size_t)(end - s);
}

static bool wrong(struct reading_row *to, int which, const char *why)
{
    to->wrong = which;
    to->why = why;
    return false;
}

static bool yes_or_no(const char *s, size_t len, double *ret_x)
{
    static const struct {
        const char *word;
        double x;
    } words[] = { { "yes", 1 }, { "true", 1 }, { "no", 0 }, { "false", 0 } };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strlen(words[i].word) == len && strncasecmp(words[i].word, s, len) == 0) {
            *ret_x = words[i].x;
            return true;
        }
    }
    return false;
}

static bool read_value(
    struct import *im, const struct csv_cell *cell, enum column which, struct reading_row *to)
{
    const char *s;
    size_t len;
    double x;
    trim(cell, &s, &len);
    bool proportion = im->type[0] == 'p', count = im->type[0] == 'c';
    if (!len) {
        return wrong(to, which, "There is no value.");
    }
    if (!parse_decimal(s, len, &x) && !(proportion && yes_or_no(s, len, &x))) {
        return wrong(to, which,
            "This isn't a number. Write it like 12.5, with a point and no thousands signs.");
    }
    if (proportion && (x < 0 || x > 1)) {
        return wrong(to, which, "A proportion lies between 0 and 1.");
    }
    if (count && (x < 0 || x != floor(x))) {
        return wrong(to, which, "A count is a whole number, not negative.");
    }
    *(which == COLUMN_VALUE ? &to->row.value : &to->row.reference) = x;
    return true;
}

static bool read_time(struct import *im, const struct csv_cell *cell, struct reading_row *to)
{
    const char *s;
    size_t len;
    trim(cell, &s, &len);
    if (!len) {
        return wrong(to, COLUMN_TIME, "There is no time.");
    }
    if (!parse_time(&im->time, s, len, &to->row.at)) {
        return wrong(to, COLUMN_TIME,
            "This isn't a time. Write it like 2026-05-31 17:00 or 2026-05-31T17:00:00Z.");
    }
    if (to->row.at > im->latest_allowed) {
        return wrong(to, COLUMN_TIME, "This lies in the future. Look at the date.");
    }
    return true;
}

static bool is_comparison_word(const char *s, size_t len)
{
    static const char *const words[] = { "comparison", "control", "without", "no", "0", "false" };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strlen(words[i]) == len && strncasecmp(words[i], s, len) == 0) {
            return true;
        }
    }
    return false;
}

static enum err grow_units(struct import *im)
{
    if (im->n_units == IMPORT_UNITS) {
        return fail(im->ctx->arena, ERR_TOO_LARGE, "%s",
            ctx_text(im->ctx,
                "A measure has at most 200,000 units. Is the column of the units the right one?",
                NULL));
    }
    if (im->n_units == im->size_units) {
        size_t size = im->size_units ? im->size_units * 2 : 256;
        struct unit *units = realloc(im->units, size * sizeof(*units));
        if (!units) {
            return fail(im->ctx->arena, ERR_UNAVAILABLE, "out of memory");
        }
        im->units = units;
        im->size_units = size;
    }
    return OK;
}

static enum err add_unit(struct import *im, const char *code, size_t len, uint32_t *ret_index)
{
    TRY(grow_units(im));
    uint32_t i = (uint32_t)im->n_units++;
    im->units[i] = (struct unit){
        .code = arena_strndup(&im->arena, code, len), .first_at = INT64_MAX, .last_at = INT64_MIN
    };
    // Indexes from 1, so that the first isn't NULL.
    map_put(&im->units_by_code, im->units[i].code, (void *)(uintptr_t)(i + 1));
    *ret_index = i;
    return OK;
}

// The unit of the row; why not in TO when the cell is no code.
static enum err find_unit(struct import *im, const struct csv_cell *cell,
    const struct csv_cell *side, struct reading_row *to, bool *ret_ok)
{
    const char *s = "all", *g;
    size_t len = 3, g_len;
    if (cell) {
        trim(cell, &s, &len);
    }
    *ret_ok = len > 0 && len <= MOST_CODE;
    if (!*ret_ok) {
        wrong(to, COLUMN_UNIT,
            len ? "This is too long for a code: at most 120 characters." : "There is no unit.");
        return OK;
    }
    const struct unit *last = im->n_units ? &im->units[im->last_unit] : NULL;
    if (last && strncmp(last->code, s, len) == 0 && !last->code[len]) {
        to->row.unit = im->last_unit;
        return OK;
    }
    uintptr_t found = (uintptr_t)map_get_n(&im->units_by_code, s, len);
    if (found) {
        to->row.unit = (uint32_t)(found - 1);
    } else {
        TRY(add_unit(im, s, len, &to->row.unit));
        if (side) {
            trim(side, &g, &g_len);
            im->units[to->row.unit].is_comparison = is_comparison_word(g, g_len);
        }
    }
    im->last_unit = to->row.unit;
    return OK;
}

// A unit stands for one group, which the first row that names one settles.
static bool take_group(struct import *im, const struct csv_cell *cell, struct reading_row *to)
{
    struct unit *u = &im->units[to->row.unit];
    const char *s;
    size_t len;
    trim(cell, &s, &len);
    if (!len || (u->group && strncasecmp(u->group, s, len) == 0 && !u->group[len])) {
        return true;
    }
    if (u->group) {
        return wrong(to, COLUMN_GROUP,
            "This unit stands for another group already. Change it on the measure's page.");
    }
    u->group = group_find(&im->arena, im->groups, s, len);
    u->group_is_new = u->group && u->n > 0;
    im->has_new_groups = im->has_new_groups || u->group_is_new;
    return u->group
               ? true
               : wrong(to, COLUMN_GROUP, "The measure has no such group. Its page lists them.");
}

static enum err read_row(
    struct import *im, const struct csv_cell *cells, size_t n, struct reading_row *to, bool *ret_ok)
{
    const int *at = im->columns.at;
    *ret_ok = false;
    if ((int)n <= im->columns.most) {
        wrong(to, N_COLUMNS, "The row is shorter than the first line: a column is missing.");
        return OK;
    }
    if (!read_time(im, &cells[at[COLUMN_TIME]], to) ||
        !read_value(im, &cells[at[COLUMN_VALUE]], COLUMN_VALUE, to)) {
        return OK;
    }
    to->row.reference = NAN;
    const struct csv_cell *reference =
        at[COLUMN_REFERENCE] >= 0 ? &cells[at[COLUMN_REFERENCE]] : NULL;
    if (reference && reference->len && !read_value(im, reference, COLUMN_REFERENCE, to)) {
        return OK;
    }
    TRY(find_unit(im, at[COLUMN_UNIT] >= 0 ? &cells[at[COLUMN_UNIT]] : NULL,
        at[COLUMN_SIDE] >= 0 ? &cells[at[COLUMN_SIDE]] : NULL, to, ret_ok));
    *ret_ok = *ret_ok && (at[COLUMN_GROUP] < 0 || !*im->groups ||
                             take_group(im, &cells[at[COLUMN_GROUP]], to));
    return OK;
}

static enum err add_row(struct import *im, const struct row *row)
{
    if (im->n_rows == im->size_rows) {
        size_t size = im->size_rows ? im->size_rows * 4 : 1024;
        struct row *rows = realloc(im->rows, size * sizeof(*rows));
        if (!rows) {
            return fail(im->ctx->arena, ERR_UNAVAILABLE, "out of memory");
        }
        im->rows = rows;
        im->size_rows = size;
    }
    im->rows[im->n_rows++] = *row;
    return im->n_rows == IMPORT_RUN ? load_run(im) : OK;
}

static enum err take_row(struct import *im, size_t line, const struct csv_cell *cells, size_t n)
{
    struct reading_row r = { .row = { .line = (uint32_t)line } };
    bool ok;
    im->result.rows++;
    TRY(read_row(im, cells, n, &r, &ok));
    if (ok) {
        return add_row(im, &r.row);
    }
    int column = r.wrong < N_COLUMNS ? im->columns.at[r.wrong] : -1;
    return import_reject(im, line, column >= 0 ? im->heads[column].text : NULL,
        ctx_text(im->ctx, r.why, NULL), row_text(im, cells, n));
}

// ---- the first two rows
// --------------------------------------------------------------------------

static struct csv_cell *copy_cells(struct arena *a, const struct csv_cell *cells, size_t n)
{
    struct csv_cell *copy = arena_array(a, struct csv_cell, n);
    for (size_t i = 0; i < n; i++) {
        copy[i] = (struct csv_cell){ arena_strndup(a, cells[i].text, cells[i].len), cells[i].len };
    }
    return copy;
}

static enum err find_columns(struct import *im)
{
    TRY(columns_find(im->ctx, &im->options, *im->groups != '\0', im->heads, im->n_heads, im->first,
        im->n_first, &im->columns));
    im->has_columns = true;
    // The heading of the rows that are to be mended, on a line before all others.
    im->rejects[im->n_rejects++] = (struct reject){ .line = 0,
        .reason = "",
        .text = arena_strdup(&im->reject_arena, row_text(im, im->heads, im->n_heads)) };
    return import_flush_rejects(im);
}

enum err import_rows(struct import *im, size_t line, const struct csv_cell *cells, size_t n)
{
    if (!im->has_heads) {
        im->heads = copy_cells(&im->arena, cells, n);
        im->n_heads = n;
        im->has_heads = true;
        return OK;
    }
    if (!im->has_columns) {
        im->first = copy_cells(&im->arena, cells, n);
        im->n_first = n;
        TRY(find_columns(im));
    }
    return take_row(im, line, cells, n);
}

static enum err on_row(
    void *context, struct arena *scratch, size_t line, const struct csv_cell *cells, size_t n)
{
    return import_rows(context, line, cells, n);
}

// ---- life
// ----------------------------------------------------------------------------------------

static void release(struct import *im)
{
    csv_free(im->csv);
    free(im->units);
    free(im->rows);
    free(im->sorted);
    free(im->starts);
    free(im->rejects);
    arena_release(&im->arena);
    arena_release(&im->scratch);
    arena_release(&im->reject_arena);
    free(im);
}

static enum err open_batch(struct import *im, const char *title, const char *file_name)
{
    struct ctx *c = im->ctx;
    const char *source = im->options.source ? im->options.source : "csv";
    struct value v = value_object(c->arena);
    struct outcome outcome;
    value_set(c->arena, &v, "title", value_text(title));
    value_set(c->arena, &v, "measure_id", value_id(im->measure));
    value_set(c->arena, &v, "source", value_text(source));
    value_set(c->arena, &v, "file_name", value_text(file_name));
    TRY(act_run_values(c, "batch.open", 0, &v, &outcome));
    im->batch = outcome.id;
    im->result.batch = outcome.id;
    return OK;
}

static enum err begin(struct import *im, const char *title, const char *file_name)
{
    struct ctx *c = im->ctx;
    struct value measure;
    TRY(measure_row(c, im->measure, &measure));
    TRY(measure_may_record(c, &measure));
    im->type = value_get_text(&measure, "type", "number");
    im->groups = value_get_text(&measure, "groups", "");
    im->cadence_ms = cadence_ms(value_get_text(&measure, "cadence", ""));
    im->latest_allowed = c->now + CLOCK_DAY;
    im->time.locale = c->locale;
    TRY(open_batch(im, title, file_name));
    return load_units(im);
}

enum err import_new(struct ctx *c, int64_t measure, const struct import_options *options,
    const char *title, const char *file_name, struct import **ret_import)
{
    struct import *im = calloc(1, sizeof(*im));
    if (!im) {
        return fail(c->arena, ERR_UNAVAILABLE, "out of memory");
    }
    im->ctx = c;
    im->measure = measure;
    im->options = *options;
    arena_init(&im->arena, UNITS_BYTES);
    arena_init(&im->scratch, SCRATCH_BYTES);
    arena_init(&im->reject_arena, SCRATCH_BYTES);
    map_init(&im->units_by_code, &im->arena);
    crypto_hash_sha256_init(&im->hash);
    im->csv = csv_new(on_row, im);
    im->rejects = calloc(1001, sizeof(*im->rejects));
    im->result.first_at = INT64_MAX;
    im->result.last_at = INT64_MIN;
    enum err e = im->rejects ? begin(im, title, file_name) : ERR_UNAVAILABLE;
    if (e != OK) {
        release(im);
        return e;
    }
    *ret_import = im;
    return OK;
}

int64_t import_batch(const struct import *im)
{
    return im->batch;
}

int64_t import_rows_read(const struct import *im)
{
    return im->result.rows;
}

enum err import_feed(struct import *im, const char *data, size_t len)
{
    enum { PIECE = 256 * 1024 };
    crypto_hash_sha256_update(&im->hash, (const unsigned char *)data, len);
    for (size_t at = 0; im->failed == OK && at < len; at += PIECE) {
        arena_reset(&im->scratch);
        size_t n = len - at < PIECE ? len - at : PIECE;
        im->failed = import_said(im, csv_feed(im->csv, &im->scratch, data + at, n));
    }
    return im->failed;
}

void import_hash(struct import *im, const char *data, size_t len)
{
    crypto_hash_sha256_update(&im->hash, (const unsigned char *)data, len);
}

static struct value counts(struct import *im)
{
    const struct import_result *r = &im->result;
    struct arena *a = im->ctx->arena;
    struct value v = value_object(a);
    value_set(a, &v, "mapping", value_text(columns_text(a, &im->columns)));
    value_set(a, &v, "rows_n", value_int(r->rows));
    value_set(a, &v, "good_n", value_int(r->good));
    value_set(a, &v, "same_n", value_int(r->same));
    value_set(a, &v, "bad_n", value_int(r->bad));
    value_set(a, &v, "corrects_n", value_int(r->corrects));
    value_set(a, &v, "revs_n", value_int(im->revs));
    value_set(a, &v, "outliers_n", value_int(r->outliers));
    value_set(a, &v, "gaps_n", value_int(r->gaps));
    value_set(a, &v, "new_units_n", value_int(r->new_units));
    value_set(a, &v, "from_at", r->good ? value_time(r->first_at) : VALUE_NULL);
    value_set(a, &v, "to_at", r->good ? value_time(r->last_at) : VALUE_NULL);
    value_set(a, &v, "content_hash_text", value_text(arena_strdup(a, r->hash)));
    return v;
}

static enum err publish(struct import *im)
{
    struct import_result *r = &im->result;
    struct ctx *c = im->ctx;
    bool asked = im->options.publish_good || (im->options.publish && r->bad == 0);
    if (!asked || r->good == 0) {
        return OK;
    }
    struct value v = value_object(c->arena);
    struct outcome outcome;
    value_set(c->arena, &v, "choice", value_text(im->options.publish_good ? "good" : "all"));
    TRY(act_run_values(c, "batch.publish", im->batch, &v, &outcome));
    r->published = true;
    return OK;
}

static enum err finish(struct import *im)
{
    struct ctx *c = im->ctx;
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct outcome outcome;
    arena_reset(&im->scratch);
    TRY(import_said(im, csv_end(im->csv, &im->scratch)));
    if (!im->has_heads) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "The file is empty. Its first line must name the columns.", NULL));
    }
    if (!im->has_columns) {
        TRY(find_columns(im));
    }
    TRY(load_run(im));
    TRY(import_flush_rejects(im));
    crypto_hash_sha256_final(&im->hash, hash);
    sodium_bin2hex(im->result.hash, sizeof(im->result.hash), hash, sizeof(hash));
    struct value v = counts(im);
    TRY(act_run_values(c, "batch.stage", im->batch, &v, &outcome));
    return publish(im);
}

enum err import_end(struct import *im, struct import_result *ret_result)
{
    enum err e = im->failed == OK ? finish(im) : im->failed;
    if (e == OK) {
        *ret_result = im->result;
        im->batch = 0; // no longer ours to drop
    }
    return e;
}

void import_free(struct import *im)
{
    struct outcome outcome;
    if (im->batch) {
        const char *said = im->ctx->arena->detail;
        if (act_run_values(im->ctx, "batch.drop", im->batch, NULL, &outcome) != OK) {
            // It stays `loading`, counts for nothing, and the clock drops it later.
        }
        im->ctx->arena->detail = said;
    }
    release(im);
}
