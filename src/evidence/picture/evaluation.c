// SPDX-License-Identifier: Apache-2.0
// The picture of a sealed plan's run: what the verdict was made of, against what the plan asks for.
#include "draw.h"
#include "plan_inner.h"

static void words_of(const struct ph_picture_options *o, enum phrase phrase, const char *name,
    const char *text, char buf[PIC_WORDS])
{
    struct pic p = { .o = o };
    PIC_SAY(&p, buf, PIC_WORDS, phrase, name, text, NULL);
}

// Bias and both limits of agreement against the margin.
static char *accuracy(struct ph_picture_options *o, const struct ph_evaluation *e)
{
    static const enum phrase labels[] = { PHRASE_LOWER_LIMIT, PHRASE_UPPER_LIMIT };
    struct pic p = { .o = o };
    struct ph_effect_row row[3] = { { .label = ev_pic_phrase(&p, PHRASE_MEAN_DIFFERENCE),
        .estimate = e->primary.estimate,
        .interval = e->primary.interval,
        .level = e->primary.level } };
    for (size_t i = 0; i < 2; i++) {
        const struct ph_criterion *c = &e->criterion[i];
        row[i + 1] = (struct ph_effect_row){ .label = ev_pic_phrase(&p, labels[i]),
            .estimate = c->estimate,
            .interval = c->interval,
            .level = c->level };
    }
    struct ph_effect_picture picture = { .row = row, .n = 3, .kind = PH_EFFECT_WITHIN };
    return ph_picture_effect(o, &picture);
}

// What stands beside the planned analysis and never decides: the group-time estimate, the plan's
// other analyses, the effect in the light of earlier pilots.
static size_t put_beside(
    const struct pic *p, const struct ph_evaluation *e, struct ph_effect_row *row)
{
    size_t n = 0;
    if (e->has_beside && e->beside.has_group_time) {
        const struct ph_result *h = &e->beside.group_time;
        row[n++] = (struct ph_effect_row){ .label = ev_pic_phrase(p, PHRASE_GROUP_TIME),
            .estimate = h->estimate,
            .interval = h->interval,
            .level = h->level };
    }
    for (size_t i = 0; i < e->n_alternatives; i++) {
        const struct ph_result *h = &e->alternative[i].head;
        row[n++] = (struct ph_effect_row){ .label = e->alternative[i].name,
            .estimate = h->estimate,
            .interval = h->interval,
            .level = h->level };
    }
    if (e->pilots > 0 && e->shrunk_se > 0) {
        double half = ph_normal_quantile(0.5 + e->primary.level / 2) * e->shrunk_se;
        row[n++] = (struct ph_effect_row){ .label = ev_pic_phrase(p, PHRASE_SHRUNK),
            .estimate = e->shrunk,
            .interval = { e->shrunk - half, e->shrunk + half },
            .level = e->primary.level };
    }
    for (size_t i = 0; i < n; i++) {
        row[i].lighter = true;
    }
    return n;
}

static char *effect(
    struct ph_picture_options *o, const struct ph_sealed *s, const struct ph_evaluation *e)
{
    struct pic p = { .o = o };
    struct ph_effect_row row[PH_ALTERNATIVES_MAX + 4];
    char percent[PIC_NUMBER];
    char label[2][PIC_WORDS];
    bool both = !isnan(e->fixed.lo);
    bool failed = e->verdict.reason == PH_REASON_GATE_FAILED;
    bool level = s->rule.kind == PH_PLAN_FEASIBILITY;
    size_t n = 1;
    ev_pic_level(&p, e->primary.level, percent);
    words_of(o, PHRASE_ANYTIME_LABEL, "level", percent, label[0]);
    words_of(o, PHRASE_FIXED_LABEL, "level", percent, label[1]);
    row[0] = (struct ph_effect_row){ .label = both ? label[0] : NULL,
        .estimate = e->primary.estimate,
        .interval = e->primary.interval,
        .level = e->primary.level,
        .lighter = failed };
    if (both) {
        row[n++] = (struct ph_effect_row){ .label = label[1],
            .estimate = e->primary.estimate,
            .interval = e->fixed,
            .level = e->primary.level,
            .lighter = true };
    }
    n += level ? 0 : put_beside(&p, e, row + n);
    if (failed || e->exploratory) {
        row[0].label = ev_pic_phrase(&p, failed ? PHRASE_CHECK_FAILED : PHRASE_EXPLORATORY);
    } else if (n > 1 && !both) {
        row[0].label = ev_pic_phrase(&p, PHRASE_AS_PLANNED);
    }
    struct ph_effect_picture picture = {
        .row = row, .n = n, .kind = level ? PH_EFFECT_LEVEL : PH_EFFECT_CHANGE
    };
    return ph_picture_effect(o, &picture);
}

char *ph_evaluation_picture(const struct ph_picture_options *options,
    const struct ph_sealed *sealed, const struct ph_evaluation *evaluation)
{
    if (!options || options->version != PH_VERSION || !sealed || !evaluation) {
        return NULL;
    }
    struct ph_picture_options o = *options;
    char unit[PIC_WORDS];
    bool change = sealed->rule.kind == PH_PLAN_EFFECT;
    o.direction = sealed->rule.direction;
    o.delta = change                                     ? sealed->rule.delta
              : sealed->rule.kind == PH_PLAN_FEASIBILITY ? sealed->floor
                                                         : sealed->margin;
    if (!o.unit) {
        words_of(&o, change ? PHRASE_EFFECT_ON : PHRASE_OUTCOME, "outcome",
            sealed->own.column[PLAN_OUTCOME], unit);
        o.unit = unit;
    }
    return sealed->rule.kind == PH_PLAN_ACCURACY ? accuracy(&o, evaluation)
                                                 : effect(&o, sealed, evaluation);
}
