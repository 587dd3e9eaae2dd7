// SPDX-License-Identifier: Apache-2.0
// demo: the demonstration office, and who can sign in to it.
#include "cli.h"

#include "clock.h"
#include "demo/demo.h"
#include "json.h"

static int print_accounts(struct cli *c)
{
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    if (!c->ctx.city->is_demo) {
        fputs("pilothouse demo: this office is no demonstration; its passwords are its people's\n",
            stderr);
        return EXIT_REFUSED;
    }
    struct value list;
    enum err e = demo_accounts(&c->ctx, &list);
    if (e != OK) {
        return cli_failed(c, e, "accounts");
    }
    const char *password = demo_password(&c->arena, c->ctx.city);
    if (c->json) {
        struct value all = value_object(&c->arena);
        value_set(&c->arena, &all, "password", value_text(password));
        value_set(&c->arena, &all, "passphrase", value_text(DEMO_PASSPHRASE));
        value_set(&c->arena, &all, "accounts", list);
        AUTO_BUF(out, 0);
        json_write(&out, &c->ctx.city->id_key, &all);
        puts(buf_text(&out));
        return EXIT_DONE;
    }
    for (size_t i = 0; i < value_len(&list); i++) {
        const struct value *row = value_at(&list, i);
        printf("%-34s %-24s %s\n", value_get_text(row, "email", ""),
            value_get_text(row, "name", ""), value_get_text(row, "title", ""));
    }
    printf("\nThe password of all of them: %s\n", password);
    puts("What opens the sealed prices, once the scores are locked: " DEMO_PASSPHRASE);
    return EXIT_DONE;
}

static void say(void *context, const char *what)
{
    cli_say(context, "  %s", what);
}

// A database without any city, brought up to date.
static int open_empty(struct cli *c)
{
    int code = cli_open(c, true, true);
    if (code != EXIT_DONE) {
        return code;
    }
    enum err e = store_migrate(c->office->store, &c->arena, NULL);
    if (e == OK) {
        e = office_load_cities(c->office, &c->arena);
    }
    if (e != OK && e != ERR_NOT_FOUND) {
        return cli_failed(c, e, "demo");
    }
    if (c->office->n_cities) {
        fputs("pilothouse demo: there is an office in this database already; name another with "
              "--db\n",
            stderr);
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int cli_demo(struct cli *c)
{
    if (cli_option(c, "accounts")) {
        return print_accounts(c);
    }
    int code = open_empty(c);
    if (code != EXIT_DONE) {
        return code;
    }
    int64_t began = clock_monotonic();
    cli_say(c, "Making the demonstration office in %s:", store_address(c->office->store));
    enum err e = office_new_city(c->office, &c->arena,
        &(struct new_city){ .slug = "philadelphia",
            .name = "City of Philadelphia",
            .office_name = "SmartCityPHL",
            .zone = "America/New_York",
            .currency = "USD",
            .host = "127.0.0.1:8080",
            .is_demo = true });
    if (e == OK) {
        ctx_system(&c->ctx, c->office, &c->office->cities[0], c->handle, &c->arena);
        struct demo options = { .data = cli_option(c, "data"), .say = say, .context = c };
        e = demo_make(&c->ctx, &options);
    }
    if (e != OK) {
        return cli_failed(c, e, "demo");
    }
    cli_say(c, "Made in %.1f s. `pilothouse demo --accounts` prints who can sign in.",
        (double)(clock_monotonic() - began) / CLOCK_SECOND);
    return EXIT_DONE;
}
