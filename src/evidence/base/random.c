// SPDX-License-Identifier: Apache-2.0
#include "random.h"

#include <math.h>

void ev_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t ret_word[4])
{
    uint32_t a = counter[0];
    uint32_t b = counter[1];
    uint32_t c = counter[2];
    uint32_t d = counter[3];
    uint32_t k0 = key[0];
    uint32_t k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)UINT32_C(0xD2511F53) * a;
        uint64_t q = (uint64_t)UINT32_C(0xCD9E8D57) * c;
        a = (uint32_t)(q >> 32) ^ b ^ k0;
        c = (uint32_t)(p >> 32) ^ d ^ k1;
        b = (uint32_t)q;
        d = (uint32_t)p;
        k0 += UINT32_C(0x9E3779B9);
        k1 += UINT32_C(0xBB67AE85);
    }
    ret_word[0] = a;
    ret_word[1] = b;
    ret_word[2] = c;
    ret_word[3] = d;
}

void ev_random_start(struct ev_random *r, uint64_t seed, enum ev_stream stream, uint64_t draw)
{
    *r = (struct ev_random){ .key = { (uint32_t)seed, (uint32_t)(seed >> 32) },
        .counter = { 0, (uint32_t)stream, (uint32_t)draw, (uint32_t)(draw >> 32) },
        .used = 4,
        .spare = NAN };
}

uint32_t ev_random_u32(struct ev_random *r)
{
    if (r->used == 4) {
        ev_philox(r->counter, r->key, r->word);
        r->counter[0]++;
        r->used = 0;
    }
    return r->word[r->used++];
}

uint64_t ev_random_u64(struct ev_random *r)
{
    uint64_t low = ev_random_u32(r);
    return low | (uint64_t)ev_random_u32(r) << 32;
}

static double open_unit(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double ev_random_uniform(struct ev_random *r)
{
    return open_unit(ev_random_u64(r));
}

// Lemire (2019, ACM TOMACS 29:3): a product's high half is the number, and the few low halves that
// would favour some numbers are drawn again.
uint32_t ev_random_below(struct ev_random *r, uint32_t n)
{
    uint64_t product = (uint64_t)ev_random_u32(r) * n;
    if ((uint32_t)product < n) {
        uint32_t uneven = (0 - n) % n;
        while ((uint32_t)product < uneven) {
            product = (uint64_t)ev_random_u32(r) * n;
        }
    }
    return (uint32_t)(product >> 32);
}

// Sine and cosine of U turns, 0 < U < 1, by their series around the nearest quarter: what libm
// does for any argument takes three times as long, and this gives the same bits everywhere.
static inline void of_turns(double u, double *ret_sine, double *ret_cosine)
{
    int quarter = (int)(4 * u + 0.5);
    double x = 2 * M_PI * (u - 0.25 * quarter); // within an eighth of a turn
    double y = x * x;
    double sine = 1.0 / 355687428096000;
    sine = sine * y - 1.0 / 1307674368000;
    sine = sine * y + 1.0 / 6227020800;
    sine = sine * y - 1.0 / 39916800;
    sine = sine * y + 1.0 / 362880;
    sine = sine * y - 1.0 / 5040;
    sine = sine * y + 1.0 / 120;
    sine = sine * y - 1.0 / 6;
    sine = x + x * y * sine;
    double cosine = -1.0 / 6402373705728000;
    cosine = cosine * y + 1.0 / 20922789888000;
    cosine = cosine * y - 1.0 / 87178291200;
    cosine = cosine * y + 1.0 / 479001600;
    cosine = cosine * y - 1.0 / 3628800;
    cosine = cosine * y + 1.0 / 40320;
    cosine = cosine * y - 1.0 / 720;
    cosine = cosine * y + 1.0 / 24;
    cosine = 1 - y * (0.5 - y * cosine);
    double sign_sine = quarter & 2 ? -1 : 1;
    double sign_cosine = (quarter + 1) & 2 ? -1 : 1;
    *ret_sine = sign_sine * (quarter & 1 ? cosine : sine);
    *ret_cosine = sign_cosine * (quarter & 1 ? sine : cosine);
}

// Box & Muller (1958, Ann. Math. Stat. 29:610): two uniforms make two normals, always.
static inline void pair_of(uint64_t first, uint64_t second, double ret_pair[2])
{
    double radius = sqrt(-2 * log(open_unit(first)));
    double sine;
    double cosine;
    of_turns(open_unit(second), &sine, &cosine);
    ret_pair[0] = radius * cosine;
    ret_pair[1] = radius * sine;
}

static void normal_pair(struct ev_random *r, double ret_pair[2])
{
    uint64_t first = ev_random_u64(r);
    pair_of(first, ev_random_u64(r), ret_pair);
}

double ev_random_normal(struct ev_random *r)
{
    if (!isnan(r->spare)) {
        double value = r->spare;
        r->spare = NAN;
        return value;
    }
    double pair[2];
    normal_pair(r, pair);
    r->spare = pair[1];
    return pair[0];
}

// Whole blocks make a pair each, without passing through the words of R.
void ev_random_normals(struct ev_random *r, double *ret_values, size_t count)
{
    size_t i = 0;
    while (r->used == 4 && i + 2 <= count) {
        uint32_t word[4];
        ev_philox(r->counter, r->key, word);
        r->counter[0]++;
        pair_of(
            word[0] | (uint64_t)word[1] << 32, word[2] | (uint64_t)word[3] << 32, ret_values + i);
        i += 2;
    }
    while (i + 2 <= count) {
        normal_pair(r, ret_values + i);
        i += 2;
    }
    if (i < count) {
        ret_values[i] = ev_random_normal(r);
    }
}
