// SPDX-License-Identifier: Apache-2.0
// The regularised incomplete gamma function, in logs.
#include "gamma.h"

#include "internal.h"

#define LN_SQRT_2PI 0.918938533204672741780329736406

double ev_gamma_deviance(double a, double x)
{
    double u = (x - a) / a;
    if (fabs(u) > 0.1) {
        return x - a - a * log(x / a);
    }
    double sum = 0; // u - ln(1 + u) = u^2/2 - u^3/3 + ...
    double power = u * u;
    for (int k = 2; k < 60; k++) {
        double next = sum + power / k;
        if (next == sum) {
            break;
        }
        sum = next;
        power *= -u;
    }
    return a * sum;
}

// Lower tail over x^a e^-x / gamma(a + 1): 1 + x/(a+1) + x^2/((a+1)(a+2)) ... for x < a + 1.
static double lower_series(double a, double x)
{
    double sum = 1;
    double term = 1;
    for (double k = 1; k < 1e7; k += 1) {
        term *= x / (a + k);
        sum += term;
        if (term < sum * 1e-17) {
            break;
        }
    }
    return sum;
}

// Upper tail over x^a e^-x / gamma(a): a continued fraction (Abramowitz & Stegun 1964, 6.5.31) by
// Lentz's method, for x >= a + 1.
static double upper_fraction(double a, double x)
{
    double b = x + 1 - a;
    double c = 1e300;
    double d = 1 / b;
    double f = d;
    for (double k = 1; k < 1e7; k += 1) {
        double an = -k * (k - a);
        b += 2;
        d = 1 / (an * d + b);
        c = b + an / c;
        double step = c * d;
        f *= step;
        if (fabs(step - 1) < 1e-16) {
            break;
        }
    }
    return f;
}

struct tails ev_gamma_tails(double a, double x)
{
    if (!(a > 0 && x >= 0) || isinf(a)) {
        return (struct tails){ NAN, NAN };
    }
    if (x == 0 || isinf(x)) {
        return x == 0 ? (struct tails){ 0, 1 } : (struct tails){ 1, 0 };
    }
    // x^a e^-x / gamma(a + 1), by Stirling's series so that large A keeps its digits
    double density = exp(-ev_gamma_deviance(a, x) - ev_stirling_error(a) - LN_SQRT_2PI) / sqrt(a);
    if (x < a + 1) {
        double p = fmin(density * lower_series(a, x), 1);
        return (struct tails){ p, 1 - p };
    }
    double q = fmin(density * a * upper_fraction(a, x), 1);
    return (struct tails){ 1 - q, q };
}
