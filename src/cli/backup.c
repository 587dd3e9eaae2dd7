// SPDX-License-Identifier: Apache-2.0
// backup, restore: the database and its keys, and a list of checksums that is written last, so that
// a backup that was interrupted is never taken for a whole one.
#include "cli.h"

#include "str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUMS     "SHA256SUMS"
#define DATABASE "database"

enum { MAX_SUMS = 1 << 20, MAX_NAME = 200 };

// ---- files --------------------------------------------------------------------------------------

// The file's SHA-256 in hex; NULL when it can't be read.
static const char *sum_of(struct arena *a, const char *path)
{
    crypto_hash_sha256_state state;
    unsigned char hash[crypto_hash_sha256_BYTES];
    char piece[65536];
    ssize_t n = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    crypto_hash_sha256_init(&state);
    while (file >= 0 && (n = read(file, piece, sizeof(piece))) > 0) {
        crypto_hash_sha256_update(&state, (const unsigned char *)piece, (size_t)n);
    }
    if (file >= 0) {
        close(file);
    }
    crypto_hash_sha256_final(&state, hash);
    return n == 0 ? str_hex(a, hash, sizeof(hash)) : NULL;
}

static bool sync_folder(const char *path)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0) {
        close(folder);
    }
    return good;
}

// Written beside its place and renamed, so that it is there whole or not at all.
static bool put_file(struct arena *a, const char *to, const char *data, size_t len)
{
    const char *partial = arena_fmt(a, "%s.partial", to);
    int out = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t at = 0;
    while (out >= 0 && at < len) {
        ssize_t n = write(out, data + at, len - at);
        if (n <= 0) {
            break;
        }
        at += (size_t)n;
    }
    bool good = out >= 0 && at == len && fsync(out) == 0;
    if (out >= 0) {
        good = close(out) == 0 && good;
    }
    good = good && rename(partial, to) == 0;
    if (!good) {
        unlink(partial);
    }
    return good;
}

static const char *read_whole(struct arena *a, const char *path, size_t *ret_len)
{
    char *data = arena_alloc(a, MAX_SUMS + 1);
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(data, 1, MAX_SUMS + 1, file) : 0;
    bool good = file && !ferror(file) && n <= MAX_SUMS;
    if (file) {
        fclose(file);
    }
    *ret_len = n;
    return good ? data : NULL;
}

static bool copy_file(struct arena *a, const char *from, const char *to)
{
    size_t len;
    const char *data = read_whole(a, from, &len);
    return data && put_file(a, to, data, len);
}

// ---- backup -------------------------------------------------------------------------------------

// Copies every key and adds its line; -1 when one can't be copied, else how many.
static int save_keys(struct cli *c, const char *folder, struct buf *sums)
{
    DIR *keys = opendir(c->keys);
    int n = 0;
    for (struct dirent *entry; keys && n >= 0 && (entry = readdir(keys));) {
        if (!str_ends(entry->d_name, ".key")) {
            continue;
        }
        const char *to = arena_fmt(&c->arena, "%s/%s", folder, entry->d_name);
        bool good = copy_file(&c->arena, arena_fmt(&c->arena, "%s/%s", c->keys, entry->d_name), to);
        const char *sum = good ? sum_of(&c->arena, to) : NULL;
        if (sum) {
            buf_fmt(sums, "%s  %s\n", sum, entry->d_name);
        }
        n = sum ? n + 1 : -1;
    }
    if (keys) {
        closedir(keys);
    }
    return n;
}

// What stands in the folder so far goes, too: half a backup is none.
static int backup_failed(struct cli *c, enum err e, const char *folder)
{
    unlink(arena_fmt(&c->arena, "%s/" DATABASE, folder));
    rmdir(folder); // unless keys are in it
    return cli_failed(c, e, "backup");
}

int cli_backup(struct cli *c)
{
    if (c->n_rest != 1) {
        fputs("pilothouse backup: say into which folder\n", stderr);
        return EXIT_USAGE;
    }
    const char *folder = c->rest[0];
    int code = cli_open(c, false, false);
    if (code != EXIT_DONE) {
        return code;
    }
    if (mkdir(folder, 0700) != 0) {
        fprintf(stderr, "pilothouse backup: %s can't be made: %s%s\n", folder, strerror(errno),
            errno == EEXIST ? ". Name a folder that isn't there yet" : "");
        return EXIT_REFUSED;
    }
    static char what[] = "backup";
    const char *database = arena_fmt(&c->arena, "%s/" DATABASE, folder);
    enum err e =
        store_backup(c->office->store, &c->arena, database, c->quiet ? NULL : cli_progress, what);
    if (e != OK) {
        return backup_failed(c, e, folder);
    }
    AUTO_BUF(sums, MAX_SUMS);
    const char *sum = sum_of(&c->arena, database);
    buf_fmt(&sums, "%s  " DATABASE "\n", sum ? sum : "");
    int keys = sum ? save_keys(c, folder, &sums) : -1;
    if (keys < 0 ||
        !put_file(&c->arena, arena_fmt(&c->arena, "%s/" SUMS, folder), buf_text(&sums), sums.len) ||
        !sync_folder(folder)) {
        return backup_failed(c,
            fail(&c->arena, ERR_FULL, "the keys in %s or their checksums can't be written to %s",
                c->keys, folder),
            folder);
    }
    cli_say(c, "Copied the database and %d keys to %s.", keys, folder);
    return EXIT_DONE;
}

