// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

// Columns of millions of rows: pages of 2 MB where the system has them, since asking for each page
// of 4 kB takes as long as filling it.
static void *plain_allocate(void *user, size_t size)
{
    enum { HUGE_PAGE = 2 << 20 };
#ifdef MADV_HUGEPAGE
    void *block = NULL;
    if (size >= 2 * (size_t)HUGE_PAGE && posix_memalign(&block, HUGE_PAGE, size) == 0) {
        (void)madvise(block, size / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
        return block;
    }
#endif
    return malloc(size);
}

static void plain_release(void *user, void *block)
{
    free(block);
}

struct ph_context *ph_context_new(const struct ph_context_options *options)
{
    struct ph_context_options o = { .version = PH_VERSION };
    if (options) {
        o = *options;
    }
    // Half an allocator would free what it did not allocate.
    if (o.version != PH_VERSION || !o.allocator.allocate != !o.allocator.release) {
        return NULL;
    }
    if (!o.allocator.allocate) {
        o.allocator = (struct ph_allocator){ plain_allocate, plain_release, NULL };
    }
    struct ph_context *c = o.allocator.allocate(o.allocator.user, sizeof(*c));
    if (c) {
        *c = (struct ph_context){ .allocator = o.allocator,
            .seed = o.seed,
            .threads = o.threads ? o.threads : 1,
            .message = o.message,
            .message_user = o.message_user,
            .cancelled = o.cancelled,
            .cancel_user = o.cancel_user };
    }
    return c;
}

void ph_context_free(struct ph_context *c)
{
    if (c) {
        c->allocator.release(c->allocator.user, c);
    }
}

const char *ph_context_message(const struct ph_context *c)
{
    return c ? c->last : "";
}

enum ph_status ev_complain(struct ph_context *c, enum ph_status status, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(c->last, sizeof(c->last), fmt, args);
    va_end(args);
    if (c->message) {
        c->message(c->message_user, status, c->last);
    }
    return status;
}

enum ph_status ev_begin(
    struct ph_context *c, const void *options, uint32_t version, const void *result)
{
    if (!c) {
        return PH_INVALID;
    }
    c->last[0] = '\0';
    if (!options || !result) {
        return ev_complain(c, PH_INVALID, "Options and a place for the result are needed.");
    }
    if (version != PH_VERSION) {
        return ev_complain(
            c, PH_UNSUPPORTED, "Options version %u is not known; this is %d.", version, PH_VERSION);
    }
    return PH_OK;
}

bool ev_cancelled(struct ph_context *c)
{
    return c->cancelled && c->cancelled(c->cancel_user);
}

void *ev_take_raw(struct ph_context *c, size_t count, size_t size)
{
    size_t bytes;
    void *block = NULL;
    if (!__builtin_mul_overflow(count, size, &bytes)) {
        block = c->allocator.allocate(c->allocator.user, bytes ? bytes : 1);
    }
    if (!block) {
        (void)ev_complain(c, PH_NO_MEMORY, "Not enough memory for %zu items.", count);
    }
    return block;
}

void *ev_take(struct ph_context *c, size_t count, size_t size)
{
    void *block = ev_take_raw(c, count, size);
    if (block) {
        memset(block, 0, count && size ? count * size : 1);
    }
    return block;
}

void ev_give_back(struct ph_context *c, void *block)
{
    if (block) {
        c->allocator.release(c->allocator.user, block);
    }
}

struct ph_result ev_result_blank(double level, const char *convention)
{
    return (struct ph_result){ .estimate = NAN,
        .se = NAN,
        .df = NAN,
        .interval = { NAN, NAN },
        .level = level,
        .p = NAN,
        .log_e = NAN,
        .mc_error = NAN,
        .convention = convention };
}

enum ph_status ev_check_level(struct ph_context *c, double level)
{
    if (!(level > 0.5 && level < 1)) {
        return ev_complain(c, PH_INVALID, "The level must lie between 0.5 and 1, as 0.95.");
    }
    return PH_OK;
}

void ev_warn_dropped(struct ph_result *r)
{
    if (r->n_dropped > 0) {
        r->warnings |= PH_WARN_DROPPED;
    }
    if (r->n_dropped * 5 > r->n_dropped + r->n) {
        r->warnings |= PH_WARN_MANY_DROPPED;
    }
}

enum ph_grade ev_grade_of(enum ph_design design)
{
    switch (design) {
    case PH_DESIGN_RANDOMISED:
        return PH_GRADE_A;
    case PH_DESIGN_COMPARISON:
        return PH_GRADE_B;
    case PH_DESIGN_SERIES:
        return PH_GRADE_C;
    case PH_DESIGN_UNSTATED:
    case PH_DESIGN_BEFORE_AFTER:
        break;
    }
    return PH_GRADE_D;
}
