// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "page.h"

extern const struct page roadmap_pages[];
