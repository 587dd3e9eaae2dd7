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

enum ph_status ph_evaluate(struct ph_context *context, const struct ph_sealed *sealed,
    const struct ph_frame *frame, const struct ph_evaluate_options *options,
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
    struct ph_evaluation e = { .method = ev_plan_kinds[sealed->own.method].name,
        .primary = ev_result_blank(sealed->rule.level, "none"),
        .fixed = { NAN, NAN },
        .benefit = NAN,
        .net_benefit = NAN,
        .detectable = NAN,
        .extension_mde = NAN,
        .extension_value = NAN,
        .extension_cost = NAN,
        .seed = context->seed };
    memcpy(e.hash, sealed->hash, sizeof(e.hash));
    struct run r = { .c = context,
        .p = sealed,
        .a = &sealed->own,
        .f = frame,
        .level = sealed->rule.level,
        .delta = sealed->rule.delta,
        .gating = true,
        .looks = !options->no_sequence,
        .e = &e };
    status = ev_run_columns(&r);
    if (status == PH_OK) {
        find_stage(&r);
        status = ev_run_gates_before(&r);
    }
    status = status == PH_OK ? ev_run_estimate(&r) : status;
    e.primary = r.head;
    status = status == PH_OK ? ev_run_guardrails(&r) : status;
    status = status == PH_OK ? ev_run_worth(&r) : status;
    status = status == PH_OK ? ev_run_judge(&r) : status;
    if (status == PH_OK) {
        bool other = options->hash && strcmp(options->hash, sealed->hash) != 0;
        e.exploratory = other || options->data_seen;
        e.verdict.warnings |= e.exploratory ? PH_WARN_EXPLORATORY : 0;
        *ret_evaluation = e;
    }
    return status;
}
