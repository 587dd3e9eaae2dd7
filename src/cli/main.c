// SPDX-License-Identifier: Apache-2.0
#include "cli.h"

#include "log.h"
#include "rooms.h"
#include "str.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMON                                                                                     \
    "\nOptions of every command:\n"                                                                \
    "  --db ADDRESS    a SQLite file or postgresql://… (default var/pilothouse.db)\n"            \
    "  --city SLUG     which city, when the database has several\n"                                \
    "  --keys FOLDER   where the ledger's signing keys are (default: keys beside the database)\n"  \
    "  --quiet         say nothing but errors\n"

const struct subcommand subcommands[] = {
    { "init", "", "make a database with an empty office",
        "pilothouse init --name 'City of Example' [--office 'Smart City Office'] [--slug example]\n"
        "                [--zone America/New_York] [--currency USD] [--host office.example.gov]\n"
        "                [--admin-email who@example.gov --admin-name 'Their Name']\n\n"
        "Makes the database, the city, its signing key and, if named, its first administrator,\n"
        "whose password is read from standard input.\n",
        cli_init },
    { "migrate", "", "bring the database's schema up to this executable's",
        "pilothouse migrate\n\nApplies the migrations that are missing, each in a transaction of "
        "its own.\n"
        "Make a backup first. An executable older than the schema refuses to start.\n",
        cli_migrate },
    { "serve", "", "serve the office over HTTP",
        "pilothouse serve [--listen 127.0.0.1:8080] [--base-url URL] [--workers N]\n"
        "                 [--trusted-proxy ADDRESS] [--smtp smtp://host:25] [--mail-from "
        "ADDRESS]\n\n"
        "Put nginx or HAProxy in front for TLS. Ends gracefully on SIGTERM or SIGINT.\n",
        cli_serve },
    { "do", "COMMAND [ID] [field=value …]", "carry out one command, beside a running server",
        "pilothouse do COMMAND [ID] [field=value …] --as EMAIL [--reason TEXT]\n"
        "pilothouse do --list [KIND]\n\n"
        "Does what the form of that command does: same checks, same ledger. A value that begins\n"
        "with @ is read from the file of that name. Prints the record's id.\n",
        cli_do },
    { "import", "pilots FILE", "take in a spreadsheet of past pilots",
        "pilothouse import pilots FILE.csv --as EMAIL [--dry-run]\n\n"
        "Each row is checked as the form would check it (docs/backfill.md tells the columns).\n"
        "Rows that can't be taken are written to FILE.csv.rejected.csv with the reason beside\n"
        "each; the end is 3 then. --dry-run only looks.\n",
        cli_import },
    { "demo", "", "make the demonstration office",
        "pilothouse demo [--data FOLDER]\npilothouse demo --accounts [--json]\n\n"
        "SmartCityPHL as public facts tell it, each with its source; what is made up is marked.\n"
        "With --data, a folder in the layout of the Philadelphia data set, places and real sensor\n"
        "readings are loaded too. --accounts prints who can sign in.\n",
        cli_demo },
    { "backup", "FOLDER", "copy database and keys while the office works",
        "pilothouse backup FOLDER\n\nMakes FOLDER with the database, the keys and their "
        "checksums.\n",
        cli_backup },
    { "restore", "FOLDER", "bring a backup back into an empty place",
        "pilothouse restore FOLDER --db ADDRESS [--keys FOLDER]\n\nRefuses to write over a "
        "database.\n",
        cli_restore },
    { "verify", "", "check the ledger and every record against it",
        "pilothouse verify\n\nEnds with 3 when something was changed behind the office's back, and "
        "names it.\n",
        cli_verify },
    { "check", "", "check the installation: schema, queries, words, settings",
        "pilothouse check [--missing TAG]\n\nEnds with 3 when something needs a hand. With "
        "--missing "
        "it prints the\nmessages that the catalogue of that language lacks, one a line.\n",
        cli_check },
    { "evidence", "METHOD …", "the evidence engine",
        "pilothouse evidence METHOD --data FILE.csv …\n\n`pilothouse evidence --help` lists the "
        "methods.\n",
        cli_evidence },
    { "user", "add|list|password", "accounts from the shell",
        "pilothouse user add EMAIL --name 'Their Name' --role director[,staff…] [--scope "
        "kind:title]\n"
        "pilothouse user password EMAIL\npilothouse user list\n\n"
        "Passwords are read from standard input, one line.\n",
        cli_user },
    { "show", "PATH", "print the JSON of a page",
        "pilothouse show /calls [--as EMAIL]\n\nPrints what the page's .json address answers.\n",
        cli_show },
    { "export", "WHAT", "write records as CSV or JSON",
        "pilothouse export KIND [--as EMAIL] [--json]\n\nStreams to standard output.\n",
        cli_export },
    { "docs", "FOLDER", "write the command reference and state diagrams",
        "pilothouse docs FOLDER\n\nWrites reference/commands.md, reference/openapi.json and "
        "states/*.svg there.\n",
        cli_docs },
    { NULL, NULL, NULL, NULL, NULL },
};

