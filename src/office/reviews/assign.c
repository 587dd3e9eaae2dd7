// SPDX-License-Identifier: Apache-2.0
// Giving pitches to evaluators: one by one, or so many a pitch at once to those with the least to
// do. Whoever may be in conflict isn't given the pitch, and nobody is told why.
#include "reviews_private.h"

#include "str.h"

enum { MOST_EVALUATORS = 200 };

// Whether PERSON may judge PITCH: an evaluator of the call, not given it already, and no conflict
// seen.
static enum err fits(struct ctx *c, int64_t call, int64_t pitch, int64_t person, bool *ret_fits)
{
    static const char *const against[] = { "review.given", "review.conflict" };
    const struct arg *pair = ARGS(ARG("call_id", value_id(call)), ARG("pitch_id", value_id(pitch)),
        ARG("person_id", value_id(person)));
    int64_t n;
    *ret_fits = false;
    TRY(db_int(c->db, c->arena, "review.is_evaluator", pair, &n));
    if (!n) {
        return OK;
    }
    for (size_t i = 0; i < ARRAY_LEN(against); i++) {
        TRY(db_int(c->db, c->arena, against[i], pair, &n));
        if (n) {
            return OK;
        }
    }
    *ret_fits = true;
    return OK;
}

enum err review_give(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value pitch;
    bool fitting;
    TRY(db_row(c->db, c->arena, "review.pitch_head", ARGS(ARG("pitch_id", *act_in(a, "pitch_id"))),
        &pitch));
    int64_t call = value_get_int(&pitch, "call_id", 0);
    const char *why = round_takes_reviews(c, call);
    if (!why && !str_eq(value_get_text(&pitch, "state", ""), "eligible")) {
        why = "Only an eligible pitch is reviewed.";
    }
    if (why) {
        return act_invalid(a, "pitch_id", why, NULL);
    }
    // One answer to every reason, so that refusals can't be read as names.
    TRY(fits(c, call, act_int(a, "pitch_id"), act_int(a, "person_id"), &fitting));
    if (!fitting) {
        return act_invalid(
            a, "person_id", "This person can’t review this pitch. Choose another.", NULL);
    }
    act_set(a, "call_id", value_id(call));
    act_set(a, "label", *value_get(&pitch, "label"));
    act_set(a, "is_made_up", *value_get(&pitch, "is_made_up"));
    return act_save(a);
}

