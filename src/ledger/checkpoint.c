// SPDX-License-Identifier: Apache-2.0
#include "checkpoint.h"

#include "str.h"

#include <string.h>

// Lines, none empty, the last with its newline too; "" is none.
static bool lines_whole(const char *lines)
{
    size_t len = strlen(lines);
    return len == 0 || (lines[0] != '\n' && !strstr(lines, "\n\n") && lines[len - 1] == '\n');
}

enum err checkpoint_text(
    struct arena *a, const struct checkpoint *checkpoint, const char **ret_text)
{
    const char *extension = checkpoint->extension ? checkpoint->extension : "";
    if (str_eq(checkpoint->origin, "") || strchr(checkpoint->origin, '\n')) {
        return fail(a, ERR_INVALID, "The origin of a checkpoint is one line that isn't empty.");
    }
    if (checkpoint->size < 0 || !lines_whole(extension)) {
        return fail(a, ERR_INVALID, "The size or an extra line can't stand in a checkpoint.");
    }
    *ret_text = arena_fmt(a, "%s\n%lld\n%s\n%s", checkpoint->origin, (long long)checkpoint->size,
        str_base64(a, checkpoint->root, sizeof(checkpoint->root)), extension);
    return OK;
}

// The line at *P without its newline; moves *P past it. NULL when there is no whole line.
static const char *take_line(struct arena *a, const char **p)
{
    const char *end = strchr(*p, '\n');
    if (!end) {
        return NULL;
    }
    const char *line = arena_strndup(a, *p, (size_t)(end - *p));
    *p = end + 1;
    return line;
}

static bool parse_size(const char *line, int64_t *ret_size)
{
    // str_i64() takes signs and leading zeros; a checkpoint doesn't.
    bool canonical = line[0] >= '0' && line[0] <= '9' && (line[0] != '0' || !line[1]);
    return canonical && str_i64(line, ret_size);
}

static bool parse_root(struct arena *a, const char *line, unsigned char ret_root[MERKLE_HASH_BYTES])
{
    size_t len;
    return str_unbase64(line, ret_root, MERKLE_HASH_BYTES, &len) && len == MERKLE_HASH_BYTES &&
           str_eq(line, str_base64(a, ret_root, len));
}

enum err checkpoint_parse(struct arena *a, const char *text, struct checkpoint *ret_checkpoint)
{
    struct checkpoint checkpoint = { 0 };
    const char *p = text;
    const char *origin = take_line(a, &p);
    const char *size = origin ? take_line(a, &p) : NULL;
    const char *root = size ? take_line(a, &p) : NULL;
    if (!root) {
        return fail(a, ERR_INVALID, "A checkpoint has three lines: origin, size and root.");
    }
    if (!*origin) {
        return fail(a, ERR_INVALID, "The first line of a checkpoint names its log; it is empty.");
    }
    if (!parse_size(size, &checkpoint.size)) {
        return fail(a, ERR_INVALID, "The second line of a checkpoint must be a plain number.");
    }
    if (!parse_root(a, root, checkpoint.root)) {
        return fail(a, ERR_INVALID, "The third line of a checkpoint must be 32 bytes in base64.");
    }
    if (!lines_whole(p)) {
        return fail(a, ERR_INVALID, "A checkpoint has no empty lines.");
    }
    checkpoint.origin = origin;
    checkpoint.extension = arena_strdup(a, p);
    *ret_checkpoint = checkpoint;
    return OK;
}

enum err checkpoint_sign(struct arena *a, const struct checkpoint *checkpoint,
    const struct note_signer *signers, int n, const char **ret_note)
{
    const char *text = NULL;
    TRY(checkpoint_text(a, checkpoint, &text));
    return note_sign(a, text, signers, n, ret_note);
}

enum err checkpoint_open(struct arena *a, const char *note, size_t len, const char *origin,
    const struct note_verifier *verifiers, int n, struct checkpoint *ret_checkpoint)
{
    struct note opened;
    struct checkpoint checkpoint;
    TRY(note_open(a, note, len, verifiers, n, &opened));
    TRY(checkpoint_parse(a, opened.text, &checkpoint));
    if (!str_eq(checkpoint.origin, origin)) {
        return fail(a, ERR_INVALID, "This checkpoint is of another log.");
    }
    *ret_checkpoint = checkpoint;
    return OK;
}
