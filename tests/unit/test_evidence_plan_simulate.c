// SPDX-License-Identifier: Apache-2.0
// Made-up pilots for every kind of plan: what is harmful is stopped, what is nothing is rarely
// scaled, intervals hold the truth, and what is said of covariates and looks shows.
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

#define EFFECT(design)                                                                             \
    "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"" design "\",\"delta\":"

static struct ph_sealed *sealed_of(const char *text)
{
    struct ph_sealed *s = NULL;
    if (ph_plan_seal(ctx, text, strlen(text), &s) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    return s;
}

static void simulate(
    const char *plan, struct ph_simulate_options *o, struct ph_error_rates *ret_rates)
{
    struct ph_sealed *s = sealed_of(plan);
    if (ph_simulate(ctx, s, o, ret_rates) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    ph_sealed_free(s);
}

// Rates at 0 and at TRUTH.
static void at_two(
    const char *plan, struct ph_simulate_options *o, double truth, struct ph_error_rates ret[2])
{
    const double truths[] = { 0, truth };
    o->truths = truths;
    o->n_truths = 2;
    simulate(plan, o, ret);
    assert_int_equal(ret[0].runs + ret[0].failed, o->runs);
}

#define GUARDED                                                                                    \
    EFFECT("randomised")                                                                           \
    "1,\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"tuned_for\":100,"  \
    "\"guardrails\":[{\"outcome\":\"noise\",\"direction\":\"lower\",\"margin\":0.5},"              \
    "{\"outcome\":\"speed\",\"direction\":\"higher\",\"margin\":0.5}]}"

static void harm_is_stopped(void **state)
{
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates none[2], harm[2], other[2];
    const double harms[] = { 0.5, 0 }; // just what is allowed
    const double more[] = { 2.5, 0 };
    const double second[] = { 0, 2.5 };
    o.treated = o.compared = 50;
    o.runs = 300;
    o.guardrail_correlation = 0.5;
    o.harms = harms;
    o.n_harms = 2;
    at_two(GUARDED, &o, 2, none);
    assert_true(none[1].rate[PH_SCALE] > 0.9);
    assert_true(none[1].rate[PH_STOP] < 0.05);
    o.harms = more;
    at_two(GUARDED, &o, 2, harm);
    assert_true(harm[1].rate[PH_STOP] > 0.9);
    o.harms = second; // where higher is better, a fall is the harm
    at_two(GUARDED, &o, 2, other);
    assert_true(other[1].rate[PH_STOP] > 0.9);
}

#define LIN                                                                                        \
    EFFECT("randomised")                                                                           \
    "0.5,\"method\":\"lin\",\"covariates\":[\"before\"],\"columns\":{\"outcome\":\"y\",\"treat\":" \
    "\"arm\"}}"

static void covariates_help(void **state)
{
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates plain[2], told[2];
    o.treated = o.compared = 40;
    o.runs = 300;
    at_two(LIN, &o, 0.7, plain);
    o.covariate_correlation = 0.9;
    at_two(LIN, &o, 0.7, told);
    assert_true(told[1].rate[PH_SCALE] > plain[1].rate[PH_SCALE] + 0.1);
    assert_true(plain[0].covered > 0.91 && told[0].covered > 0.91); // 0.95, se 0.013
    assert_true(told[0].rate[PH_SCALE] < 0.04);
}

#define LOOKED                                                                                     \
    EFFECT("randomised")                                                                           \
    "0.5,\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":\"week\"}" \
    ",\"horizon\":20,\"tuned_for\":400"

// Declared looks and the end together err no more often than the plan says; the plan's own looks
// are asked when none are given.
static void looks_and_the_end(void **state)
{
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates declared[2], again[2];
    const double looks[] = { 5, 10, 15 };
    o.treated = o.compared = 20;
    o.periods = 20;
    o.runs = 400;
    at_two(LOOKED ",\"looks\":{\"times\":[5,10,15],\"share\":0.4}}", &o, 1, declared);
    assert_true(declared[0].rate[PH_SCALE] < 0.05); // 0.025 on one side, se 0.008
    assert_true(declared[1].decided_at < 19);
    o.looks = looks;
    o.n_looks = 3;
    at_two(LOOKED ",\"looks\":{\"times\":[5,10,15],\"share\":0.4}}", &o, 1, again);
    assert_memory_equal(declared, again, sizeof(again));
}

static void panels(void **state)
{
    static const char did[] =
        EFFECT("comparison") "0.5,\"method\":\"did\",\"columns\":{\"outcome\":\"y\",\"treat\":"
                             "\"on\",\"unit\":\"site\",\"time\":\"week\"}}";
    static const char two[] =
        EFFECT("comparison") "0.5,\"method\":\"did\",\"columns\":{\"outcome\":\"y\",\"treat\":"
                             "\"group\",\"unit\":\"site\",\"period\":\"after\"}}";
    static const char wild[] = EFFECT("comparison") "0.5,\"method\":\"wildboot\",\"formula\":\"y ~ "
                                                    "on | site + week\",\"columns\":{\"outcome\":"
                                                    "\"y\",\"treat\":\"on\",\"unit\":\"site\","
                                                    "\"time\":\"week\",\"cluster\":\"site\"}}";
    static const char sunab[] =
        EFFECT("comparison") "0.5,\"method\":\"sunab\",\"columns\":{\"outcome\":\"y\","
                             "\"first_treated\":\"start\",\"unit\":\"site\",\"time\":\"week\"}}";
    static const char *const plans[] = { did, two, wild, sunab };
    for (int i = 0; i < 4; i++) {
        struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
        struct ph_error_rates r[2];
        o.treated = o.compared = 12;
        o.before = 6;
        o.periods = 6;
        o.correlation = 0.3;
        o.sd = 0.2; // so that leads can rule out a trend as large as delta
        o.runs = i == 2 ? 60 : 150;
        at_two(plans[i], &o, 1.5, r);
        assert_int_equal(r[0].failed, 0);
        assert_true(r[0].covered > 0.86); // 0.95, se 0.018 or 0.028
        assert_true(r[0].rate[PH_SCALE] < 0.06);
        assert_true(r[1].rate[PH_SCALE] > 0.5);
    }
}

static void lots_and_strata(void **state)
{
    static const char lot[] =
        EFFECT("randomised") "0.5,\"method\":\"randomise\",\"columns\":{\"outcome\":\"y\","
                             "\"treat\":\"arm\",\"stratum\":\"ward\"}}";
    static const char strata[] =
        EFFECT("randomised") "0.5,\"method\":\"poststratify\",\"columns\":{\"outcome\":\"y\","
                             "\"treat\":\"arm\",\"stratum\":\"ward\"}}";
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates r[2];
    o.treated = o.compared = 15;
    o.runs = 120;
    o.covariate_correlation = 0.7;
    at_two(lot, &o, 2, r);
    assert_true(r[0].covered > 0.88 && r[0].rate[PH_SCALE] < 0.05); // 0.95, se 0.02
    assert_true(r[1].rate[PH_SCALE] > 0.8);
    o.runs = 300;
    at_two(strata, &o, 2, r);
    assert_true(r[0].covered > 0.91);
    o.strata = 3;
    struct ph_error_rates three[2];
    at_two(strata, &o, 2, three);
    assert_true(memcmp(r, three, sizeof(r)) != 0);
}

#define ONE_SERIES(settings)                                                                       \
    EFFECT("series")                                                                               \
    "0.2,\"method\":\"its\",\"columns\":{\"outcome\":\"y\",\"time\":\"month\"},\"horizon\":60,"    \
    "\"series\":{\"from\":37,\"slope\":false," settings "}}"

static void series(void **state)
{
    static const char *const plans[] = { ONE_SERIES("\"log\":true"),
        ONE_SERIES("\"family\":\"quasi-poisson\""), ONE_SERIES("\"lag\":1") };
    for (int i = 0; i < 3; i++) {
        struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
        struct ph_error_rates r[2];
        o.treated = 1;
        o.compared = 0;
        o.before = 36;
        o.periods = 24;
        o.mean = 80;
        o.sd = 0.1;
        o.runs = 200;
        at_two(plans[i], &o, 0.5, r);
        assert_true(r[0].covered > 0.88); // 0.95, se 0.015; Newey-West is short in few months
        assert_true(r[1].rate[PH_SCALE] > 0.8);
        o.compared = 1;
        struct ph_sealed *s = sealed_of(plans[i]);
        assert_int_equal(ph_simulate(ctx, s, &o, r), PH_INVALID);
        ph_sealed_free(s);
    }
}

// A family of measures errs no more often than one.
static void measures(void **state)
{
    static const char plan[] =
        EFFECT("randomised") "1,\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":"
                             "\"arm\"},\"decision\":{\"worthwhile\":0},\"measures\":["
                             "{\"outcome\":\"a\",\"direction\":\"lower\",\"delta\":1},"
                             "{\"outcome\":\"b\",\"direction\":\"higher\",\"delta\":1},"
                             "{\"outcome\":\"c\",\"direction\":\"higher\",\"delta\":1}]}";
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates r[2];
    o.runs = 400;
    at_two(plan, &o, 2, r);
    assert_true(r[0].rate[PH_SCALE] < 0.05); // 0.025 on one side, se 0.008
    assert_true(r[1].rate[PH_SCALE] > 0.95);
}

// Shares of several trials are told apart better than of one; a bias as large as the margin is
// never let through, and none is the sooner found good enough the less readings scatter.
static void trials_and_references(void **state)
{
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates few[2], many[2], wide[2], narrow[2];
    const char *shares = "{\"pilothouse_plan\":1,\"kind\":\"feasibility\",\"floor\":0.8,"
                         "\"method\":\"feasibility\",\"columns\":{\"outcome\":\"yes\","
                         "\"trials\":\"n\",\"unit\":\"place\"}}";
    const char *limits = "{\"pilothouse_plan\":1,\"kind\":\"accuracy\",\"margin\":3,"
                         "\"method\":\"accuracy\",\"columns\":{\"outcome\":\"y\","
                         "\"reference\":\"r\",\"unit\":\"place\"}}";
    o.compared = 0;
    o.runs = 200;
    o.sd = 0.02;
    at_two(shares, &o, 0.9, few);
    o.trials = 40;
    at_two(shares, &o, 0.9, many);
    assert_true(few[1].rate[PH_SCALE] < 0.2 && many[1].rate[PH_SCALE] > 0.9);
    assert_true(many[1].covered > 0.88);
    o.sd = 1;
    at_two(limits, &o, 3, narrow);
    o.sd = 2;
    at_two(limits, &o, 3, wide);
    assert_true(narrow[0].rate[PH_SCALE] > wide[0].rate[PH_SCALE] + 0.2);
    assert_true(narrow[1].rate[PH_SCALE] == 0 && wide[1].rate[PH_SCALE] == 0);
    assert_true(narrow[0].covered > 0.88); // of the bias
    o.trials = 10001;
    struct ph_sealed *s = sealed_of(shares);
    assert_int_equal(ph_simulate(ctx, s, &o, few), PH_INVALID);
    ph_sealed_free(s);
}

static void what_cannot_be_made_up(void **state)
{
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    struct ph_error_rates r[2];
    const double truths[] = { 0 };
    o.truths = truths;
    o.n_truths = 1;
    struct ph_sealed *s = sealed_of(
        EFFECT("comparison") "1,\"method\":\"regress\",\"formula\":\"y ~ on + factor(zone)\","
                             "\"columns\":{\"outcome\":\"y\",\"treat\":\"on\"}}");
    assert_int_equal(ph_simulate(ctx, s, &o, r), PH_UNSUPPORTED);
    assert_non_null(strstr(ph_context_message(ctx), "zone"));
    ph_sealed_free(s);
    s = sealed_of(GUARDED);
    const double harms[] = { 0, 0, 1 };
    o.harms = harms;
    o.n_harms = 3;
    assert_int_equal(ph_simulate(ctx, s, &o, r), PH_INVALID);
    o.n_harms = 0;
    o.guardrail_correlation = 1;
    assert_int_equal(ph_simulate(ctx, s, &o, r), PH_INVALID);
    ph_sealed_free(s);
    // An alternative's column is not needed: it decides nothing.
    s = sealed_of(EFFECT("randomised") "1,\"method\":\"welch\",\"columns\":{\"outcome\":\"y\","
                                       "\"treat\":\"arm\"},\"sensitivity\":[{\"name\":\"a\","
                                       "\"method\":\"lin\",\"covariates\":[\"x\"]}]}");
    o.guardrail_correlation = 0;
    o.runs = 10;
    assert_int_equal(ph_simulate(ctx, s, &o, r), PH_OK);
    assert_int_equal(r[0].failed, 0);
    ph_sealed_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harm_is_stopped),
        cmocka_unit_test(covariates_help),
        cmocka_unit_test(looks_and_the_end),
        cmocka_unit_test(panels),
        cmocka_unit_test(lots_and_strata),
        cmocka_unit_test(series),
        cmocka_unit_test(measures),
        cmocka_unit_test(trials_and_references),
        cmocka_unit_test(what_cannot_be_made_up),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
