// SPDX-License-Identifier: Apache-2.0
// An evaluation's sentences.
#include "pilothouse/evidence.h"

#include <math.h>
#include <string.h>

#include "check.h"

static struct ph_evaluation effect(enum ph_reason reason)
{
    return (struct ph_evaluation){
        .method = "welch",
        .primary = { .estimate = -1234.567, .interval = { -2000.4, -468.7 }, .level = 0.95 },
        .fixed = { NAN, NAN },
        .worthwhile = NAN,
        .benefit = NAN,
        .detectable = NAN,
        .extension_value = NAN,
        .verdict = { .reason = reason, .grade = PH_GRADE_A, .delta = 500 },
    };
}

static void says(const struct ph_evaluation *e, const char *want)
{
    char *words = ph_evaluation_words(e);
    assert_non_null(words);
    if (!strstr(words, want)) {
        fail_msg("“%s” does not say “%s”", words, want);
    }
    ph_text_free(words);
}

static void silent(const struct ph_evaluation *e, const char *what)
{
    char *words = ph_evaluation_words(e);
    assert_null(strstr(words, what));
    ph_text_free(words);
}

static void size_and_chances(void **state)
{
    struct ph_evaluation e = effect(PH_REASON_WORTHWHILE);
    says(&e, "Scale: it works, and probably well enough to be worth having.");
    says(&e, " The effect is estimated at \xe2\x88\x92"
             "1,235; the 95% interval goes from \xe2\x88\x92"
             "2,000 to \xe2\x88\x92"
             "469.");
    says(&e, " Strength of evidence: A, a randomised comparison.");
    silent(&e, "chance");
    e.worthwhile = 0.973;
    e.benefit = 0.9999; // nobody is ever quite sure
    says(&e, " The chance that it reaches 500, the smallest effect worth having, is 97%.");
    says(&e, " The chance that it is worth its cost is over 99%.");
    e.benefit = 0.0001;
    says(&e, "is under 1%.");
    e.primary.anytime = true;
    says(&e, " and holds at every look.");
    e.primary.interval.lo = NAN;
    says(&e, ", without a margin of error.");
    e.exploratory = true;
    says(&e, "Exploratory:");
}

static void failed_checks_in_words(void **state)
{
    struct ph_evaluation e = effect(PH_REASON_GATE_FAILED);
    e.worthwhile = 0.97;
    e.gate[0] = (struct ph_gate){ "sample-ratio", 0.00038, 0.001, false };
    e.gate[1] = (struct ph_gate){ "missing", 0.214, 0.1, false };
    e.gate[2] = (struct ph_gate){ "pre-trend", 0.5, 0.05, true };
    e.gate[3] = (struct ph_gate){ "leads-within-delta", NAN, 500, false };
    e.gate[4] = (struct ph_gate){ "brand-new", 3, 2, false };
    e.n_gates = 5;
    says(&e, "The check that failed: the groups are not of the planned sizes (p 0.00038, at least "
             "0.001 is asked for).");
    says(&e, "too many outcomes are missing (21.4%, at most 10.0% is allowed).");
    says(&e, "differences as large as an effect worth having can't be excluded.");
    says(&e, "brand-new (3, limit 2).");
    silent(&e, "moved apart"); // it passed
    silent(&e, "The chance");  // would be taken for a result
    silent(&e, "nan");
}

static void shares_and_differences(void **state)
{
    struct ph_evaluation e = effect(PH_REASON_FLOOR_MET);
    e.verdict.grade = PH_GRADE_NONE;
    e.method = "feasibility";
    e.primary.estimate = 0.9312;
    e.primary.interval = (struct ph_interval){ 0.901, 0.96 };
    e.criterion[0].floor = 0.9;
    e.n_criteria = 1;
    says(&e,
        " The share is 93.1%; the 95% interval goes from 90.1% to 96.0%. Asked for is at least "
        "90.0%.");
    e.primary.convention = "poisson.garwood";
    e.criterion[0].direction = PH_LOWER_IS_BETTER;
    says(&e, " The rate is 0.931; the 95% interval goes from 0.901 to 0.960. Asked for is at most "
             "0.900.");
    silent(&e, "Strength");
    e.method = "accuracy";
    e.primary.estimate = 0.5;
    e.primary.interval = (struct ph_interval){ 0.2, 0.8 };
    e.criterion[0] = (struct ph_criterion){ .estimate = -3, .floor = -5 };
    e.criterion[1] = (struct ph_criterion){ .estimate = 4, .floor = 5 };
    e.n_criteria = 2;
    says(&e, " On average new readings differ from the reference by 0.50;");
    says(&e, "Nearly all differ by \xe2\x88\x92"
             "3.00 to 4.00; 5.00 either way is allowed.");
}

static void harm_and_others(void **state)
{
    struct ph_evaluation e = effect(PH_REASON_HARM);
    e.guardrail[1] = (struct ph_guardrail_result){
        .outcome = "falls", .harm = 4, .interval = { 2, 6 }, .margin = 1
    };
    e.n_guardrails = 2;
    e.verdict.decisive = 1;
    says(&e, " The harm: falls is worse by at least 2.0, where 1.0 is allowed.");
    e = effect(PH_REASON_EXTENSION_PAYS);
    says(&e, "Extend: the extension that the plan names could settle it.");
    e.extension_value = 1000;
    says(&e, "are worth their cost");
    e.detectable = 900;
    e.verdict.verdict = PH_EXTEND;
    silent(&e, "four times in five");
    e.verdict.verdict = PH_CANNOT_TELL;
    says(&e, " With so many data an effect of 900 is found four times in five.");
    e.n_alternatives = 2;
    e.spread = (struct ph_interval){ -1500, -900 };
    says(&e, " Other analyses that the plan names give \xe2\x88\x92"
             "1,500 to \xe2\x88\x92"
             "900.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_and_chances),
        cmocka_unit_test(failed_checks_in_words),
        cmocka_unit_test(shares_and_differences),
        cmocka_unit_test(harm_and_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
