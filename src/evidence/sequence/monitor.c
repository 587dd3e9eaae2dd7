// SPDX-License-Identifier: Apache-2.0
// Monitors: what is summed row by row, and the interval that holds at every look.
#include "sequence.h"

enum { LARGE_ENOUGH = 50 };

static bool bounded(enum ph_monitor_kind kind)
{
    return kind == PH_MONITOR_BERNSTEIN || kind == PH_MONITOR_HOEFFDING;
}

enum ph_status ev_monitor_check_options(struct ph_context *c, const struct ph_monitor_options *o)
{
    enum ph_status status = ev_check_level(c, o->level);
    if (status != PH_OK) {
        return status;
    }
    if (o->kind < PH_MONITOR_MEAN || o->kind > PH_MONITOR_HOEFFDING) {
        return ev_complain(c, PH_INVALID, "The kind of monitor is not known.");
    }
    if (!(o->tuned_for >= 1 && o->tuned_for <= 0x1p53)) {
        return ev_complain(c, PH_INVALID, "Say for how many rows to tune: a number from 1 up.");
    }
    if (!isfinite(o->null_value)) {
        return ev_complain(c, PH_INVALID, "The null value must be a number.");
    }
    if (bounded(o->kind) && (!(o->hi > o->lo) || !isfinite(o->hi - o->lo))) {
        return ev_complain(c, PH_INVALID, "The outcome's lower bound must be below its upper one.");
    }
    if (o->kind == PH_MONITOR_NORMAL && !(o->sd > 0 && isfinite(o->sd * o->sd))) {
        return ev_complain(c, PH_INVALID, "Give the outcome's standard deviation, above 0.");
    }
    if (o->kind == PH_MONITOR_BERNSTEIN && !(o->truncation > 0 && o->truncation < 1)) {
        return ev_complain(c, PH_INVALID, "The truncation must lie between 0 and 1, as 0.5.");
    }
    if (o->design < PH_DESIGN_UNSTATED || o->design > PH_DESIGN_BEFORE_AFTER) {
        return ev_complain(c, PH_INVALID, "The design is not known.");
    }
    return PH_OK;
}

static bool absent(const struct ph_frame *f, const struct ph_monitor_columns *columns, size_t row)
{
    return ev_cell_missing(f, columns->outcome, row) ||
           (columns->trials != PH_NONE && ev_cell_missing(f, columns->trials, row)) ||
           (columns->treat != PH_NONE && ev_cell_missing(f, columns->treat, row));
}

static enum ph_status check_values(struct ph_context *c, const struct ph_monitor_options *o,
    const struct ph_frame *f, const struct ph_monitor_columns *columns)
{
    for (size_t i = 0; i < f->rows; i++) {
        if (absent(f, columns, i)) {
            continue;
        }
        double x = ev_cell(f, columns->outcome, i);
        if (columns->trials != PH_NONE) {
            double n = ev_cell(f, columns->trials, i);
            bool whole = x == floor(x) && n == floor(n);
            if (!(x >= 0 && x <= n && n <= 0x1p40) || !whole) {
                return ev_complain(c, PH_DATA,
                    "Row %zu: successes and trials must be whole, and no more successes than "
                    "trials.",
                    ev_row(f, i));
            }
        } else if (bounded(o->kind) && !(x >= o->lo && x <= o->hi)) {
            return ev_complain(c, PH_DATA,
                "Row %zu: %.15g is outside the bounds %.15g to %.15g that were stated.",
                ev_row(f, i), x, o->lo, o->hi);
        }
    }
    return PH_OK;
}

