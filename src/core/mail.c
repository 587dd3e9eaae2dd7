// SPDX-License-Identifier: Apache-2.0
#include "mail.h"

#include "clock.h"
#include "job.h"
#include "log.h"
#include "notice.h"
#include "office.h"
#include "str.h"
#include "transact.h"

#include <sodium.h>

enum { MOST_AT_ONCE = 200, MAX_SUBJECT = 200 };
static const int64_t LEASE = 2LL * CLOCK_MINUTE, // longer than a try can take (mail_smtp.c)
    GIVE_UP = 2LL * CLOCK_DAY, LONGEST_PAUSE = 4LL * CLOCK_HOUR;

static const char *domain_of(const char *address)
{
    const char *at = address ? strrchr(address, '@') : NULL;
    return at && at[1] ? at + 1 : "localhost";
}

// At most MAX_SUBJECT bytes, cut between characters.
static const char *short_subject(struct arena *a, const char *subject)
{
    size_t len = strlen(subject);
    if (len <= MAX_SUBJECT) {
        return subject;
    }
    len = MAX_SUBJECT;
    while (len && ((unsigned char)subject[len] & 0xc0) == 0x80) {
        len--;
    }
    return arena_fmt(a, "%.*s…", (int)len, subject);
}

enum err mail_queue(struct ctx *c, const struct letter *l)
{
    unsigned char random[16];
    randombytes_buf(random, sizeof(random));
    const char *message_id = arena_fmt(c->arena, "%s@%s", str_hex(c->arena, random, sizeof(random)),
        domain_of(c->office ? c->office->mail_from : NULL));
    TRY(db_insert(c->db, c->arena, "mail", true,
        ARGS(ARG("id", value_id(id_new())),
            ARG("person_id", l->person ? value_id(l->person) : VALUE_NULL),
            ARG("sender_id", c->viewer.person ? value_id(c->viewer.person) : VALUE_NULL),
            ARG("kind", value_text(l->kind)),
            ARG("record_id", l->record ? value_id(l->record) : VALUE_NULL),
            ARG("address", value_text(l->address)),
            ARG("subject", value_text(short_subject(c->arena, l->subject))),
            ARG("body", value_text(l->body)), ARG("message_text", value_text(message_id)),
            ARG("state", value_text("waiting")), ARG("attempts_n", value_int(0)),
            ARG("next_at", value_time(c->now)))));
    return job_add(c, "mail.send", NULL, 0);
}

// ---- sending -----------------------------------------------------------------------------------

struct
try {
    struct value row;
    int64_t id, attempts;
    enum mail_answer answer;
    const char *why;
};

static enum err claim(struct ctx *c, void *context)
{
    struct try *t = context;
    TRY(db_row(
        c->db, c->arena, "mail.claim", ARGS(ARG("lease_at", value_time(c->now + LEASE))), &t->row));
    t->id = value_get_int(&t->row, "id", 0);
    t->attempts = value_get_int(&t->row, "attempts_n", 1);
    return OK;
}

// One minute, two, four … four hours.
static int64_t pause_after(int64_t attempts)
{
    int64_t pause = (int64_t)CLOCK_MINUTE << (attempts < 9 ? attempts - 1 : 8);
    return pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE;
}

static enum err tell_of_fault(struct ctx *c, const struct try *t)
{
    struct value args = value_object(c->arena);
    int64_t person = value_get_int(&t->row, "person_id", 0);
    value_set(c->arena, &args, "who",
        person ? value_id(person) : value_text(ctx_text(c, "somebody", NULL)));
    value_set(c->arena, &args, "subject", value_text(value_get_text(&t->row, "subject", "")));
    value_set(c->arena, &args, "reason", value_text(t->why));
    struct notice n = {
        .text = "Mail to {who} didn't arrive: “{subject}”. The mail server said: {reason}",
        .args = &args,
        .kind = value_get_text(&t->row, "kind", NULL),
        .id = value_get_int(&t->row, "record_id", 0),
    };
    if (!n.kind && value_get_int(&t->row, "person_id", 0)) {
        n.kind = "person";
        n.id = value_get_int(&t->row, "person_id", 0);
    }
    int64_t sender = value_get_int(&t->row, "sender_id", 0);
    if (sender) {
        TRY(notice_person(c, sender, &n));
    }
    struct value admins;
    TRY(db_rows(c->db, c->arena, "notice.holders",
        ARGS(ARG("role", value_text(role_name(ROLE_ADMIN))),
            ARG("today_on", value_date(locale_day(c->locale, c->now)))),
        &admins));
    for (size_t i = 0; i < value_len(&admins); i++) {
        int64_t admin = value_get_int(value_at(&admins, i), "person_id", 0);
        if (admin != sender) {
            TRY(notice_person(c, admin, &n));
        }
    }
    return OK;
}