static void print_help(FILE *to)
{
    fputs("Pilothouse runs a city's smart-city office, from a problem to a decision that evidence "
          "supports.\n\n"
          "Usage: pilothouse COMMAND [argument …] [--option value …]\n\n",
        to);
    for (const struct subcommand *s = subcommands; s->name; s++) {
        fprintf(to, "  %-9s %s\n", s->name, s->summary);
    }
    fputs("\n`pilothouse COMMAND --help` tells more.\n" COMMON, to);
}

const char *cli_option(const struct cli *c, const char *name)
{
    for (size_t i = 0; i < c->n_options; i++) {
        if (str_eq(c->options[i].name, name)) {
            return c->options[i].value;
        }
    }
    return NULL;
}

static bool is_flag(const char *name)
{
    static const char *const flags[] = { "quiet", "json", "dry-run", "good-rows", "accounts",
        "list", "help" };
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (str_eq(flags[i], name)) {
            return true;
        }
    }
    return false;
}

// Takes "--name value", "--name=value" and flags out of the arguments; false with a message when
// one has no value.
static bool parse(struct cli *c, int argc, char **argv)
{
    struct web_field *options = arena_array(&c->arena, struct web_field, (size_t)argc + 1);
    c->rest = arena_array(&c->arena, char *, (size_t)argc + 1);
    for (int i = 0; i < argc; i++) {
        if (!str_starts(argv[i], "--") || !argv[i][2]) {
            c->rest[c->n_rest++] = argv[i];
            continue;
        }
        const char *equals = strchr(argv[i], '=');
        size_t len = equals ? (size_t)(equals - argv[i]) - 2 : strlen(argv[i]) - 2;
        const char *name = arena_strndup(&c->arena, argv[i] + 2, len),
                   *value = equals ? equals + 1 : "";
        if (!equals && !is_flag(name)) {
            if (i + 1 == argc) {
                fprintf(stderr, "pilothouse: --%s needs a value\n", name);
                return false;
            }
            value = argv[++i];
        }
        options[c->n_options++] = (struct web_field){ name, value };
    }
    c->options = options;
    return true;
}

static bool take_common(struct cli *c)
{
    const char *workers = cli_option(c, "workers");
    int64_t n = 0;
    if (workers && (!str_i64(workers, &n) || n < 1 || n > 256)) {
        fputs("pilothouse: --workers wants a number from 1 to 256\n", stderr);
        return false;
    }
    c->workers = (int)n;
    c->db = cli_option(c, "db") ? cli_option(c, "db") : "var/pilothouse.db";
    c->city = cli_option(c, "city");
    c->keys = cli_option(c, "keys");
    c->as = cli_option(c, "as");
    c->listen = cli_option(c, "listen");
    c->smtp = cli_option(c, "smtp");
    c->mail_from = cli_option(c, "mail-from");
    c->base_url = cli_option(c, "base-url");
    c->trusted_proxy = cli_option(c, "trusted-proxy");
    c->quiet = cli_option(c, "quiet") != NULL;
    c->json = cli_option(c, "json") != NULL;
    if (!c->keys) {
        const char *slash = strstr(c->db, "://") ? NULL : strrchr(c->db, '/');
        c->keys =
            slash ? arena_fmt(&c->arena, "%.*s/keys", (int)(slash - c->db), c->db) : "var/keys";
    }
    return true;
}

int main(int argc, char **argv)
{
    struct cli c = { .n_rest = 0 };
    arena_init(&c.arena, 512 << 20);
    signal(SIGPIPE, SIG_IGN);
    umask(077); // databases and keys are nobody else's
    if (argc < 2 || str_eq(argv[1], "--help") || str_eq(argv[1], "-h") || str_eq(argv[1], "help")) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : EXIT_DONE;
    }
    if (str_eq(argv[1], "--version")) {
        puts("pilothouse " PILOTHOUSE_VERSION);
        return EXIT_DONE;
    }
    for (const struct subcommand *s = subcommands; s->name; s++) {
        if (!str_eq(s->name, argv[1])) {
            continue;
        }
        if (s->run == cli_evidence) {
            // The engine reads its own command line.
            c.rest = argv + 2;
            c.n_rest = argc - 2;
            return s->run(&c);
        }
        if (!parse(&c, argc - 2, argv + 2) || !take_common(&c)) {
            return EXIT_USAGE;
        }
        if (cli_option(&c, "help")) {
            printf("%s%s", s->help, COMMON);
            return EXIT_DONE;
        }
        int code = s->run(&c);
        cli_close(&c);
        arena_release(&c.arena);
        return code;
    }
    fprintf(
        stderr, "pilothouse: there is no command %s; `pilothouse --help` lists them\n", argv[1]);
    return EXIT_USAGE;
}
