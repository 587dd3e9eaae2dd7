// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "csv.h"
#include "labels.h"

#include <stdlib.h>

struct reader {
    struct ph_context *c;
    const char *at;
    const char *end;
    size_t row; // of the record being read, the header being 1
    char cell[EV_CSV_CELL_MAX + 1];
    size_t cell_len;
    const struct ev_want *wants;
    size_t n_wants;
    int place[EV_CSV_COLUMNS_MAX]; // file column to its first want, -1: not wanted
    int next[EV_CSV_WANTS_MAX];    // the next want of the same file column, -1: none
    bool found[EV_CSV_WANTS_MAX];
    size_t columns;
    struct ev_table *table;
    struct ev_labels *labels[EV_CSV_WANTS_MAX]; // of the key columns
};

static enum ph_status put(struct reader *r, char ch)
{
    if (r->cell_len >= EV_CSV_CELL_MAX) {
        return ev_complain(r->c, PH_TOO_LARGE, "Row %zu: a cell is longer than %d bytes.", r->row,
            EV_CSV_CELL_MAX);
    }
    if (ch == '\0') {
        return ev_complain(r->c, PH_DATA, "Row %zu: a NUL byte; this is not a text file.", r->row);
    }
    r->cell[r->cell_len++] = ch;
    return PH_OK;
}

// Reads what is between the quotes; AT is behind the opening one, and is left behind the closing
// one.
static enum ph_status quoted(struct reader *r)
{
    while (r->at < r->end) {
        char ch = *r->at++;
        if (ch == '"') {
            if (r->at == r->end || *r->at != '"') {
                return PH_OK;
            }
            r->at++;
        }
        enum ph_status status = put(r, ch);
        if (status != PH_OK) {
            return status;
        }
    }
    return ev_complain(r->c, PH_DATA, "Row %zu: a quote is opened and not closed.", r->row);
}

static bool at_line_end(const struct reader *r)
{
    return r->at == r->end || *r->at == '\n' ||
           (*r->at == '\r' && r->at + 1 < r->end && r->at[1] == '\n');
}

// Reads one cell into r->cell; AT is left on the comma or line end behind it.
static enum ph_status next_cell(struct reader *r)
{
    enum ph_status status = PH_OK;
    r->cell_len = 0;
    if (r->at < r->end && *r->at == '"') {
        r->at++;
        status = quoted(r);
        if (status == PH_OK && !at_line_end(r) && *r->at != ',') {
            status = ev_complain(r->c, PH_DATA, "Row %zu: text behind a closing quote.", r->row);
        }
    } else {
        while (status == PH_OK && !at_line_end(r) && *r->at != ',') {
            status = put(r, *r->at++);
        }
    }
    r->cell[r->cell_len] = '\0';
    return status;
}

static void skip_line_end(struct reader *r)
{
    if (r->at < r->end && *r->at == '\r') {
        r->at++;
    }
    if (r->at < r->end) {
        r->at++;
    }
    r->row++;
}

// Notes which wants the header's cell just read answers.
static enum ph_status place(struct reader *r)
{
    int *last = &r->place[r->columns];
    *last = -1;
    for (size_t w = 0; w < r->n_wants; w++) {
        if (strcmp(r->wants[w].name, r->cell) != 0) {
            continue;
        }
        if (r->found[w]) {
            return ev_complain(r->c, PH_DATA, "Two columns are named %.100s.", r->wants[w].name);
        }
        r->found[w] = true;
        r->next[w] = -1;
        *last = (int)w;
        last = &r->next[w];
    }
    return PH_OK;
}

// Finds the wanted columns in the header.
static enum ph_status header(struct reader *r)
{
    for (bool more = true; more;) {
        enum ph_status status = next_cell(r);
        if (status == PH_OK && r->columns == EV_CSV_COLUMNS_MAX) {
            status = ev_complain(
                r->c, PH_TOO_LARGE, "There are more than %d columns.", EV_CSV_COLUMNS_MAX);
        }
        if (status == PH_OK) {
            status = place(r);
        }
        if (status != PH_OK) {
            return status;
        }
        r->columns++;
        more = r->at < r->end && *r->at == ',';
        r->at += more;
    }
    skip_line_end(r);
    for (size_t w = 0; w < r->n_wants; w++) {
        if (!r->found[w]) {
            return ev_complain(r->c, PH_DATA, "There is no column %.100s.", r->wants[w].name);
        }
    }
    return PH_OK;
}

