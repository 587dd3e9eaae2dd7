// SPDX-License-Identifier: Apache-2.0
// show, export, docs: reading from the shell.
#include "cli.h"

#include "docs.h"
#include "session.h"
#include "str.h"

static enum err to_stdout(void *context, const char *data, size_t len)
{
    struct cli *c = context;
    return fwrite(data, 1, len, stdout) == len
               ? OK
               : fail(&c->arena, ERR_FULL, "standard output can't be written");
}

// As the person of --as, or as nobody: what residents see.
static int reader(struct cli *c)
{
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    enum err e = office_routes(c->office, &c->arena);
    if (e != OK) {
        return cli_failed(c, e, "routes");
    }
    if (c->as) {
        return cli_become(c);
    }
    c->ctx.viewer = (struct viewer){ .name = "", .roles = ROLE_PUBLIC };
    c->ctx.audience = AUDIENCE_PUBLIC;
    ctx_bind(&c->ctx);
    return EXIT_DONE;
}

static int show(struct cli *c, const char *target)
{
    enum err e = office_show(&c->ctx, target, to_stdout, c);
    if (e != OK) {
        return cli_failed(c, e, target);
    }
    return EXIT_DONE;
}

int cli_show(struct cli *c)
{
    if (c->n_rest != 1 || c->rest[0][0] != '/') {
        fputs("pilothouse show: say which path, like /calls\n", stderr);
        return EXIT_USAGE;
    }
    int code = reader(c);
    if (code != EXIT_DONE) {
        return code;
    }
    const char *path = c->rest[0], *question = strchr(path, '?');
    size_t len = question ? (size_t)(question - path) : strlen(path);
    const char *plain = arena_strndup(&c->arena, path, len);
    const char *json = str_ends(plain, ".json") ? "" : str_eq(plain, "/") ? "index.json" : ".json";
    code = show(c, arena_fmt(&c->arena, "%s%s%s", plain, json, question ? question : ""));
    putchar('\n');
    return code;
}

int cli_export(struct cli *c)
{
    if (c->n_rest != 1) {
        fputs("pilothouse export: say which kind; `pilothouse do --list` shows their names\n",
            stderr);
        return EXIT_USAGE;
    }
    int code = reader(c);
    if (code != EXIT_DONE) {
        return code;
    }
    const struct kind *k = registry_kind(c->office->registry, c->rest[0]);
    if (!k) {
        fprintf(stderr, "pilothouse export: there is no kind %s\n", c->rest[0]);
        return EXIT_USAGE;
    }
    return show(c, arena_fmt(&c->arena, "%s.%s", k->path, c->json ? "json" : "csv"));
}

int cli_docs(struct cli *c)
{
    if (c->n_rest != 1) {
        fputs("pilothouse docs: say into which folder\n", stderr);
        return EXIT_USAGE;
    }
    const struct registry *registry;
    int files = 0;
    enum err e = registry_new(&c->arena, cli_rooms(), &registry);
    if (e == OK) {
        e = docs_write(&c->arena, registry, c->rest[0], &files);
    }
    if (e != OK) {
        return cli_failed(c, e, "docs");
    }
    cli_say(c, "Wrote %d files below %s/reference.", files, c->rest[0]);
    return EXIT_DONE;
}
