// SPDX-License-Identifier: Apache-2.0
// An office whose mail the test sends step by step.
//
//   mailoffice DB new                      an office with one person, Zoë (zoe@example.org)
//   mailoffice DB add ADDRESS SUBJECT BODY queues one mail, caused by Zoë
//   mailoffice DB notice NAME              tells Zoë something at once, NAME in it
//   mailoffice DB link                     mails Zoë a link
//   mailoffice DB later TEXT               tells Zoë something without mail
//   mailoffice DB run [SMTP]               runs all jobs that are due
//   mailoffice DB show                     mails and jobs as JSON
//   mailoffice DB told                     what Zoë was told, a line each
#include "accounts/accounts.h"
#include "clock.h"
#include "job.h"
#include "json.h"
#include "mail.h"
#include "notice.h"
#include "office.h"
#include "str.h"
#include "transact.h"

static struct arena arena;

static void must(enum err e, const char *what)
{
    if (e != OK) {
        fprintf(stderr, "%s: %s: %s\n", what, err_name(e), arena.detail ? arena.detail : "");
        exit(1);
    }
}

static int64_t zoe(struct ctx *c)
{
    int64_t id;
    must(accounts_find(c, "zoe@example.org", &id), "Zoë");
    return id;
}

static enum err add(struct ctx *c, void *context)
{
    char **words = context;
    c->viewer.person = zoe(c);
    enum err e = mail_queue(
        c, &(struct letter){ .address = words[0], .subject = words[1], .body = words[2] });
    c->viewer.person = 0;
    return e;
}

static enum err tell(struct ctx *c, void *context)
{
    char **words = context;
    struct value args = value_object(&arena);
    value_set(&arena, &args, "name", value_text(words[1]));
    value_set(&arena, &args, "sum", value_money(123456, "USD"));
    value_set(&arena, &args, "when", value_date(20000));
    struct notice n = { .text = "“{name}” was approved: {sum} until {when, date}",
        .args = &args,
        .kind = "person",
        .id = zoe(c),
        .mail_now = str_eq(words[0], "notice") };
    return str_eq(words[0], "link") ? notice_link(c, zoe(c), "/me", 3, &n)
                                    : notice_person(c, zoe(c), &n);
}

static void show_rows(struct ctx *c, const char *name, const char *query, struct buf *out)
{
    struct value rows;
    must(db_rows(c->db, &arena, query, NO_ARGS, &rows), query);
    buf_fmt(out, "\"%s\":", name);
    json_write(out, NULL, &rows);
}

static void show(struct ctx *c)
{
    AUTO_BUF(out, 0);
    buf_puts(&out, "{");
    show_rows(c, "mails", "test.mails", &out);
    buf_puts(&out, ",");
    show_rows(c, "jobs", "test.jobs", &out);
    buf_puts(&out, "}\n");
    fputs(buf_text(&out), stdout);
}

static void waiting(struct ctx *c)
{
    int64_t n;
    struct value why;
    must(mail_waiting(c, &n, &why), "waiting");
    printf("%s\n", value_get_text(&why, "error", ""));
}

static void told(struct ctx *c)
{
    struct value list;
    must(notice_list(c, zoe(c), 0, 100, &list), "told");
    for (size_t i = 0; i < value_len(&list); i++) {
        printf("%s\n", value_get_text(value_at(&list, i), "text", ""));
    }
}

static void make(struct office *o)
{
    must(store_migrate(o->store, &arena, NULL), "migrate");
    must(office_new_city(o, &arena,
             &(struct new_city){ .slug = "test",
                 .name = "City of Test",
                 .office_name = "Büro, Test & Söhne",
                 .zone = "America/New_York",
                 .currency = "USD",
                 .host = "test.example" }),
        "city");
}

static void make_zoe(struct ctx *c)
{
    int64_t id;
    must(accounts_create_user(c,
             &(struct new_user){ .name = "Zoë Ångström",
                 .email = "zoe@example.org",
                 .roles = ROLE_ADMIN | ROLE_STAFF },
             &id),
        "user");
}

int main(int argc, char **argv)
{
    static const struct room *const rooms[] = { &accounts_room, NULL };
    if (argc < 3) {
        return 2;
    }
    const char *what = argv[2];
    bool is_new = str_eq(what, "new");
    arena_init(&arena, 64 << 20);
    struct office *o;
    struct office_options options = { .db = argv[1],
        .create = is_new,
        .skip_schema_check = is_new,
        .key_folder = arena_fmt(&arena, "%s.keys", argv[1]),
        .smtp = str_eq(what, "run") && argc > 3 ? argv[3] : NULL,
        .mail_from = "office@test.example",
        .base_url = "https://office.test.example/",
        .rooms = rooms };
    must(office_open(&arena, &options, &o), "open");
    if (is_new) {
        make(o);
    }
    AUTO(db) db = NULL;
    must(db_open(o->store, &arena, &db), "handle");
    struct ctx c;
    ctx_system(&c, o, &o->cities[0], db, &arena);
    if (is_new) {
        make_zoe(&c);
    } else if (str_eq(what, "add") && argc == 6) {
        must(transact(&c, add, argv + 3), "add");
    } else if (str_eq(what, "notice") || str_eq(what, "link") || str_eq(what, "later")) {
        static char none[] = "";
        char *words[] = { argv[2], argc > 3 ? argv[3] : none };
        must(transact(&c, tell, words), "notice");
    } else if (str_eq(what, "run")) {
        int n = 0;
        must(jobs_run_due(o, &arena, &n), "run");
        printf("%d\n", n);
    } else if (str_eq(what, "show")) {
        show(&c);
    } else if (str_eq(what, "waiting")) {
        waiting(&c);
    } else if (str_eq(what, "told")) {
        told(&c);
    } else {
        return 2;
    }
    db_close(db);
    db = NULL;
    office_close(o);
    arena_release(&arena);
    return 0;
}
