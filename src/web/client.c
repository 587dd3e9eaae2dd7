// SPDX-License-Identifier: Apache-2.0
#include "client.h"

#include "clock.h"
#include "log.h"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { BYTES_PER_MS = 8 }; // 8 KB/s: who moves a body slower is cut off

void client_address(const struct sockaddr *from, char text[46])
{
    text[0] = '\0';
    if (from->sa_family == AF_INET) {
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)from)->sin_addr, text, 46);
    } else if (from->sa_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(a)) {
            inet_ntop(AF_INET, a->s6_addr + 12, text, 46);
        } else {
            inet_ntop(AF_INET6, a, text, 46);
        }
    }
}

void client_phase(struct client *c, enum phase phase)
{
    c->phase = phase;
    c->since_ms = clock_monotonic();
    c->moved = 0;
    c->acked = 0;
}

void client_measure(struct client *c)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
        len < offsetof(struct tcp_info, tcpi_bytes_acked) + 8) {
        return;
    }
    if (!c->acked) {
        c->acked = info.tcpi_bytes_acked + 1;
    }
    c->moved = (int64_t)(info.tcpi_bytes_acked + 1 - c->acked);
}

bool client_overdue(
    const struct client *c, const struct server_options *o, int64_t now_ms, bool crowded)
{
    int64_t allowed = 0;
    switch (c->phase) {
    case CLIENT_NEW:
    case CLIENT_HEADERS:
        allowed = o->header_ms;
        break;
    case CLIENT_BODY:
    case CLIENT_SEND:
        allowed = o->body_ms + c->moved / BYTES_PER_MS;
        break;
    case CLIENT_IDLE:
        allowed = crowded ? o->idle_ms / 10 : o->idle_ms;
        break;
    case CLIENT_WORK:
        return false;
    }
    return now_ms - c->since_ms >= allowed;
}

void client_cut(struct client *c, int status)
{
    if (status) {
        static const struct {
            int status;
            const char *line;
        } lines[] = {
            { 408, "408 Request Timeout" },
            { 413, "413 Content Too Large" },
            { 429, "429 Too Many Requests" },
            { 503, "503 Service Unavailable" },
        };
        for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
            if (lines[i].status == status) {
                char text[256];
                int len = snprintf(text, sizeof(text),
                    "HTTP/1.1 %s\r\nContent-Length: 0\r\nRetry-After: 2\r\n"
                    "Connection: close\r\n\r\n",
                    lines[i].line);
                ssize_t sent = send(c->fd, text, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
                (void)sent; // a courtesy
            }
        }
    }
    shutdown(c->fd, SHUT_RDWR);
    c->cut = true;
}

bool client_has_input(const struct client *c)
{
    char byte;
    return recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

// A path for the log: a segment as long as a token (a mail link's has 43 characters) is left out.
static void path_without_secrets(const char *path, char *out, size_t size)
{
    enum { TOKEN = 40 };
    size_t n = 0;
    for (const char *at = path; *at && n + 4 < size;) {
        size_t slash = *at == '/', len = slash + strcspn(at + slash, "/");
        bool secret = len - slash >= TOKEN;
        size_t shown = secret ? slash : len;
        shown = shown < size - n - 4 ? shown : size - n - 4;
        memcpy(out + n, at, shown);
        n += shown;
        if (secret) {
            memcpy(out + n, "…", strlen("…"));
            n += strlen("…");
        }
        at += len;
    }
    out[n] = '\0';
}

void client_log(const struct client *c, int64_t now_ns)
{
    char path[256], shown[256];
    path_without_secrets(c->path, shown, sizeof(shown));
    log_line(LOG_INFO, "answered", "method=%s path=%s status=%d bytes=%lld ms=%.1f",
        c->method[0] ? c->method : "-", log_quote(path, sizeof(path), shown), c->status,
        (long long)c->bytes, (double)(now_ns - c->started_ns) / 1e6);
}

int64_t client_tick(const struct server_options *o)
{
    int shortest = o->header_ms;
    shortest = o->body_ms < shortest ? o->body_ms : shortest;
    shortest = o->queue_ms < shortest ? o->queue_ms : shortest;
    shortest = o->idle_ms < shortest ? o->idle_ms : shortest;
    return shortest / 4 > 1000 ? 1000 : shortest / 4 < 10 ? 10 : shortest / 4;
}
