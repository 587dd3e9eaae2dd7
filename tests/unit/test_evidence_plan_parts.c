// SPDX-License-Identifier: Apache-2.0
// What a plan names besides its own analysis: further measures, components, alternatives, looks,
// earlier pilots; and the input's hash.
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

#define WELCH                                                                                      \
    "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"method\":\"welch\","   \
    "\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"delta\":1"

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

enum { ROWS = 80 };

struct data {
    double y[ROWS], arm[ROWS], week[ROWS], z[ROWS], north[ROWS], sms[ROWS], x[ROWS];
    uint8_t missing[ROWS];
    int32_t site[ROWS];
    struct ph_column column[8];
    struct ph_frame frame;
};

static void make(struct data *d, double effect, double other)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < ROWS; i++) {
        d->arm[i] = i % 2;
        d->north[i] = i / 2 % 2;
        d->sms[i] = i % 2 && i / 4 % 2;
        d->week[i] = 1 + i / 8;
        d->site[i] = i;
        d->x[i] = sin(37.0 * i + 1);
        d->y[i] = d->x[i] + cos(11.0 * i) + d->arm[i] * effect;
        d->z[i] = sin(23.0 * i) + cos(7.0 * i) + d->arm[i] * other;
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y };
    d->column[1] = (struct ph_column){ "arm", PH_REAL, .real = d->arm };
    d->column[2] = (struct ph_column){ "week", PH_REAL, .real = d->week };
    d->column[3] = (struct ph_column){ "z", PH_REAL, .real = d->z, .missing = d->missing };
    d->column[4] = (struct ph_column){ "north", PH_REAL, .real = d->north };
    d->column[5] = (struct ph_column){ "sms", PH_REAL, .real = d->sms };
    d->column[6] = (struct ph_column){ "x", PH_REAL, .real = d->x };
    d->column[7] = (struct ph_column){ "site", PH_KEY, .key = d->site };
    d->frame = (struct ph_frame){ .rows = ROWS, .columns = 8, .column = d->column };
}

static struct ph_evaluation run_with(
    const char *plan, const struct data *d, const struct ph_frame *portfolio)
{
    struct ph_sealed *s = sealed_of(plan);
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    o.portfolio = portfolio;
    if (ph_evaluate(ctx, s, &d->frame, &o, &e) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    ph_sealed_free(s); // names in E are not looked at after this
    return e;
}

static struct ph_evaluation run(const char *plan, const struct data *d)
{
    return run_with(plan, d, NULL);
}

// ---- Several primary measures ----

#define BOTH(direction)                                                                            \
    WELCH ",\"measures\":[{\"outcome\":\"z\",\"direction\":\"" direction "\",\"delta\":1}]}"

static void two_measures(void **state)
{
    struct data d;
    make(&d, 0, 3); // the second alone is enough
    struct ph_evaluation e = run(BOTH("higher"), &d);
    assert_int_equal(e.n_measures, 1);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_int_equal(e.verdict.decisive, 1);
    assert_true(fabs(e.measure[0].holm - fmin(2 * e.measure[0].head.p, 1)) < 1e-15);
    assert_true(e.holm >= e.primary.p);
    make(&d, 3, 3); // the second got worse: neither is hidden behind the other
    e = run(BOTH("lower"), &d);
    assert_int_equal(e.verdict.verdict, PH_CANNOT_TELL);
    assert_int_equal(e.verdict.reason, PH_REASON_MEASURES_DISAGREE);
    e.n_measures = 0; // their names went with the plan
    char *words = ph_evaluation_words(&e);
    assert_non_null(strstr(words, "one measure surely got better"));
    ph_text_free(words);
    make(&d, 0, 0); // both must be ruled out to stop
    e = run(BOTH("higher"), &d);
    assert_int_equal(e.verdict.reason, PH_REASON_WORTHWHILE_RULED_OUT);
    make(&d, 0, 0.7);
    e = run(BOTH("higher"), &d);
    assert_int_not_equal(e.verdict.verdict, PH_STOP);
    assert_false(e.verdict.worthwhile_ruled_out);
}

// An effect that one test alone would let pass does not survive among four.
static void holm_bites(void **state)
{
    static const double others[] = { 0.4, 0.5, 0.6 };
    struct ph_plan plan = PH_PLAN;
    struct ph_findings f = PH_FINDINGS;
    struct ph_result primary = { .estimate = 2.1,
        .se = 1,
        .df = INFINITY,
        .interval = { 0.14, 4.06 },
        .level = 0.95,
        .p = 0.0357,
        .grade = PH_GRADE_A };
    struct ph_result other[3];
    struct ph_measure measures[3];
    struct ph_verdict_result v;
    plan.delta = 0.5;
    f.primary = &primary;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_OK);
    assert_int_equal(v.verdict, PH_SCALE);
    for (int i = 0; i < 3; i++) {
        other[i] = (struct ph_result){ .estimate = 0.3,
            .se = 1,
            .df = INFINITY,
            .interval = { -1.66, 2.26 },
            .level = 0.95,
            .p = others[i],
            .grade = PH_GRADE_A };
        measures[i] = (struct ph_measure){ &other[i], PH_HIGHER_IS_BETTER, 0.5, NAN };
    }
    f.measures = measures;
    f.n_measures = 3;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_OK);
    assert_int_equal(v.verdict, PH_CANNOT_TELL);
    // R: p.adjust(c(0.0357, 0.4, 0.5, 0.6), "holm")
    static const double adjusted[] = { 0.1428, 1, 1, 1 };
    for (int i = 0; i < 4; i++) {
        assert_true(fabs(v.holm[i] - adjusted[i]) < 1e-12);
    }
    other[1].level = 0.9;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_OK);
    assert_int_equal(v.reason, PH_REASON_LEVEL_DIFFERS);
    assert_int_equal(v.decisive, 2);
    other[1].level = 0.95;
    other[1].interval.lo = NAN;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_OK);
    assert_int_equal(v.reason, PH_REASON_NO_INTERVAL);
    measures[2].delta = 0;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_INVALID);
    f.n_measures = PH_MEASURES_MAX + 1;
    assert_int_equal(ph_verdict(ctx, &plan, &f, &v), PH_INVALID);
}

