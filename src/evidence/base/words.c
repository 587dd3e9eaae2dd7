// SPDX-License-Identifier: Apache-2.0
// Every name and sentence that the engine hands out.
#include "internal.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NAME(table, i)                                                                             \
    ((size_t)(i) < LEN(table) && (table)[(size_t)(i)] ? (table)[(size_t)(i)] : "unknown")

const char *ph_status_name(enum ph_status status)
{
    static const char *const names[] = { "ok", "invalid", "data", "too-large", "no-memory",
        "unsupported", "no-solution", "cancelled" };
    return NAME(names, status);
}

const char *ph_grade_name(enum ph_grade grade)
{
    static const char *const names[] = { "none", "A", "B", "C", "D" };
    return NAME(names, grade);
}

const char *ph_drop_id(enum ph_drop reason)
{
    static const char *const names[] = { "outcome-missing", "group-missing", "unit-missing",
        "unit-unpaired", "covariate-missing", "weight-missing", "time-missing", "singleton",
        "always-treated", "unit-unbalanced" };
    return NAME(names, reason);
}

const char *ph_verdict_name(enum ph_verdict verdict)
{
    static const char *const names[] = { "cannot-tell", "scale", "adapt", "extend", "stop" };
    return NAME(names, verdict);
}

const char *ph_reason_name(enum ph_reason reason)
{
    static const char *const names[] = {
        [PH_REASON_GATE_FAILED] = "gate-failed",
        [PH_REASON_NO_INTERVAL] = "no-interval",
        [PH_REASON_LEVEL_DIFFERS] = "level-differs",
        [PH_REASON_TOO_EARLY] = "too-early",
        [PH_REASON_HARM] = "harm",
        [PH_REASON_WORTHWHILE] = "worthwhile",
        [PH_REASON_FLOOR_MET] = "floor-met",
        [PH_REASON_WORTHWHILE_RULED_OUT] = "worthwhile-ruled-out",
        [PH_REASON_FLOOR_MISSED] = "floor-missed",
        [PH_REASON_NOT_WORTH_COST] = "not-worth-cost",
        [PH_REASON_EXTENSION_PAYS] = "extension-pays",
        [PH_REASON_COMPONENT_WORKS] = "component-works",
        [PH_REASON_GRADE_TOO_LOW] = "grade-too-low",
        [PH_REASON_MAYBE_TOO_SMALL] = "maybe-too-small",
        [PH_REASON_BENEFIT_UNSURE] = "benefit-unsure",
        [PH_REASON_INCONCLUSIVE] = "inconclusive",
        [PH_REASON_MEASURES_DISAGREE] = "measures-disagree",
    };
    return NAME(names, reason);
}

