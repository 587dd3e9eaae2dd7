// SPDX-License-Identifier: Apache-2.0
// Whether the plan that is evaluated is the plan that was locked before the data. Amendments made
// before data exist don't lower the claim; what changed after does. A new title or another day of
// start or end is said, and lowers nothing: the plan has its own act for them.
#include "evaluations_private.h"

#include "../pilots/pilots.h"
#include "clock.h"
#include "json.h"
#include "ledger_entry.h"
#include "str.h"

#include <sodium.h>

static void note(struct ctx *c, struct evaluation_plan *p, const char *code)
{
    *value_push(c->arena, &p->departures) = value_text(code);
}

// The plan's hash as it would be had the pilot's name and dates stayed as they were at REV.
static enum err hash_without_names(
    struct ctx *c, int64_t pilot, const char *json, int64_t rev, const char **ret_hash)
{
    static const char *const names[] = { "title", "question", "starts_on", "ends_on" };
    struct value plan, then;
    TRY(json_read(c->arena, json, strlen(json), 1 << 20, &plan));
    TRY(entry_fold(c, pilot, rev, &then));
    struct value *of_pilot = (struct value *)(uintptr_t)value_get(&plan, "pilot");
    for (size_t i = 0; of_pilot && i < ARRAY_LEN(names); i++) {
        const struct value *v = value_get(&then, names[i]);
        bool day = v && (v->kind == V_INT || v->kind == V_DATE);
        value_set(c->arena, of_pilot, names[i],
            !v    ? VALUE_NULL
            : day ? value_text(civil_date(c->arena, v->n))
                  : *v);
    }
    AUTO_BUF(text, 1 << 20);
    json_write_canonical(&text, &plan);
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)buf_text(&text), text.len);
    *ret_hash = str_hex(c->arena, hash, sizeof(hash));
    return buf_ok(&text) ? OK : fail(c->arena, ERR_TOO_LARGE, "The plan is too long.");
}

// The rev of the pilot when its plan was last locked or amended; 0 when the ledger doesn't say.
static enum err settled_rev(struct ctx *c, int64_t pilot, int64_t *ret_rev)
{
    struct value row, entry;
    enum err e = db_row(
        c->db, c->arena, "evaluation.plan_act", ARGS(ARG("pilot_id", value_id(pilot))), &row);
    if (e == ERR_NOT_FOUND) {
        *ret_rev = 0;
        return OK;
    }
    TRY(e);
    const char *text = value_get_text(&row, "canonical", "");
    TRY(json_read(c->arena, text, strlen(text), JSON_MAX_BYTES, &entry));
    *ret_rev = value_get_int(&entry, "rev", 0);
    return OK;
}

static enum err compare(struct ctx *c, struct evaluation_plan *p, const char *settled)
{
    const char *json, *hash, *without;
    TRY(pilot_plan(c, p->pilot, &json, &hash));
    if (str_eq(hash, settled)) {
        return OK;
    }
    int64_t rev;
    TRY(settled_rev(c, p->pilot, &rev));
    if (rev > 0) {
        TRY(hash_without_names(c, p->pilot, json, rev, &without));
        if (str_eq(without, settled)) {
            note(c, p, "dates-or-name");
            return OK;
        }
    }
    note(c, p, "changed-without-amendment");
    p->lowered = true;
    return OK;
}

enum err evaluation_departures(struct ctx *c, struct evaluation_plan *p)
{
    if (!p->locked_hash) {
        note(c, p, "not-locked");
        p->exploratory = true;
        return OK;
    }
    struct value extent, amendments;
    TRY(db_row(c->db, c->arena, "evaluation.extent",
        ARGS(ARG("measure_id", value_id(p->measure)), ARG("split_at", value_time(p->split_at)),
            ARG("to_at", value_time(p->to_at))),
        &extent));
    const struct value *first = value_get(&extent, "first_after_at");
    if (first->kind == V_TIME && first->n < p->locked_at) {
        note(c, p, "locked-after-data");
        p->exploratory = true;
    }
    TRY(db_rows(c->db, c->arena, "evaluation.amendments", ARGS(ARG("pilot_id", value_id(p->pilot))),
        &amendments));
    const char *settled = p->locked_hash;
    for (size_t i = 0; i < value_len(&amendments); i++) {
        const struct value *row = value_at(&amendments, i);
        bool after = value_get_int(row, "is_after_data", 1) != 0;
        note(c, p, after ? "amended-after-data" : "amended-before-data");
        p->lowered = p->lowered || after;
        settled = value_get_text(row, "plan_hash_text", settled);
    }
    return compare(c, p, settled);
}
