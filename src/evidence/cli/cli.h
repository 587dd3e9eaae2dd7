// SPDX-License-Identifier: Apache-2.0
// The command line. Each area has one file, cli_<area>.c, with a table of its methods, and one line
// in registry.c. Words become values by args.c, from the method's own options and the generic ones;
// call.c reads the columns that a method asks for; the method fills the report, which is printed as
// JSON or as a table.
#pragma once

#include "csv.h"
#include "json.h"

// ---- What a method is ----

enum ev_option_kind {
    EV_OPTION_TEXT,
    EV_OPTION_NUMBER,
    EV_OPTION_WHOLE,   // a number without a fraction, not negative
    EV_OPTION_CHOICE,  // one of the words in CHOICES
    EV_OPTION_LIST,    // texts with commas between them
    EV_OPTION_NUMBERS, // numbers with commas between them
    EV_OPTION_FLAG,    // no value
    EV_OPTION_REPEAT,  // a text, any number of times
};

struct ev_option {
    const char *name; // with its dashes
    enum ev_option_kind kind;
    const char *fallback; // NULL: none
    const char *help;
    const char *choices; // "exact|approximate"
};

// Generic options, each the same word in every method that takes it. --table, --threads and --help
// go with every method.
enum ev_generic {
    EV_DATA = 1 << 0, // --data and --where
    EV_OUTCOME = 1 << 1,
    EV_TREAT = 1 << 2,
    EV_UNIT = 1 << 3,
    EV_TIME = 1 << 4,
    EV_CLUSTER = 1 << 5,
    EV_FIRST_TREATED = 1 << 6,
    EV_COVARIATES = 1 << 7,
    EV_WEIGHTS = 1 << 8,
    EV_STRATA = 1 << 9,
    EV_LEVEL = 1 << 10,
    EV_SEED = 1 << 11,
    EV_PLOT = 1 << 12,
};

struct ev_call;

struct ev_method {
    const char *name;
    const char *summary; // one line, as a question or a statement
    unsigned generic;    // of enum ev_generic
    const struct ev_option *options;
    size_t n_options;
    int (*run)(struct ev_call *k); // one of the codes below
};

struct ev_area {
    const char *name;
    const struct ev_method *methods;
    size_t n_methods;
};

enum { EV_DONE = 0, EV_REFUSED = 1, EV_USAGE = 2 };

// ---- registry.c ----

extern const struct ev_area *const ev_areas[];
extern const size_t ev_n_areas;
const struct ev_method *ev_method_named(const char *name);

// ---- args.c ----

enum { EV_CLI_OPTIONS_MAX = 64, EV_CLI_LIST_MAX = 256, EV_CLI_WHERE_MAX = 16 };

// One option as given, or its fallback.
struct ev_value {
    const struct ev_option *option;
    bool given;
    const char *text; // NULL where there is neither value nor fallback
    double number;    // NAN likewise
    int choice;       // -1 likewise
    char **items;     // of lists and repeats
    double *numbers;
    size_t n;
};

struct ev_args {
    const struct ev_method *method;
    struct ev_value value[EV_CLI_OPTIONS_MAX];
    size_t n;
};

// argv[1..] for METHOD. False after words to ERR. Release in any case.
bool ev_args_read(
    const struct ev_method *method, int argc, char **argv, struct ev_args *ret_args, FILE *err);
void ev_args_release(struct ev_args *a);
void ev_args_help(const struct ev_method *method, FILE *out);
void ev_methods_help(FILE *out);
// The word of WORDS nearest to WORD; NULL when none is near.
const char *ev_nearest(const char *word, const char *const *words, size_t n);

// ---- call.c: what one call works with ----

struct ev_call {
    struct ph_context *c;
    const struct ev_args *a;
    struct ev_json *report; // what is printed when the method is done
    FILE *err;
    char *file; // the data file's bytes, once a column is wanted
    size_t file_len;
    struct ev_want *wants;
    size_t n_wants;
    struct ev_table *table;
    char **copies; // of names
    size_t n_copies;
    bool failed; // a want could not be noted
};

// Options by name, with their dashes: of the method or generic. NULL, NAN, -1, false and nothing
// where they were not given and have no fallback. A name that the method does not declare is a
// defect of its table.
const char *ev_text(const struct ev_call *k, const char *option);
double ev_value_of(const struct ev_call *k, const char *option);
int ev_choice(const struct ev_call *k, const char *option);
bool ev_given(const struct ev_call *k, const char *option);
const struct ev_value *ev_list(const struct ev_call *k, const char *option);

// A column's place in the frame, wanted from now on; PH_NONE for no name.
int32_t ev_want(struct ev_call *k, const char *name, enum ph_column_kind kind);
// As ev_want() for a name that does not outlive the call that gave it.
int32_t ev_want_copy(struct ev_call *k, const char *name, enum ph_column_kind kind);
// All columns that a formula names; EV_DONE, or EV_USAGE after words.
int ev_want_formula(struct ev_call *k, const char *text);
// Places of all names that a list option gives, up to MAX.
size_t ev_want_list(struct ev_call *k, const char *option, enum ph_column_kind kind,
    int32_t *ret_columns, size_t max);
// Reads the wanted columns, for the rows where every --where holds. EV_DONE, or a code after words.
int ev_load(struct ev_call *k);

// The context's last message to ERR.
int ev_refuse(struct ev_call *k);
int ev_misused(struct ev_call *k, const char *words);
// EV_DONE for PH_OK, else the message.
int ev_answer(struct ev_call *k, enum ph_status status);

// ---- plot.c: pictures, for methods with EV_PLOT ----

bool ev_plots(const struct ev_call *k); // --plot is given
// For a file of its own; its unit is --plot-unit, or PHRASE, as "Effect on", and the outcome's
// name. The words are kept with the call.
struct ph_picture_options ev_plot_options(struct ev_call *k, const char *phrase);
// Writes SVG, which may be NULL, to the file of --plot and frees it. EV_DONE, or a code after
// words.
int ev_plot(struct ev_call *k, char *svg);
int ev_plot_to(struct ev_call *k, const char *option, char *svg); // to another option's file
// Levels, as shares, against a floor (NAN: none), where --plot is given.
int ev_plot_levels(struct ev_call *k, const char *phrase, const struct ph_effect_row *rows,
    size_t n, double floor, enum ph_direction direction);
// A method's header as a picture of its effect, where --plot is given.
int ev_plot_head(struct ev_call *k, const struct ph_result *head);

// ---- report.c ----

void ev_report_head(struct ev_json *o, const char *method, const struct ph_result *h);
void ev_report_interval(struct ev_json *o, const char *key, struct ph_interval i);
void ev_report_warnings(struct ev_json *o, uint64_t set);

void ev_report_lead_test(struct ev_json *o, const struct ph_attgt_result *r);
void ev_report_coefficient(struct ev_json *o, const struct ph_coefficient *b);
void ev_report_wald(struct ev_json *o, const char *key, const struct ph_wald *w);
void ev_report_regression(
    struct ev_json *o, const char *method, const struct ph_regression_result *r);

// "CR2", "NW:12"; false for anything else.
bool ev_read_vcov(const char *text, enum ph_vcov *ret_vcov, uint32_t *ret_lag);

// --design, for methods whose grade depends on it.
#define EV_DESIGN_OPTION                                                                           \
    {                                                                                              \
        "--design", EV_OPTION_CHOICE, "unstated", "How groups were formed",                        \
            "unstated|randomised|comparison|series"                                                \
    }
enum ph_design ev_design_named(const struct ev_call *k);

#define EV_COUNT(a) (sizeof(a) / sizeof((a)[0]))
