// SPDX-License-Identifier: Apache-2.0
#include "nelder_mead.h"

// N + 1 points of N coordinates, their values behind them.
struct cloud {
    nelder_mead_fn *f;
    void *context;
    size_t n;
    double *point;
    double *value;
    double *middle;
    double *tried;
    double *further;
};

// POINT = middle + by * (worst - middle), and its value.
static double try_point(struct cloud *s, size_t worst, double by, double *point)
{
    for (size_t j = 0; j < s->n; j++) {
        point[j] = s->middle[j] + by * (s->point[worst * s->n + j] - s->middle[j]);
    }
    return s->f(s->context, point);
}

static void put(struct cloud *s, size_t at, const double *point, double value)
{
    memcpy(s->point + at * s->n, point, s->n * sizeof(double));
    s->value[at] = value;
}

static void shrink(struct cloud *s, size_t best)
{
    for (size_t i = 0; i <= s->n; i++) {
        if (i == best) {
            continue;
        }
        for (size_t j = 0; j < s->n; j++) {
            double *x = &s->point[i * s->n + j];
            *x = 0.5 * (*x + s->point[best * s->n + j]);
        }
        s->value[i] = s->f(s->context, s->point + i * s->n);
    }
}

static void move(struct cloud *s, size_t best, size_t second, size_t worst)
{
    for (size_t j = 0; j < s->n; j++) {
        double sum = 0;
        for (size_t i = 0; i <= s->n; i++) {
            sum += i == worst ? 0 : s->point[i * s->n + j];
        }
        s->middle[j] = sum / (double)s->n;
    }
    double reflected = try_point(s, worst, -1, s->tried);
    if (reflected < s->value[best]) {
        double expanded = try_point(s, worst, -2, s->further);
        bool better = expanded < reflected;
        put(s, worst, better ? s->further : s->tried, better ? expanded : reflected);
    } else if (reflected < s->value[second]) {
        put(s, worst, s->tried, reflected);
    } else {
        bool outside = reflected < s->value[worst];
        double contracted = try_point(s, worst, outside ? -0.5 : 0.5, s->further);
        if (contracted < (outside ? reflected : s->value[worst])) {
            put(s, worst, s->further, contracted);
        } else {
            shrink(s, best);
        }
    }
}

double ev_nelder_mead(nelder_mead_fn *f, void *context, double *x, size_t n, double step,
    double rel, size_t rounds, double *work)
{
    struct cloud s = { f, context, n, work, work + (n + 1) * n, NULL, NULL, NULL };
    s.middle = s.value + n + 1;
    s.tried = s.middle + n;
    s.further = s.tried + n;
    for (size_t i = 0; i <= n; i++) {
        memcpy(s.point + i * n, x, n * sizeof(double));
        if (i > 0) {
            s.point[i * n + i - 1] += step;
        }
        s.value[i] = f(context, s.point + i * n);
    }
    size_t best = 0;
    for (size_t round = 0;; round++) {
        size_t worst = 0;
        for (size_t i = 0; i <= n; i++) {
            best = s.value[i] < s.value[best] ? i : best;
            worst = s.value[i] > s.value[worst] ? i : worst;
        }
        size_t second = best;
        for (size_t i = 0; i <= n; i++) {
            second = i != worst && s.value[i] > s.value[second] ? i : second;
        }
        if (round == rounds || s.value[worst] - s.value[best] <= rel * fabs(s.value[best])) {
            break;
        }
        move(&s, best, second, worst);
    }
    memcpy(x, s.point + best * n, n * sizeof(double));
    return s.value[best];
}
