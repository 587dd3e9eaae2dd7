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
        cli_init, "name office slug zone currency host admin-email admin-name", 0 },
    { "migrate", "", "bring the database's schema up to this executable's",
        "pilothouse migrate [--reindex]\n\nApplies the migrations that are missing, each in a "
        "transaction of its own.\n"
        "Make a backup first. An executable older than the schema refuses to start.\n"
        "Where a new version searches otherwise, every record is put into the search indexes\n"
        "anew, also beside a running server; --reindex does it in any case.\n",
        cli_migrate, "reindex", 0 },
    { "serve", "", "serve the office over HTTP",
        "pilothouse serve [--listen 127.0.0.1:8080] [--base-url URL] [--workers N]\n"
        "                 [--trusted-proxy ADDRESS] [--smtp smtp://host:25] [--mail-from "
        "ADDRESS]\n\n"
        "Put nginx or HAProxy in front for TLS. Ends gracefully on SIGTERM or SIGINT.\n",
        cli_serve, "listen base-url workers trusted-proxy smtp mail-from", 0 },
    { "do", "COMMAND [ID] [field=value …]", "carry out one command, beside a running server",
        "pilothouse do COMMAND [ID] [field=value …] --as EMAIL [--reason TEXT]\n"
        "pilothouse do --list [KIND]\n\n"
        "Does what the form of that command does: same checks, same ledger. A value that begins\n"
        "with @ is read from the file of that name. Prints the record's id.\n",
        cli_do, "as reason list", -1 },
    { "import", "pilots|readings FILE", "take in a spreadsheet: past pilots, or readings",
        "pilothouse import pilots FILE.csv --as EMAIL [--dry-run]\n"
        "pilothouse import readings FILE.csv --measure ID --as EMAIL [--dry-run] [--good-rows]\n\n"
        "Each row is checked as the form would check it (docs/backfill.md tells the columns).\n"
        "Rows that can't be taken are written to FILE.csv.rejected.csv with the reason beside\n"
        "each; the end is 3 then. --dry-run only looks. Of readings, nothing counts while a row "
        "is\n"
        "wrong, unless --good-rows says so; the batch's page shows what is wrong.\n",
        cli_import, "as dry-run good-rows measure", 2 },
    { "demo", "", "make the demonstration office",
        "pilothouse demo [--data FOLDER]\npilothouse demo --accounts [--json]\n\n"
        "SmartCityPHL as public facts tell it, each with its source; what is made up is marked.\n"
        "With --data, a folder in the layout of the Philadelphia data set, places and real sensor\n"
        "readings are loaded too. --accounts prints who can sign in.\n",
        cli_demo, "data accounts json", 0 },
    { "backup", "FOLDER", "copy database and keys while the office works",
        "pilothouse backup FOLDER\n\nMakes FOLDER with the database, the keys and the "
        "checksums of both,\nwhich are written last: a folder without them is no whole backup.\n",
        cli_backup, "", 1 },
    { "restore", "FOLDER", "bring a backup back into an empty place",
        "pilothouse restore FOLDER --db ADDRESS [--keys FOLDER]\n\nChecks the backup first. "
        "Refuses to write over a "
        "database, or over other keys.\n",
        cli_restore, "", 1 },
    { "verify", "", "check the ledger and every record against it",
        "pilothouse verify\n\nEnds with 3 when something was changed behind the office's back, and "
        "names it.\n",
        cli_verify, "", 0 },
    { "check", "", "check the installation: schema, queries, words, settings",
        "pilothouse check [--missing TAG]\n\nEnds with 3 when something needs a hand. With "
        "--missing "
        "it prints the\nmessages that the catalogue of that language lacks, one a line.\n",
        cli_check, "missing", 0 },
    { "evidence", "METHOD …", "the evidence engine",
        "pilothouse evidence METHOD --data FILE.csv …\n\n`pilothouse evidence --help` lists the "
        "methods.\n",
        cli_evidence, "", -1 },
    { "evaluate", "PLAN", "run a sealed plan on data, to its verdict",
        "pilothouse evaluate PLAN.json --data FILE.csv [--hash SHA256]\n\nThe same bytes in, the "
        "same bytes out: anyone can check a published verdict.\n",
        cli_evaluate, "", -1 },
    { "simulate", "PLAN", "how often a plan's rule would be wrong",
        "pilothouse simulate PLAN.json --truths 0,0.5 [--treated 20 --compared 20 …]\n",
        cli_simulate, "", -1 },
    { "user", "add|list|password", "accounts from the shell",
        "pilothouse user add EMAIL --name 'Their Name' --role director[,staff…]\n"
        "pilothouse user password EMAIL\npilothouse user list\n\n"
        "Passwords are read from standard input, one line; an empty one leaves the mail link as "
        "the\n"
        "way in. A role in one department, call, pilot or body is given with\n"
        "`pilothouse do grant_role.give`.\n",
        cli_user, "name role", 2 },
    { "show", "PATH", "print the JSON of a page",
        "pilothouse show /calls [--as EMAIL]\n\nPrints what the page's .json address answers.\n",
        cli_show, "as", 1 },
    { "export", "WHAT", "write records as CSV or JSON",
        "pilothouse export KIND [--as EMAIL] [--json]\n\nStreams to standard output.\n", cli_export,
        "as json", 1 },
    { "docs", "FOLDER", "write the command reference and state diagrams",
        "pilothouse docs FOLDER\n\nWrites FOLDER/reference: commands.md and a state diagram of "
        "each "
        "kind.\n",
        cli_docs, "", 1 },
    { NULL, NULL, NULL, NULL, NULL, NULL, 0 },
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
    fputs("\n`pilothouse COMMAND --help` tells more. It ends with 0 when done, 1 when refused or "
          "failed\n(the reason is on standard error), 2 when the command line is wrong, 3 when "
          "something was\nchecked and found wanting.\n" COMMON,
        to);
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
        "list", "help", "reindex" };
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (str_eq(flags[i], name)) {
            return true;
        }
    }
    return false;
}