// By bit; each range is an area's, so that areas grow apart.
static const struct warning {
    const char *id;
    const char *words;
} warnings[64] = {
    [0] = { "small-sample", "There are fewer than 10 in a group: the interval leans on an even, "
                            "bell-shaped spread that so few cannot show." },
    [1] = { "few-clusters",
        "Fewer than 10 clusters were analysed: treat the interval as rough, and prefer "
        "a randomisation test if assignment was random." },
    [2] = { "no-variation",
        "The values do not vary, so no margin of error can be worked out from them." },
    [3] = { "rows-dropped", "Some rows were left out because a value was missing." },
    [4] = { "many-dropped",
        "More than a fifth of the rows were left out: those that remain may not speak "
        "for the rest." },
    [5] = { "zero-cell",
        "One of the counts is zero: the estimate sits at the edge of what is possible." },
    [6] = { "unequal-clusters",
        "The largest cluster has over four times the rows of the smallest: each "
        "counts the same here, whatever its size." },
    [7] = { "aggregated", "Several readings of one unit were averaged before the analysis." },
    [8] = { "unpaired",
        "Units were not matched between the periods, so differences among units blur the "
        "change." },
    [9] = { "design-unstated",
        "The plan does not say how groups were formed, so nothing is claimed about "
        "cause." },
    [10] = { "bias-by-size",
        "The difference between the methods grows or shrinks with the size of what is "
        "measured: one pair of limits does not describe it." },
    [11] = { "undefined", "A number cannot be worked out from these counts and is left empty." },
    [12] = { "before-after",
        "Without a comparison, whatever else changed at the same time is in this "
        "number." },
    [13] = { "unequal-groups",
        "One group has over four times the rows of the other: the smaller one "
        "decides the margin of error." },
    [14] = { "comparison-not-random",
        "The groups were not formed at random: they may have differed from "
        "the start." },
    [15] = { "early-fixed",
        "This interval is for one look at the planned end; before that it does not "
        "decide anything." },
    [16] = { "level-differs", "The interval was not worked out at the plan's level." },
    [17] = { "skewed",
        "The values lean far to one side: the interval holds the truth less often than it says." },

    // 18-33: regression, randomised and series.
    [18] = { "collinear-dropped", "Some columns say nothing that others do not say: they were left "
                                  "out, and named." },
    [19] = { "singletons-dropped",
        "Units or groups with a single row were left out: a fixed effect swallows them." },
    [20] = { "full-leverage", "Some rows or clusters are fitted wholly by themselves and tell "
                              "nothing about the margin of error." },
    [21] = { "covariance-repaired",
        "The two-way covariance came out impossible in this sample and was set to the nearest "
        "possible one." },
    [22] = { "few-degrees-of-freedom",
        "Fewer than 4 degrees of freedom are left: the interval rests on very little." },
    [23] = { "not-clustered", "Rows of one unit are counted as independent." },
    [24] = { "interval-unbounded",
        "No value far away can be ruled out with so few clusters, so there is no interval." },
    [26] = { "sample-ratio-mismatch",
        "The groups' sizes do not fit the plan: something went wrong in assigning or counting, and "
        "no effect can be read." },
    [27] = { "differential-attrition",
        "One group lost more of its outcomes than the other: those left may differ." },
    [25] = { "coarse-p",
        "There are so few patterns of draws that the p-value moves in large steps." },

    [28] = { "overdispersed",
        "The counts vary more than a Poisson model allows: its interval is too narrow; take the "
        "quasi-Poisson one." },
    [29] = { "serial-correlation",
        "What is left over at one time goes on into the next: the interval is too narrow; give a "
        "lag." },
    [30] = { "short-series",
        "There are fewer than 12 times before or after: trend and season can hardly be told from "
        "the change." },

    // 34-44: sequences, portfolio, money and ratings.
    [34] = { "too-early", "There are too few rows yet for an interval." },
    [35] = { "asymptotic",
        "A group has fewer than 50 rows: this interval is made for large samples and may be too "
        "short." },
    [36] = { "boundary",
        "A spread was estimated as exactly zero: the data give no sign of differences, which is "
        "not proof that there are none." },
    [37] = { "disconnected",
        "Some raters and items share no ratings with the others, directly or through others: "
        "severity and quality cannot be told apart between such parts." },
    [38] = { "ties", "All items are judged the same, so which are at the top is chance." },
    [39] = { "unbounded",
        "The effect may be zero, so the cost of one unit of it has no upper end." },
    [40] = { "few-pilots",
        "There are fewer than 5 estimates: how much they differ in truth is hardly known." },

    // 45-63: panels, one treated place, the sealed plan.
    [45] = { "loose-fit", "Before the start the synthetic place misses the real one by more than "
                          "half of the smallest effect worth having." },
    [46] = { "weights-not-unique",
        "Other weights may meet the past just as well and tell another story." },
    [47] = { "few-placebos",
        "With fewer than 19 places to compare with, even the most striking result "
        "has a p-value above 0.05." },
    [48] = { "no-variance",
        "There are too few units for this standard error: choose another, or report the "
        "estimate alone." },
    [49] = { "cells-left-out",
        "Some groups and periods have nobody to compare with, or too few for the "
        "covariates: their effects are not in the summaries." },
    [50] = { "small-cohorts", "A group of fewer than 5 units has an estimate, but no margin of "
                              "error of its own that could be trusted." },
    [51] = { "overlap", "Some comparison units are nearly certain to have been treated: the "
                        "comparison leans on few of them." },
    [52] = { "no-pre-test", "The periods before the start cannot be tested together: there are too "
                            "few units for so many effects." },
    [53] = { "pre-trend", "Already before the start the groups moved apart, or might have by as "
                          "much as the effect sought." },
    [54] = { "already-treated", "More than a tenth of this estimate compares with places that were "
                                "already treated: read the group-time effects instead." },
    [55] = { "exploratory",
        "This run is not the plan that was sealed before the data: what it finds is "
        "a question for the next pilot, not an answer." },
    [56] = { "staggered",
        "Places start at different times: one regression over all of them compares with places "
        "that were already treated. Read the group-time effects beside it." },
    [57] = { "undeclared-look",
        "The plan declares no looks before its end: with this one and the one at the end a false "
        "alarm is up to twice as likely as stated." },
    [58] = { "repeated-cells",
        "Some units have several rows at one time, and each counts: keep one, or add them up, "
        "unless they are different people or things." },
};

uint64_t ph_warning_next(uint64_t *set)
{
    uint64_t lowest = *set & (~*set + 1);
    *set &= ~lowest;
    return lowest;
}

static const struct warning *warning_of(uint64_t bit)
{
    for (size_t i = 0; i < LEN(warnings); i++) {
        if (bit == UINT64_C(1) << i && warnings[i].id) {
            return &warnings[i];
        }
    }
    return NULL;
}

const char *ph_warning_id(uint64_t bit)
{
    const struct warning *w = warning_of(bit);
    return w ? w->id : "unknown";
}

const char *ph_warning_words(uint64_t bit)
{
    const struct warning *w = warning_of(bit);
    return w ? w->words : "";
}
