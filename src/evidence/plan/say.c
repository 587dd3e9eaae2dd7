// SPDX-License-Identifier: Apache-2.0
// An evaluation in sentences that can be read aloud: the verdict, what failed, how large and how
// sure, what it is worth, how strong the evidence is.
#include "draw.h"
#include "plan_inner.h"

#include <stdlib.h>

// Numbers as the pictures write them.
struct say {
    struct pic p;
    FILE *out;
    const struct ph_evaluation *e;
    int decimals; // of the effect
};

static const struct ph_picture_options plain = PH_PICTURE_OPTIONS;

struct words {
    char text[PIC_NUMBER];
};

static struct words number(const struct say *s, double x)
{
    struct words w = { "" };
    ev_pic_number(&s->p, x, s->decimals, w.text);
    return w;
}

static struct words percent(const struct say *s, double share, int decimals)
{
    struct words w = { "" };
    ev_pic_number(&s->p, 100 * share, decimals, w.text);
    size_t len = strlen(w.text);
    snprintf(w.text + len, sizeof(w.text) - len, "%%");
    return w;
}

// Nobody is ever quite sure.
static struct words chance(const struct say *s, double p)
{
    struct words w = percent(s, p, 0);
    if (p > 0.99) {
        snprintf(w.text, sizeof(w.text), "over 99%%");
    } else if (p < 0.01) {
        snprintf(w.text, sizeof(w.text), "under 1%%");
    }
    return w;
}

// A p-value: two digits that count, and no zeros after them.
static struct words rare(double p)
{
    struct words w = { "" };
    const struct pic plainly = { .o = &plain };
    if (p < 1e-6) {
        snprintf(w.text, sizeof(w.text), "under 0.000001");
        return w;
    }
    ev_pic_number(&plainly, p, p >= 0.1 ? 2 : (int)(1 - floor(log10(p))), w.text);
    size_t len = strlen(w.text);
    while (len > 1 && w.text[len - 1] == '0' && w.text[len - 2] != '.') {
        w.text[--len] = '\0';
    }
    return w;
}

// ---- The verdict -------------------------------------------------------------------------------

static const char *verdict_words(const struct ph_evaluation *e)
{
    static const char *const words[] = {
        [PH_REASON_GATE_FAILED] = "Cannot tell: a check that the plan asks for failed, so the "
                                  "numbers don't answer the question.",
        [PH_REASON_NO_INTERVAL] = "Cannot tell: no margin of error could be worked out.",
        [PH_REASON_LEVEL_DIFFERS] =
            "Cannot tell: the margin of error is not the one that was planned.",
        [PH_REASON_TOO_EARLY] = "Cannot tell yet: the planned end has not come, and nothing that "
                                "may be decided on before it is clear.",
        [PH_REASON_HARM] = "Stop: it does more harm than the plan allows.",
        [PH_REASON_WORTHWHILE] = "Scale: it works, and probably well enough to be worth having.",
        [PH_REASON_FLOOR_MET] = "Scale: it does what the plan asked for.",
        [PH_REASON_WORTHWHILE_RULED_OUT] = "Stop: an effect worth having is ruled out.",
        [PH_REASON_FLOOR_MISSED] = "Stop: it does not do what the plan asked for.",
        [PH_REASON_NOT_WORTH_COST] = "Stop: it very probably costs more than it brings.",
        [PH_REASON_EXTENSION_PAYS] = "Extend: the extension that the plan names could settle it.",
        [PH_REASON_COMPONENT_WORKS] =
            "Adapt: the whole is not shown to be worth having, but a part that was named "
            "beforehand works.",
        [PH_REASON_GRADE_TOO_LOW] = "Cannot tell: it looks good, but without a comparison nobody "
                                    "knows whether it was the pilot.",
        [PH_REASON_MAYBE_TOO_SMALL] =
            "Cannot tell: it works, but perhaps not well enough to be worth having.",
        [PH_REASON_BENEFIT_UNSURE] = "Cannot tell: it works, but perhaps isn't worth its cost.",
        [PH_REASON_INCONCLUSIVE] =
            "Cannot tell: no effect and an effect worth having both fit the numbers.",
        [PH_REASON_MEASURES_DISAGREE] =
            "Cannot tell: one measure surely got better, and another surely got worse.",
    };
    if (e->verdict.reason == PH_REASON_EXTENSION_PAYS && isfinite(e->extension_value)) {
        return "Extend: more data could settle it, and are worth their cost.";
    }
    return words[e->verdict.reason];
}

// ---- What failed -------------------------------------------------------------------------------

enum gate_number { GATE_P, GATE_SHARE, GATE_EFFECT, GATE_BARE };

