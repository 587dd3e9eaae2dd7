// SPDX-License-Identifier: Apache-2.0
// The canonical text of an entry, made and read.
#pragma once

#include "ledger.h"

// A typed leaf as the ledger writes it: ids and what 53 bits can't hold as decimal text, dates as
// days, instants as milliseconds, money in minor units.
struct value entry_plain(struct arena *a, const struct value *v);
// The way back, by the name's ending (store/store.h).
struct value entry_typed(const struct ctx *c, const char *name, const struct value *plain);
// The commitment to a personal value, base64.
const char *entry_seal(
    struct arena *a, const unsigned char salt[32], const char *name, const struct value *plain);
// How a file that a record took in stands in the entry: "file.<id>": "sha256:<hex>".
#define LEDGER_FILE "file."
const char *ledger_file_name(struct arena *a, int64_t file);
const char *ledger_file_hash(struct arena *a, const void *hash, size_t len);
// The canonical JSON. PERSONAL_SALT is used when E has personal fields.
const char *entry_canonical(struct ctx *c, const struct ledger_entry *e,
    const unsigned char personal_salt[32], size_t *ret_len);
// The last value that the ledger has for each field of the record, up to and including REV (0:
// all): object of plain values, "state" and "rev" among them.
CHECKED enum err entry_fold(struct ctx *c, int64_t record, int64_t rev, struct value *ret_fields);
