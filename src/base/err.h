// SPDX-License-Identifier: Apache-2.0
// What a fallible function returns. One table in web/problem.c maps the codes to HTTP statuses and
// problem details; the words for the person go into the arena by fail().
#pragma once

#include "banned.h"

enum err {
    OK = 0,
    ERR_INVALID,     // the input is wrong; the detail says which part and how to mend it
    ERR_DENIED,      // the person may not
    ERR_UNSIGNED,    // nobody is signed in and the act needs somebody
    ERR_NOT_FOUND,   // no such record, or none that this person may know of
    ERR_STATE,       // the record's state, or a guard, forbids it now
    ERR_STALE,       // somebody else changed the record since it was read
    ERR_EXISTS,      // a record with this key is there already
    ERR_TOO_LARGE,   // a bound was reached: body, file, rows, arena
    ERR_TOO_MANY,    // the caller must slow down
    ERR_RETRY,       // the store asks for the transaction to be run again
    ERR_UNAVAILABLE, // the store or a peer is away; try later
    ERR_FULL,        // the disk is full
    ERR_CORRUPT,     // stored bytes are not what they must be
    ERR_UNSUPPORTED, // well-formed, but not something this build does
    ERR_INTERNAL,    // a defect here
};

// Put before a fallible function's declaration: its result must be looked at.
#define CHECKED                __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

// Returns early with the error, if there is one.
#define TRY(expression)                                                                            \
    do {                                                                                           \
        enum err try_ = (expression);                                                              \
        if (try_ != OK) {                                                                          \
            return try_;                                                                           \
        }                                                                                          \
    } while (0)

// The one cleanup attribute. AUTO(file) needs a function auto_file(struct file **).
#define AUTO(type) __attribute__((cleanup(auto_##type))) struct type *

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

// A stable lower-case name, as in logs and in problem types: "not-found".
const char *err_name(enum err e);