// ---- restore ------------------------------------------------------------------------------------

struct listed {
    const char *sum, *name;
    bool copied; // by us, just now
};

struct backup {
    const char *folder;
    struct listed *files;
    size_t n;
};

static enum err not_whole(struct cli *c, const char *folder)
{
    return fail(&c->arena, ERR_CORRUPT,
        "%s isn't a whole backup: it has no list of checksums, so it was interrupted, or is none. "
        "If you know it to be whole, make the list there with `sha256sum " DATABASE " *.key > " SUMS
        "`.",
        folder);
}

// Lines as sha256sum writes them; each file is read and compared.
static enum err read_backup(struct cli *c, struct backup *b)
{
    size_t len, lines = 0;
    bool has_database = false;
    struct stat about;
    const char *text = read_whole(&c->arena, arena_fmt(&c->arena, "%s/" SUMS, b->folder), &len);
    if (stat(arena_fmt(&c->arena, "%s/" DATABASE, b->folder), &about) != 0) {
        return fail(&c->arena, ERR_NOT_FOUND, "There is no backup at %s.", b->folder);
    }
    if (!text || strlen(text) != len) {
        return not_whole(c, b->folder);
    }
    for (const char *at = text; (at = strchr(at, '\n')); at++) {
        lines++;
    }
    b->files = arena_array(&c->arena, struct listed, lines + 1);
    for (const char *at = text; *at && strchr(at, '\n'); at = strchr(at, '\n') + 1) {
        size_t line = strcspn(at, "\n");
        if (line < 67 || line > 66 + MAX_NAME || memchr(at, '/', line)) {
            return not_whole(c, b->folder);
        }
        struct listed *f = &b->files[b->n++];
        f->sum = arena_strndup(&c->arena, at, 64);
        f->name = arena_strndup(&c->arena, at + 66, line - 66);
        has_database |= str_eq(f->name, DATABASE);
        const char *path = arena_fmt(&c->arena, "%s/%s", b->folder, f->name);
        const char *sum = sum_of(&c->arena, path);
        if (!sum || !str_eq(sum, f->sum)) {
            return fail(&c->arena, ERR_CORRUPT,
                "%s is not as it was when the backup was made. Use another backup.", path);
        }
    }
    return has_database ? OK : not_whole(c, b->folder);
}

// A key that is there already is the same one, or nothing is touched.
static enum err put_keys(struct cli *c, struct backup *b, int *ret_n)
{
    int n = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct listed *f = &b->files[i];
        const char *to = arena_fmt(&c->arena, "%s/%s", c->keys, f->name);
        if (!str_ends(f->name, ".key")) {
            continue;
        }
        n++;
        if (access(to, F_OK) == 0) {
            const char *there = sum_of(&c->arena, to);
            if (!there || !str_eq(there, f->sum)) {
                return fail(&c->arena, ERR_EXISTS,
                    "There is another key at %s. Name another folder with --keys.", to);
            }
        } else if (!copy_file(&c->arena, arena_fmt(&c->arena, "%s/%s", b->folder, f->name), to)) {
            return fail(&c->arena, ERR_FULL, "The key %s can't be written.", to);
        } else {
            f->copied = true;
        }
    }
    *ret_n = n;
    return OK;
}

// Keys first: a database without its keys couldn't sign its ledger, and looks whole.
static enum err bring_back(struct cli *c, struct backup *b, int *ret_keys)
{
    const char *slash = strstr(c->db, "://") ? NULL : strrchr(c->db, '/');
    TRY(read_backup(c, b));
    if (slash) {
        mkdir(arena_fmt(&c->arena, "%.*s", (int)(slash - c->db), c->db), 0700);
    }
    bool made = mkdir(c->keys, 0700) == 0;
    enum err e = put_keys(c, b, ret_keys);
    if (e == OK) {
        e = store_restore(&c->arena, arena_fmt(&c->arena, "%s/" DATABASE, b->folder), c->db);
    }
    for (size_t i = 0; e != OK && i < b->n; i++) {
        if (b->files[i].copied) {
            unlink(arena_fmt(&c->arena, "%s/%s", c->keys, b->files[i].name));
        }
    }
    if (e != OK && made) {
        rmdir(c->keys);
    }
    return e;
}

int cli_restore(struct cli *c)
{
    if (c->n_rest != 1) {
        fputs("pilothouse restore: say from which folder\n", stderr);
        return EXIT_USAGE;
    }
    struct backup b = { .folder = c->rest[0] };
    int keys = 0;
    enum err e = bring_back(c, &b, &keys);
    if (e != OK) {
        return cli_failed(c, e, "restore");
    }
    cli_say(
        c, "Brought back %s and %d keys. `pilothouse verify` checks them.", cli_database(c), keys);
    return EXIT_DONE;
}
