// SPDX-License-Identifier: Apache-2.0
// The distribution functions. Both tails are carried side by side, so that a small one keeps its
// digits whichever side it is on.
#include "internal.h"

#define LN_SQRT_2PI 0.918938533204672741780329736406
#define SQRT_2PI    2.50662827463100050241576528481

static double normal_density(double x)
{
    return exp(-0.5 * x * x) / SQRT_2PI;
}

// erfc(x / sqrt 2) / 2, with the rounding of the argument corrected to first order: without it the
// far tail would lose a digit for every ten of x^2.
static double upper_half(double x)
{
    static const double inverse_sqrt2 = 0.707106781186547524400844362105;
    static const double inverse_sqrt2_low = -4.8336466567264566e-17;
    double z = x * inverse_sqrt2;
    double rest = fma(x, inverse_sqrt2, -z) + x * inverse_sqrt2_low;
    double tail = erfc(z);
    if (isfinite(x)) {
        tail -= rest * M_2_SQRTPI * exp(-z * z);
    }
    return 0.5 * tail;
}

struct tails ev_normal_tails(double x)
{
    return (struct tails){ .p = upper_half(-x), .q = upper_half(x) };
}

double ph_normal_cdf(double x)
{
    return upper_half(-x);
}

double ph_normal_sf(double x)
{
    return upper_half(x);
}

// Halley's iteration from Hastings' approximation (Abramowitz & Stegun 1964, 26.2.23;
// error 4.5e-4), which triples the digits each time. Near the middle the central mass is matched,
// not the tail.
double ph_normal_quantile(double p)
{
    if (!(p >= 0 && p <= 1)) {
        return NAN;
    }
    if (p == 0 || p == 1) {
        return p == 0 ? -INFINITY : INFINITY;
    }
    double centre = p - 0.5;
    if (centre == 0) {
        return 0;
    }
    bool upper = centre > 0;
    double tail = upper ? 1 - p : p;
    double t = sqrt(-2 * log(tail));
    double x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    for (int i = 0; i < 4; i++) {
        double density = normal_density(x);
        double error =
            fabs(centre) < 0.25 ? fabs(centre) - 0.5 * erf(x * M_SQRT1_2) : upper_half(x) - tail;
        if (density <= 0) {
            break;
        }
        double step = error / density;
        x += step / (1 - 0.5 * x * step);
    }
    return upper ? x : -x;
}

double ev_stirling_error(double z)
{
    // B(2k) / (2k (2k - 1)), k = 1.. (Abramowitz & Stegun 1964, 6.1.40); at 15 the last term kept
    // is below 1e-19. Smaller arguments climb by the recurrence of the gamma function.
    static const double coefficient[] = { 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
        -691.0 / 360360, 1.0 / 156, -3617.0 / 122400 };
    double climbed = 0;
    while (z < 15) {
        climbed += (z + 0.5) * log1p(1 / z) - 1;
        z += 1;
    }
    double inverse_square = 1 / (z * z);
    double sum = 0;
    for (size_t i = sizeof(coefficient) / sizeof(coefficient[0]); i-- > 0;) {
        sum = sum * inverse_square + coefficient[i];
    }
    return climbed + sum / z;
}

// x ln(x / m) + m - x without cancellation (Loader 2000, "Fast and accurate computation of binomial
// probabilities", eq. 2.3): the deviance of x from its mean m.
static double deviance(double x, double m)
{
    double v = (x - m) / (x + m);
    if (fabs(v) >= 0.1) {
        return x * log(x / m) + m - x;
    }
    double sum = (x - m) * v;
    double term = 2 * x * v;
    double v2 = v * v;
    for (int j = 1; j < 1000; j++) {
        term *= v2;
        double next = sum + term / (2 * j + 1);
        if (next == sum) {
            break;
        }
        sum = next;
    }
    return sum;
}

// x^a y^b / B(a, b): the density in the logit of x. Written as a binomial probability in
// saddle-point form (Loader 2000, eq. 2.5, for real arguments), exact to rounding where differences
// of ln gamma would lose six digits.
static double beta_logit_density(double x, double y, double a, double b)
{
    double n = a + b;
    double log_core = ev_stirling_error(n) - ev_stirling_error(a) - ev_stirling_error(b) -
                      deviance(a, n * x) - deviance(b, n * y);
    return exp(log_core - LN_SQRT_2PI) * sqrt(a) * sqrt(b) / sqrt(n);
}

// x^a y^b / (B(a, b) I_x(a, b)) as a continued fraction (DiDonato & Morris 1992, ACM TOMS 18:360,
// eq. 14), by Lentz's method; for x at or below the mean. It sees how far x is below the mean
// through EXCESS = a - (a + b) x, which near x = 1 must come from y to keep its digits.
static double beta_fraction(double x, double y, double a, double b, double excess)
{
    static const double tiny = 1e-300;
    double f = a * (excess + 1) / (a + 1);
    double c = f;
    double d = 0;
    for (double n = 1; n <= 1e6; n += 1) {
        double before = a + 2 * n - 1;
        double alpha = (a + n - 1) * (a + b + n - 1) * n * (b - n) * (x / before) * (x / before);
        double beta =
            n + n * (b - n) * x / before + (a + n) * (excess + 1 + n * (1 + y)) / (before + 2);
        d = beta + alpha * d;
        c = beta + alpha / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        double factor = d * c;
        f *= factor;
        if (fabs(factor - 1) < 3e-16) {
            return f;
        }
    }
    return NAN;
}

