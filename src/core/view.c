// SPDX-License-Identifier: Apache-2.0
#include "view.h"

#include "buf.h"
#include "record_ref.h"
#include "str.h"

const char *view_title_column(const struct registry *registry, const char *kind)
{
    const struct kind *k = registry_kind(registry, kind);
    if (k && k->title) {
        return k->title;
    }
    return !k && str_eq(kind, "person") ? "name" : "title";
}

bool view_shows(const struct field *f, enum audience audience, bool own)
{
    if (f->table || f->type == FIELD_SECRET || (f->flags & FIELD_INPUT)) {
        return false;
    }
    if (own) {
        return true;
    }
    if (f->flags & FIELD_IDENTIFIES) {
        return false;
    }
    switch (audience) {
    case AUDIENCE_PUBLIC:
        return (f->flags & FIELD_RELEASED) && !(f->flags & FIELD_PERSONAL);
    case AUDIENCE_OUTSIDE:
        return !(f->flags & FIELD_PERSONAL);
    default:
        return true;
    }
}

static void add_choices(struct arena *a, struct view_column *column, const char *choices)
{
    struct view_choice list[128];
    size_t n = 0;
    const char *at = choices;
    while (n < ARRAY_LEN(list) && field_next_choice(a, &at, &list[n].value, &list[n].label)) {
        n++;
    }
    column->choices = arena_memdup(a, list, n * sizeof(list[0]));
    column->n_choices = n;
}

static void add_states(struct arena *a, struct view_column *column, const struct kind *k)
{
    struct view_choice list[MAX_STATES];
    size_t n = 0;
    for (const struct state *s = k->states; s && s->name && n < MAX_STATES; s++) {
        list[n++] = (struct view_choice){ .value = s->name, .label = s->label };
    }
    column->choices = arena_memdup(a, list, n * sizeof(list[0]));
    column->n_choices = n;
}

static bool type_sorts(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
    case FIELD_YES_NO:
    case FIELD_MONEY:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_COUNT:
    case FIELD_NUMBER:
        return true;
    default:
        return false;
    }
}

static void add_field(struct arena *a, struct view *v, const struct field *f, size_t *n_refs)
{
    if (v->n_columns == VIEW_MAX_COLUMNS) {
        return;
    }
    struct view_column *column = &v->columns[v->n_columns++];
    *column = (struct view_column){
        .name = f->name,
        .label = f->label,
        .field = f,
        .ref_kind = ref_kind(f),
        .is_title = str_eq(f->name, v->title),
        .is_prose = f->type == FIELD_PROSE || f->type == FIELD_LIST,
        .numeric = f->type == FIELD_MONEY || f->type == FIELD_COUNT || f->type == FIELD_NUMBER,
        .sortable = type_sorts(f->type),
    };
    if (column->ref_kind) {
        column->ref_column = arena_fmt(a, "r%zu_title", ++*n_refs);
    }
    if (f->type == FIELD_CHOICE || f->type == FIELD_CHOICES) {
        add_choices(a, column, f->choices);
    }
}

static void add_own(struct view *v, const char *name, const char *label)
{
    if (v->n_columns < VIEW_MAX_COLUMNS && !view_column(v, name)) {
        v->columns[v->n_columns++] =
            (struct view_column){ .name = name, .label = label, .sortable = true };
    }
}

static void add_columns(struct arena *a, struct view *v, size_t *n_refs)
{
    // The title is what a record is called wherever it is seen, so it needs no release.
    const struct field *title = NULL;
    for (const struct field *f = v->kind->fields; f && f->name; f++) {
        if (str_eq(f->name, v->title) && !f->table) {
            title = f;
        }
    }
    if (title) {
        add_field(a, v, title, n_refs);
    } else {
        add_own(v, v->title, "Title");
        v->columns[0].is_title = true;
    }
    add_own(v, "state", "State");
    v->columns[v->n_columns - 1].is_state = true;
    add_states(a, &v->columns[v->n_columns - 1], v->kind);
    for (const struct field *f = v->kind->fields; f && f->name; f++) {
        if (f != title && !view_column(v, f->name) && view_shows(f, v->audience, false)) {
            add_field(a, v, f, n_refs);
        }
    }
    if (v->audience != AUDIENCE_PUBLIC && v->n_columns < VIEW_MAX_COLUMNS &&
        !view_column(v, "owner_id")) {
        v->columns[v->n_columns++] = (struct view_column){
            .name = "owner_id",
            .label = "Answers for it",
            .ref_kind = "person",
            .ref_column = arena_fmt(a, "r%zu_title", ++*n_refs),
        };
    }
    add_own(v, "created_at", "Created");
    add_own(v, "changed_at", "Changed");
}

const struct view_column *view_column(const struct view *v, const char *name)
{
    for (size_t i = 0; i < v->n_columns; i++) {
        if (str_eq(v->columns[i].name, name)) {
            return &v->columns[i];
        }
    }
    return NULL;
}

// The next of the words in a declaration, NULL at the end.
static const char *next_word(struct arena *a, const char **at)
{
    const char *s = *at + strspn(*at, " ");
    size_t len = strcspn(s, " ");
    *at = s + len;
    return len > 0 ? arena_strndup(a, s, len) : NULL;
}

