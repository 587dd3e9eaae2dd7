// SPDX-License-Identifier: Apache-2.0
// All addresses: pages of rooms first, then what every kind has without any code, then the core's
// own. Each page that people read also stands under each further language ("/es/calls").
#include "embed.h"
#include "site.h"
#include "str.h"

enum { CACHE_BYTES = 64 << 20, MAX_LANGUAGES = 32 };

struct adding {
    struct office *office;
    struct arena *a;
    const char *languages[MAX_LANGUAGES];
    size_t n_languages;
};

// What is there already stays: a room's own page wins over the generic one.
static enum err add_one(struct adding *to, enum method method, const char *pattern,
    handler_fn *handler, unsigned flags, const void *data)
{
    struct route route = { method, pattern, handler, flags, data };
    enum err e = router_add(to->office->router, &route);
    return e == ERR_EXISTS ? OK : e;
}

// A page for people: also under each language.
static enum err add_page(struct adding *to, enum method method, const char *pattern,
    handler_fn *handler, unsigned flags, const void *data)
{
    TRY(add_one(to, method, pattern, handler, flags, data));
    for (size_t i = 0; i < to->n_languages; i++) {
        const char *rest = str_eq(pattern, "/") ? "" : pattern;
        TRY(add_one(
            to, method, arena_fmt(to->a, "/%s%s", to->languages[i], rest), handler, flags, data));
    }
    return OK;
}

static void find_languages(struct adding *to)
{
    for (size_t i = 0; i < to->office->n_cities; i++) {
        const struct locales *all = to->office->cities[i].locales;
        for (size_t j = 1; j < locales_count(all); j++) {
            const char *tag = locale_tag(locales_at(all, j));
            bool known = false;
            for (size_t k = 0; k < to->n_languages; k++) {
                known = known || str_eq(to->languages[k], tag);
            }
            if (!known && to->n_languages < MAX_LANGUAGES) {
                to->languages[to->n_languages++] = tag;
            }
        }
    }
}

// ---- rooms' pages
// --------------------------------------------------------------------------------

static const struct kind *kind_at_pattern(const struct registry *registry, const char *pattern)
{
    size_t len = strlen(pattern), cut = strlen("/{id}");
    for (size_t i = 0; registry_kind_at(registry, i); i++) {
        const struct kind *k = registry_kind_at(registry, i);
        if (len > cut && strlen(k->path) == len - cut && str_starts(pattern, k->path) &&
            str_ends(pattern, "/{id}")) {
            return k;
        }
    }
    return NULL;
}

static enum err add_room_page(struct adding *to, const struct page *page)
{
    struct site_page *html = arena_new(to->a, struct site_page);
    unsigned flags = (page->flags & PAGE_PUBLIC ? ROUTE_CACHED : 0u) |
                     (page->flags & PAGE_SLOW ? ROUTE_SLOW : 0u);
    html->page = page;
    html->kind = kind_at_pattern(to->office->registry, page->pattern);
    TRY(add_page(to, METHOD_GET, page->pattern, site_handle_page, flags, html));
    if (page->flags & PAGE_POST) {
        unsigned posted = flags | (page->flags & PAGE_UPLOAD ? ROUTE_UPLOAD | ROUTE_SLOW : 0u);
        TRY(add_page(to, METHOD_POST, page->pattern, site_handle_page, posted, html));
    }
    if (!page->json || str_ends(page->pattern, "}")) {
        return OK;
    }
    struct site_page *json = arena_new(to->a, struct site_page);
    *json = (struct site_page){ .page = page, .as_json = true };
    const char *pattern =
        str_eq(page->pattern, "/") ? "/index.json" : arena_fmt(to->a, "%s.json", page->pattern);
    return add_one(to, METHOD_GET, pattern, site_handle_page, flags, json);
}

static enum err add_rooms(struct adding *to)
{
    for (size_t i = 0; registry_room(to->office->registry, i); i++) {
        const struct room *room = registry_room(to->office->registry, i);
        for (const struct page *p = room->pages; p && p->pattern; p++) {
            TRY(add_room_page(to, p));
        }
    }
    return OK;
}

