// SPDX-License-Identifier: Apache-2.0
#include "tally.h"

// The smallest number of yes votes that is enough.
static int64_t needed_of(const struct tally *t)
{
    int64_t cast = t->yes + t->no;
    switch (t->rule) {
    case MAJORITY_SIMPLE:
        return cast / 2 + 1;
    case MAJORITY_TWO_THIRDS:
        return (2 * cast + 2) / 3;
    case MAJORITY_ENTIRE:
        return t->held / 2 + 1;
    }
    return t->held + 1;
}

struct verdict_of_vote tally_decide(const struct tally *t)
{
    struct verdict_of_vote v = { .needed = needed_of(t) };
    if (t->present < t->quorum) {
        v.why = "No quorum: {present} of {quorum} needed were present.";
        return v;
    }
    if (t->yes + t->no == 0) {
        v.why = "Nobody voted for or against.";
        return v;
    }
    v.carried = t->yes >= v.needed;
    v.why = v.carried ? "Carried: {yes} for, {no} against; {needed} were needed."
                      : "Failed: {yes} for, {no} against; {needed} were needed.";
    return v;
}
