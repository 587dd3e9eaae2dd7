// SPDX-License-Identifier: Apache-2.0
// init, migrate, backup, restore, check.
#include "cli.h"

#include "clock.h"
#include "map.h"
#include "str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

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
    return EXIT_DONE;
}

static const char *option_or(const struct cli *c, const char *name, const char *otherwise)
{
    const char *v = cli_option(c, name);
    return v && *v ? v : otherwise;
}

int cli_init(struct cli *c)
{
    const char *name = cli_option(c, "name");
    if (!name || !*name) {
        fputs("pilothouse init: say the city's name with --name 'City of Example'\n", stderr);
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
    return EXIT_DONE;
}

// ---- backup
// --------------------------------------------------------------------------------------

static bool copy_file(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = out >= 0;
    char piece[65536];
    ssize_t n = 0;
    while (good && (n = read(in, piece, sizeof(piece))) > 0) {
        good = write(out, piece, (size_t)n) == n;
    }
    good = good && n == 0 && fsync(out) == 0;
    if (in >= 0) {
        close(in);
    }
    if (out >= 0) {
        close(out);
    }
    return good;
}

// Copies every *.key from one folder to another; -1 when one can't be copied, else how many.
static int copy_keys(struct arena *a, const char *from, const char *to)
{
    DIR *folder = opendir(from);
    int n = 0;
    for (struct dirent *entry; folder && n >= 0 && (entry = readdir(folder));) {
        if (str_ends(entry->d_name, ".key")) {
            bool good = copy_file(arena_fmt(a, "%s/%s", from, entry->d_name),
                arena_fmt(a, "%s/%s", to, entry->d_name));
            n = good ? n + 1 : -1;
        }
    }
    if (folder) {
        closedir(folder);
    }
    return n;
}

int cli_backup(struct cli *c)
{
    if (c->n_rest != 1) {
        fputs("pilothouse backup: say into which folder\n", stderr);
        return EXIT_USAGE;
    }
    const char *folder = c->rest[0];
    if (mkdir(folder, 0700) != 0) {
        fprintf(stderr, "pilothouse backup: %s can't be made: %s\n", folder, strerror(errno));
        return EXIT_REFUSED;
    }
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    static char what[] = "backup";
    enum err e = store_backup(c->office->store, &c->arena,
        arena_fmt(&c->arena, "%s/database", folder), c->quiet ? NULL : cli_progress, what);
    if (e != OK) {
        return cli_failed(c, e, "backup");
    }
    int keys = copy_keys(&c->arena, c->keys, folder);
    if (keys < 0) {
        fprintf(stderr, "pilothouse backup: the keys in %s can't be copied\n", c->keys);
        return EXIT_REFUSED;
    }
    cli_say(c, "Copied the database and %d keys to %s.", keys, folder);
    return EXIT_DONE;
}

int cli_restore(struct cli *c)
{
    if (c->n_rest != 1) {
        fputs("pilothouse restore: say from which folder\n", stderr);
        return EXIT_USAGE;
    }
    const char *slash = strstr(c->db, "://") ? NULL : strrchr(c->db, '/');
    if (slash) {
        mkdir(arena_fmt(&c->arena, "%.*s", (int)(slash - c->db), c->db), 0700);
    }
    mkdir(c->keys, 0700);
    enum err e = store_restore(&c->arena, arena_fmt(&c->arena, "%s/database", c->rest[0]), c->db);
    if (e != OK) {
        return cli_failed(c, e, "restore");
    }
    int keys = copy_keys(&c->arena, c->rest[0], c->keys);
    if (keys < 0) {
        fprintf(stderr,
            "pilothouse restore: the database is back, but the keys can't be copied to %s; are "
            "there keys already?\n",
            c->keys);
        return EXIT_REFUSED;
    }
    cli_say(
        c, "Brought back %s and %d keys. `pilothouse verify` checks them.", cli_database(c), keys);
    return EXIT_DONE;
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
