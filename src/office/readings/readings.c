// SPDX-License-Identifier: Apache-2.0
#include "readings_private.h"

static const struct kind *const kinds[] = { &measure_kind, &batch_kind, NULL };

static const struct need needs[] = {
    { "measure.late", ROLES_SIGNED_IN, "measure", NULL, "A reading of “{title}” is late",
        "the evaluation" },
    { "measure.staged", ROLES_SIGNED_IN, "batch", "batch.publish",
        "Look at “{title}” and publish its readings", "the evaluation" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room readings_room = { .name = "readings",
    .kinds = kinds,
    .pages = readings_pages,
    .jobs = readings_jobs,
    .needs = needs };
