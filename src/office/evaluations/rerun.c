// SPDX-License-Identifier: Apache-2.0
// Run it yourself: the sealed plan, the data and the result as files, and the one command that
// makes the third of the first two, byte for byte.
#include "evaluations_private.h"

#include "str.h"

static void put(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static enum err run_of(struct ctx *c, int64_t id, struct value *ret_row)
{
    return db_row(
        c->db, c->arena, "evaluation.run_kept", ARGS(ARG("evaluation_id", value_id(id))), ret_row);
}

static struct value href(struct ctx *c, int64_t id, const char *file)
{
    return value_text(arena_fmt(c->arena, "%s/%s", page_href(c, "evaluation", id), file));
}

// The command of the method alone, where the engine's plan has no name for what was done.
static struct value method_command(struct ctx *c, const char *command)
{
    const char *at = command ? strstr(command, "{file}") : NULL;
    if (at) {
        command = arena_fmt(
            c->arena, "%.*sdata.csv%s", (int)(at - command), command, at + strlen("{file}"));
    }
    return command ? value_text(arena_fmt(c->arena, "pilothouse evidence %s", command))
                   : VALUE_NULL;
}

enum err evaluation_add_rerun(
    struct ctx *c, const struct value *row, const struct value *result, struct value *data)
{
    int64_t id = value_get_int(row, "id", 0);
    struct value rerun = value_object(c->arena), run;
    enum err e = run_of(c, id, &run);
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    if (e == OK) {
        bool refused = value_get(&run, "result_text")->kind == V_NULL;
        put(c, &rerun, "plan_href", href(c, id, "plan.json"));
        put(c, &rerun, "plan_hash", *value_get(&run, "plan_hash_text"));
        put(c, &rerun, "result_href", refused ? VALUE_NULL : href(c, id, "result.json"));
        put(c, &rerun, "is_refused", value_bool(refused));
        put(c, &rerun, "command",
            value_text(arena_fmt(c->arena, "pilothouse evaluate plan.json --data data.csv%s",
                value_get_text(&run, "options", ""))));
    } else {
        put(c, &rerun, "method_command",
            method_command(c, value_get_text(result, "command", NULL)));
    }
    put(c, &rerun, "is_people", value_bool(value_get_int(row, "is_people", 0) != 0));
    put(c, &rerun, "csv_href",
        evaluation_shows_rows(c, row) ? href(c, id, "data.csv") : VALUE_NULL);
    put(c, &rerun, "hash", *value_get(row, "input_hash_text"));
    put(c, &rerun, "how",
        value_text(evaluation_method_words(c, value_get_text(row, "method", ""))));
    put(c, &rerun, "convention", *value_get(result, "convention"));
    put(c, data, "rerun", rerun);
    return OK;
}

// ---- the files
// -----------------------------------------------------------------------------------

static enum err file(
    struct ctx *c, struct response *r, const char *name, const char *type, const char *text)
{
    if (!text) {
        return fail(c->arena, ERR_NOT_FOUND, "There is no such file.");
    }
    response_attachment(r, name, type);
    r->max_age = c->viewer.person ? -1 : 0;
    buf_puts(&r->body, text);
    return OK;
}

enum err evaluation_build_csv(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value shown, row;
    TRY(page_record(c, q, "evaluation", &shown));
    TRY(db_row(c->db, c->arena, "evaluation.data",
        ARGS(ARG("evaluation_id", *value_get(&shown, "id"))), &row));
    if (!evaluation_shows_rows(c, &row)) {
        return fail(c->arena, ERR_DENIED, "%s",
            ctx_text(c,
                "The rows of this file are people: it isn’t published. What was found in it is.",
                NULL));
    }
    return file(c, r, "data.csv", "text/csv; charset=utf-8", value_get_text(&row, "csv", ""));
}

static enum err build_run(
    struct ctx *c, struct request *q, struct response *r, const char *column, const char *name)
{
    struct value shown, row;
    TRY(page_record(c, q, "evaluation", &shown));
    TRY(run_of(c, value_get_int(&shown, "id", 0), &row));
    return file(c, r, name, "application/json", value_get_text(&row, column, NULL));
}

enum err evaluation_build_plan(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    return build_run(c, q, r, "plan_text", "plan.json");
}

enum err evaluation_build_result(
    struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    return build_run(c, q, r, "result_text", "result.json");
}
