// SPDX-License-Identifier: Apache-2.0
// Measures and readings: what a pilot is judged by, and the numbers.
//
// A reading is kept in a narrow table keyed (city, measure, unit, time, rev), never overwritten: a
// correction is a row with a higher rev. Readings come in batches and count only while their batch
// is published. Whoever reckons with readings asks the queries readings.* (queries.sql), which read
// the view counted_reading; nobody reads the table itself.
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
