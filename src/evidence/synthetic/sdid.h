// SPDX-License-Identifier: Apache-2.0
// What one synthetic difference in differences needs, shared by the estimate and its variances.
#pragma once

#include "panel.h"
#include "simplex.h"

// Some of a panel's units as donors and others as treated; a bootstrap may name one several times.
struct sdid_sample {
    const size_t *donor;
    size_t donors;
    const size_t *treated;
    size_t n_treated;
};

// Memory for any sample of a panel, and the settings that all of its samples share.
struct sdid {
    struct ph_context *c;
    const struct panel *panel;
    enum ph_sdid_method method;
    enum ph_sdid_solver solver;
    double noise, zeta_omega, zeta_lambda;
    struct simplex_work work; // of max(units, pre)
    double *k;                // its square
    double *centred;          // [units][pre] or so
    double *target;           // [periods], mean of the treated
    double *post_mean;        // [units]
    double *omega;            // [units], of a sample's donors in its order
    double *lambda;           // [pre]
    double kkt;               // worst of the two
};

enum ph_status ev_sdid_begin(struct sdid *s);
void ev_sdid_end(struct sdid *s);
// Finds OMEGA and LAMBDA for a sample.
void ev_sdid_weights(struct sdid *s, const struct sdid_sample *sample);
// The effect with the weights that S holds.
double ev_sdid_effect(struct sdid *s, const struct sdid_sample *sample);
// Mean of the sample's treated in each period into S->target.
void ev_sdid_target(struct sdid *s, const struct sdid_sample *sample);
// The standard error; NAN where the method needs more units, with the warning for R.
enum ph_status ev_sdid_variance(
    struct sdid *s, const struct ph_sdid_options *o, struct ph_result *r);
