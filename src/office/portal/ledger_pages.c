// SPDX-License-Identifier: Apache-2.0
#include "ledger_pages.h"

#include "checkpoint.h"
#include "ledger_tiles.h"
#include "str.h"

static enum err newest(struct ctx *c, struct value *ret_row)
{
    enum err e = db_row(c->db, c->arena, "checkpoint.newest", NO_ARGS, ret_row);
    return e == ERR_NOT_FOUND
               ? fail(c->arena, e, "%s", ctx_text(c, "Nothing stands in the ledger yet.", NULL))
               : e;
}

enum err build_ledger(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    struct note_signer signer;
    page_title(c, data, ctx_text(c, "The ledger", NULL));
    enum err e = newest(c, &row);
    if (e == ERR_NOT_FOUND) {
        return OK;
    }
    TRY(e);
    TRY(ledger_key(c, &signer));
    struct note_verifier verifier = signer.verifier;
    note_signer_wipe(&signer); // the public half is all that this page needs
    const char *note = value_get_text(&row, "note", "");
    struct checkpoint checkpoint;
    e = checkpoint_open(c->arena, note, strlen(note), verifier.name, &verifier, 1, &checkpoint);
    TRY(e);
    value_set(c->arena, data, "size", value_int(checkpoint.size));
    value_set(c->arena, data, "root",
        value_text(str_base64(c->arena, checkpoint.root, sizeof(checkpoint.root))));
    value_set(c->arena, data, "origin", value_text(checkpoint.origin));
    value_set(c->arena, data, "key", value_text(note_verifier_text(c->arena, &verifier)));
    value_set(c->arena, data, "signed_at", *value_get(&row, "signed_at"));
    value_set(c->arena, data, "note", value_text(note));
    return OK;
}

enum err build_checkpoint(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    TRY(newest(c, &row));
    r->content_type = "text/plain; charset=utf-8";
    r->max_age = 1;
    buf_puts(&r->body, value_get_text(&row, "note", ""));
    return OK;
}

static enum err write_entries(struct ctx *c, const struct tile *tile, struct response *r)
{
    struct value rows;
    int64_t from = tile->index * TILE_WIDTH;
    TRY(db_rows(c->db, c->arena, "leaf.range",
        ARGS(ARG("from_n", value_int(from)), ARG("to_n", value_int(from + tile->width))), &rows));
    if (value_len(&rows) != (size_t)tile->width) {
        return ERR_NOT_FOUND;
    }
    for (size_t i = 0; i < value_len(&rows); i++) {
        const struct value *hash = value_get(value_at(&rows, i), "leaf_hash");
        TRY(bundle_add(&r->body, hash->blob.data, hash->blob.len));
    }
    return OK;
}

enum err build_tile(struct ctx *c, struct request *q, struct value *data, struct response *r)
{
    struct value row;
    struct tile tile;
    TRY(newest(c, &row));
    const char *path = arena_fmt(c->arena, "tile/%s", request_param(q, "path"));
    if (!tile_parse(path, &tile) || !tile_within(&tile, value_get_int(&row, "size_n", 0))) {
        return fail(
            c->arena, ERR_NOT_FOUND, "%s", ctx_text(c, "The ledger has no such tile.", NULL));
    }
    r->content_type = "application/octet-stream";
    r->immutable = tile.width == TILE_WIDTH;
    if (tile.level == TILE_ENTRIES) {
        return write_entries(c, &tile, r);
    }
    struct tile_place place = ledger_tiles(c);
    unsigned char hashes[TILE_BYTES];
    TRY(place.load(place.context, &tile, hashes));
    buf_add(&r->body, hashes, (size_t)tile.width * MERKLE_HASH_BYTES);
    return OK;
}
