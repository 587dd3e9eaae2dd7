// SPDX-License-Identifier: Apache-2.0
#include "role.h"

#include "str.h"

static const struct {
    const char *name, *label;
} roles[ROLE_COUNT] = {
    { "public", "The public" },
    { "director", "Director" },
    { "staff", "Office staff" },
    { "liaison", "Department liaison" },
    { "executive", "Executive" },
    { "evaluator", "Evaluator" },
    { "member", "Body member" },
    { "reviewer", "Reviewer" },
    { "procurement", "Procurement officer" },
    { "finance", "Finance officer" },
    { "counsel", "Counsel and records" },
    { "applicant", "Applicant or partner" },
    { "auditor", "Auditor" },
    { "admin", "Administrator" },
    { "clock", "The clock" },
};

static int bit_index(uint32_t bit)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (bit == 1u << i) {
            return i;
        }
    }
    return -1;
}

const char *role_name(uint32_t bit)
{
    int i = bit_index(bit);
    return i < 0 ? NULL : roles[i].name;
}

const char *role_label(uint32_t bit)
{
    int i = bit_index(bit);
    return i < 0 ? NULL : roles[i].label;
}

uint32_t role_by_name(const char *name)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (str_eq(roles[i].name, name)) {
            return 1u << i;
        }
    }
    return 0;
}
