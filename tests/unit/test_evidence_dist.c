// SPDX-License-Identifier: Apache-2.0
// Known values: mpmath 1.2.1 at 40 digits (erfc, erfinv, betainc; quadrature of the density for t
// and for the mixture of normals that is the noncentral t; secant roots for quantiles), 20 digits
// printed.
#include "pilothouse/evidence.h"

#include <math.h>

#include "check.h"

struct known {
    double x, a, b;
    double value;
};

static const struct known normal_cdf[] = {
    { -37, 0, 0, 5.7255712225245768227e-300 },
    { -8.3, 0, 0, 5.2055697448902540246e-17 },
    { -1.96, 0, 0, 0.024997895148220436213 },
    { -1e-09, 0, 0, 0.4999999996010577196 },
    { 0.3, 0, 0, 0.61791142218895263307 },
    { 2, 0, 0, 0.9772498680518207928 },
    { 6, 0, 0, 0.99999999901341235496 },
};

static const struct known normal_quantile[] = {
    { 1e-300, 0, 0, -37.047096299361199237 },
    { 1e-20, 0, 0, -9.2623400897984075796 },
    { 1e-05, 0, 0, -4.2648907939228246102 },
    { 0.025, 0, 0, -1.9599639845400542118 },
    { 0.3, 0, 0, -0.52440051270804081597 },
    { 0.4999999, 0, 0, -2.5066282747031065135e-7 },
    { 0.7, 0, 0, 0.52440051270804065631 },
    { 0.975, 0, 0, 1.9599639845400538556 },
};

static const struct known t_sf[] = {
    { 1e-06, 0.5, 0, 0.49999973032369940595 },
    { 1.96, 0.5, 0, 0.22486148886918957317 },
    { 12, 0.5, 0, 0.092530260534601059551 },
    { 1e-06, 1.0, 0, 0.49999968169011381632 },
    { 1.96, 1.0, 0, 0.15017144588801657468 },
    { 12, 1.0, 0, 0.026464676059589875452 },
    { 1e-06, 2.0, 0, 0.49999964644660940681 },
    { 1.96, 2.0, 0, 0.094528654800866134791 },
    { 12, 2.0, 0, 0.0034364668385792300706 },
    { 1e-06, 5.5, 0, 0.49999961869348456893 },
    { 1.96, 5.5, 0, 0.051030812341234311938 },
    { 12, 5.5, 0, 0.000018740250314616707813 },
    { 1e-06, 10.0, 0, 0.49999961089161603404 },
    { 1.96, 10.0, 0, 0.039218120123849856466 },
    { 12, 10.0, 0, 1.460704412384993544e-7 },
    { 1e-06, 30.0, 0, 0.49999960436781510597 },
    { 1.96, 30.0, 0, 0.029671156448025238157 },
    { 12, 30.0, 0, 2.7900927075996280315e-13 },
    { 1e-06, 307.13, 0, 0.49999960138232095077 },
    { 1.96, 307.13, 0, 0.025449870842963037119 },
    { 12, 307.13, 0, 9.1141494936133841803e-28 },
    { 1e-06, 100000.0, 0, 0.49999960105871695309 },
    { 1.96, 100000.0, 0, 0.024999281597150819017 },
    { 12, 100000.0, 0, 1.8722529059781755802e-33 },
};

static const struct known t_quantile[] = {
    { 1e-10, 0.5, 0, -10284911563163399369.0 },
    { 0.025, 0.5, 0, -164.55767348048851485 },
    { 0.3, 0.5, 0, -1.0095258786071661156 },
    { 0.4999, 0.5, 0, -0.00037081496095445097566 },
    { 1e-10, 1.0, 0, -3183098861.8379065993 },
    { 0.025, 1.0, 0, -12.706204736174703938 },
    { 0.3, 1.0, 0, -0.72654252800536093919 },
    { 0.4999, 1.0, 0, -0.00031415927569437069231 },
    { 1e-10, 2.0, 0, -70710.678108048149434 },
    { 0.025, 2.0, 0, -4.3026527297494637234 },
    { 0.3, 2.0, 0, -0.61721339984836768183 },
    { 0.4999, 2.0, 0, -0.00028284271813144227832 },
    { 1e-10, 5.5, 0, -110.87696465656079667 },
    { 0.025, 5.5, 0, -2.5018586175892403453 },
    { 0.3, 5.5, 0, -0.55612048471808729629 },
    { 0.4999, 5.5, 0, -0.00026225620939533047414 },
    { 1e-10, 30.0, 0, -9.377489780407143181 },
    { 0.025, 30.0, 0, -2.0422724563012382836 },
    { 0.3, 30.0, 0, -0.53001900390650450976 },
    { 0.4999, 30.0, 0, -0.00025276002539339363682 },
    { 1e-10, 307.13, 0, -6.5824000229581315847 },
    { 0.025, 307.13, 0, -1.9677179919487164651 },
    { 0.3, 307.13, 0, -0.52494520171656676289 },
    { 0.4999, 307.13, 0, -0.00025086694923016853123 },
};

