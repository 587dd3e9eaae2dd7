// SPDX-License-Identifier: Apache-2.0
// Kinds of records and the commands that change them: the tables that a room declares.
//
// Every kind's table has, besides its fields' columns:
//   city, id           the key
//   rev                counts changes
//   state              one of the kind's states, by name
//   owner_id           the person who answers for it
//   created_at, changed_at
//   is_made_up         1: an invented record of a demonstration office, marked so wherever it is
//   shown source_url         where a public fact comes from
// States that follow from time alone (a call's open and closed) are computed by `phase`, never
// stored.
#pragma once

#include "field.h"

struct act;

enum { MAX_STATES = 16 };

// In a command's `from`: AT(STATE) | AT(OTHER), or one of
#define AT(state) (1u << (state))
#define NEW       0u      // makes a record
#define ANY       0xffffu // from every state
// In a command's `to`: a state, or one of
enum { SAME = -1, BY_APPLY = -2 }; // BY_APPLY: apply calls act_to()

enum command_flag {
    COMMAND_PUBLIC = 1,  // changes what the public sees: raises the public version
    COMMAND_OWN = 2,     // only the person in the record's person_id column, or whose record it is
    COMMAND_CONFIRM = 4, // asks once more before it is done
    COMMAND_REASON = 8,  // asks for a reason, which goes into the ledger
    COMMAND_INNER = 16,  // only nested in others or by the clock: no form, no API
    COMMAND_SLOW = 32,   // on the slow lane (password hashing, files)
    COMMAND_QUIET = 64,  // no one-line notice to the record's owner
};

struct command {
    const char *name;   // "call.publish": kind, dot, verb
    const char *label;  // what it does in plain words: "Publish the call"
    uint32_t from;      // states it starts from
    int to;             // where it leads
    uint32_t who;       // roles
    const char *fields; // names from the kind's fields; "title! problem!" where '!' means required
    // NULL when it may be done now, else why not: a message key, or text in the act's arena. Also
    // asked when the page is shown (the act then has no inputs), so it looks at the record and the
    // store only.
    const char *(*guard)(struct act *a);
    // What it does, after permission, state, guard and fields are settled. NULL: act_save().
    // Touches the store only.
    enum err (*apply)(struct act *a);
    unsigned flags;
    const char *help; // a sentence above the form; NULL for none
    // For what takes long to read and reckon: done before the transaction, in a snapshot of its
    // own, so that nobody's writing waits for it. It sees what apply sees, once permission, state,
    // guard and fields are settled, and leaves what it found in a->prepared. apply finds it there
    // (NULL where the command is nested), makes sure that it still holds, and returns
    // act_prepare_again() when it doesn't. NULL: there is nothing to prepare.
    enum err (*prepare)(struct act *a);
    // What is told once it is done, where the label alone doesn't say what comes next; NULL: "Done:
    // " and the label.
    const char *done;
};

struct state {
    const char *name;  // "in_review"
    const char *label; // "In review"
    const char *badge; // "neutral", "waiting", "going", "done", "stopped"
};

// Conditions by audience, '$' stands for the table's alias; NULL sees nothing. The system sees all.
// What they say about one record also says who may act on it: what isn't seen doesn't exist.
struct scope {
    const char *public, *outside, *office;
};

struct kind {
    const char *name;               // "call", the table's name too
    const char *label;              // "Call"
    const char *plural;             // "Calls"
    const char *path;               // "/calls"; a record is at <path>/<id>
    const struct state *states;     // ends with a NULL name
    const struct field *fields;     // ends with a NULL name
    const struct command *commands; // ends with a NULL name
    struct scope scope;
    const char *title; // the column that names a record; NULL: "title"
    const char
        *parent; // the column that leads one step back in the chain: "challenge_id"; NULL: none
    const char *parent_kind;
    const char *leads_to; // kinds whose records came of this one, shown on its page: "call pilot";
                          // each names it in its parent column or in <kind>_id. NULL: none
    const char *list;     // columns of the list page: "title state department_id closes_at"
    const char
        *filters; // columns one may filter by: "state department_id"; choices and records only
    // Columns a list may be ordered by besides newest first. NULL: every small one, by sorting; a
    // kind of which there may be very many names those that an index (city, column, id) serves.
    const char *orders;
    const char *search; // columns indexed: "title problem"; NULL: not found by search. Never sealed
                        // or personal
    // Its office scope hangs on time or on another's state, never on who looks: the office's index
    // has the record only once it is in sight there, so that no count tells of it before.
    bool search_in_sight;
    const char *empty; // what an empty list teaches
    unsigned nav;      // roles that find its list in the main navigation; 0: none
    // Who acted isn't shown with the record's history, and no owner is written: a blind round's
    // pitches.
    bool hides_actors;
    // The state as time makes it, from the row: one of the state names or a further one with its
    // own label in *ret_label. NULL: the stored state.
    const char *(*phase)(const struct ctx *c, const struct value *row, const char **ret_label);
    // Fits a command's form to the record it is for: words and choices of its own, items that
    // aren't asked. ITEMS: the list of fields (shapes: office/look/README.md); ROW is V_NULL for a
    // new record; TYPED what the person wrote, or NULL. NULL: the form is as the table says.
    enum err (*form)(struct ctx *c, const struct command *command, const struct value *row,
        const struct submission *typed, struct value *items);
};
