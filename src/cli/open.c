// SPDX-License-Identifier: Apache-2.0
// Opening the office for a subcommand, and saying how it went.
#include "cli.h"

#include "rooms.h"
#include "str.h"

#include <sys/stat.h>
#include <unistd.h>

void cli_say(const struct cli *c, const char *fmt, ...)
{
    if (c->quiet) {
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stdout, fmt, ap);
    va_end(ap);
    fputc('\n', stdout);
    fflush(stdout);
}

void cli_progress(void *name, double share)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%s %3.0f %%%s", (const char *)name, 100 * share, share >= 1 ? "\n" : "");
    }
}

int cli_failed(struct cli *c, enum err e, const char *what)
{
    const char *detail = c->arena.detail                        ? c->arena.detail
                         : c->ctx.arena && c->ctx.arena->detail ? c->ctx.arena->detail
                                                                : err_name(e);
    size_t len = strlen(detail); // libpq ends with empty lines
    while (len && (detail[len - 1] == '\n' || detail[len - 1] == ' ')) {
        len--;
    }
    fprintf(stderr, "pilothouse: %s: %.*s\n", what, (int)len, detail);
    return EXIT_REFUSED;
}

const char *cli_database(const struct cli *c)
{
    return strstr(c->db, "://") ? "the database" : c->db; // an address may have a password in it
}

static bool make_folder(const char *path)
{
    struct stat s;
    return mkdir(path, 0700) == 0 || (stat(path, &s) == 0 && S_ISDIR(s.st_mode));
}

int cli_open(struct cli *c, bool create, bool skip_schema_check)
{
    const char *slash = strstr(c->db, "://") ? NULL : strrchr(c->db, '/');
    if (create && slash && slash != c->db &&
        !make_folder(arena_strndup(&c->arena, c->db, (size_t)(slash - c->db)))) {
        fprintf(stderr, "pilothouse: the folder of %s can't be made\n", c->db);
        return EXIT_REFUSED;
    }
    if (create && !make_folder(c->keys)) {
        fprintf(stderr, "pilothouse: the key folder %s can't be made\n", c->keys);
        return EXIT_REFUSED;
    }
    struct office_options options = {
        .db = c->db,
        .create = create,
        .skip_schema_check = skip_schema_check,
        .key_folder = c->keys,
        .smtp = c->smtp,
        .mail_from = c->mail_from,
        .base_url = c->base_url,
        .rooms = office_rooms,
    };
    enum err e = office_open(&c->arena, &options, &c->office);
    if (e == ERR_NOT_FOUND && !create && !strstr(c->db, "://") && access(c->db, F_OK) != 0) {
        fprintf(stderr,
            "pilothouse: there is no database at %s. `pilothouse init` or `pilothouse demo` makes "
            "one; --db names another.\n",
            c->db);
        return EXIT_REFUSED;
    }
    if (e != OK) {
        return cli_failed(c, e, cli_database(c));
    }
    e = db_open(c->office->store, &c->arena, &c->handle);
    if (e != OK) {
        return cli_failed(c, e, cli_database(c));
    }
    if (skip_schema_check) {
        return EXIT_DONE;
    }
    const struct city *city = office_city(c->office, c->city);
    if (!city) {
        fprintf(stderr, c->office->n_cities
                            ? "pilothouse: say which city with --city\n"
                            : "pilothouse: there is no city yet; `pilothouse init` makes one\n");
        return EXIT_REFUSED;
    }
    ctx_system(&c->ctx, c->office, city, c->handle, &c->arena);
    c->ctx.via = "command line";
    return EXIT_DONE;
}

void cli_close(struct cli *c)
{
    if (c->handle) {
        db_close(c->handle);
    }
    if (c->office) {
        office_close(c->office);
    }
    c->handle = NULL;
    c->office = NULL;
}

// Becomes the person named by --as.
int cli_become(struct cli *c)
{
    if (!c->as) {
        fputs("pilothouse: say whose act it is with --as EMAIL\n", stderr);
        return EXIT_USAGE;
    }
    int64_t person = 0;
    enum err e = db_int(c->handle, &c->arena, "person.by_email",
        ARGS(ARG("email_key", value_text(str_lower(&c->arena, c->as)))), &person);
    if (e == OK && !person) {
        e = fail(&c->arena, ERR_NOT_FOUND, "nobody here has that address");
    }
    if (e == OK) {
        e = ctx_become(&c->ctx, person);
    }
    return e == OK ? EXIT_DONE : cli_failed(c, e, c->as);
}

const struct room *const *cli_rooms(void)
{
    return office_rooms;
}
