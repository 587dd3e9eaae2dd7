// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pilots.h"

extern const struct page pilots_pages[];
extern const struct command pilot_commands[];

// /pilots/import (backfill_pages.c).
enum err backfill_page(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err backfill_csv(struct ctx *c, struct request *q, struct value *data, struct response *r);
extern const struct kind pilot_kind, site_kind, milestone_kind, pilot_update_kind, amendment_kind;
