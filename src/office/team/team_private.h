// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "team.h"

extern const struct page team_pages[];
// Everything that needs the viewer, soonest first: list of {by, late, what, href, holds_up}.
CHECKED enum err team_needs(struct ctx *c, struct value *ret_list);
