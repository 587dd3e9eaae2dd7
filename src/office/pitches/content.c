// SPDX-License-Identifier: Apache-2.0
// What a pitch says, as one canonical text that can be hashed: the receipt's subject, and each
// version's.
#include "pitch_parts.h"

#include "json.h"
#include "ledger_entry.h"
#include "str.h"

#include <sodium.h>

static const char *const contents[] = { "call_id", "title", "summary", "approach", "evidence",
    "access_plan", "privacy_plan", "risks", "trade_secrets", "answers" };
static const char *const identity[] = { "organisation", "contact_name", "co_applicants",
    "certifications", "is_first_time", "size", "website", "about_us", "salt" };

struct value content_salt(struct ctx *c)
{
    unsigned char bytes[16];
    randombytes_buf(bytes, sizeof(bytes));
    return value_text(str_hex(c->arena, bytes, sizeof(bytes)));
}

static void take(
    struct ctx *c, const struct value *row, const char *const *names, size_t n, struct value *to)
{
    for (size_t i = 0; i < n; i++) {
        const struct value *v = value_get(row, names[i]);
        value_set(c->arena, to, names[i], v ? entry_plain(c->arena, v) : VALUE_NULL);
    }
}

enum err content_of(struct act *a, int64_t pitch, const char **ret_text, const char **ret_hash)
{
    struct ctx *c = a->ctx;
    const struct arg *args = ARGS(ARG("pitch_id", value_id(pitch)));
    struct value row, who, all = value_object(c->arena);
    const char *price;
    TRY(db_row(c->db, c->arena, "pitch.whole", args, &row));
    take(c, &row, contents, ARRAY_LEN(contents), &all);
    enum err e = db_row(c->db, c->arena, "pitch.identity_whole", args, &who);
    if (e == OK) {
        take(c, &who, identity, ARRAY_LEN(identity), &all);
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    struct value answers;
    TRY(answers_content(c, pitch, &answers));
    if (answers.object->len) {
        value_set(c->arena, &all, "form_answers", answers);
    }
    TRY(price_hash(c, pitch, &price));
    value_set(c->arena, &all, "sealed_price_sha256", *price ? value_text(price) : VALUE_NULL);
    AUTO_BUF(text, 0);
    json_write_canonical(&text, &all);
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)buf_text(&text), text.len);
    *ret_text = arena_strndup(c->arena, buf_text(&text), text.len);
    *ret_hash = str_hex(c->arena, hash, sizeof(hash));
    return OK;
}

enum err content_keep(struct act *a)
{
    struct ctx *c = a->ctx;
    const char *text, *hash;
    struct value last;
    int64_t n = 0;
    TRY(content_of(a, a->id, &text, &hash));
    enum err e = db_row(
        c->db, c->arena, "pitch.last_version", ARGS(ARG("pitch_id", value_id(a->id))), &last);
    if (e == OK) {
        n = value_get_int(&last, "n", 0);
        if (str_eq(value_get_text(&last, "content_sha", ""), hash)) {
            return OK;
        }
    } else if (e != ERR_NOT_FOUND) {
        return e;
    }
    act_note(a, "version_n", value_int(n + 1));
    return db_insert(c->db, c->arena, "pitch_version", true,
        ARGS(ARG("pitch_id", value_id(a->id)), ARG("n", value_int(n + 1)),
            ARG("saved_at", value_time(c->now)), ARG("content", value_text(text)),
            ARG("content_sha", value_text(hash))));
}
