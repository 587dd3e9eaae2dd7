// SPDX-License-Identifier: Apache-2.0
// A run of readings into the table: by unit and time, compared with what is there, some thousand
// rows a transaction.
#include "import_private.h"

#include "clock.h"
#include "number.h"
#include "transact.h"

#include <math.h>
#include <stdlib.h>

enum { SAMPLE = 4096, FEW = 30, MOST_TRIES = 3, UNITS_AT_ONCE = 2000, FEW_ROWS = 128 };

// The context with the import's scratch arena, for a transaction of its own.
static struct ctx chunk_ctx(struct import *im)
{
    struct ctx c = *im->ctx;
    arena_reset(&im->scratch);
    c.arena = &im->scratch;
    c.now = clock_now();
    ctx_bind(&c);
    return c;
}

// ---- rejects
// -------------------------------------------------------------------------------------

static enum err write_rejects(struct ctx *c, void *context)
{
    static const char *const names[] = { "city", "batch_id", "line_n", "cell", "reason",
        "row_text" };
    struct import *im = context;
    struct db_load *load;
    TRY(db_load_begin(c->db, c->arena, "reading_reject", names, ARRAY_LEN(names), &load));
    enum err e = OK;
    for (size_t i = 0; e == OK && i < im->n_rejects; i++) {
        const struct reject *r = &im->rejects[i];
        const struct value cells[] = { value_int(c->city->id), value_id(im->batch),
            value_int(r->line), value_text(r->cell), value_text(r->reason), value_text(r->text) };
        e = db_load_row(load, cells);
    }
    enum err end = db_load_end(load);
    return e == OK ? end : e;
}

enum err import_flush_rejects(struct import *im)
{
    if (im->n_rejects) {
        struct arena own;
        arena_init(&own, 1 << 20);
        struct ctx c = *im->ctx;
        c.arena = &own; // scratch holds the row under way
        enum err e = transact(&c, write_rejects, im);
        if (e != OK && own.detail) {
            e = fail(im->ctx->arena, e, "%s", own.detail);
        }
        arena_release(&own);
        TRY(e);
    }
    im->n_rejects = 0;
    arena_reset(&im->reject_arena);
    return OK;
}

// A row that turned out wrong after its text was gone.
static enum err reject_row(struct import *im, const struct row *row)
{
    char value[NUMBER_TEXT_SIZE];
    struct arena a;
    arena_init(&a, 1 << 16);
    number_text(row->value, value);
    AUTO_BUF(text, 0);
    for (size_t i = 0; i < im->n_heads; i++) {
        const char *cell = (int)i == im->columns.at[COLUMN_TIME]    ? civil_instant(&a, row->at)
                           : (int)i == im->columns.at[COLUMN_UNIT]  ? im->units[row->unit].code
                           : (int)i == im->columns.at[COLUMN_VALUE] ? value
                                                                    : "";
        csv_write(&text, cell, i == 0);
    }
    enum err e = import_reject(im, row->line, im->heads[im->columns.at[COLUMN_VALUE]].text,
        ctx_text(im->ctx,
            "Another row of the file has another value for this unit and time. Keep one of them.",
            NULL),
        buf_text(&text));
    arena_release(&a);
    return e;
}

// ---- units
// ---------------------------------------------------------------------------------------

static enum err one_unit(void *context, const struct value *row)
{
    struct import *im = context;
    if (im->n_units == im->size_units) {
        size_t size = im->size_units ? im->size_units * 2 : 256;
        struct unit *units = realloc(im->units, size * sizeof(*units));
        if (!units) {
            return ERR_UNAVAILABLE;
        }
        im->units = units;
        im->size_units = size;
    }
    size_t i = im->n_units++;
    const struct value *last = value_get(row, "last_at");
    bool there = last && last->kind == V_TIME;
    im->units[i] = (struct unit){
        .code = arena_strdup(&im->arena, value_get_text(row, "code", "")),
        .n = value_get_int(row, "unit_n", 0),
        .first_at = there ? value_get_int(row, "first_at", 0) : INT64_MAX,
        .last_at = there ? last->n : INT64_MIN,
        .seen_at = there ? last->n : 0,
        .has_seen = there,
        .group = value_get_text(row, "group_name", NULL)
                     ? arena_strdup(&im->arena, value_get_text(row, "group_name", ""))
                     : NULL,
    };
    map_put(&im->units_by_code, im->units[i].code, (void *)(uintptr_t)(i + 1));
    return OK;
}

