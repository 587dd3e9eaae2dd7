// SPDX-License-Identifier: Apache-2.0
// init, migrate, check.
#include "cli.h"

#include "accounts/accounts.h"
#include "find.h"
#include "map.h"
#include "str.h"
#include "transact.h"

// Every record of every kind put anew into the search indexes, some at a time, beside a running
// server.
enum { INDEX_STEP = 200 };

struct indexing {
    const struct kind *kind;
    int64_t after, n;
    bool done;
};

static enum err index_some(struct ctx *c, void *context)
{
    struct indexing *x = context;
    struct value rows;
    int64_t after = x->after, n = x->n;
    TRY(db_rows_sql(c->db, c->arena,
        arena_fmt(c->arena,
            "SELECT t.id AS id FROM %s t WHERE t.city = :city AND t.id > :after_id ORDER BY t.id "
            "LIMIT %d",
            x->kind->name, INDEX_STEP),
        ARGS(ARG("after_id", value_id(x->after))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        after = value_get_int(value_at(&rows, i), "id", 0);
        TRY(find_index(c, x->kind, after));
        n++;
    }
    x->done = value_len(&rows) < INDEX_STEP;
    x->after = after;
    x->n = n;
    return OK;
}

static enum err index_city(struct cli *c, const struct city *city, int64_t *ret_n)
{
    static char what[] = "search";
    const struct kind *k;
    size_t n_kinds = 0;
    while (registry_kind_at(c->office->registry, n_kinds)) {
        n_kinds++;
    }
    for (size_t i = 0; (k = registry_kind_at(c->office->registry, i)); i++) {
        struct indexing x = { .kind = k, .done = !k->search };
        while (!x.done) {
            struct arena step;
            arena_init(&step, 256 << 20);
            struct ctx ctx;
            ctx_system(&ctx, c->office, city, c->handle, &step);
            enum err e = transact(&ctx, index_some, &x);
            if (e != OK) {
                e = fail(&c->arena, e, "%s", step.detail ? step.detail : err_name(e));
            }
            arena_release(&step);
            TRY(e);
        }
        *ret_n += x.n;
        if (!c->quiet) {
            cli_progress(what, (double)(i + 1) / (double)n_kinds);
        }
    }
    return OK;
}

static enum err note_done(struct ctx *c, void *context)
{
    return db_exec(c->db, c->arena, "city.search_is_done", NO_ARGS, NULL);
}

// The city's indexes where ASKED, and where a migration said that they hold what is no longer true;
// it goes on saying so until they are made.
static enum err index_where_due(
    struct cli *c, const struct city *city, bool asked, int64_t *ret_n, size_t *ret_cities)
{
    struct ctx ctx;
    int64_t due = 0;
    ctx_system(&ctx, c->office, city, c->handle, &c->arena);
    TRY(db_int(ctx.db, ctx.arena, "city.search_due", NO_ARGS, &due));
    if (!due && !asked) {
        return OK;
    }
    if (due && !asked) {
        cli_say(c, "This version searches otherwise: the search indexes of %s are made anew.",
            city->name);
    }
    TRY(index_city(c, city, ret_n));
    ++*ret_cities;
    ctx_system(&ctx, c->office, city, c->handle, &c->arena);
    return transact(&ctx, note_done, NULL);
}

static int reindex(struct cli *c, bool asked)
{
    int64_t n = 0;
    size_t cities = 0;
    enum err e = office_load_cities(c->office, &c->arena);
    for (size_t i = 0; e == OK && i < c->office->n_cities; i++) {
        e = index_where_due(c, &c->office->cities[i], asked, &n, &cities);
    }
    if (e != OK) {
        return cli_failed(c, e, "migrate");
    }
    if (asked || cities) {
        cli_say(c, "Put %lld records into the search indexes.", (long long)n);
    }
    return EXIT_DONE;
}

int cli_migrate(struct cli *c)
{
    int code = cli_open(c, false, true);
    if (code != EXIT_DONE) {
        return code;
    }
    int applied = 0;
    enum err e = store_migrate(c->office->store, &c->arena, &applied);
    if (e != OK) {
        return cli_failed(c, e, "migrate");
    }
    cli_say(c, applied ? "Applied %d migrations." : "The schema is up to date already.", applied);
    return reindex(c, cli_option(c, "reindex") != NULL);
}

static const char *option_or(const struct cli *c, const char *name, const char *otherwise)
{
    const char *v = cli_option(c, name);
    return v && *v ? v : otherwise;
}

// The first administrator; without a password they sign in by mail link.
static int make_admin(struct cli *c, const char *email)
{
    const char *password = cli_read_password(c);
    struct new_user user = { .name = cli_option(c, "admin-name"),
        .email = email,
        .password = password && *password ? password : NULL,
        .roles = ROLE_ADMIN };
    int64_t id;
    ctx_system(
        &c->ctx, c->office, &c->office->cities[c->office->n_cities - 1], c->handle, &c->arena);
    c->ctx.via = "command line";
    enum err e = accounts_create_user(&c->ctx, &user, &id);
    if (e != OK) {
        return cli_failed(
            c, e, "the office is made, but not its administrator; `pilothouse user add` makes one");
    }
    cli_say(c, "%s is its administrator and signs in %s.", email,
        user.password ? "with that password" : "by a link in a mail");
    return EXIT_DONE;
}

int cli_init(struct cli *c)
{
    const char *name = cli_option(c, "name"), *email = cli_option(c, "admin-email");
    if (!name || !*name) {
        fputs("pilothouse init: say the city's name with --name 'City of Example'\n", stderr);
        return EXIT_USAGE;
    }
    if (!email != !cli_option(c, "admin-name")) {
        fputs("pilothouse init: --admin-email and --admin-name go together\n", stderr);
        return EXIT_USAGE;
    }
    int code = cli_open(c, true, true);
    if (code != EXIT_DONE) {
        return code;
    }
    enum err e = store_migrate(c->office->store, &c->arena, NULL);
    if (e != OK) {
        return cli_failed(c, e, "init");
    }
    struct new_city city = {
        .slug = option_or(c, "slug", str_slug(&c->arena, name)),
        .name = name,
        .office_name = option_or(c, "office", "Smart City Office"),
        .zone = option_or(c, "zone", "America/New_York"),
        .currency = option_or(c, "currency", "USD"),
        .host = option_or(c, "host", "127.0.0.1:8080"),
    };
    e = office_new_city(c->office, &c->arena, &city);
    if (e != OK) {
        return cli_failed(c, e, "init");
    }
    cli_say(c, "Made the office of %s in %s.", city.name, store_address(c->office->store));
    cli_say(c, "Its signing keys are in %s: keep a copy elsewhere, they are not in the database.",
        c->keys);
    return email ? make_admin(c, email) : EXIT_DONE;
}

// ---- check
// ---------------------------------------------------------------------------------------

struct missing {
    struct arena *arena;
    const struct locale *locale;
    bool print;      // one key a line, for whoever translates
    struct map seen; // a key that many templates and kinds share counts once
    int n, of;
};

static void count_message(void *context, const char *key)
{
    struct missing *m = context;
    if (map_get(&m->seen, key) || !key[strspn(key, "0123456789")]) { // a score says itself
        return;
    }
    map_put(&m->seen, key, m);
    m->of++;
    if (!locale_has(m->locale, key)) {
        m->n++;
        if (m->print) {
            puts(key);
        }
    }
}

static void count_kind(const struct kind *k, struct missing *m)
{
    count_message(m, k->label);
    count_message(m, k->plural);
    for (const struct state *s = k->states; s->name; s++) {
        count_message(m, s->label);
    }
    for (const struct field *f = k->fields; f && f->name; f++) {
        count_message(m, f->label);
        if (f->help) {
            count_message(m, f->help);
        }
        const char *at = f->choices, *value, *label;
        bool lists = f->type == FIELD_CHOICE || f->type == FIELD_CHOICES;
        while (lists && at && field_next_choice(m->arena, &at, &value, &label)) {
            count_message(m, label);
        }
    }
    for (const struct command *command = k->commands; command && command->name; command++) {
        count_message(m, command->label);
        if (command->help) {
            count_message(m, command->help);
        }
        if (command->done) {
            count_message(m, command->done);
        }
    }
    if (k->empty) {
        count_message(m, k->empty);
    }
}

static void count_all(const struct office *o, struct missing *m)
{
    templates_messages(o->templates, count_message, m);
    const struct kind *k;
    for (size_t i = 0; (k = registry_kind_at(o->registry, i)); i++) {
        count_kind(k, m);
    }
}

// check --missing TAG: nothing but the keys without a translation, so that they can go into a file.
static int print_missing(struct cli *c, const char *tag)
{
    struct missing m = {
        .arena = &c->arena, .locale = locales_get(c->ctx.city->locales, tag), .print = true
    };
    if (!m.locale) {
        fprintf(stderr, "pilothouse check: there is no catalogue locale/%s.json\n", tag);
        return EXIT_USAGE;
    }
    map_init(&m.seen, &c->arena);
    count_all(c->office, &m);
    return m.n ? EXIT_FOUND : EXIT_DONE;
}

int cli_check(struct cli *c)
{
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    const char *tag = cli_option(c, "missing");
    if (tag) {
        return print_missing(c, tag);
    }
    int queries = 0;
    enum err e = store_check_queries(c->office->store, &c->arena, &queries);
    if (e != OK) {
        return cli_failed(c, e, "queries");
    }
    cli_say(c, "Schema: up to date. Queries: all %d prepare.", queries);
    int found = 0;
    const struct locales *locales = c->ctx.city->locales;
    for (size_t i = 1; i < locales_count(locales); i++) {
        struct missing m = { .arena = &c->arena, .locale = locales_at(locales, i) };
        map_init(&m.seen, &c->arena);
        count_all(c->office, &m);
        cli_say(c, "Words: %s lacks %d of %d.", locale_name(m.locale), m.n, m.of);
        found += m.n > 0;
    }
    return found ? EXIT_FOUND : EXIT_DONE;
}
