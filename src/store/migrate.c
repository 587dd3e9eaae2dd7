// SPDX-License-Identifier: Apache-2.0
// Forward only: what was applied is never edited, what is missing is applied in order, each in a
// transaction that also notes its number and checksum, so that a crash leaves the old schema or the
// new one. The driver keeps a second process out while a transaction of ours looks and applies.
// Numbers have gaps, and one that was kept free may be filled after higher ones were applied: two
// that were written side by side touch different tables.
#include "driver.h"
#include "str.h"

#include <sodium.h>

static const char *checksum(struct arena *a, const struct migration *m)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)m->text, m->len);
    return str_hex(a, hash, sizeof(hash));
}

static enum err check_numbers(struct store *s, struct arena *detail)
{
    int last = 0;
    for (size_t i = 0; i < s->n_migrations; i++) {
        const struct migration *m = &s->migrations[i];
        if (m->number <= last) {
            return fail(detail, ERR_INVALID,
                "The migration %s has the number %d, which doesn't come after %d.", m->name,
                m->number, last);
        }
        last = m->number;
    }
    return OK;
}

static const struct migration *numbered(const struct store *s, int64_t number)
{
    for (size_t i = 0; i < s->n_migrations; i++) {
        if (s->migrations[i].number == number) {
            return &s->migrations[i];
        }
    }
    return NULL;
}

// Compares what is in the database with what this executable has; *ret_next is the first that isn't
// applied (NULL: all are), *ret_n says how many are.
static enum err compare(const struct store *s, struct arena *detail, const struct value *rows,
    const struct migration **ret_next, size_t *ret_n)
{
    size_t n = value_len(rows);
    for (size_t i = 0; i < n; i++) {
        const struct value *row = value_at(rows, i);
        const struct migration *mine = numbered(s, value_get_int(row, "seq", 0));
        if (!mine) {
            return fail(detail, ERR_INVALID,
                "The database is newer than this program: it has %zu migrations (up to %s), and "
                "the program knows %zu. Start the newer program, or restore a backup made before "
                "the upgrade.",
                n, value_get_text(value_at(rows, n - 1), "name", ""), s->n_migrations);
        }
        if (!str_eq(value_get_text(row, "checksum", ""), checksum(detail, mine))) {
            return fail(detail, ERR_INVALID,
                "The migration %s was changed after it had been applied to this database. Put its "
                "old text back, and make the change in a new migration.",
                mine->name);
        }
    }
    size_t i = 0; // both are in order, and the rows are all of ours
    while (i < n && value_get_int(value_at(rows, i), "seq", 0) == s->migrations[i].number) {
        i++;
    }
    *ret_next = i < s->n_migrations ? &s->migrations[i] : NULL;
    *ret_n = n;
    return OK;
}

static const char applied_sql[] = "SELECT seq, name, checksum FROM schema_migration ORDER BY seq";

static enum err apply(
    struct store *s, struct migrator *m, struct arena *detail, const struct migration *next)
{
    const char *sql;
    const char *const *sealed;
    size_t n_sealed;
    TRY(sql_render_migration(
        detail, detail, s->driver->postgres, next->name, next->text, next->len, &sql));
    TRY(sql_listed(
        detail, arena_strndup(detail, next->text, next->len), "sealed", &sealed, &n_sealed));
    enum err e = s->driver->migrate_sql(m, detail, sql, NULL);
    if (e != OK) {
        return fail(detail, e, "The migration %s could not be applied: %s", next->name,
            detail && detail->detail ? detail->detail : err_name(e));
    }
    for (size_t i = 0; i < n_sealed; i++) {
        TRY(s->driver->migrate_sql(m, detail,
            arena_fmt(detail, "INSERT INTO sealed_table (name) VALUES ('%s')", sealed[i]), NULL));
    }
    if (strchr(next->name, '\'')) {
        return fail(detail, ERR_INVALID, "A migration's name has no quotes in it.");
    }
    TRY(s->driver->migrate_sql(m, detail,
        arena_fmt(detail,
            "INSERT INTO schema_migration (seq, name, checksum) VALUES (%d, '%s', '%s')",
            next->number, next->name, checksum(detail, next)),
        NULL));
    return s->driver->migrate_commit(m, detail);
}

static enum err migrate(struct store *s, struct arena *detail, struct migrator *m, int *applied)
{
    for (;;) {
        size_t n;
        const struct migration *next;
        struct value rows = VALUE_NULL;
        TRY(s->driver->migrate_begin(m, detail));
        TRY(s->driver->migrate_sql(m, detail, applied_sql, &rows));
        TRY(compare(s, detail, &rows, &next, &n));
        if (!next) {
            return s->driver->migrate_commit(m, detail);
        }
        TRY(apply(s, m, detail, next));
        (*applied)++;
    }
}

enum err store_migrate(struct store *s, struct arena *detail, int *ret_applied)
{
    // A caller without an arena still gets its migrations: the words go into one of our own.
    struct arena own = { 0 };
    struct arena *a = detail ? detail : &own;
    arena_init(&own, 64 << 20);
    int applied = 0;
    struct migrator *m = NULL;
    enum err e = check_numbers(s, a);
    if (e == OK) {
        e = s->driver->migrate_open(s, a, &m);
    }
    if (e == OK) {
        e = migrate(s, a, m, &applied);
        s->driver->migrate_close(m);
    }
    if (e == OK) {
        e = s->driver->schema_changed(s, a);
    }
    if (e == OK) {
        e = s->driver->check_rights(s, a);
    }
    if (e == OK && ret_applied) {
        *ret_applied = applied;
    }
    arena_release(&own);
    return e;
}

static enum err check_schema(struct store *s, struct arena *a)
{
    size_t n;
    const struct migration *next;
    struct value rows = value_list(a);
    TRY(s->driver->read_applied(s, a, applied_sql, &rows));
    TRY(compare(s, a, &rows, &next, &n));
    if (next) {
        return fail(a, ERR_INVALID,
            "The database is older than this program: %zu of %zu migrations are applied. Make a "
            "backup, then run 'pilothouse migrate'.",
            n, s->n_migrations);
    }
    return OK;
}

enum err store_check_schema(struct store *s, struct arena *detail)
{
    struct arena own = { 0 };
    struct arena *a = detail ? detail : &own;
    arena_init(&own, 64 << 20);
    enum err e = check_numbers(s, a);
    if (e == OK) {
        e = check_schema(s, a);
    }
    if (e == OK) {
        e = s->driver->schema_changed(s, a);
    }
    if (e == OK) {
        e = s->driver->check_rights(s, a);
    }
    arena_release(&own);
    return e;
}
