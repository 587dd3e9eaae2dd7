// SPDX-License-Identifier: Apache-2.0
// Doubles in decimal for machines: the fewest digits that read back the same, laid out as
// ECMAScript's Number::toString does, which RFC 8785 asks for. The process's locale doesn't matter.
#pragma once

#include "buf.h"

enum { NUMBER_TEXT_SIZE = 32 };

// "1.21", "1e+21", "-0.5"; "0" for both zeros. X that isn't finite is written as "null", as JSON
// can't say it.
void number_write(struct buf *out, double x);
// The same into TEXT; returns its length.
size_t number_text(double x, char ret_text[NUMBER_TEXT_SIZE]);
