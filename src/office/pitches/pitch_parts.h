// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "pitches.h"

#include "notice.h"

extern const struct kind pitch_kind, procurement_key_kind, profile_kind;
extern const struct page pitches_pages[];

// ---- applicant.c
// The person of that address: known already, or made with no name, so that no list of people tells
// who pitched. Holds the role of applicant after.
CHECKED enum err applicant_person(struct act *a, const char *email, int64_t *ret_person);
CHECKED enum err applicant_joins(struct act *a, int64_t pitch, int64_t person);
// NULL when the viewer is the pitch's own applicant (or the house acts), else a message key.
const char *applicant_own(struct act *a);
// Tells everybody whose pitch it is, by mail. ARGS get {title}, the call's.
CHECKED enum err applicant_tell(struct act *a, const char *text, struct value args);
enum err applicant_start(struct act *a);
// Answers about who the applicant is; those not given leave what is there.
enum err applicant_identify(struct act *a);

// ---- content.c
// Fresh random text that makes the hash of a pitch unguessable: those who read the pitch and its
// receipt could otherwise try names until the hash fits.
struct value content_salt(struct ctx *c);
// The pitch as it would be handed in: canonical JSON of its named contents with identity and the
// sealed price's hash, and its SHA-256 in hex.
CHECKED enum err content_of(
    struct act *a, int64_t pitch, const char **ret_text, const char **ret_hash);
// Keeps the content as a version when it differs from the last one.
CHECKED enum err content_keep(struct act *a);

// What both a pitch and a profile ask.
extern const char pitch_certifications[], pitch_sizes[];

// ---- pitch.c
// Whether NUMBERS ("1,3") are all challenges of the call.
CHECKED enum err pitch_answers_fit(struct ctx *c, int64_t call, const char *numbers, bool *ret_fit);

// ---- answers.c
// Whether the call has questions of its own, and the title of the first that is asked, needed and
// without an answer; NULL: none is.
CHECKED enum err answers_missing(
    struct ctx *c, const struct value *pitch, bool *ret_any, const char **ret_title);
// All answers by field name, for the content's hash.
CHECKED enum err answers_content(struct ctx *c, int64_t pitch, struct value *ret_answers);
// What is wrong with ANSWERS (by field name) to the questions ITEMS, or missing, and to which
// number, as a message key; NULL: nothing.
const char *answers_wrong(
    struct ctx *c, const struct value *items, const struct value *answers, int64_t *ret_number);
// Keeps the answers that the act was given, for a pitch of CALL that is saved.
CHECKED enum err answers_put(struct act *a, int64_t call);
enum err answers_save(struct act *a);
// The items of its form: each question as its call has it.
CHECKED enum err answers_form(
    struct ctx *c, const struct value *row, const struct submission *typed, struct value *items);

// ---- import.c
enum { IMPORT_MOST_SHOWN = 300, IMPORT_LONGEST = 500000 };
struct import_preview {
    struct value lines; // {line_n, reference, title, why}: why NULL for a line that would be taken
    int64_t taken, refused;
};
// What an import of this text would do, without doing it. ERR_INVALID: the file as a whole. To
// MEND go, as CSV, the lines that wouldn't be taken, whole, with the reason; NULL: nowhere.
CHECKED enum err import_look(struct ctx *c, int64_t call, const char *text, size_t len,
    struct buf *mend, struct import_preview *ret_preview);

// ---- import_page.c
enum err import_build(struct ctx *c, struct request *q, struct value *data, struct response *r);
// Posted: the lines to mend, as a file.
enum err import_mend(struct ctx *c, struct request *q, struct value *data, struct response *r);

// ---- profile.c
// What PERSON keeps of their organisation; V_NULL for nothing.
CHECKED enum err profile_of(struct ctx *c, int64_t person, struct value *ret_profile);
// Keeps what the viewer says of their organisation in an act on a pitch.
CHECKED enum err profile_note(struct act *a);
enum err profile_build(struct ctx *c, struct request *q, struct value *data, struct response *r);

// ---- form.c
// Fills the items of COMMAND's form with VALUES (an object by field name), where nothing was typed.
void form_offer(struct ctx *c, const struct command *command, const struct value *values,
    const struct submission *typed, struct value *items);
// The kind's form: the call's own challenges to choose from.
enum err pitch_form(struct ctx *c, const struct command *command, const struct value *row,
    const struct submission *typed, struct value *items);

// ---- prices.c
enum err price_seal(struct act *a);
// The hash of what is sealed; "" for none.
CHECKED enum err price_hash(struct ctx *c, int64_t pitch, const char **ret_hash);

#define END_STATE                                                                                  \
    {                                                                                              \
        NULL, NULL, NULL                                                                           \
    }
#define END_FIELD                                                                                  \
    {                                                                                              \
        NULL, 0, NULL, NULL, NULL, 0, 0, NULL                                                      \
    }
#define END_COMMAND                                                                                \
    {                                                                                              \
        NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL                                             \
    }