static const struct subcommand *find_subcommand(const char *name)
{
    for (const struct subcommand *s = subcommands; s->name; s++) {
        if (str_eq(s->name, name)) {
            return s;
        }
    }
    return NULL;
}

static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; *at;) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, name, n) == 0) {
            return true;
        }
        at += n + (at[n] == ' ');
    }
    return false;
}

// An option or an argument too much is a slip that would otherwise do something else than was
// meant.
static bool fits(const struct cli *c, const struct subcommand *s)
{
    for (size_t i = 0; i < c->n_options; i++) {
        const char *name = c->options[i].name;
        if (!is_listed("db city keys quiet help", name) && !is_listed(s->options, name)) {
            fprintf(stderr,
                "pilothouse %s: there is no option --%s; `pilothouse %s --help` lists "
                "them\n",
                s->name, name, s->name);
            return false;
        }
        if (is_flag(name) && *c->options[i].value) {
            fprintf(stderr, "pilothouse %s: --%s takes no value\n", s->name, name);
            return false;
        }
    }
    if (s->most >= 0 && c->n_rest > s->most) {
        fprintf(stderr, "pilothouse %s: what is %s? `pilothouse %s --help` tells what it takes\n",
            s->name, c->rest[s->most], s->name);
        return false;
    }
    return true;
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
    if (!c->keys && strstr(c->db, "://")) {
        c->keys = "var/keys";
    } else if (!c->keys) { // beside the file, however its folder was named
        const char *slash = strrchr(c->db, '/');
        c->keys = slash ? arena_fmt(&c->arena, "%.*s/keys", (int)(slash - c->db), c->db) : "keys";
    }
    return true;
}

static int run(struct cli *c, const struct subcommand *s, int argc, char **argv)
{
    if (s->run == cli_evidence || s->run == cli_evaluate || s->run == cli_simulate) {
        // The engine reads its own command line.
        c->rest = argv;
        c->n_rest = argc;
        return s->run(c);
    }
    if (!parse(c, argc, argv)) {
        return EXIT_USAGE;
    }
    if (cli_option(c, "help") || (c->n_rest && str_eq(c->rest[0], "-h"))) {
        printf("%s%s", s->help, COMMON);
        return EXIT_DONE;
    }
    if (!fits(c, s) || !take_common(c)) {
        return EXIT_USAGE;
    }
    int code = s->run(c);
    cli_close(c);
    return code;
}

int main(int argc, char **argv)
{
    struct cli c = { .n_rest = 0 };
    arena_init(&c.arena, 512 << 20);
    signal(SIGPIPE, SIG_IGN);
    umask(077); // databases and keys are nobody else's
    const char *name = argc > 1 ? argv[1] : "";
    bool asks = str_eq(name, "help");
    if (str_eq(name, "--version")) {
        puts("pilothouse " PILOTHOUSE_VERSION);
        return EXIT_DONE;
    }
    if (argc < 2 || str_eq(name, "--help") || str_eq(name, "-h") || (asks && argc == 2)) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : EXIT_DONE;
    }
    const struct subcommand *s = find_subcommand(asks ? argv[2] : name);
    if (!s) {
        fprintf(stderr, "pilothouse: there is no command %s; `pilothouse --help` lists them\n",
            asks ? argv[2] : name);
        return EXIT_USAGE;
    }
    static char help[] = "--help";
    char *only[] = { help, NULL };
    int code = asks ? run(&c, s, 1, only) : run(&c, s, argc - 2, argv + 2);
    arena_release(&c.arena);
    return code;
}
