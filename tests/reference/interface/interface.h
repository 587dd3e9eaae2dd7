// SPDX-License-Identifier: Apache-2.0
// The reference entries answered through the C interface: each area asks the engine as another
// program would, with its public header alone, and tells what it got by the entries' ids.
#pragma once

#include "data.h"

#include <stdbool.h>

struct reference;

struct interface {
    struct ph_context *context;
    struct reference *reference;
    const char *folder; // of the data
};

// The next value of the entry that the words after VALUE name.
__attribute__((format(printf, 3, 4))) void tell(
    struct interface *in, double value, const char *id, ...);
// Its next two.
__attribute__((format(printf, 3, 4))) void tell_interval(
    struct interface *in, struct ph_interval interval, const char *id, ...);
// False after words, so that the entries stay without an answer.
bool worked(struct interface *in, enum ph_status status, const char *what);
// The file's data; ends the program without them.
struct data *read_data(struct interface *in, const char *file);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void answer_agreement(struct interface *in);
void answer_groups(struct interface *in);
void answer_money(struct interface *in);
void answer_portfolio(struct interface *in);
void answer_power(struct interface *in);
void answer_randomised(struct interface *in);
void answer_ratings(struct interface *in);
void answer_regression(struct interface *in);
void answer_sequence(struct interface *in);
void answer_series(struct interface *in);
void answer_staggered(struct interface *in);
void answer_synthetic(struct interface *in);
