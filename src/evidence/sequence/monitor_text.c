// SPDX-License-Identifier: Apache-2.0
// A monitor's state as text and back. Numbers are written as their bits, so that a resumed monitor
// is the same monitor. Read back is only what this file would have written: a text is parsed,
// checked for sense, written again, and compared byte by byte.
#include "sequence.h"

#include <inttypes.h>

static const char title[] = "pilothouse-monitor 1\n";

// Every field of the state as 64 bits, in this order for ever.
enum { FIELDS = 23 };

static uint64_t bits_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof(bits));
    return bits;
}

static double number_of(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof(v));
    return v;
}

static void to_fields(const struct ph_monitor *m, uint64_t field[FIELDS])
{
    const struct ph_monitor_options *o = &m->options;
    const double numbers[] = { o->level, o->tuned_for, o->null_value, o->lo, o->hi, o->sd,
        o->truncation, m->group[0].n, m->group[0].mean, m->group[0].squares, m->group[1].n,
        m->group[1].mean, m->group[1].squares, m->bets, m->bet_outcomes, m->cost_lo, m->cost_hi,
        m->spread };
    size_t at = 0;
    field[at++] = (uint64_t)o->kind;
    field[at++] = (uint64_t)o->design;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        field[at++] = bits_of(numbers[i]);
    }
    field[at++] = m->dropped[PH_DROP_OUTCOME];
    field[at++] = m->dropped[PH_DROP_GROUP];
    field[at] = m->n_dropped;
}

// Into a monitor of zeros.
static void from_fields(const uint64_t field[FIELDS], struct ph_monitor *m)
{
    struct ph_monitor_options *o = &m->options;
    double *const numbers[] = { &o->level, &o->tuned_for, &o->null_value, &o->lo, &o->hi, &o->sd,
        &o->truncation, &m->group[0].n, &m->group[0].mean, &m->group[0].squares, &m->group[1].n,
        &m->group[1].mean, &m->group[1].squares, &m->bets, &m->bet_outcomes, &m->cost_lo,
        &m->cost_hi, &m->spread };
    size_t at = 0;
    // Anything past the known kinds becomes one that the check of options refuses.
    uint64_t kind = field[at++];
    uint64_t design = field[at++];
    o->kind = (enum ph_monitor_kind)(kind > 100 ? 100 : kind);
    o->design = (enum ph_design)(design > 100 ? 100 : design);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        *numbers[i] = number_of(field[at++]);
    }
    m->dropped[PH_DROP_OUTCOME] = (size_t)field[at++];
    m->dropped[PH_DROP_GROUP] = (size_t)field[at++];
    m->n_dropped = (size_t)field[at];
}

// FNV-1a (Fowler, Noll & Vo): finds damage; forgery is the business of whoever keeps the text.
static uint64_t sum_of(const char *text, size_t len)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    }
    return sum;
}

static size_t write_state(const struct ph_monitor *m, char text[PH_MONITOR_TEXT_MAX])
{
    uint64_t field[FIELDS];
    to_fields(m, field);
    size_t at = sizeof(title) - 1;
    memcpy(text, title, at);
    for (size_t i = 0; i < FIELDS; i++) {
        at += (size_t)snprintf(text + at, PH_MONITOR_TEXT_MAX - at, "%016" PRIx64 "\n", field[i]);
    }
    uint64_t sum = sum_of(text, at);
    return at + (size_t)snprintf(text + at, PH_MONITOR_TEXT_MAX - at, "sum %016" PRIx64 "\n", sum);
}

static bool group_makes_sense(const struct ph_monitor *m, int g)
{
    double n = m->group[g].n;
    double mean = m->group[g].mean;
    double squares = m->group[g].squares;
    bool empty = n == 0 && mean == 0 && squares == 0;
    if (g == 1 && m->options.kind != PH_MONITOR_DIFFERENCE) {
        return empty;
    }
    return empty || (n >= 1 && n <= 0x1p53 && n == floor(n) && isfinite(mean) && squares >= 0 &&
                        isfinite(squares) && (n > 1 || squares == 0));
}

