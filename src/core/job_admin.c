// SPDX-License-Identifier: Apache-2.0
// Jobs that were given up, for the administrator: shown, tried again or dropped.
#include "job.h"

#include "office.h"
#include "transact.h"

enum err jobs_given_up(struct ctx *c, struct value *ret_list)
{
    return db_rows(c->db, c->arena, "job.given_up", NO_ARGS, ret_list);
}

struct settling {
    int64_t id;
    bool again;
};

static enum err settle(struct ctx *c, void *context)
{
    const struct settling *s = context;
    int64_t changed = 0;
    TRY(db_exec(c->db, c->arena, s->again ? "job.try_again" : "job.drop",
        ARGS(ARG("id", value_id(s->id))), &changed));
    return changed ? OK
                   : fail(c->arena, ERR_NOT_FOUND, "%s",
                         ctx_text(c, "That job isn't waiting for anybody any more.", NULL));
}

enum err job_settle(struct ctx *c, int64_t id, bool again)
{
    TRY(transact(c, settle, &(struct settling){ id, again }));
    if (again && c->office && c->office->jobs) {
        jobs_wake(c->office->jobs);
    }
    return OK;
}
