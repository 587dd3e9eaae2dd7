// SPDX-License-Identifier: Apache-2.0
#include "pilothouse/evidence.h"

#include <math.h>
#include <string.h>

#include "check.h"

static struct ph_context *ctx;

static int setup(void **state)
{
    ctx = ph_context_new(NULL);
    return ctx == NULL;
}

static int teardown(void **state)
{
    ph_context_free(ctx);
    return 0;
}

// An effect's result: estimate and half-width; the t distribution is near enough normal.
static struct ph_result effect(double estimate, double half, enum ph_grade grade)
{
    return (struct ph_result){ .estimate = estimate,
        .se = half / ph_normal_quantile(0.975),
        .df = INFINITY,
        .interval = { estimate - half, estimate + half },
        .level = 0.95,
        .p = 0.5,
        .grade = grade };
}

static struct ph_verdict_result judged(const struct ph_plan *plan, const struct ph_findings *f)
{
    struct ph_verdict_result v;
    assert_int_equal(ph_verdict(ctx, plan, f, &v), PH_OK);
    return v;
}

static void check(struct ph_verdict_result v, enum ph_verdict verdict, enum ph_reason reason)
{
    if (v.verdict != verdict || v.reason != reason) {
        fail_msg("%s (%s), not %s (%s)", ph_verdict_name(v.verdict), ph_reason_name(v.reason),
            ph_verdict_name(verdict), ph_reason_name(reason));
    }
}

static void by_interval(void **state)
{
    static const struct {
        double estimate, half;
        enum ph_verdict verdict;
        enum ph_reason reason;
        bool ruled_out;
    } cases[] = {
        { 5, 2, PH_SCALE, PH_REASON_WORTHWHILE, false },
        { 2.2, 2.1, PH_CANNOT_TELL, PH_REASON_MAYBE_TOO_SMALL, false },
        { 1, 0.5, PH_STOP, PH_REASON_WORTHWHILE_RULED_OUT, true }, // some effect, too small
        { 0, 1.9, PH_STOP, PH_REASON_WORTHWHILE_RULED_OUT, true },
        { 0, 2.0, PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE,
            false }, // touching delta rules nothing out
        { -9, 2, PH_STOP, PH_REASON_WORTHWHILE_RULED_OUT, true },
        { 5, 9, PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE, false },
    };
    struct ph_plan plan = PH_PLAN;
    plan.delta = 2;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int turned = 0; turned < 2; turned++) {
            struct ph_result r =
                effect(turned ? -cases[i].estimate : cases[i].estimate, cases[i].half, PH_GRADE_A);
            struct ph_findings f = PH_FINDINGS;
            f.primary = &r;
            plan.direction = turned ? PH_LOWER_IS_BETTER : PH_HIGHER_IS_BETTER;
            struct ph_verdict_result v = judged(&plan, &f);
            check(v, cases[i].verdict, cases[i].reason);
            assert_int_equal(v.worthwhile_ruled_out, cases[i].ruled_out);
            assert_true(fabs(v.good.hi - (cases[i].estimate + cases[i].half)) < 1e-12);
            assert_int_equal(v.grade, PH_GRADE_A);
        }
    }
}

static void grades(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.delta = 2;
    struct ph_findings f = PH_FINDINGS;
    struct ph_result r = effect(9, 1, PH_GRADE_D);
    f.primary = &r;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_GRADE_TOO_LOW);
    r.grade = PH_GRADE_NONE;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_GRADE_TOO_LOW);
    r.grade = PH_GRADE_C;
    check(judged(&plan, &f), PH_SCALE, PH_REASON_WORTHWHILE);
    r = effect(0, 1, PH_GRADE_D); // D can still show that it is not worth it
    check(judged(&plan, &f), PH_STOP, PH_REASON_WORTHWHILE_RULED_OUT);
}

