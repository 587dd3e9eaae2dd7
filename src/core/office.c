// SPDX-License-Identifier: Apache-2.0
#include "office.h"

#include "embed.h"
#include "log.h"
#include "session.h"
#include "str.h"

#include <sodium.h>

enum { PROCESS_ARENA = 64 << 20 };

static bool is_under(const char *path, const char *folder, const char *ending)
{
    return str_starts(path, folder) && str_ends(path, ending);
}

static enum err load_queries(struct office *o)
{
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (str_ends(f->path, "queries.sql")) {
            TRY(queries_add(o->queries, &o->arena, f->path, f->data, f->len));
        }
    }
    return OK;
}

static enum err load_templates(struct office *o)
{
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (is_under(f->path, "office/", ".html") || is_under(f->path, "office/", ".txt")) {
            TRY(templates_add(
                o->templates, &o->arena, f->path + strlen("office/"), f->data, f->len));
        }
    }
    return OK;
}

static size_t load_migrations(struct office *o, const struct migration **ret_migrations)
{
    size_t n = 0;
    for (const struct embedded *f = embedded_files; f->path; f++) {
        n += is_under(f->path, "migrations/", ".sql");
    }
    struct migration *list = arena_array(&o->arena, struct migration, n + 1);
    size_t i = 0;
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (is_under(f->path, "migrations/", ".sql")) {
            // Sorted by path, so by number: "migrations/0001_core.sql".
            const char *name = f->path + strlen("migrations/");
            int64_t number = 0;
            bool numbered = str_i64(arena_strndup(&o->arena, name, strcspn(name, "_")), &number);
            list[i++] = (struct migration){ numbered ? (int)number : 0, name, f->data, f->len };
        }
    }
    *ret_migrations = list;
    return n;
}

static enum err open_store(struct office *o, const struct office_options *options)
{
    struct store_options s = {
        .address = options->db, .queries = o->queries, .currency = "USD", .create = options->create
    };
    s.n_migrations = load_migrations(o, &s.migrations);
    TRY(store_open(&o->arena, &s, &o->store));
    return options->skip_schema_check ? OK : store_check_schema(o->store, &o->arena);
}

// ---- cities
// --------------------------------------------------------------------------------------

static enum err load_locales(struct office *o, struct city *city)
{
    TRY(locales_new(&o->arena, city->zone, city->currency, &city->locales));
    // English first: it is the language of the keys, and the one taken when no other fits.
    TRY(locales_add(city->locales, &o->arena, "en", "{}", 2));
    for (const struct embedded *f = embedded_files; f->path; f++) {
        if (is_under(f->path, "locale/", ".json") && !str_ends(f->path, "/en.json")) {
            const char *name = f->path + strlen("locale/");
            const char *tag = arena_strndup(&o->arena, name, strlen(name) - strlen(".json"));
            TRY(locales_add(city->locales, &o->arena, tag, f->data, f->len));
        }
    }
    return OK;
}

static enum err load_city(struct office *o, const struct value *row, struct city *city)
{
    *city = (struct city){
        .id = value_get_int(row, "id", 0),
        .slug = value_get_text(row, "slug", ""),
        .name = value_get_text(row, "name", ""),
        .office_name = value_get_text(row, "office_name", ""),
        .zone = value_get_text(row, "zone", "UTC"),
        .currency = value_get_text(row, "currency", "USD"),
        .host = value_get_text(row, "host", ""),
        .is_demo = value_get_int(row, "is_demo", 0) != 0,
    };
    const struct value *key = value_get(row, "id_key_blob");
    if (!key || key->kind != V_BLOB || key->blob.len != ID_KEY_SIZE) {
        return fail(&o->arena, ERR_CORRUPT, "the city %s has no id key", city->slug);
    }
    memcpy(city->id_key.bytes, key->blob.data, ID_KEY_SIZE);
    return load_locales(o, city);
}

enum err office_load_cities(struct office *o, struct arena *detail)
{
    AUTO(db) db = NULL;
    TRY(db_open(o->store, detail, &db));
    struct value rows;
    TRY(db_rows(db, &o->arena, "city.all", NO_ARGS, &rows));
    size_t n = value_len(&rows);
    struct city *cities = arena_array(&o->arena, struct city, n + 1);
    for (size_t i = 0; i < n; i++) {
        enum err e = load_city(o, value_at(&rows, i), &cities[i]);
        if (e != OK) {
            return fail(
                detail, e, "%s", o->arena.detail ? o->arena.detail : "the city can't be read");
        }
    }
    o->cities = cities;
    o->n_cities = n;
    return OK;
}

const struct city *office_city(const struct office *o, const char *slug)
{
    if (!slug) {
        return o->n_cities == 1 ? &o->cities[0] : NULL;
    }
    for (size_t i = 0; i < o->n_cities; i++) {
        if (str_eq(o->cities[i].slug, slug)) {
            return &o->cities[i];
        }
    }
    return NULL;
}

// ---- life
// ----------------------------------------------------------------------------------------

static enum err open_parts(struct office *o, const struct office_options *options)
{
    TRY(registry_new(&o->arena, options->rooms, &o->registry));
    o->queries = queries_new();
    registry_scopes(o->registry, o->queries);
    TRY(load_queries(o));
    o->templates = templates_new();
    TRY(load_templates(o));
    TRY(open_store(o, options));
    return options->skip_schema_check ? OK : office_load_cities(o, &o->arena);
}

enum err office_open(
    struct arena *detail, const struct office_options *options, struct office **ret_office)
{
    if (sodium_init() < 0) {
        return fail(detail, ERR_INTERNAL, "the system's random numbers can't be had");
    }
    struct office *o = calloc(1, sizeof(*o));
    if (!o) {
        return fail(detail, ERR_INTERNAL, "out of memory");
    }
    arena_init(&o->arena, PROCESS_ARENA);
    o->key_folder = options->key_folder ? arena_strdup(&o->arena, options->key_folder) : NULL;
    o->smtp = options->smtp ? arena_strdup(&o->arena, options->smtp) : NULL;
    o->mail_from =
        options->mail_from ? arena_strdup(&o->arena, options->mail_from) : "pilothouse@localhost";
    o->base_url =
        options->base_url ? arena_strdup(&o->arena, options->base_url) : "http://127.0.0.1:8080";
    o->seen = seen_new();
    enum err e = open_parts(o, options);
    if (e != OK) {
        fail(detail, e, "%s", o->arena.detail ? o->arena.detail : "the office can't be opened");
        office_close(o);
        return e;
    }
    *ret_office = o;
    return OK;
}

void office_close(struct office *o)
{
    if (!o) {
        return;
    }
    for (size_t i = 0; i < o->n_cities; i++) {
        locales_free(o->cities[i].locales);
    }
    if (o->router) {
        router_free(o->router);
    }
    if (o->cache) {
        cache_free(o->cache);
    }
    if (o->store) {
        store_close(o->store);
    }
    if (o->templates) {
        templates_free(o->templates);
    }
    if (o->queries) {
        queries_free(o->queries);
    }
    seen_free(o->seen);
    arena_release(&o->arena);
    free(o);
}
