// SPDX-License-Identifier: Apache-2.0
// Uniform choices of M of N rows by bits. Every row gets a bit that is 1 with chance q, near M/N;
// then rows drawn at random change sides until M are chosen. Given how many bits were 1 every set
// of that size was as likely, and so it stays: the choice is exactly uniform, whatever q. Sums over
// a choice are looked up four rows at a time.
#include "internal.h"

#include "randomise.h"
#include "parallel.h"
#include "random.h"

enum {
    TOGETHER = 128, // draws whose bits are held at once
    PRECISION = 8,  // binary digits of q
    WORD = 64,
    FIXES = 1 << 30, // where the numbers for changing sides begin within a draw
};

struct crew {
    const struct ri *k;
    size_t workers;
    size_t words;            // of a draw
    uint32_t q;              // in 2^-digits
    int digits;              // of q: as few as say it
    double lo, hi;           // sums of the treated that are as large: <= lo, >= hi
    double slope, middle;    // the difference is slope * sum - middle
    const uint64_t *treated; // [words], as it was; NULL unless draws are kept
    uint64_t *bits;          // of each worker: [words][TOGETHER]
    double *sum;             // of each worker: [TOGETHER]
    size_t *as_large;        // of each worker
};

static uint64_t half_block(const struct crew *w, uint64_t draw, uint32_t number)
{
    uint32_t counter[4] = { number / 2, EV_STREAM_RANDOMISE, (uint32_t)draw,
        (uint32_t)(draw >> 32) };
    uint32_t key[2] = { (uint32_t)w->k->c->seed, (uint32_t)(w->k->c->seed >> 32) };
    uint32_t out[4];
    ev_philox(counter, key, out);
    return number % 2 ? out[2] | (uint64_t)out[3] << 32 : out[0] | (uint64_t)out[1] << 32;
}

// 64 bits that are 1 with chance q, from q's last digit to its first.
static uint64_t mixed_word(const struct crew *w, uint64_t draw, uint32_t at)
{
    uint64_t r = 0;
    for (int i = 0; i < w->digits; i++) {
        uint64_t random = half_block(w, draw, at * (uint32_t)w->digits + (uint32_t)i);
        r = w->q >> i & 1 ? r | random : r & random;
    }
    return r;
}

// Half the rows: a block gives two words as they are.
static void even_words(const struct crew *w, uint64_t draw, uint64_t *to)
{
    uint32_t key[2] = { (uint32_t)w->k->c->seed, (uint32_t)(w->k->c->seed >> 32) };
    for (size_t i = 0; i < w->words; i += 2) {
        uint32_t counter[4] = { (uint32_t)(i / 2), EV_STREAM_RANDOMISE, (uint32_t)draw,
            (uint32_t)(draw >> 32) };
        uint32_t out[4];
        ev_philox(counter, key, out);
        to[i * TOGETHER] = out[0] | (uint64_t)out[1] << 32;
        if (i + 1 < w->words) {
            to[(i + 1) * TOGETHER] = out[2] | (uint64_t)out[3] << 32;
        }
    }
}

// The bits of one draw, M of them 1.
static void choose(const struct crew *w, uint64_t draw, uint64_t *to)
{
    size_t n = w->k->n;
    size_t m = w->k->stratum[0].treated;
    size_t chosen = 0;
    if (w->digits == 1) {
        even_words(w, draw, to);
    } else {
        for (size_t i = 0; i < w->words; i++) {
            to[i * TOGETHER] = mixed_word(w, draw, (uint32_t)i);
        }
    }
    if (n % WORD) {
        to[(w->words - 1) * TOGETHER] &= (UINT64_C(1) << n % WORD) - 1;
    }
    for (size_t i = 0; i < w->words; i++) {
        chosen += (size_t)__builtin_popcountll(to[i * TOGETHER]);
    }
    struct ev_random r;
    ev_random_start(&r, w->k->c->seed, EV_STREAM_RANDOMISE, draw);
    r.counter[0] = FIXES;
    while (chosen != m) {
        uint32_t row = ev_random_below(&r, (uint32_t)n);
        uint64_t *word = &to[row / WORD * TOGETHER];
        uint64_t bit = UINT64_C(1) << row % WORD;
        if (chosen > m && (*word & bit)) {
            *word ^= bit;
            chosen--;
        } else if (chosen < m && !(*word & bit)) {
            *word ^= bit;
            chosen++;
        }
    }
}