bool ev_csv_has(struct ph_context *c, const char *data, size_t len, const char *name)
{
    struct reader *r = ev_take(c, 1, sizeof(*r));
    bool has = false;
    if (r) {
        bool mark = len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0;
        *r = (struct reader){ .c = c, .at = data + (mark ? 3 : 0), .end = data + len, .row = 1 };
        for (bool more = true; more && !has && next_cell(r) == PH_OK;) {
            has = strcmp(r->cell, name) == 0;
            more = r->at < r->end && *r->at == ',';
            r->at += more;
        }
    }
    ev_give_back(c, r);
    return has;
}

static void trim(struct reader *r)
{
    size_t from = 0;
    while (r->cell_len > 0 && r->cell[r->cell_len - 1] == ' ') {
        r->cell_len--;
    }
    while (from < r->cell_len && r->cell[from] == ' ') {
        from++;
    }
    memmove(r->cell, r->cell + from, r->cell_len - from);
    r->cell_len -= from;
    r->cell[r->cell_len] = '\0';
}

static enum ph_status store(struct reader *r, size_t w)
{
    struct ph_column *col = &r->table->columns[w];
    size_t row = r->table->frame.rows;
    // The table owns these; the frame only lends them out as const.
    if (r->cell_len == 0) {
        ((uint8_t *)(uintptr_t)col->missing)[row] = 1;
        return PH_OK;
    }
    if (col->kind == PH_KEY) {
        int32_t key = ev_labels_key(r->labels[w], r->cell, r->cell_len);
        ((int32_t *)(uintptr_t)col->key)[row] = key;
        return key >= 0 ? PH_OK : PH_NO_MEMORY;
    }
    if (!ev_number(r->cell, r->cell_len, &((double *)(uintptr_t)col->real)[row])) {
        return ev_complain(r->c, PH_DATA,
            "Row %zu, %.60s: \"%.40s\" is not a number; leave the cell empty if it is missing.",
            r->row, r->wants[w].name, r->cell);
    }
    return PH_OK;
}

static enum ph_status record(struct reader *r)
{
    size_t n = 0;
    for (bool more = true; more; n++) {
        enum ph_status status = next_cell(r);
        if (status == PH_OK && n >= r->columns) {
            status = ev_complain(
                r->c, PH_DATA, "Row %zu has more than the header's %zu cells.", r->row, r->columns);
        }
        if (status == PH_OK && r->place[n] >= 0) {
            trim(r);
        }
        for (int w = status == PH_OK ? r->place[n] : -1; status == PH_OK && w >= 0;
             w = r->next[w]) {
            status = store(r, (size_t)w);
        }
        if (status != PH_OK) {
            return status;
        }
        more = r->at < r->end && *r->at == ',';
        r->at += more;
    }
    if (n < r->columns) {
        return ev_complain(r->c, PH_DATA, "Row %zu has %zu cell%s; the header has %zu.", r->row, n,
            n == 1 ? "" : "s", r->columns);
    }
    r->table->row_number[r->table->frame.rows++] = r->row;
    skip_line_end(r);
    return PH_OK;
}

static size_t rows_at_most(const char *data, size_t len)
{
    size_t rows = 1;
    for (size_t i = 0; i < len; i++) {
        rows += data[i] == '\n';
    }
    return rows;
}

