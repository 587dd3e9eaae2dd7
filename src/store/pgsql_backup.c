// SPDX-License-Identifier: Apache-2.0
// Copies are PostgreSQL's own: pg_dump's custom format, made in one snapshot while others write,
// and put back by pg_restore. The password travels in the environment, never on a command line.
#include "pgsql_conn.h"
#include "str.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// ---- running a program -------------------------------------------------------------------------

// ADDRESS as "key='value' …" without its password, which comes back apart ("" when there is none).
static enum err split_address(
    struct arena *a, const char *address, const char **ret_bare, const char **ret_password)
{
    char *why = NULL;
    PQconninfoOption *options = PQconninfoParse(address, &why);
    if (!options) {
        PQfreemem(why);
        return fail(a, ERR_INVALID, "The database's address cannot be read.");
    }
    AUTO_BUF(bare, 0);
    *ret_password = "";
    for (PQconninfoOption *o = options; o->keyword; o++) {
        if (!o->val) {
            continue;
        }
        if (str_eq(o->keyword, "password")) {
            *ret_password = arena_strdup(a, o->val);
            continue;
        }
        buf_fmt(&bare, "%s='", o->keyword);
        for (const char *p = o->val; *p; p++) {
            if (*p == '\'' || *p == '\\') {
                buf_putc(&bare, '\\');
            }
            buf_putc(&bare, *p);
        }
        buf_puts(&bare, "' ");
    }
    PQconninfoFree(options);
    *ret_bare = arena_strdup(a, buf_text(&bare));
    return OK;
}

static char **environment_with(struct arena *a, const char *password)
{
    size_t n = 0;
    while (environ[n]) {
        n++;
    }
    char **env = arena_array(a, char *, n + 2);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!str_starts(environ[i], "PGPASSWORD=")) {
            env[kept++] = environ[i];
        }
    }
    if (*password) {
        env[kept] = arena_fmt(a, "PGPASSWORD=%s", password);
    }
    return env;
}

static const char *read_words(struct arena *a, int fd)
{
    char words[1000];
    size_t len = 0;
    ssize_t got;
    while (
        (got = read(fd, words + len, sizeof(words) - 1 - len)) > 0 || (got < 0 && errno == EINTR)) {
        len += got > 0 ? (size_t)got : 0;
        if (len == sizeof(words) - 1) { // the rest is read and dropped, so that it can end
            char rest[512];
            while (read(fd, rest, sizeof(rest)) > 0) {
            }
            break;
        }
    }
    words[len] = 0;
    return str_trim(a, words);
}

static enum err run_program(struct arena *a, const char *const *argv, const char *password)
{
    int pipes[2], status = 0;
    pid_t pid;
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        return fail(a, ERR_UNAVAILABLE, "A pipe could not be made.");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipes[1], 2);
    int rc = posix_spawnp(
        &pid, argv[0], &actions, NULL, (char *const *)argv, environment_with(a, password));
    posix_spawn_file_actions_destroy(&actions);
    close(pipes[1]);
    const char *words = rc == 0 ? read_words(a, pipes[0]) : "";
    close(pipes[0]);
    if (rc != 0) {
        return fail(a, ERR_UNAVAILABLE, "%s could not be run (%s). Install PostgreSQL's client.",
            argv[0], strerrordesc_np(rc));
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return fail(a, strstr(words, strerrordesc_np(ENOSPC)) ? ERR_FULL : ERR_UNAVAILABLE,
            "%s failed: %s", argv[0], words);
    }
    return OK;
}

// ---- out and in --------------------------------------------------------------------------------

static enum err sync_file(struct arena *detail, const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0) {
        close(fd);
    }
    return rc == 0 ? OK : fail(detail, ERR_UNAVAILABLE, "The copy could not be written out.");
}

// The role as a program takes it: without quotes.
static enum err owner_role(struct arena *a, const char *address, const char **ret_role)
{
    struct pgsql_conn c = { 0 };
    TRY(pgsql_connect(&c, a, address, false));
    *ret_role = arena_fmt(a, "%s_sealed", pgsql_database(&c));
    pgsql_disconnect(&c);
    return OK;
}

static enum err dump(struct arena *a, const char *address, const char *path)
{
    const char *bare, *password, *role;
    const char *partial = arena_fmt(a, "%s.partial", path);
    TRY(split_address(a, address, &bare, &password));
    TRY(owner_role(a, address, &role));
    const char *argv[] = { "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
        "--no-password", "--lock-wait-timeout=60000", "--role", role, "--file", partial, "--dbname",
        bare, NULL };
    enum err e = run_program(a, argv, password);
    if (e == OK) {
        e = sync_file(a, partial);
    }
    if (e == OK && rename(partial, path) != 0) {
        e = fail(a, ERR_UNAVAILABLE, "The copy could not be put at %s: %s", path,
            strerrordesc_np(errno));
    }
    if (e != OK) {
        unlink(partial);
    }
    return e;
}

enum err pgsql_backup(struct store *s, struct arena *detail, const char *path,
    void (*progress)(void *context, double share), void *context)
{
    struct arena own;
    arena_init(&own, 16 << 20);
    enum err e = dump(&own, s->address, path);
    if (e != OK) {
        e = fail(detail, e, "%s", own.detail ? own.detail : "The copy could not be made.");
    } else if (progress) {
        progress(context, 1.0);
    }
    arena_release(&own);
    return e;
}

static enum err restore(struct arena *a, const char *path, const char *address)
{
    const char *bare, *password, *role;
    if (access(path, R_OK) != 0) {
        return fail(a, ERR_NOT_FOUND, "There is no copy at %s.", path);
    }
    TRY(split_address(a, address, &bare, &password));
    TRY(pgsql_prepare_empty(a, address));
    TRY(owner_role(a, address, &role));
    const char *argv[] = { "pg_restore", "--no-owner", "--no-privileges", "--no-password",
        "--exit-on-error", "--single-transaction", "--role", role, "--dbname", bare, path, NULL };
    TRY(run_program(a, argv, password));
    return pgsql_grant_anew(a, address);
}

enum err pgsql_restore(struct arena *detail, const char *path, const char *address)
{
    struct arena own;
    arena_init(&own, 16 << 20);
    enum err e = restore(&own, path, address);
    if (e != OK) {
        e = fail(detail, e, "%s", own.detail ? own.detail : "The copy could not be put back.");
    }
    arena_release(&own);
    return e;
}
