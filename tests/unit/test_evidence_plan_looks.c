// SPDX-License-Identifier: Apache-2.0
// Plans that look before the horizon though rows belong together: clusters, strata, events.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
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

#define HEAD(design) "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"" design "\","
#define LOT          HEAD("randomised")

static struct ph_sealed *sealed_of(const char *text)
{
    struct ph_sealed *s = NULL;
    if (ph_plan_seal(ctx, text, strlen(text), &s) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    return s;
}

static void refused(const char *text, const char *words)
{
    struct ph_sealed *s = NULL;
    assert_int_equal(ph_plan_seal(ctx, text, strlen(text), &s), PH_DATA);
    if (!strstr(ph_context_message(ctx), words)) {
        fail_msg("“%s” does not say “%s”", ph_context_message(ctx), words);
    }
}

static struct ph_evaluation run_frame(const char *plan, const struct ph_frame *frame)
{
    struct ph_sealed *s = sealed_of(plan);
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    if (ph_evaluate(ctx, s, frame, &o, &e) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    ph_sealed_free(s);
    return e;
}

enum { PLACES = 12, WEEKS = 6, VISITS = PLACES * WEEKS };

struct visits {
    double y[VISITS], arm[VISITS], week[VISITS], hours[VISITS], harm[VISITS];
    int32_t place[VISITS], part[VISITS];
    struct ph_column column[7];
    struct ph_frame frame;
};

static void make_visits(struct visits *d, double effect)
{
    for (int i = 0; i < VISITS; i++) {
        int place = i % PLACES;
        d->place[i] = place;
        d->part[i] = place / 2 % 2;
        d->arm[i] = place % 2;
        d->week[i] = 1 + i / PLACES;
        d->hours[i] = 10;
        d->y[i] = floor(20 + 3 * sin(7.0 * place) + 2 * sin(3.0 * i) + effect * d->arm[i]);
        d->harm[i] = sin(5.0 * place) + 0.01 * cos(i) + (place == 1 ? 3 : 0);
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ "arm", PH_REAL, .real = d->arm };
    d->column[2] = (struct ph_column){ "week", PH_REAL, .real = d->week };
    d->column[3] = (struct ph_column){ "place", PH_KEY, .key = d->place };
    d->column[4] = (struct ph_column){ "part", PH_KEY, .key = d->part };
    d->column[5] = (struct ph_column){ "hours", PH_REAL, .real = d->hours };
    d->column[6] = (struct ph_column){ "harm", PH_REAL, .real = d->harm };
    d->frame = (struct ph_frame){ .rows = VISITS, .columns = 7, .column = d->column };
}

#define VISITED(method, more)                                                                      \
    LOT "\"method\":\"" method "\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":"     \
        "\"week\"" more "},\"delta\":1,\"horizon\":20"
#define LOOKS ",\"looks\":{\"times\":[6,12],\"share\":0.5}}"

static void looks_together(void **state)
{
    static const struct {
        const char *plan, *undeclared;
    } cases[] = {
        { VISITED("welch", ",\"cluster\":\"place\"") LOOKS,
            VISITED("welch", ",\"cluster\":\"place\"") "}" },
        { VISITED("lin", ",\"cluster\":\"place\"") LOOKS,
            VISITED("lin", ",\"cluster\":\"place\"") "}" },
        { VISITED("randomise", ",\"cluster\":\"place\"") LOOKS,
            VISITED("randomise", ",\"cluster\":\"place\"") "}" },
        { VISITED("randomise", ",\"stratum\":\"part\"") LOOKS,
            VISITED("randomise", ",\"stratum\":\"part\"") "}" },
        { VISITED("poststratify", ",\"stratum\":\"part\"") LOOKS,
            VISITED("poststratify", ",\"stratum\":\"part\"") "}" },
        { VISITED("rates", ",\"exposure\":\"hours\"") LOOKS,
            VISITED("rates", ",\"exposure\":\"hours\"") "}" },
        { VISITED("rates", ",\"exposure\":\"hours\",\"cluster\":\"place\"") LOOKS,
            VISITED("rates", ",\"exposure\":\"hours\",\"cluster\":\"place\"") "}" },
    };
    struct visits d;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        make_visits(&d, 0);
        struct ph_evaluation e = run_frame(cases[i].plan, &d.frame);
        assert_string_equal(e.primary.convention, "confidence-sequence.information");
        assert_true(e.primary.anytime && e.primary.level > 0.97);
        double width = e.primary.interval.hi - e.primary.interval.lo;
        if (!isnan(e.fixed.hi)) {
            assert_true(width > 1.3 * (e.fixed.hi - e.fixed.lo));
        }
        assert_true(e.primary.p > 0.05);
        assert_true(e.verdict.verdict != PH_SCALE);
        make_visits(&d, 60); // decided at a look
        e = run_frame(cases[i].plan, &d.frame);
        assert_int_equal(e.stage, PH_STAGE_EARLY);
        assert_int_equal(e.verdict.verdict, PH_SCALE);
        // Not declared, they wait.
        e = run_frame(cases[i].undeclared, &d.frame);
        assert_false(e.primary.anytime);
        assert_int_equal(e.verdict.reason, PH_REASON_TOO_EARLY);
    }
    refused(LOT
        "\"method\":\"before-after\",\"columns\":{\"outcome\":\"y\",\"period\":\"arm\",\"time\":"
        "\"week\"},\"delta\":1,\"horizon\":20" LOOKS,
        "two groups");
}

// One place of twelve is worse, all its visits with it: as rows they would be harm, as places not.
static void harm_by_place(void **state)
{
    struct visits d;
    make_visits(&d, 0);
#define GUARD ",\"guardrails\":[{\"outcome\":\"harm\",\"direction\":\"lower\",\"margin\":0.001}]}"
    struct ph_evaluation rows = run_frame(VISITED("welch", "") GUARD, &d.frame);
    struct ph_evaluation places =
        run_frame(VISITED("welch", ",\"cluster\":\"place\"") GUARD, &d.frame);
    assert_true(fabs(rows.guardrail[0].harm - places.guardrail[0].harm) < 1e-9);
    double apart = rows.guardrail[0].interval.hi - rows.guardrail[0].interval.lo;
    assert_true(places.guardrail[0].interval.hi - places.guardrail[0].interval.lo > 2 * apart);
}

// The bound itself: the mixture's where degrees of freedom are many, wider where they are few.
static void any_estimate(void **state)
{
    struct ph_result many = { .estimate = 1, .se = 0.25, .df = INFINITY, .level = 0.95 };
    struct ph_result few = many;
    struct ph_result none = many;
    few.df = 6;
    none.se = NAN;
    ph_result_anytime(&many, 200, 400);
    ph_result_anytime(&few, 200, 400);
    ph_result_anytime(&none, 200, 400);
    double a = 2 * log(1 / 0.05);
    double rho = 400 / (a + log1p(a));
    double half = 0.25 * sqrt((200 + rho) * (log1p(200 / rho) - 2 * log(0.05)) / 200);
    assert_true(fabs(many.interval.hi - 1 - half) < 1e-12);
    assert_true(few.interval.hi > many.interval.hi && few.p > many.p);
    assert_true(isnan(none.interval.lo) && none.warnings & PH_WARN_TOO_EARLY);
    // The interval leaves 0 out where its p-value says so.
    for (double at = 0.4; at < 1.6; at += 0.01) {
        struct ph_result r = { .estimate = at, .se = 0.25, .df = 9, .level = 0.95 };
        ph_result_anytime(&r, 200, 400);
        assert_true((r.interval.lo > 0) == (r.p < 0.05));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_together),
        cmocka_unit_test(harm_by_place),
        cmocka_unit_test(any_estimate),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
