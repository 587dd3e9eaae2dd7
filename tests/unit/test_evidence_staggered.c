// SPDX-License-Identifier: Apache-2.0
// Properties of the group-time effects on made-up panels; values on real ones are in
// tests/reference.
#include "pilothouse/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

enum { UNITS = 150, PERIODS = 5, ROWS = UNITS * PERIODS };

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

static void near(double got, double want, double abs)
{
    if (!(fabs(got - want) <= abs)) {
        fail_msg("%.17g is not %.17g", got, want);
    }
}

static double noise(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*seed >> 11) / 0x1p53 - 0.5;
}

struct data {
    double y[ROWS], time[ROWS], first[ROWS], x[ROWS];
    int32_t unit[ROWS];
    uint8_t missing[ROWS];
    struct ph_column column[5];
    struct ph_frame frame;
};

// A third starts in 2, a third in 4, a third never; the effect is 2 in each period since.
static void make(struct data *d, uint64_t seed, double spread)
{
    memset(d->missing, 0, sizeof(d->missing));
    for (int u = 0; u < UNITS; u++) {
        double x = noise(&seed);
        for (int t = 0; t < PERIODS; t++) {
            int at = u * PERIODS + t;
            double first = u % 3 == 0 ? 0 : u % 3 == 1 ? 2 : 4;
            d->unit[at] = u;
            d->time[at] = t + 1;
            d->first[at] = first;
            d->x[at] = x;
            d->y[at] = u + t * t + spread * (noise(&seed) + x * t) +
                       (first > 0 && t + 1 >= first ? 2 * (t + 2 - first) : 0);
        }
    }
    d->column[0] = (struct ph_column){ "y", PH_REAL, .real = d->y, .missing = d->missing };
    d->column[1] = (struct ph_column){ "unit", PH_KEY, .key = d->unit };
    d->column[2] = (struct ph_column){ "time", PH_REAL, .real = d->time };
    d->column[3] = (struct ph_column){ "first", PH_REAL, .real = d->first };
    d->column[4] = (struct ph_column){ "x", PH_REAL, .real = d->x };
    d->frame = (struct ph_frame){ .rows = ROWS, .columns = 5, .column = d->column };
}

static const int32_t x_column[] = { 4 };

static void effects_found(void **state)
{
    struct data d;
    make(&d, 1, 0);
    for (int e = 0; e < 3; e++) {
        for (int control = 0; control < 2; control++) {
            for (int base = 0; base < 2; base++) {
                struct ph_attgt_options o = PH_ATTGT_OPTIONS;
                struct ph_attgt_result r;
                o.estimator = (enum ph_did_estimator)e;
                o.control = (enum ph_did_control)control;
                o.base = (enum ph_did_base)base;
                assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
                assert_int_equal(r.cells.n, 2 * (PERIODS - 1));
                for (size_t i = 0; i < r.cells.n; i++) {
                    const struct ph_att *a = &r.cells.item[i];
                    double since = a->time - a->group + 1;
                    near(a->att, since > 0 ? 2 * since : 0, 1e-12);
                }
                near(r.by_event.item[r.by_event.n - 1].att, 8, 1e-12);
                near(r.by_group.item[0].att, 5, 1e-12);
                near(r.by_group.item[1].att, 3, 1e-12);
                near(r.head.estimate, 4, 1e-12);
                ph_attgt_release(ctx, &r);
            }
        }
    }
}

static void leads_and_what_they_leave(void **state)
{
    struct data d;
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    double reach = 0;
    make(&d, 11, 1);
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
    for (size_t i = 0; i < r.cells.n; i++) {
        const struct ph_att *a = &r.cells.item[i];
        bool lead = a->time < a->group;
        reach = lead ? fmax(reach, fmax(-a->interval.lo, a->interval.hi)) : reach;
    }
    near(r.not_ruled_out, reach, 1e-15);
    assert_false(r.leads_excluded);
    ph_attgt_release(ctx, &r);
    for (int above = 0; above < 2; above++) {
        o.delta = reach * (above ? 1.01 : 0.99);
        assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
        assert_int_equal(r.leads_excluded, above);
        ph_attgt_release(ctx, &r);
    }
}