enum err load_units(struct import *im)
{
    return db_each(im->ctx->db, im->ctx->arena, "import.units",
        ARGS(ARG("measure_id", value_id(im->measure))), one_unit, im);
}

static enum err unit_set(
    struct ctx *c, int64_t measure, const char *code, bool is_comparison, const char *group)
{
    return db_exec(c->db, c->arena, "measure.unit_set",
        ARGS(ARG("measure_id", value_id(measure)), ARG("code", value_text(code)),
            ARG("title", VALUE_NULL), ARG("area_id", VALUE_NULL),
            ARG("is_comparison", is_comparison ? value_bool(true) : VALUE_NULL),
            ARG("group_name", value_text(group))),
        NULL);
}

struct registering {
    struct import *im;
    size_t from, to;
};

static enum err register_some(struct ctx *c, void *context)
{
    const struct registering *g = context;
    struct import *im = g->im;
    for (size_t i = g->from; i < g->to; i++) {
        struct unit *u = &im->units[i];
        bool is_new;
        if (u->n && u->n > 0) {
            continue;
        }
        TRY(unit_number(c, im->measure, u->code, &u->n, &is_new));
        u->n = -u->n; // settled when the transaction is
        if (is_new && (u->is_comparison || u->group)) {
            TRY(unit_set(c, im->measure, u->code, u->is_comparison, u->group));
        }
    }
    return OK;
}

// Units that are there without a group and came with one now.
static enum err set_groups(struct ctx *c, void *context)
{
    struct import *im = context;
    for (size_t i = 0; i < im->n_units; i++) {
        const struct unit *u = &im->units[i];
        if (u->group_is_new) {
            TRY(unit_set(c, im->measure, u->code, false, u->group));
        }
    }
    return OK;
}

static enum err settle_groups(struct import *im)
{
    if (!im->has_new_groups) {
        return OK;
    }
    struct ctx c = chunk_ctx(im);
    enum err e = transact(&c, set_groups, im);
    ctx_bind(im->ctx);
    TRY(import_said(im, e));
    for (size_t i = 0; i < im->n_units; i++) {
        im->units[i].group_is_new = false;
    }
    im->has_new_groups = false;
    return OK;
}

// The units that came with this run get their numbers.
static enum err register_units(struct import *im)
{
    size_t from = 0;
    while (from < im->n_units && im->units[from].n > 0) {
        from++;
    }
    for (int tries = 0; from < im->n_units;) {
        size_t to = from + UNITS_AT_ONCE < im->n_units ? from + UNITS_AT_ONCE : im->n_units;
        struct registering g = { im, from, to };
        struct ctx c = chunk_ctx(im);
        enum err e = transact(&c, register_some, &g);
        ctx_bind(im->ctx);
        if (e == ERR_EXISTS && tries++ < MOST_TRIES) {
            continue; // another load gave the same numbers out
        }
        TRY(import_said(im, e));
        for (; from < to; from++) {
            im->result.new_units += im->units[from].n < 0;
            im->units[from].n = im->units[from].n < 0 ? -im->units[from].n : im->units[from].n;
        }
    }
    return OK;
}

// ---- order
// ---------------------------------------------------------------------------------------

static int by_time(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->at != y->at) {
        return x->at < y->at ? -1 : 1;
    }
    return x->line < y->line ? -1 : x->line > y->line;
}

