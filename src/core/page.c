// SPDX-License-Identifier: Apache-2.0
#include "page.h"

#include "json.h"
#include "site.h"
#include "str.h"

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static struct value text(const char *s)
{
    return value_text(s);
}

const struct view *site_view(const struct ctx *c, const char *kind)
{
    const struct view *const *views = map_get(&c->office->site->views, kind);
    return views ? views[c->audience] : NULL;
}

const char *site_prefix(const struct ctx *c)
{
    // People who are signed in have their language in a cookie; an address with a language is for
    // pages that are cached and shared.
    if (c->audience != AUDIENCE_PUBLIC || c->locale == locales_at(c->city->locales, 0)) {
        return "";
    }
    return arena_fmt(c->arena, "/%s", locale_tag(c->locale));
}

const char *page_href(struct ctx *c, const char *kind, int64_t id)
{
    const struct kind *k = registry_kind(c->registry, kind);
    if (!k) {
        return NULL;
    }
    return arena_fmt(c->arena, "%s%s/%s", site_prefix(c), k->path, ctx_id(c, id));
}

const char *page_path(struct ctx *c, const char *path)
{
    const char *prefix = site_prefix(c);
    return *prefix && *path == '/' ? arena_fmt(c->arena, "%s%s", prefix, path) : path;
}

struct value site_page_value(struct ctx *c, struct value *data)
{
    const struct value *page = value_get(data, "page");
    if (page && page->kind == V_OBJECT) {
        return *page;
    }
    struct value made = value_object(c->arena);
    set(c, data, "page", made);
    return made;
}

void page_title(struct ctx *c, struct value *data, const char *title)
{
    struct value page = site_page_value(c, data);
    set(c, &page, "title", text(title));
}

