// SPDX-License-Identifier: Apache-2.0
// Writes a ledger as static files, to be served by anything and held against verify_log.py:
//     write_log FOLDER SEED SIZE...
// grows the log through each SIZE in turn, as the sequencer would, with one checkpoint each (kept
// as checkpoint.SIZE too), and prints the verifier key. Another SEED gives other entries under the
// same key, so a log that tells different people different things.
#include "checkpoint.h"
#include "commitment.h"
#include "str.h"
#include "tile_io.h"

#include <errno.h>
#include <sys/stat.h>

// A key for tests, of seed 00 01 … 1f; nothing real is signed with it.
static const char secret[] =
    "PRIVATE+KEY+city.example/ledger+7d441c73+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

struct log {
    const char *folder;
    int64_t seed;
    struct arena arena;
};

// FOLDER/PATH with the folders above it.
static const char *place_of(struct log *log, const char *path, bool make_folders)
{
    char *full = arena_fmt(&log->arena, "%s/%s", log->folder, path);
    for (char *p = full + strlen(log->folder); make_folders && (p = strchr(p + 1, '/'));) {
        *p = '\0';
        if (mkdir(full, 0777) != 0 && errno != EEXIST) {
            perror(full);
            exit(1);
        }
        *p = '/';
    }
    return full;
}

static enum err write_file(struct log *log, const char *path, const void *data, size_t len)
{
    FILE *f = fopen(place_of(log, path, true), "wb");
    if (!f) {
        return ERR_FULL;
    }
    size_t written = fwrite(data, 1, len, f);
    return fclose(f) == 0 && written == len ? OK : ERR_FULL;
}

static enum err load_tile(void *context, const struct tile *tile, unsigned char *ret_hashes)
{
    struct log *log = context;
    char path[TILE_PATH_BYTES];
    tile_path(tile, path);
    FILE *f = fopen(place_of(log, path, false), "rb");
    if (!f) {
        return ERR_NOT_FOUND;
    }
    size_t n = fread(ret_hashes, MERKLE_HASH_BYTES, (size_t)tile->width, f);
    fclose(f);
    return n == (size_t)tile->width ? OK : ERR_CORRUPT;
}

static enum err save_tile(void *context, const struct tile *tile, const unsigned char *hashes)
{
    char path[TILE_PATH_BYTES];
    tile_path(tile, path);
    return write_file(context, path, hashes, (size_t)tile->width * MERKLE_HASH_BYTES);
}

static void entry_of(const struct log *log, int64_t index, unsigned char ret[COMMITMENT_BYTES])
{
    unsigned char salt[COMMITMENT_SALT_BYTES] = { 0 };
    memcpy(salt, &log->seed, sizeof(log->seed));
    commitment_compute(salt, &index, sizeof(index), ret);
}

static enum err write_bundles(struct log *log, int64_t from, int64_t to)
{
    struct tile_walk walk = tile_walk(from, to);
    struct tile tile;
    while (tile_walk_next(&walk, &tile) && tile.level == 0) {
        AUTO_BUF(bundle, 0);
        tile.level = TILE_ENTRIES;
        for (int i = 0; i < tile.width; i++) {
            unsigned char entry[COMMITMENT_BYTES];
            entry_of(log, tile.index * TILE_WIDTH + i, entry);
            TRY(bundle_add(&bundle, entry, sizeof(entry)));
        }
        char path[TILE_PATH_BYTES];
        tile_path(&tile, path);
        TRY(write_file(log, path, bundle.data, bundle.len));
    }
    return OK;
}

static enum err write_checkpoint(
    struct log *log, const struct merkle *tree, const struct note_signer *signer)
{
    struct checkpoint checkpoint = { .origin = signer->verifier.name, .size = tree->size };
    merkle_root(tree, checkpoint.root);
    const char *note;
    TRY(checkpoint_sign(&log->arena, &checkpoint, signer, 1, &note));
    TRY(write_file(log, "checkpoint", note, strlen(note)));
    return write_file(
        log, arena_fmt(&log->arena, "checkpoint.%lld", (long long)tree->size), note, strlen(note));
}

static enum err grow(
    struct log *log, struct merkle *tree, int64_t to, const struct note_signer *signer)
{
    struct tile_place place = { .load = load_tile, .save = save_tile, .context = log };
    struct tile_writer *w = arena_new(&log->arena, struct tile_writer);
    tile_writer_init(w, &place, tree);
    while (w->tree.size < to) {
        unsigned char entry[COMMITMENT_BYTES], leaf[MERKLE_HASH_BYTES];
        entry_of(log, w->tree.size, entry);
        merkle_leaf_hash(entry, sizeof(entry), leaf);
        TRY(tile_writer_add(w, leaf));
    }
    TRY(tile_writer_finish(w));
    TRY(write_bundles(log, tree->size, to));
    *tree = w->tree;
    return write_checkpoint(log, tree, signer);
}

int main(int argc, char **argv)
{
    struct log log = { 0 };
    struct note_signer signer;
    struct merkle tree = { 0 };
    if (argc < 4 || !str_i64(argv[2], &log.seed)) {
        fprintf(stderr, "usage: write_log FOLDER SEED SIZE...\n");
        return 2;
    }
    log.folder = argv[1];
    arena_init(&log.arena, (size_t)1 << 30);
    enum err e = note_signer_parse(&log.arena, secret, &signer);
    for (int i = 3; i < argc && e == OK; i++) {
        int64_t size;
        e = str_i64(argv[i], &size) && size >= tree.size ? grow(&log, &tree, size, &signer)
                                                         : ERR_INVALID;
    }
    if (e != OK) {
        fprintf(stderr, "write_log: %s\n", err_name(e));
    } else {
        printf("%s\n", note_verifier_text(&log.arena, &signer.verifier));
    }
    arena_release(&log.arena);
    return e == OK ? 0 : 1;
}
