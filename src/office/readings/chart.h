// SPDX-License-Identifier: Apache-2.0
// Pictures of readings: means over time, units with the thing tried beside units without it.
#pragma once

#include "ctx.h"

// Sets `figure` {title, svg, table} in DATA from the measure's counted readings; SUMMARY is its
// readings.summary, with n > 0.
CHECKED enum err chart_measure(
    struct ctx *c, const struct value *measure, const struct value *summary, struct value *data);
// The same with a batch's readings, counted or not, as a series of their own.
CHECKED enum err chart_batch(
    struct ctx *c, const struct value *measure, const struct value *batch, struct value *data);