static const struct known beta_cdf[] = {
    { 0.3, 0.5, 0.5, 0.36901011956554537504 },
    { 1e-06, 0.01, 3.0, 0.88407157447855588869 },
    { 0.02, 2.0, 30.0, 0.12722508898810051414 },
    { 0.31, 81.0, 183.0, 0.55131009340291430317 },
    { 0.45, 200.5, 240.0, 0.41495259190290414999 },
    { 0.9, 81.0, 183.0, 1.0 },
    { 0.999, 300.0, 0.2, 0.18357892270695360628 },
    { 0.0001, 0.5, 2000.0, 0.47289525070820838681 },
};

static const struct known beta_sf[] = {
    { 0.3, 0.5, 0.5, 0.63098988043445462496 },
    { 1e-06, 0.01, 3.0, 0.11592842552144411131 },
    { 0.02, 2.0, 30.0, 0.87277491101189948586 },
    { 0.31, 81.0, 183.0, 0.44868990659708569683 },
    { 0.45, 200.5, 240.0, 0.58504740809709585001 },
    { 0.999, 300.0, 0.2, 0.81642107729304639372 },
    { 0.0001, 0.5, 2000.0, 0.52710474929179161319 },
};

static const struct known beta_quantile[] = {
    { 0.025, 81.0, 183.0, 0.25273674558527116365 },
    { 0.975, 82.0, 182.0, 0.36762192260135135322 },
    { 0.025, 0.5, 10.5, 0.000047890433157581895232 },
    { 1e-08, 3.0, 4.0, 0.00079417354089833017348 },
    { 0.5, 0.2, 0.3, 0.23913503614798208351 },
    { 0.975, 1.0, 20.0, 0.16843347098308530014 },
};

static const struct known nct_cdf[] = {
    { 1.978970602, 126.0, 2.828427125, 0.198541376564474223 },
    { -1.978970602, 126.0, 2.828427125, 9.34554323150449122e-7 },
    { 2.0243941645, 38.0, 2.9, 0.193232951943048144 },
    { 0.5, 3.0, 0.7, 0.406918440782955891 },
    { 45, 10.0, 40, 0.637956554535055455 },
    { -2, 5.0, -3, 0.825197284441842959 },
    { 4, 1.0, 0.5, 0.864611071508720435 },
    { 2.5, 1000.0, 7, 3.5014812355255935e-6 },
};

static const struct known nct_sf[] = {
    { 1.978970602, 126.0, 2.828427125, 0.801458623435525777 },
    { -1.978970602, 126.0, 2.828427125, 0.99999906544567685 },
    { 2.0243941645, 38.0, 2.9, 0.806767048056951856 },
    { 0.5, 3.0, 0.7, 0.593081559217044109 },
    { 45, 10.0, 40, 0.362043445464944545 },
    { -2, 5.0, -3, 0.174802715558157041 },
    { 4, 1.0, 0.5, 0.135388928491279565 },
    { 2.5, 1000.0, 7, 0.999996498518764474 },
};

static double normal_cdf_of(const struct known *k)
{
    return ph_normal_cdf(k->x);
}

static double normal_quantile_of(const struct known *k)
{
    return ph_normal_quantile(k->x);
}

static double t_sf_of(const struct known *k)
{
    return ph_t_sf(k->x, k->a);
}

static double t_quantile_of(const struct known *k)
{
    return ph_t_quantile(k->x, k->a);
}

static double beta_cdf_of(const struct known *k)
{
    return ph_beta_cdf(k->x, k->a, k->b);
}

static double beta_sf_of(const struct known *k)
{
    return ph_beta_sf(k->x, k->a, k->b);
}

static double beta_quantile_of(const struct known *k)
{
    return ph_beta_quantile(k->x, k->a, k->b);
}

static double nct_cdf_of(const struct known *k)
{
    return ph_nct_cdf(k->x, k->a, k->b);
}

static double nct_sf_of(const struct known *k)
{
    return ph_nct_sf(k->x, k->a, k->b);
}

static void check_all(
    const char *name, double (*of)(const struct known *), const struct known *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double got = of(&k[i]);
        if (!(fabs(got - k[i].value) <= 1e-12 * fabs(k[i].value))) {
            fail_msg("%s(%.17g, %.17g, %.17g) = %.17g, not %.17g", name, k[i].x, k[i].a, k[i].b,
                got, k[i].value);
        }
    }
}

#define CHECK_ALL(name) check_all(#name, name##_of, name, sizeof(name) / sizeof(name[0]))

static void known_values(void **state)
{
    CHECK_ALL(normal_cdf);
    CHECK_ALL(normal_quantile);
    CHECK_ALL(t_sf);
    CHECK_ALL(t_quantile);
    CHECK_ALL(beta_cdf);
    CHECK_ALL(beta_sf);
    CHECK_ALL(beta_quantile);
    CHECK_ALL(nct_cdf);
    CHECK_ALL(nct_sf);
}

