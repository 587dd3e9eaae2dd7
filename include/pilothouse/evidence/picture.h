// SPDX-License-Identifier: Apache-2.0
// Pictures of results, as SVG text. Part of pilothouse/evidence.h.
//
// A picture has a title, a description in plain words, role="img", and a table of the numbers that
// it shows. It is drawn 480 units wide, for a screen of any width and for print. Nothing is told by
// colour alone. The same result gives the same bytes. Without ph_picture_options.file it is meant
// to be put into a page: no style sheet, colours by presentation attributes that read on white and
// on dark, and classes (svg-line, svg-interval, svg-zero ...) by which the page's own style may say
// otherwise. docs/evidence/pictures.md shows them.
#pragma once

#ifndef PH_API
#error "Include pilothouse/evidence.h, which brings every area."
#endif

// ---- The table beside a picture
// ------------------------------------------------------------------

struct ph_picture_cell {
    char *text;    // as a reader is to see it; "" for what is not known
    double number; // NAN where the text is words, or nothing
};

struct ph_picture_table {
    size_t columns, rows;
    char **heading;               // [columns]
    struct ph_picture_cell *cell; // [rows][columns]
};

PH_API void ph_picture_table_release(struct ph_picture_table *table);

// ---- How it is drawn
// -----------------------------------------------------------------------------

// The phrase in the reader's language, {names} in braces kept. NULL, or the phrase itself, where
// there is no other.
typedef const char *ph_picture_words_fn(void *user, const char *english);
// X in the reader's language, with so many digits behind the decimal mark.
typedef void ph_picture_number_fn(void *user, double x, int decimals, char *buf, size_t size);
// A time of the data, as "3 May".
typedef void ph_picture_time_fn(void *user, double time, char *buf, size_t size);

struct ph_picture_options {
    uint32_t version;
    const char *title;           // NULL: the picture's own
    const char *unit;            // what is measured, as "Minutes a trip"; NULL: "Effect"
    const char *time_unit;       // as "Week"; NULL: "Time"
    double delta;                // smallest effect worth having, above 0; NAN: not drawn
    enum ph_direction direction; // which way is better
    bool file;                   // stands alone: with its own colours for light and dark
    const char *id;              // what ids begin with; NULL: a hash of the picture
    ph_picture_words_fn *words;  // each may be NULL
    ph_picture_number_fn *number;
    ph_picture_time_fn *time;
    void *user;
    struct ph_picture_table *ret_table; // NULL: none; else filled, and released by the caller
};
#define PH_PICTURE_OPTIONS                                                                         \
    {                                                                                              \
        .version = PH_VERSION, .delta = NAN                                                        \
    }

// Phrase I of those that pictures are made of, for translators; NULL past the last.
PH_API const char *ph_picture_phrase(size_t i);

// All functions below return NULL when memory runs out or OPTIONS have another version; what they
// return goes to ph_text_free(). Numbers that are not known are left out, limits that are infinite
// end at the edge with an arrow.

// ---- An effect with its interval
// -----------------------------------------------------------------

struct ph_effect_row {
    const char *label; // over the interval; NULL for a single one
    double estimate;
    struct ph_interval interval;
    double level; // of the interval
    bool lighter; // is not what the decision rests on: drawn hollow
};

enum ph_effect_kind {
    PH_EFFECT_CHANGE, // against no effect and the smallest worth having
    PH_EFFECT_LEVEL,  // a level, as a share, that is to reach delta
    PH_EFFECT_WITHIN, // differences that are to stay within delta on both sides
};

struct ph_effect_picture {
    const struct ph_effect_row *row;
    size_t n; // at most 40 are drawn, all are in the table
    enum ph_effect_kind kind;
};

PH_API char *ph_picture_effect(
    const struct ph_picture_options *options, const struct ph_effect_picture *picture);
// One row: a method's own header.
PH_API char *ph_picture_result(
    const struct ph_picture_options *options, const struct ph_result *result);

// ---- Effects by time since the start
// -------------------------------------------------------------

// BY_EVENT of ph_attgt() or ph_sunab(), with the level of its intervals.
PH_API char *ph_picture_events(
    const struct ph_picture_options *options, const struct ph_att_list *events, double level);

// ---- One treated place
// ---------------------------------------------------------------------------

// What happened against what was expected; under it the difference, among those of placebos whose
// mean squared gap before the start is at most 5 times the treated place's.
PH_API char *ph_picture_synth(
    const struct ph_picture_options *options, const struct ph_synth_result *result);
PH_API char *ph_picture_sdid(
    const struct ph_picture_options *options, const struct ph_sdid_result *result);

// ---- One interrupted series
// ----------------------------------------------------------------------

PH_API char *ph_picture_series(
    const struct ph_picture_options *options, const struct ph_series_result *result);

// ---- Looks
// ---------------------------------------------------------------------------------------

// The first look that settles on which side of zero, or short of delta, the effect is, is marked.
PH_API char *ph_picture_looks(
    const struct ph_picture_options *options, const struct ph_sequence_result *result);

// ---- Several pilots
// ------------------------------------------------------------------------------

// NAMES has one for each of the result's pilots; NULL, or a NULL in it: their numbers.
PH_API char *ph_picture_forest(const struct ph_picture_options *options,
    const struct ph_shrink_result *result, const char *const *names);

// ---- Money, agreement, comparisons, rankings
// -----------------------------------------------------

// The chance of a net benefit by what one unit of effect is worth, and what knowing would be worth.
PH_API char *ph_picture_cost(
    const struct ph_picture_options *options, const struct ph_cost_result *result);

// Differences against means with bias and limits of agreement (Bland & Altman), of the rows or of
// the units' means as the accuracy options say; delta: the difference that is allowed. Computes the
// agreement itself.
PH_CHECKED enum ph_status ph_picture_agreement(struct ph_context *context,
    const struct ph_picture_options *options, const struct ph_frame *frame,
    const struct ph_accuracy_options *accuracy, char **ret_svg);

// What two-way fixed effects compare: each pair's weight and estimate.
PH_API char *ph_picture_bacon(
    const struct ph_picture_options *options, const struct ph_bacon_result *result);

// The chance of each item to be among the best k, highest first. NAMES as for the forest, one for
// each of the result's items.
PH_API char *ph_picture_top(const struct ph_picture_options *options,
    const struct ph_top_result *result, const char *const *names);

// ---- A sealed plan's run
// -------------------------------------------------------------------------

// What the verdict was made of, against what the plan asks for; delta and direction are the plan's.
PH_API char *ph_evaluation_picture(const struct ph_picture_options *options,
    const struct ph_sealed *sealed, const struct ph_evaluation *evaluation);
// The way there: effects by time, the place against its synthetic one, the series, what each look
// would have known, or how readings agree. The analysis is run once more on FRAME for it.
// PH_UNSUPPORTED for methods, or columns, that have no such picture.
PH_CHECKED enum ph_status ph_evaluation_course(struct ph_context *context,
    const struct ph_picture_options *options, const struct ph_sealed *sealed,
    const struct ph_frame *frame, char **ret_svg);
