// SPDX-License-Identifier: Apache-2.0
// A sealed plan's run: what the plan names is looked for by name, gates first, then the estimate,
// what it is worth, guardrails, and last the verdict.
#include "run.h"

static void find_stage(struct run *r)
{
    r->e->stage = PH_STAGE_HORIZON;
    r->e->horizon = r->p->horizon;
    r->e->time = NAN;
    int32_t time = r->column[PLAN_TIME];
    for (size_t i = 0; time != PH_NONE && i < r->f->rows; i++) {
        if (!ev_cell_missing(r->f, time, i) && !(r->e->time >= ev_cell(r->f, time, i))) {
            r->e->time = ev_cell(r->f, time, i);
        }
    }
    if (!isnan(r->p->horizon) && !(r->e->time >= r->p->horizon)) {
        r->e->stage = PH_STAGE_EARLY;
    }
}

// Looks that the plan declares share alpha with the end: theirs goes to the interval for many
// looks, the rest to the planned one.
static void find_level(struct run *r)
{
    double alpha = 1 - r->p->rule.level;
    bool early = r->e->stage == PH_STAGE_EARLY;
    r->e->look_share = r->p->look_share;
    if (!isnan(r->p->look_share)) {
        r->level = 1 - alpha * (early ? r->p->look_share : 1 - r->p->look_share);
    }
    r->e->level = r->level;
}

static struct ph_evaluation blank(struct ph_context *c, const struct ph_sealed *sealed)
{
    struct ph_evaluation e = { .method = ev_plan_kinds[sealed->own.method].name,
        .primary = ev_result_blank(sealed->rule.level, "none"),
        .fixed = { NAN, NAN },
        .benefit = NAN,
        .net_benefit = NAN,
        .detectable = NAN,
        .extension_mde = NAN,
        .extension_value = NAN,
        .extension_cost = NAN,
        .seed = c->seed,
        .holm = NAN,
        .spread = { NAN, NAN },
        .tau2 = NAN,
        .shrunk = NAN,
        .shrunk_se = NAN };
    memcpy(e.hash, sealed->hash, sizeof(e.hash));
    return e;
}

static enum ph_status go(struct run *r, const struct ph_evaluate_options *o, bool quick)
{
    enum ph_status status = ev_run_columns(r);
    if (status == PH_OK && !quick) {
        status = ev_run_digest(r, r->e->input);
    }
    if (status == PH_OK) {
        find_stage(r);
        find_level(r);
        status = ev_run_gates_before(r);
    }
    status = status == PH_OK ? ev_run_estimate(r) : status;
    r->e->primary = r->head;
    status = status == PH_OK ? ev_run_measures(r) : status;
    status = status == PH_OK ? ev_run_guardrails(r) : status;
    status = status == PH_OK ? ev_run_worth(r) : status;
    status = status == PH_OK ? ev_run_components(r) : status;
    status = status == PH_OK ? ev_run_judge(r, o->portfolio) : status;
    return status == PH_OK && !quick ? ev_run_alternatives(r) : status;
}

enum ph_status ev_plan_run(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_frame *frame, const struct ph_evaluate_options *options, bool quick,
    struct ph_evaluation *ret_evaluation)
{
    enum ph_status status =
        ev_begin(context, options, options ? options->version : 0, ret_evaluation);
    if (status == PH_OK && (!sealed || !frame || frame->rows == 0)) {
        status = ev_complain(context, PH_DATA, "A sealed plan and at least one row are needed.");
    }
    if (status != PH_OK) {
        return status;
    }
    struct ph_evaluation e = blank(context, sealed);
    struct run r = { .c = context,
        .p = sealed,
        .a = &sealed->own,
        .f = frame,
        .level = sealed->rule.level,
        .delta = sealed->rule.delta,
        .gating = true,
        .looks = !options->no_sequence,
        .e = &e };
    status = go(&r, options, quick);
    if (status == PH_OK) {
        bool other = options->hash && strcmp(options->hash, sealed->hash) != 0;
        bool undeclared = e.primary.anytime && isnan(sealed->look_share);
        e.exploratory = other || options->data_seen;
        e.verdict.warnings |= e.exploratory ? PH_WARN_EXPLORATORY : 0;
        e.verdict.warnings |= undeclared ? PH_WARN_UNDECLARED_LOOK : 0;
        *ret_evaluation = e;
    }
    return status;
}

enum ph_status ph_evaluate(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_frame *frame, const struct ph_evaluate_options *options,
    struct ph_evaluation *ret_evaluation)
{
    return ev_plan_run(context, sealed, frame, options, false, ret_evaluation);
}
