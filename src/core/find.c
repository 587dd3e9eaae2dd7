// SPDX-License-Identifier: Apache-2.0
#include "find.h"

#include "record_ref.h"
#include "room.h"
#include "site.h"
#include "str.h"

// How many hits of "outside" one page looks at: the next one goes on from there.
enum { MOST_LOOKED_AT = 1000, COUNT_MOST = 1001 };

// ---- putting in ---------------------------------------------------------------------------------

static void add_words(struct ctx *c, const struct kind *k, const struct value *row,
    enum audience audience, struct buf *text)
{
    for (const char *at = k->search; *at;) {
        size_t len = strcspn(at, " ");
        const char *name = arena_strndup(c->arena, at, len);
        const struct value *v = value_get(row, name);
        const struct field *f = kind_field(k, name);
        bool shown = !f || view_shows(f, audience, false);
        if (shown && v && v->kind == V_TEXT) {
            buf_puts(text, v->text);
            buf_putc(text, '\n');
        } else if (shown && v && v->kind == V_ID && f && ref_kind(f)) {
            const char *title = ref_title(c, ref_kind(f), v->n);
            buf_fmt(text, "%s\n", title ? title : "");
        }
        at += len + (at[len] == ' ');
    }
}

// Whether somebody of the audience sees it who has nothing to do with it.
static enum err in_sight(
    struct ctx *c, const struct kind *k, int64_t id, enum audience audience, bool *ret_yes)
{
    struct ctx reader = *c;
    reader.audience = audience;
    reader.titles = NULL;
    reader.viewer = (struct viewer){ .roles = ROLE_PUBLIC };
    ctx_bind(&reader);
    struct value rows;
    enum err e = db_rows_sql(c->db, c->arena, ref_sql(c, k->name, "t.id AS id", "AND t.id = :id"),
        ARGS(ARG("id", value_id(id))), &rows);
    ctx_bind(c);
    TRY(e);
    *ret_yes = value_len(&rows) > 0;
    return OK;
}

static enum err put(struct ctx *c, const char *index, enum audience audience, const struct kind *k,
    const struct value *row)
{
    AUTO_BUF(text, 1 << 20);
    add_words(c, k, row, audience, &text);
    return db_search_put(c->db, c->arena, index, k->name, value_get_int(row, "id", 0),
        value_get_text(row, ref_title_column(c, k->name), ""), buf_text(&text));
}

// A scope that is "$.state = 'x'" or begins with "$.state = 'x' AND" shows no other state.
static bool may_show(const char *scope, const struct value *row)
{
    static const char begins[] = "$.state = '";
    if (row->kind != V_OBJECT) {
        return false;
    }
    const char *more = str_starts(scope, begins) ? scope + sizeof(begins) - 1 : NULL;
    size_t len = more ? strcspn(more, "'") : 0;
    if (!more || strstr(more, " OR ") ||
        !(str_eq(more + len, "'") || str_starts(more + len, "' AND "))) {
        return true;
    }
    const char *state = value_get_text(row, "state", "");
    return strlen(state) == len && strncmp(state, more, len) == 0;
}

static enum err index_office(struct ctx *c, const struct kind *k, const struct value *row)
{
    bool seen = true;
    int64_t id = value_get_int(row, "id", 0);
    if (k->search_in_sight) {
        TRY(in_sight(c, k, id, AUDIENCE_OFFICE, &seen));
    }
    return seen ? put(c, "office", AUDIENCE_OFFICE, k, row)
                : db_search_drop(c->db, c->arena, "office", id);
}

// BEFORE: the row as it was, V_NULL when it is new, NULL when that isn't known.
static enum err index_row(
    struct ctx *c, const struct kind *k, const struct value *row, const struct value *before)
{
    const struct scope *s = &k->scope;
    int64_t id = value_get_int(row, "id", 0);
    bool wider = s->outside && !(s->public && str_eq(s->outside, s->public)), shown = false;
    if (s->office) {
        TRY(index_office(c, k, row));
    }
    if (s->public && (!before || may_show(s->public, row) || may_show(s->public, before))) {
        TRY(in_sight(c, k, id, AUDIENCE_PUBLIC, &shown));
        TRY(shown ? put(c, "public", AUDIENCE_PUBLIC, k, row)
                  : db_search_drop(c->db, c->arena, "public", id));
    } // else it wasn't there before and isn't now
    if (!wider) {
        return OK;
    }
    return shown ? db_search_drop(c->db, c->arena, "outside", id)
                 : put(c, "outside", AUDIENCE_OUTSIDE, k, row);
}

enum err find_index(struct ctx *c, const struct kind *k, int64_t id)
{
    if (!k->search) {
        return OK;
    }
    const char *sql =
        arena_fmt(c->arena, "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id", k->name);
    struct value rows;
    TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("id", value_id(id))), &rows));
    return value_len(&rows) ? index_row(c, k, value_at(&rows, 0), NULL) : OK;
}