enum ph_status ev_monitor_check_columns(struct ph_context *c, const struct ph_monitor_options *o,
    const struct ph_frame *f, const struct ph_monitor_columns *columns)
{
    bool counts = columns->trials != PH_NONE;
    if (counts && (o->kind == PH_MONITOR_BERNSTEIN || o->kind == PH_MONITOR_NORMAL)) {
        return ev_complain(c, PH_UNSUPPORTED,
            "This monitor needs one outcome a row; counts of trials have lost their order.");
    }
    if (counts && o->kind == PH_MONITOR_HOEFFDING && (o->lo != 0 || o->hi != 1)) {
        return ev_complain(c, PH_INVALID, "Counts of trials go with the bounds 0 and 1.");
    }
    if ((columns->treat != PH_NONE) != (o->kind == PH_MONITOR_DIFFERENCE)) {
        return ev_complain(c, PH_INVALID,
            o->kind == PH_MONITOR_DIFFERENCE ? "A difference needs a treatment column."
                                             : "This monitor follows one group; leave treat out.");
    }
    enum ph_status status = ev_column_check(c, f, columns->outcome, PH_REAL, "outcome");
    if (status == PH_OK && counts) {
        status = ev_column_check(c, f, columns->trials, PH_REAL, "trials");
    }
    if (status == PH_OK && columns->treat != PH_NONE) {
        status = ev_column_check_01(c, f, columns->treat, "treatment");
    }
    return status == PH_OK ? check_values(c, o, f, columns) : status;
}

// Waudby-Smith & Ramdas (2024, JRSS-B 86:1), theorem 2: the bet for row T is known before the row.
double ev_next_bet(double t, double spread, double alpha)
{
    double variance = (0.25 + spread) / t;
    return sqrt(2 * log(1 / alpha) / (t * log1p(t) * variance));
}

static double unit_of(const struct ph_monitor_options *o, double value)
{
    return (value - o->lo) / (o->hi - o->lo);
}

static void bernstein_row(struct ph_monitor *m, double value)
{
    const struct ph_monitor_options *o = &m->options;
    double x = unit_of(o, value);
    double before = m->group[0].n;
    double t = before + 1;
    double bet = fmin(o->truncation, ev_next_bet(t, m->spread, (1 - o->level) / 2));
    double mean = before > 0 ? unit_of(o, m->group[0].mean) : 0;
    double psi = -log1p(-bet) - bet;
    // Before the first row the lower limit's guess of the mean is 0, the upper one's is 1.
    double gap_lo = x - mean;
    double gap_hi = before > 0 ? gap_lo : x - 1;
    m->bets += bet;
    m->bet_outcomes += bet * x;
    m->cost_lo += gap_lo * gap_lo * psi;
    m->cost_hi += gap_hi * gap_hi * psi;
    double after = mean + (x - mean) / t;
    double shrunk = (0.5 + t * after) / (t + 1);
    m->spread += (x - shrunk) * (x - shrunk);
}

void ev_monitor_row(struct ph_monitor *m, const struct ph_frame *f,
    const struct ph_monitor_columns *columns, size_t row)
{
    if (absent(f, columns, row)) {
        bool group = columns->treat != PH_NONE && ev_cell_missing(f, columns->treat, row);
        bool outcome = ev_cell_missing(f, columns->outcome, row);
        m->dropped[group && !outcome ? PH_DROP_GROUP : PH_DROP_OUTCOME]++;
        m->n_dropped++;
        return;
    }
    double value = ev_cell(f, columns->outcome, row);
    double weight = columns->trials == PH_NONE ? 1 : ev_cell(f, columns->trials, row);
    if (weight == 0) {
        return; // no trials, nothing learned
    }
    if (m->options.kind == PH_MONITOR_BERNSTEIN) {
        bernstein_row(m, value);
    }
    size_t g = columns->treat != PH_NONE && ev_cell(f, columns->treat, row) == 1;
    double share = value / weight;
    double inner = weight > 1 ? value * (1 - share) : 0; // squares within the row's trials
    // Chan, Golub & LeVeque (1983, Am. Stat. 37:242)
    double n = m->group[g].n + weight;
    double gap = share - m->group[g].mean;
    m->group[g].squares += inner + gap * gap * (m->group[g].n * weight / n);
    m->group[g].mean += gap * (weight / n);
    m->group[g].n = n;
}

