// SPDX-License-Identifier: Apache-2.0
// Sealing, running and simulating a plan.
#include "pilothouse/evidence.h"
#include "sha256.h"

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

// FIPS 180-4's own examples (NIST, Cryptographic Standards and Guidelines, SHA256.pdf).
static void sha256_vectors(void **state)
{
    char hex[65];
    ev_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ev_sha256_hex("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    ev_sha256_hex(two, strlen(two), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    memset(million, 'a', 1000000);
    ev_sha256_hex(million, 1000000, hex);
    free(million);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

#define HEAD "{\"pilothouse_plan\":1,\"kind\":\"effect\",\"design\":\"randomised\","
#define WELCH                                                                                      \
    HEAD "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"delta\":1"

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
    assert_null(s);
    if (!strstr(ph_context_message(ctx), words)) {
        fail_msg("“%s” does not say “%s”", ph_context_message(ctx), words);
    }
}

static void canonical_form(void **state)
{
    struct ph_sealed *a = sealed_of(WELCH "}");
    struct ph_sealed *b = sealed_of("{ \"delta\" : 1.0e0,\n \"columns\":{\"treat\":\"arm\", "
                                    "\"outcome\":\"\\u0079\"}, \"method\":\"welch\",\"design\":"
                                    "\"randomised\",\"kind\":\"effect\",\"pilothouse_plan\":1 }\n");
    struct ph_sealed *other = sealed_of(HEAD
        "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"delta\":1.01}");
    assert_string_equal(ph_sealed_text(a), ph_sealed_text(b));
    assert_string_equal(ph_sealed_hash(a), ph_sealed_hash(b));
    assert_string_not_equal(ph_sealed_hash(a), ph_sealed_hash(other));
    char hex[65];
    ev_sha256_hex(ph_sealed_text(a), strlen(ph_sealed_text(a)), hex);
    assert_string_equal(ph_sealed_hash(a), hex);
    ph_sealed_free(a);
    ph_sealed_free(b);
    ph_sealed_free(other);
}

// Hashes that were recorded when plans of this form were first sealed: what is added to the form
// later must not change them. Worked out from the sorted JSON by another program's SHA-256.
static void hashes_stay(void **state)
{
    static const char *const plans[][2] = {
        { "{\"pilothouse_plan\":1,\"kind\":\"feasibility\",\"method\":\"feasibility\",\"columns\":{"
          "\"outcome\":\"up\",\"trials\":\"hours\",\"unit\":\"sensor\"},\"floor\":0.95,\"notes\":["
          "\"\\u00e9\\ud83d\\ude00\",null,true,-1.5e-3]}",
            "116b3613779053e99cda2411138a9c634861f4fc103945b6956bf18d27e34f38" },
        { "{\"pilothouse_plan\":1,\"title\":\"Job training\",\"kind\":\"effect\",\"design\":"
          "\"randomised\",\"method\":\"welch\",\"direction\":\"higher\",\"level\":0.95,\"columns\":"
          "{"
          "\"outcome\":\"re78\",\"treat\":\"treat\"},\"delta\":500,\"gates\":{\"treated_share\":"
          "0.4157,\"missing\":0.1},\"money\":{\"cost\":1000,\"value\":1,\"population\":10000},"
          "\"extension\":{\"units\":2000,\"cost\":100000}}",
            "a7275c7e92717955ce2c0154707e614acf45e3e974d6dd091f394c928f746e4f" },
    };
    for (size_t i = 0; i < 2; i++) {
        struct ph_sealed *s = sealed_of(plans[i][0]);
        assert_string_equal(ph_sealed_hash(s), plans[i][1]);
        ph_sealed_free(s);
    }
}

static void bad_plans(void **state)
{
    refused("", "ends too early");
    refused("[1]", "JSON object");
    refused(WELCH ",}", "key in quotes");
    refused(WELCH "} x", "after its end");
    refused(WELCH ",\"delta\":2}", "stands there twice");
    refused(WELCH ",\"alpha\":0.05}", "alpha");
    refused(WELCH ",\"gates\":{\"mising\":0.1}}", "mising");
    refused(WELCH ",\"level\":95}", "out of its range");
    refused(WELCH ",\"level\":\"95\"}", "must be a number");
    refused(WELCH ",\"title\":\"\xff\"}", "UTF-8");
    refused(WELCH ",\"title\":\"\\ud800\"}", "backslash");
    refused(WELCH ",\"title\":\"a\nb\"}", "end of its line");
    refused(WELCH ",\"horizon\":26}", "needs the time column");
    refused(WELCH ",\"horizon\":01}", "a number is not one");
    refused(WELCH ",\"money\":{\"cost\":3}}", "needs a value");
    refused(WELCH ",\"guardrails\":[{\"outcome\":\"z\"}]}", "direction and margin");
    refused(HEAD "\"method\":\"feasibility\",\"columns\":{\"outcome\":\"y\"},\"delta\":1}", "fit");
    refused(HEAD "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\"},\"delta\":1}", "treat");
    refused(
        HEAD "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"}}", "delta");
    refused("{\"kind\":\"effect\",\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":"
            "\"arm\"},\"delta\":1}",
        "pilothouse_plan");
    char deep[100];
    memset(deep, '[', 99);
    deep[99] = '\0';
    refused(deep, "nested too deep");
}