static const struct gate_words {
    const char *gate, *words;
    enum gate_number number;
} gates[] = {
    { "sample-ratio", "the groups are not of the planned sizes", GATE_P },
    { "missing", "too many outcomes are missing", GATE_SHARE },
    { "attrition", "more outcomes are missing in one group than in the other", GATE_SHARE },
    { "pre-trend", "the places moved apart before the start already", GATE_P },
    { "pretended-start", "a change shows where nothing started, too", GATE_P },
    { "fit-before", "before the start the comparison doesn't follow the place", GATE_EFFECT },
    { "already-treated", "places that were treated already weigh too much in the comparison",
        GATE_SHARE },
    { "leads-within-delta",
        "before the start differences as large as an effect worth having can't be excluded",
        GATE_BARE },
    { "treatment-stays", "treatment ended in some places, which the method can't take", GATE_BARE },
};

static void say_gate(const struct say *s, const struct ph_gate *g)
{
    const struct gate_words *w = NULL;
    for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++) {
        w = strcmp(gates[i].gate, g->name) == 0 ? &gates[i] : w;
    }
    fprintf(s->out, " The check that failed: %s", w ? w->words : g->name);
    if (!isfinite(g->value)) {
        fputs(".", s->out); // what was looked for could not be had
        return;
    }
    if (w && w->number == GATE_P) {
        fprintf(
            s->out, " (p %s, at least %s is asked for)", rare(g->value).text, rare(g->limit).text);
    } else if (w && w->number == GATE_SHARE) {
        fprintf(s->out, " (%s, at most %s is allowed)", percent(s, g->value, 1).text,
            percent(s, g->limit, 1).text);
    } else if (!w || w->number == GATE_EFFECT) {
        fprintf(s->out, " (%s, limit %s)", number(s, g->value).text, number(s, g->limit).text);
    }
    fputc('.', s->out);
}

// The guardrail that was broken.
static void say_harm(const struct say *s)
{
    const struct ph_evaluation *e = s->e;
    if (e->verdict.reason == PH_REASON_HARM && e->verdict.decisive < e->n_guardrails) {
        const struct ph_guardrail_result *g = &e->guardrail[e->verdict.decisive];
        struct say own = *s;
        own.decimals = ev_pic_decimals(g->interval.hi - g->interval.lo);
        fprintf(s->out, " The harm: %s is worse by at least %s, where %s is allowed.", g->outcome,
            number(&own, g->interval.lo).text, number(&own, g->margin).text);
    }
}

// ---- How large, how sure ------------------------------------------------------------------------

static void say_interval(const struct say *s, const struct ph_result *h)
{
    char level[PIC_NUMBER];
    ev_pic_level(&s->p, h->level, level);
    if (isnan(h->interval.lo) || isnan(h->interval.hi)) {
        fputs(", without a margin of error.", s->out);
        return;
    }
    fprintf(s->out, "; the %s interval goes from %s to %s", level, number(s, h->interval.lo).text,
        number(s, h->interval.hi).text);
    fputs(h->anytime ? " and holds at every look." : ".", s->out);
}

// Events by exposure (ph_rate()) rather than a share.
static bool is_rate(const struct ph_result *h)
{
    return h->convention && strncmp(h->convention, "poisson.", 8) == 0;
}

static void say_rate(const struct say *s, const struct ph_result *h)
{
    fprintf(s->out, " The rate is %s", number(s, h->estimate).text);
    say_interval(s, h);
    if (s->e->n_criteria > 0) {
        const struct ph_criterion *c = &s->e->criterion[0];
        bool ceiling = c->direction == PH_LOWER_IS_BETTER;
        fprintf(s->out, " Asked for is at %s %s.", ceiling ? "most" : "least",
            number(s, c->floor).text);
    }
}

static void say_share(const struct say *s, const struct ph_result *h)
{
    char level[PIC_NUMBER];
    ev_pic_level(&s->p, h->level, level);
    fprintf(s->out, " The share is %s", percent(s, h->estimate, 1).text);
    if (isnan(h->interval.lo) || isnan(h->interval.hi)) {
        fputs(", without a margin of error.", s->out);
    } else {
        fprintf(s->out, "; the %s interval goes from %s to %s%s.", level,
            percent(s, h->interval.lo, 1).text, percent(s, h->interval.hi, 1).text,
            h->anytime ? " and holds at every look" : "");
    }
    if (s->e->n_criteria > 0) {
        const struct ph_criterion *c = &s->e->criterion[0];
        bool ceiling = c->direction == PH_LOWER_IS_BETTER;
        fprintf(s->out, " Asked for is at %s %s.", ceiling ? "most" : "least",
            percent(s, c->floor, 1).text);
    }
}

static void say_agreement(const struct say *s, const struct ph_result *h)
{
    fprintf(s->out, " On average new readings differ from the reference by %s",
        number(s, h->estimate).text);
    say_interval(s, h);
    if (s->e->n_criteria == 2) {
        const struct ph_criterion *c = s->e->criterion;
        fprintf(s->out, " Nearly all differ by %s to %s; %s either way is allowed.",
            number(s, c[0].estimate).text, number(s, c[1].estimate).text,
            number(s, c[1].floor).text);
    }
}