static bool bets_make_sense(const struct ph_monitor *m)
{
    const struct ph_monitor_options *o = &m->options;
    const double slack = 1 + 1e-6;
    double n = m->group[0].n;
    const double sums[] = { m->bets, m->bet_outcomes, m->cost_lo, m->cost_hi, m->spread };
    bool used = o->kind == PH_MONITOR_BERNSTEIN && n > 0;
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        if (!(sums[i] >= 0) || !isfinite(sums[i]) || (!used && sums[i] > 0)) {
            return false;
        }
    }
    if (!used) {
        return true;
    }
    double most = n * (-log1p(-o->truncation) - o->truncation) * slack;
    return m->bets > 0 && m->bets <= n * o->truncation * slack &&
           m->bet_outcomes <= m->bets * slack && m->spread <= n * slack && m->cost_lo <= most &&
           m->cost_hi <= most;
}

static bool makes_sense(const struct ph_monitor *m)
{
    const struct ph_monitor_options *o = &m->options;
    bool bounded = o->kind == PH_MONITOR_BERNSTEIN || o->kind == PH_MONITOR_HOEFFDING;
    double mean = m->group[0].mean;
    double slack = 1e-9 * (o->hi - o->lo);
    if (bounded && m->group[0].n > 0 && !(mean >= o->lo - slack && mean <= o->hi + slack)) {
        return false;
    }
    // No spread is wider than half of the rows at each bound.
    double range = o->hi - o->lo;
    if (bounded && !(m->group[0].squares <= m->group[0].n * range * range / 4 * (1 + 1e-6))) {
        return false;
    }
    size_t dropped = m->dropped[PH_DROP_OUTCOME] + m->dropped[PH_DROP_GROUP];
    bool counted = m->n_dropped == dropped && m->dropped[PH_DROP_OUTCOME] <= m->n_dropped &&
                   m->n_dropped <= (size_t)1 << 53;
    return counted && group_makes_sense(m, 0) && group_makes_sense(m, 1) && bets_make_sense(m) &&
           m->group[0].n + m->group[1].n <= 0x1p53;
}

enum ph_status ph_monitor_save(
    struct ph_context *c, const struct ph_monitor *m, char ret_text[PH_MONITOR_TEXT_MAX])
{
    enum ph_status status = ev_begin(c, m, m ? m->options.version : 0, ret_text);
    if (status == PH_OK) {
        status = ev_monitor_check_options(c, &m->options);
    }
    if (status == PH_OK && !makes_sense(m)) {
        status = ev_complain(c, PH_INVALID, "The monitor's state is not one that rows make.");
    }
    if (status == PH_OK) {
        (void)write_state(m, ret_text);
    }
    return status;
}

static int hex_digit(char ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static bool read_fields(const char *text, size_t len, uint64_t field[FIELDS])
{
    size_t at = sizeof(title) - 1;
    if (len < at + FIELDS * 17 || memcmp(text, title, at) != 0) {
        return false;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        field[i] = 0;
        for (int d = 0; d < 16; d++) {
            int digit = hex_digit(text[at++]);
            if (digit < 0) {
                return false;
            }
            field[i] = field[i] << 4 | (uint64_t)digit;
        }
        at++; // the line's end is compared below
    }
    return true;
}

enum ph_status ph_monitor_load(
    struct ph_context *c, const char *text, size_t len, struct ph_monitor *ret_monitor)
{
    enum ph_status status = ev_begin(c, text, PH_VERSION, ret_monitor);
    if (status != PH_OK) {
        return status;
    }
    uint64_t field[FIELDS];
    char again[PH_MONITOR_TEXT_MAX];
    if (!read_fields(text, len, field)) {
        return ev_complain(c, PH_DATA, "This is not the saved state of a monitor of version 1.");
    }
    struct ph_monitor m = { .options.version = PH_VERSION };
    from_fields(field, &m);
    if (write_state(&m, again) != len || memcmp(text, again, len) != 0) {
        return ev_complain(
            c, PH_DATA, "The saved state is damaged: its checksum does not fit. Use a copy.");
    }
    if (ev_monitor_check_options(c, &m.options) != PH_OK || !makes_sense(&m)) {
        return ev_complain(c, PH_DATA, "The saved state is not one that any rows could make.");
    }
    *ret_monitor = m;
    return PH_OK;
}
