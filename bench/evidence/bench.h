// SPDX-License-Identifier: Apache-2.0
// What the measurements of speed share: processor seconds as medians of five, one line a task, and
// the data on paper for the tools that they are held against.
#pragma once

#include "pilothouse/evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

extern struct ph_context *bench_context;

typedef void bench_fn(const struct ph_frame *f);

// Reads the folder for the data (none: they are not written), makes the context.
void bench_begin(int argc, char **argv);
// Prints "NAME SECONDS".
void bench_measure(const char *name, bench_fn *work, const struct ph_frame *f);
// Ends the program with the engine's words unless all went well.
void bench_need(enum ph_status status);
void *bench_room(size_t count, size_t size);
// The frame as FOLDER/NAME.csv, or as FOLDER/NAME.COLUMN of raw doubles where it is long.
void bench_write(const char *name, const struct ph_frame *f);
