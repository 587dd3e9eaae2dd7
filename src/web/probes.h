// SPDX-License-Identifier: Apache-2.0
// Inside the web layer: what monitoring asks, /readyz and /metrics; run on a worker.
#pragma once

#include "exchange.h"
#include "metrics.h"

void probes_run(struct exchange *ex, const struct server_options *options, struct metrics *metrics,
    struct lanes *lanes);
