// SPDX-License-Identifier: Apache-2.0
// What the files of this room share.
#pragma once

#include "accounts.h"
#include "session.h"
#include "str.h"

enum { PERSON_ACTIVE, PERSON_DISABLED, PERSON_ERASED, PERSON_MERGED };
enum { GRANT_HELD, GRANT_ENDED };

extern const struct kind person_kind, grant_role_kind;
extern const struct page accounts_pages[];

// "liaison=Department liaison|…", all roles that people hold.
#define ROLE_CHOICES                                                                               \
    "director=Director|staff=Office staff|liaison=Department liaison|executive=Executive|"         \
    "evaluator=Evaluator|member=Body member|reviewer=Reviewer|procurement=Procurement officer|"    \
    "finance=Finance officer|counsel=Counsel and records|applicant=Applicant or "                  \
    "partner|auditor=Auditor|admin=Administrator"

// Whether another active person than PERSON is administrator of the whole city.
CHECKED enum err another_admin(struct ctx *c, int64_t person, bool *ret_yes);

// Roles that PERSON lent end: those of the grant WHAT, or all (NULL).
CHECKED enum err end_lent(struct act *a, int64_t person, const struct value *what);

// person.merge (merge.c)
const char *may_merge(struct act *a);
enum err merge(struct act *a);

// The jobs.
enum err accounts_expire_roles(struct ctx *c, const struct value *payload);
enum err accounts_mail_link(struct ctx *c, const struct value *payload);

// ---- pages (sign_in.c, me.c, people.c)
enum err page_sign_in(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_ask_link(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_link(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_sign_out(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_me(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_password(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_token(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_end_session(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_notices(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_person(struct ctx *c, struct request *q, struct value *data, struct response *r);
enum err page_mail(struct ctx *c, struct request *q, struct value *data, struct response *r);

// A form's value (shapes: office/look/README.md) without fields, and a field put into it; TYPED
// fills it in again.
struct value form_new(struct ctx *c, struct request *q, struct response *r, const char *action,
    const char *submit_label);
void form_field(struct ctx *c, struct value *form, const struct field *f, bool required,
    const struct value *v, const char *typed, const char *autocomplete);
// What is wrong with the whole of it, or with field NAME.
void form_error(struct ctx *c, struct value *form, const char *name, const char *text);
