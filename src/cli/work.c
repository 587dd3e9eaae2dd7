// SPDX-License-Identifier: Apache-2.0
// do, verify: acting and checking from the shell.
#include "cli.h"

#include "ledger.h"
#include "str.h"
#include "web.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_VALUE_FILE = 1 << 20 };

static int list_commands(const struct cli *c)
{
    const char *only = c->n_rest ? c->rest[0] : NULL;
    const struct kind *k;
    for (size_t i = 0; (k = registry_kind_at(c->office->registry, i)); i++) {
        for (const struct command *command = k->commands; command && command->name; command++) {
            if (command->flags & COMMAND_INNER || (only && !str_eq(only, k->name))) {
                continue;
            }
            printf("%-28s %s\n", command->name, command->label);
            bool required;
            const struct field *f;
            for (size_t j = 0;
                 only && (f = command_field(c->office->registry, command, j, &required)); j++) {
                printf("    %-24s %s%s\n", f->name, f->label, required ? " (needed)" : "");
            }
        }
    }
    return EXIT_DONE;
}

// A value as it stands, or from a file when it begins with '@'.
static const char *value_of(struct cli *c, const char *text)
{
    if (*text != '@') {
        return text;
    }
    int file = open(text + 1, O_RDONLY | O_CLOEXEC);
    char *content = file < 0 ? NULL : arena_alloc(&c->arena, MAX_VALUE_FILE + 1);
    ssize_t len = content ? read(file, content, MAX_VALUE_FILE) : -1;
    if (file >= 0) {
        close(file);
    }
    if (len < 0) {
        fprintf(stderr, "pilothouse: %s can't be read\n", text + 1);
        return NULL;
    }
    return content;
}

static int print_errors(struct cli *c, enum err e, const struct outcome *o)
{
    for (size_t i = 0; i < o->n_errors; i++) {
        fprintf(
            stderr, "  %s (%s): %s\n", o->errors[i].label, o->errors[i].name, o->errors[i].text);
    }
    return cli_failed(c, e, c->rest[0]);
}

int cli_do(struct cli *c)
{
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    if (cli_option(c, "list")) {
        return list_commands(c);
    }
    if (c->n_rest < 1) {
        fputs("pilothouse do: say which command; `pilothouse do --list` lists them\n", stderr);
        return EXIT_USAGE;
    }
    code = cli_become(c);
    if (code != EXIT_DONE) {
        return code;
    }
    struct web_field *fields = arena_array(&c->arena, struct web_field, (size_t)c->n_rest + 1);
    struct submission s = { .fields = fields };
    int64_t id = 0;
    for (int i = 1; i < c->n_rest; i++) {
        const char *equals = strchr(c->rest[i], '=');
        if (!equals && (i > 1 || !id_parse(&c->ctx.city->id_key, c->rest[i], &id))) {
            fprintf(stderr, "pilothouse do: %s is neither an id nor field=value\n", c->rest[i]);
            return EXIT_USAGE;
        }
        if (equals) {
            const char *value = value_of(c, equals + 1);
            if (!value) {
                return EXIT_REFUSED;
            }
            if (!str_utf8(value, strlen(value))) {
                fprintf(stderr, "pilothouse do: the value of %.*s isn't UTF-8 text\n",
                    (int)(equals - c->rest[i]), c->rest[i]);
                return EXIT_REFUSED;
            }
            fields[s.n_fields++] = (struct web_field){
                arena_strndup(&c->arena, c->rest[i], (size_t)(equals - c->rest[i])), value
            };
        }
    }
    if (cli_option(c, "reason")) {
        fields[s.n_fields++] = (struct web_field){ "reason", cli_option(c, "reason") };
    }
    struct outcome outcome;
    enum err e = act_run(&c->ctx, c->rest[0], id, &s, &outcome);
    if (e != OK) {
        return print_errors(c, e, &outcome);
    }
    puts(ctx_id(&c->ctx, outcome.id));
    return EXIT_DONE;
}

int cli_verify(struct cli *c)
{
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    struct ledger_report report;
    static char what[] = "verify";
    int n;
    enum err e = ledger_sequence(&c->ctx, &n); // what waits belongs to the check, too
    if (e == OK) {
        e = ledger_verify(&c->ctx, &report, c->quiet ? NULL : cli_progress, what);
    }
    if (e != OK) {
        return cli_failed(c, e, "verify");
    }
    for (size_t i = 0; i < value_len(&report.faults); i++) {
        const struct value *f = value_at(&report.faults, i);
        const char *kind = value_get_text(f, "kind", NULL),
                   *field = value_get_text(f, "field", NULL);
        printf("%s%s%s %s%s%s: %s\n", value_get_text(f, "what", ""), kind ? " of " : "",
            kind ? kind : "", ctx_id(&c->ctx, value_get_int(f, "id", 0)), field ? ", " : "",
            field ? field : "", value_get_text(f, "text", ""));
    }
    size_t faults = value_len(&report.faults);
    cli_say(c, "%lld entries, %lld leaves, %lld files, %lld with a forgotten personal part: %s",
        (long long)report.entries, (long long)report.leaves, (long long)report.files,
        (long long)report.erased,
        faults ? "something was changed behind the office's back." : "everything agrees.");
    return faults ? EXIT_FOUND : EXIT_DONE;
}
