// SPDX-License-Identifier: Apache-2.0
// How an evaluation is made: the plan is read, the readings become a table, the engine judges the
// table, and plan, table and judgement become the record.
#pragma once

#include "evaluations.h"

#include "../readings/readings.h"
#include "sealing.h"

#include <pilothouse/evidence.h>

extern const struct page evaluations_pages[];

enum evaluation_method {
    METHOD_NONE,         // nothing to analyse
    METHOD_BEFORE_AFTER, // each unit's change
    METHOD_CHANGES,      // changes of units with it against those without it
    METHOD_AFTER,        // no readings from before: the units afterwards
    METHOD_SHARE,        // yes or no against a floor
    METHOD_TARGET,       // a mean against a target
    METHOD_LIMITS,       // numbers against a reference
    METHOD_YES_NO,       // yes or no against a reference
    METHOD_SHARES,       // yes or no with it against without it, afterwards
    METHOD_PANEL,        // places over time
};
// "before_after"
const char *evaluation_method_name(enum evaluation_method m);

// What was read: numbers that rise whenever something is changed that the result hangs on.
struct evaluation_version {
    int64_t pilot, measure, amendment, evaluations;
    int64_t readings; // the sum of the revs of the measure's batches that ever counted
    const char *plan; // hash of the plan, its measures and sites as they are
};

struct evaluation_plan {
    int64_t pilot, measure;
    const char *title, *pilot_title, *unit, *role, *type, *state;
    const char *design_name;
    const char *locked_hash; // NULL: the plan isn't locked
    int64_t locked_at;
    struct value starts_on, ends_on;
    enum ph_plan_kind kind;
    enum ph_design design;
    enum ph_direction direction;
    bool agreement;       // compared with a reference
    double delta, target; // NAN when the plan doesn't say
    double level;
    bool early;              // the pilot still runs: an interval for one look decides nothing
    int64_t split_at, to_at; // before is below split_at; nothing from to_at on counts
    struct evaluation_version version;
    struct value pilot_row, measure_row; // what the engine's plan is made from (sealing.h)
    enum evaluation_analysis analysis;   // ANALYSIS_NONE: the data tell
    const char *recorded_hash;           // of the measure's sealed plan; NULL: none was sealed
    const char *recorded_text;
    int64_t as_of;     // day of the pilot at which its plan is evaluated
    int64_t days;      // the plan's horizon; 0: it has no end
    int64_t step_days; // places over time: days a period
    // From here on what was departed from.
    struct value departures;   // list of codes
    bool exploratory, lowered; // not planned before the data; changed after them
};

// The data as analysed, which is also what is published: a CSV whose cells read back as the same
// numbers.
struct evaluation_data {
    enum evaluation_method method;
    bool one_unit; // rows are readings of one unit
    size_t rows, n_columns;
    struct ph_column columns[8];
    double counts[4];
    const char *csv, *hash;
    const char *command; // of the engine's command line, "{file}" standing for the file
    struct value areas;  // list of {title, units_n, value_num | is_hidden}
    struct value groups; // the same, with is_comparison; see by_group.c
    struct value cells;  // the same by area, for the data: which area's name may stand in a row
    int64_t readings, late, first_at, last_at;
};

struct evaluation_finding {
    struct ph_result head;
    struct ph_criterion criteria[2];
    size_t n_criteria;
    struct value numbers;   // further results by name, for the page
    struct value intervals; // [low, high] by the same names
    struct ph_verdict_result verdict;
    const char *verdict_name, *reason;
    const char *problem; // the engine's words when it couldn't; NULL
    // The sealed plan that ran; text is NULL where the office's own rule was used.
    struct evaluation_sealed sealed;
    const char *run;      // the engine's result, to the byte; NULL: it refused
    const char *options;  // of the command that gives the same bytes
    const char *pictures; // drawn.c; NULL: none
};

enum { EVALUATION_MAX_ROWS = 20000, EVALUATION_RESULT_MAX = 1 << 20 };

// plan.c, departures.c
CHECKED enum err evaluation_read_plan(struct act *a, struct evaluation_plan *ret_plan);
CHECKED enum err evaluation_read_version(
    struct ctx *c, int64_t pilot, int64_t measure, struct evaluation_version *ret_version);
// Whether readings were published, undone or corrected after ROW was worked out; "newer" is said of
// no record from before versions were kept.
CHECKED enum err evaluation_is_overtaken(struct ctx *c, const struct value *row, bool *ret_is);
CHECKED enum err evaluation_departures(struct ctx *c, struct evaluation_plan *p);
// Which analysis the table that was made of the data allows, where no sealed plan says it.
enum evaluation_analysis evaluation_analysis_of(const struct evaluation_data *d);
// data.c: once readings are known to be there.
CHECKED enum err evaluation_read_data(
    struct ctx *c, const struct evaluation_plan *p, struct evaluation_data *ret_data);
