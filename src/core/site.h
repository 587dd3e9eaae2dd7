// SPDX-License-Identifier: Apache-2.0
// What the files of the HTTP side share, between core/ and the routes. Rooms use page.h.
#pragma once

#include "map.h"
#include "office.h"
#include "page.h"
#include "session.h"
#include "view.h"

#include <pthread.h>
#include <stdatomic.h>

// A place in the main navigation.
struct site_nav {
    const char *label, *href; // the label is a message key
    uint32_t who;
    bool apart; // another group begins
    size_t rank;
};

// Made by office_routes(), immutable but for `version` and the poller's own.
struct site {
    struct office *office;
    struct map views; // kind → const struct view *[STORE_AUDIENCES]
    struct site_nav *nav;
    size_t n_nav;
    const char *css, *js, *font, *icons, *favicon; // addresses; NULL when not built in
    const char *openapi;
    size_t openapi_len;
    _Atomic int64_t version; // the newest public version that this process knows of
    pthread_t poller;
    bool has_poller;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool stop;
};

// A worker's own; its context is that of the request under way.
struct site_worker {
    struct office *office;
    struct db *db;
    struct ctx ctx;
    char request[24]; // its id
};

// What a route of a page leads to.
struct site_page {
    const struct page *page;
    const struct kind *kind; // whose record it shows; NULL for any other page
    bool as_json;
};

const struct view *site_view(const struct ctx *c, const char *kind);
// Reads the public version from the store into the site and the cache.
CHECKED enum err site_refresh(struct site *s, struct db *db, struct arena *a);

// ---- http.c and routes.c
// The context for a request without its viewer: city, language, time. ERR_NOT_FOUND when no city
// answers to the host; the context then has the first one, so that an error page can be shown.
CHECKED enum err site_context(
    struct office *o, struct db *db, struct request *q, struct response *r, struct ctx *c);
CHECKED enum err site_views(struct site *s, struct arena *a);

// ---- page.c
// "" or "/es": what stands before a path of this site, so that a reader's language stays.
const char *site_prefix(const struct ctx *c);
// The layout's values (page, city, viewer), then TEMPLATE over DATA into R.
CHECKED enum err site_render(
    struct ctx *c, struct request *q, struct response *r, const char *template, struct value *data);
// The object `page` of DATA, made when it isn't there.
struct value site_page_value(struct ctx *c, struct value *data);
// DATA as JSON into R.
CHECKED enum err site_json(struct ctx *c, struct response *r, const struct value *data);
// The parts of DATA that SPEC names ("1 call.title questions[].text"), with its version.
CHECKED enum err site_pick(
    struct arena *a, const char *spec, const struct value *data, struct value *ret_v);
// A handler for `struct site_page`.
enum err site_handle_page(void *app, void *worker, struct request *q, struct response *r);
// Percent-encodes for a query string.
void site_encode(struct buf *out, const char *text);
// What to say on the next page: KEY is "done" or "again", COMMAND what was done.
void site_flash(struct response *r, const struct request *q, const char *key, const char *command);
// The last parameter without ".json" or ".csv".
const char *site_without_suffix(struct arena *a, const char *text, const char *suffix);

// Keeps the rendered page for everybody who isn't signed in, when it is a public one, whole (200)
// and says nothing to this reader alone.
void site_cache(
    struct ctx *c, struct request *q, struct response *r, bool is_public, int64_t version);

// ---- record.c
// One record's row of KIND by its id within the viewer's scope.
CHECKED enum err site_row(
    struct ctx *c, const struct kind *kind, int64_t id, struct value *ret_row);
// The state as shown: its translated label and its badge.
void site_state(struct ctx *c, const struct kind *kind, const struct value *row,
    const char **ret_label, const char **ret_badge);
const char *site_title(const struct kind *kind, const struct value *row);
// Data: const struct kind. The generic record page and its JSON.
enum err site_handle_record(void *app, void *worker, struct request *q, struct response *r);
// The record of KIND at {id}, which may end in ".json", as JSON.
CHECKED enum err site_record_answer(
    struct ctx *c, struct request *q, struct response *r, const struct kind *kind);
// The same as CSV: a head and a row, columns as in the list's.
CHECKED enum err site_record_csv(
    struct ctx *c, struct request *q, struct response *r, const struct kind *kind);
// record.c: the row at {id} without its ending SUFFIX, as the viewer may see it.
CHECKED enum err site_record_row(struct ctx *c, struct request *q, const struct kind *kind,
    const char *suffix, const struct view **ret_view, struct value *ret_row);
// record_next.c: what came of the record that the viewer may see, list of {kind (its label), title,
// href}.
CHECKED enum err site_led_to(
    struct ctx *c, const struct kind *kind, int64_t id, struct value *ret_list);
// The new-record commands of KIND that the viewer may do now, as actions.
struct value site_new_actions(struct ctx *c, const struct kind *kind);

// ---- list.c, list_out.c
CHECKED enum err list_query(struct ctx *c, struct request *q, const struct view *v,
    struct view_query *ret_vq, const char **ret_search);
struct value list_cell(struct ctx *c, const struct view_column *column, const struct value *row);
// Data: const struct kind. <path>, <path>.json, <path>.csv
enum err site_handle_list(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_list_json(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_list_csv(void *app, void *worker, struct request *q, struct response *r);
// The record as the public JSON has it: the view's columns by name.
struct value site_record_json(struct ctx *c, const struct view *v, const struct value *row);

// ---- form.c, api.c, search_page.c, files.c. Data of the first four: const struct command.
enum err site_handle_form(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_post(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_api(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_api_unknown(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_openapi(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_search(void *app, void *worker, struct request *q, struct response *r);
enum err site_handle_file(void *app, void *worker, struct request *q, struct response *r);
// Stores uploads for COMMAND's file fields and returns a submission that has their ids instead.
CHECKED enum err site_store_files(struct ctx *c, const struct command *command,
    struct submission *s, const char **ret_field, const char **ret_why);
// The API's description, made from the registry.
void openapi_write(struct arena *a, const struct registry *registry, struct buf *out);
// What follows the kind in a command's name: "publish".
const char *command_verb(const struct command *command);
bool command_has_file(const struct registry *registry, const struct command *command);
// A public act was done through this process: cached pages of before it end now.
void site_after_act(struct ctx *c, const struct command *command);