struct tails ev_beta_tails(double x, double y, double a, double b)
{
    if (!(a > 0 && b > 0 && isfinite(a) && isfinite(b) && x >= 0 && y >= 0)) {
        return (struct tails){ NAN, NAN };
    }
    if (x == 0 || y == 0) {
        return x == 0 ? (struct tails){ 0, 1 } : (struct tails){ 1, 0 };
    }
    double density = beta_logit_density(x, y, a, b);
    double excess = x <= y ? a - (a + b) * x : (a + b) * y - b;
    if (excess >= 0) {
        double p = density / beta_fraction(x, y, a, b, excess);
        return (struct tails){ p, 1 - p };
    }
    double q = density / beta_fraction(y, x, b, a, -excess);
    return (struct tails){ 1 - q, q };
}

double ph_beta_cdf(double x, double a, double b)
{
    return x <= 0 ? (a > 0 && b > 0 ? 0 : NAN) : ev_beta_tails(fmin(x, 1), fmax(1 - x, 0), a, b).p;
}

double ph_beta_sf(double x, double a, double b)
{
    return x <= 0 ? (a > 0 && b > 0 ? 1 : NAN) : ev_beta_tails(fmin(x, 1), fmax(1 - x, 0), a, b).q;
}

// In the logit the density is log-concave, so the logarithm of either tail is concave and Newton's
// iteration on it converges from anywhere, from one side after the first step. A first step so far
// out that the tail nears underflow is halved back; probabilities out there have no quantile here.
double ev_beta_quantile_logit(double p, double q, double a, double b)
{
    double z = log(a / b);
    double inside = z;
    double last = INFINITY;
    for (int i = 0; i < 300; i++) {
        double x = 1 / (1 + exp(-z));
        double y = 1 / (1 + exp(z));
        struct tails at = ev_beta_tails(x, y, a, b);
        double density = beta_logit_density(x, y, a, b);
        double tail = p <= q ? at.p : at.q;
        if (isnan(tail)) {
            return NAN;
        }
        if (!(tail > 1e-285 && density > 1e-285)) {
            z = (z + inside) / 2;
            continue;
        }
        double step = (p <= q ? log(p / tail) : -log(q / tail)) * (tail / density);
        inside = z;
        z += step;
        // Once the steps stop shrinking they are rounding.
        if (fabs(step) <= 1e-15 * fmax(1, fabs(z)) || (fabs(step) < 1e-9 && fabs(step) >= last)) {
            return z;
        }
        last = fabs(step);
    }
    return NAN;
}

double ph_beta_quantile(double p, double a, double b)
{
    if (!(p >= 0 && p <= 1 && a > 0 && b > 0 && isfinite(a) && isfinite(b))) {
        return NAN;
    }
    if (p == 0 || p == 1) {
        return p;
    }
    return 1 / (1 + exp(-ev_beta_quantile_logit(p, 1 - p, a, b)));
}

// Both tails of |T|: p inside, q outside.
static struct tails t_tails_two(double t, double df)
{
    double t2 = t * t;
    if (df == INFINITY || t2 == INFINITY) {
        double q = df == INFINITY ? 2 * upper_half(fabs(t)) : 0;
        return (struct tails){ df == INFINITY ? erf(fabs(t) * M_SQRT1_2) : 1, q };
    }
    double x = df / (df + t2);
    double y = t2 / (df + t2);
    struct tails at = ev_beta_tails(x, y, df / 2, 0.5);
    return (struct tails){ at.q, at.p };
}

double ph_t_sf(double t, double df)
{
    if (isnan(t) || !(df > 0)) {
        return NAN;
    }
    struct tails two = t_tails_two(t, df);
    return t >= 0 ? 0.5 * two.q : 0.5 + 0.5 * two.p;
}

double ph_t_cdf(double t, double df)
{
    return ph_t_sf(-t, df);
}

double ph_t_quantile(double p, double df)
{
    if (!(p >= 0 && p <= 1) || !(df > 0)) {
        return NAN;
    }
    if (df == INFINITY || p == 0 || p == 1 || p == 0.5) {
        return ph_normal_quantile(p);
    }
    double tail = fmin(p, 1 - p);
    // |t| = sqrt(df (1 - x) / x), and ln((1 - x) / x) is what the solver gives, sign turned.
    double z = ev_beta_quantile_logit(2 * tail, 1 - 2 * tail, df / 2, 0.5);
    double t = sqrt(df) * exp(-z / 2);
    return p < 0.5 ? -t : t;
}

static struct tails f_tails(double f, double df1, double df2)
{
    if (isnan(f) || !(df1 > 0 && df2 > 0 && isfinite(df1) && isfinite(df2))) {
        return (struct tails){ NAN, NAN };
    }
    if (f <= 0) {
        return (struct tails){ 0, 1 };
    }
    if (f == INFINITY) {
        return (struct tails){ 1, 0 };
    }
    double sum = df1 * f + df2;
    return ev_beta_tails(df1 * f / sum, df2 / sum, df1 / 2, df2 / 2);
}

double ph_f_cdf(double f, double df1, double df2)
{
    return f_tails(f, df1, df2).p;
}

double ph_f_sf(double f, double df1, double df2)
{
    return f_tails(f, df1, df2).q;
}

// P(X <= k) = I_{1-p}(n - k, k + 1).
static struct tails binomial_tails(double k, double n, double p)
{
    if (!(p >= 0 && p <= 1) || !(n >= 0) || isnan(k)) {
        return (struct tails){ NAN, NAN };
    }
    k = floor(k);
    if (k < 0) {
        return (struct tails){ 0, 1 };
    }
    if (k >= n) {
        return (struct tails){ 1, 0 };
    }
    return ev_beta_tails(1 - p, p, n - k, k + 1);
}

double ph_binomial_cdf(double k, double n, double p)
{
    return binomial_tails(k, n, p).p;
}

double ph_binomial_sf(double k, double n, double p)
{
    return binomial_tails(k, n, p).q;
}
