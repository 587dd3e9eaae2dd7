// SPDX-License-Identifier: Apache-2.0
// A copy is made page by page from one snapshot, beside the writers, into a file of another name,
// which takes its place only when all of it is on the disk.
#include "sqlite_conn.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_PAGES = 512 };

struct copying {
    struct sqlite_conn from, to;
    void (*progress)(void *context, double share);
    void *context;
};

static enum err sync_path(struct arena *detail, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    int why = errno;
    if (fd >= 0) {
        close(fd);
    }
    return rc == 0 ? OK
                   : fail(detail, why == ENOSPC ? ERR_FULL : ERR_UNAVAILABLE,
                         "The copy could not be written to the disk: %s", strerrordesc_np(why));
}

static enum err copy_steps(struct copying *c, struct arena *detail)
{
    sqlite3_backup *b = sqlite3_backup_init(c->to.sql, "main", c->from.sql, "main");
    if (!b) {
        return sqlite_err(&c->to, detail, sqlite3_errcode(c->to.sql), "copying");
    }
    int rc;
    while ((rc = sqlite3_backup_step(b, STEP_PAGES)) == SQLITE_OK) {
        int all = sqlite3_backup_pagecount(b);
        if (c->progress && all > 0) {
            c->progress(c->context, 1.0 - (double)sqlite3_backup_remaining(b) / all);
        }
    }
    int end = sqlite3_backup_finish(b);
    if (rc != SQLITE_DONE) {
        return sqlite_err(&c->to, detail, rc, "copying");
    }
    if (end == SQLITE_OK && c->progress) {
        c->progress(c->context, 1.0);
    }
    return sqlite_err(&c->to, detail, end, "copying");
}

static int look_whole(void *context, int n, char **cells, char **names)
{
    if (n == 1 && cells[0] && strcmp(cells[0], "ok") != 0) {
        *(bool *)context = false;
    }
    return 0;
}

// A read transaction is held throughout, so that other people's commits don't start the copy anew.
static enum err copy_open(
    struct copying *c, struct arena *detail, const char *from, const char *to, bool check)
{
    bool whole = true;
    int rc = sqlite3_open_v2(from, &c->from.sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(c->from.sql, SQLITE_WAIT_MS);
        rc = sqlite_exec(&c->from, "BEGIN; SELECT COUNT(*) FROM sqlite_master");
    }
    if (rc == SQLITE_OK && check) {
        rc = sqlite3_exec(c->from.sql, "PRAGMA quick_check(1)", look_whole, &whole, NULL);
    }
    TRY(sqlite_err(&c->from, detail, rc, "reading the database to copy"));
    if (!whole) {
        return fail(detail, ERR_CORRUPT, "The copy is damaged; use another.");
    }
    rc = sqlite3_open_v2(
        to, &c->to.sql, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) {
        rc = sqlite_exec(&c->to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    }
    TRY(sqlite_err(&c->to, detail, rc, "making the copy's file"));
    return copy_steps(c, detail);
}

static enum err copy(
    struct copying *c, struct arena *detail, const char *from, const char *to, bool check)
{
    char *partial = NULL, *folder = strdup(to);
    if (!folder || asprintf(&partial, "%s.partial", to) < 0) {
        free(folder);
        return fail(detail, ERR_UNAVAILABLE, "There is no memory left.");
    }
    unlink(partial);
    enum err e = copy_open(c, detail, from, partial, check);
    sqlite3_close(c->to.sql);
    sqlite3_close(c->from.sql);
    if (e == OK) {
        e = sync_path(detail, partial, O_RDWR);
    }
    if (e == OK && rename(partial, to) != 0) {
        e = fail(detail, ERR_UNAVAILABLE, "The copy could not be put at %s: %s", to,
            strerrordesc_np(errno));
    }
    if (e == OK) {
        e = sync_path(detail, dirname(folder), O_RDONLY | O_DIRECTORY);
    } else {
        unlink(partial);
    }
    free(partial);
    free(folder);
    return e;
}

enum err sqlite_backup(struct store *s, struct arena *detail, const char *path,
    void (*progress)(void *context, double share), void *context)
{
    struct copying c = { .progress = progress, .context = context };
    return copy(&c, detail, ((struct sqlite_store *)s->state)->path, path, false);
}

enum err sqlite_restore(struct arena *detail, const char *path, const char *address)
{
    struct stat about;
    if (stat(path, &about) != 0) {
        return fail(detail, ERR_NOT_FOUND, "There is no copy at %s.", path);
    }
    if (stat(address, &about) == 0 && about.st_size > 0) {
        return fail(detail, ERR_EXISTS,
            "There is a database at %s. Move it away first; nothing was changed.", address);
    }
    // A log that a removed database left would be taken for the new one's.
    static const char *const logs[] = { "-wal", "-shm", "-journal" };
    for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
        char *log = NULL;
        if (asprintf(&log, "%s%s", address, logs[i]) >= 0) {
            unlink(log);
            free(log);
        }
    }
    struct copying c = { 0 };
    return copy(&c, detail, path, address, true);
}
