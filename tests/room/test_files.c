// SPDX-License-Identifier: Apache-2.0
// Files belong to the record that took them in, and the ledger knows their content.
#include "chain.h"
#include "harness.h"
#include "ledger.h"

#include <sodium.h>

static struct value bytes(const void *data, size_t len)
{
    return (struct value){ .kind = V_BLOB, .blob = { data, len } };
}

static void begin(void)
{
    assert_int_equal(db_begin(room.db, &room.arena, DB_WRITE), OK);
}

static void commit(void)
{
    assert_int_equal(db_commit(room.db, &room.arena), OK);
}

// As an upload leaves it, in two pieces, before any act has claimed it.
static int64_t upload(int64_t owner, const char *one, const char *two)
{
    unsigned char *hash = arena_alloc(&room.arena, crypto_hash_sha256_BYTES);
    const char *all = room_fmt("%s%s", one, two);
    int64_t id = id_new();
    crypto_hash_sha256(hash, (const unsigned char *)all, strlen(all));
    begin();
    assert_int_equal(
        db_insert(room.db, &room.arena, "file", false,
            ARGS(ARG("id", value_id(id)), ARG("record_id", value_id(0)),
                ARG("kind", value_text("")), ARG("name", value_text("terms.txt")),
                ARG("type", value_text("text/plain")),
                ARG("size_n", value_int((int64_t)strlen(all))),
                ARG("content_hash", bytes(hash, crypto_hash_sha256_BYTES)),
                ARG("owner_id", value_id(owner)), ARG("created_at", value_time(room.ctx.now)))),
        OK);
    const char *pieces[] = { one, two };
    for (int i = 0; i < 2; i++) {
        assert_int_equal(db_insert(room.db, &room.arena, "file_chunk", false,
                             ARGS(ARG("id", value_id(id)), ARG("seq", value_int(i)),
                                 ARG("data_blob", bytes(pieces[i], strlen(pieces[i]))))),
            OK);
    }
    commit();
    return id;
}

static int64_t call_of_director(void)
{
    return chain_draft_call(chain_challenge(), "1000", "formal");
}

static void take(enum err expected, int64_t call, int64_t file)
{
    const char *field = room_fmt("document_id=%s", room_id(file));
    if (expected == OK) {
        room_act("call.edit", call, field, NULL);
    } else {
        room_refuse(expected, "call.edit", call, field, NULL);
        assert_string_equal(room.outcome.errors[0].name, "document_id");
    }
}

// How many faults name the file; "" when verify has nothing to say of files.
static const char *verified(int64_t *ret_files)
{
    struct ledger_report report;
    int n;
    const char *said = "";
    room_as_system();
    if (ledger_sequence(&room.ctx, &n) != OK ||
        ledger_verify(&room.ctx, &report, NULL, NULL) != OK) {
        fail_msg("%s", room.arena.detail);
    }
    for (size_t i = 0; i < value_len(&report.faults); i++) {
        const struct value *f = value_at(&report.faults, i);
        if (str_eq(value_get_text(f, "what", ""), "file")) {
            said = room_fmt("%s%s %s %s: %s\n", said, value_get_text(f, "kind", ""),
                room_id(value_get_int(f, "id", 0)), value_get_text(f, "field", ""),
                value_get_text(f, "text", ""));
        }
    }
    *ret_files = report.files;
    return said;
}

static void says(const char *first, const char *second)
{
    int64_t files;
    const char *said = verified(&files);
    if (!strstr(said, first) || !strstr(said, second)) {
        fail_msg("%s", said);
    }
}

static void change(const char *table, int64_t id, const char *column, struct value v)
{
    int64_t changed = 0;
    begin();
    assert_int_equal(
        db_update(room.db, &room.arena, table, false, id, 0, ARGS(ARG(column, v)), &changed), OK);
    assert_true(changed > 0);
    commit();
}

static void the_ledger_knows_what_is_in_a_file(void **state)
{
    int64_t call = call_of_director();
    int64_t file = upload(room.people[1], "The terms, ", "in two parts.");
    int64_t before, files;
    assert_string_equal(verified(&before), "");
    room_as(ROLE_DIRECTOR);
    take(OK, call, file);
    assert_string_equal(verified(&files), "");
    assert_int_equal(files, before + 1);
    // Other bytes of the same length.
    const char *name = room_fmt("call %s “terms.txt” (%s)", room_id(call), room_id(file));
    change("file_chunk", file, "data_blob", bytes("Their terms", 11));
    says(name, "");
    // And the hash beside them made to agree: the ledger still knows.
    const char *forged = "Their termsTheir terms";
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)forged, strlen(forged));
    change("file", file, "content_hash", bytes(hash, sizeof(hash)));
    change("file", file, "size_n", value_int((int64_t)strlen(forged)));
    says(name, "the content is not what the act took in");
    // A part too much, or the file given to another record.
    change("file", file, "size_n", value_int(5));
    says(name, "a part of the file is missing");
    change("file", file, "record_id", value_id(call + 1));
    says(room_fmt("call %s %s: ", room_id(call), room_id(file)), "the file is gone, or was put");
}

static void a_file_is_claimed_once_and_by_its_owner(void **state)
{
    int64_t one = call_of_director(), other = call_of_director();
    room_as(ROLE_DIRECTOR);
    int64_t me = room.ctx.viewer.person;
    int64_t mine = upload(me, "a", "b"), theirs = upload(room.other_liaison, "c", "d");
    room_as(ROLE_DIRECTOR);
    take(OK, one, mine);
    take(OK, one, mine); // the form again
    take(ERR_INVALID, other, mine);
    take(ERR_INVALID, other, theirs);
    take(ERR_INVALID, other, id_new());
    take(ERR_INVALID, other, one); // a record's id is no file's
    room_as(ROLE_DIRECTOR);
    assert_int_equal(room_int("call", other, "document_id"), 0);
    assert_int_equal(room_int("call", one, "document_id"), mine);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_claimed_once_and_by_its_owner),
        cmocka_unit_test(the_ledger_knows_what_is_in_a_file),
    };
    return ROOM_TESTS(tests);
}