static enum err settle(struct ctx *c, void *context)
{
    struct try *t = context;
    bool too_late = c->now - id_made_at(t->id) > GIVE_UP;
    if (t->answer == MAIL_SENT || t->answer == MAIL_REFUSED || too_late) {
        const char *state = t->answer == MAIL_SENT      ? "sent"
                            : t->answer == MAIL_REFUSED ? "bounced"
                                                        : "failed";
        TRY(db_exec(c->db, c->arena, "mail.settle",
            ARGS(ARG("id", value_id(t->id)), ARG("state", value_text(state)),
                ARG("error", value_text(t->answer == MAIL_SENT ? NULL : t->why)),
                ARG("sent_at", t->answer == MAIL_SENT ? value_time(c->now) : VALUE_NULL)),
            NULL));
        return t->answer == MAIL_SENT ? OK : tell_of_fault(c, t);
    }
    int64_t next = c->now + pause_after(t->attempts);
    TRY(db_exec(c->db, c->arena, "mail.later",
        ARGS(ARG("id", value_id(t->id)), ARG("next_at", value_time(next)),
            ARG("error", value_text(t->why))),
        NULL));
    return job_add(c, "mail.send", NULL, next);
}

static void send_one(struct ctx *c, struct smtp *smtp, struct try *t)
{
    const char *address = value_get_text(&t->row, "address", "");
    t->why = "";
    if (!mail_address_ok(address)) {
        t->answer = MAIL_REFUSED;
        t->why = "That is no address.";
        return;
    }
    AUTO_BUF(text, 1 << 20);
    mail_write(&text, &(struct mail_message){
                          .from_name = c->city->office_name,
                          .from_address = c->office->mail_from,
                          .to = address,
                          .subject = value_get_text(&t->row, "subject", ""),
                          .body = value_get_text(&t->row, "body", ""),
                          .message_id = value_get_text(&t->row, "message_text", ""),
                          .date = id_made_at(t->id),
                      });
    if (!buf_ok(&text)) {
        t->answer = MAIL_REFUSED;
        t->why = "The mail is too long.";
        return;
    }
    t->answer = smtp_send(smtp, c->arena, c->office->mail_from, address, &text, &t->why);
}

static enum err go_on_later(struct ctx *c, void *context)
{
    (void)context;
    return job_add(c, "mail.send", NULL, 0);
}

static enum err send_due(struct ctx *c, struct smtp *smtp)
{
    for (int n = 0; n < MOST_AT_ONCE; n++) {
        c->now = clock_now();
        ctx_bind(c);
        int64_t due;
        TRY(db_int(c->db, c->arena, "mail.due", NO_ARGS, &due));
        struct try t = { .id = 0 };
        enum err e = due ? transact(c, claim, &t) : ERR_NOT_FOUND;
        if (e == ERR_NOT_FOUND) {
            return OK;
        }
        TRY(e);
        send_one(c, smtp, &t);
        c->now = clock_now();
        ctx_bind(c);
        TRY(transact(c, settle, &t));
        if (t.answer == MAIL_AWAY) {
            char words[200];
            log_line(
                LOG_WARN, "mail-server-away", "why=%s", log_quote(words, sizeof(words), t.why));
            return OK; // the others wait for the same server
        }
    }
    return transact(c, go_on_later, NULL);
}

enum err mail_send(struct ctx *c, const struct value *payload)
{
    (void)payload;
    if (!c->office->smtp) {
        return OK;
    }
    struct smtp *smtp;
    TRY(smtp_new(c->arena, c->office->smtp, domain_of(c->office->mail_from), &smtp));
    enum err e = send_due(c, smtp);
    smtp_free(smtp);
    return e;
}

// ---- for the administrator ---------------------------------------------------------------------

enum err mail_faults(struct ctx *c, int64_t person, struct value *ret_list)
{
    return person ? db_rows(c->db, c->arena, "mail.faults_of",
                        ARGS(ARG("person_id", value_id(person))), ret_list)
                  : db_rows(c->db, c->arena, "mail.faults", NO_ARGS, ret_list);
}

enum err mail_waiting(struct ctx *c, int64_t *ret_n, struct value *ret_why)
{
    TRY(db_int(c->db, c->arena, "mail.count_waiting", NO_ARGS, ret_n));
    enum err e = db_row(c->db, c->arena, "mail.waiting_why", NO_ARGS, ret_why);
    if (e == ERR_NOT_FOUND) {
        *ret_why = VALUE_NULL;
        return OK;
    }
    return e;
}