// A context keeps no stream of draws: what was asked before leaves no trace.
static void draws_go_by_the_seed_alone(void **state)
{
    static const uint32_t draws[] = { 200, 500, 200 };
    struct data d;
    double critical[3];
    make(&d, 11, 1);
    for (int i = 0; i < 3; i++) {
        struct ph_attgt_options o = PH_ATTGT_OPTIONS;
        struct ph_attgt_result r;
        o.draws = draws[i];
        assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
        critical[i] = r.cells.critical;
        ph_attgt_release(ctx, &r);
    }
    assert_true(critical[0] == critical[2]);
    assert_true(critical[0] != critical[1]);
}

// The influence function's variance against leaving out one unit at a time: with many units they
// agree, whichever nuisance models stand between.
static void influence_is_the_jackknife(void **state)
{
    struct data d;
    for (int panel = 0; panel < 2; panel++) {
        for (int e = 0; e < 3; e++) {
            struct ph_attgt_options o = PH_ATTGT_OPTIONS;
            struct ph_attgt_result r;
            o.estimator = (enum ph_did_estimator)e;
            o.covariates = x_column;
            o.n_covariates = 1;
            o.unit = panel ? 1 : PH_NONE;
            make(&d, 11, 1);
            assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
            double simple_se = r.simple.se;
            double event_se = r.by_event.overall.se;
            size_t n = r.n;
            ph_attgt_release(ctx, &r);
            double *simple = malloc(n * sizeof(double));
            double *event = malloc(n * sizeof(double));
            for (size_t out = 0; out < n; out++) {
                memset(d.missing, 0, sizeof(d.missing));
                d.missing[panel ? out * PERIODS : out] = 1;
                assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
                simple[out] = r.simple.att;
                event[out] = r.by_event.overall.att;
                ph_attgt_release(ctx, &r);
            }
            double sums[2] = { 0, 0 }, squares[2] = { 0, 0 };
            for (size_t i = 0; i < n; i++) {
                sums[0] += simple[i] / (double)n;
                sums[1] += event[i] / (double)n;
            }
            for (size_t i = 0; i < n; i++) {
                squares[0] += pow(simple[i] - sums[0], 2);
                squares[1] += pow(event[i] - sums[1], 2);
            }
            double shrink = (double)(n - 1) / (double)n;
            near(sqrt(shrink * squares[0]) / simple_se, 1, 0.05);
            near(sqrt(shrink * squares[1]) / event_se, 1, 0.05);
            free(simple);
            free(event);
        }
    }
}

static void order_and_scale(void **state)
{
    struct data d, e;
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result a, b;
    o.covariates = x_column;
    o.n_covariates = 1;
    o.draws = 200;
    make(&d, 3, 1);
    e = d;
    for (int i = 0; i < ROWS; i++) {
        int from = ROWS - 1 - i;
        e.y[i] = 7 + 3 * d.y[from];
        e.time[i] = d.time[from];
        e.first[i] = d.first[from];
        e.x[i] = 100 * d.x[from];
        e.unit[i] = d.unit[from];
    }
    e.column[0].real = e.y;
    e.column[0].missing = e.missing;
    e.column[1].key = e.unit;
    e.column[2].real = e.time;
    e.column[3].real = e.first;
    e.column[4].real = e.x;
    e.frame.column = e.column;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &a), PH_OK);
    assert_int_equal(ph_attgt(ctx, &e.frame, &o, &b), PH_OK);
    near(b.head.estimate, 3 * a.head.estimate, 1e-9);
    near(b.head.se, 3 * a.head.se, 1e-9);
    near(b.pre_wald, a.pre_wald, 1e-8);
    near(b.cells.critical, a.cells.critical, 1e-9); // units stand by key: the same draws
    assert_true(a.cells.critical > 1.96);
    ph_attgt_release(ctx, &a);
    ph_attgt_release(ctx, &b);
}

