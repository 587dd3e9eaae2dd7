// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "sums.h"

const char *ev_column_name(const struct ph_frame *f, int32_t column, char *buf, size_t size)
{
    if (column >= 0 && (size_t)column < f->columns && f->column[column].name) {
        return f->column[column].name;
    }
    snprintf(buf, size, "column %d", (int)column + 1);
    return buf;
}

size_t ev_row(const struct ph_frame *f, size_t row)
{
    return f->row_number ? f->row_number[row] : row + 1;
}

bool ev_cell_missing(const struct ph_frame *f, int32_t column, size_t row)
{
    const uint8_t *missing = f->column[column].missing;
    return missing && missing[row];
}

double ev_cell(const struct ph_frame *f, int32_t column, size_t row)
{
    return f->column[column].real[row];
}

int32_t ev_cell_key(const struct ph_frame *f, int32_t column, size_t row)
{
    return f->column[column].key[row];
}

enum ph_status ev_column_check_kind(struct ph_context *c, const struct ph_frame *f, int32_t column,
    enum ph_column_kind kind, const char *role)
{
    char buf[24];
    if (!f || (f->columns > 0 && !f->column)) {
        return ev_complain(c, PH_INVALID, "A frame is needed.");
    }
    if (f->rows > ROWS_MAX) {
        return ev_complain(c, PH_TOO_LARGE, "A frame may have %d rows at most.", ROWS_MAX);
    }
    if (column < 0 || (size_t)column >= f->columns) {
        return ev_complain(c, PH_INVALID, "The %s column does not exist in the frame.", role);
    }
    const struct ph_column *col = &f->column[column];
    if (col->kind != kind || (kind == PH_REAL ? !col->real : !col->key)) {
        return ev_complain(c, PH_INVALID, "The %s column (%s) must hold %s.", role,
            ev_column_name(f, column, buf, sizeof(buf)), kind == PH_REAL ? "numbers" : "keys");
    }
    return PH_OK;
}

enum ph_status ev_column_check(struct ph_context *c, const struct ph_frame *f, int32_t column,
    enum ph_column_kind kind, const char *role)
{
    char buf[24];
    enum ph_status status = ev_column_check_kind(c, f, column, kind, role);
    const struct ph_column *col = status == PH_OK ? &f->column[column] : NULL;
    if (!col || kind != PH_REAL || ev_all_fit(col->real, f->rows)) {
        return status;
    }
    for (size_t i = 0; i < f->rows; i++) { // missing cells may hold anything
        if (ev_cell_missing(f, column, i) || fabs(col->real[i]) < EV_LARGEST) {
            continue;
        }
        const char *name = ev_column_name(f, column, buf, sizeof(buf));
        if (!isfinite(col->real[i])) {
            return ev_complain(
                c, PH_DATA, "Row %zu, %s: the value is not a finite number.", ev_row(f, i), name);
        }
        return ev_complain(c, PH_DATA,
            "Row %zu, %s: %g is too large to compute with; use a larger unit, or leave the cell "
            "empty if it is missing.",
            ev_row(f, i), name, col->real[i]);
    }
    return PH_OK;
}

enum ph_status ev_column_check_01(
    struct ph_context *c, const struct ph_frame *f, int32_t column, const char *role)
{
    enum ph_status status = ev_column_check(c, f, column, PH_REAL, role);
    if (status != PH_OK || ev_all_01(f->column[column].real, f->rows)) {
        return status;
    }
    for (size_t i = 0; i < f->rows; i++) {
        double v = ev_cell_missing(f, column, i) ? 0 : ev_cell(f, column, i);
        if (v != 0 && v != 1) {
            char buf[24];
            return ev_complain(c, PH_DATA, "Row %zu, %s: the %s must be 0 or 1, not %g.",
                ev_row(f, i), ev_column_name(f, column, buf, sizeof(buf)), role, v);
        }
    }
    return PH_OK;
}
