// SPDX-License-Identifier: Apache-2.0
#include "svg_simplify.h"

#include <math.h>

// A deeper split only keeps its points: it happens on rings made to be slow, and drops nothing
// wrongly.
enum { DEEPEST = 60 };

static double distance(struct svg_point p, struct svg_point a, struct svg_point b)
{
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
    double t = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
    t = fmin(fmax(t, 0), 1);
    return hypot(p.x - (a.x + t * dx), p.y - (a.y + t * dy));
}

// Writes what is kept of FROM … TO, without TO, at TO_N of OUT; returns the new count. OUT is the
// same array: what is written never passes what is still to be read, because points come in their
// order.
struct split {
    size_t from, to;
    int depth;
};

// Writes what is kept of FROM … TO, without TO itself, from KEPT on; returns the new count. In
// place: what is written never passes what is still to be read, because points come in their order.
// LAST is the point at TO, which may be gone or beyond the end.
static size_t simplify(struct svg_point *points, size_t kept, size_t from, size_t to,
    struct svg_point last, double tolerance)
{
    struct split stack[DEEPEST + 2];
    size_t top = 0;
    stack[top++] = (struct split){ from, to, 0 };
    while (top) {
        struct split s = stack[--top];
        struct svg_point a = points[s.from], b = s.to == to ? last : points[s.to];
        double furthest = tolerance;
        size_t at = 0;
        for (size_t i = s.from + 1; i < s.to; i++) {
            double d = distance(points[i], a, b);
            if (d > furthest) {
                furthest = d;
                at = i;
            }
        }
        if (at && s.depth < DEEPEST) {
            // The left part comes first, so it goes on top; at most one waits a level.
            stack[top++] = (struct split){ at, s.to, s.depth + 1 };
            stack[top++] = (struct split){ s.from, at, s.depth + 1 };
        } else {
            size_t end = at ? s.to : s.from + 1; // too deep: keep all
            for (size_t i = s.from; i < end; i++) {
                points[kept++] = points[i];
            }
        }
    }
    return kept;
}

// Twice the area that the ring encloses.
static double area(const struct svg_point *points, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct svg_point *a = &points[i], *b = &points[(i + 1) % n];
        sum += a->x * b->y - b->x * a->y;
    }
    return fabs(sum);
}

size_t svg_simplify_ring(struct svg_point *points, size_t n, double tolerance)
{
    if (n < 3) {
        return 0;
    }
    // Two points that stay: the first and the one furthest from it.
    struct svg_point first = points[0];
    size_t far = 0;
    double furthest = 0;
    for (size_t i = 1; i < n; i++) {
        double d = hypot(points[i].x - first.x, points[i].y - first.y);
        if (d > furthest) {
            furthest = d;
            far = i;
        }
    }
    if (far == 0) {
        return 0;
    }
    struct svg_point across = points[far];
    size_t kept = simplify(points, 0, 0, far, across, tolerance);
    kept = simplify(points, kept, far, n, first, tolerance);
    return kept >= 3 && area(points, kept) > 2 * tolerance * tolerance ? kept : 0;
}
