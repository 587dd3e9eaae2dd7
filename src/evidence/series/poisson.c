// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "matrix.h"
#include "poisson.h"

enum { ITERATIONS_MAX = 60 };
// Fitted log rates this far from the mean's say that a coefficient runs away.
#define FAR 25

void ev_poisson_release(struct ev_poisson *f)
{
    if (f->c) {
        ev_give_back(f->c, f->beta);
        ev_give_back(f->c, f->inverse);
        ev_give_back(f->c, f->mean);
    }
    *f = (struct ev_poisson){ 0 };
}

struct step {
    const struct ev_design *d;
    const double *offset;
    double **x; // the columns, centred and of unit size but for the first
    double *gram, *r, *root, *inverse, *floor, *right, *now;
    bool *skipped;
};

// Centres and scales copies of the columns: NAN-free whatever their units.
static enum ph_status standardise(struct step *s, double *shift, double *size)
{
    const struct ev_design *d = s->d;
    for (size_t j = 0; j < d->p; j++) {
        double mean = j == 0 ? 0 : ev_sum_of(d->x[j], d->n) / (double)d->n;
        for (size_t i = 0; i < d->n; i++) {
            s->x[j][i] = d->x[j][i] - mean;
        }
        double length = sqrt(ev_dot(s->x[j], s->x[j], d->n) / (double)d->n);
        if (!(length > 1e-12 * fabs(mean))) {
            return ev_complain(
                d->c, PH_DATA, "%.80s has the same value in all rows that are used.", d->name[j]);
        }
        for (size_t i = 0; i < d->n; i++) {
            s->x[j][i] /= length;
        }
        shift[j] = mean;
        size[j] = length;
    }
    return PH_OK;
}

// One weighted least squares step from the fitted MEAN to s->now.
static enum ph_status improve(struct step *s, const double *mean)
{
    const struct ev_design *d = s->d;
    size_t p = d->p;
    memset(s->gram, 0, p * p * sizeof(double));
    memset(s->right, 0, p * sizeof(double));
    for (size_t i = 0; i < d->n; i++) {
        double eta = log(mean[i]) - (s->offset ? s->offset[i] : 0);
        double z = eta + (d->y[i] - mean[i]) / mean[i];
        for (size_t a = 0; a < p; a++) {
            double wx = mean[i] * s->x[a][i];
            s->right[a] += wx * z;
            for (size_t b = 0; b < p; b++) {
                s->gram[a * p + b] += wx * s->x[b][i];
            }
        }
    }
    for (size_t a = 0; a < p; a++) {
        s->floor[a] = 1e-10 * s->gram[a * p + a];
    }
    if (ev_cholesky(s->gram, p, s->floor, s->r, s->skipped) < p) {
        size_t j = 0;
        while (!s->skipped[j]) {
            j++;
        }
        return ev_complain(
            d->c, PH_DATA, "%.80s cannot be told apart from the columns before it.", d->name[j]);
    }
    ev_upper_inverse(s->r, p, s->root);
    ev_times_transposed(s->root, p, s->root, p, p, s->inverse);
    ev_times_vector(s->inverse, p, p, s->right, s->now);
    return PH_OK;
}

static double deviance_of(const struct ev_design *d, const double *mean)
{
    double sum = 0;
    for (size_t i = 0; i < d->n; i++) {
        double y = d->y[i];
        sum += 2 * ((y > 0 ? y * log(y / mean[i]) : 0) - (y - mean[i]));
    }
    return sum;
}

