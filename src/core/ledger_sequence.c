// SPDX-License-Identifier: Apache-2.0
// The sequencer: gives waiting leaves their order, integrates them, signs a checkpoint.
#include "ledger_tiles.h"

#include "checkpoint.h"
#include "commitment.h"
#include "ledger.h"
#include "office.h"
#include "str.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 20000, LEASE_MS = 30000, MAX_KEY_FILE = 1024 };

// ---- the key -----------------------------------------------------------------------------------

static const char *key_path(struct ctx *c)
{
    return arena_fmt(c->arena, "%s/%s.ledger.key", c->office->key_folder, c->city->slug);
}

enum err ledger_key_new(struct ctx *c)
{
    struct note_signer signer;
    TRY(note_signer_new(c->arena, arena_fmt(c->arena, "%s/ledger", c->city->host), &signer));
    const char *text = note_signer_text(c->arena, &signer), *path = key_path(c);
    note_signer_wipe(&signer);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        return fail(c->arena, ERR_EXISTS,
            "The ledger's key can't be made at %s: it is there already, or the folder can't be "
            "written.",
            path);
    }
    size_t len = strlen(text);
    bool written = write(file, text, len) == (ssize_t)len && fsync(file) == 0;
    close(file);
    return written ? OK
                   : fail(c->arena, ERR_FULL, "The ledger's key can't be written to %s.", path);
}

enum err ledger_key(struct ctx *c, struct note_signer *ret_signer)
{
    if (!c->office->key_folder) {
        return fail(
            c->arena, ERR_UNAVAILABLE, "No key folder was given, so the ledger can't be signed.");
    }
    const char *path = key_path(c);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return fail(c->arena, ERR_UNAVAILABLE,
            "The ledger's key isn't at %s. Bring it back from the backup.", path);
    }
    char text[MAX_KEY_FILE];
    ssize_t len = read(file, text, sizeof(text) - 1);
    close(file);
    text[len < 0 ? 0 : len] = '\0';
    enum err e = note_signer_parse(c->arena, str_trim(c->arena, text), ret_signer);
    explicit_bzero(text, sizeof(text));
    return e == OK ? OK : fail(c->arena, ERR_CORRUPT, "%s isn't a ledger key.", path);
}

// ---- tiles in the store
// --------------------------------------------------------------------------

static enum err load_tile(void *context, const struct tile *tile, unsigned char *ret_hashes)
{
    struct ctx *c = context;
    struct value row;
    enum err e = db_row(c->db, c->arena, "tile.get",
        ARGS(ARG("level_n", value_int(tile->level)), ARG("tile_n", value_int(tile->index))), &row);
    const struct value *hashes = e == OK ? value_get(&row, "hashes_blob") : NULL;
    size_t want = (size_t)tile->width * MERKLE_HASH_BYTES;
    if (e == ERR_NOT_FOUND || (hashes && (hashes->kind != V_BLOB || hashes->blob.len < want))) {
        return fail(c->arena, ERR_CORRUPT, "a tile of the ledger is missing");
    }
    TRY(e);
    memcpy(ret_hashes, hashes->blob.data, want);
    return OK;
}

static enum err save_tile(void *context, const struct tile *tile, const unsigned char *hashes)
{
    struct ctx *c = context;
    struct value blob = { .kind = V_BLOB,
        .blob = { arena_memdup(c->arena, hashes, (size_t)tile->width * MERKLE_HASH_BYTES),
            (size_t)tile->width * MERKLE_HASH_BYTES } };
    return db_exec(c->db, c->arena, "tile.put",
        ARGS(ARG("level_n", value_int(tile->level)), ARG("tile_n", value_int(tile->index)),
            ARG("hashes_blob", blob)),
        NULL);
}

struct tile_place ledger_tiles(struct ctx *c)
{
    return (struct tile_place){ .load = load_tile, .save = save_tile, .context = c };
}

// ---- sequencing
// ----------------------------------------------------------------------------------

static enum err newest_tree(struct ctx *c, struct merkle *ret_tree)
{
    struct value row;
    enum err e = db_row(c->db, c->arena, "checkpoint.newest", NO_ARGS, &row);
    if (e == ERR_NOT_FOUND) {
        merkle_init(ret_tree);
        return OK;
    }
    TRY(e);
    const struct value *state = value_get(&row, "frontier_blob");
    return state->kind == V_BLOB ? merkle_read(state->blob.data, state->blob.len, ret_tree)
                                 : ERR_CORRUPT;
}