static void near(double got, double want, double rel)
{
    if (!(fabs(got - want) <= rel * fabs(want))) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

// Closed forms that owe nothing to the code: df 1 is Cauchy, df 2 algebraic, a beta with b = 1 a
// power.
static void closed_forms(void **state)
{
    for (double t = 0.25; t < 1e6; t *= 3) {
        near(ph_t_sf(t, 1), atan2(1, t) / M_PI, 1e-13);
        near(ph_t_sf(t, 2), 1 / (sqrt(2 + t * t) * (sqrt(2 + t * t) + t)), 1e-13);
    }
    for (double a = 0.01; a < 1e5; a *= 7) {
        near(ph_beta_cdf(0.7, a, 1), pow(0.7, a), 2e-12);
        near(ph_beta_sf(0.2, 1, a), pow(0.8, a), 2e-12);
        near(ph_beta_quantile(0.3, a, 1), pow(0.3, 1 / a), 1e-12);
    }
    near(ph_binomial_cdf(3, 10, 0.5), 176.0 / 1024, 1e-14);
    near(ph_binomial_sf(3, 10, 0.5), 848.0 / 1024, 1e-14);
    near(ph_f_sf(2.5, 1, 17.0), 2 * ph_t_sf(sqrt(2.5), 17), 1e-13);
    near(ph_nct_cdf(1.3, 8, 0), ph_t_cdf(1.3, 8), 1e-12);
    near(ph_nct_cdf(0, 8, 1.1), ph_normal_cdf(-1.1), 1e-12);
}

// A quantile undoes its distribution over a wide grid, from tails to the middle.
static void quantiles_invert(void **state)
{
    static const double p[] = { 1e-12, 1e-4, 0.025, 0.3, 0.5, 0.77, 0.975, 0.9999 };
    static const double df[] = { 0.3, 1, 4.7, 38, 307.1, 1e4, 1e7 };
    for (size_t i = 0; i < sizeof(p) / sizeof(p[0]); i++) {
        near(ph_normal_cdf(ph_normal_quantile(p[i])), p[i], 1e-13);
        for (size_t j = 0; j < sizeof(df) / sizeof(df[0]); j++) {
            near(ph_t_cdf(ph_t_quantile(p[i], df[j]), df[j]), p[i], 2e-12);
            // An x close to 1 is rounded so that 1 - x has few digits.
            near(ph_beta_cdf(ph_beta_quantile(p[i], df[j], 2.5), df[j], 2.5), p[i],
                df[j] > 1e5 ? 1e-6 : 1e-9);
            near(ph_beta_cdf(ph_beta_quantile(p[i], 2.5, df[j]), 2.5, df[j]), p[i],
                df[j] < 1 ? 1e-6 : 2e-12);
        }
        near(ph_nct_cdf(ph_nct_quantile(p[i], 11, 6.8), 11, 6.8), p[i], 1e-11);
        near(ph_nct_cdf(ph_nct_quantile(p[i], 3, -2), 3, -2), p[i], 1e-11);
    }
}

static void out_of_domain(void **state)
{
    assert_true(isnan(ph_normal_quantile(-0.1)) && isnan(ph_normal_quantile(NAN)));
    assert_true(ph_normal_quantile(0) == -INFINITY && ph_normal_quantile(1) == INFINITY);
    assert_true(ph_normal_quantile(0.5) == 0 && ph_t_quantile(0.5, 3) == 0);
    assert_true(isnan(ph_t_quantile(0.3, 0)) && isnan(ph_t_quantile(0.3, NAN)));
    assert_true(isnan(ph_t_sf(1, -1)) && isnan(ph_t_sf(NAN, 3)));
    assert_true(ph_t_sf(INFINITY, 3) == 0 && ph_t_sf(-INFINITY, 3) == 1);
    assert_true(isnan(ph_beta_cdf(0.5, 0, 1)) && isnan(ph_beta_quantile(0.5, 1, INFINITY)));
    assert_true(
        ph_beta_cdf(0, 2, 3) == 0 && ph_beta_cdf(1, 2, 3) == 1 && ph_beta_sf(-1, 2, 3) == 1);
    assert_true(isnan(ph_nct_cdf(1, 3, 2000)) && isnan(ph_nct_cdf(NAN, 3, 0)));
    assert_true(isnan(ph_nct_quantile(1.5, 3, 0)));
    assert_true(ph_binomial_cdf(-1, 5, 0.5) == 0 && ph_binomial_cdf(5, 5, 0.5) == 1);
    assert_true(isnan(ph_binomial_cdf(1, 5, 1.5)));
    assert_true(ph_normal_sf(INFINITY) == 0 && ph_normal_cdf(INFINITY) == 1);
    near(ph_t_quantile(0.975, INFINITY), 1.9599639845400538556, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(quantiles_invert),
        cmocka_unit_test(out_of_domain),
    };
    return RUN_TESTS(tests);
}