static void clusters_of_one(void **state)
{
    struct data d;
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result a, b;
    make(&d, 5, 1);
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &a), PH_OK);
    o.cluster = 1;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &b), PH_OK);
    near(b.head.se, a.head.se, 1e-14);
    ph_attgt_release(ctx, &a);
    ph_attgt_release(ctx, &b);
    // Rows of a unit taken as independent, but clustered by unit, carry the panel's dependence.
    o.unit = PH_NONE;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &b), PH_OK);
    assert_int_equal(b.head.clusters, UNITS);
    ph_attgt_release(ctx, &b);
}

static void separation_leaves_cells_out(void **state)
{
    struct data d;
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    make(&d, 5, 1);
    for (int i = 0; i < ROWS; i++) { // the covariate tells who is treated
        d.x[i] = d.first[i] > 0 ? 1 + d.x[i] / 10 : -1 + d.x[i] / 10;
    }
    o.covariates = x_column;
    o.n_covariates = 1;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_DATA);
    o.estimator = PH_DID_REGRESSION;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
    ph_attgt_release(ctx, &r);
}

static void odd_panels(void **state)
{
    struct data d;
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    make(&d, 5, 1);
    for (int i = 0; i < ROWS; i++) {
        d.first[i] = d.first[i] > 0 ? 1 : 0;
    }
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_DATA); // no before
    make(&d, 5, 1);
    for (int i = 0; i < ROWS; i++) {
        d.first[i] = d.first[i] > 0 ? d.first[i] : 2;
    }
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_DATA); // nobody never treated
    o.control = PH_DID_NOT_YET_TREATED;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
    assert_true(r.head.warnings & PH_WARN_CELLS_LEFT_OUT);
    ph_attgt_release(ctx, &r);
    make(&d, 5, 1);
    d.first[0] = 3; // unit 0 says 0 elsewhere
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_DATA);
    assert_non_null(strstr(ph_context_message(ctx), "first treated time differs"));
    make(&d, 5, 1);
    d.missing[7] = 1;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
    assert_int_equal(r.n, UNITS - 1);
    assert_int_equal(r.left_out, 1);
    assert_int_equal(r.head.n_dropped, PERIODS);
    ph_attgt_release(ctx, &r);
}

// One lead, two groups: what is left of the test is Welch's of the changes. Units as clusters of
// one change nothing; more leads than few units can carry are tested one by one.
static void leads_of_few_units(void **state)
{
    enum { FEW = 14 };
    struct data d;
    struct ph_attgt_options o = PH_ATTGT_OPTIONS;
    struct ph_attgt_result r;
    double change[FEW];
    double treat[FEW];
    uint64_t seed = 77;
    make(&d, 6, 1);
    for (int u = 0; u < FEW; u++) {
        treat[u] = u < 5;
        for (int t = 0; t < 3; t++) {
            d.unit[u * 3 + t] = u;
            d.time[u * 3 + t] = t + 1;
            d.first[u * 3 + t] = u < 5 ? 3 : 0;
            d.y[u * 3 + t] = (u < 5 ? 3 : 1) * noise(&seed) + 0.3 * t * (u < 5);
        }
        change[u] = d.y[u * 3 + 1] - d.y[u * 3];
    }
    d.frame.rows = (size_t)FEW * 3;
    struct ph_column two[] = { { "change", PH_REAL, .real = change },
        { "treat", PH_REAL, .real = treat } };
    struct ph_frame f = { .rows = FEW, .columns = 2, .column = two };
    struct ph_two_group_options wo = PH_TWO_GROUP_OPTIONS;
    struct ph_welch_result w;
    assert_int_equal(ph_welch(ctx, &f, &wo, &w), PH_OK);
    for (int clustered = 0; clustered < 2; clustered++) {
        o.cluster = clustered ? 1 : PH_NONE;
        assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
        assert_string_equal(r.leads.convention, "hotelling.krishnamoorthy-yu");
        near(r.leads.df1, 1, 0);
        near(r.leads.df2, w.head.df, 1e-9);
        near(r.leads.p, w.head.p, 1e-10);
        assert_true(r.pre_p < r.leads.p);
        ph_attgt_release(ctx, &r);
    }
    // Twelve leads, of 5 units and 9: their variance has no more to go by.
    o.cluster = PH_NONE;
    for (int u = 0; u < FEW; u++) {
        for (int t = 0; t < 14; t++) {
            d.unit[u * 14 + t] = u;
            d.time[u * 14 + t] = t + 1;
            d.first[u * 14 + t] = u < 5 ? 14 : 0;
            d.y[u * 14 + t] = noise(&seed) + (u < 5 && t == 3 ? 3 : 0);
        }
    }
    d.frame.rows = (size_t)FEW * 14;
    assert_int_equal(ph_attgt(ctx, &d.frame, &o, &r), PH_OK);
    assert_string_equal(r.leads.convention, "bonferroni.satterthwaite");
    assert_true(isnan(r.leads.f) && r.leads.p < 0.01); // and it finds what is there
    assert_true(r.head.warnings & PH_WARN_PRE_TREND);
    ph_attgt_release(ctx, &r);
}