// By unit in one pass, since files mostly come in the order of time; then each unit that isn't.
static enum err sort_rows(struct import *im)
{
    free(im->starts);
    free(im->sorted);
    im->starts = calloc(im->n_units + 2, sizeof(*im->starts));
    im->sorted = malloc(im->n_rows * sizeof(*im->sorted));
    if (!im->starts || !im->sorted) {
        return fail(im->ctx->arena, ERR_UNAVAILABLE, "out of memory");
    }
    size_t *starts = im->starts;
    for (size_t i = 0; i < im->n_rows; i++) {
        starts[im->rows[i].unit + 2]++;
    }
    for (size_t u = 2; u < im->n_units + 2; u++) {
        starts[u] += starts[u - 1];
    }
    for (size_t i = 0; i < im->n_rows; i++) {
        im->sorted[starts[im->rows[i].unit + 1]++] = im->rows[i];
    }
    for (size_t u = 0; u < im->n_units; u++) {
        bool rises = true;
        for (size_t i = starts[u] + 1; rises && i < starts[u + 1]; i++) {
            rises = im->sorted[i - 1].at <= im->sorted[i].at;
        }
        if (!rises) {
            qsort(&im->sorted[starts[u]], starts[u + 1] - starts[u], sizeof(*im->sorted), by_time);
        }
    }
    return OK;
}

// ---- quality
// -------------------------------------------------------------------------------------

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Limits by the median and the median distance from it, which a few wild values don't move
// (B. Iglewicz and D. C. Hoaglin, 1993), wide: a modified z-score of 8. From the first run's
// sample.
static void find_limits(struct import *im)
{
    static const double wide = 8 / 0.6745;
    double sample[SAMPLE];
    size_t step = im->n_rows / SAMPLE + 1, n = 0;
    for (size_t i = 0; i < im->n_rows && n < SAMPLE; i += step) {
        sample[n++] = im->rows[i].value;
    }
    if (n < FEW) {
        return;
    }
    qsort(sample, n, sizeof(sample[0]), by_size);
    double median = sample[n / 2];
    for (size_t i = 0; i < n; i++) {
        sample[i] = fabs(sample[i] - median);
    }
    qsort(sample, n, sizeof(sample[0]), by_size);
    double spread = sample[n / 2];
    if (spread > 0) {
        im->has_limits = true;
        im->low = median - wide * spread;
        im->high = median + wide * spread;
    }
}

static void judge(struct import *im)
{
    if (!im->has_limits) {
        find_limits(im);
    }
    for (size_t i = 0; i < im->n_rows; i++) {
        struct row *r = &im->sorted[i];
        struct unit *u = &im->units[r->unit];
        if (im->has_limits && (r->value < im->low || r->value > im->high)) {
            r->quality |= QUALITY_FAR;
        }
        bool gap = im->cadence_ms && u->has_seen && r->at - u->seen_at > im->cadence_ms * 5 / 2;
        if (gap) {
            r->quality |= QUALITY_AFTER_GAP;
        }
        u->seen_at = !u->has_seen || r->at > u->seen_at ? r->at : u->seen_at;
        u->has_seen = true;
    }
}

// ---- a chunk
// -------------------------------------------------------------------------------------

// What is there for one unit and time.
struct there {
    int64_t at, rev;
    double value, reference;
    uint32_t unit;
    bool counts, ours;
};

