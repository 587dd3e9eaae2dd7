// SPDX-License-Identifier: Apache-2.0
#include "testroom.h"

#include "str.h"

enum { DRAFT, PUBLISHED, ARCHIVED };

static const struct state states[] = {
    { "draft", "Being written", "neutral" },
    { "published", "Published", "going" },
    { "archived", "Put away", "done" },
    { NULL, NULL, NULL },
};

static const struct field fields[] = {
    { "title", FIELD_TEXT, "Title", "In one line.", .max = 120, .flags = FIELD_RELEASED },
    { "body", FIELD_PROSE, "What it says", NULL, .flags = FIELD_RELEASED | FIELD_WIDE },
    { "topic", FIELD_CHOICE, "Topic", NULL, "street=Streets|water=Water|tree=Trees",
        .flags = FIELD_RELEASED },
    { "tags", FIELD_CHOICES, "Tags", NULL, "a_b=A and B|axb=A times B|c=C",
        .flags = FIELD_RELEASED },
    { "amount_cents", FIELD_MONEY, "Amount", NULL, .flags = FIELD_RELEASED },
    { "due_on", FIELD_DATE, "Due", NULL, .flags = FIELD_RELEASED },
    { "remind_at", FIELD_TIME, "Remind at", NULL },
    { "seen_n", FIELD_COUNT, "Times seen", NULL },
    { "weight_num", FIELD_NUMBER, "Weight", NULL },
    { "is_urgent", FIELD_YES_NO, "Urgent", NULL, .flags = FIELD_RELEASED },
    { "remark", FIELD_TEXT, "Remark for the office", NULL },
    { "writer_email", FIELD_EMAIL, "Writer's address", NULL, .flags = FIELD_PERSONAL },
    { "writer_name", FIELD_TEXT, "Writer", NULL, .flags = FIELD_RELEASED | FIELD_IDENTIFIES },
    { "points", FIELD_LIST, "Points", NULL, .flags = FIELD_RELEASED },
    { "above_id", FIELD_RECORD, "Belongs to", NULL, "note", .flags = FIELD_RELEASED },
    { "paper_id", FIELD_FILE, "Paper", NULL, .flags = FIELD_RELEASED },
    { "price_cents", FIELD_MONEY, "Sealed price", NULL, .flags = FIELD_RELEASED,
        .table = "note_price" },
    { "pass", FIELD_SECRET, "Pass phrase", NULL },
    { "why_now", FIELD_TEXT, "Why now", NULL, .flags = FIELD_INPUT | FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// Looks at the row alone, as guards do that are asked when a page is shown.
static const char *has_body(struct act *a)
{
    return value_get_text(&a->row, "body", NULL) ? NULL : "First write what it says.";
}

#define ALL                                                                                        \
    "body topic tags amount_cents due_on remind_at seen_n weight_num is_urgent remark "            \
    "writer_email writer_name points above_id"

static const struct command commands[] = {
    { "note.draft", "Write a note", NEW, DRAFT, ROLES_OFFICE, "title! " ALL, NULL, NULL, 0, NULL },
    { "note.edit", "Change the note", AT(DRAFT) | AT(PUBLISHED), SAME, ROLES_OFFICE, "title! " ALL,
        NULL, NULL, COMMAND_PUBLIC, NULL },
    { "note.publish", "Publish the note", AT(DRAFT), PUBLISHED, ROLE_DIRECTOR, "", has_body, NULL,
        COMMAND_PUBLIC | COMMAND_CONFIRM, "Everybody will see it." },
    { "note.archive", "Put the note away", AT(PUBLISHED), ARCHIVED, ROLE_DIRECTOR, "topic", NULL,
        NULL, COMMAND_PUBLIC | COMMAND_REASON | COMMAND_CONFIRM, NULL },
    { "note.attach", "Add a paper", AT(DRAFT) | AT(PUBLISHED), SAME, ROLES_OFFICE, "paper_id!",
        NULL, NULL, COMMAND_PUBLIC, NULL },
    { "note.ask", "Ask something", NEW, DRAFT, ROLE_PUBLIC, "title! body above_id", NULL, NULL, 0,
        "Anybody may ask.", .done = "We will answer here." },
    { "note.expire", "Expire", AT(PUBLISHED), ARCHIVED, ROLE_CLOCK, "", NULL, NULL, COMMAND_INNER,
        NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

const struct kind test_note = {
    .name = "note",
    .label = "Note",
    .plural = "Notes",
    .path = "/notes",
    .states = states,
    .fields = fields,
    .commands = commands,
    .scope = {
        .public = "$.state = 'published'",
        .outside = "$.state = 'published' OR $.owner_id = :viewer_id",
        .office = "1 = 1",
    },
    .parent = "above_id",
    .parent_kind = "note",
    .list = "title state topic amount_cents due_on remark above_id",
    .filters = "state topic tags above_id",
    .search = "title body",
    .empty = "Notes are short. Write the first one.",
};