// Adds the chosen rows among the 64 from FIRST to every draw's sum.
static void add_word(
    const struct ri *k, size_t first, const uint64_t *bits, size_t draws, double *sum)
{
    double table[WORD / 4][16];
    for (size_t t = 0; t < WORD / 4; t++) {
        table[t][0] = 0;
        for (unsigned b = 0; b < 4; b++) {
            size_t row = first + 4 * t + b;
            double y = row < k->n ? k->unit[row].sum : 0;
            for (unsigned s = 0; s < 1U << b; s++) {
                table[t][s | 1U << b] = table[t][s] + y;
            }
        }
    }
    for (size_t d = 0; d < draws; d++) {
        uint64_t x = bits[d];
        double part[4] = { 0 };
        for (size_t t = 0; t < WORD / 4; t += 4) {
            part[0] += table[t][x & 15];
            part[1] += table[t + 1][x >> 4 & 15];
            part[2] += table[t + 2][x >> 8 & 15];
            part[3] += table[t + 3][x >> 12 & 15];
            x >>= 16;
        }
        sum[d] += (part[0] + part[1]) + (part[2] + part[3]);
    }
}

// What draw I shows, and what a treatment that adds 1 would have.
static void keep(const struct crew *w, size_t i, const uint64_t *bits, double sum)
{
    const struct ri *k = w->k;
    const struct ri_stratum *t = &k->stratum[0];
    size_t both = 0;
    for (size_t word = 0; word < w->words; word++) {
        both += (size_t)__builtin_popcountll(bits[word * TOGETHER] & w->treated[word]);
    }
    k->shown[i] = w->slope * sum - w->middle;
    k->overlap[i] = ri_overlap(k, &(struct ri_picked){ sum, (double)t->treated, (double)both });
}

static void labour(void *work, size_t worker)
{
    const struct crew *w = work;
    uint64_t *bits = w->bits + worker * w->words * TOGETHER;
    double *sum = w->sum + worker * TOGETHER;
    size_t as_large = 0;
    for (size_t from = worker * TOGETHER; from < w->k->draws; from += w->workers * TOGETHER) {
        size_t draws = w->k->draws - from < TOGETHER ? w->k->draws - from : TOGETHER;
        memset(sum, 0, TOGETHER * sizeof(*sum));
        for (size_t d = 0; d < draws; d++) {
            choose(w, from + d, bits + d);
        }
        for (size_t i = 0; i < w->words; i++) {
            add_word(w->k, i * WORD, bits + i * TOGETHER, draws, sum);
        }
        for (size_t d = 0; d < draws; d++) {
            as_large += sum[d] <= w->lo || sum[d] >= w->hi;
            if (w->treated) {
                keep(w, from + d, bits + d, sum[d]);
            }
        }
    }
    w->as_large[worker] = as_large;
}

static uint64_t *treated_bits(const struct ri *k, size_t words)
{
    uint64_t *bits = ev_take(k->c, words, sizeof(*bits));
    for (size_t i = 0; bits && i < k->n; i++) {
        bits[i / WORD] |= (uint64_t)k->unit[i].treated << i % WORD;
    }
    return bits;
}

enum ph_status ri_draw_bits(struct ri *k)
{
    const struct ri_stratum *t = &k->stratum[0];
    struct crew w = { .k = k, .workers = k->c->threads, .words = (k->n + WORD - 1) / WORD };
    double m = (double)t->treated;
    double n = (double)t->n;
    w.digits = PRECISION;
    w.q = (uint32_t)fmin(fmax(round(m / n * (1 << PRECISION)), 1), (1 << PRECISION) - 1);
    while (w.q % 2 == 0) {
        w.q /= 2;
        w.digits--;
    }
    // T = sum/m - (total - sum)/(n - m), so sum = (T + total/(n - m)) / (1/m + 1/(n - m)).
    w.slope = 1 / m + 1 / (n - m);
    w.middle = t->sum / (n - m);
    w.lo = (-k->floor + w.middle) / w.slope;
    w.hi = (k->floor + w.middle) / w.slope;
    uint64_t *treated = k->shown ? treated_bits(k, w.words) : NULL;
    w.treated = treated;
    w.bits = ev_take(k->c, w.workers * w.words * TOGETHER, sizeof(*w.bits));
    w.sum = ev_take(k->c, w.workers * TOGETHER, sizeof(*w.sum));
    w.as_large = ev_take(k->c, w.workers, sizeof(*w.as_large));
    bool whole = w.bits && w.sum && w.as_large && !treated == !k->shown;
    if (whole) {
        ev_parallel(k->c, w.workers, labour, &w);
        for (size_t i = 0; i < w.workers; i++) {
            k->as_large += w.as_large[i];
        }
    }
    ev_give_back(k->c, treated);
    ev_give_back(k->c, w.bits);
    ev_give_back(k->c, w.sum);
    ev_give_back(k->c, w.as_large);
    return whole ? PH_OK : PH_NO_MEMORY;
}
