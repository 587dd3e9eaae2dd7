// SPDX-License-Identifier: Apache-2.0
#include "attgt.h"

static enum ph_status check_options(struct ph_context *c, const struct ph_attgt_options *o)
{
    if (o->n_covariates > PH_ATTGT_COVARIATES_MAX || (o->n_covariates > 0 && !o->covariates)) {
        return ev_complain(
            c, PH_INVALID, "Give up to %d covariates.", (int)PH_ATTGT_COVARIATES_MAX);
    }
    if (!(o->anticipation >= 0) || o->delta <= 0) {
        return ev_complain(
            c, PH_INVALID, "Anticipation must not be below 0, and delta must be above it.");
    }
    if (o->draws > 0 && (o->draws < 100 || o->draws > 1000000)) {
        return ev_complain(c, PH_INVALID, "Draws must be 0, or from 100 to 1,000,000.");
    }
    return ev_check_level(c, o->level);
}

// The header is the overall effect by group.
static void summarise(
    const struct ph_attgt_options *o, const struct att_data *d, struct ph_attgt_result *r)
{
    const struct ph_att *overall = &r->by_group.overall;
    r->head.estimate = overall->att;
    r->head.se = overall->se;
    r->head.df = INFINITY;
    ev_interval_t(&r->head);
    // A trend before the start, or leads that leave room for one as large as what is sought.
    bool gate = r->leads.p < 0.05 || (!isnan(o->delta) && !r->leads_excluded);
    r->head.grade = gate ? PH_GRADE_C : PH_GRADE_B;
    r->head.warnings |= gate ? PH_WARN_PRE_TREND : 0;
    r->head.warnings |=
        r->head.clusters > 0 && r->head.clusters < FEW_CLUSTERS ? PH_WARN_FEW_CLUSTERS : 0;
    r->head.warnings |= isnan(overall->se) ? PH_WARN_NO_VARIATION : 0;
    r->n = d->n;
    r->groups = d->groups;
    r->periods = d->periods;
    r->left_out = d->left_out;
    r->always = d->always;
}

enum ph_status ph_attgt(struct ph_context *context, const struct ph_frame *frame,
    const struct ph_attgt_options *options, struct ph_attgt_result *ret_result)
{
    static const char *const conventions[][2] = {
        [PH_DID_DOUBLY_ROBUST] = { "attgt.doubly-robust.never", "attgt.doubly-robust.not-yet" },
        [PH_DID_REGRESSION] = { "attgt.regression.never", "attgt.regression.not-yet" },
        [PH_DID_WEIGHTING] = { "attgt.weighting.never", "attgt.weighting.not-yet" },
    };
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_result);
    status = status == PH_OK ? check_options(context, options) : status;
    if (status != PH_OK) {
        return status;
    }
    struct ph_attgt_result r = { .head = ev_result_blank(options->level,
                                     conventions[options->estimator][options->control]),
        .pre_wald = NAN,
        .pre_p = NAN,
        .leads = { .f = NAN, .df1 = NAN, .df2 = NAN, .p = NAN } };
    struct att_data d = { 0 };
    status = ev_att_gather(context, frame, options, &r.head, &d);
    status = status == PH_OK ? ev_att_cells(context, frame, options, &d, &r) : status;
    status = status == PH_OK ? ev_att_summaries(context, options, &d, &r) : status;
    if (status == PH_OK) {
        summarise(options, &d, &r);
    }
    if (status == PH_OK && !isfinite(r.head.estimate)) {
        status = ev_complain(context, PH_DATA,
            "No effect could be estimated: no group has both a period before its start and units "
            "to compare with.");
    }
    ev_att_release(context, &d);
    if (status != PH_OK) {
        ph_attgt_release(context, &r);
        return status;
    }
    *ret_result = r;
    return PH_OK;
}

void ph_attgt_release(struct ph_context *context, struct ph_attgt_result *result)
{
    struct ph_att_list *lists[] = { &result->cells, &result->by_group, &result->by_time,
        &result->by_event };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        ev_give_back(context, lists[i]->item);
        *lists[i] = (struct ph_att_list){ 0 };
    }
    ev_give_back(context, result->influence);
    ev_give_back(context, result->unit_row);
    result->influence = NULL;
    result->unit_row = NULL;
}