static enum ph_status room(struct reader *r, size_t rows)
{
    struct ev_table *t = r->table;
    t->columns = ev_take(r->c, r->n_wants, sizeof(*t->columns));
    t->labels = ev_take(r->c, r->n_wants, sizeof(struct ev_labels *));
    t->row_number = ev_take(r->c, rows, sizeof(size_t));
    bool whole = t->columns && t->labels && t->row_number;
    t->frame = (struct ph_frame){
        .columns = whole ? r->n_wants : 0, .column = t->columns, .row_number = t->row_number
    };
    for (size_t w = 0; whole && w < r->n_wants; w++) {
        struct ph_column *col = &t->columns[w];
        *col = (struct ph_column){ .name = r->wants[w].name, .kind = r->wants[w].kind };
        whole = (col->missing = ev_take(r->c, rows, 1)) != NULL;
        if (whole && col->kind == PH_REAL) {
            whole = (col->real = ev_take(r->c, rows, sizeof(double))) != NULL;
        } else if (whole) {
            whole = (col->key = ev_take(r->c, rows, sizeof(int32_t))) != NULL &&
                    (t->labels[w] = r->labels[w] = ev_labels_new(r->c)) != NULL;
        }
    }
    return whole ? PH_OK : PH_NO_MEMORY;
}

// Numbers the keys by their labels' order, so that they don't depend on the order of rows.
static enum ph_status settle_keys(struct reader *r)
{
    enum ph_status status = PH_OK;
    for (size_t w = 0; status == PH_OK && w < r->n_wants; w++) {
        struct ph_column *col = &r->table->columns[w];
        if (col->kind == PH_KEY) {
            status = ev_labels_settle(r->labels[w], (int32_t *)(uintptr_t)col->key,
                r->table->frame.rows, &col->label, &col->labels);
        }
    }
    return status;
}

static enum ph_status read_all(struct reader *r, const char *data, size_t len)
{
    size_t rows = rows_at_most(data, len);
    if (rows > EV_CSV_ROWS_MAX) {
        return ev_complain(r->c, PH_TOO_LARGE, "There are more than %d rows.", EV_CSV_ROWS_MAX);
    }
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        r->at += 3;
    }
    if (r->at == r->end) {
        return ev_complain(r->c, PH_DATA, "The file is empty.");
    }
    enum ph_status status = room(r, rows);
    if (status == PH_OK) {
        status = header(r);
    }
    while (status == PH_OK && r->at < r->end) {
        if (at_line_end(r)) {
            skip_line_end(r); // a blank line is no row, but is counted
        } else {
            status = record(r);
        }
    }
    return status == PH_OK ? settle_keys(r) : status;
}

enum ph_status ev_csv_read(struct ph_context *c, const char *data, size_t len,
    const struct ev_want *wants, size_t n_wants, struct ev_table **ret_table)
{
    if (len > EV_CSV_BYTES_MAX || n_wants > EV_CSV_WANTS_MAX) {
        return ev_complain(c, PH_TOO_LARGE,
            "The file is over %d MB, or more than %d columns are asked for.",
            EV_CSV_BYTES_MAX >> 20, EV_CSV_WANTS_MAX);
    }
    struct reader *r = ev_take(c, 1, sizeof(*r));
    if (!r) {
        return PH_NO_MEMORY;
    }
    *r = (struct reader){
        .c = c, .at = data, .end = data + len, .row = 1, .wants = wants, .n_wants = n_wants
    };
    r->table = ev_take(c, 1, sizeof(*r->table));
    enum ph_status status = r->table ? read_all(r, data, len) : PH_NO_MEMORY;
    struct ev_table *t = r->table;
    ev_give_back(c, r);
    if (status != PH_OK) {
        ev_table_free(c, t);
        return status;
    }
    *ret_table = t;
    return PH_OK;
}

void ev_table_free(struct ph_context *c, struct ev_table *t)
{
    if (!t) {
        return;
    }
    for (size_t w = 0; w < t->frame.columns; w++) {
        ev_give_back(c, (void *)(uintptr_t)t->columns[w].real);
        ev_give_back(c, (void *)(uintptr_t)t->columns[w].key);
        ev_give_back(c, (void *)(uintptr_t)t->columns[w].missing);
        ev_labels_free(t->labels[w]);
    }
    ev_give_back(c, t->columns);
    ev_give_back(c, t->labels);
    ev_give_back(c, t->row_number);
    ev_give_back(c, t);
}
