// SPDX-License-Identifier: Apache-2.0
// user: accounts from the shell.
#include "cli.h"

#include "accounts/accounts.h"
#include "str.h"

#include <termios.h>
#include <unistd.h>

enum { LONGEST_PASSWORD = 1024 };

const char *cli_read_password(struct cli *c)
{
    bool typed = isatty(STDIN_FILENO);
    struct termios before;
    if (typed && tcgetattr(STDIN_FILENO, &before) == 0) {
        struct termios quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        fputs("Password: ", stderr);
    }
    char line[LONGEST_PASSWORD + 2];
    char *got = fgets(line, sizeof(line), stdin);
    if (typed) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (!got) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    const char *password = arena_strdup(&c->arena, line);
    explicit_bzero(line, sizeof(line));
    return password;
}

// "director,staff" into role bits; 0 with a message when one isn't known.
static uint32_t read_roles(struct cli *c, const char *list)
{
    uint32_t roles = 0;
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, ",");
        const char *name = arena_strndup(&c->arena, at, len);
        uint32_t role = role_by_name(name);
        if (!role || role == ROLE_PUBLIC || role == ROLE_CLOCK) {
            fprintf(stderr, "pilothouse user: there is no role %s\n", name);
            return 0;
        }
        roles |= role;
        at += len + (at[len] == ',');
    }
    return roles;
}

static int add(struct cli *c)
{
    const char *name = cli_option(c, "name"), *role = cli_option(c, "role");
    if (c->n_rest != 2 || !name || !role) {
        fputs("pilothouse user add EMAIL --name 'Their Name' --role director\n", stderr);
        return EXIT_USAGE;
    }
    uint32_t roles = read_roles(c, role);
    if (!roles) {
        return EXIT_USAGE;
    }
    const char *password = cli_read_password(c);
    struct new_user user = { .name = name,
        .email = c->rest[1],
        .password = password && *password ? password : NULL,
        .roles = roles };
    int64_t id;
    enum err e = accounts_create_user(&c->ctx, &user, &id);
    if (e != OK) {
        return cli_failed(c, e, "user add");
    }
    puts(ctx_id(&c->ctx, id));
    return EXIT_DONE;
}

static int set_password(struct cli *c)
{
    const char *password = c->n_rest == 2 ? cli_read_password(c) : NULL;
    if (!password) {
        fputs("pilothouse user password EMAIL, with the password on standard input\n", stderr);
        return EXIT_USAGE;
    }
    enum err e = accounts_set_password(&c->ctx, c->rest[1], password);
    if (e != OK) {
        return cli_failed(c, e, "user password");
    }
    cli_say(c, "Done; all of their sessions have ended.");
    return EXIT_DONE;
}

static enum err print_user(void *context, const struct value *row)
{
    struct cli *c = context;
    printf("%s\t%s\t%s\t%s\n", ctx_id(&c->ctx, value_get_int(row, "id", 0)),
        value_get_text(row, "email", ""), value_get_text(row, "name", ""),
        value_get_text(row, "role", ""));
    return OK;
}

int cli_user(struct cli *c)
{
    const char *what = c->n_rest ? c->rest[0] : "";
    if (!str_eq(what, "add") && !str_eq(what, "password") && !str_eq(what, "list")) {
        fputs("pilothouse user add|list|password; `pilothouse user --help` tells more\n", stderr);
        return EXIT_USAGE;
    }
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    if (str_eq(what, "add")) {
        return add(c);
    }
    if (str_eq(what, "password")) {
        return set_password(c);
    }
    enum err e = db_each(c->handle, &c->arena, "person.list_accounts", NO_ARGS, print_user, c);
    return e == OK ? EXIT_DONE : cli_failed(c, e, "user list");
}
