// SPDX-License-Identifier: Apache-2.0
// The command line in three parts: words to arguments (cli_args.c), arguments to a result (cli.c),
// result to JSON (cli_report.c).
#pragma once

#include "json.h"

enum { EV_CLI_WHERE_MAX = 4, EV_CLI_COUNTS_MAX = 4 };

enum ev_method {
    EV_FEASIBILITY = 1,
    EV_ACCURACY = 2,
    EV_BEFORE_AFTER = 4,
    EV_WELCH = 8,
    EV_PROPORTIONS = 16,
    EV_POWER = 32,
};

// --where 'day<=5': rows for which this does not hold, or whose cell is empty, are not read.
struct ev_where {
    char column[128];
    char sign[3]; // < <= = >= >
    double value;
};

// Texts borrowed from argv; NULL and NAN where not given.
struct ev_args {
    enum ev_method method;
    const char *data, *outcome, *trials, *unit, *reference, *period, *time, *treat, *cluster;
    const char *direction, *design, *limits, *kind, *solve, *counts_text;
    double level, floor, coverage, from;
    double n, n0, effect, sd, p0, p1, alpha, power, cluster_size, icc, cluster_cv;
    double yes_no, unpaired, one_sided, wrong_tail; // flags: 1 when given
    double counts[EV_CLI_COUNTS_MAX];
    size_t n_counts;
    struct ev_where where[EV_CLI_WHERE_MAX];
    size_t n_where;
};

// False after words to ERR.
bool ev_args_read(int argc, char **argv, struct ev_args *ret_args, FILE *err);
void ev_args_usage(FILE *err);

// One line of JSON to OUT each.
bool ev_report_feasibility(const struct ph_feasibility_result *r, FILE *out);
bool ev_report_accuracy(const struct ph_accuracy_result *r, FILE *out);
bool ev_report_yes_no(const struct ph_yes_no_result *r, FILE *out);
bool ev_report_before_after(const struct ph_before_after_result *r, FILE *out);
bool ev_report_welch(const struct ph_welch_result *r, FILE *out);
bool ev_report_proportions(const struct ph_proportions_result *r, FILE *out);
bool ev_report_power(const struct ph_power_result *r, FILE *out);
