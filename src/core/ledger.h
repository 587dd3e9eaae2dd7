// SPDX-License-Identifier: Apache-2.0
// The ledger: every act's entry, its leaf in the Merkle tree, signed checkpoints, proofs.
//
// An entry is canonical JSON (RFC 8785) of the act's named fields with a schema number, never of
// rows, so that migrations don't break proofs:
//   {"acting_for":…,"actor":…,"at":…,"command":…,"fields":{…},"from":…,"kind":…,"reason":…,"record":…,"rev":…,
//    "schema":1,"to":…,"via":…}
// A file that the act took in stands in `fields` by its content's hash.
// Personal fields stand in it as {"sealed": base64(SHA-256(personal salt ‖ name ‖ 0 ‖ value))};
// forgetting the personal salt forgets the value, and nothing else. The leaf that goes into the
// tree is SHA-256(salt ‖ entry), 32 bytes; salts and entries stay here, so outsiders who fetch the
// tree learn only that something happened.
//
// An act's transaction only inserts; one sequencer a city, leased in the store, gives leaves their
// order, integrates them and signs a checkpoint within a second.
#pragma once

#include "ctx.h"

struct ledger_entry {
    int64_t id, record, rev;
    const char *kind, *command, *from, *to, *reason;
    const struct value *fields;   // object of plain values
    const struct value *personal; // object, or NULL
};

// Part of the act's transaction.
CHECKED enum err ledger_append(struct ctx *c, const struct ledger_entry *e);
// The record's entries, newest first: list of {id, at, who, command, label, reason, fields, from,
// to, seq}.
CHECKED enum err ledger_history(struct ctx *c, int64_t record, int limit, struct value *ret_list);

// Sequences what waits, in batches; returns how many. Holds the city's lease or returns 0.
CHECKED enum err ledger_sequence(struct ctx *c, int *ret_n);

struct sequencer;
struct office;
// A thread that sequences every city's leaves once a second, whether or not another process does,
// until sequencer_stop(), which sequences what still waits and leaves the lease to others.
CHECKED enum err sequencer_start(
    struct office *o, struct arena *detail, struct sequencer **ret_sequencer);
void sequencer_stop(struct sequencer *s);

struct ledger_report {
    int64_t entries, leaves, files, erased; // counted
    struct value faults;                    // list of {what, kind, id, field, text}
};
// Recomputes everything: each entry's commitment, the tree, checkpoints and their signatures,
// whether each record still says what its last acts said, and each file's bytes. Faults name the
// row and the column, or the file. PROGRESS may be NULL.
CHECKED enum err ledger_verify(struct ctx *c, struct ledger_report *ret_report,
    void (*progress)(void *context, double share), void *context);
