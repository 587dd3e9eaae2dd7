// SPDX-License-Identifier: Apache-2.0
// Checks the ledger against itself and the records against the ledger.
#include "ledger.h"

#include "checkpoint.h"
#include "commitment.h"
#include "json.h"
#include "ledger_entry.h"
#include "ledger_tiles.h"
#include "room.h"
#include "str.h"

#include <sodium.h>

enum { MAX_FAULTS = 1000 };

struct check {
    struct ctx *ctx;
    struct ledger_report *report;
    struct merkle tree;
    struct value checkpoints; // {size_n, note}, by size
    size_t next_checkpoint;
    struct note_verifier verifier;
    const struct kind *kind; // whose records are compared
    struct arena scratch;    // of one row
};

static void fault(struct check *v, const char *what, const char *kind, int64_t id,
    const char *field, const char *text)
{
    struct arena *a = v->ctx->arena;
    if (value_len(&v->report->faults) == MAX_FAULTS) {
        return;
    }
    struct value f = value_object(a);
    value_set(a, &f, "what", value_text(what));
    value_set(a, &f, "kind", value_text(kind ? arena_strdup(a, kind) : NULL));
    value_set(a, &f, "id", value_id(id));
    value_set(a, &f, "field", value_text(field ? arena_strdup(a, field) : NULL));
    value_set(a, &f, "text", value_text(arena_strdup(a, text)));
    *value_push(a, &v->report->faults) = f;
}

// ---- the tree
// ------------------------------------------------------------------------------------

static void check_signed(struct check *v)
{
    const struct value *row = value_at(&v->checkpoints, v->next_checkpoint++);
    const char *note = value_get_text(row, "note", "");
    struct checkpoint checkpoint;
    unsigned char root[MERKLE_HASH_BYTES];
    merkle_root(&v->tree, root);
    if (checkpoint_open(&v->scratch, note, strlen(note), v->verifier.name, &v->verifier, 1,
            &checkpoint) != OK) {
        fault(v, "checkpoint", NULL, v->tree.size, NULL,
            "the checkpoint's signature is not by the ledger's key");
    } else if (checkpoint.size != v->tree.size ||
               memcmp(checkpoint.root, root, sizeof(root)) != 0) {
        fault(v, "checkpoint", NULL, v->tree.size, NULL, "the tree is not the one that was signed");
    }
}

static void check_due(struct check *v)
{
    while (
        v->next_checkpoint < value_len(&v->checkpoints) &&
        value_get_int(value_at(&v->checkpoints, v->next_checkpoint), "size_n", 0) == v->tree.size) {
        check_signed(v);
    }
}

static enum err check_leaf(void *context, const struct value *row)
{
    struct check *v = context;
    const struct value *hash = value_get(row, "leaf_hash"), *salt = value_get(row, "salt_blob");
    const char *kind = value_get_text(row, "kind", NULL);
    int64_t record = value_get_int(row, "record_id", 0);
    arena_reset(&v->scratch);
    v->report->leaves++;
    if (value_get_int(row, "seq", -1) != v->tree.size) {
        fault(v, "leaf", kind, record, NULL, "a leaf of the tree is missing");
    }
    if (hash->kind != V_BLOB || hash->blob.len != COMMITMENT_BYTES) {
        fault(v, "leaf", kind, record, NULL, "a leaf has the wrong length");
        return ERR_CORRUPT; // nothing after it can be checked
    }
    if (value_get(row, "entry_id")->kind == V_NULL) {
        fault(v, "entry", NULL, value_get_int(row, "act_id", 0), NULL,
            "the entry of this leaf is gone");
    } else {
        const char *canonical = value_get_text(row, "canonical", "");
        if (salt->kind != V_BLOB || salt->blob.len != COMMITMENT_SALT_BYTES ||
            !commitment_matches(hash->blob.data, salt->blob.data, canonical, strlen(canonical))) {
            fault(v, "entry", kind, record, NULL,
                "the entry was changed: it is not the one in the tree");
        }
    }
    unsigned char leaf[MERKLE_HASH_BYTES];
    merkle_leaf_hash(hash->blob.data, hash->blob.len, leaf);
    TRY(merkle_append(&v->tree, leaf, NULL));
    check_due(v);
    return OK;
}

