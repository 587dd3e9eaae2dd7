// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pilothouse/evidence.h"

// One share against a floor by the exact one-sided binomial test; options are checked already. An
// effect above 0 tests that the share is above p0, one below 0 that it is below.
enum ph_status ev_power_exact(
    struct ph_context *c, const struct ph_power_options *o, struct ph_power_result *out);
