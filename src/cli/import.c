// SPDX-License-Identifier: Apache-2.0
// import: spreadsheets from the shell.
#include "cli.h"

#include "pilots/backfill.h"
#include "readings/readings.h"
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

static void told_rows(void *name, int64_t bytes, int64_t rows)
{
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r%s %lld rows, %lld MB", (const char *)name, (long long)rows,
            (long long)(bytes >> 20));
    }
}

// A dry run, and a file with bad rows without --good-rows, leave a staged batch that counts for
// nothing: its page shows what is wrong row by row and publishes or drops it.
static int import_readings(struct cli *c, const char *path)
{
    const char *named = cli_option(c, "measure");
    int64_t measure;
    if (!named) {
        fputs("pilothouse import readings: say of which measure with --measure ID\n", stderr);
        return EXIT_USAGE;
    }
    int code = cli_open(c, false, false);
    if (code == EXIT_DONE) {
        code = cli_become(c);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    if (!id_parse(&c->ctx.city->id_key, named, &measure)) {
        fprintf(stderr, "pilothouse import readings: %s isn't a record's id\n", named);
        return EXIT_USAGE;
    }
    c->ctx.via = "import";
    bool dry = cli_option(c, "dry-run") != NULL, good_rows = cli_option(c, "good-rows") != NULL;
    struct import_options options = { .publish = !dry, .publish_good = !dry && good_rows };
    struct import_result result;
    static char what[] = "import";
    enum err e = readings_import_file(
        &c->ctx, measure, path, &options, c->quiet ? NULL : told_rows, what, &result);
    if (isatty(STDERR_FILENO)) {
        fputc('\n', stderr);
    }
    if (e != OK) {
        return cli_failed(c, e, path);
    }
    cli_say(c, "%lld of %lld rows are good, %lld are there already; %s.", (long long)result.good,
        (long long)result.rows, (long long)result.same,
        result.published ? "they count from now on" : "nothing counts yet");
    cli_say(c, "The batch is at /batches/%s%s.", ctx_id(&c->ctx, result.batch),
        result.bad ? ", with the reason beside each bad row" : "");
    return result.bad ? EXIT_FOUND : EXIT_DONE;
}

int cli_import(struct cli *c)
{
    if (c->n_rest == 2 && str_eq(c->rest[0], "pilots")) {
        return import_pilots(c, c->rest[1]);
    }
    if (c->n_rest == 2 && str_eq(c->rest[0], "readings")) {
        return import_readings(c, c->rest[1]);
    }
    fputs(
        "pilothouse import: say what and from where, like `pilothouse import pilots FILE.csv --as "
        "EMAIL`\n",
        stderr);
    return EXIT_USAGE;
}
