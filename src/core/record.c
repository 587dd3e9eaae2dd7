// SPDX-License-Identifier: Apache-2.0
#include "ledger.h"
#include "site.h"
#include "str.h"

enum { MAX_TRAIL = 12, MAX_HISTORY = 100 };
enum { ACTIONS_SHOWN = 4 }; // as buttons; what else may be done is folded behind them

static void set(struct ctx *c, struct value *object, const char *key, struct value v)
{
    value_set(c->arena, object, key, v);
}

static enum err not_there(struct ctx *c)
{
    return fail(c->arena, ERR_NOT_FOUND, "%s",
        ctx_text(c, "There is no such record, or it isn't shown to you.", NULL));
}

const char *site_title(const struct kind *kind, const struct value *row)
{
    return value_get_text(row, kind->title ? kind->title : "title", "");
}

void site_state(struct ctx *c, const struct kind *kind, const struct value *row,
    const char **ret_label, const char **ret_badge)
{
    const char *label = NULL;
    const char *name = kind->phase ? kind->phase(c, row, &label) : NULL;
    if (!name) {
        name = value_get_text(row, "state", "");
    }
    *ret_badge = "neutral";
    for (const struct state *s = kind->states; s && s->name; s++) {
        if (str_eq(s->name, name)) {
            *ret_badge = s->badge ? s->badge : "neutral";
            label = label ? label : s->label;
        }
    }
    *ret_label = locale_message(c->locale, label ? label : name);
}

enum err site_row(struct ctx *c, const struct kind *kind, int64_t id, struct value *ret_row)
{
    struct value rows;
    const char *sql = arena_fmt(c->arena,
        "SELECT t.* FROM %s t WHERE t.city = :city AND t.id = :id AND @scope(%s t)", kind->name,
        kind->name);
    TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("id", value_id(id))), &rows));
    if (value_len(&rows) == 0) {
        return not_there(c);
    }
    *ret_row = *value_at(&rows, 0);
    return OK;
}

enum err page_record(struct ctx *c, struct request *q, const char *kind, struct value *ret_row)
{
    const struct kind *k = registry_kind(c->registry, kind);
    const char *text = site_without_suffix(c->arena, request_param(q, "id"), ".json");
    int64_t id;
    if (!k || !text || !id_parse(&c->city->id_key, text, &id)) {
        return not_there(c);
    }
    return site_row(c, k, id, ret_row);
}

// ---- facts
// ---------------------------------------------------------------------------------------

static bool is_own(const struct ctx *c, const struct value *row)
{
    int64_t person = value_get_int(row, "person_id", 0);
    return person != 0 && person == c->viewer.person;
}

static void add_fact(
    struct ctx *c, const struct value *row, const struct field *f, struct value *facts)
{
    const struct value *v = value_get(row, f->name);
    struct value fact = field_show(c, f, v);
    if ((!v || v->kind == V_NULL) && (f->flags & FIELD_UNKNOWN)) {
        const char *name = arena_fmt(c->arena, "%s_known_by_on", f->name);
        const struct value *by = value_get(row, name);
        if (by && by->kind == V_DATE) {
            struct value args = value_object(c->arena);
            set(c, &args, "when", *by);
            set(c, &fact, "text",
                value_text(ctx_text(c, "Not known yet; it will be by {when, date}", &args)));
        }
    }
    set(c, &fact, "made_up", VALUE_NULL);
    set(c, &fact, "source", VALUE_NULL);
    *value_push(c->arena, facts) = fact;
}

static struct value facts_value(
    struct ctx *c, const struct kind *k, const struct value *row, const char *names)
{
    struct value facts = value_list(c->arena);
    bool own = is_own(c, row);
    if (!names) {
        for (const struct field *f = k->fields; f && f->name; f++) {
            const struct value *v = value_get(row, f->name);
            bool is_title = str_eq(f->name, k->title ? k->title : "title");
            bool empty = (!v || v->kind == V_NULL) && !(f->flags & FIELD_UNKNOWN);
            if (!is_title && !empty && f->type != FIELD_HIDDEN && view_shows(f, c->audience, own)) {
                add_fact(c, row, f, &facts);
            }
        }
        return facts;
    }
    for (const char *at = names; *at;) {
        at += strspn(at, " ");
        size_t len = strcspn(at, " ");
        const struct field *f = kind_field(k, arena_strndup(c->arena, at, len));
        if (f && view_shows(f, c->audience, own)) {
            add_fact(c, row, f, &facts);
        }
        at += len;
    }
    return facts;
}

// ---- the trail
// -----------------------------------------------------------------------------------

