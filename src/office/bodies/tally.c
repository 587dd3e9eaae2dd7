// SPDX-License-Identifier: Apache-2.0
#include "tally.h"

#include "str.h"

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
        v.code = "no_quorum";
        return v;
    }
    if (t->yes + t->no == 0) {
        v.code = "nobody";
        return v;
    }
    v.carried = t->yes >= v.needed;
    v.code = v.carried ? "carried" : "failed";
    return v;
}

const char *tally_words(const char *code)
{
    return str_eq(code, "no_quorum") ? "No quorum: {present_n} of {quorum_n} needed were present."
           : str_eq(code, "nobody")  ? "Nobody voted for or against."
           : str_eq(code, "carried")
               ? "Carried: {yes_n} for, {no_n} against; {needed_n} were needed."
           : str_eq(code, "failed") ? "Failed: {yes_n} for, {no_n} against; {needed_n} were needed."
                                    : NULL;
}
