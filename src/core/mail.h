// SPDX-License-Identifier: Apache-2.0
// Mail: queued in the act's transaction, sent by a job over SMTP. Each has one Message-ID for all
// its tries, so that one sent twice (the process died after sending, before noting it) is shown
// once.
//
// A server that is away, or says "later" (4xx), is tried again with growing pauses for two days;
// one that says "never" (5xx) settles the mail as bounced, and the administrator and whoever caused
// it are told why. Address and text are dropped when the mail is settled.
#pragma once

#include "ctx.h"

struct letter {
    const char *address;
    const char *subject, *body; // UTF-8, lines end with '\n'
    int64_t person;             // whose address it is; 0: nobody known here
    const char *kind;           // what it is about; NULL for nothing
    int64_t record;
};

// Part of the act's transaction.
CHECKED enum err mail_queue(struct ctx *c, const struct letter *l);
// The job: sends what is due in the city. Without a server (office.smtp) mail waits.
enum err mail_send(struct ctx *c, const struct value *payload);
// What came back or could not be sent, the latest first: list of {id, person_id, name, subject,
// state, error, attempts_n, sent_at}. PERSON 0: everybody's.
CHECKED enum err mail_faults(struct ctx *c, int64_t person, struct value *ret_list);
// How many wait to be sent; what the latest try ran into, and when the next one is ({error,
// next_at}), V_NULL when none failed.
CHECKED enum err mail_waiting(struct ctx *c, int64_t *ret_n, struct value *ret_why);

// ---- the message itself (mail_message.c)
struct mail_message {
    const char *from_name, *from_address; // the name may be ""
    const char *to, *subject, *body, *message_id;
    int64_t date; // when it was queued: the same at each try
};
// One address that can stand in a command to a mail server: no spaces, no control characters, one
// '@' with something on both sides.
bool mail_address_ok(const char *address);
// RFC 5322 with MIME: the subject as encoded words (RFC 2047), the body as quoted-printable.
// Whatever is in the parts, none can begin a further header.
void mail_write(struct buf *out, const struct mail_message *m);
// Text that may stand in a header, folded and encoded where needed; COLUMN is how far the line is.
void mail_header_text(struct buf *out, const char *text, size_t column);

// ---- sending (mail_smtp.c)
enum mail_answer {
    MAIL_SENT,
    MAIL_LATER,   // this one, later
    MAIL_AWAY,    // none can be sent now
    MAIL_REFUSED, // for good
};
struct smtp;
// A connection that is made when the first message is sent and kept for the next ones.
CHECKED enum err smtp_new(
    struct arena *detail, const char *url, const char *domain, struct smtp **ret_smtp);
void smtp_free(struct smtp *s);
// RET_WHY: the server's last words, one line, in A.
enum mail_answer smtp_send(struct smtp *s, struct arena *a, const char *from, const char *to,
    const struct buf *message, const char **ret_why);