enum { ROWS = 80 };

struct data {
    double y[ROWS], arm[ROWS], week[ROWS], harm[ROWS];
    uint8_t missing[ROWS];
    struct ph_column column[4];
    struct ph_frame frame;
};

static void make(struct data *d, double effect, double harm)
{
    memset(d, 0, sizeof(*d));
    for (int i = 0; i < ROWS; i++) {
        double wave = sin(37.0 * i + 1) + cos(11.0 * i);
        d->arm[i] = i % 2;
        d->week[i] = 1 + i / 8;
        d->y[i] = wave + d->arm[i] * effect;
        d->harm[i] = cos(53.0 * i) + d->arm[i] * harm;
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y, .missing = d->missing };
    d->column[1] = (struct ph_column){ "arm", PH_REAL, .real = d->arm };
    d->column[2] = (struct ph_column){ "week", PH_REAL, .real = d->week };
    d->column[3] = (struct ph_column){ "harm", PH_REAL, .real = d->harm };
    d->frame = (struct ph_frame){ .rows = ROWS, .columns = 4, .column = d->column };
}

static struct ph_evaluation run(const char *plan, const struct data *d, const char *hash)
{
    struct ph_sealed *s = sealed_of(plan);
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    o.hash = hash;
    if (ph_evaluate(ctx, s, &d->frame, &o, &e) != PH_OK) {
        fail_msg("%s", ph_context_message(ctx));
    }
    ph_sealed_free(s);
    return e;
}

static void verdicts(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation e = run(WELCH "}", &d, NULL);
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_int_equal(e.verdict.grade, PH_GRADE_A);
    assert_false(e.exploratory);
    char *words = ph_evaluation_words(&e);
    assert_non_null(strstr(words, "Scale:"));
    assert_non_null(strstr(words, "Strength of evidence: A, a randomised comparison."));
    ph_text_free(words);
    make(&d, 0, 0);
    e = run(WELCH "}", &d, NULL);
    assert_int_equal(e.verdict.verdict, PH_STOP);
    assert_int_equal(e.verdict.reason, PH_REASON_WORTHWHILE_RULED_OUT);
}

static void departures_are_exploratory(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation e = run(WELCH "}", &d, "0123");
    assert_true(e.exploratory);
    assert_true(e.verdict.warnings & PH_WARN_EXPLORATORY);
    struct ph_sealed *s = sealed_of(WELCH "}");
    e = run(WELCH "}", &d, ph_sealed_hash(s));
    assert_false(e.exploratory);
    ph_sealed_free(s);
}

static void gates_come_first(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation e = run(WELCH ",\"gates\":{\"treated_share\":0.1}}", &d, NULL);
    assert_int_equal(e.verdict.verdict, PH_CANNOT_TELL);
    assert_int_equal(e.verdict.reason, PH_REASON_GATE_FAILED);
    for (int i = 1; i < ROWS; i += 2) {
        d.missing[i] = i < 40;
    }
    e = run(WELCH ",\"gates\":{\"missing\":0.5,\"attrition\":0.2}}", &d, NULL);
    assert_int_equal(e.n_gates, 2);
    assert_true(e.gate[0].passed && fabs(e.gate[0].value - 0.25) < 1e-12);
    assert_true(!e.gate[1].passed && fabs(e.gate[1].value - 0.5) < 1e-12);
    assert_int_equal(e.verdict.reason, PH_REASON_GATE_FAILED);
}

#define GUARDED(direction)                                                                         \
    WELCH ",\"guardrails\":[{\"outcome\":\"harm\",\"direction\":\"" direction                      \
          "\",\"margin\":0.5}],\"tuned_for\":80}"

static void harm_stops(void **state)
{
    struct data d;
    make(&d, 3, 4);
    struct ph_evaluation e = run(GUARDED("lower"), &d, NULL);
    assert_int_equal(e.verdict.verdict, PH_STOP);
    assert_int_equal(e.verdict.reason, PH_REASON_HARM);
    assert_true(e.guardrail[0].interval.lo > 0.5);
    e = run(GUARDED("higher"), &d, NULL); // there a rise is no harm
    assert_int_equal(e.verdict.verdict, PH_SCALE);
    assert_true(e.guardrail[0].harm < 0);
}