void ev_anytime_p(struct ph_result *r)
{
    r->p = r->log_e > 0 ? exp(-r->log_e) : 1;
}

struct ph_result ev_monitor_head(const struct ph_monitor *m, const char *convention)
{
    struct ph_result r = ev_result_blank(m->options.level, convention);
    r.anytime = true;
    r.n = (size_t)(m->group[0].n + m->group[1].n);
    r.n_dropped = m->n_dropped;
    memcpy(r.dropped, m->dropped, sizeof(r.dropped));
    ev_warn_dropped(&r);
    if (m->options.kind == PH_MONITOR_DIFFERENCE) {
        ev_grade_groups(&r, m->options.design);
    }
    return r;
}

// The normal mixture on a sum of N increments of standard deviation SD around the estimate.
static void mixture_into(const struct ph_monitor_options *o, double n, double sd, struct ph_look *l)
{
    struct ph_result *r = &l->head;
    double alpha = 1 - o->level;
    double rho = ev_normal_rho(o->tuned_for, alpha);
    l->half_width = sd * (ev_normal_bound(n, rho, alpha) / n);
    r->interval = (struct ph_interval){ r->estimate - l->half_width, r->estimate + l->half_width };
    r->log_e = ev_normal_log_e(n * ((r->estimate - o->null_value) / sd), n, rho);
    ev_anytime_p(r);
}

static void large_sample(const struct ph_monitor *m, struct ph_look *l)
{
    struct ph_result *r = &l->head;
    int groups = m->options.kind == PH_MONITOR_DIFFERENCE ? 2 : 1;
    double var = 0;
    double n = 0;
    for (int g = 0; g < groups; g++) {
        double k = m->group[g].n;
        if (k < 2) {
            r->warnings |= PH_WARN_TOO_EARLY;
            return;
        }
        if (m->group[g].squares <= 0) {
            r->warnings |= PH_WARN_NO_VARIATION;
        }
        r->warnings |= k < LARGE_ENOUGH ? PH_WARN_ASYMPTOTIC : 0;
        var += m->group[g].squares / (k - 1) / k;
        n += k;
    }
    if (!(var > 0)) {
        return; // no margin of error can be had
    }
    r->se = sqrt(var);
    mixture_into(&m->options, n, sqrt(n * var), l);
}

static void hoeffding(const struct ph_monitor *m, struct ph_look *l)
{
    const struct ph_monitor_options *o = &m->options;
    struct ph_result *r = &l->head;
    double n = m->group[0].n;
    double range = o->hi - o->lo;
    double alpha = 1 - o->level;
    double rho = ev_normal_rho(o->tuned_for / 4, alpha);
    l->half_width = range * (ev_normal_bound(n / 4, rho, alpha) / n);
    r->interval = (struct ph_interval){ fmax(r->estimate - l->half_width, o->lo),
        fmin(r->estimate + l->half_width, o->hi) };
    r->log_e = ev_normal_log_e(n * ((r->estimate - o->null_value) / range), n / 4, rho);
    ev_anytime_p(r);
}

static void bernstein(const struct ph_monitor *m, struct ph_look *l)
{
    const struct ph_monitor_options *o = &m->options;
    struct ph_result *r = &l->head;
    double range = o->hi - o->lo;
    double price = log(2 / (1 - o->level)); // of each side
    double centre = m->bet_outcomes / m->bets;
    double lo = centre - (price + m->cost_lo) / m->bets;
    double hi = centre + (price + m->cost_hi) / m->bets;
    r->interval = (struct ph_interval){ o->lo + range * fmax(lo, 0), o->lo + range * fmin(hi, 1) };
    double null = unit_of(o, o->null_value);
    double pull = m->bet_outcomes - null * m->bets;
    r->log_e = fmax(pull - m->cost_lo, -pull - m->cost_hi) - log(2);
    ev_anytime_p(r);
}

