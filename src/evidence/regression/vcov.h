// SPDX-License-Identifier: Apache-2.0
// Covariances of a fit's coefficients, in the order of its kept columns.
#pragma once

#include "fit.h"

struct ev_vcov {
    struct ph_context *c;
    size_t p;
    double *v;  // P by P
    double *df; // of each coefficient
    uint64_t warnings;
    struct ev_satterthwaite *bell; // CR2 and CR3: what tests of several coefficients need
};

void ev_vcov_release(struct ev_vcov *v);

// sigma^2 (X'X)^-1
PH_CHECKED enum ph_status ev_vcov_iid(const struct ev_fit *f, struct ev_vcov *ret);
// HC0 to HC3. ABSORBED: the one kind of group that was taken out by means, or NULL.
PH_CHECKED enum ph_status ev_vcov_hc(const struct ev_fit *f, enum ph_vcov kind,
    const struct ev_groups *absorbed, struct ev_vcov *ret);
// Sums of scores by cluster: CR0, times FACTOR. Two-way: of[0] + of[1] - both.
PH_CHECKED enum ph_status ev_vcov_clustered(const struct ev_fit *f, const struct ev_groups *a,
    const struct ev_groups *b, double factor, double df, struct ev_vcov *ret);
// CR2 and CR3 with Satterthwaite degrees of freedom. Fixed effects taken out lie within clusters.
PH_CHECKED enum ph_status ev_vcov_bell_mccaffrey(const struct ev_fit *f, enum ph_vcov kind,
    const struct ev_groups *clusters, struct ev_vcov *ret);
// ORDER: rows by time; NULL: as they stand.
PH_CHECKED enum ph_status ev_vcov_newey_west(
    const struct ev_fit *f, const int32_t *order, uint32_t lag, double factor, struct ev_vcov *ret);

// Sandwich: inverse * meat * inverse into ret->v, with one df for all.
PH_CHECKED enum ph_status ev_vcov_from_meat(
    const struct ev_fit *f, const double *meat, double df, struct ev_vcov *ret);
// R beta = 0 for the Q kept columns WHICH. HTZ with CR2 and CR3, else F on Q and the df.
PH_CHECKED enum ph_status ev_wald(const struct ev_fit *f, const struct ev_vcov *v,
    const size_t *which, size_t q, struct ph_wald *ret);

// ---- bell.c ----

// HTZ (Pustejovsky & Tipton 2018): the denominator's degrees of freedom eta for these columns.
PH_CHECKED enum ph_status ev_htz_eta(const struct ev_fit *f, const struct ev_vcov *v,
    const size_t *which, size_t q, double *ret_eta);
void ev_satterthwaite_free(struct ph_context *c, struct ev_satterthwaite *s);
// Scores by cluster: N by P, row by row, fresh.
double *ev_scores(const struct ev_fit *f, const struct ev_groups *g);