static enum err check_tree(struct check *v)
{
    struct ctx *c = v->ctx;
    TRY(db_rows(c->db, c->arena, "checkpoint.all", NO_ARGS, &v->checkpoints));
    enum err e = db_each(c->db, c->arena, "leaf.entries", NO_ARGS, check_leaf, v);
    if (e != OK && e != ERR_CORRUPT) {
        return e;
    }
    if (v->next_checkpoint < value_len(&v->checkpoints)) {
        fault(
            v, "checkpoint", NULL, v->tree.size, NULL, "leaves that a checkpoint counted are gone");
    }
    struct value lost;
    TRY(db_rows(c->db, c->arena, "act.unsequenced", NO_ARGS, &lost));
    for (size_t i = 0; i < value_len(&lost); i++) {
        const struct value *row = value_at(&lost, i);
        fault(v, "entry", value_get_text(row, "kind", NULL), value_get_int(row, "record_id", 0),
            NULL, "an entry was put in beside the tree");
    }
    return OK;
}

// ---- records
// -------------------------------------------------------------------------------------

static bool is_common(const char *name)
{
    static const char *const common[] = { "city", "id", "rev", "state", "created_at",
        "changed_at" };
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        if (str_eq(common[i], name)) {
            return true;
        }
    }
    return false;
}

// A mark may have been given as a number or as yes and no.
static bool is_on(const struct value *v)
{
    return v && (v->kind == V_BOOL ? v->yes : v->kind == V_INT && v->n != 0);
}

// Large texts (outlines of places) stand in entries as "sha256:" and their hash in hex.
static bool is_hash_of(struct arena *a, const struct value *column, const struct value *said)
{
    if (!said || said->kind != V_TEXT || column->kind != V_TEXT ||
        !str_starts(said->text, "sha256:")) {
        return false;
    }
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)column->text, strlen(column->text));
    return str_eq(said->text + strlen("sha256:"), str_hex(a, hash, sizeof(hash)));
}

// Equal as plain values; a column that was never named is as good as NULL, and so is a mark that is
// off.
static bool agree(
    struct arena *a, const char *name, const struct value *column, const struct value *said)
{
    bool mark = str_starts(name, "is_") || str_starts(name, "has_");
    if (mark) {
        return is_on(column) == is_on(said);
    }
    if (is_hash_of(a, column, said)) {
        return true;
    }
    struct value plain = entry_plain(a, column);
    static const struct value nothing = { .kind = V_NULL };
    AUTO_BUF(x, 0);
    AUTO_BUF(y, 0);
    json_write_canonical(&x, &plain);
    json_write_canonical(&y, said ? said : &nothing);
    return str_eq(x.data, y.data);
}

// Each file that an act took in is still the record's.
static enum err check_files_of(
    struct check *v, struct ctx *inner, int64_t record, const struct value *said)
{
    for (size_t i = 0; i < said->object->len; i++) {
        const char *name = said->object->keys[i];
        struct value row;
        int64_t file;
        if (!str_starts(name, LEDGER_FILE) || !str_i64(name + strlen(LEDGER_FILE), &file)) {
            continue;
        }
        enum err e = db_row(inner->db, inner->arena, "file.content",
            ARGS(ARG("id", value_id(file)), ARG("record_id", value_id(record))), &row);
        if (e == ERR_NOT_FOUND) {
            fault(v, "file", v->kind->name, record, ctx_id(inner, file),
                "the file is gone, or was put elsewhere");
        } else {
            TRY(e);
        }
    }
    return OK;
}