static struct value stop_value(struct ctx *c, const char *label, const char *href, bool here)
{
    struct value stop = value_object(c->arena);
    set(c, &stop, "label", value_text(label));
    set(c, &stop, "href", here ? VALUE_NULL : value_text(href));
    set(c, &stop, "past", value_bool(!here));
    set(c, &stop, "here", value_bool(here));
    set(c, &stop, "current", value_bool(here));
    return stop;
}

// One step up: the parent's title and its own parent. Ends quietly where the viewer sees no more.
static bool step_up(struct ctx *c, const struct kind *k, int64_t id, struct value *ret_row)
{
    struct value rows;
    const char *parent = k->parent ? arena_fmt(c->arena, ", t.%s", k->parent) : "";
    const char *sql = arena_fmt(c->arena,
        "SELECT t.id, t.%s%s FROM %s t WHERE t.city = :city AND t.id = :id AND @scope(%s t)",
        k->title ? k->title : "title", parent, k->name, k->name);
    if (db_rows_sql(c->db, c->arena, sql, ARGS(ARG("id", value_id(id))), &rows) != OK ||
        value_len(&rows) == 0) {
        return false;
    }
    *ret_row = *value_at(&rows, 0);
    return true;
}

static struct value trail_value(struct ctx *c, const struct kind *k, const struct value *row)
{
    struct value up[MAX_TRAIL];
    size_t n = 0;
    up[n++] = stop_value(c, site_title(k, row), NULL, true);
    struct value at = *row;
    while (k->parent && n < MAX_TRAIL) {
        int64_t id = value_get_int(&at, k->parent, 0);
        const struct kind *parent = registry_kind(c->registry, k->parent_kind);
        if (id == 0 || !parent || !step_up(c, parent, id, &at)) {
            break;
        }
        up[n++] = stop_value(c, site_title(parent, &at), page_href(c, parent->name, id), false);
        k = parent;
    }
    struct value trail = value_list(c->arena);
    while (n > 0) {
        *value_push(c->arena, &trail) = up[--n];
    }
    return trail;
}

// ---- actions
// -------------------------------------------------------------------------------------

const char *command_verb(const struct command *command)
{
    const char *dot = strchr(command->name, '.');
    return dot ? dot + 1 : command->name;
}

// The first of those that lead the record ITSELF on is the one to press.
static void add_action(struct ctx *c, const struct command *command, const char *href,
    const char *closed, bool itself, struct value *actions)
{
    struct value action = value_object(c->arena);
    size_t n = value_len(actions);
    set(c, &action, "label", value_text(locale_message(c->locale, command->label)));
    set(c, &action, "href", closed ? VALUE_NULL : value_text(href));
    set(c, &action, "primary", value_bool(!closed && itself && n == 0 && command->to != SAME));
    set(c, &action, "closed_reason", closed ? value_text(closed) : VALUE_NULL);
    set(c, &action, "further", value_bool(!closed && n >= ACTIONS_SHOWN));
    *value_push(c->arena, actions) = action;
}

// Where a command leads: on, nowhere else, or to an end that nobody should press by chance.
enum way { ONWARD, HERE, ENDING };

static enum way way_of(const struct kind *k, const struct command *command)
{
    if (command->to == SAME) {
        return HERE;
    }
    return command->to >= 0 && str_eq(k->states[command->to].badge, "stopped") ? ENDING : ONWARD;
}

static bool offered(const struct ctx *c, const struct command *command)
{
    return !(command->flags & COMMAND_INNER) && (command->who & c->viewer.roles);
}

static enum err add_new(struct ctx *c, const struct kind *k, const char *query,
    const char *parent_id, struct value *actions)
{
    for (const struct command *command = k->commands; command && command->name; command++) {
        if (command->from != NEW || !offered(c, command)) {
            continue;
        }
        const char *why = NULL;
        enum err e = act_may(c, command, &VALUE_NULL, &why);
        if (e == OK) {
            const char *href =
                arena_fmt(c->arena, "%s%s/new/%s", site_prefix(c), k->path, command_verb(command));
            if (query) {
                href = arena_fmt(c->arena, "%s?%s=%s", href, query, parent_id);
            }
            add_action(c, command, href, NULL, !query, actions);
        } else if (e != ERR_DENIED && e != ERR_STATE && e != ERR_UNSIGNED && e != ERR_NOT_FOUND) {
            return e;
        }
    }
    return OK;
}

struct value site_new_actions(struct ctx *c, const struct kind *kind)
{
    struct value actions = value_list(c->arena);
    if (add_new(c, kind, NULL, NULL, &actions) != OK) {
        actions = value_list(c->arena);
    }
    return actions;
}

