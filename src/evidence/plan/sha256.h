// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): the engine links nothing, so it has its own.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct ev_sha256 {
    uint32_t h[8];
    uint8_t part[64]; // of a block, LEN % 64 bytes
    uint64_t len;
};

void ev_sha256_start(struct ev_sha256 *s);
void ev_sha256_add(struct ev_sha256 *s, const void *data, size_t len);
// 64 lower-case hex digits and a NUL.
void ev_sha256_end(struct ev_sha256 *s, char ret_hex[65]);
void ev_sha256_hex(const void *data, size_t len, char ret_hex[65]);