static void missing_of_any_measure(void **state)
{
    struct data d;
    make(&d, 3, 3);
    for (int i = 0; i < 30; i++) {
        d.missing[i] = 1;
    }
    struct ph_evaluation e =
        run(WELCH ",\"gates\":{\"missing\":0.2},\"measures\":[{\"outcome\":\"z\",\"direction\":"
                  "\"higher\",\"delta\":1}]}",
            &d);
    assert_true(fabs(e.gate[0].value - 30.0 / ROWS) < 1e-12);
    assert_int_equal(e.verdict.reason, PH_REASON_GATE_FAILED);
}

// ---- Components ----

#define PARTS                                                                                      \
    ",\"components\":[{\"name\":\"north\",\"rows\":\"north\"},{\"name\":\"by text\",\"treat\":"    \
    "\"sms\"}]"

static void a_part_works(void **state)
{
    struct data d;
    make(&d, 0, 0);
    for (int i = 0; i < ROWS; i++) {
        d.y[i] = 3 * (d.x[i] + cos(11.0 * i)) + d.arm[i] * d.north[i] * 4;
    }
    struct ph_sealed *s = sealed_of(WELCH PARTS ",\"decision\":{\"worthwhile\":0.99}}");
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    assert_int_equal(ph_evaluate(ctx, s, &d.frame, &o, &e), PH_OK);
    assert_int_equal(e.n_components, 2);
    assert_int_equal(e.component[0].head.n, ROWS / 2);
    assert_true(e.component[0].survives);
    assert_true(fabs(e.component[0].holm - 2 * e.component[0].head.p) < 1e-15);
    assert_false(e.component[1].survives);
    assert_int_equal(e.verdict.verdict, PH_ADAPT);
    char *words = ph_evaluation_words(&e);
    assert_non_null(strstr(words, "Adapt:"));
    assert_non_null(strstr(words, "Works: north"));
    ph_text_free(words);
    // The rows are those that one would have kept by hand.
    struct data half = d;
    size_t n = 0;
    for (int i = 0; i < ROWS; i++) {
        if (d.north[i] == 1) {
            half.y[n] = d.y[i];
            half.arm[n++] = d.arm[i];
        }
    }
    struct ph_column columns[2] = { { "y", PH_REAL, .real = half.y },
        { "arm", PH_REAL, .real = half.arm } };
    struct ph_frame frame = { .rows = n, .columns = 2, .column = columns };
    struct ph_two_group_options w = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result r;
    assert_int_equal(ph_welch(ctx, &frame, &w, &r), PH_OK);
    assert_true(r.head.estimate == e.component[0].head.estimate);
    // A part for the worse, and one that can't be estimated, don't survive and stop nobody.
    for (int i = 0; i < ROWS; i++) {
        d.y[i] = -d.y[i];
        d.sms[i] = 0;
    }
    assert_int_equal(ph_evaluate(ctx, s, &d.frame, &o, &e), PH_OK);
    assert_false(e.component[0].survives);
    assert_true(e.component[1].why[0] != '\0' && isnan(e.component[1].head.estimate));
    ph_sealed_free(s);
}

