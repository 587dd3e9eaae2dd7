// SPDX-License-Identifier: Apache-2.0
// The command line: what its files share.
//
// Exit codes: 0 done; 1 refused or failed, with the reason on standard error; 2 the command line
// itself is wrong; 3 something was checked and found wanting (verify, check).
#pragma once

#include "office.h"

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_FOUND = 3 };

// What every subcommand is given. Options that are flags of a subcommand are in `rest`.
struct cli {
    struct arena arena;
    const char *db;   // --db
    const char *city; // --city, a slug; NULL: the only one
    const char *keys; // --keys, a folder
    const char *as;   // --as, an address or an id: whose hands
    const char *listen, *smtp, *mail_from, *base_url, *trusted_proxy;
    int workers;
    bool quiet, json;
    char **rest; // arguments that aren't options
    int n_rest;
    const struct web_field *options; // further --name value pairs
    size_t n_options;
    struct office *office;
    struct db *handle;
    struct ctx ctx;
};

struct subcommand {
    const char *name, *arguments, *summary, *help;
    int (*run)(struct cli *c);
    const char *options; // that it takes besides those of all, with spaces between
    int most;            // arguments that aren't options; -1: any number
};

extern const struct subcommand subcommands[]; // ends with a NULL name

// Value of --NAME; NULL when it wasn't given. A flag's value is "".
const char *cli_option(const struct cli *c, const char *name);
// Opens the office and a context of the house in the city. Prints why not and returns an exit code.
int cli_open(struct cli *c, bool create, bool skip_schema_check);
void cli_close(struct cli *c);
// Becomes the person named by --as; an exit code.
int cli_become(struct cli *c);
const struct room *const *cli_rooms(void);
// Says what went wrong, with the arena's detail; returns EXIT_REFUSED.
int cli_failed(struct cli *c, enum err e, const char *what);
// Which database, as it may be shown.
const char *cli_database(const struct cli *c);
// "name  42 %" on a terminal's line; only a terminal gets it.
void cli_progress(void *name, double share);
// One line of standard input, not shown while it is typed; NULL at its end.
const char *cli_read_password(struct cli *c);
void cli_say(const struct cli *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

int cli_init(struct cli *c);
int cli_migrate(struct cli *c);
int cli_serve(struct cli *c);
int cli_user(struct cli *c);
int cli_do(struct cli *c);
int cli_show(struct cli *c);
int cli_import(struct cli *c);
int cli_export(struct cli *c);
int cli_demo(struct cli *c);
int cli_backup(struct cli *c);
int cli_restore(struct cli *c);
int cli_verify(struct cli *c);
int cli_check(struct cli *c);
int cli_docs(struct cli *c);
int cli_evidence(struct cli *c);
int cli_evaluate(struct cli *c);
int cli_simulate(struct cli *c);
