// SPDX-License-Identifier: Apache-2.0
#include "listen.h"

#include "str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool parse(const char *text, union address *ret_address, socklen_t *ret_len)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    char host[64];
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (!colon || len >= sizeof(host) || !str_i64(colon + 1, &port) || port < 0 || port > 65535) {
        return false;
    }
    snprintf(host, sizeof(host), "%.*s", (int)len, text);
    union address a = { 0 };
    if (host[0] == '[' && host[len - 1] == ']') {
        host[len - 1] = '\0';
        a.v6.sin6_family = AF_INET6;
        a.v6.sin6_port = htons((uint16_t)port);
        *ret_len = sizeof(a.v6);
        if (inet_pton(AF_INET6, host + 1, &a.v6.sin6_addr) != 1) {
            return false;
        }
    } else {
        a.v4.sin_family = AF_INET;
        a.v4.sin_port = htons((uint16_t)port);
        *ret_len = sizeof(a.v4);
        if (inet_pton(AF_INET, len ? host : "127.0.0.1", &a.v4.sin_addr) != 1) {
            return false;
        }
    }
    *ret_address = a;
    return true;
}

enum err listen_open(struct arena *detail, const char *text, int *ret_fd, int *ret_port)
{
    union address a;
    socklen_t len;
    if (!parse(text, &a, &len)) {
        return fail(detail, ERR_INVALID,
            "\"%s\" isn't an address to listen on. Write it like 127.0.0.1:8080 or [::1]:8080.",
            text);
    }
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int one = 1;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
        bind(fd, &a.any, len) || listen(fd, BACKLOG) || getsockname(fd, &a.any, &len)) {
        char words[128];
        const char *why = strerror_r(errno, words, sizeof(words));
        if (fd >= 0) {
            close(fd);
        }
        return fail(detail, ERR_UNAVAILABLE, "Can't listen on %s: %s.", text, why);
    }
    *ret_fd = fd;
    *ret_port = ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
    return OK;
}