static enum err add_leaves(struct ctx *c, const struct value *waiting, struct tile_writer *w)
{
    static const char *const columns[] = { "city", "seq", "act_id", "leaf_hash" };
    struct db_load *load;
    int64_t seq = w->tree.size;
    for (size_t i = 0; i < value_len(waiting); i++) {
        const struct value *hash = value_get(value_at(waiting, i), "leaf_hash");
        if (hash->kind != V_BLOB || hash->blob.len != COMMITMENT_BYTES) {
            return fail(c->arena, ERR_CORRUPT, "a waiting leaf has the wrong length");
        }
        unsigned char leaf[MERKLE_HASH_BYTES];
        merkle_leaf_hash(hash->blob.data, hash->blob.len, leaf);
        TRY(tile_writer_add(w, leaf));
    }
    TRY(tile_writer_finish(w));
    TRY(db_load_begin(c->db, c->arena, "leaf", columns, ARRAY_LEN(columns), &load));
    enum err e = OK;
    for (size_t i = 0; e == OK && i < value_len(waiting); i++) {
        const struct value *row = value_at(waiting, i);
        struct value cells[] = { value_int(c->city->id), value_int(seq++), *value_get(row, "id"),
            *value_get(row, "leaf_hash") };
        e = db_load_row(load, cells);
    }
    enum err end = db_load_end(load);
    return e == OK ? end : e;
}

static enum err sign(struct ctx *c, const struct merkle *tree)
{
    struct note_signer signer;
    TRY(ledger_key(c, &signer));
    struct checkpoint checkpoint = { .origin = signer.verifier.name, .size = tree->size };
    merkle_root(tree, checkpoint.root);
    const char *note;
    enum err e = checkpoint_sign(c->arena, &checkpoint, &signer, 1, &note);
    note_signer_wipe(&signer);
    TRY(e);
    unsigned char *state = arena_alloc(c->arena, MERKLE_STATE_BYTES);
    size_t len = merkle_write(tree, state);
    return db_insert(c->db, c->arena, "checkpoint", false,
        ARGS(ARG("size_n", value_int(tree->size)), ARG("signed_at", value_time(c->now)),
            ARG("frontier_blob", ((struct value){ .kind = V_BLOB, .blob = { state, len } })),
            ARG("note", value_text(note))));
}

static enum err sequence_batch(struct ctx *c, int *ret_n)
{
    int64_t held = 0;
    TRY(db_exec(c->db, c->arena, "lease.take",
        ARGS(ARG("name", value_text("sequencer")),
            ARG("holder", value_text(c->request_id ? c->request_id : "")),
            ARG("until_at", value_time(c->now + LEASE_MS))),
        &held));
    struct value waiting;
    TRY(db_rows(
        c->db, c->arena, "leaf_waiting.oldest", ARGS(ARG("limit_n", value_int(BATCH))), &waiting));
    size_t n = value_len(&waiting);
    *ret_n = 0;
    if (!held || !n) {
        return OK;
    }
    struct merkle tree;
    TRY(newest_tree(c, &tree));
    struct tile_place place = ledger_tiles(c);
    struct tile_writer *w = arena_new(c->arena, struct tile_writer);
    tile_writer_init(w, &place, &tree);
    TRY(add_leaves(c, &waiting, w));
    TRY(db_exec(c->db, c->arena, "leaf_waiting.drop",
        ARGS(ARG("last_id", *value_get(value_at(&waiting, n - 1), "id"))), NULL));
    TRY(sign(c, &w->tree));
    *ret_n = (int)n;
    return OK;
}

enum err ledger_sequence(struct ctx *c, int *ret_n)
{
    int64_t waiting = 0;
    TRY(db_int(c->db, c->arena, "leaf_waiting.any", NO_ARGS, &waiting));
    if (!waiting) {
        *ret_n = 0; // the common case writes nothing
        return OK;
    }
    TRY(db_begin(c->db, c->arena, DB_MOVE));
    int n = 0;
    enum err e = sequence_batch(c, &n);
    if (e == OK) {
        e = db_commit(c->db, c->arena);
    } else {
        db_rollback(c->db);
    }
    if (e == ERR_RETRY || e == ERR_EXISTS) {
        n = 0; // another process was first
        e = OK;
    }
    *ret_n = n;
    return e;
}
