// SPDX-License-Identifier: Apache-2.0
// Measures and readings: what a pilot is judged by, and the numbers.
//
// A reading is kept in a narrow table keyed (city, measure, unit, time, rev), never overwritten: a
// correction is a row with a higher rev. Readings come in batches and count only while their batch
// is published; of the same unit and time the one published last. Whoever reckons with readings
// asks the queries readings.* (queries.sql), which read the view counted_reading; nobody reads the
// table itself.
//
//   readings.summary         n, first_at, last_at, mean_num, min_num, max_num, sum_num, units_n
//   readings.by_unit_period  :split_at :from_at :to_at → unit_n, code, area_id, is_comparison,
//                            period (before, after), n, mean_num, sum_num
//   readings.series          :step_n :origin_n (milliseconds) → start_at, n, mean_num
//   readings.series_by_side  the same with is_comparison
//   readings.by_area         area_id, title, n, units_n, mean_num, sum_num
//   readings.pairs           unit_n, code, read_at, value_num, reference_num
//   readings.after           :after_n :after_at (the last row's unit_n and read_at) → the next
//   5,000
// All take :measure_id, of a measure that the viewer may see.
#pragma once

#include "room.h"

extern const struct room readings_room;

// Cells of fewer units than this are shown to nobody outside.
enum { SMALL_CELL = 10 };
// Which of N groups stay hidden, by how many units each has: those of fewer than FEWEST, and
// further ones, the smallest first, until what is hidden can't be told from the whole less what is
// shown. WITHOUT: units that belong to no group.
void readings_hide_small(
    const int64_t *units, bool *hidden, size_t n, int64_t without, int64_t fewest);

// ---- importing a file
// ----------------------------------------------------------------------------

// Columns by their heading or by their number from 1 ("3"); NULL: guessed from the headings.
struct import_options {
    const char *time, *unit, *value, *reference, *side, *group;
    const char *source; // where the file comes from, for the batch: "csv", "api"; NULL: "csv"
    bool publish;       // at once, when every row is good
    bool publish_good;  // at once, without the rows that aren't
};

struct import_result {
    int64_t batch;
    int64_t rows, good, same, bad, corrects, outliers, gaps, new_units;
    int64_t first_at, last_at; // of the good ones; meaningless when there is none
    char hash[65];             // SHA-256 of the file, in hex
    bool published;
};

// Called now and then with how much of the file is read; may be NULL.
typedef void import_progress(void *context, int64_t bytes, int64_t rows);

// Loads a CSV file into a new batch of the measure, as the context's viewer, in short transactions.
// Nothing of it counts until the batch is published: at once where the options say so, else by
// batch.publish. ERR_INVALID: the file can't be read as readings at all, which and why is in the
// detail; single rows that are wrong are counted in `bad` and kept with their reasons.
CHECKED enum err readings_import_file(struct ctx *c, int64_t measure, const char *path,
    const struct import_options *options, import_progress *progress, void *context,
    struct import_result *ret_result);
