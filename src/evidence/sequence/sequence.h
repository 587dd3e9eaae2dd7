// SPDX-License-Identifier: Apache-2.0
// What the files of this area share.
#pragma once

#include "internal.h"

// ---- bound.c: the two-sided normal mixture ----

double ev_normal_rho(double v_opt, double alpha);
double ev_normal_log_e(double s, double v, double rho);
double ev_normal_bound(double v, double rho, double alpha);

// ---- monitor.c ----

enum ph_status ev_monitor_check_options(struct ph_context *c, const struct ph_monitor_options *o);
enum ph_status ev_monitor_check_columns(struct ph_context *c, const struct ph_monitor_options *o,
    const struct ph_frame *f, const struct ph_monitor_columns *columns);
// One row, checked before.
void ev_monitor_row(struct ph_monitor *m, const struct ph_frame *f,
    const struct ph_monitor_columns *columns, size_t row);
// The look without a beginning of its own, so that warnings and words are kept.
enum ph_status ev_monitor_look(
    struct ph_context *c, const struct ph_monitor *m, struct ph_look *ret_look);
// The next bet of the predictable mixture, before row T (from 1) is seen; SPREAD as in the monitor.
double ev_next_bet(double t, double spread, double alpha);
// Sets p from log_e.
void ev_anytime_p(struct ph_result *r);
// A header at this monitor's level with its dropped rows and grade.
struct ph_result ev_monitor_head(const struct ph_monitor *m, const char *convention);

// ---- betting.c ----

struct ev_bettor;
enum ph_status ev_bettor_new(struct ph_context *c, const struct ph_monitor_options *o, size_t grid,
    struct ev_bettor **ret_bettor);
void ev_bettor_free(struct ph_context *c, struct ev_bettor *b);
void ev_bettor_row(struct ev_bettor *b, double value);
// Interval, log_e and the counts into LOOK, whose header is blank.
void ev_bettor_look(struct ev_bettor *b, struct ph_look *look);
