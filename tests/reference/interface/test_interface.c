// SPDX-License-Identifier: Apache-2.0
// Answers every reference entry through the C interface. Without the data the test is skipped.
#include "interface.h"

#include "compare.h"

#include <stdarg.h>
#include <stdlib.h>

enum { ID_MAX = 100 };

void tell(struct interface *in, double value, const char *id, ...)
{
    char name[ID_MAX];
    va_list words;
    va_start(words, id);
    vsnprintf(name, sizeof(name), id, words);
    va_end(words);
    reference_answer(in->reference, name, "value", value);
}

void tell_interval(struct interface *in, struct ph_interval interval, const char *id, ...)
{
    char name[ID_MAX];
    va_list words;
    va_start(words, id);
    vsnprintf(name, sizeof(name), id, words);
    va_end(words);
    reference_answer(in->reference, name, "lo", interval.lo);
    reference_answer(in->reference, name, "hi", interval.hi);
}

bool worked(struct interface *in, enum ph_status status, const char *what)
{
    if (status != PH_OK) {
        printf("# %s: %s: %s\n", what, ph_status_name(status), ph_context_message(in->context));
    }
    return status == PH_OK;
}

struct data *read_data(struct interface *in, const char *file)
{
    struct data *data = data_read(in->folder, file);
    if (!data) {
        printf("Bail out! %s is not there, or not a table.\n", file);
        exit(1);
    }
    return data;
}

int main(int argc, char **argv)
{
    static void (*const areas[])(struct interface *) = { answer_agreement, answer_groups,
        answer_money, answer_portfolio, answer_power, answer_randomised, answer_ratings,
        answer_regression, answer_sequence, answer_series, answer_staggered, answer_synthetic };
    char folder[REFERENCE_PATH_MAX - 100];
    struct reference r;
    enum reference_state state = reference_open(&r, argc > 1 ? argv[1] : NULL);
    if (state != REFERENCE_READY) {
        return state == REFERENCE_BROKEN;
    }
    struct ph_context_options options = { .version = PH_VERSION, .seed = 1 };
    struct interface in = { .context = ph_context_new(&options),
        .reference = &r,
        .folder = reference_folder(folder, sizeof(folder)) };
    for (size_t i = 0; in.context && i < COUNT(areas); i++) {
        areas[i](&in);
    }
    int code = reference_compare(&r);
    ph_context_free(in.context);
    reference_close(&r);
    return code;
}
