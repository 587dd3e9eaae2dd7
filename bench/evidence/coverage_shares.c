// SPDX-License-Identifier: Apache-2.0
// Proportions, summed over all outcomes: their coverage is exact.
#include "coverage.h"

static double binomial(int k, int n, double p)
{
    return ph_binomial_cdf(k, n, p) - ph_binomial_cdf(k - 1, n, p);
}

static void one_share(void)
{
    static const int sizes[] = { 10, 20, 40 };
    static const double shares[] = { 0.5, 0.8, 0.9, 0.95 };
    printf("\n### One share (exact sums)\n\n| n | true share | Wilson | Clopper-Pearson |\n"
           "| --- | --- | --- | --- |\n");
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 4; j++) {
            double wilson = 0;
            double exact = 0;
            for (int x = 0; x <= sizes[i]; x++) {
                double at = binomial(x, sizes[i], shares[j]);
                struct ph_interval w = ph_wilson(x, sizes[i], cover_level);
                struct ph_interval e = ph_clopper_pearson(x, sizes[i], cover_level);
                wilson += w.lo <= shares[j] && shares[j] <= w.hi ? at : 0;
                exact += e.lo <= shares[j] && shares[j] <= e.hi ? at : 0;
            }
            printf("| %d | %.2f | %.4f | %.4f |\n", sizes[i], shares[j], wilson, exact);
        }
    }
}

static void two_shares(void)
{
    static const int sizes[][2] = { { 10, 10 }, { 20, 20 }, { 40, 40 }, { 10, 40 } };
    static const double shares[][2] = { { 0.5, 0.5 }, { 0.7, 0.5 }, { 0.9, 0.8 }, { 0.95, 0.95 } };
    printf("\n### Difference of two shares (exact sums)\n\n"
           "| n treated, compared | true shares | Newcombe | Miettinen-Nurminen |\n"
           "| --- | --- | --- | --- |\n");
    for (int i = 0; i < 4; i++) {
        for (int j = 0; j < 4; j++) {
            double truth = shares[j][0] - shares[j][1];
            double newcombe = 0;
            double score = 0;
            for (int x = 0; x <= sizes[i][0]; x++) {
                for (int y = 0; y <= sizes[i][1]; y++) {
                    double at = binomial(x, sizes[i][0], shares[j][0]) *
                                binomial(y, sizes[i][1], shares[j][1]);
                    struct ph_interval n = ph_newcombe(x, sizes[i][0], y, sizes[i][1], cover_level);
                    struct ph_interval m =
                        ph_miettinen_nurminen(x, sizes[i][0], y, sizes[i][1], cover_level);
                    newcombe += n.lo <= truth && truth <= n.hi ? at : 0;
                    score += m.lo <= truth && truth <= m.hi ? at : 0;
                }
            }
            printf("| %d, %d | %.2f, %.2f | %.4f | %.4f |\n", sizes[i][0], sizes[i][1],
                shares[j][0], shares[j][1], newcombe, score);
        }
    }
}

void cover_shares(void)
{
    one_share();
    two_shares();
}
