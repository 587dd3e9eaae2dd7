// SPDX-License-Identifier: Apache-2.0
// The way to a sealed plan's estimate, drawn: the same analysis once more, whose result is kept for
// the picture.
#include "draw.h"
#include "run.h"

// What each look would have known, had anybody looked at every time.
static enum ph_status draw_looks(struct run *r)
{
    struct ph_sequence_options o = PH_SEQUENCE_OPTIONS;
    struct ph_sequence_result s;
    o.monitor.kind = PH_MONITOR_DIFFERENCE;
    o.monitor.level = r->level;
    o.monitor.design = r->a->design;
    o.monitor.tuned_for = isnan(r->p->tuned_for) ? fmax((double)r->f->rows, 100) : r->p->tuned_for;
    o.columns = (struct ph_monitor_columns){ r->column[PLAN_OUTCOME], r->column[PLAN_TREAT],
        r->column[PLAN_TRIALS] };
    o.time = r->column[PLAN_TIME];
    enum ph_status status = ph_sequence(r->c, r->f, &o, &s);
    if (status == PH_OK) {
        r->svg = ph_picture_looks(r->course, &s);
        ph_sequence_release(r->c, &s);
    }
    return status;
}

static enum ph_status draw_agreement(struct run *r, const struct ph_picture_options *picture)
{
    struct ph_accuracy_options o = PH_ACCURACY_OPTIONS;
    o.outcome = r->column[PLAN_OUTCOME];
    o.reference = r->column[PLAN_REFERENCE];
    o.unit = r->column[PLAN_UNIT];
    o.level = r->level;
    return ph_picture_agreement(r->c, picture, r->f, &o, &r->svg);
}

// The measure itself is drawn of places and series, else the effect on it.
static void name_unit(
    const struct ph_sealed *s, struct ph_picture_options *picture, char unit[PIC_WORDS])
{
    enum plan_method m = s->own.method;
    struct pic p = { .o = picture };
    bool level = m == PLAN_SYNTH || m == PLAN_SDID || m == PLAN_ITS || m == PLAN_ACCURACY;
    PIC_SAY(&p, unit, PIC_WORDS, level ? PHRASE_OUTCOME : PHRASE_EFFECT_ON, "outcome",
        s->own.column[PLAN_OUTCOME], NULL);
    picture->unit = m == PLAN_ACCURACY ? NULL : unit;
}

static enum ph_status draw(struct run *r)
{
    bool alone = ev_run_cluster(r) == PH_NONE && r->column[PLAN_STRATUM] == PH_NONE;
    switch (r->a->method) {
    case PLAN_ACCURACY:
        return draw_agreement(r, r->course);
    case PLAN_ATTGT:
    case PLAN_SUNAB:
    case PLAN_SYNTH:
    case PLAN_SDID:
    case PLAN_ITS:
        return ev_run_estimate(r);
    default:
        if (ev_plan_kinds[r->a->method].groups && alone && r->column[PLAN_TIME] != PH_NONE) {
            return draw_looks(r);
        }
    }
    return ev_complain(r->c, PH_UNSUPPORTED, "There is no picture of %s over time.",
        ev_plan_kinds[r->a->method].name);
}

enum ph_status ph_evaluation_course(struct ph_context *context,
    const struct ph_picture_options *options, const struct ph_sealed *sealed,
    const struct ph_frame *frame, char **ret_svg)
{
    enum ph_status status = ev_begin(context, options, options ? options->version : 0, ret_svg);
    if (status == PH_OK && (!sealed || !frame || frame->rows == 0)) {
        status = ev_complain(context, PH_DATA, "A sealed plan and at least one row are needed.");
    }
    if (status != PH_OK) {
        return status;
    }
    struct ph_picture_options picture = *options;
    struct ph_evaluation unused = { .stage = PH_STAGE_HORIZON };
    bool change = sealed->rule.kind == PH_PLAN_EFFECT;
    picture.direction = sealed->rule.direction;
    picture.delta = change ? sealed->rule.delta : sealed->margin;
    char unit[PIC_WORDS];
    if (!picture.unit) {
        name_unit(sealed, &picture, unit);
    }
    struct run r = { .c = context,
        .p = sealed,
        .a = &sealed->own,
        .f = frame,
        .level = sealed->rule.level,
        .delta = sealed->rule.delta,
        .e = &unused,
        .course = &picture };
    status = ev_run_columns(&r);
    status = status == PH_OK ? draw(&r) : status;
    if (status != PH_OK) {
        ph_text_free(r.svg);
        return status;
    }
    if (!r.svg) {
        return ev_complain(context, PH_NO_MEMORY, "There is not enough memory for the picture.");
    }
    *ret_svg = r.svg;
    return PH_OK;
}