static void say_size(const struct say *s)
{
    const struct ph_result *h = &s->e->primary;
    if (isnan(h->estimate)) {
        return;
    }
    if (strcmp(s->e->method, "feasibility") == 0) {
        (is_rate(h) ? say_rate : say_share)(s, h);
    } else if (strcmp(s->e->method, "accuracy") == 0) {
        say_agreement(s, h);
    } else {
        fprintf(s->out, " The effect is estimated at %s", number(s, h->estimate).text);
        say_interval(s, h);
    }
}

static void say_worth(const struct say *s)
{
    const struct ph_evaluation *e = s->e;
    if (e->verdict.reason == PH_REASON_GATE_FAILED) {
        return; // a chance would be taken for one
    }
    if (isfinite(e->worthwhile)) {
        fprintf(s->out, " The chance that it reaches %s, the smallest effect worth having, is %s.",
            number(s, e->verdict.delta).text, chance(s, e->worthwhile).text);
    }
    if (e->pilots > 0) {
        fprintf(
            s->out, " Read among %zu pilots it comes to %s.", e->pilots, number(s, e->shrunk).text);
    }
    if (isfinite(e->benefit)) {
        fprintf(s->out, " The chance that it is worth its cost is %s.", chance(s, e->benefit).text);
    }
    if (isfinite(e->detectable) && e->verdict.verdict == PH_CANNOT_TELL) {
        fprintf(s->out, " With so many data an effect of %s is found four times in five.",
            number(s, e->detectable).text);
    }
}

// ---- What else ---------------------------------------------------------------------------------

// One regression over places that start at different times never stands alone.
static void say_starts(const struct say *s)
{
    const struct ph_beside *b = &s->e->beside;
    if (!s->e->has_beside || b->starts < 2) {
        return;
    }
    fprintf(s->out, " Places start at %zu different times.", b->starts);
    if (b->has_group_time) {
        fprintf(s->out, " Each compared with places that had not started, the effect is %s",
            number(s, b->group_time.estimate).text);
        say_interval(s, &b->group_time);
    }
    if (b->has_bacon) {
        fprintf(s->out, " Comparisons with places already treated weigh %s in the estimate above.",
            percent(s, b->misleading, 0).text);
    }
}

static void say_others(const struct say *s)
{
    const struct ph_evaluation *e = s->e;
    for (size_t i = 0; i < e->n_measures; i++) {
        const struct ph_measure_result *m = &e->measure[i];
        struct say own = *s;
        own.decimals = ev_pic_decimals(m->head.interval.hi - m->head.interval.lo);
        fprintf(s->out, " Also measured: %s, %s (%s to %s).", m->outcome,
            number(&own, m->head.estimate).text, number(&own, m->head.interval.lo).text,
            number(&own, m->head.interval.hi).text);
    }
    for (size_t i = 0; i < e->n_components; i++) {
        if (e->component[i].survives) {
            fprintf(s->out, " Works: %s (%s).", e->component[i].name,
                number(s, e->component[i].head.estimate).text);
        }
    }
    if (e->n_alternatives > 0) {
        fprintf(s->out, " Other analyses that the plan names give %s to %s.",
            number(s, e->spread.lo).text, number(s, e->spread.hi).text);
    }
}

static const char *grade_words(enum ph_grade grade)
{
    static const char *const words[] = {
        [PH_GRADE_NONE] = "",
        [PH_GRADE_A] = " Strength of evidence: A, a randomised comparison.",
        [PH_GRADE_B] = " Strength of evidence: B, a comparison group.",
        [PH_GRADE_C] = " Strength of evidence: C, one series or a loose comparison.",
        [PH_GRADE_D] = " Strength of evidence: D, before and after without a comparison.",
    };
    return words[grade];
}

static void write_words(const struct say *s)
{
    const struct ph_evaluation *e = s->e;
    fputs(verdict_words(e), s->out);
    for (size_t i = 0; i < e->n_gates; i++) {
        if (!e->gate[i].passed) {
            say_gate(s, &e->gate[i]);
        }
    }
    say_harm(s);
    say_size(s);
    say_worth(s);
    say_starts(s);
    say_others(s);
    fputs(grade_words(e->verdict.grade), s->out);
    if (e->exploratory) {
        fputs(" Exploratory: this run is not the plan that was sealed before the data.", s->out);
    }
}

char *ph_evaluation_words(const struct ph_evaluation *e)
{
    char *text = NULL;
    size_t len = 0;
    double width = e->primary.interval.hi - e->primary.interval.lo;
    struct say s = { .p = { .o = &plain },
        .out = open_memstream(&text, &len),
        .e = e,
        .decimals = ev_pic_decimals(width > 0 ? width : fabs(e->primary.estimate)) };
    if (!s.out) {
        return NULL;
    }
    write_words(&s);
    if (fclose(s.out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