// The place that a room gives ADDRESS in the navigation, and its rank; NULL when none does.
static const struct nav_place *placed(
    const struct registry *registry, const char *address, size_t *ret_rank)
{
    for (size_t i = 0; registry_room(registry, i); i++) {
        const struct nav_place *places = registry_room(registry, i)->nav;
        for (size_t rank = 0; places && places[rank].path; rank++) {
            if (str_eq(places[rank].path, address)) {
                *ret_rank = rank;
                return &places[rank];
            }
        }
    }
    *ret_rank = SIZE_MAX;
    return NULL;
}

// Adds it where its rank says; those without a rank stay in the order of the rooms.
static void add_nav(struct site *s, const struct registry *registry, const char *label,
    const char *href, uint32_t who)
{
    struct site_nav n = { .label = label, .href = href, .who = who };
    const struct nav_place *place = placed(registry, href, &n.rank);
    if (place) {
        n.label = place->label ? place->label : label;
        n.who = place->who ? place->who : who;
        n.apart = place->apart;
    }
    bool there = !n.label || !n.who;
    for (size_t i = 0; i < s->n_nav; i++) {
        there = there || str_eq(s->nav[i].href, href); // a page in place of the kind's own list
    }
    if (there) {
        return;
    }
    size_t at = s->n_nav++;
    for (; at > 0 && s->nav[at - 1].rank > n.rank; at--) {
        s->nav[at] = s->nav[at - 1];
    }
    s->nav[at] = n;
}

static void find_nav(struct adding *to, struct site *s)
{
    const struct registry *registry = to->office->registry;
    size_t most = 0;
    for (size_t i = 0; registry_room(registry, i); i++) {
        for (const struct page *p = registry_room(registry, i)->pages; p && p->pattern; p++) {
            most++;
        }
    }
    for (size_t i = 0; registry_kind_at(registry, i); i++) {
        most++;
    }
    s->nav = arena_array(to->a, struct site_nav, most);
    for (size_t i = 0; registry_room(registry, i); i++) {
        const struct room *room = registry_room(registry, i);
        for (const struct page *p = room->pages; p && p->pattern; p++) {
            add_nav(s, registry, p->nav, p->pattern, p->nav ? p->who : 0);
        }
        for (const struct kind *const *k = room->kinds; k && *k; k++) {
            add_nav(s, registry, (*k)->plural, (*k)->path, (*k)->nav);
        }
    }
}

// ---- what every kind has
// -------------------------------------------------------------------------

static unsigned lane_of(const struct registry *registry, const struct command *command)
{
    bool has_file = command_has_file(registry, command);
    return (command->flags & COMMAND_SLOW || has_file ? ROUTE_SLOW : 0u) |
           (has_file ? ROUTE_UPLOAD : 0u);
}

static enum err add_command(struct adding *to, const struct kind *k, const struct command *command)
{
    if (command->flags & COMMAND_INNER) {
        return OK;
    }
    unsigned lane = lane_of(to->office->registry, command);
    const char *api = arena_fmt(to->a, "/api/v1/do/%s", command->name);
    // The handler checks cookies' tokens itself; bearer tokens need none.
    TRY(add_one(to, METHOD_POST, api, site_handle_api, lane | ROUTE_NO_CSRF, command));
    const char *pattern = arena_fmt(to->a, command->from == NEW ? "%s/new/%s" : "%s/{id}/do/%s",
        k->path, command_verb(command));
    TRY(add_page(to, METHOD_GET, pattern, site_handle_form, 0, command));
    return add_page(to, METHOD_POST, pattern, site_handle_post, lane, command);
}

static enum err add_kind(struct adding *to, const struct kind *k)
{
    unsigned cached = k->scope.public ? ROUTE_CACHED : 0u;
    TRY(add_page(to, METHOD_GET, k->path, site_handle_list, cached, k));
    TRY(add_page(
        to, METHOD_GET, arena_fmt(to->a, "%s/{id}", k->path), site_handle_record, cached, k));
    TRY(add_one(to, METHOD_GET, arena_fmt(to->a, "%s.json", k->path), site_handle_list_json, 0, k));
    TRY(add_one(
        to, METHOD_GET, arena_fmt(to->a, "%s.csv", k->path), site_handle_list_csv, ROUTE_SLOW, k));
    for (const struct command *command = k->commands; command && command->name; command++) {
        TRY(add_command(to, k, command));
    }
    return OK;
}

