// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "readings.h"

extern const struct kind measure_kind, batch_kind;
extern const struct page readings_pages[];
extern const struct job_kind readings_jobs[];

enum batch_state {
    BATCH_LOADING,
    BATCH_STAGED,
    BATCH_PUBLISHED,
    BATCH_UNDONE,
    BATCH_DROPPED,
};

// Bits of reading.quality_n.
enum { QUALITY_FAR = 1, QUALITY_AFTER_GAP = 2 };

#define MAY_MEASURE (ROLES_OFFICE | ROLE_LIAISON | ROLE_EVALUATOR)
// Those outside only for measures that they are responsible for, which batch_may_record() asks.
#define MAY_RECORD (MAY_MEASURE | ROLE_APPLICANT | ROLE_CLOCK)

// The measure's row {id, title, unit, type, cadence, state, pilot_id, responsible_id, pilot_state,
// announced_at, released_at}, within the viewer's scope. ERR_NOT_FOUND otherwise.
CHECKED enum err measure_row(struct ctx *c, int64_t measure, struct value *ret_row);
// Whether the viewer may put readings to it now; else words in the detail.
CHECKED enum err measure_may_record(struct ctx *c, const struct value *measure);
// The group that a command was given as the measure's list has it; V_NULL when none was given.
CHECKED enum err group_in(struct act *a, const char *list, struct value *ret_group);
// Milliseconds from one reading to the next as the cadence says; 0 when it says nothing.
int64_t cadence_ms(const char *cadence);
// The unit's number, given to it now when the measure hasn't seen the code; part of an open
// transaction.
CHECKED enum err unit_number(
    struct ctx *c, int64_t measure, const char *code, int64_t *ret_n, bool *ret_new);