static void pick(
    struct arena *a, struct view *v, const char *words, size_t *indexes, size_t max, size_t *ret_n)
{
    const char *at = words;
    const char *word;
    while (*ret_n < max && (word = next_word(a, &at))) {
        const struct view_column *column = view_column(v, word);
        if (column) {
            indexes[(*ret_n)++] = (size_t)(column - v->columns);
        }
    }
}

// A kind that names its orders is offered no other.
static void restrict_orders(struct arena *a, struct view *v)
{
    if (!v->kind->orders) {
        return;
    }
    bool ordered[VIEW_MAX_COLUMNS] = { false };
    const char *at = v->kind->orders, *word;
    while ((word = next_word(a, &at))) {
        for (size_t i = 0; i < v->n_columns; i++) {
            ordered[i] = ordered[i] || str_eq(v->columns[i].name, word);
        }
    }
    for (size_t i = 0; i < v->n_columns; i++) {
        v->columns[i].sortable = v->columns[i].sortable && ordered[i];
    }
}

// Further plain columns that the kind's phase may look at: small ones, never prose.
static bool phase_needs(const struct view *v, const struct field *f)
{
    return v->kind->phase && !f->table && f->type != FIELD_SECRET &&
           !(f->flags & (FIELD_INPUT | FIELD_PERSONAL | FIELD_IDENTIFIES)) &&
           f->type != FIELD_PROSE && f->type != FIELD_LIST;
}

static bool is_picked(const struct view *v, bool all, size_t column)
{
    bool picked = all || v->columns[column].is_title || v->columns[column].is_state;
    for (size_t i = 0; i < v->n_list && !picked; i++) {
        picked = v->list[i] == column;
    }
    return picked;
}

// What a column's value is read for besides being shown: a phase may look at any small one.
static bool is_read(const struct view *v, bool all, size_t column)
{
    const struct view_column *c = &v->columns[column];
    return is_picked(v, all, column) || (v->kind->phase && !c->is_prose && c->sortable);
}

// RET_FROM is where the FROM begins.
static const char *head_sql(struct arena *a, const struct registry *registry, const struct view *v,
    bool all, size_t *ret_from)
{
    AUTO_BUF(select, 0);
    AUTO_BUF(from, 0);
    buf_puts(&select, "SELECT t.id, t.rev, t.is_made_up, t.source_url");
    buf_fmt(&from, " FROM %s t", v->kind->name);
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct view_column *c = &v->columns[i];
        if (!is_read(v, all, i)) {
            continue;
        }
        buf_fmt(&select, ", t.%s", c->name);
        if (!c->ref_kind || !is_picked(v, all, i)) {
            continue;
        }
        int alias = (int)(strchr(c->ref_column, '_') - c->ref_column);
        buf_fmt(&select, ", %.*s.%s AS %s", alias, c->ref_column,
            view_title_column(registry, c->ref_kind), c->ref_column);
        buf_fmt(&from, " LEFT JOIN %s %.*s ON %.*s.city = t.city AND %.*s.id = t.%s", c->ref_kind,
            alias, c->ref_column, alias, c->ref_column, alias, c->ref_column, c->name);
        if (registry_kind(registry, c->ref_kind)) {
            buf_fmt(&from, " AND @scope(%s %.*s)", c->ref_kind, alias, c->ref_column);
        }
    }
    for (const struct field *f = v->kind->fields; f && f->name; f++) {
        if (phase_needs(v, f) && !view_column(v, f->name)) {
            buf_fmt(&select, ", t.%s", f->name);
        }
    }
    *ret_from = select.len;
    return arena_fmt(a, "%s%s WHERE t.city = :city AND @scope(%s t)", buf_text(&select),
        buf_text(&from), v->kind->name);
}

enum err view_new(struct arena *a, const struct registry *registry, const struct kind *kind,
    enum audience audience, const struct view **ret_view)
{
    struct view *v = arena_new(a, struct view);
    const char *scopes[] = { kind->scope.public, kind->scope.outside, kind->scope.office, "all" };
    v->kind = kind;
    v->audience = audience;
    v->nothing = !scopes[audience];
    v->title = kind->title ? kind->title : "title";
    size_t n_refs = 0;
    add_columns(a, v, &n_refs);
    if (v->n_columns == VIEW_MAX_COLUMNS) {
        return fail(a, ERR_TOO_LARGE, "The kind %s has more than %d columns.", kind->name,
            VIEW_MAX_COLUMNS - 1);
    }
    pick(a, v, kind->list ? kind->list : "title state changed_at", v->list, VIEW_MAX_COLUMNS,
        &v->n_list);
    if (v->n_list == 0) {
        v->list[v->n_list++] = 0;
    }
    pick(a, v, kind->filters ? kind->filters : "", v->filters, VIEW_MAX_FILTERS, &v->n_filters);
    for (size_t i = 0; i < v->n_columns; i++) {
        v->columns[i].is_listed = is_read(v, false, i);
    }
    size_t all_from;
    v->list_sql = head_sql(a, registry, v, false, &v->list_from);
    v->all_sql = head_sql(a, registry, v, true, &all_from);
    restrict_orders(a, v); // last: to a phase a small column is one that sorts
    *ret_view = v;
    return OK;
}
