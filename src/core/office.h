// SPDX-License-Identifier: Apache-2.0
// The running office: what all threads of a process share. Immutable after office_open() but for
// what says otherwise.
#pragma once

#include "cache.h"
#include "job.h"
#include "room.h"
#include "server.h"

struct site; // site.h
struct seen;

struct office {
    struct arena arena; // of everything that lives as long as the process
    struct store *store;
    struct queries *queries;
    struct templates *templates;
    const struct registry *registry;
    struct city *cities; // at least one
    size_t n_cities;
    struct router *router;
    struct cache *cache;
    struct jobs *jobs;      // NULL on the command line
    struct site *site;      // what office_routes() made: views, navigation; NULL without it
    struct seen *seen;      // session.h
    const char *base_url;   // for links in mail, "http://127.0.0.1:8080"
    const char *key_folder; // where the signing keys are, outside the database
    const char *smtp;       // smtp://host:port; NULL: mail waits
    const char *mail_from;
};

struct office_options {
    const char *db; // a SQLite file or postgresql://…
    bool create, skip_schema_check;
    const char *key_folder, *smtp, *mail_from, *base_url;
    const struct room *const *rooms; // ends with NULL
};

CHECKED enum err office_open(
    struct arena *detail, const struct office_options *options, struct office **ret_office);
void office_close(struct office *o);
// Reads the cities again (after init).
CHECKED enum err office_load_cities(struct office *o, struct arena *detail);
struct new_city {
    const char *slug, *name, *office_name, *zone, *currency, *host;
    bool is_demo;
};
// Puts a city into the store with its keys, then reads the cities again. ERR_EXISTS when the slug
// is taken.
CHECKED enum err office_new_city(
    struct office *o, struct arena *detail, const struct new_city *city);
// The city by its slug, or the only one; NULL when it can't be told.
const struct city *office_city(const struct office *o, const char *slug);

// A context for work without a request: AUDIENCE_SYSTEM, ROLE_CLOCK. A borrowed handle and arena.
void ctx_system(
    struct ctx *c, struct office *o, const struct city *city, struct db *db, struct arena *a);
// Becomes that person: grants and name are read from the store. ERR_NOT_FOUND when disabled or
// unknown.
CHECKED enum err ctx_become(struct ctx *c, int64_t person);

// The HTTP side: all routes of all rooms, core's own (sign-in, forms, API, files, search, ledger).
CHECKED enum err office_routes(struct office *o, struct arena *detail);
CHECKED enum err office_serve(struct office *o, struct arena *detail, const char *listen,
    const char *trusted_proxy, int workers, struct server **ret_server);
// Stops taking requests, finishes those under way, ends what office_serve() started.
void office_stop(struct office *o, struct server *s, int grace_ms);

// What a GET of TARGET answers the context's viewer, piece by piece, without a server: for the
// command line. office_routes() was called before.
CHECKED enum err office_show(struct ctx *c, const char *target,
    enum err (*write)(void *context, const char *data, size_t len), void *context);
