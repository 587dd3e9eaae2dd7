// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#define COUNT(counter, n) atomic_fetch_add_explicit(&(counter), (n), memory_order_relaxed)
#define READ(counter)     ((long long)atomic_load_explicit(&(counter), memory_order_relaxed))

static const struct {
    int64_t ns;
    const char *seconds;
} limits[METRICS_BUCKETS] = {
    { 500000, "0.0005" },
    { 1000000, "0.001" },
    { 2500000, "0.0025" },
    { 5000000, "0.005" },
    { 10000000, "0.01" },
    { 25000000, "0.025" },
    { 50000000, "0.05" },
    { 100000000, "0.1" },
    { 250000000, "0.25" },
    { 500000000, "0.5" },
    { 1000000000, "1" },
    { 5000000000, "5" },
};

void metrics_answer(struct metrics *m, int status, int64_t bytes, int64_t ns)
{
    int class = status / 100;
    size_t bucket = 0;
    while (bucket < METRICS_BUCKETS && ns > limits[bucket].ns) {
        bucket++;
    }
    COUNT(m->classes[class >= 0 && class < 6 ? class : 0], 1);
    COUNT(m->buckets[bucket], 1);
    COUNT(m->nanoseconds, ns);
    COUNT(m->bytes, bytes);
}

void metrics_refuse(struct metrics *m, enum refusal why)
{
    COUNT(m->refused[why], 1);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_fmt(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_line(
    struct buf *out, const char *name, const char *type, const char *help, int64_t value)
{
    head(out, name, type, help);
    buf_fmt(out, "%s %lld\n", name, (long long)value);
}

void metrics_write(struct metrics *m, struct buf *out)
{
    static const char *const why[REFUSALS] = { "malformed", "large", "full", "late", "address",
        "slow" };
    head(out, "pilothouse_http_responses_total", "counter", "Answers by class of status.");
    for (int i = 1; i < 6; i++) {
        buf_fmt(
            out, "pilothouse_http_responses_total{class=\"%dxx\"} %lld\n", i, READ(m->classes[i]));
    }
    head(out, "pilothouse_http_request_seconds", "histogram",
        "From a request's first line to its answer's last byte.");
    long long sum = 0;
    for (int i = 0; i <= METRICS_BUCKETS; i++) {
        sum += READ(m->buckets[i]);
        buf_fmt(out, "pilothouse_http_request_seconds_bucket{le=\"%s\"} %lld\n",
            i < METRICS_BUCKETS ? limits[i].seconds : "+Inf", sum);
    }
    buf_fmt(out, "pilothouse_http_request_seconds_sum %.6f\n", (double)READ(m->nanoseconds) / 1e9);
    buf_fmt(out, "pilothouse_http_request_seconds_count %lld\n", sum);
    head(out, "pilothouse_http_refused_total", "counter", "Turned away, by reason.");
    for (int i = 0; i < REFUSALS; i++) {
        buf_fmt(out, "pilothouse_http_refused_total{reason=\"%s\"} %lld\n", why[i],
            READ(m->refused[i]));
    }
    metrics_line(out, "pilothouse_http_body_bytes_total", "counter", "Bytes of bodies answered.",
        READ(m->bytes));
    metrics_line(
        out, "pilothouse_http_connections", "gauge", "Connections open now.", READ(m->connections));
    metrics_line(out, "pilothouse_http_connections_total", "counter", "Connections accepted.",
        READ(m->accepted));
    metrics_line(out, "pilothouse_http_requests_under_way", "gauge",
        "Requests queued or being answered.", READ(m->under_way));
}