static enum ph_status iterate(struct step *s, struct ev_poisson *f)
{
    const struct ev_design *d = s->d;
    double before = INFINITY;
    double total = ev_sum_of(d->y, d->n); // what rounding in the deviance goes with
    if (!(total > 0)) {
        return ev_complain(d->c, PH_NO_SOLUTION,
            "The series counts nothing at all, so there is no rate to compare. Count over longer "
            "periods, or measure something that happens.");
    }
    for (size_t i = 0; i < d->n; i++) {
        f->mean[i] = d->y[i] + 0.1;
    }
    for (f->iterations = 1; f->iterations <= ITERATIONS_MAX; f->iterations++) {
        enum ph_status status = improve(s, f->mean);
        if (status == PH_DATA && f->iterations > 1) {
            break; // columns that were told apart at first: a rate runs to 0 and takes its rows
                   // along
        }
        if (status != PH_OK) {
            return status;
        }
        bool far = false;
        for (size_t i = 0; i < d->n; i++) {
            double eta = 0;
            for (size_t j = 0; j < d->p; j++) {
                eta += s->x[j][i] * s->now[j];
            }
            far = far || fabs(eta - s->now[0]) > FAR;
            f->mean[i] = exp(eta + (s->offset ? s->offset[i] : 0));
            far = far || !isfinite(f->mean[i]) || f->mean[i] == 0;
        }
        double now = deviance_of(d, f->mean);
        if (far || !isfinite(now)) {
            break;
        }
        if (fabs(now - before) <= 1e-12 * (fabs(now) + 0.1) + 1e-14 * total) {
            return improve(s, f->mean);
        }
        before = now;
    }
    return ev_complain(d->c, PH_NO_SOLUTION,
        "The model separates the counts: some part of the series has none at all, so its rate "
        "cannot be told from 0. Leave that column out, or join periods.");
}

// Back to the columns' own units.
static void restore(
    const struct step *s, const double *shift, const double *size, struct ev_poisson *f)
{
    size_t p = f->p;
    f->beta[0] = s->now[0] / size[0];
    for (size_t j = 1; j < p; j++) {
        f->beta[j] = s->now[j] / size[j];
        f->beta[0] -= shift[j] * f->beta[j];
    }
    // B V B' with B the identity by sizes, and -shift in the first row.
    for (size_t a = 0; a < p; a++) {
        for (size_t b = 0; b < p; b++) {
            double sum = 0;
            for (size_t i = 0; i < p; i++) {
                double ra = (a == i ? 1 : a == 0 ? -shift[i] : 0) / size[i];
                for (size_t j = 0; ra != 0 && j < p; j++) {
                    double rb = (b == j ? 1 : b == 0 ? -shift[j] : 0) / size[j];
                    sum += ra * rb * s->inverse[i * p + j];
                }
            }
            f->inverse[a * p + b] = sum;
        }
    }
    double chi2 = 0;
    for (size_t i = 0; i < f->n; i++) {
        double gap = s->d->y[i] - f->mean[i];
        chi2 += gap * gap / f->mean[i];
    }
    f->dispersion = chi2 / (double)(f->n - p);
}

enum ph_status ev_poisson_fit(
    const struct ev_design *d, const double *offset, struct ev_poisson *ret)
{
    struct ph_context *c = d->c;
    size_t p = d->p;
    *ret = (struct ev_poisson){ .c = c, .n = d->n, .p = p };
    if (d->n <= p) {
        return ev_complain(c, PH_DATA, "%zu parameters need more than the %zu rows.", p, d->n);
    }
    ret->beta = ev_take(c, p, sizeof(double));
    ret->inverse = ev_take(c, p * p, sizeof(double));
    ret->mean = ev_take(c, d->n, sizeof(double));
    double *block = ev_take(c, p * d->n + 4 * p * p + 5 * p, sizeof(*block));
    struct step s = { .d = d, .offset = offset };
    s.x = ev_take(c, p, sizeof(*s.x));
    s.skipped = ev_take(c, p, sizeof(*s.skipped));
    enum ph_status status =
        ret->beta && ret->inverse && ret->mean && block && s.x && s.skipped ? PH_OK : PH_NO_MEMORY;
    if (status == PH_OK) {
        s.gram = block + p * d->n;
        s.r = s.gram + p * p;
        s.root = s.r + p * p;
        s.inverse = s.root + p * p;
        s.floor = s.inverse + p * p;
        s.right = s.floor + p;
        s.now = s.right + p;
        double *shift = s.now + p;
        double *size = shift + p;
        for (size_t j = 0; j < p; j++) {
            s.x[j] = block + j * d->n;
        }
        status = standardise(&s, shift, size);
        status = status == PH_OK ? iterate(&s, ret) : status;
        if (status == PH_OK) {
            restore(&s, shift, size, ret);
        }
    }
    ev_give_back(c, block);
    ev_give_back(c, s.x);
    ev_give_back(c, s.skipped);
    return status;
}
