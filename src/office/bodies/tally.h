// SPDX-License-Identifier: Apache-2.0
// Whether a motion carries. The rules are Robert's Rules of Order Newly Revised (12th edition):
//   quorum    voting members present (40:1); the recused are counted, since recusal is not absence
//   majority  more than half of the votes cast, abstentions not counted (44:1)
//   two thirds  at least two thirds of the votes cast (44:3)
//   entire    more than half of all voting seats that are held, whoever is absent (44:9)
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum majority { MAJORITY_SIMPLE, MAJORITY_TWO_THIRDS, MAJORITY_ENTIRE };

struct tally {
    int64_t held;    // voting seats that somebody holds
    int64_t quorum;  // voting members who must be present
    int64_t present; // voting members who are
    int64_t yes, no, abstain, recused;
    enum majority rule;
};

struct verdict_of_vote {
    bool carried;
    const char *code; // "no_quorum", "nobody", "carried", "failed"
    int64_t needed;   // votes it took
};

struct verdict_of_vote tally_decide(const struct tally *t);

// What a code means, as a message key with {yes_n}, {no_n}, {present_n}, {quorum_n}, {needed_n};
// NULL for none.
const char *tally_words(const char *code);