#define TIMED                                                                                      \
    HEAD "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"time\":"         \
         "\"week\"},"                                                                              \
         "\"delta\":1,\"tuned_for\":80,\"horizon\":"

static void looking_early(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation at_end = run(TIMED "10}", &d, NULL);
    struct ph_evaluation early = run(TIMED "26}", &d, NULL);
    assert_int_equal(at_end.stage, PH_STAGE_HORIZON);
    assert_false(at_end.primary.anytime);
    assert_int_equal(early.stage, PH_STAGE_EARLY);
    assert_true(early.primary.anytime);
    double fixed = early.fixed.hi - early.fixed.lo;
    assert_true(early.primary.interval.hi - early.primary.interval.lo > fixed);
    assert_int_equal(early.verdict.verdict, PH_SCALE);
    make(&d, 1.1, 0);
    early = run(TIMED "26}", &d, NULL);
    assert_int_equal(early.verdict.verdict, PH_CANNOT_TELL);
}

static void missing_columns(void **state)
{
    struct data d;
    make(&d, 1, 0);
    struct ph_sealed *s = sealed_of(HEAD
        "\"method\":\"welch\",\"columns\":{\"outcome\":\"nope\",\"treat\":\"arm\"},\"delta\":1}");
    struct ph_evaluate_options o = PH_EVALUATE_OPTIONS;
    struct ph_evaluation e;
    assert_int_equal(ph_evaluate(ctx, s, &d.frame, &o, &e), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "nope"));
    ph_sealed_free(s);
}

// With nothing there, scaling must be rare; with twice what is sought it must be common; and the
// interval must hold the truth about as often as it says.
static void error_rates(void **state)
{
    struct ph_sealed *s = sealed_of(WELCH "}");
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    const double truths[] = { 0, 2 };
    struct ph_error_rates r[2], again[2];
    o.truths = truths;
    o.n_truths = 2;
    o.runs = 400;
    assert_int_equal(ph_simulate(ctx, s, &o, r), PH_OK);
    assert_true(r[0].rate[PH_SCALE] < 0.03);
    assert_true(r[1].rate[PH_SCALE] > 0.8);
    assert_true(r[1].rate[PH_STOP] < 0.03);
    assert_true(r[0].covered > 0.92 && r[0].covered < 0.98); // 0.95, se 0.011
    assert_int_equal(r[0].runs, 400);
    assert_int_equal(ph_simulate(ctx, s, &o, again), PH_OK);
    assert_memory_equal(r, again, sizeof(r));
    ph_sealed_free(s);
}

// Clusters that the plan doesn't know of make it claim too much; the plan that names them doesn't.
static void clusters_show(void **state)
{
    static const char named[] =
        HEAD "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\",\"cluster\":"
             "\"site\"},\"delta\":0.3}";
    static const char unnamed[] = HEAD
        "\"method\":\"welch\",\"columns\":{\"outcome\":\"y\",\"treat\":\"arm\"},\"delta\":0.3}";
    struct ph_simulate_options o = PH_SIMULATE_OPTIONS;
    const double truths[] = { 0 };
    struct ph_error_rates right, wrong;
    o.treated = o.compared = 80;
    o.cluster_size = 10;
    o.icc = 0.3;
    o.truths = truths;
    o.n_truths = 1;
    o.runs = 400;
    struct ph_sealed *s = sealed_of(named);
    assert_int_equal(ph_simulate(ctx, s, &o, &right), PH_OK);
    ph_sealed_free(s);
    s = sealed_of(unnamed);
    assert_int_equal(ph_simulate(ctx, s, &o, &wrong), PH_OK);
    ph_sealed_free(s);
    assert_true(right.covered > 0.92);
    assert_true(wrong.covered < 0.8);
    assert_true(wrong.rate[PH_SCALE] > right.rate[PH_SCALE]);
}

static void json_is_stable(void **state)
{
    struct data d;
    make(&d, 3, 0);
    struct ph_evaluation e = run(WELCH ",\"money\":{\"cost\":1,\"value\":2}}", &d, NULL);
    char *a = ph_evaluation_json(&e);
    char *b = ph_evaluation_json(&e);
    assert_non_null(a);
    assert_string_equal(a, b);
    assert_non_null(strstr(a, "\"verdict\":\"scale\""));
    ph_text_free(a);
    ph_text_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(canonical_form),
        cmocka_unit_test(hashes_stay),
        cmocka_unit_test(bad_plans),
        cmocka_unit_test(verdicts),
        cmocka_unit_test(departures_are_exploratory),
        cmocka_unit_test(gates_come_first),
        cmocka_unit_test(harm_stops),
        cmocka_unit_test(looking_early),
        cmocka_unit_test(missing_columns),
        cmocka_unit_test(error_rates),
        cmocka_unit_test(clusters_show),
        cmocka_unit_test(json_is_stable),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