static void order(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.delta = 2;
    struct ph_result r = effect(9, 1, PH_GRADE_A);
    struct ph_guardrail rails[] = { { 1, 2, false }, { 3, 2, false } };
    struct ph_findings f = PH_FINDINGS;
    f.primary = &r;
    f.guardrails = rails;
    f.n_guardrails = 2;
    struct ph_verdict_result v = judged(&plan, &f);
    check(v, PH_STOP, PH_REASON_HARM);
    assert_int_equal(v.decisive, 1);
    f.gate_failed = true;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_GATE_FAILED);
    f.gate_failed = false;
    f.primary = NULL; // harm needs no estimate
    check(judged(&plan, &f), PH_STOP, PH_REASON_HARM);
    f.n_guardrails = 0;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
    f.primary = &r;
    r.interval.hi = NAN;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
    r = effect(9, 1, PH_GRADE_A);
    r.level = 0.9;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_LEVEL_DIFFERS);
}

static void early(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.delta = 2;
    plan.stage = PH_STAGE_EARLY;
    struct ph_result r = effect(9, 1, PH_GRADE_A);
    struct ph_guardrail rail = { 3, 2, false };
    struct ph_findings f = PH_FINDINGS;
    f.primary = &r;
    f.guardrails = &rail;
    f.n_guardrails = 1;
    f.extension_mde = 1;
    struct ph_verdict_result v = judged(&plan, &f);
    check(v, PH_CANNOT_TELL, PH_REASON_TOO_EARLY);
    assert_true(v.warnings & PH_WARN_EARLY_FIXED);
    r = effect(0, 1, PH_GRADE_A); // nor may a fixed interval stop
    v = judged(&plan, &f);
    check(v, PH_CANNOT_TELL, PH_REASON_TOO_EARLY);
    assert_false(v.worthwhile_ruled_out);
    rail.anytime = true;
    check(judged(&plan, &f), PH_STOP, PH_REASON_HARM);
    rail.harm_lower = NAN;
    r = effect(9, 1, PH_GRADE_A);
    r.anytime = true;
    check(judged(&plan, &f), PH_SCALE, PH_REASON_WORTHWHILE);
}

static void money(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.delta = 2;
    plan.money = true;
    struct ph_result r = effect(9, 1, PH_GRADE_A);
    struct ph_findings f = PH_FINDINGS;
    f.primary = &r;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_BENEFIT_UNSURE); // not known
    f.benefit = 0.69;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_BENEFIT_UNSURE);
    f.benefit = 0.7;
    check(judged(&plan, &f), PH_SCALE, PH_REASON_WORTHWHILE);
    f.benefit = 0.2;
    check(judged(&plan, &f), PH_STOP, PH_REASON_NOT_WORTH_COST);
    r = effect(3, 5, PH_GRADE_A);
    f.benefit = 0.5;
    f.extension_mde = 1.5;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE);
    f.extension_value = 100;
    f.extension_cost = 99;
    check(judged(&plan, &f), PH_EXTEND, PH_REASON_EXTENSION_PAYS);
    f.extension_mde = 2.5;
    f.component_survives = true;
    check(judged(&plan, &f), PH_ADAPT, PH_REASON_COMPONENT_WORKS);
}

static void shrunk_probability_counts(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.delta = 2;
    struct ph_result r = effect(5, 2, PH_GRADE_A);
    struct ph_findings f = PH_FINDINGS;
    f.primary = &r;
    f.worthwhile = 0.79;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_MAYBE_TOO_SMALL);
    f.worthwhile = NAN;
    struct ph_verdict_result v = judged(&plan, &f);
    assert_true(fabs(v.worthwhile - ph_normal_cdf(3 / r.se)) < 1e-12);
}

