// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.h"

// Listens on "127.0.0.1:8080", "[::1]:8080" or ":0" (loopback). The socket doesn't block.
CHECKED enum err listen_open(struct arena *detail, const char *address, int *ret_fd, int *ret_port);