static enum err check_record(void *context, const struct value *row)
{
    struct check *v = context;
    struct ctx inner = *v->ctx;
    arena_reset(&v->scratch);
    inner.arena = &v->scratch;
    int64_t id = value_get_int(row, "id", 0);
    struct value said;
    enum err e = entry_fold(&inner, id, 0, &said);
    if (e != OK) {
        return fail(v->ctx->arena, e, "%s",
            v->scratch.detail ? v->scratch.detail : "an entry can't be read");
    }
    if (said.object->len == 0) {
        fault(v, "record", v->kind->name, id, NULL, "no act made this record");
        return OK;
    }
    const struct value *state = value_get(row, "state"), *rev = value_get(row, "rev");
    if (state && !agree(&v->scratch, "state", state, value_get(&said, "state"))) {
        fault(v, "record", v->kind->name, id, "state",
            "the state is not the one that the last act left");
    }
    if (rev && rev->n != value_get_int(&said, "rev", 0)) {
        fault(v, "record", v->kind->name, id, "rev",
            "the record was changed more, or less, often than acts say");
    }
    for (size_t i = 0; i < row->object->len; i++) {
        const char *name = row->object->keys[i];
        const struct value *plain = value_get(&said, name);
        // Personal values stand in the ledger as commitments only.
        if (is_common(name) || (plain && plain->kind == V_OBJECT)) {
            continue;
        }
        if (!agree(&v->scratch, name, &row->object->values[i], plain)) {
            fault(v, "record", v->kind->name, id, name,
                "the value is not the one that the last act left");
        }
    }
    return check_files_of(v, &inner, id, &said);
}

// ---- files --------------------------------------------------------------------------------------

struct hashing {
    crypto_hash_sha256_state state;
    int64_t next, size;
    bool broken;
};

static enum err hash_chunk(void *context, const struct value *row)
{
    struct hashing *h = context;
    const struct value *data = value_get(row, "data_blob");
    if (value_get_int(row, "seq", -1) != h->next++ || !data || data->kind != V_BLOB) {
        h->broken = true;
        return OK;
    }
    h->size += (int64_t)data->blob.len;
    crypto_hash_sha256_update(&h->state, (const unsigned char *)data->blob.data, data->blob.len);
    return OK;
}

static void file_fault(struct check *v, const struct value *row, const char *what)
{
    const char *name = value_get_text(row, "name", "");
    fault(v, "file", value_get_text(row, "kind", NULL), value_get_int(row, "record_id", 0),
        arena_fmt(&v->scratch, "“%s” (%s)", name, ctx_id(v->ctx, value_get_int(row, "id", 0))),
        what);
}

// The bytes against the hash beside them, and against what the act that took them in said. Acts of
// older programs named no files.
static enum err check_file(struct check *v, const struct value *row)
{
    struct ctx inner = *v->ctx;
    int64_t id = value_get_int(row, "id", 0);
    struct hashing h = { .next = 0 };
    struct value said;
    unsigned char hash[crypto_hash_sha256_BYTES];
    arena_reset(&v->scratch);
    inner.arena = &v->scratch;
    crypto_hash_sha256_init(&h.state);
    TRY(db_each(
        v->ctx->db, &v->scratch, "file.chunks", ARGS(ARG("id", value_id(id))), hash_chunk, &h));
    crypto_hash_sha256_final(&h.state, hash);
    TRY(entry_fold(&inner, value_get_int(row, "record_id", 0), 0, &said));
    const struct value *kept = value_get(row, "content_hash");
    bool as_kept = kept && kept->kind == V_BLOB && kept->blob.len == sizeof(hash) &&
                   memcmp(kept->blob.data, hash, sizeof(hash)) == 0;
    const char *named = value_get_text(&said, ledger_file_name(&v->scratch, id), NULL);
    if (h.broken || h.size != value_get_int(row, "size_n", -1)) {
        file_fault(v, row, "a part of the file is missing, or too much is there");
    } else if (!as_kept ||
               (named && !str_eq(named, ledger_file_hash(&v->scratch, hash, sizeof(hash))))) {
        file_fault(v, row, "the content is not what the act took in");
    }
    v->report->files++;
    return OK;
}