// The commands of the record's own kind, in the kind's order: those that may be done by the way
// they lead, and those that can't be done now.
static enum err add_own(struct ctx *c, const struct kind *k, const struct value *row, enum way way,
    struct value *actions, struct value *closed)
{
    const char *href = page_href(c, k->name, value_get_int(row, "id", 0));
    for (const struct command *command = k->commands; command && command->name; command++) {
        if (command->from == NEW || !offered(c, command) || way_of(k, command) != way) {
            continue;
        }
        const char *why = NULL;
        enum err e = act_may(c, command, row, &why);
        if (e == OK) {
            add_action(c, command, arena_fmt(c->arena, "%s/do/%s", href, command_verb(command)),
                NULL, way == ONWARD, actions);
        } else if (e == ERR_STATE) {
            add_action(c, command, NULL,
                why ? why : ctx_text(c, "Not possible in this state.", NULL), false, closed);
        } else if (e != ERR_DENIED && e != ERR_UNSIGNED && e != ERR_NOT_FOUND) {
            return e;
        }
    }
    return OK;
}

static enum err actions_value(
    struct ctx *c, const struct kind *k, const struct value *row, struct value *ret_actions)
{
    struct value actions = value_list(c->arena), closed = value_list(c->arena);
    TRY(add_own(c, k, row, ONWARD, &actions, &closed));
    TRY(add_own(c, k, row, HERE, &actions, &closed));
    // What may be begun from this record: a pitch for this call.
    for (size_t i = 0; registry_kind_at(c->registry, i); i++) {
        const struct kind *child = registry_kind_at(c->registry, i);
        if (child->parent && str_eq(child->parent_kind, k->name)) {
            TRY(add_new(c, child, child->parent, ctx_id(c, value_get_int(row, "id", 0)), &actions));
        }
    }
    TRY(add_own(c, k, row, ENDING, &actions, &closed));
    for (size_t i = 0; i < value_len(&closed); i++) {
        *value_push(c->arena, &actions) = *value_at(&closed, i);
    }
    *ret_actions = actions;
    return OK;
}

// ---- history
// -------------------------------------------------------------------------------------

static bool same_leaf(const struct value *a, const struct value *b)
{
    if (!a || !b || a->kind != b->kind) {
        return false;
    }
    return a->kind == V_TEXT || a->kind == V_HTML ? str_eq(a->text, b->text) : a->n == b->n;
}

// The fact of that label in an entry; NULL when the entry doesn't have it.
static const struct value *fact_text(const struct value *entry, const char *label)
{
    const struct value *facts = value_get(entry, "fields");
    for (size_t i = 0; i < value_len(facts); i++) {
        if (str_eq(value_get_text(value_at(facts, i), "label", ""), label)) {
            return value_get(value_at(facts, i), "text");
        }
    }
    return NULL;
}

// What entry I of the list changed; the value before is that of the next older entry that has one.
// Prose is not repeated here: it stands on the page.
static struct value entry_changes(struct ctx *c, const struct value *list, size_t i)
{
    struct value changes = value_list(c->arena);
    const struct value *facts = value_get(value_at(list, i), "fields");
    for (size_t j = 0; j < value_len(facts); j++) {
        const char *label = value_get_text(value_at(facts, j), "label", "");
        const struct value *after = value_get(value_at(facts, j), "text"), *before = NULL;
        for (size_t k = i + 1; k < value_len(list) && !before; k++) {
            before = fact_text(value_at(list, k), label);
        }
        if (!after || after->kind == V_NULL || same_leaf(before, after)) {
            continue;
        }
        struct value change = value_object(c->arena);
        set(c, &change, "label", value_text(label));
        set(c, &change, "before", before ? *before : VALUE_NULL);
        set(c, &change, "after", *after);
        *value_push(c->arena, &changes) = change;
    }
    return changes;
}

static enum err history_value(struct ctx *c, int64_t id, struct value *ret_history)
{
    struct value list, history = value_list(c->arena);
    TRY(ledger_history(c, id, MAX_HISTORY, &list));
    for (size_t i = 0; i < value_len(&list); i++) {
        const struct value *entry = value_at(&list, i);
        const struct value *at = value_get(entry, "at");
        const char *label = value_get_text(entry, "label", "");
        struct value item = value_object(c->arena);
        set(c, &item, "when", at ? *at : VALUE_NULL);
        set(c, &item, "who",
            value_text(value_get_text(entry, "who", locale_message(c->locale, "The office"))));
        set(c, &item, "what", value_text(label));
        set(c, &item, "why", value_text(value_get_text(entry, "reason", NULL)));
        set(c, &item, "href", VALUE_NULL);
        struct value changes = entry_changes(c, &list, i);
        set(c, &item, "has_changes", value_bool(value_len(&changes) > 0));
        set(c, &item, "changes", changes);
        *value_push(c->arena, &history) = item;
    }
    *ret_history = history;
    return OK;
}

// ---- the page
// ------------------------------------------------------------------------------------

