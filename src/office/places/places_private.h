// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "map.h"
#include "places.h"

// What is known of the people of an area.
struct figures {
    double people, households; // sums; NaN: not known
    double income, poverty;    // dollars; percent of people
    double poverty_people;     // those for whom poverty is known
};

// Reads the CSV files: figures by the code of an area.
CHECKED enum err figures_read(
    struct arena *a, const struct places_file *file, struct map *ret_figures);
// The whole file, at most 64 MB.
CHECKED enum err file_read(struct arena *a, const char *path, struct buf *out);

extern const struct page places_pages[];
