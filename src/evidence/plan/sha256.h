// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4): the engine links nothing, so it has its own.
#pragma once

#include <stddef.h>
#include <stdint.h>

// 64 lower-case hex digits and a NUL.
void ev_sha256_hex(const void *data, size_t len, char ret_hex[65]);