// The decomposition adds up to what two-way fixed effects give, found another way: by demeaning.
static void bacon_adds_up(void **state)
{
    struct data d;
    struct ph_bacon_result r;
    struct ph_panel_columns columns = { 0, 1, 2, PH_NONE, 3 };
    make(&d, 9, 5);
    assert_int_equal(ph_bacon(ctx, &d.frame, &columns, &r), PH_OK);
    double by_unit[UNITS] = { 0 }, by_time[PERIODS] = { 0 }, all = 0;
    for (int i = 0; i < ROWS; i++) {
        double on = d.first[i] > 0 && d.time[i] >= d.first[i];
        by_unit[d.unit[i]] += on / PERIODS;
        by_time[i % PERIODS] += on / UNITS;
        all += on / ROWS;
    }
    double top = 0, bottom = 0, weights = 0;
    for (int i = 0; i < ROWS; i++) {
        double on = d.first[i] > 0 && d.time[i] >= d.first[i];
        double left = on - by_unit[d.unit[i]] - by_time[i % PERIODS] + all;
        top += left * d.y[i];
        bottom += left * left;
    }
    near(r.head.estimate, top / bottom, 1e-10);
    for (size_t i = 0; i < r.n_pairs; i++) {
        assert_true(r.pair[i].weight > 0);
        weights += r.pair[i].weight;
    }
    near(weights, 1, 1e-12);
    assert_int_equal(r.n_pairs, 4);
    assert_true(r.head.warnings & PH_WARN_ALREADY_TREATED);
    ph_bacon_release(ctx, &r);
}

// On a balanced panel without covariates the regression's cells are the group-time effects against
// the last period before the start.
static void sunab_agrees(void **state)
{
    struct data d;
    struct ph_sunab_options o = PH_SUNAB_OPTIONS;
    struct ph_attgt_options ao = PH_ATTGT_OPTIONS;
    struct ph_sunab_result r;
    struct ph_attgt_result a;
    make(&d, 21, 2);
    ao.base = PH_DID_BASE_UNIVERSAL;
    assert_int_equal(ph_sunab(ctx, &d.frame, &o, &r), PH_OK);
    assert_int_equal(ph_attgt(ctx, &d.frame, &ao, &a), PH_OK);
    assert_int_equal(r.cells.n, a.cells.n);
    for (size_t i = 0; i < r.cells.n; i++) {
        near(r.cells.item[i].att, a.cells.item[i].att, 1e-9);
        near(r.cells.item[i].time, a.cells.item[i].time, 0);
    }
    near(r.head.estimate, a.simple.att, 1e-9);
    assert_true(r.head.se > 0);
    ph_sunab_release(ctx, &r);
    ph_attgt_release(ctx, &a);
    for (int i = 0; i < ROWS; i++) {
        d.first[i] = 3;
    }
    assert_int_equal(ph_sunab(ctx, &d.frame, &o, &r), PH_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(effects_found),
        cmocka_unit_test(leads_and_what_they_leave),
        cmocka_unit_test(draws_go_by_the_seed_alone),
        cmocka_unit_test(influence_is_the_jackknife),
        cmocka_unit_test(order_and_scale),
        cmocka_unit_test(clusters_of_one),
        cmocka_unit_test(separation_leaves_cells_out),
        cmocka_unit_test(odd_panels),
        cmocka_unit_test(leads_of_few_units),
        cmocka_unit_test(bacon_adds_up),
        cmocka_unit_test(sunab_agrees),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