static enum err check_files(struct check *v)
{
    int64_t after = 0;
    for (;;) {
        struct arena step;
        arena_init(&step, 64 << 20);
        struct value rows;
        enum err e = db_rows(
            v->ctx->db, &step, "file.of_office", ARGS(ARG("after_id", value_id(after))), &rows);
        size_t n = e == OK ? value_len(&rows) : 0;
        for (size_t i = 0; e == OK && i < n; i++) {
            e = check_file(v, value_at(&rows, i));
            after = value_get_int(value_at(&rows, i), "id", 0);
        }
        arena_release(&step);
        TRY(e);
        if (n == 0) {
            return OK;
        }
    }
}

// ---- all of it ----------------------------------------------------------------------------------

static enum err check_kind(struct check *v, const struct kind *k)
{
    struct ctx *c = v->ctx;
    v->kind = k;
    // By key in steps, so that no snapshot is held long.
    const char *sql = arena_fmt(c->arena,
        "SELECT t.* FROM %s t WHERE t.city = :city AND t.id > :after_id ORDER BY t.id LIMIT 200",
        k->name);
    int64_t after = 0;
    for (;;) {
        struct arena step;
        arena_init(&step, 64 << 20);
        struct value rows;
        enum err e = db_rows_sql(c->db, &step, sql, ARGS(ARG("after_id", value_id(after))), &rows);
        size_t n = e == OK ? value_len(&rows) : 0;
        for (size_t i = 0; e == OK && i < n; i++) {
            e = check_record(v, value_at(&rows, i));
            after = value_get_int(value_at(&rows, i), "id", 0);
        }
        arena_release(&step);
        TRY(e);
        if (n < 200) {
            break;
        }
    }
    const char *gone = arena_fmt(c->arena,
        "SELECT DISTINCT a.record_id AS id FROM act a LEFT JOIN %s t ON t.city = a.city AND t.id = "
        "a.record_id "
        "WHERE a.city = :city AND a.kind = :kind AND t.id IS NULL LIMIT 100",
        k->name);
    struct value rows;
    TRY(db_rows_sql(c->db, c->arena, gone, ARGS(ARG("kind", value_text(k->name))), &rows));
    for (size_t i = 0; i < value_len(&rows); i++) {
        fault(v, "record", k->name, value_get_int(value_at(&rows, i), "id", 0), NULL,
            "the record is gone; acts on it remain");
    }
    return OK;
}

enum err ledger_verify(struct ctx *c, struct ledger_report *ret_report,
    void (*progress)(void *context, double share), void *context)
{
    struct ledger_report report = { .faults = value_list(c->arena) };
    struct check v = { .ctx = c, .report = &report };
    struct note_signer signer;
    TRY(ledger_key(c, &signer));
    v.verifier = signer.verifier;
    note_signer_wipe(&signer);
    arena_init(&v.scratch, 64 << 20);
    enum err e = check_tree(&v);
    size_t n = 0;
    while (registry_kind_at(c->registry, n)) {
        n++;
    }
    for (size_t i = 0; e == OK && i < n; i++) {
        if (progress) {
            progress(context, 0.5 + 0.5 * (double)i / (double)n);
        }
        e = check_kind(&v, registry_kind_at(c->registry, i));
    }
    e = e == OK ? check_files(&v) : e;
    arena_release(&v.scratch);
    TRY(e);
    TRY(db_int(c->db, c->arena, "act.count", NO_ARGS, &report.entries));
    TRY(db_int(c->db, c->arena, "act.erased", NO_ARGS, &report.erased));
    *ret_report = report;
    return OK;
}
