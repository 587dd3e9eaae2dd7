// SPDX-License-Identifier: Apache-2.0
#include "docs.h"

#include "str.h"

#include <errno.h>
#include <sys/stat.h>

// In a table's cell: one line, no bars.
static void cell(struct buf *out, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '|':
            buf_puts(out, "\\|");
            break;
        case '\n':
            buf_putc(out, ' ');
            break;
        default:
            buf_putc(out, *text);
        }
    }
}

static void write_from(struct buf *out, const struct kind *k, const struct command *c)
{
    if (c->from == NEW) {
        buf_puts(out, "new");
        return;
    }
    if (c->from == ANY) {
        buf_puts(out, "any");
        return;
    }
    const char *join = "";
    for (int i = 0; k->states[i].name; i++) {
        if (c->from & AT(i)) {
            buf_fmt(out, "%s%s", join, k->states[i].name);
            join = ", ";
        }
    }
}

static void write_who(struct buf *out, uint32_t who)
{
    if (who & ROLE_PUBLIC) {
        buf_puts(out, "anybody");
        return;
    }
    const char *join = "";
    for (uint32_t bit = ROLE_DIRECTOR; bit < 1u << ROLE_COUNT; bit <<= 1) {
        if ((who & bit) && role_name(bit)) {
            buf_fmt(out, "%s%s", join, role_name(bit));
            join = ", ";
        }
    }
}

static void write_notes(struct buf *out, const struct command *c)
{
    static const struct {
        unsigned flag;
        const char *text;
    } notes[] = {
        { COMMAND_PUBLIC, "changes what the public sees" },
        { COMMAND_OWN, "only one's own" },
        { COMMAND_CONFIRM, "asks once more" },
        { COMMAND_REASON, "asks for a reason" },
        { COMMAND_INNER, "only nested or by the clock" },
    };
    const char *join = "";
    for (size_t i = 0; i < ARRAY_LEN(notes); i++) {
        if (c->flags & notes[i].flag) {
            buf_fmt(out, "%s%s", join, notes[i].text);
            join = "; ";
        }
    }
    if (c->guard) {
        buf_fmt(out, "%sguarded", join);
    }
}

static void write_command(
    struct buf *out, const struct registry *registry, const struct kind *k, const struct command *c)
{
    buf_fmt(out, "| `%s` | ", c->name);
    cell(out, c->label);
    buf_puts(out, " | ");
    write_from(out, k, c);
    buf_fmt(out, " → %s | ",
        c->to == SAME       ? "same"
        : c->to == BY_APPLY ? "depends"
                            : k->states[c->to].name);
    write_who(out, c->who);
    buf_puts(out, " | ");
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(registry, c, i, &required)); i++) {
        buf_fmt(out, "%s`%s`%s", i > 0 ? " " : "", f->name, required ? "!" : "");
    }
    buf_puts(out, " | ");
    write_notes(out, c);
    buf_puts(out, " |\n");
}

void docs_commands(struct arena *a, const struct registry *registry, struct buf *out)
{
    buf_puts(out,
        "# Every command\n\nMade by `pilothouse docs` from the tables that the office runs on. "
        "Each command is a form at its record, a call at `/api/v1/do/<command>` "
        "([openapi.json](openapi.json)) and `pilothouse do <command>`. A `!` marks a field that "
        "must be given.\n");
    for (size_t i = 0; registry_kind_at(registry, i); i++) {
        const struct kind *k = registry_kind_at(registry, i);
        buf_fmt(out, "\n## %s\n\n![The states of %s](states-%s.svg)\n\n", k->plural, k->plural,
            k->name);
        buf_fmt(out, "Addresses: `%s`, `%s/<id>`. States:", k->path, k->path);
        for (const struct state *s = k->states; s->name; s++) {
            buf_fmt(out, "%s `%s` (%s)", s == k->states ? "" : ",", s->name, s->label);
        }
        buf_puts(out, ".\n\n| Command | What it does | From → to | Who | Fields | Notes |\n"
                      "| --- | --- | --- | --- | --- | --- |\n");
        for (const struct command *c = k->commands; c && c->name; c++) {
            write_command(out, registry, k, c);
        }
    }
}

// ---- files
// ---------------------------------------------------------------------------------------

static enum err make_folder(struct arena *a, const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST
               ? OK
               : fail(
                     a, ERR_UNAVAILABLE, "The folder %s can't be made: %s.", path, strerror(errno));
}

static enum err write_file(struct arena *a, const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "we");
    if (!file) {
        return fail(a, ERR_UNAVAILABLE, "The file %s can't be written: %s.", path, strerror(errno));
    }
    size_t written = fwrite(buf_text(text), 1, text->len, file);
    bool closed = fclose(file) == 0;
    return written == text->len && closed
               ? OK
               : fail(a, ERR_FULL, "The file %s can't be written whole.", path);
}

enum err docs_write(
    struct arena *a, const struct registry *registry, const char *folder, int *ret_files)
{
    const char *reference = arena_fmt(a, "%s/reference", folder);
    int files = 1;
    TRY(make_folder(a, folder));
    TRY(make_folder(a, reference));
    AUTO_BUF(commands, 0);
    docs_commands(a, registry, &commands);
    TRY(write_file(a, arena_fmt(a, "%s/commands.md", reference), &commands));
    for (size_t i = 0; registry_kind_at(registry, i); i++) {
        const struct kind *k = registry_kind_at(registry, i);
        AUTO_BUF(svg, 0);
        docs_states(a, k, &svg);
        TRY(write_file(a, arena_fmt(a, "%s/states-%s.svg", reference, k->name), &svg));
        files++;
    }
    if (ret_files) {
        *ret_files = files;
    }
    return OK;
}