struct chunk {
    struct import *im;
    size_t from, to;
    bool look_at_all; // another load may have put rows where none were known
    struct there *there;
    size_t n_there, size_there;
    uint32_t unit; // whose rows are being read
    // What the transaction will have done:
    int64_t good, same, corrects, revs, outliers, gaps;
    struct row *twins; // rows with another value than an earlier one of the file; in the arena
    size_t n_twins;
};

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static enum err one_there(void *context, const struct value *row)
{
    struct chunk *k = context;
    int64_t at = value_get_int(row, "read_at", 0);
    bool counts = value_get_int(row, "is_published", 0) != 0;
    bool ours = value_get_int(row, "batch_id", 0) == k->im->batch;
    struct there *last = k->n_there ? &k->there[k->n_there - 1] : NULL;
    if (!last || last->unit != k->unit || last->at != at) {
        if (k->n_there == k->size_there) {
            size_t size = k->size_there ? k->size_there * 2 : 1024;
            struct there *grown = realloc(k->there, size * sizeof(*grown));
            if (!grown) {
                return ERR_UNAVAILABLE;
            }
            k->there = grown;
            k->size_there = size;
        }
        last = &k->there[k->n_there++];
        *last = (struct there){ .unit = k->unit, .at = at };
    }
    // Rows come with rising rev: the last that counts is what is true now.
    last->rev = value_get_int(row, "rev", 0);
    if (counts || ours) {
        last->counts = counts || last->counts;
        last->ours = ours || last->ours;
        last->value = value_get_num(row, "value_num", NAN);
        last->reference = value_get_num(row, "reference_num", NAN);
    }
    return OK;
}

// Reads what is there for the rows FROM to TO, all of one unit.
static enum err look(struct ctx *c, struct chunk *k, size_t from, size_t to)
{
    const struct row *rows = k->im->sorted;
    const struct unit *u = &k->im->units[rows[from].unit];
    int64_t first = rows[from].at, last = rows[to - 1].at;
    if (!k->look_at_all && (first > u->last_at || last < u->first_at)) {
        return OK;
    }
    k->unit = rows[from].unit;
    return db_each(c->db, c->arena, "import.there",
        ARGS(ARG("measure_id", value_id(k->im->measure)), ARG("unit_n", value_int(u->n)),
            ARG("from_at", value_time(first)), ARG("to_at", value_time(last))),
        one_there, k);
}

static enum err look_at_chunk(struct ctx *c, struct chunk *k)
{
    const struct row *rows = k->im->sorted;
    k->n_there = 0;
    for (size_t i = k->from; i < k->to;) {
        size_t end = i + 1;
        while (end < k->to && rows[end].unit == rows[i].unit) {
            end++;
        }
        TRY(look(c, k, i, end));
        i = end;
    }
    return OK;
}

static enum err put_row(
    struct db_load *load, struct chunk *k, struct value *cells, const struct row *r, int64_t rev)
{
    // city, measure and batch are in their cells already.
    cells[2] = value_int(k->im->units[r->unit].n);
    cells[3] = value_time(r->at);
    cells[4] = value_int(rev);
    cells[5] = value_num(r->value);
    cells[6] = value_num(r->reference); // NULL when NAN
    cells[7] = value_int(r->quality);
    k->good++;
    k->revs += rev > 1;
    k->outliers += (r->quality & QUALITY_FAR) != 0;
    k->gaps += (r->quality & QUALITY_AFTER_GAP) != 0;
    return db_load_row(load, cells);
}

// One row against what is there and against the row before it in the file.
static enum err settle(struct db_load *load, struct chunk *k, struct value *cells,
    const struct row *r, const struct there *there, const struct row *before)
{
    bool twin = before && before->unit == r->unit && before->at == r->at;
    // What this batch put there in an earlier run comes before what this run met.
    bool as_before = twin && !(there && there->ours);
    double value = as_before ? before->value : there ? there->value : NAN;
    double reference = as_before ? before->reference : there ? there->reference : NAN;
    bool known = twin || (there && (there->counts || there->ours));
    if (known && same_number(value, r->value) && same_number(reference, r->reference)) {
        k->same++;
        return OK;
    }
    if (twin || (there && there->ours)) {
        k->twins[k->n_twins++] = *r;
        return OK;
    }
    k->corrects += there && there->counts;
    return put_row(load, k, cells, r, there ? there->rev + 1 : 1);
}