static void floors(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.kind = PH_PLAN_FEASIBILITY;
    struct ph_feasibility_options o = PH_FEASIBILITY_OPTIONS;
    o.floor = 0.8;
    struct ph_feasibility_result r;
    assert_int_equal(ph_feasibility_counts(ctx, 95, 100, &o, &r), PH_OK);
    struct ph_criterion k = ph_criterion_feasibility(&r, PH_HIGHER_IS_BETTER);
    struct ph_findings f = PH_FINDINGS;
    f.criteria = &k;
    f.n_criteria = 1;
    check(judged(&plan, &f), PH_SCALE, PH_REASON_FLOOR_MET);
    assert_int_equal(judged(&plan, &f).grade, PH_GRADE_NONE);
    plan.stage = PH_STAGE_EARLY;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_TOO_EARLY);
    plan.stage = PH_STAGE_HORIZON;
    assert_int_equal(ph_feasibility_counts(ctx, 60, 100, &o, &r), PH_OK);
    k = ph_criterion_feasibility(&r, PH_HIGHER_IS_BETTER);
    check(judged(&plan, &f), PH_STOP, PH_REASON_FLOOR_MISSED);
    assert_int_equal(ph_feasibility_counts(ctx, 81, 100, &o, &r), PH_OK);
    k = ph_criterion_feasibility(&r, PH_HIGHER_IS_BETTER);
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE);
    // The same as a share of failures under a ceiling.
    o.direction = PH_LOWER_IS_BETTER;
    o.floor = 0.2;
    assert_int_equal(ph_feasibility_counts(ctx, 5, 100, &o, &r), PH_OK);
    k = ph_criterion_feasibility(&r, PH_LOWER_IS_BETTER);
    check(judged(&plan, &f), PH_SCALE, PH_REASON_FLOOR_MET);
    f.n_criteria = 0;
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
}

static void limits_of_agreement(void **state)
{
    struct ph_plan plan = PH_PLAN;
    plan.kind = PH_PLAN_ACCURACY;
    struct ph_accuracy_result r = { .head = { .level = 0.95 },
        .lower_limit = -1,
        .upper_limit = 2,
        .lower_limit_interval = { -1.5, -0.5 },
        .upper_limit_interval = { 1.5, 2.5 } };
    struct ph_criterion k[2];
    struct ph_findings f = PH_FINDINGS;
    f.criteria = k;
    f.n_criteria = 2;
    ph_criteria_limits(&r, 3, k);
    check(judged(&plan, &f), PH_SCALE, PH_REASON_FLOOR_MET);
    ph_criteria_limits(&r, 2, k);
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_INCONCLUSIVE);
    assert_int_equal(judged(&plan, &f).decisive, 1);
    ph_criteria_limits(&r, 1.4, k);
    check(judged(&plan, &f), PH_STOP, PH_REASON_FLOOR_MISSED);
    r.lower_limit_interval.lo = NAN;
    ph_criteria_limits(&r, 3, k);
    check(judged(&plan, &f), PH_CANNOT_TELL, PH_REASON_NO_INTERVAL);
}

static void refusals(void **state)
{
    struct ph_plan plan = PH_PLAN;
    struct ph_verdict_result v;
    struct ph_findings f = PH_FINDINGS;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_INVALID); // no delta
    plan.delta = -1;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_INVALID);
    plan.delta = 1;
    struct ph_findings zero = { 0 };
    assert_int_equal(ph_verdict(ctx, &plan, &zero, &v), PH_UNSUPPORTED);
    assert_int_equal(ph_verdict(ctx, &plan, NULL, &v), PH_UNSUPPORTED);
    f.n_criteria = 1;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_INVALID);
    assert_string_equal(ph_reason_name((enum ph_reason)99), "unknown");
    for (int i = 0; i <= PH_REASON_MEASURES_DISAGREE; i++) {
        assert_string_not_equal(ph_reason_name((enum ph_reason)i), "unknown");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_interval),
        cmocka_unit_test(grades),
        cmocka_unit_test(order),
        cmocka_unit_test(early),
        cmocka_unit_test(money),
        cmocka_unit_test(shrunk_probability_counts),
        cmocka_unit_test(floors),
        cmocka_unit_test(limits_of_agreement),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