enum err page_show_record(
    struct ctx *c, const char *kind, const struct value *row, const char *facts, struct value *data)
{
    const struct kind *k = registry_kind(c->registry, kind);
    if (!k) {
        return fail(c->arena, ERR_INTERNAL, "there is no kind %s", kind);
    }
    int64_t id = value_get_int(row, "id", 0);
    const char *label, *badge;
    site_state(c, k, row, &label, &badge);
    struct value record = value_object(c->arena), source = VALUE_NULL, actions, history, led_to;
    const char *url = value_get_text(row, "source_url", NULL);
    if (url && (str_starts(url, "https://") || str_starts(url, "http://"))) {
        source = value_object(c->arena);
        set(c, &source, "href", value_text(url));
        set(c, &source, "label", value_text(locale_message(c->locale, "Source")));
    }
    TRY(actions_value(c, k, row, &actions));
    // Who did what, and why, is for those who work inside; the public's account of a record is its
    // page.
    history = value_list(c->arena);
    if (c->audience == AUDIENCE_OFFICE) {
        TRY(history_value(c, id, &history));
    }
    set(c, &record, "kind", value_text(locale_message(c->locale, k->label)));
    set(c, &record, "title", value_text(site_title(k, row)));
    set(c, &record, "href", value_text(page_href(c, kind, id)));
    set(c, &record, "state", value_text(label));
    set(c, &record, "badge", value_text(badge));
    set(c, &record, "made_up", value_bool(value_get_int(row, "is_made_up", 0) != 0));
    set(c, &record, "source", source);
    set(c, &record, "facts", facts_value(c, k, row, facts));
    set(c, &record, "trail", trail_value(c, k, row));
    TRY(site_led_to(c, k, id, &led_to));
    set(c, &record, "has_led_to", value_bool(value_len(&led_to) > 0));
    set(c, &record, "led_to", led_to);
    set(c, &record, "has_actions", value_bool(value_len(&actions) > 0));
    set(c, &record, "actions", actions);
    set(c, &record, "has_history", value_bool(value_len(&history) > 0));
    set(c, &record, "history", history);
    set(c, &record, "rev", value_int(value_get_int(row, "rev", 0)));
    const struct view *v = site_view(c, k->name);
    set(c, &record, "data_href",
        v && !v->nothing ? value_text(page_href(c, k->name, id)) : VALUE_NULL);
    set(c, data, "record", record);
    page_title(c, data, site_title(k, row));
    return OK;
}

enum err site_record_row(struct ctx *c, struct request *q, const struct kind *kind,
    const char *suffix, const struct view **ret_view, struct value *ret_row)
{
    const struct view *v = site_view(c, kind->name);
    const char *text = site_without_suffix(c->arena, request_param(q, "id"), suffix);
    struct value rows;
    int64_t id;
    if (!v || v->nothing || !text || !id_parse(&c->city->id_key, text, &id)) {
        return not_there(c);
    }
    const char *sql = arena_fmt(c->arena, "%s AND t.id = :id", v->all_sql);
    TRY(db_rows_sql(c->db, c->arena, sql, ARGS(ARG("id", value_id(id))), &rows));
    if (value_len(&rows) == 0) {
        return not_there(c);
    }
    *ret_view = v;
    *ret_row = *value_at(&rows, 0);
    return OK;
}

enum err site_record_answer(
    struct ctx *c, struct request *q, struct response *r, const struct kind *kind)
{
    const struct view *v;
    struct value row, led_to;
    TRY(site_record_row(c, q, kind, ".json", &v, &row));
    struct value data = site_record_json(c, v, &row);
    TRY(site_led_to(c, kind, value_get_int(&row, "id", 0), &led_to));
    value_set(c->arena, &data, "version", value_int(1));
    value_set(c->arena, &data, "trail", trail_value(c, kind, &row));
    value_set(c->arena, &data, "led_to", led_to);
    return site_json(c, r, &data);
}

enum err site_handle_record(void *app, void *worker, struct request *q, struct response *r)
{
    struct ctx *c = &((struct site_worker *)worker)->ctx;
    const struct kind *k = request_route(q)->data;
    const char *param = request_param(q, "id");
    int64_t version = atomic_load(&c->office->site->version);
    struct value row, data = value_object(c->arena);
    if ((param && str_ends(param, ".json")) || request_wants_json(q)) {
        return site_record_answer(c, q, r, k);
    }
    if (param && str_ends(param, ".csv")) {
        return site_record_csv(c, q, r, k);
    }
    TRY(page_record(c, q, k->name, &row));
    TRY(page_show_record(c, k->name, &row, NULL, &data));
    TRY(site_render(c, q, r, "look/page-record.html", &data));
    site_cache(c, q, r, k->scope.public != NULL, version);
    return OK;
}
