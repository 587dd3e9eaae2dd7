// SPDX-License-Identifier: Apache-2.0
#include "probes.h"

#include "log.h"

static void write_metrics(
    const struct server_options *o, struct metrics *metrics, struct lanes *lanes, struct buf *out)
{
    metrics_write(metrics, out);
    buf_puts(out, "# HELP pilothouse_http_queue Requests waiting for a worker.\n"
                  "# TYPE pilothouse_http_queue gauge\n");
    buf_fmt(out, "pilothouse_http_queue{lane=\"page\"} %zu\n", lanes_waiting(lanes, LANE_PAGE));
    buf_fmt(out, "pilothouse_http_queue{lane=\"slow\"} %zu\n", lanes_waiting(lanes, LANE_SLOW));
    if (o->cache) {
        struct cache_stats stats;
        cache_stats(o->cache, &stats);
        metrics_line(
            out, "pilothouse_cache_hits_total", "counter", "Answered from the cache.", stats.hits);
        metrics_line(out, "pilothouse_cache_misses_total", "counter",
            "Could have been, but weren't there.", stats.misses);
        metrics_line(out, "pilothouse_cache_entries", "gauge", "Pages and files in the cache.",
            stats.entries);
        metrics_line(
            out, "pilothouse_cache_bytes", "gauge", "Bytes of rendered pages.", stats.bytes);
    }
    if (o->metrics) {
        o->metrics(o->app, out);
    }
}

void probes_run(struct exchange *ex, const struct server_options *o, struct metrics *metrics,
    struct lanes *lanes)
{
    struct response *r = &ex->r;
    r->max_age = -1;
    if (ex->probe == PROBE_METRICS) {
        r->content_type = "text/plain; version=0.0.4; charset=utf-8";
        write_metrics(o, metrics, lanes, &r->body);
    } else {
        r->content_type = "text/plain; charset=utf-8";
        enum err e = o->ready ? o->ready(o->app, &ex->arena) : OK;
        r->status = e == OK ? 200 : 503;
        // The reason may name hosts and paths: it goes into the log alone.
        buf_puts(&r->body, e == OK ? "ready\n" : "not ready\n");
        if (e != OK) {
            char text[512];
            log_line(LOG_WARN, "not-ready", "error=%s detail=%s", err_name(e),
                log_quote(text, sizeof(text), ex->arena.detail));
        }
    }
    answer_finish(ex);
}
