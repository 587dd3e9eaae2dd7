// SPDX-License-Identifier: Apache-2.0
// The input's hash: of what the run reads, whatever it came from, so that a table in a database and
// the file that was published of it have the same.
#include "run.h"

#include "sha256.h"

static void add_real(struct ev_sha256 *s, double value)
{
    uint64_t bits;
    uint8_t bytes[9] = { 'r' };
    value += 0.0; // -0 is 0
    memcpy(&bits, &value, sizeof(bits));
    for (size_t i = 0; i < 8; i++) {
        bytes[1 + i] = (uint8_t)(bits >> (8 * i));
    }
    ev_sha256_add(s, bytes, sizeof(bytes));
}

// A key by what it is called, or else its number in digits.
static void add_key(struct ev_sha256 *s, const struct ph_column *column, int32_t key)
{
    char digits[16];
    const char *name = digits;
    if (column->label && key >= 0 && (size_t)key < column->labels && column->label[key]) {
        name = column->label[key];
    } else {
        snprintf(digits, sizeof(digits), "%d", key);
    }
    ev_sha256_add(s, "k", 1);
    ev_sha256_add(s, name, strlen(name) + 1);
}

enum ph_status ev_run_digest(struct run *r, char ret_hex[65])
{
    struct ev_sha256 s;
    ev_sha256_start(&s);
    for (size_t k = 0; k < r->p->n_needs; k++) {
        const struct plan_need *need = &r->p->need[k];
        int32_t at = PH_NONE;
        enum ph_status status = ev_run_find(r, need->name, need->kind, &at);
        if (status != PH_OK) {
            return status;
        }
        ev_sha256_add(&s, need->name, strlen(need->name) + 1);
        for (size_t i = 0; i < r->f->rows; i++) {
            if (ev_cell_missing(r->f, at, i)) {
                ev_sha256_add(&s, "m", 1);
            } else if (need->kind == PH_REAL) {
                add_real(&s, ev_cell(r->f, at, i));
            } else {
                add_key(&s, &r->f->column[at], ev_cell_key(r->f, at, i));
            }
        }
    }
    ev_sha256_end(&s, ret_hex);
    return PH_OK;
}
