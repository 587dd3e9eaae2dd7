// SPDX-License-Identifier: Apache-2.0
// Fewer points for the same outline (Douglas and Peucker, 1973).
#pragma once

#include <stddef.h>

struct svg_point {
    double x, y;
};

// Simplifies the closed ring of N points (the first is not repeated) in place, so that no point
// lies further than TOLERANCE from the new outline; returns how many are left, fewer than 3 when
// the ring vanishes. At most about 64 N steps, whatever the ring.
size_t svg_simplify_ring(struct svg_point *points, size_t n, double tolerance);
