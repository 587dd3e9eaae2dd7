// SPDX-License-Identifier: Apache-2.0
// Batches: what came at once. Its readings count from publication until it is undone.
#include "readings_private.h"

#include "clock.h"
#include "groups.h"
#include "str.h"

static const struct state batch_states[] = {
    [BATCH_LOADING] = { "loading", "Being read", "neutral" },
    [BATCH_STAGED] = { "staged", "Waits to be published", "waiting" },
    [BATCH_PUBLISHED] = { "published", "Counts", "done" },
    [BATCH_UNDONE] = { "undone", "Undone", "stopped" },
    [BATCH_DROPPED] = { "dropped", "Dropped", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field batch_fields[] = {
    { "title", FIELD_TEXT, "Batch", NULL, .max = 200, .flags = FIELD_RELEASED },
    { "measure_id", FIELD_RECORD, "Measure", NULL, "measure", .flags = FIELD_RELEASED },
    { "source", FIELD_CHOICE, "How it came", NULL,
        "form=By form|csv=A file|api=By the API|link=By "
        "a link in a mail",
        .flags = FIELD_RELEASED },
    { "file_name", FIELD_TEXT, "File", NULL, .max = 200 },
    { "mapping", FIELD_TEXT, "Columns", NULL, .max = 2000 },
    { "rows_n", FIELD_COUNT, "Rows in the file", NULL },
    { "good_n", FIELD_COUNT, "Readings", NULL, .flags = FIELD_RELEASED },
    { "same_n", FIELD_COUNT, "There already, with the same value", NULL },
    { "bad_n", FIELD_COUNT, "Rows left out", NULL, .flags = FIELD_RELEASED },
    { "corrects_n", FIELD_COUNT, "Corrections of earlier ones", NULL, .flags = FIELD_RELEASED },
    { "revs_n", FIELD_COUNT, "Beside an earlier row", NULL },
    { "outliers_n", FIELD_COUNT, "Far from the others", NULL, .flags = FIELD_RELEASED },
    { "gaps_n", FIELD_COUNT, "First after a gap", NULL, .flags = FIELD_RELEASED },
    { "new_units_n", FIELD_COUNT, "Units seen for the first time", NULL },
    { "from_at", FIELD_TIME, "From", NULL, .flags = FIELD_RELEASED },
    { "to_at", FIELD_TIME, "To", NULL, .flags = FIELD_RELEASED },
    { "content_hash_text", FIELD_TEXT, "SHA-256 of what was sent", NULL, .flags = FIELD_RELEASED },
    { "published_at", FIELD_TIME, "Published", NULL, .flags = FIELD_RELEASED },
    { "publish_n", FIELD_COUNT, "Order of publishing",
        "Of readings of the same unit and time those published last count.",
        .flags = FIELD_RELEASED },
    { "undone_at", FIELD_TIME, "Undone", NULL, .flags = FIELD_RELEASED },
    { "unit", FIELD_TEXT, "What was measured",
        "The bin, route or device by its code; leave empty "
        "when there is only one.",
        .max = 120, .flags = FIELD_INPUT },
    { "group_name", FIELD_TEXT, "Group",
        "Whom it stands for, where the measure tells groups apart; asked once for each.",
        .max = GROUP_NAME_MOST, .flags = FIELD_INPUT },
    { "read_at", FIELD_TIME, "When", NULL, .flags = FIELD_INPUT },
    { "value_num", FIELD_NUMBER, "Value", NULL, .flags = FIELD_INPUT },
    { "reference_num", FIELD_NUMBER, "Trusted value",
        "What a trusted method read at the same time, if there is one.", .flags = FIELD_INPUT },
    { "choice", FIELD_CHOICE, "What to do with the rows that are wrong", NULL,
        "all=Publish only if every row is good|good=Publish the good ones and leave the others out",
        .flags = FIELD_INPUT },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// ---- who may, and when
// ---------------------------------------------------------------------------

enum err measure_row(struct ctx *c, int64_t measure, struct value *ret_row)
{
    enum err e = db_row(
        c->db, c->arena, "batch.measure", ARGS(ARG("measure_id", value_id(measure))), ret_row);
    return e == ERR_NOT_FOUND
               ? fail(c->arena, e, "%s", ctx_text(c, "There is no such measure here.", NULL))
               : e;
}

enum err measure_may_record(struct ctx *c, const struct value *measure)
{
    bool works_here = c->audience == AUDIENCE_SYSTEM || c->viewer.roles & MAY_MEASURE;
    bool responsible =
        c->viewer.person && value_get_int(measure, "responsible_id", 0) == c->viewer.person;
    if (!works_here && !responsible) {
        return fail(c->arena, c->viewer.person ? ERR_DENIED : ERR_UNSIGNED, "%s",
            ctx_text(c, "Readings of this measure are brought by others. Ask the office.", NULL));
    }
    return str_eq(value_get_text(measure, "state", ""), "active")
               ? OK
               : fail(c->arena, ERR_STATE, "%s",
                     ctx_text(c, "The measure is retired; it takes no more readings.", NULL));
}

static const char *has_readings(struct act *a)
{
    const struct value *good = act_old(a, "good_n");
    return good->kind == V_INT && good->n > 0 ? NULL
                                              : "There is no good reading in it. Drop it, mend the "
                                                "file and upload it again.";
}

// ---- one reading by form
// -------------------------------------------------------------------------

static enum err check_value(struct act *a, const struct value *measure)
{
    const char *type = value_get_text(measure, "type", "");
    const struct value *x = act_in(a, "value_num");
    if (x->kind == V_NUM && str_eq(type, "proportion") && (x->x < 0 || x->x > 1)) {
        return act_invalid(a, "value_num", "A proportion lies between 0 and 1.", NULL);
    }
    if (x->kind == V_NUM && str_eq(type, "count") && x->x < 0) {
        return act_invalid(a, "value_num", "A count isn't negative.", NULL);
    }
    if (act_in(a, "read_at")->n > a->ctx->now + CLOCK_DAY) {
        return act_invalid(a, "read_at", "This lies in the future. Look at the date.", NULL);
    }
    return OK;
}

static enum err insert_reading(struct act *a, int64_t unit, int64_t *ret_rev)
{
    struct ctx *c = a->ctx;
    const struct value measure = *act_in(a, "measure_id"), at = *act_in(a, "read_at");
    int64_t rev = 0;
    TRY(db_int(c->db, c->arena, "batch.last_rev",
        ARGS(ARG("measure_id", measure), ARG("unit_n", value_int(unit)), ARG("read_at", at)),
        &rev));
    *ret_rev = rev + 1;
    enum err e = db_exec(c->db, c->arena, "batch.add_reading",
        ARGS(ARG("measure_id", measure), ARG("unit_n", value_int(unit)), ARG("read_at", at),
            ARG("rev", value_int(rev + 1)), ARG("value_num", *act_in(a, "value_num")),
            ARG("reference_num", *act_in(a, "reference_num")), ARG("quality_n", value_int(0)),
            ARG("batch_id", value_id(a->id))),
        NULL);
    return e == ERR_EXISTS ? ERR_RETRY : e; // somebody else corrected the same one just now
}

// From here on it counts, before whatever else has readings of its units and times.
static enum err count_last(struct act *a, int64_t measure)
{
    struct ctx *c = a->ctx;
    int64_t last = 0;
    TRY(db_int(
        c->db, c->arena, "batch.last_publish", ARGS(ARG("measure_id", value_id(measure))), &last));
    act_set(a, "publish_n", value_int(last + 1));
    act_set(a, "published_at", value_time(c->now));
    return OK;
}

// A unit keeps the group that it was given first; another one is a change of the unit.
static enum err join_group(struct act *a, const struct value *measure, const char *code)
{
    struct ctx *c = a->ctx;
    struct value group, unit;
    const struct value which = *act_in(a, "measure_id"), name = value_text(code);
    TRY(group_in(a, value_get_text(measure, "groups", ""), &group));
    if (group.kind == V_NULL) {
        return OK;
    }
    TRY(db_row(c->db, c->arena, "measure.unit_by_code",
        ARGS(ARG("measure_id", which), ARG("code", name)), &unit));
    const char *now = value_get_text(&unit, "group_name", NULL);
    if (now && !str_eq(now, group.text)) {
        return act_invalid(a, "group_name",
            "This unit stands for another group already. Change it on the measure's page.", NULL);
    }
    return now ? OK
               : db_exec(c->db, c->arena, "measure.unit_set",
                     ARGS(ARG("measure_id", which), ARG("code", name), ARG("title", VALUE_NULL),
                         ARG("area_id", VALUE_NULL), ARG("is_comparison", VALUE_NULL),
                         ARG("group_name", group)),
                     NULL);
}

static enum err add_reading(struct act *a)
{
    struct ctx *c = a->ctx;
    struct value measure;
    TRY(measure_row(c, act_int(a, "measure_id"), &measure));
    TRY(measure_may_record(c, &measure));
    TRY(check_value(a, &measure));
    bool is_new;
    int64_t unit, rev;
    const char *code = act_has(a, "unit") ? act_text(a, "unit") : "all";
    TRY(unit_number(c, act_int(a, "measure_id"), code, &unit, &is_new));
    TRY(join_group(a, &measure, code));
    TRY(insert_reading(a, unit, &rev));
    bool works_here = c->audience == AUDIENCE_SYSTEM || c->viewer.roles & MAY_MEASURE;
    const char *source = str_eq(c->via, "api") ? "api" : works_here ? "form" : "link";
    act_set(a, "title",
        value_text(arena_fmt(c->arena, "%s: %s", value_get_text(&measure, "title", ""), code)));
    act_set(a, "source", value_text(source));
    act_set(a, "rows_n", value_int(1));
    act_set(a, "good_n", value_int(1));
    act_set(a, "bad_n", value_int(0));
    act_set(a, "same_n", value_int(0));
    act_set(a, "corrects_n", value_int(rev > 1));
    act_set(a, "revs_n", value_int(rev > 1));
    act_set(a, "outliers_n", value_int(0));
    act_set(a, "gaps_n", value_int(0));
    act_set(a, "new_units_n", value_int(is_new));
    act_set(a, "from_at", *act_in(a, "read_at"));
    act_set(a, "to_at", *act_in(a, "read_at"));
    TRY(count_last(a, act_int(a, "measure_id")));
    return act_save(a);
}

// ---- a batch's life
// ------------------------------------------------------------------------------

static enum err open_batch(struct act *a)
{
    struct value measure;
    TRY(measure_row(a->ctx, act_int(a, "measure_id"), &measure));
    TRY(measure_may_record(a->ctx, &measure));
    return act_save(a);
}

static enum err forget_file(struct act *a)
{
    struct ctx *c = a->ctx;
    return db_exec(
        c->db, c->arena, "batch.drop_file", ARGS(ARG("batch_id", value_id(a->id))), NULL);
}

static void note_counts(struct act *a)
{
    static const char *const names[] = { "measure_id", "rows_n", "good_n", "bad_n", "same_n",
        "corrects_n", "from_at", "to_at", "content_hash_text" };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        act_note(a, names[i], *act_old(a, names[i]));
    }
}

static enum err publish(struct act *a)
{
    struct value measure;
    TRY(measure_row(a->ctx, act_old(a, "measure_id")->n, &measure));
    TRY(measure_may_record(a->ctx, &measure));
    const struct value *bad = act_old(a, "bad_n");
    if (bad->kind == V_INT && bad->n > 0 && !str_eq(act_text(a, "choice"), "good")) {
        return act_invalid(a, "choice",
            "Some rows are wrong. Publish the good ones, or drop the batch, mend the file and "
            "upload it again.",
            NULL);
    }
    note_counts(a);
    TRY(count_last(a, act_old(a, "measure_id")->n));
    TRY(act_save(a));
    return forget_file(a);
}

static enum err undo(struct act *a)
{
    note_counts(a);
    act_set(a, "undone_at", value_time(a->ctx->now));
    return act_save(a);
}

static enum err redo(struct act *a)
{
    note_counts(a);
    TRY(count_last(a, act_old(a, "measure_id")->n));
    act_set(a, "undone_at", VALUE_NULL);
    return act_save(a);
}

// Its rows count no more from here on; they are deleted afterwards, some at a time.
static enum err drop(struct act *a)
{
    struct value payload = value_object(a->ctx->arena);
    value_set(a->ctx->arena, &payload, "batch", value_text(ctx_id(a->ctx, a->id)));
    TRY(act_save(a));
    TRY(forget_file(a));
    return job_add(a->ctx, "readings.sweep", &payload, 0);
}

#define COUNTS                                                                                     \
    "mapping rows_n good_n same_n bad_n corrects_n revs_n outliers_n gaps_n new_units_n from_at "  \
    "to_at "                                                                                       \
    "content_hash_text"

static const struct command batch_commands[] = {
    { "batch.add", "Add a reading", NEW, BATCH_PUBLISHED, MAY_RECORD & ~(uint32_t)ROLE_CLOCK,
        "measure_id! unit group_name read_at! value_num! reference_num", NULL, add_reading,
        COMMAND_PUBLIC | COMMAND_QUIET,
        "The same unit and time again corrects what is there; nothing is overwritten." },
    { "batch.open", "Begin a batch", NEW, BATCH_LOADING, MAY_RECORD,
        "title! measure_id! source! file_name", NULL, open_batch, COMMAND_INNER | COMMAND_QUIET,
        NULL },
    { "batch.stage", "Finish reading it", AT(BATCH_LOADING), BATCH_STAGED, MAY_RECORD, COUNTS, NULL,
        NULL, COMMAND_INNER | COMMAND_QUIET, NULL },
    { "batch.publish", "Publish the readings", AT(BATCH_STAGED), BATCH_PUBLISHED, MAY_RECORD,
        "choice", has_readings, publish, COMMAND_PUBLIC | COMMAND_QUIET,
        "From then on they count, and take the place of others for the same units and times. It "
        "can "
        "be undone." },
    { "batch.undo", "Undo the batch", AT(BATCH_PUBLISHED), BATCH_UNDONE, MAY_MEASURE, "", NULL,
        undo, COMMAND_PUBLIC | COMMAND_REASON, "Its readings no longer count; its trace stays." },
    { "batch.redo", "Publish it again", AT(BATCH_UNDONE), BATCH_PUBLISHED, MAY_MEASURE, "", NULL,
        redo, COMMAND_PUBLIC | COMMAND_REASON, NULL },
    { "batch.drop", "Drop the batch", AT(BATCH_LOADING) | AT(BATCH_STAGED), BATCH_DROPPED,
        MAY_RECORD, "", NULL, drop, COMMAND_CONFIRM | COMMAND_QUIET,
        "Its rows are deleted; none of them counted." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

#define OF_RELEASED                                                                                \
    "($.state = 'published' AND EXISTS (SELECT 1 FROM measure m JOIN pilot p ON p.city = m.city "  \
    "AND p.id = m.pilot_id WHERE m.city = $.city AND m.id = $.measure_id AND p.released_at IS "    \
    "NOT NULL AND COALESCE(m.is_people, 0) = 0))"

const struct kind batch_kind = {
    .name = "batch",
    .label = "Batch of readings",
    .plural = "Batches of readings",
    .path = "/batches",
    .states = batch_states,
    .fields = batch_fields,
    .commands = batch_commands,
    .scope = {
        .public = OF_RELEASED,
        .outside = "($.owner_id = :viewer_id OR " OF_RELEASED
                   " OR EXISTS (SELECT 1 FROM measure m WHERE m.city = $.city AND m.id = $.measure_id AND "
                   "(m.responsible_id = :viewer_id OR EXISTS (SELECT 1 FROM grant_role g WHERE g.city = m.city AND "
                   "g.person_id = :viewer_id AND g.state = 'held' AND g.scope_kind = 'pilot' AND "
                   "g.scope_id = m.pilot_id))))",
        .office = "1 = 1",
    },
    .parent = "measure_id",
    .parent_kind = "measure",
    .list = "title measure_id state source good_n bad_n from_at to_at created_at",
    .filters = "state source",
    .empty = "Readings come by form, by file, by the API or by a link in a mail.",
};