void site_encode(struct buf *out, const char *s)
{
    static const char hex[] = "0123456789ABCDEF";
    for (; *s; s++) {
        unsigned char byte = (unsigned char)*s;
        if ((byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
            (byte >= 'a' && byte <= 'z') || strchr("-._~", byte)) {
            buf_putc(out, *s);
        } else {
            buf_putc(out, '%');
            buf_putc(out, hex[byte >> 4]);
            buf_putc(out, hex[byte & 15]);
        }
    }
}

const char *site_without_suffix(struct arena *a, const char *s, const char *suffix)
{
    size_t len = s ? strlen(s) : 0, cut = strlen(suffix);
    return len > cut && str_ends(s, suffix) ? arena_strndup(a, s, len - cut) : s;
}

// ---- the layout's values
// -------------------------------------------------------------------------

static const char *audience_name(const struct ctx *c)
{
    return c->audience == AUDIENCE_OFFICE ? "office" : "public";
}

static bool is_current(const char *path, const char *href)
{
    if (str_eq(href, "/")) {
        return str_eq(path, "/");
    }
    size_t len = strlen(href);
    return str_starts(path, href) && (path[len] == '\0' || path[len] == '/');
}

static struct value nav_value(struct ctx *c, const struct request *q)
{
    static const char *keys[] = { "label", "href", "current", "count", "apart" };
    const struct site *s = c->office->site;
    const char *prefix = site_prefix(c);
    struct value list = value_list(c->arena);
    for (size_t i = 0; i < s->n_nav; i++) {
        const struct site_nav *n = &s->nav[i];
        if (!(n->who & c->viewer.roles)) {
            continue;
        }
        struct value *cells = arena_array(c->arena, struct value, ARRAY_LEN(keys));
        cells[0] = text(locale_message(c->locale, n->label));
        cells[1] = text(*prefix ? arena_fmt(c->arena, "%s%s", prefix, n->href) : n->href);
        cells[2] = value_bool(is_current(q->path, n->href));
        cells[4] = value_bool(n->apart);
        *value_push(c->arena, &list) = value_row(c->arena, keys, cells, ARRAY_LEN(keys));
    }
    return list;
}

static struct value languages_value(struct ctx *c, const struct request *q)
{
    struct value list = value_list(c->arena);
    size_t n = locales_count(c->city->locales);
    for (size_t i = 0; n > 1 && i < n; i++) {
        const struct locale *l = locales_at(c->city->locales, i);
        struct value item = value_object(c->arena);
        set(c, &item, "tag", text(locale_tag(l)));
        set(c, &item, "name", text(locale_name(l)));
        set(c, &item, "current", value_bool(l == c->locale));
        set(c, &item, "href", text(arena_fmt(c->arena, "%s?lang=%s", q->path, locale_tag(l))));
        *value_push(c->arena, &list) = item;
    }
    return list;
}

static struct value viewer_value(struct ctx *c)
{
    if (!c->viewer.person) {
        return VALUE_NULL;
    }
    AUTO_BUF(roles, 4096);
    for (uint32_t bit = ROLE_DIRECTOR; bit < 1u << ROLE_COUNT; bit <<= 1) {
        if ((c->viewer.roles & bit) && role_label(bit)) {
            buf_fmt(
                &roles, "%s%s", roles.len ? ", " : "", locale_message(c->locale, role_label(bit)));
        }
    }
    struct value v = value_object(c->arena);
    set(c, &v, "name", text(c->viewer.name));
    set(c, &v, "roles_text", text(arena_strdup(c->arena, buf_text(&roles))));
    return v;
}

// The cookie holds "key~command", both known words: nothing of it is shown but what they stand for.
static struct value flash_value(struct ctx *c, struct request *q, struct response *r)
{
    const char *cookie = request_cookie(q, "flash");
    const char *command = cookie ? strchr(cookie, '~') : NULL;
    if (!cookie || q->method != METHOD_GET) {
        return VALUE_NULL;
    }
    response_cookie(r, q, "flash", "", 0);
    const struct command *known = command ? registry_command(c->registry, command + 1, NULL) : NULL;
    if (!known) {
        return VALUE_NULL;
    }
    struct value args = value_object(c->arena), v = value_object(c->arena);
    set(c, &args, "what", text(locale_message(c->locale, known->label)));
    bool again = str_starts(cookie, "again~");
    set(c, &v, "kind", text("done"));
    set(c, &v, "text",
        text(!again && known->done
                 ? locale_message(c->locale, known->done)
                 : ctx_text(c, again ? "This was done already: {what}" : "Done: {what}", &args)));
    return v;
}

void site_flash(struct response *r, const struct request *q, const char *key, const char *command)
{
    char value[200];
    snprintf(value, sizeof(value), "%s~%s", key, command);
    response_cookie(r, q, "flash", value, 60);
}

static void fill_page(struct ctx *c, struct request *q, struct response *r, struct value *data)
{
    const struct site *s = c->office->site;
    struct value page = site_page_value(c, data);
    const char *lang = locale_tag(c->locale);
    const char *prefix = site_prefix(c);
    struct value languages = languages_value(c, q);
    set(c, &page, "lang", text(lang));
    set(c, &page, "dir", text(str_starts(lang, "ar") || str_starts(lang, "he") ? "rtl" : "ltr"));
    set(c, &page, "path", text(q->path));
    set(c, &page, "url", text(arena_fmt(c->arena, "%s%s%s", c->city->host, prefix, q->path)));
    set(c, &page, "home", text(*prefix ? prefix : "/"));
    set(c, &page, "prefix", text(prefix));
    set(c, &page, "audience", text(audience_name(c)));
    set(c, &page, "is_office", value_bool(c->audience == AUDIENCE_OFFICE));
    set(c, &page, "languages", languages);
    set(c, &page, "has_languages", value_bool(value_len(&languages) > 0));
    set(c, &page, "nav", nav_value(c, q));
    set(c, &page, "has_trail", value_bool(value_truthy(value_get(&page, "trail"))));
    set(c, &page, "flash", flash_value(c, q, r));
    set(c, &page, "css", text(s->css));
    set(c, &page, "js", text(s->js));
    set(c, &page, "font", text(s->font));
    set(c, &page, "icons", text(s->icons));
    set(c, &page, "favicon", text(s->favicon));
    set(c, &page, "csrf", text(c->viewer.csrf));
    set(c, &page, "demo", value_bool(c->city->is_demo));
    set(c, &page, "search_action", text(arena_fmt(c->arena, "%s/search", prefix)));
    if (!value_get(&page, "search_q")) {
        set(c, &page, "search_q", text(""));
    }
    struct value city = value_object(c->arena);
    set(c, &city, "name", text(c->city->name));
    set(c, &city, "office", text(c->city->office_name));
    set(c, data, "city", city);
    set(c, data, "viewer", viewer_value(c));
}

enum { USUAL_PAGE = 24 * 1024 }; // bytes: most pages grow in place

enum err site_render(
    struct ctx *c, struct request *q, struct response *r, const char *template, struct value *data)
{
    fill_page(c, q, r, data);
    struct render render = {
        .templates = c->office->templates,
        .locale = c->locale,
        .id_key = &c->city->id_key,
        .arena = c->arena,
    };
    buf_clear(&r->body);
    (void)buf_reserve(&r->body, USUAL_PAGE);
    if (!templates_has(c->office->templates, template)) {
        return fail(c->arena, ERR_INTERNAL, "there is no template %s", template);
    }
    TRY(mustache_render(&render, template, data, &r->body));
    response_header(r, "Content-Language", locale_tag(c->locale));
    if (c->viewer.person) {
        r->max_age = -1;
    }
    return OK;
}

// ---- JSON
// ----------------------------------------------------------------------------------------

enum err site_json(struct ctx *c, struct response *r, const struct value *data)
{
    buf_clear(&r->body);
    json_write(&r->body, &c->city->id_key, data);
    r->content_type = "application/json";
    if (c->viewer.person) {
        r->max_age = -1;
    } else {
        // Public data may be read by pages of other sites.
        response_header(r, "Access-Control-Allow-Origin", "*");
    }
    return buf_ok(&r->body) ? OK : fail(c->arena, ERR_TOO_LARGE, "The answer is too large.");
}

static void pick(struct arena *a, const char *path, const struct value *from, struct value *to)
{
    size_t len = strcspn(path, ".");
    bool is_last = path[len] == '\0';
    bool is_list = len > 2 && path[len - 1] == ']' && path[len - 2] == '[';
    const char *key = arena_strndup(a, path, is_list ? len - 2 : len);
    const struct value *there = value_get(from, key);
    if (!there) {
        return;
    }
    if (is_last) {
        value_set(a, to, key, *there);
        return;
    }
    const struct value *so_far = value_get(to, key);
    if (is_list) {
        struct value list = so_far ? *so_far : value_list(a);
        for (size_t i = 0; i < value_len(there); i++) {
            struct value item = value_at(&list, i) ? *value_at(&list, i) : value_object(a);
            if (i == value_len(&list)) {
                *value_push(a, &list) = item;
            }
            pick(a, path + len + 1, value_at(there, i), &item);
        }
        value_set(a, to, key, list);
    } else {
        struct value object = so_far ? *so_far : value_object(a);
        pick(a, path + len + 1, there, &object);
        value_set(a, to, key, object);
    }
}

enum err site_pick(struct arena *a, const char *spec, const struct value *data, struct value *ret_v)
{
    struct value v = value_object(a);
    size_t len = strcspn(spec, " ");
    int64_t version;
    if (!str_i64(arena_strndup(a, spec, len), &version)) {
        return fail(a, ERR_INTERNAL, "a page's JSON has no version: %s", spec);
    }
    value_set(a, &v, "version", value_int(version));
    for (const char *at = spec + len; *at;) {
        at += strspn(at, " ");
        len = strcspn(at, " ");
        if (len > 0) {
            pick(a, arena_strndup(a, at, len), data, &v);
        }
        at += len;
    }
    *ret_v = v;
    return arena_exhausted(a) ? fail(a, ERR_TOO_LARGE, "The page holds too much.") : OK;
}

// ---- pages of rooms
// ------------------------------------------------------------------------------

// "/calls/{id}" is asked for as "/calls/….json": the last parameter loses its ending.
static bool take_suffix(struct ctx *c, struct request *q, const char *pattern, const char *suffix)
{
    if (!str_ends(pattern, "}") || q->n_params == 0) {
        return false;
    }
    const struct web_field *last = &q->params[q->n_params - 1];
    if (!str_ends(last->value, suffix)) {
        return false;
    }
    struct web_field *params = arena_memdup(c->arena, q->params, q->n_params * sizeof(*params));
    params[q->n_params - 1].value = site_without_suffix(c->arena, last->value, suffix);
    q->params = params;
    return true;
}

enum err site_handle_page(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    const struct site_page *route = request_route(q)->data;
    const struct page *page = route->page;
    if (!(page->who & c->viewer.roles)) {
        return c->viewer.person
                   ? fail(c->arena, ERR_DENIED, "%s",
                         ctx_text(c, "This page is for people with another role.", NULL))
                   : fail(c->arena, ERR_UNSIGNED, "%s",
                         ctx_text(c, "Sign in to see this page.", NULL));
    }
    if (route->kind && take_suffix(c, q, page->pattern, ".csv")) {
        return site_record_csv(c, q, r, route->kind);
    }
    bool as_json = route->as_json || take_suffix(c, q, page->pattern, ".json");
    if (as_json && !page->json && route->kind) {
        return site_record_answer(c, q, r, route->kind);
    }
    // Read before the page's queries, so that what they find is never older than it says.
    int64_t version = atomic_load(&c->office->site->version);
    struct value data = value_object(c->arena);
    TRY(page->build(c, q, &data, r));
    if (page->flags & PAGE_BARE) {
        return OK;
    }
    if (r->status >= 300 && r->status < 400) {
        return OK;
    }
    if (page->json && (as_json || request_wants_json(q))) {
        struct value picked;
        TRY(site_pick(c->arena, page->json, &data, &picked));
        return site_json(c, r, &picked);
    }
    if (as_json) {
        return fail(
            c->arena, ERR_NOT_FOUND, "%s", ctx_text(c, "This page has no JSON of its own.", NULL));
    }
    TRY(site_render(c, q, r, page->template, &data));
    site_cache(c, q, r, page->flags & PAGE_PUBLIC, version);
    return OK;
}
