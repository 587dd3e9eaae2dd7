// SPDX-License-Identifier: Apache-2.0
// /search: one index an audience, and every hit read again within the viewer's own scope, so that a
// conflict or a department's wall holds here, too.
#include "find.h"
#include "site.h"
#include "str.h"

enum { MAX_Q = 200, MAX_KINDS = 64 };

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

// The snippet as markup: escaped, with the words that were found marked.
static struct value snippet_value(struct ctx *c, const char *text)
{
    AUTO_BUF(out, 64 * 1024);
    bool open = false;
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '\2':
            buf_puts(&out, open ? "" : "<mark>");
            open = true;
            break;
        case '\3':
            buf_puts(&out, open ? "</mark>" : "");
            open = false;
            break;
        case '*':
        case '`':
            break; // marks of Markdown: the words are shown as they are
        case '&':
            buf_puts(&out, "&amp;");
            break;
        case '<':
            buf_puts(&out, "&lt;");
            break;
        case '>':
            buf_puts(&out, "&gt;");
            break;
        default:
            buf_putc(&out, *p);
        }
    }
    buf_puts(&out, open ? "</mark>" : "");
    return value_html(arena_strdup(c->arena, buf_text(&out)));
}

// The rows behind the hits of one kind, within the viewer's scope.
static enum err rows_of(struct ctx *c, const struct value *hits, const char *kind,
    const struct view **ret_view, struct value *ret_rows)
{
    int64_t ids[VIEW_PAGE];
    size_t n = 0;
    const struct view *v = site_view(c, kind);
    *ret_view = v;
    *ret_rows = value_list(c->arena);
    for (size_t i = 0; i < value_len(hits) && n < VIEW_PAGE; i++) {
        if (str_eq(value_get_text(value_at(hits, i), "kind", ""), kind)) {
            ids[n++] = value_get_int(value_at(hits, i), "id", 0);
        }
    }
    if (!v || v->nothing) {
        return OK;
    }
    const struct view_query vq = { .n_filters = 0 };
    const struct arg *args;
    const char *sql = view_ids_sql(c->arena, v, &vq, ids, n, &args);
    return db_rows_sql(c->db, c->arena, sql, args, ret_rows);
}

struct found_kind {
    const char *name;
    const struct view *view;
    struct value rows;
};

static const struct value *row_of(const struct found_kind *f, int64_t id)
{
    for (size_t i = 0; i < value_len(&f->rows); i++) {
        if (value_get_int(value_at(&f->rows, i), "id", 0) == id) {
            return value_at(&f->rows, i);
        }
    }
    return NULL;
}

static void add_hit(
    struct ctx *c, const struct found_kind *f, const struct value *hit, struct value *results)
{
    int64_t id = value_get_int(hit, "id", 0);
    const struct value *row = f->view ? row_of(f, id) : NULL;
    if (!row) {
        return;
    }
    const char *label, *badge;
    site_state(c, f->view->kind, row, &label, &badge);
    struct value item = value_object(c->arena);
    set(c, &item, "title", value_text(site_title(f->view->kind, row)));
    set(c, &item, "href", value_text(page_href(c, f->name, id)));
    set(c, &item, "kind", value_text(locale_message(c->locale, f->view->kind->label)));
    set(c, &item, "snippet", snippet_value(c, value_get_text(hit, "snippet", "")));
    set(c, &item, "badge", value_text(label));
    set(c, &item, "badge_kind", value_text(badge));
    set(c, &item, "made_up", value_bool(value_get_int(row, "is_made_up", 0) != 0));
    *value_push(c->arena, results) = item;
}

static enum err results_value(struct ctx *c, const struct value *hits, struct value *ret_results)
{
    struct found_kind *kinds = arena_array(c->arena, struct found_kind, MAX_KINDS);
    size_t n = 0;
    struct value results = value_list(c->arena);
    for (size_t i = 0; i < value_len(hits); i++) {
        const char *name = value_get_text(value_at(hits, i), "kind", "");
        size_t at = 0;
        while (at < n && !str_eq(kinds[at].name, name)) {
            at++;
        }
        if (at == n && n < MAX_KINDS) {
            kinds[n].name = name;
            TRY(rows_of(c, hits, name, &kinds[n].view, &kinds[n].rows));
            n++;
        }
        if (at < n) {
            add_hit(c, &kinds[at], value_at(hits, i), &results);
        }
    }
    *ret_results = results;
    return OK;
}

