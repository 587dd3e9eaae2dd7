// SPDX-License-Identifier: Apache-2.0
// import: spreadsheets from the shell.
#include "cli.h"

#include "pilots/backfill.h"
#include "str.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int read_file(struct cli *c, const char *path, char **ret_text, size_t *ret_len)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    char *text = arena_alloc(&c->arena, BACKFILL_MAX_BYTES + 2);
    size_t len = 0;
    ssize_t n = file < 0 ? -1 : 0;
    while (file >= 0 && len <= BACKFILL_MAX_BYTES &&
           (n = read(file, text + len, BACKFILL_MAX_BYTES + 1 - len)) > 0) {
        len += (size_t)n;
    }
    if (file >= 0) {
        close(file);
    }
    if (n < 0) {
        fprintf(stderr, "pilothouse import: %s can't be read: %s\n", path, strerror(errno));
        return EXIT_REFUSED;
    }
    *ret_text = text;
    *ret_len = len;
    return EXIT_DONE;
}

static int write_rejects(struct cli *c, const char *path, const struct backfill *b)
{
    AUTO_BUF(out, 0);
    backfill_rejects(&c->ctx, b, &out);
    const char *to = arena_fmt(&c->arena, "%s.rejected.csv", path);
    FILE *file = fopen(to, "we");
    bool good = file && fwrite(buf_text(&out), 1, out.len, file) == out.len;
    if (file && fclose(file) != 0) {
        good = false;
    }
    if (!good) {
        fprintf(stderr, "pilothouse import: %s can't be written: %s\n", to, strerror(errno));
        return EXIT_REFUSED;
    }
    cli_say(c, "The rows to mend are in %s, each with the reason.", to);
    return EXIT_DONE;
}

static int import_pilots(struct cli *c, const char *path)
{
    char *text;
    size_t len;
    int code = read_file(c, path, &text, &len);
    if (code == EXIT_DONE) {
        code = cli_open(c, false, false);
    }
    if (code == EXIT_DONE) {
        code = cli_become(c);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    c->ctx.via = "import";
    struct backfill b;
    enum err e = backfill_read(&c->ctx, text, len, &b);
    bool dry = cli_option(c, "dry-run") != NULL;
    if (e == OK && !dry) {
        e = backfill_take(&c->ctx, &b);
    }
    if (e != OK) {
        return cli_failed(c, e, path);
    }
    for (size_t i = 0; i < b.n; i++) {
        const struct backfill_row *row = &b.rows[i];
        for (size_t j = 0; j < row->n_faults; j++) {
            const struct backfill_fault *f = &row->faults[j];
            fprintf(stderr, "line %zu, %s%s%s\n", row->line, f->column, *f->column ? ": " : "",
                f->text);
        }
    }
    cli_say(c, dry ? "%zu of %zu rows are good." : "Took in %zu of %zu rows.",
        dry ? b.n - b.bad : b.taken, b.n);
    return !b.bad                       ? EXIT_DONE
           : dry                        ? EXIT_FOUND
           : write_rejects(c, path, &b) ? EXIT_REFUSED
                                        : EXIT_FOUND;
}

int cli_import(struct cli *c)
{
    if (c->n_rest == 2 && str_eq(c->rest[0], "pilots")) {
        return import_pilots(c, c->rest[1]);
    }
    fputs(
        "pilothouse import: say what and from where, like `pilothouse import pilots FILE.csv --as "
        "EMAIL`\n",
        stderr);
    return EXIT_USAGE;
}
