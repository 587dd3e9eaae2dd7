// SPDX-License-Identifier: Apache-2.0
// Fields: what a command asks for, and the columns that keep it. A field is declared once, with its
// kind; commands name the ones that they take.
//
// A field's name is its column's, so its ending follows the rule in store.h: "closes_at" is a time,
// "amount_cents" money, "department_id" a record.
#pragma once

#include "ctx.h"

enum field_type {
    FIELD_TEXT,         // one line
    FIELD_PROSE,        // several lines of Markdown
    FIELD_CHOICE,       // one of `choices`
    FIELD_CHOICES,      // any of them; kept as "a,b"
    FIELD_YES_NO,       // is_*: yes, no
    FIELD_MONEY,        // *_cents
    FIELD_DATE,         // *_on
    FIELD_TIME,         // *_at, entered in the city's zone, which is shown
    FIELD_COUNT,        // *_n: a whole number, not negative
    FIELD_NUMBER,       // *_num
    FIELD_FILE,         // *_id of a stored file
    FIELD_PERSON,       // *_id
    FIELD_ORGANISATION, // *_id
    FIELD_PLACE,        // *_id of an area
    FIELD_RECORD,       // *_id of the kind named in `choices`
    FIELD_LIST,         // lines of text; kept with '\n' between them
    FIELD_EMAIL,
    FIELD_URL,    // http or https
    FIELD_SECRET, // a password: never kept in a column, never in the ledger
    FIELD_HIDDEN, // *_id or text that a link carries
};

enum field_flag {
    FIELD_PERSONAL =
        1, // about a person: in the ledger only as a commitment whose salt can be erased
    FIELD_IDENTIFIES = 2, // tells who an applicant is: hidden in a blind round
    FIELD_INPUT = 4,      // taken by commands, remembered in the ledger, not a column
    FIELD_RELEASED = 8,   // part of the public JSON once the record is public; a person in it acts
                          // for the city and is named there
    FIELD_WIDE = 16,      // prose given a tall box
    FIELD_DUTY = 64,    // names who has to act: goes to another person when they leave (handover.h)
    FIELD_UNKNOWN = 32, // "not known yet" is an answer: adds <name>_known_by_on, a date
};

struct field {
    const char *name;
    enum field_type type;
    const char *label; // message keys
    const char *help;
    const char *choices; // "grant=Grant|gift=Gift"; the kind's name for FIELD_RECORD
    unsigned flags;
    int max; // characters; 0: 200 for one line, 20,000 for prose. FIELD_COUNT, FIELD_NUMBER:
             // largest value
    const char *table; // the sealed side table (city, id, …) it is kept in; NULL: the kind's own
};

// What came with a form, a JSON body or the command line: text by name; a name may repeat.
struct submission {
    const struct web_field *fields;
    size_t n_fields;
    const struct web_file *files;
    size_t n_files;
    int64_t rev;             // the record's as the person saw it; 0: not said
    const char *idempotency; // NULL: none
};
struct web_field;
struct web_file;

// The typed value of F in S. V_NULL when it is empty or absent. On ERR_INVALID *ret_why is a
// message in the reader's language that says how to mend it.
CHECKED enum err field_read(struct ctx *c, const struct field *f, const struct submission *s,
    struct value *ret_v, const char **ret_why);
// Whether the submission names the field at all (an absent one leaves a record's value as it is).
bool field_given(const struct field *f, const struct submission *s);
// The form's item (shapes: office/look/README.md). V is the value to start with; TYPED what the
// person wrote, which wins, or NULL; ERROR a message or NULL.
struct value field_form_item(struct ctx *c, const struct field *f, bool required,
    const struct value *v, const struct submission *typed, const char *error);
// The value as facts show it: choices by label, records by title with a link, prose as HTML.
struct value field_show(struct ctx *c, const struct field *f, const struct value *v);
// A leaf as a page shows it: a fiscal year is a name, not an amount, and has no comma.
struct value field_leaf(struct ctx *c, const char *name, struct value v);
// Walks "a=Label|b=Label": *AT starts at choices; false at the end. Value and label are copied into
// the arena.
bool field_next_choice(
    struct arena *a, const char **at, const char **ret_value, const char **ret_label);