static struct value kinds_value(struct ctx *c, const char *chosen)
{
    struct value list = value_list(c->arena), all = value_object(c->arena);
    set(c, &all, "value", value_text(""));
    set(c, &all, "label", value_text(locale_message(c->locale, "Everything")));
    set(c, &all, "chosen", value_bool(!chosen));
    *value_push(c->arena, &list) = all;
    for (size_t i = 0; registry_kind_at(c->registry, i); i++) {
        const struct kind *k = registry_kind_at(c->registry, i);
        const struct view *v = site_view(c, k->name);
        if (!k->search || !v || v->nothing) {
            continue;
        }
        struct value item = value_object(c->arena);
        set(c, &item, "value", value_text(k->name));
        set(c, &item, "label", value_text(locale_message(c->locale, k->plural)));
        set(c, &item, "chosen", value_bool(str_eq(chosen, k->name)));
        *value_push(c->arena, &list) = item;
    }
    return list;
}

static const char *more_href(struct ctx *c, const char *q, const char *kind, const char *after)
{
    AUTO_BUF(out, 0);
    buf_fmt(&out, "%s/search?q=", site_prefix(c));
    site_encode(&out, q);
    if (kind) {
        buf_puts(&out, "&kind=");
        site_encode(&out, kind);
    }
    if (after) {
        buf_fmt(&out, "&after=%s", after);
    }
    return arena_strdup(c->arena, buf_text(&out));
}

static enum err fill(
    struct ctx *c, struct request *q, const char *words, const char *kind, struct value *search)
{
    struct find_page found;
    struct value results;
    int64_t before = 0;
    const char *after = request_query(q, "after");
    if (after && *after && !id_parse(&c->city->id_key, after, &before)) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "The address of this page is damaged. Search again.", NULL));
    }
    TRY(find_words(c, words, kind, before, &found));
    TRY(results_value(c, &found.hits, &results));
    struct value args = value_object(c->arena);
    set(c, &args, "n", value_int(found.count > 1000 ? 1000 : found.count));
    set(c, search, "count_text",
        before > 0
            ? VALUE_NULL
            : value_text(ctx_text(c,
                  found.is_partial ? "{n}+ found" : "{n, plural, one {# found} other {# found}}",
                  &args)));
    set(c, search, "has_results", value_bool(value_len(&results) > 0));
    set(c, search, "results", results);
    set(c, search, "next_href",
        found.next ? value_text(more_href(c, words, kind, ctx_id(c, found.next))) : VALUE_NULL);
    set(c, search, "first_href",
        before > 0 ? value_text(more_href(c, words, kind, NULL)) : VALUE_NULL);
    return OK;
}

enum err site_handle_search(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    struct value data = value_object(c->arena), search = value_object(c->arena);
    const char *words = request_query(q, "q"), *kind = request_query(q, "kind");
    words = words ? str_trim(c->arena, words) : "";
    kind = kind && registry_kind(c->registry, kind) ? kind : NULL;
    if (str_chars(words) > MAX_Q) {
        return fail(c->arena, ERR_INVALID, "%s",
            ctx_text(c, "Search for fewer words: this is too long.", NULL));
    }
    if (*words) {
        TRY(fill(c, q, words, kind, &search));
    }
    set(c, &search, "q", value_text(words));
    set(c, &search, "asked", value_bool(*words != '\0'));
    set(c, &search, "action", value_text(arena_fmt(c->arena, "%s/search", site_prefix(c))));
    set(c, &search, "kinds", kinds_value(c, kind));
    set(c, &data, "search", search);
    struct value page = site_page_value(c, &data);
    set(c, &page, "search_q", value_text(words));
    page_title(c, &data, locale_message(c->locale, "Search"));
    if (request_wants_json(q)) {
        return site_json(c, r, &search);
    }
    return site_render(c, q, r, "look/page-search.html", &data);
}