// frame.c: the units of rows, as the engine's reader of CSV numbers them.
struct ph_column evaluation_units_column(struct arena *a, const char *const *code, size_t rows);
// by_group.c: what was found of each group. UNITS are rows of whichever query the method reads.
enum group_value { GROUP_CHANGE, GROUP_AFTER, GROUP_DIFFERENCE, GROUP_SHARE };
void evaluation_by_group(
    struct ctx *c, const struct value *units, enum group_value which, struct value *ret_groups);
void evaluation_by_area(
    struct ctx *c, const struct value *units, enum group_value which, struct value *ret_cells);
// The unit's group or area as it may be published with its row: "" when it has none or is one of
// few.
const char *evaluation_group_of(const struct value *groups, const struct value *unit);
const char *evaluation_area_of(const struct value *cells, const struct value *unit);
struct value evaluation_groups_table(struct ctx *c, const struct value *result);
// looks.c: what the measure's monitor says now, and its state to be kept.
struct evaluation_look {
    bool taken;     // false: no look is to be kept
    int64_t number; // from 1
    bool replayed;  // what earlier looks saw had changed since
    const char *rows_hash, *state;
    struct ph_look look;
};
// Whether the plan names looks and this is one: before the end, on units that count once.
bool evaluation_looks_now(const struct evaluation_plan *p);
CHECKED enum err evaluation_look(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, struct evaluation_look *ret_look);
// In the evaluation's act; it is prepared again where somebody else looked meanwhile.
CHECKED enum err evaluation_keep_look(struct act *a, const struct evaluation_plan *p,
    const struct evaluation_data *d, const struct evaluation_look *l);
// The job that looks when the plan says so.
CHECKED enum err evaluations_look(struct ctx *c, const struct value *payload);
// adapter.c: calls the engine, and with it looks.c and drawn.c.
CHECKED enum err evaluation_judge(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, struct evaluation_finding *ret_finding);
// drawn.c: the engine's pictures of a run in every language, as JSON.
struct evaluation_drawn {
    struct ph_context *engine;
    const struct ph_sealed *sealed;
    const struct ph_frame *frame;
    const struct ph_evaluation *evaluation;
    const char *unit, *time_unit; // of the measure; what its times are, a message key
};
CHECKED enum err evaluation_draw(
    struct ctx *c, const struct evaluation_drawn *what, const char **ret_json);
// Nesta's level of what the plan and the data allow to claim.
int evaluation_level(const struct evaluation_plan *p);
// result.c
// agreement.c: {n, points [[mean, difference, pairs]], ranges}, or V_NULL where nothing is compared
// with a reference.
struct value evaluation_pairs(struct ctx *c, const struct evaluation_data *d);
CHECKED enum err evaluation_result(struct ctx *c, const struct evaluation_plan *p,
    const struct evaluation_data *d, const struct evaluation_finding *f, const char **ret_json);

// people.c: whether the viewer may have what stands by row; ROW has is_people of the measure.
bool evaluation_shows_rows(const struct ctx *c, const struct value *row);
// Takes what they may not have out of what is shown.
void evaluation_withhold(struct ctx *c, struct value *row, struct value *result);

// checks.c: sets "checks" where a sealed plan ran.
void evaluation_add_checks(struct ctx *c, const struct value *result, struct value *data);
// rerun.c: sets "rerun", and the files that it links to.
CHECKED enum err evaluation_add_rerun(
    struct ctx *c, const struct value *row, const struct value *result, struct value *data);
CHECKED enum err evaluation_build_csv(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
CHECKED enum err evaluation_build_plan(
    struct ctx *c, struct request *q, struct value *data, struct response *r);
CHECKED enum err evaluation_build_result(
    struct ctx *c, struct request *q, struct value *data, struct response *r);

// words.c: RESULT is the parsed result_text.
CHECKED enum err evaluation_parse(struct ctx *c, const struct value *row, struct value *ret_result);
const char *evaluation_verdict_words(
    struct ctx *c, const struct value *row, const struct value *result);
const char *evaluation_would_change(struct ctx *c, const struct value *result);
const char *evaluation_level_words(struct ctx *c, int64_t level);
const char *evaluation_grade_words(struct ctx *c, const struct value *row);
const char *evaluation_departure_words(struct ctx *c, const char *code);
const char *evaluation_method_words(struct ctx *c, const char *method);
const char *evaluation_number_words(struct ctx *c, const char *name);
