// SPDX-License-Identifier: Apache-2.0
// An office with the test room alone, on a free port, for core.py: people of three roles
// who are signed in already, and notes to look at. Prints one line of JSON; ends on SIGTERM or when
// its standard input is closed.
#include "act.h"
#include "clock.h"
#include "office.h"
#include "site.h"
#include "str.h"
#include "testroom.h"

#include <sodium.h>

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PLAIN_NOTES = 130 };

static struct arena arena;

static void must(enum err e, const char *what)
{
    if (e != OK) {
        fprintf(
            stderr, "coreapp: %s: %s: %s\n", what, err_name(e), arena.detail ? arena.detail : "");
        exit(1);
    }
}

static struct value text(const char *s)
{
    return value_text(s);
}

static struct value blob(const void *data, size_t len)
{
    return (struct value){ .kind = V_BLOB, .blob = { arena_memdup(&arena, data, len), len } };
}

static void add_session(struct ctx *c, int64_t person, const char *token, const char *purpose)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)token, strlen(token));
    must(db_insert(c->db, &arena, "session", true,
             ARGS(ARG("id", value_id(id_new())), ARG("token_hash", blob(hash, sizeof(hash))),
                 ARG("person_id", value_id(person)),
                 ARG("csrf", text(arena_fmt(&arena, "csrf-of-%s", token))),
                 ARG("purpose", text(purpose)), ARG("created_at", value_time(c->now)),
                 ARG("seen_at", value_time(c->now)),
                 ARG("ends_at", value_time(c->now + CLOCK_DAY)))),
        "session");
}

// Signed in by the cookie <name>-cookie and by the token <name>-token.
static int64_t add_person(struct ctx *c, const char *name, uint32_t role)
{
    int64_t id = id_new();
    must(db_begin(c->db, &arena, DB_WRITE), "begin");
    must(db_insert(c->db, &arena, "person", false,
             ARGS(ARG("id", value_id(id)), ARG("rev", value_int(1)), ARG("state", text("active")),
                 ARG("created_at", value_time(c->now)), ARG("changed_at", value_time(c->now)),
                 ARG("name", text(name)))),
        "person");
    must(db_insert(c->db, &arena, "grant_role", false,
             ARGS(ARG("id", value_id(id_new())), ARG("rev", value_int(1)),
                 ARG("state", text("held")), ARG("created_at", value_time(c->now)),
                 ARG("changed_at", value_time(c->now)), ARG("person_id", value_id(id)),
                 ARG("role", text(role_name(role))))),
        "grant");
    add_session(c, id, arena_fmt(&arena, "%s-cookie", name), "password");
    add_session(c, id, arena_fmt(&arena, "%s-token", name), "token");
    must(db_commit(c->db, &arena), "commit");
    return id;
}

// Rows for paging: every third without a date, dates that repeat, in no order.
static void add_plain_notes(struct ctx *c)
{
    must(db_begin(c->db, &arena, DB_WRITE), "begin");
    for (int i = 0; i < PLAIN_NOTES; i++) {
        must(db_insert(c->db, &arena, "note", false,
                 ARGS(ARG("id", value_id(id_new())), ARG("rev", value_int(1)),
                     ARG("state", text("published")), ARG("created_at", value_time(c->now)),
                     ARG("changed_at", value_time(c->now)),
                     ARG("title", text(arena_fmt(&arena, "Plain note %03d", (i * 37) % 130))),
                     ARG("topic", text(i % 2 ? "water" : "tree")),
                     ARG("amount_cents", value_money(i * 100, "USD")),
                     ARG("due_on", i % 3 ? value_date(20000 + (i * 7) % 10) : VALUE_NULL),
                     ARG("remark", text("MARKER-OFFICE-ONLY")),
                     ARG("writer_email", text("marker@secret.example")),
                     ARG("writer_name", text("MARKER-WRITER")))),
            "note");
    }
    must(db_commit(c->db, &arena), "commit");
}

static int64_t add_note(struct ctx *c, const char *title, const char *body, bool publish)
{
    struct outcome o;
    struct value values = value_object(&arena), none = value_object(&arena);
    value_set(&arena, &values, "title", text(title));
    value_set(&arena, &values, "body", text(body));
    value_set(&arena, &values, "topic", text("street"));
    value_set(&arena, &values, "remark", text("MARKER-OFFICE-ONLY"));
    must(act_run_values(c, "note.draft", 0, &values, &o), "note.draft");
    if (publish) {
        must(act_run_values(c, "note.publish", o.id, &none, &(struct outcome){ 0 }), "publish");
    }
    return o.id;
}

static struct office *open_office(const char *folder, bool on_postgres)
{
    struct office *o;
    struct office_options options = {
        .db =
            on_postgres ? getenv("PILOTHOUSE_TEST_PG") : arena_fmt(&arena, "%s/office.db", folder),
        .create = true,
        .skip_schema_check = true,
        .key_folder = arena_fmt(&arena, "%s/keys", folder),
        .rooms = test_rooms,
    };
    mkdir(options.key_folder, 0700);
    must(office_open(&arena, &options, &o), "open");
    must(store_migrate(o->store, &arena, NULL), "migrate");
    must(office_new_city(o, &arena,
             &(struct new_city){ .slug = "test",
                 .name = "City of Test",
                 .office_name = "Test Office",
                 .zone = "America/New_York",
                 .currency = "USD",
                 .host = "test.example" }),
        "city");
    return o;
}

static void *watch_input(void *context)
{
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    kill(getpid(), SIGTERM);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    arena_init(&arena, 256 << 20);
    struct office *o = open_office(argv[1], str_eq(argv[2], "postgres"));
    struct db *db = NULL;
    struct ctx c;
    must(db_open(o->store, &arena, &db), "handle");
    ctx_system(&c, o, &o->cities[0], db, &arena);
    int64_t director = add_person(&c, "director", ROLE_DIRECTOR);
    add_person(&c, "staff", ROLE_STAFF);
    add_person(&c, "applicant", ROLE_APPLICANT);
    add_plain_notes(&c);
    must(ctx_become(&c, director), "become");
    int64_t published = add_note(&c, "Lamps <b>out</b> & dark", "The **lamps** are out.", true);
    int64_t draft = add_note(&c, "A draft nobody sees", "MARKER-DRAFT lamps", false);
    const char *published_id = ctx_id(&c, published), *draft_id = ctx_id(&c, draft);
    db_close(db);
    struct server *server;
    must(office_routes(o, &arena), "routes");
    must(office_serve(o, &arena, "127.0.0.1:0", NULL, 2, &server), "serve");
    printf("{\"port\":%d,\"published\":\"%s\",\"draft\":\"%s\"}\n", server_port(server),
        published_id, draft_id);
    fflush(stdout);
    pthread_t watcher;
    pthread_create(&watcher, NULL, watch_input, NULL);
    pthread_detach(watcher); // it may wait for input for ever
    int which;
    sigwait(&ends, &which);
    office_stop(o, server, 2000);
    office_close(o);
    arena_release(&arena);
    return 0;
}
