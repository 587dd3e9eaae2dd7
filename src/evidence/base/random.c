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

// Box & Muller (1958, Ann. Math. Stat. 29:610): two uniforms make two normals, always.
static void normal_pair(struct ev_random *r, double ret_pair[2])
{
    double radius = sqrt(-2 * log(ev_random_uniform(r)));
    double angle = 2 * M_PI * ev_random_uniform(r);
    ret_pair[0] = radius * cos(angle);
    ret_pair[1] = radius * sin(angle);
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

void ev_random_normals(struct ev_random *r, double *ret_values, size_t count)
{
    size_t i = 0;
    while (i + 2 <= count) {
        normal_pair(r, ret_values + i);
        i += 2;
    }
    if (i < count) {
        ret_values[i] = ev_random_normal(r);
    }
}