// Only the review says that there is a conflict, and nothing says which interest it was.
enum err review_match_again(struct act *a, int64_t person)
{
    struct ctx *c = a->ctx;
    struct value rows;
    TRY(db_rows(
        c->db, c->arena, "review.to_match", ARGS(ARG("person_id", value_id(person))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *row = value_at(&rows, i);
        int64_t signs;
        TRY(db_int(c->db, c->arena, "review.conflict",
            ARGS(ARG("pitch_id", *value_get(row, "pitch_id")), ARG("person_id", value_id(person))),
            &signs));
        if (signs) {
            TRY(act_nest_system(
                a, "review.find_conflict", value_get_int(row, "id", 0), NULL, NULL));
        }
    }
    return OK;
}

static enum err tell_evaluator(
    struct act *a, int64_t person, int64_t call, int64_t n, const char *kind, int64_t id)
{
    struct ctx *c = a->ctx;
    struct value round, args = value_object(c->arena);
    TRY(round_of(c, call, &round));
    value_set(c->arena, &args, "title", *value_get(&round, "title"));
    value_set(c->arena, &args, "n", value_int(n));
    value_set(c->arena, &args, "when", *act_now(a, "due_on"));
    return notice_person(c, person,
        &(struct notice){ .text =
                              "You have {n, plural, one {a pitch} other {# pitches}} to review for "
                              "“{title}”, by {when, date}.",
            .args = &args,
            .kind = kind,
            .id = id,
            .mail_now = true });
}

enum err review_assign(struct act *a)
{
    TRY(review_give(a));
    return tell_evaluator(a, act_int(a, "person_id"), act_now(a, "call_id")->n, 1, "review", a->id);
}

// ---- so many a pitch ---------------------------------------------------------------------------

enum { MADE };

static const struct state states[] = {
    { "made", "Made", "done" },
    END_STATE,
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Assignment", NULL },
    { "call_id", FIELD_RECORD, "Call", NULL, "call" },
    { "per_pitch_n", FIELD_COUNT, "Evaluators a pitch", "Three see more than two.", .max = 20 },
    { "due_on", FIELD_DATE, "Due", NULL },
    { "made_n", FIELD_COUNT, "Reviews given", NULL },
    { "report", FIELD_LIST, "Still short", NULL },
    END_FIELD,
};

struct pool {
    int64_t person[MOST_EVALUATORS], load[MOST_EVALUATORS], fresh[MOST_EVALUATORS];
    size_t n;
};

static enum err read_pool(struct ctx *c, int64_t call, struct pool *p)
{
    struct value rows;
    TRY(db_rows(c->db, c->arena, "review.evaluators", ARGS(ARG("call_id", value_id(call))), &rows));
    for (size_t i = 0; i < value_len(&rows) && p->n < MOST_EVALUATORS; i++) {
        p->person[p->n] = value_get_int(value_at(&rows, i), "id", 0);
        p->load[p->n++] = value_get_int(value_at(&rows, i), "load_n", 0);
    }
    return OK;
}

// The one with the least to do who fits, and isn't tried yet; p->n when there is none.
static enum err pick(struct ctx *c, struct pool *p, int64_t call, int64_t pitch, size_t *ret_at)
{
    bool tried[MOST_EVALUATORS] = { false };
    for (size_t turn = 0; turn < p->n; turn++) {
        size_t best = p->n;
        for (size_t i = 0; i < p->n; i++) {
            if (!tried[i] && (best == p->n || p->load[i] < p->load[best])) {
                best = i;
            }
        }
        bool fitting;
        TRY(fits(c, call, pitch, p->person[best], &fitting));
        if (fitting) {
            *ret_at = best;
            return OK;
        }
        tried[best] = true;
    }
    *ret_at = p->n;
    return OK;
}

// Fills one pitch up; *RET_N is how many it has then.
static enum err fill_up(
    struct act *a, struct pool *p, const struct value *pitch, int64_t wanted, int64_t *ret_n)
{
    struct ctx *c = a->ctx;
    int64_t id = value_get_int(pitch, "id", 0), n = value_get_int(pitch, "n", 0);
    for (; n < wanted; n++) {
        size_t at = p->n;
        TRY(pick(c, p, act_int(a, "call_id"), id, &at));
        if (at == p->n) {
            break;
        }
        struct value one = value_object(c->arena);
        value_set(c->arena, &one, "pitch_id", value_id(id));
        value_set(c->arena, &one, "person_id", value_id(p->person[at]));
        value_set(c->arena, &one, "due_on", *act_in(a, "due_on"));
        TRY(act_nest(a, "review.give", 0, &one, NULL));
        p->load[at]++;
        p->fresh[at]++;
    }
    *ret_n = n;
    return OK;
}

static enum err assign_all(struct act *a, struct pool *p, const struct value *pitches)
{
    struct ctx *c = a->ctx;
    int64_t wanted = act_int(a, "per_pitch_n"), made = 0;
    AUTO_BUF(report, 0);
    for (size_t i = 0; i < value_len(pitches); i++) {
        const struct value *pitch = value_at(pitches, i);
        int64_t before = value_get_int(pitch, "n", 0), n;
        TRY(fill_up(a, p, pitch, wanted, &n));
        made += n - before;
        if (n < wanted) {
            buf_fmt(&report, "%s%s: %lld / %lld", report.len ? "\n" : "",
                value_get_text(pitch, "label", ""), (long long)n, (long long)wanted);
        }
    }
    act_set(a, "made_n", value_int(made));
    act_set(a, "report",
        report.len ? value_text(arena_strdup(c->arena, buf_text(&report))) : VALUE_NULL);
    return OK;
}

static enum err make(struct act *a)
{
    struct ctx *c = a->ctx;
    int64_t call = act_int(a, "call_id");
    const char *why = round_takes_reviews(c, call);
    if (why) {
        return act_invalid(a, "call_id", why, NULL);
    }
    if (act_int(a, "per_pitch_n") < 1) {
        return act_invalid(a, "per_pitch_n", "Write 1 or more.", NULL);
    }
    struct value pitches, round;
    struct pool pool = { .n = 0 };
    TRY(round_of(c, call, &round));
    TRY(db_rows(
        c->db, c->arena, "review.pitches_to_give", ARGS(ARG("call_id", value_id(call))), &pitches));
    TRY(read_pool(c, call, &pool));
    if (!pool.n) {
        return act_invalid(a, "call_id",
            "Nobody is an evaluator yet. Give the role first, for this call or for all.", NULL);
    }
    TRY(assign_all(a, &pool, &pitches));
    act_set(a, "title", *value_get(&round, "title"));
    act_set(a, "is_made_up", *value_get(&round, "is_made_up"));
    TRY(act_save(a));
    for (size_t i = 0; i < pool.n; i++) {
        if (pool.fresh[i]) {
            TRY(tell_evaluator(a, pool.person[i], call, pool.fresh[i], "call", call));
        }
    }
    return OK;
}

static const struct command commands[] = {
    { "assignment.make", "Give the pitches to evaluators", NEW, MADE, MAY_RUN_REVIEWS,
        "call_id! per_pitch_n! due_on!", NULL, make, 0,
        "Those with the least to do come first; nobody gets a pitch that touches a declared "
        "interest. Single reviews can be changed after." },
    END_COMMAND,
};

const struct kind assignment_kind = {
    .name = "assignment",
    .label = "Assignment of reviews",
    .plural = "Assignments of reviews",
    .path = "/assignments",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = { NULL, NULL, SEES_ROUND },
    .parent = "call_id",
    .parent_kind = "call",
    .list = "title per_pitch_n made_n due_on created_at",
    .filters = "call_id",
    .empty = "One act gives every eligible pitch to so many evaluators.",
};