enum err find_index_row(
    struct ctx *c, const struct kind *k, const struct value *row, const struct value *before)
{
    return k->search ? index_row(c, k, row, before) : OK;
}

// ---- finding ------------------------------------------------------------------------------------

struct looking {
    const char *words, *kind;
    int64_t before;
    bool counts; // all that may be seen, not only a page of it
};

// Those of HITS that are in the reader's scope are added to LIST, in their order.
static enum err keep_seen(struct ctx *c, const struct value *hits, struct value *list)
{
    bool seen[VIEW_PAGE] = { false }, asked[VIEW_PAGE] = { false };
    size_t n = value_len(hits);
    for (size_t i = 0; i < n; i++) {
        const char *kind = value_get_text(value_at(hits, i), "kind", "");
        const struct view *v = asked[i] ? NULL : site_view(c, kind);
        int64_t ids[VIEW_PAGE];
        size_t at[VIEW_PAGE], m = 0;
        for (size_t j = i; v && !v->nothing && j < n; j++) {
            if (str_eq(value_get_text(value_at(hits, j), "kind", ""), kind)) {
                ids[m] = value_get_int(value_at(hits, j), "id", 0);
                at[m++] = j;
                asked[j] = true;
            }
        }
        if (!m) {
            continue;
        }
        struct value rows;
        const struct arg *args;
        const struct view_query vq = { .n_filters = 0 };
        const char *sql = view_ids_sql(c->arena, v, &vq, ids, m, &args);
        TRY(db_rows_sql(c->db, c->arena, sql, args, &rows));
        for (size_t j = 0; j < value_len(&rows) * m; j++) {
            const struct value *row = value_at(&rows, j / m);
            seen[at[j % m]] |= value_get_int(row, "id", 0) == ids[j % m];
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (seen[i]) {
            *value_push(c->arena, list) = *value_at(hits, i);
        }
    }
    return OK;
}

// *ret_next: where to go on because this looked at as many as it may; 0: it needn't.
static enum err find_own(
    struct ctx *c, const struct looking *l, struct value *ret_hits, int64_t *ret_next)
{
    struct value list = value_list(c->arena);
    int64_t before = l->before;
    bool stops = false;
    for (int looked = 0; !stops && looked < MOST_LOOKED_AT; looked += VIEW_PAGE) {
        struct value hits;
        TRY(db_search(
            c->db, c->arena, "outside", l->words, l->kind, before, VIEW_PAGE, &hits, NULL));
        size_t n = value_len(&hits);
        TRY(keep_seen(c, &hits, &list));
        stops = n < VIEW_PAGE || (!l->counts && value_len(&list) >= VIEW_PAGE);
        before = n ? value_get_int(value_at(&hits, n - 1), "id", 0) : 0;
    }
    *ret_hits = list;
    *ret_next = stops ? 0 : before;
    return OK;
}

// Both have the newest first; of ONE only what is newer than FROM, as far as TWO was looked at.
static struct value merge(
    struct ctx *c, const struct value *one, const struct value *two, int64_t from)
{
    struct value newer = value_list(c->arena);
    for (size_t i = 0; i < value_len(one); i++) {
        if (value_get_int(value_at(one, i), "id", 0) > from) {
            *value_push(c->arena, &newer) = *value_at(one, i);
        }
    }
    one = &newer;
    struct value list = value_list(c->arena);
    for (size_t i = 0, j = 0; i + j < VIEW_PAGE && i + j < value_len(one) + value_len(two);) {
        bool first = j == value_len(two) ||
                     (i < value_len(one) && value_get_int(value_at(one, i), "id", 0) >
                                                value_get_int(value_at(two, j), "id", 0));
        *value_push(c->arena, &list) = first ? *value_at(one, i++) : *value_at(two, j++);
    }
    return list;
}

enum err find_words(
    struct ctx *c, const char *words, const char *kind, int64_t before, struct find_page *ret_page)
{
    const char *index = c->audience == AUDIENCE_OFFICE ? "office" : "public";
    struct find_page p = { .count = 0 };
    int64_t stopped = 0;
    TRY(db_search(c->db, c->arena, index, words, kind, before, VIEW_PAGE, &p.hits, &p.count));
    if (c->audience == AUDIENCE_OUTSIDE) {
        struct value own;
        struct looking l = { words, kind, before, before == 0 };
        TRY(find_own(c, &l, &own, &stopped));
        p.hits = merge(c, &p.hits, &own, stopped);
        p.count += (int64_t)value_len(&own);
    }
    p.is_partial = stopped > 0 || p.count >= COUNT_MOST;
    p.count = p.count > COUNT_MOST ? COUNT_MOST : p.count;
    size_t n = value_len(&p.hits);
    p.next = n == VIEW_PAGE ? value_get_int(value_at(&p.hits, n - 1), "id", 0) : stopped;
    *ret_page = p;
    return OK;
}
