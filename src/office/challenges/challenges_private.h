// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "challenges.h"

extern const struct page challenges_pages[];
