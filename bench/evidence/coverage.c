// SPDX-License-Identifier: Apache-2.0
// How often each interval holds the truth and each test rejects, at the sizes of city pilots: the
// tables of docs/evidence/validation.md, through the public interface with the seed and repetitions
// on the command line.
#include "coverage.h"

#include <stdarg.h>

const double cover_level = 0.95;
struct ph_context *cover_context;
int cover_repetitions = 20000;
struct cover_rows cover;

static uint64_t seed = 20260101;

// ---- Random numbers: a counter, scrambled (Steele, Lea & Flood 2014, OOPSLA, "SplitMix") -------

static uint64_t counter;

double cover_uniform(void)
{
    uint64_t z = seed * UINT64_C(0xd1342543de82ef95) + ++counter * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

double cover_normal(void)
{
    return ph_normal_quantile(cover_uniform());
}

double cover_skewed(void)
{
    const double s = 0.875;
    double v = exp(s * s);
    return (exp(s * cover_normal()) - sqrt(v)) / sqrt(v * (v - 1));
}

// Marsaglia & Tsang would need shapes above 1; a quantile serves any.
double cover_beta(double a, double b)
{
    return ph_beta_quantile(cover_uniform(), a, b);
}

int cover_below(int n)
{
    return (int)(n * cover_uniform());
}

const struct cover_shape cover_shapes[2] = { { "even", cover_normal }, { "skewed", cover_skewed } };

// ---- Tables ------------------------------------------------------------------------------------

struct ph_frame cover_frame(size_t rows)
{
    static const char *const names[COVER_COLUMNS] = { "y", "treat", "a", "b", "time", "start",
        "unit", "group" };
    static struct ph_column column[COVER_COLUMNS];
    for (int k = 0; k < COVER_COLUMNS; k++) {
        column[k] = (struct ph_column){ .name = names[k],
            .kind = k < COVER_REALS ? PH_REAL : PH_KEY,
            .real = k < COVER_REALS ? cover.real[k] : NULL,
            .key = k < COVER_REALS ? NULL : cover.key[k - COVER_REALS] };
    }
    return (struct ph_frame){ .rows = rows, .columns = COVER_COLUMNS, .column = column };
}

void cover_count(struct cover_tally *t, struct ph_interval i, double truth)
{
    t->tried++;
    if (isnan(i.lo)) {
        t->none++;
        return;
    }
    t->held += i.lo <= truth && truth <= i.hi;
    t->width += i.hi - i.lo;
}

static void name(const char *fmt, va_list args)
{
    fputs("| ", stdout);
    vprintf(fmt, args);
}

void cover_title(const char *words)
{
    printf("\n### %s\n\n| case | coverage | Monte Carlo error | mean width | no interval |\n"
           "| --- | --- | --- | --- | --- |\n",
        words);
}

void cover_row(const struct cover_tally *t, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    name(fmt, args);
    va_end(args);
    int given = t->tried - t->none;
    if (given == 0) {
        printf(" | | | | %d |\n", t->none);
        return;
    }
    double c = (double)t->held / given;
    printf(
        " | %.4f | %.4f | %.3f | %d |\n", c, sqrt(c * (1 - c) / given), t->width / given, t->none);
    fflush(stdout);
}

void cover_hit(struct cover_share *s, bool hit)
{
    s->hits += hit;
    s->tried++;
}

void cover_share_title(const char *words, const char *columns, int n)
{
    printf("\n### %s\n\n| case | %s |\n| --- |", words, columns);
    for (int k = 0; k < n; k++) {
        fputs(" --- |", stdout);
    }
    putchar('\n');
}

void cover_share_row(const struct cover_share *s, int n, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    name(fmt, args);
    va_end(args);
    for (int k = 0; k < n; k++) {
        double c = (double)s[k].hits / s[k].tried;
        printf(" | %.4f (%.4f)", c, sqrt(c * (1 - c) / s[k].tried));
    }
    puts(" |");
    fflush(stdout);
}

void cover_reseed(int repetition)
{
    struct ph_context_options o = { .version = PH_VERSION, .seed = seed + (uint64_t)repetition };
    ph_context_free(cover_context);
    cover_context = ph_context_new(&o);
    if (!cover_context) {
        exit(1);
    }
}

void cover_must(enum ph_status status)
{
    if (status != PH_OK) {
        fprintf(stderr, "%s\n", ph_context_message(cover_context));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } sections[] = { { "shares", cover_shares }, { "means", cover_means },
        { "agreement", cover_agreement }, { "randomised", cover_randomised },
        { "clusters", cover_clusters }, { "series", cover_series }, { "panels", cover_panels },
        { "portfolio", cover_portfolio } };
    const char *only = argc > 3 ? argv[3] : NULL;
    if (argc > 1) {
        seed = strtoull(argv[1], NULL, 10);
    }
    int repetitions = argc > 2 ? (int)strtol(argv[2], NULL, 10) : cover_repetitions;
    cover_reseed(0);
    if (repetitions < 40 || repetitions > 100000000) {
        fprintf(stderr, "usage: evidence_coverage [SEED [REPETITIONS [SECTION]]]\n");
        return 2;
    }
    for (size_t k = 0; k < sizeof(sections) / sizeof(sections[0]); k++) {
        counter = k << 40;
        cover_repetitions = repetitions;
        if (!only || strcmp(only, sections[k].name) == 0) {
            sections[k].run();
        }
    }
    ph_context_free(cover_context);
    return 0;
}
