// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "csv.h"

#include <locale.h>
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
    int place[EV_CSV_COLUMNS_MAX]; // file column to want, -1: not wanted
    size_t columns;
    struct ev_table *table;
    struct label *labels[EV_CSV_WANTS_MAX]; // open addressing, for the key columns
    size_t n_labels[EV_CSV_WANTS_MAX];
    size_t slots;
    char *text; // the labels' letters
    size_t text_len;
};

struct label {
    const char *text; // NULL: free
    size_t len;
    int32_t key;
};

static bool digits(const char **p, const char *end)
{
    const char *from = *p;
    while (*p < end && **p >= '0' && **p <= '9') {
        (*p)++;
    }
    return *p > from;
}

bool ev_number(const char *text, size_t len, double *ret_value)
{
    const char *p = text;
    const char *end = text + len;
    char copy[EV_CSV_CELL_MAX + 1];
    if (len == 0 || len > EV_CSV_CELL_MAX) {
        return false;
    }
    if (*p == '+' || *p == '-') {
        p++;
    }
    bool whole = digits(&p, end);
    bool part = false;
    if (p < end && *p == '.') {
        p++;
        part = digits(&p, end);
    }
    if (!whole && !part) {
        return false;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) {
            p++;
        }
        if (!digits(&p, end)) {
            return false;
        }
    }
    if (p != end) {
        return false;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (!plain) {
        return false;
    }
    double value = strtod_l(copy, NULL, plain);
    freelocale(plain);
    if (!isfinite(value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

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

// Finds the wanted columns in the header.
static enum ph_status header(struct reader *r)
{
    bool found[EV_CSV_WANTS_MAX] = { false };
    for (bool more = true; more;) {
        enum ph_status status = next_cell(r);
        if (status != PH_OK) {
            return status;
        }
        if (r->columns == EV_CSV_COLUMNS_MAX) {
            return ev_complain(
                r->c, PH_TOO_LARGE, "There are more than %d columns.", EV_CSV_COLUMNS_MAX);
        }
        r->place[r->columns] = -1;
        for (size_t w = 0; w < r->n_wants; w++) {
            if (strcmp(r->wants[w].name, r->cell) != 0) {
                continue;
            }
            if (found[w]) {
                return ev_complain(
                    r->c, PH_DATA, "Two columns are named %.100s.", r->wants[w].name);
            }
            found[w] = true;
            r->place[r->columns] = (int)w;
        }
        r->columns++;
        more = r->at < r->end && *r->at == ',';
        r->at += more;
    }
    skip_line_end(r);
    for (size_t w = 0; w < r->n_wants; w++) {
        if (!found[w]) {
            return ev_complain(r->c, PH_DATA, "There is no column %.100s.", r->wants[w].name);
        }
    }
    return PH_OK;
}

// The cell's number among the labels of column W, given one if it is new. There are twice as many
// slots as rows, so a free one is always met.
static int32_t key_of(struct reader *r, size_t w)
{
    uint64_t hash = UINT64_C(14695981039346656037) ^ r->c->seed; // FNV-1a
    for (size_t i = 0; i < r->cell_len; i++) {
        hash = (hash ^ (unsigned char)r->cell[i]) * UINT64_C(1099511628211);
    }
    size_t slot = (size_t)(hash ^ (hash >> 32)) & (r->slots - 1);
    struct label *l = &r->labels[w][slot];
    while (l->text && (l->len != r->cell_len || memcmp(l->text, r->cell, l->len) != 0)) {
        slot = (slot + 1) & (r->slots - 1);
        l = &r->labels[w][slot];
    }
    if (!l->text) {
        memcpy(r->text + r->text_len, r->cell, r->cell_len);
        *l = (struct label){ r->text + r->text_len, r->cell_len, (int32_t)r->n_labels[w]++ };
        r->text_len += r->cell_len;
    }
    return l->key;
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
    trim(r);
    // The table owns these; the frame only lends them out as const.
    if (r->cell_len == 0) {
        ((uint8_t *)(uintptr_t)col->missing)[row] = 1;
        return PH_OK;
    }
    if (col->kind == PH_KEY) {
        ((int32_t *)(uintptr_t)col->key)[row] = key_of(r, w);
        return PH_OK;
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
            status = store(r, (size_t)r->place[n]);
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

static enum ph_status room(struct reader *r, size_t rows, size_t len)
{
    struct ev_table *t = r->table;
    r->slots = 16;
    while (r->slots < 2 * rows) {
        r->slots *= 2;
    }
    bool keys = false;
    bool whole = (t->row_number = ev_take(r->c, rows, sizeof(size_t))) != NULL;
    for (size_t w = 0; whole && w < r->n_wants; w++) {
        struct ph_column *col = &t->columns[w];
        *col = (struct ph_column){ .name = r->wants[w].name, .kind = r->wants[w].kind };
        whole = (col->missing = ev_take(r->c, rows, 1)) != NULL;
        if (whole && col->kind == PH_REAL) {
            whole = (col->real = ev_take(r->c, rows, sizeof(double))) != NULL;
        } else if (whole) {
            keys = true;
            whole = (col->key = ev_take(r->c, rows, sizeof(int32_t))) != NULL &&
                    (r->labels[w] = ev_take(r->c, r->slots, sizeof(struct label))) != NULL;
        }
    }
    if (whole && keys) {
        whole = (r->text = ev_take(r->c, len, 1)) != NULL;
    }
    t->frame.columns = r->n_wants;
    t->frame.column = t->columns;
    t->frame.row_number = t->row_number;
    return whole ? PH_OK : PH_NO_MEMORY;
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
    enum ph_status status = room(r, rows, len);
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
    return status;
}

enum ph_status ev_csv_read(struct ph_context *c, const char *data, size_t len,
    const struct ev_want *wants, size_t n_wants, struct ev_table **ret_table)
{
    if (len > EV_CSV_BYTES_MAX || n_wants > EV_CSV_WANTS_MAX) {
        return ev_complain(c, PH_TOO_LARGE, "The file is over %d MB.", EV_CSV_BYTES_MAX >> 20);
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
    for (size_t w = 0; w < n_wants; w++) {
        ev_give_back(c, r->labels[w]);
    }
    ev_give_back(c, r->text);
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
    for (size_t w = 0; w < EV_CSV_WANTS_MAX; w++) {
        ev_give_back(c, (void *)(uintptr_t)t->columns[w].real);
        ev_give_back(c, (void *)(uintptr_t)t->columns[w].key);
        ev_give_back(c, (void *)(uintptr_t)t->columns[w].missing);
    }
    ev_give_back(c, t->row_number);
    ev_give_back(c, t);
}