// ---- Alternatives ----

#define OTHERS                                                                                     \
    ",\"sensitivity\":[{\"name\":\"adjusted\",\"method\":\"lin\",\"covariates\":[\"x\"]},"         \
    "{\"name\":\"north alone\",\"rows\":\"north\"},"                                               \
    "{\"name\":\"sites\",\"columns\":{\"unit\":\"site\"}},"                                        \
    "{\"name\":\"other treatment\",\"columns\":{\"treat\":\"x\"}}]}"

static void alternatives_never_decide(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation plain = run(WELCH "}", &d);
    struct ph_sealed *s = sealed_of(WELCH OTHERS);
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    assert_int_equal(ph_evaluate(ctx, s, &d.frame, &o, &e), PH_OK);
    assert_int_equal(e.n_alternatives, 4);
    assert_true(e.primary.estimate == plain.primary.estimate);
    assert_int_equal(e.verdict.verdict, plain.verdict.verdict);
    assert_string_equal(e.alternative[0].method, "lin");
    assert_true(e.alternative[0].head.se < e.primary.se);
    assert_int_equal(e.alternative[1].head.n, ROWS / 2);
    assert_int_equal(e.alternative[2].head.clusters, ROWS);
    assert_true(strstr(e.alternative[3].why, "0 or 1") && isnan(e.alternative[3].head.estimate));
    double low = e.primary.estimate;
    double high = low;
    for (int i = 0; i < 3; i++) {
        low = fmin(low, e.alternative[i].head.estimate);
        high = fmax(high, e.alternative[i].head.estimate);
    }
    assert_true(e.spread.lo == low && e.spread.hi == high && low < high);
    char *json = ph_evaluation_json(&e);
    assert_non_null(strstr(json, "\"alternatives\":[{"));
    assert_non_null(strstr(json, "north alone"));
    ph_text_free(json);
    ph_sealed_free(s);
}

// ---- Looks ----

#define TIMED                                                                                      \
    "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"method\":\"welch\","   \
    "\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":\"week\"},\"delta\":1,"             \
    "\"tuned_for\":80,\"horizon\":"

static void looks_share_alpha(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation e = run(TIMED "10,\"looks\":{\"times\":[4,8],\"share\":0.4}}", &d);
    assert_int_equal(e.stage, PH_STAGE_HORIZON);
    assert_true(fabs(e.level - (1 - 0.05 * 0.6)) < 1e-12);
    assert_true(e.primary.level == e.level);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    struct ph_evaluation early = run(TIMED "26,\"looks\":{\"times\":[4,8],\"share\":0.4}}", &d);
    assert_int_equal(early.stage, PH_STAGE_EARLY);
    assert_true(fabs(early.level - (1 - 0.05 * 0.4)) < 1e-12);
    assert_false(early.verdict.warnings & PH_WARN_UNDECLARED_LOOK);
    assert_int_equal(early.verdict.verdict, PH_SCALE);
    struct ph_evaluation undeclared = run(TIMED "26}", &d);
    assert_true(undeclared.verdict.warnings & PH_WARN_UNDECLARED_LOOK);
    assert_true(undeclared.level == 0.95 && isnan(undeclared.look_share));
    assert_true(early.primary.interval.lo < undeclared.primary.interval.lo);
}

// ---- Earlier pilots ----

