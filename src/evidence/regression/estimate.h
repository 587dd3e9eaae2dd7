// SPDX-License-Identifier: Apache-2.0
// From a settled design to coefficients with their covariance: what every regression-like method
// shares.
#pragma once

#include "vcov.h"

struct ev_estimate_options {
    enum ph_vcov vcov;
    enum ph_counted counted;
    size_t focus; // the design's column; SIZE_MAX: none must stay
    int32_t time; // the frame's column; PH_NONE
    uint32_t lag;
    bool unadjusted;
    bool by_cluster; // what lies across clusters becomes columns, whatever the covariance
};

struct ev_estimate {
    struct ev_fit fit;
    struct ev_vcov vcov;
    size_t own;       // columns of the design that are coefficients: the first ones
    size_t k_counted; // parameters in the factor
    int32_t *order;   // rows by time; NULL: as they stand
    const char *convention;
};

// FROM's options must fit the design's clusters. RET is released in any case.
PH_CHECKED enum ph_status ev_estimate(
    struct ev_design *d, const struct ev_estimate_options *o, struct ev_estimate *ret);
void ev_estimate_release(struct ev_estimate *e);

// A regression's design up to its columns, and the place of the coefficient in focus.
PH_CHECKED enum ph_status ev_regression_design(struct ph_context *c, const struct ph_frame *frame,
    const struct ph_regression_options *o, struct ev_design **ret_design, size_t *ret_focus);
// Which absorbed groups lie within the clusters, as a set.
PH_CHECKED enum ph_status ev_nested_groups(
    const struct ev_design *d, const struct ev_groups *clusters, unsigned *ret_set);
// Coefficient J (a column of the design) with its interval and test; the constant's is shifted back
// from the centred columns.
PH_CHECKED enum ph_status ev_coefficient(
    const struct ev_estimate *e, size_t j, double level, struct ph_coefficient *ret);
// Its place among the kept columns; SIZE_MAX when dropped.
size_t ev_kept(const struct ev_fit *f, size_t j);
// The head's numbers and warnings from coefficient J.
void ev_head_from(const struct ev_estimate *e, const struct ph_coefficient *of,
    enum ph_design design, struct ph_result *head);
// Durbin-Watson and lag-1 autocorrelation of the residuals.
PH_CHECKED enum ph_status ev_serial(const struct ev_estimate *e, double *ret_dw, double *ret_r1);
