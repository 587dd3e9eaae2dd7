// SPDX-License-Identifier: Apache-2.0
// What everything above the store is given: which office and city, whose hands, what time, which
// language.
#pragma once

#include "locale.h"
#include "mustache.h"
#include "role.h"
#include "store.h"

struct office;   // office.h
struct registry; // room.h: all kinds, commands and pages

// One city of the office. Immutable after the start but for `settings`, which are read through
// setting.h.
struct city {
    int64_t id;
    const char *slug;        // "philadelphia"
    const char *name;        // "City of Philadelphia"
    const char *office_name; // "SmartCityPHL"
    const char *zone, *currency;
    const char *host; // the public address without scheme, for links in mail
    bool is_demo;
    struct id_key id_key;
    struct locales *locales;
};

struct viewer {
    int64_t person; // 0: nobody is signed in
    const char *name;
    uint32_t roles; // all roles held anywhere, ROLE_PUBLIC always
    const struct grant *grants;
    size_t n_grants;
    int64_t session;  // 0: none (command line, API token, clock)
    const char *csrf; // the session's token; NULL without a session
};

// Lives as long as a request or a job.
struct ctx {
    struct office *office;
    const struct registry *registry;
    const struct city *city;
    struct db *db;
    struct arena *arena;
    const struct locale *locale;
    struct viewer viewer;
    enum audience audience;
    int64_t now;
    const char *via; // how the act came: "web", "api", "command line", "mail", "clock", "import",
                     // "demonstration"
    const char *request_id;
    struct ref_titles *titles; // record_ref.h; NULL: every title is asked for
};

// Binds viewer, city, now and audience to the handle; to be called after any of them changed.
void ctx_bind(struct ctx *c);
// A message in the reader's language; ARGS may be NULL.
const char *ctx_text(const struct ctx *c, const char *key, const struct value *args);
// A record's id as it appears in addresses.
const char *ctx_id(const struct ctx *c, int64_t id);
