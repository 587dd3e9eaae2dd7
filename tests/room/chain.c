// SPDX-License-Identifier: Apache-2.0
#include "chain.h"

#include "clock.h"
#include "site.h"

// With values instead of texts, so that departments and people needn't be found by a form.
int64_t chain_act(const char *command, int64_t id, const struct value *values)
{
    room.err = act_run_values(&room.ctx, command, id, values, &room.outcome);
    if (room.err != OK) {
        fail_msg("%s: %s", command, room.arena.detail ? room.arena.detail : "");
    }
    return room.outcome.id;
}

int64_t chain_described(void)
{
    struct value v = value_object(&room.arena);
    value_set(&room.arena, &v, "title", value_text("Blocked loading zones"));
    value_set(&room.arena, &v, "problem", value_text("Vans stand in the lane."));
    value_set(&room.arena, &v, "department_id", value_id(room.department));
    value_set(&room.arena, &v, "baseline", value_text("41 of 100 zones blocked"));
    room_as(ROLE_STAFF);
    return chain_act("challenge.draft", 0, &v);
}

int64_t chain_challenge(void)
{
    int64_t id = chain_described();
    room_act(
        "challenge.screen", id, "collects_personal=no", "uses_ai=no", "in_public_space=yes", NULL);
    struct value v = value_object(&room.arena);
    value_set(
        &room.arena, &v, "success_owner_id", value_id(room.people[__builtin_ctz(ROLE_LIAISON)]));
    value_set(&room.arena, &v, "staff_hours_n", value_int(10));
    value_set(&room.arena, &v, "running_cost_cents", value_money(500000, "USD"));
    room_as(ROLE_LIAISON);
    return chain_act("challenge.commit", id, &v);
}

int64_t chain_draft_call(int64_t of, const char *amount, const char *path)
{
    room_as(ROLE_STAFF);
    int64_t id = room_act("call.draft", 0, room_fmt("challenge_id=%s", room_id(of)),
        "title=Keep loading zones free", "text=Vans stand in the lane. Help us.",
        room_fmt("amount_cents=%s", amount),
        room_fmt("closes_at=%s", room_time(7 * (int64_t)CLOCK_DAY)), NULL);
    room_act("call.edit", id, room_fmt("path=%s", path), NULL);
    return id;
}

int64_t chain_criterion(int64_t call, const char *title, int weight)
{
    room_as(ROLE_STAFF);
    return room_act("criterion.add", 0, room_fmt("call_id=%s", room_id(call)),
        room_fmt("title=%s", title), room_fmt("weight_n=%d", weight), NULL);
}

int64_t chain_call(const char *more)
{
    int64_t id = chain_draft_call(chain_challenge(), "20000", "formal");
    if (more) {
        room_act("call.edit", id, more, NULL);
    }
    chain_criterion(id, "Does it help?", 100);
    room_as(ROLE_DIRECTOR);
    return room_act("call.publish", id, NULL);
}

void chain_set(const char *kind, int64_t id, const char *column, struct value v)
{
    int64_t changed;
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    assert_int_equal(
        db_update(room.db, &room.arena, kind, false, id, 0, ARGS(ARG(column, v)), &changed), OK);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    assert_int_equal(changed, 1);
}

void chain_close_call(int64_t id)
{
    chain_set("call", id, "closes_at", value_time(clock_now() - CLOCK_SECOND));
}

// The oldest letter that waits, and takes it away; "" when none does.
const char *chain_letter(const char **ret_address)
{
    struct value row;
    room_as_system();
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
    enum err e = db_row(room.db, &room.arena, "mail.claim",
        ARGS(ARG("lease_at", value_time(room.ctx.now + CLOCK_HOUR))), &row);
    assert_int_equal(db_commit(room.db, &room.arena), OK);
    *ret_address = e == OK ? value_get_text(&row, "address", "") : "";
    return e == OK ? value_get_text(&row, "body", "") : "";
}

void chain_no_letters(void)
{
    const char *to;
    while (*chain_letter(&to)) {
    }
}

bool chain_says(const char *words)
{
    return room.arena.detail && strstr(room.arena.detail, words);
}

const char *chain_page(const struct room *of, const char *pattern, int64_t id)
{
    if (!room.office->site) {
        assert_int_equal(office_routes(room.office, &room.arena), OK);
    }
    const struct page *p = of->pages;
    while (!str_eq(p->pattern, pattern)) {
        p++;
    }
    struct web_field params[] = { { "id", ctx_id(&room.ctx, id) } };
    struct request q = { .arena = &room.arena, .path = pattern, .params = params, .n_params = 1 };
    struct response r = { .arena = &room.arena };
    struct value data = value_object(&room.arena);
    if (!(p->who & room.ctx.viewer.roles) || p->build(&room.ctx, &q, &data, &r) != OK) {
        return "";
    }
    enum err e = site_render(&room.ctx, &q, &r, p->template, &data);
    if (e != OK) {
        fail_msg("%s: %s", pattern, room.arena.detail);
    }
    const char *text = arena_strdup(&room.arena, buf_text(&r.body));
    buf_release(&r.body);
    return text;
}