static enum err add_kinds(struct adding *to)
{
    for (size_t i = 0; registry_kind_at(to->office->registry, i); i++) {
        TRY(add_kind(to, registry_kind_at(to->office->registry, i)));
    }
    return OK;
}

static enum err add_core(struct adding *to)
{
    TRY(add_page(to, METHOD_GET, "/search", site_handle_search, 0, NULL));
    TRY(add_one(to, METHOD_GET, "/files/{id}", site_handle_file, ROUTE_SLOW, NULL));
    TRY(add_one(to, METHOD_GET, "/files/{id}/{name}", site_handle_file, ROUTE_SLOW, NULL));
    TRY(add_one(to, METHOD_GET, "/api/v1/openapi.json", site_handle_openapi, 0, NULL));
    return add_one(
        to, METHOD_POST, "/api/v1/do/{command}", site_handle_api_unknown, ROUTE_NO_CSRF, NULL);
}

// ---- files of the executable
// ---------------------------------------------------------------------

static const char *asset_type(const char *path)
{
    static const char *const types[][2] = {
        { ".css", "text/css; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".svg", "image/svg+xml" },
        { ".woff2", "font/woff2" },
        { ".png", "image/png" },
        { ".webp", "image/webp" },
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (str_ends(path, types[i][0])) {
            return types[i][1];
        }
    }
    return NULL;
}

static void add_assets(struct adding *to, struct site *s)
{
    for (const struct embedded *f = embedded_files; f->path; f++) {
        const char *type = str_starts(f->path, "assets/") ? asset_type(f->path) : NULL;
        if (!type) {
            continue;
        }
        const char *address = arena_fmt(to->a, "/%s", f->path);
        const char *name = f->path + strlen("assets/");
        cache_static(to->office->cache, address, type, f->data, f->len);
        if (str_starts(name, "app.") && str_ends(name, ".css")) {
            s->css = address;
        } else if (str_starts(name, "app.") && str_ends(name, ".js")) {
            s->js = address;
        } else if (str_starts(name, "icons.")) {
            s->icons = address;
        } else if (str_starts(name, "favicon.")) {
            s->favicon = address;
        } else if (str_starts(name, "public-sans.")) {
            s->font = address;
        }
    }
}

enum err site_views(struct site *s, struct arena *a)
{
    map_init(&s->views, a);
    for (size_t i = 0; registry_kind_at(s->office->registry, i); i++) {
        const struct kind *k = registry_kind_at(s->office->registry, i);
        const struct view **views = arena_array(a, const struct view *, STORE_AUDIENCES);
        for (int audience = 0; audience < STORE_AUDIENCES; audience++) {
            TRY(view_new(a, s->office->registry, k, (enum audience)audience, &views[audience]));
        }
        map_put(&s->views, k->name, views);
    }
    return OK;
}

static enum err add_all(struct adding *to, struct site *s)
{
    TRY(site_views(s, to->a));
    find_languages(to);
    find_nav(to, s);
    add_assets(to, s);
    TRY(add_rooms(to));
    TRY(add_core(to));
    TRY(add_kinds(to));
    AUTO_BUF(openapi, 0);
    openapi_write(to->a, to->office->registry, &openapi);
    s->openapi = arena_memdup(to->a, buf_text(&openapi), openapi.len + 1);
    s->openapi_len = openapi.len;
    return OK;
}

enum err office_routes(struct office *o, struct arena *detail)
{
    o->router = router_new();
    o->cache = cache_new(CACHE_BYTES);
    o->site = arena_new(&o->arena, struct site);
    o->site->office = o;
    struct adding to = { .office = o, .a = &o->arena };
    enum err e = o->router && o->cache ? add_all(&to, o->site) : ERR_UNAVAILABLE;
    return e == OK ? OK
                   : fail(detail, e, "%s",
                         o->arena.detail ? o->arena.detail : "the routes can't be made");
}
