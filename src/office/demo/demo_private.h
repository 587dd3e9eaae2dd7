// SPDX-License-Identifier: Apache-2.0
// What the demonstration office's files share.
#pragma once

#include "demo.h"
#include "map.h"

struct demo_run {
    struct ctx *house;  // the system's context
    struct arena *keep; // lives as long as the run
    struct map refs;    // name → int64_t, records and people
    int64_t today;      // the true day, from which the script's days are counted
    const char *password_hash;
    const struct demo *options;
};

// Carries out the steps of one script. An error's detail names the script, the step and why.
CHECKED enum err demo_script(struct demo_run *r, const char *name, const char *text, size_t len);
// The typed value of F as the script has it: read as the form would.
CHECKED enum err demo_value(struct demo_run *r, struct ctx *c, const struct field *f,
    const struct value *given, struct value *ret_v);
int64_t demo_ref(const struct demo_run *r, const char *name); // 0 when there is none
// Loads places and their people; the script then finds council districts as "district_1",
// neighbourhoods as "hood_KINGSESSING" and so on.
CHECKED enum err demo_places(struct demo_run *r);
// Loads a table of the data set ("bigbelly", "diversion") as readings of MEASURE, in C's hands.
CHECKED enum err demo_readings(
    struct demo_run *r, struct ctx *c, int64_t measure, const char *table);
void demo_say(const struct demo_run *r, const char *what);
