// SPDX-License-Identifier: Apache-2.0
// The demonstration office: an ordered script of acts (demo/*.json in the executable), each carried
// out as the person whose hands it names, through the same forms' fields, permissions, guards and
// ledger as anybody's. Facts carry the address of their source; what is invented is marked so.
//
// A script is a list of steps:
//   {"user": "director@demo.example", "ref": "dora", "name": …, "title": …, "roles": "director",
//    "department_id": "@streets"}                        an account; only here the house acts
//    itself
//   {"as": "@dora", "do": "call.draft", "ref": "call", "fields": {…}, "made_up": true}
//   {"as": "@dora", "do": "call.publish", "on": "@call", "reason": …}
//   {"find": "demo.gate", "ref": "gate", "with": {"pilot_id": "@p", "type": "privacy"}}
//                                                        a record that another act made
//   {"setting": "threshold.formal", "value": "34000", "from_on": "2019-12-16", "source": …}
//   {"at": "-120 09:30"}                                 when the steps that follow are acted out
//   {"readings": "@measure", "as": "@stan", "table": "bigbelly"}     of the data set; demo/data
//   only
// "as": "public" is somebody who isn't signed in. Values: "@ref" a record; "?ref" the same, if
// there is one (places, which come with the data only); dates "2019-12-16", days from today "+14",
// "-30", or from the first of this fiscal year "FY-260"; times "+14 17:00"; fiscal years "+1" from
// this one; lists as JSON lists.
//
// The plan has to stand before the readings, and a call be open for weeks: so the house's clock is
// set to each step's own time. Without "at" a step happens when the demonstration is made.
#pragma once

#include "room.h"

struct demo {
    const char *data; // folder of the Philadelphia data set; NULL: without
    void (*say)(void *context, const char *what); // one line a part; may be NULL
    void *context;
};

// Fills the context's city, which must be empty. The context is the system's.
CHECKED enum err demo_make(struct ctx *c, const struct demo *options);
// The password of all accounts of a demonstration office: another in each office, made from its id
// key, so that whoever has the database can print it and nobody else can guess it.
const char *demo_password(struct arena *a, const struct city *city);
// What opens the sealed prices of the demonstration's call; demo/89-sealed-prices.json makes the
// key with it.
#define DEMO_PASSPHRASE "open these prices after the scores"
// Who can sign in: list of {email, name, title, roles}.
CHECKED enum err demo_accounts(struct ctx *c, struct value *ret_list);