static enum err load_chunk(struct ctx *c, void *context)
{
    static const char *const names[] = { "city", "measure_id", "unit_n", "read_at", "rev",
        "value_num", "reference_num", "quality_n", "batch_id" };
    struct chunk *k = context;
    struct import *im = k->im;
    k->good = k->same = k->corrects = k->revs = k->outliers = k->gaps = 0;
    k->n_twins = 0;
    TRY(look_at_chunk(c, k));
    struct value cells[ARRAY_LEN(names)] = { value_int(c->city->id), value_id(im->measure) };
    cells[8] = value_id(im->batch);
    size_t to = k->from;
    struct db_load *load;
    TRY(db_load_begin(c->db, c->arena, "reading", names, ARRAY_LEN(names), &load));
    enum err e = OK;
    const struct row *kept = k->from ? &im->sorted[k->from - 1] : NULL;
    for (size_t i = k->from, t = 0; e == OK && i < k->to; i++) {
        if (i - k->from >= FEW_ROWS && i % FEW_ROWS == 0 && db_is_wanted(c->db)) {
            break; // the rest in another transaction, so that nobody waits for it
        }
        to = i + 1;
        const struct row *r = &im->sorted[i];
        while (t < k->n_there && (k->there[t].unit < r->unit ||
                                     (k->there[t].unit == r->unit && k->there[t].at < r->at))) {
            t++;
        }
        bool met = t < k->n_there && k->there[t].unit == r->unit && k->there[t].at == r->at;
        e = settle(load, k, cells, r, met ? &k->there[t] : NULL, kept);
        kept = kept && kept->unit == r->unit && kept->at == r->at ? kept : r;
    }
    k->to = to;
    enum err end = db_load_end(load);
    return e == OK ? end : e;
}

// The chunk is in the table: counts and what is known of its units follow.
static enum err settle_chunk(struct chunk *k)
{
    struct import *im = k->im;
    struct import_result *r = &im->result;
    r->good += k->good;
    r->same += k->same;
    r->corrects += k->corrects;
    im->revs += k->revs;
    r->outliers += k->outliers;
    r->gaps += k->gaps;
    for (size_t i = k->from; i < k->to; i++) {
        struct unit *u = &im->units[im->sorted[i].unit];
        int64_t at = im->sorted[i].at;
        u->first_at = at < u->first_at ? at : u->first_at;
        u->last_at = at > u->last_at ? at : u->last_at;
        r->first_at = at < r->first_at ? at : r->first_at;
        r->last_at = at > r->last_at ? at : r->last_at;
    }
    for (size_t i = 0; i < k->n_twins; i++) {
        TRY(reject_row(im, &k->twins[i]));
    }
    return OK;
}

static enum err run_chunk(struct import *im, struct chunk *k)
{
    for (int tries = 0;; tries++) {
        struct ctx c = chunk_ctx(im);
        enum err e = transact(&c, load_chunk, k);
        ctx_bind(im->ctx);
        if (e == ERR_EXISTS && tries < MOST_TRIES) {
            k->look_at_all = true;
            continue;
        }
        TRY(import_said(im, e));
        return settle_chunk(k);
    }
}

enum err load_run(struct import *im)
{
    if (!im->n_rows) {
        return OK;
    }
    TRY(register_units(im));
    TRY(settle_groups(im));
    TRY(sort_rows(im));
    judge(im);
    struct chunk k = { .im = im };
    k.twins = malloc(IMPORT_CHUNK * sizeof(*k.twins));
    enum err e = k.twins ? OK : ERR_UNAVAILABLE;
    for (size_t from = 0; e == OK && from < im->n_rows; from = k.to) {
        k.from = from;
        k.to = from + IMPORT_CHUNK < im->n_rows ? from + IMPORT_CHUNK : im->n_rows;
        k.look_at_all = false;
        e = run_chunk(im, &k);
    }
    free(k.twins);
    free(k.there);
    im->n_rows = 0;
    return e;
}