static void read_among_pilots(void **state)
{
    struct data d;
    make(&d, 1.3, 0);
    double estimates[] = { 0.1, -0.2, 0.05, 0, 0.15 };
    double errors[] = { 0.1, 0.1, 0.12, 0.1, 0.1 };
    struct ph_column columns[2] = { { "estimate", PH_REAL, .real = estimates },
        { "se", PH_REAL, .real = errors } };
    struct ph_frame pilots = { .rows = 5, .columns = 2, .column = columns };
    struct ph_evaluation alone = run(WELCH "}", &d);
    struct ph_evaluation e = run_with(WELCH "}", &d, &pilots);
    assert_int_equal(e.pilots, 6);
    assert_true(e.shrunk < alone.primary.estimate);
    assert_true(e.worthwhile < alone.worthwhile);
    assert_true(e.primary.estimate == alone.primary.estimate);
    // The same by the portfolio's own function.
    double all[6], se[6];
    memcpy(all, estimates, sizeof(estimates));
    memcpy(se, errors, sizeof(errors));
    all[5] = alone.primary.estimate;
    se[5] = alone.primary.se;
    struct ph_column both[2] = { { "estimate", PH_REAL, .real = all },
        { "se", PH_REAL, .real = se } };
    struct ph_frame frame = { .rows = 6, .columns = 2, .column = both };
    struct ph_shrink_options o = PH_SHRINK_OPTIONS;
    struct ph_shrink_result r;
    o.delta = 1;
    o.integrated = true;
    assert_int_equal(ph_shrink(ctx, &frame, &o, &r), PH_OK);
    assert_true(r.pilots[5].worthwhile == e.worthwhile && r.pilots[5].shrunk == e.shrunk);
    ph_shrink_release(ctx, &r);
    // A plan that asks for them is not run without; an error of 0 is told with its row.
    struct ph_sealed *s = sealed_of(WELCH ",\"portfolio\":true}");
    struct ph_evaluate_options eo = PH_EVALUATE_OPTIONS;
    assert_int_equal(ph_evaluate(ctx, s, &d.frame, &eo, &e), PH_DATA);
    errors[2] = 0;
    eo.portfolio = &pilots;
    assert_int_equal(ph_evaluate(ctx, s, &d.frame, &eo, &e), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "Row 3"));
    ph_sealed_free(s);
}

// ---- The input's hash ----

static void input_hash(void **state)
{
    struct data d;
    make(&d, 1, 0);
    struct ph_evaluation a = run(WELCH "}", &d);
    assert_int_equal(strlen(a.input), 64);
    d.z[0] += 1; // no column of the plan
    struct ph_evaluation b = run(WELCH "}", &d);
    assert_string_equal(a.input, b.input);
    d.y[0] += 1e-12;
    b = run(WELCH "}", &d);
    assert_string_not_equal(a.input, b.input);
    // Keys count by what they are called, however they are numbered.
    static const char *const names[] = { "1", "0" };
    make(&d, 1, 0);
    for (int i = 0; i < ROWS; i++) {
        d.site[i] = i % 2;
    }
    const char *plan =
        "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\",\"method\":\"lin\","
        "\"vcov\":\"CR0\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"cluster\":\"site\"},"
        "\"delta\":1}";
    a = run(plan, &d);
    for (int i = 0; i < ROWS; i++) {
        d.site[i] = 1 - i % 2;
    }
    b = run(plan, &d);
    assert_string_not_equal(a.input, b.input);
    d.column[7].label = names;
    d.column[7].labels = 2;
    b = run(plan, &d);
    assert_string_equal(a.input, b.input);
}

static void refusals(void **state)
{
    refused(WELCH ",\"measures\":[{\"outcome\":\"z\",\"direction\":\"lower\"}]}", "delta each");
    refused(WELCH ",\"measures\":[3]}", "takes objects");
    refused(WELCH ",\"components\":[{\"name\":\"a\"}]}", "rows or treat");
    refused(WELCH ",\"components\":[{\"name\":\"a\",\"rows\":\"n\",\"treat\":\"n\"}]}", "rows or");
    refused(WELCH ",\"sensitivity\":[{\"method\":\"lin\"}]}", "name");
    refused(WELCH ",\"sensitivity\":[{\"name\":\"a\",\"method\":\"its\"}]}", "missing");
    refused(WELCH ",\"sensitivity\":[{\"name\":\"a\",\"delta\":3}]}", "not known");
    refused(WELCH ",\"sensitivity\":[{\"name\":\"a\",\"direction\":\"lower\"}]}", "not known");
    refused(WELCH ",\"sensitivity\":[{\"name\":\"a\",\"method\":\"accuracy\"}]}", "effects");
    refused(WELCH ",\"looks\":{\"times\":[3]}}", "before the horizon");
    refused(TIMED "10,\"looks\":{\"times\":[]}}", "needs its times");
    refused(TIMED "10,\"looks\":{\"times\":[3,3]}}", "rising");
    refused(TIMED "10,\"looks\":{\"times\":[3,10]}}", "before the horizon");
    refused(TIMED "10,\"looks\":{\"times\":[3],\"share\":1}}", "range");
    refused(WELCH ",\"portfolio\":1}", "true or false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_measures),
        cmocka_unit_test(holm_bites),
        cmocka_unit_test(missing_of_any_measure),
        cmocka_unit_test(a_part_works),
        cmocka_unit_test(alternatives_never_decide),
        cmocka_unit_test(looks_share_alpha),
        cmocka_unit_test(read_among_pilots),
        cmocka_unit_test(input_hash),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