enum ph_status ev_monitor_look(
    struct ph_context *c, const struct ph_monitor *m, struct ph_look *ret_look)
{
    static const char *const convention[] = {
        [PH_MONITOR_MEAN] = "confidence-sequence.asymptotic.mean",
        [PH_MONITOR_DIFFERENCE] = "confidence-sequence.asymptotic.difference",
        [PH_MONITOR_NORMAL] = "confidence-sequence.normal-mixture",
        [PH_MONITOR_BERNSTEIN] = "confidence-sequence.empirical-bernstein",
        [PH_MONITOR_HOEFFDING] = "confidence-sequence.hoeffding-mixture",
    };
    const struct ph_monitor_options *o = &m->options;
    struct ph_look l = { .head = ev_monitor_head(m, convention[o->kind]),
        .time = m->group[0].n + m->group[1].n,
        .n = { m->group[0].n, m->group[1].n },
        .mean = { m->group[0].n > 0 ? m->group[0].mean : NAN,
            m->group[1].n > 0 ? m->group[1].mean : NAN },
        .half_width = NAN };
    struct ph_result *r = &l.head;
    r->df = INFINITY;
    bool two = o->kind == PH_MONITOR_DIFFERENCE;
    if (!(l.n[0] > 0) || (two && !(l.n[1] > 0))) {
        r->warnings |= PH_WARN_TOO_EARLY;
        *ret_look = l;
        return PH_OK;
    }
    r->estimate = two ? l.mean[1] - l.mean[0] : l.mean[0];
    switch (o->kind) {
    case PH_MONITOR_MEAN:
    case PH_MONITOR_DIFFERENCE:
        large_sample(m, &l);
        break;
    case PH_MONITOR_NORMAL:
        r->se = o->sd / sqrt(l.n[0]);
        mixture_into(o, l.n[0], o->sd, &l);
        break;
    case PH_MONITOR_BERNSTEIN:
        bernstein(m, &l);
        break;
    case PH_MONITOR_HOEFFDING:
        hoeffding(m, &l);
        break;
    }
    enum ph_status status = ev_check_finite(c, r);
    if (status == PH_OK) {
        *ret_look = l;
    }
    return status;
}

enum ph_status ph_monitor_start(
    struct ph_context *c, const struct ph_monitor_options *o, struct ph_monitor *ret_monitor)
{
    enum ph_status status = ev_begin(c, o, o ? o->version : 0, ret_monitor);
    if (status == PH_OK) {
        status = ev_monitor_check_options(c, o);
    }
    if (status == PH_OK) {
        *ret_monitor = (struct ph_monitor){ .options = *o };
    }
    return status;
}

enum ph_status ph_monitor_push(struct ph_context *c, struct ph_monitor *m, const struct ph_frame *f,
    const struct ph_monitor_columns *columns)
{
    enum ph_status status = ev_begin(c, columns, m ? m->options.version : 0, m);
    if (status == PH_OK) {
        status = ev_monitor_check_options(c, &m->options);
    }
    if (status == PH_OK) {
        status = ev_monitor_check_columns(c, &m->options, f, columns);
    }
    if (status != PH_OK) {
        return status;
    }
    struct ph_monitor next = *m;
    for (size_t i = 0; i < f->rows; i++) {
        ev_monitor_row(&next, f, columns, i);
    }
    double n = next.group[0].n + next.group[1].n;
    if (!isfinite(next.group[0].squares + next.group[1].squares) || n > 0x1p53) {
        return ev_complain(
            c, PH_DATA, "The values are too large to compute with; use a larger unit.");
    }
    *m = next;
    return PH_OK;
}

enum ph_status ph_monitor_read(
    struct ph_context *c, const struct ph_monitor *m, struct ph_look *ret_look)
{
    enum ph_status status = ev_begin(c, m, m ? m->options.version : 0, ret_look);
    if (status == PH_OK) {
        status = ev_monitor_check_options(c, &m->options);
    }
    return status == PH_OK ? ev_monitor_look(c, m, ret_look) : status;
}
