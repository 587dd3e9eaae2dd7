// SPDX-License-Identifier: Apache-2.0
#include "agreements.h"

#include "../pilots/pilots.h"
#include "str.h"

// ---- agreements
// ----------------------------------------------------------------------------------

enum { DRAFT, SIGNED, ENDED };

static const struct state agreement_states[] = {
    { "draft", "Being written", "neutral" },
    { "signed", "Signed", "going" },
    { "ended", "Ended", "done" },
    { NULL, NULL, NULL },
};

static const struct field agreement_fields[] = {
    { "title", FIELD_TEXT, "Agreement", NULL, .max = 160, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "organisation_id", FIELD_ORGANISATION, "With whom", NULL, .flags = FIELD_RELEASED },
    { "type", FIELD_CHOICE, "Kind", NULL,
        "contract=Contract|memorandum=Memorandum|data_sharing=Data-sharing agreement|grant=Grant",
        .flags = FIELD_RELEASED },
    { "value_cents", FIELD_MONEY, "Value", "Nothing for an unpaid pilot.",
        .flags = FIELD_RELEASED },
    { "starts_on", FIELD_DATE, "Starts", NULL, .flags = FIELD_RELEASED },
    { "ends_on", FIELD_DATE, "Ends", NULL, .flags = FIELD_RELEASED },
    { "exit_terms", FIELD_PROSE, "How either side can end it", NULL },
    { "data_return", FIELD_PROSE, "What happens to the data at the end",
        "Returned or deleted, by when, who confirms it." },
    { "open_interfaces", FIELD_PROSE, "Interfaces the City gets",
        "So that no pilot locks the City in." },
    { "insurance_expires_on", FIELD_DATE, "Insurance certificate valid until", NULL },
    { "signed_on", FIELD_DATE, "Signed on", NULL, .flags = FIELD_RELEASED },
    { "signed_by", FIELD_TEXT, "Signed by", "The authorised signatories and their offices.",
        .flags = FIELD_RELEASED },
    { "file_id", FIELD_FILE, "The signed document", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static const char *has_exit(struct act *a)
{
    if (act_old(a, "exit_terms")->kind == V_NULL || act_old(a, "data_return")->kind == V_NULL) {
        return "First say how either side can end it, and what happens to the data then.";
    }
    return NULL;
}

#define MAY_DRAW_UP (ROLES_OFFICE | ROLE_PROCUREMENT)
#define TERMS                                                                                      \
    "title! type! value_cents starts_on ends_on exit_terms data_return open_interfaces "           \
    "insurance_expires_on"

static const struct command agreement_commands[] = {
    { "agreement.draft", "Draw up an agreement", NEW, DRAFT, MAY_DRAW_UP,
        "pilot_id! organisation_id! " TERMS, NULL, act_save_in_order, 0, NULL },
    { "agreement.edit", "Change the draft", AT(DRAFT), SAME, MAY_DRAW_UP, TERMS, NULL,
        act_save_in_order, 0, NULL },
    { "agreement.sign", "Record the signature", AT(DRAFT), SIGNED,
        ROLE_DIRECTOR | ROLE_PROCUREMENT | ROLE_EXECUTIVE, "signed_on! signed_by! file_id",
        has_exit, NULL, COMMAND_PUBLIC, NULL },
    { "agreement.amend", "Record an amendment", AT(SIGNED), SAME, ROLE_DIRECTOR | ROLE_PROCUREMENT,
        "value_cents ends_on exit_terms data_return insurance_expires_on", NULL, act_save_in_order,
        COMMAND_REASON | COMMAND_PUBLIC, NULL },
    { "agreement.end", "Record its end", AT(SIGNED), ENDED, MAY_DRAW_UP, "ends_on!", NULL, NULL,
        COMMAND_REASON | COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

// Residents see signed agreements of pilots they see; partners and vendors their own.
#define PUBLIC_AGREEMENT "($.state IN ('signed', 'ended') AND " SCOPE_OF_ANNOUNCED_PILOT ")"
#define OWN_AGREEMENT                                                                              \
    "EXISTS (SELECT 1 FROM person me WHERE me.city = $.city AND me.id = :viewer_id AND "           \
    "me.organisation_id = $.organisation_id)"

static const struct kind agreement = {
    .name = "agreement",
    .label = "Agreement",
    .plural = "Agreements",
    .path = "/agreements",
    .states = agreement_states,
    .fields = agreement_fields,
    .commands = agreement_commands,
    .scope = { PUBLIC_AGREEMENT, "(" PUBLIC_AGREEMENT " OR " OWN_AGREEMENT ")", "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state organisation_id type value_cents ends_on",
    .filters = "state type organisation_id",
    .search = "title organisation_id",
    .empty = "An agreement says what is delivered, what is paid, and how it ends.",
};

// ---- deliverables
// --------------------------------------------------------------------------------

enum { DUE, DELIVERED, ACCEPTED, PAID, REFUSED };

static const struct state deliverable_states[] = {
    { "due", "Due", "waiting" },
    { "delivered", "Delivered", "waiting" },
    { "accepted", "Accepted", "going" },
    { "paid", "Paid", "done" },
    { "refused", "Refused", "stopped" },
    { NULL, NULL, NULL },
};

static const struct field deliverable_fields[] = {
    { "title", FIELD_TEXT, "Deliverable", NULL, .max = 160 },
    { "agreement_id", FIELD_RECORD, "Agreement", NULL, "agreement" },
    { "due_on", FIELD_DATE, "Due", NULL },
    { "amount_cents", FIELD_MONEY, "Paid on acceptance", NULL },
    { "what_is_accepted", FIELD_PROSE, "What counts as done", "So that both sides can tell." },
    { "delivered_on", FIELD_DATE, "Delivered on", NULL },
    { "accepted_on", FIELD_DATE, "Accepted on", NULL },
    { "invoice", FIELD_TEXT, "Invoice", "Its number." },
    { "paid_on", FIELD_DATE, "Paid on", NULL },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static enum err accept(struct act *a)
{
    act_set(a, "accepted_by_id", value_id(a->ctx->viewer.person));
    return act_save(a);
}

static const struct command deliverable_commands[] = {
    { "deliverable.add", "Add a deliverable", NEW, DUE, MAY_DRAW_UP,
        "agreement_id! title! due_on! amount_cents what_is_accepted", NULL, NULL, 0, NULL },
    { "deliverable.deliver", "Mark it as delivered", AT(DUE) | AT(REFUSED), DELIVERED,
        ROLES_OFFICE | ROLE_LIAISON | ROLE_APPLICANT, "delivered_on!", NULL, NULL, 0, NULL },
    { "deliverable.accept", "Accept it", AT(DELIVERED), ACCEPTED, ROLES_OFFICE | ROLE_LIAISON,
        "accepted_on!", NULL, accept, 0, NULL },
    { "deliverable.refuse", "Refuse it", AT(DELIVERED), REFUSED, ROLES_OFFICE | ROLE_LIAISON, "",
        NULL, NULL, COMMAND_REASON, NULL },
    { "deliverable.pay", "Record the payment", AT(ACCEPTED), PAID, ROLE_FINANCE,
        "invoice! paid_on!", NULL, NULL, 0,
        "The City's finance system pays; this records that it did." },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

#define OF_OWN_AGREEMENT                                                                           \
    "EXISTS (SELECT 1 FROM agreement g JOIN person me ON me.city = g.city AND "                    \
    "me.organisation_id = g.organisation_id WHERE g.city = $.city AND g.id = $.agreement_id AND "  \
    "me.id = :viewer_id)"

static const struct kind deliverable = {
    .name = "deliverable",
    .label = "Deliverable",
    .plural = "Deliverables",
    .path = "/deliverables",
    .states = deliverable_states,
    .fields = deliverable_fields,
    .commands = deliverable_commands,
    .scope = { NULL, OF_OWN_AGREEMENT, "1 = 1" },
    .parent = "agreement_id",
    .parent_kind = "agreement",
    .list = "title state agreement_id due_on amount_cents",
    .filters = "state",
    .empty = "Payment per deliverable: what is due by when, and what counts as done.",
};

// ---- budget lines
// --------------------------------------------------------------------------------

enum { PLANNED, CONFIRMED, CLOSED };

static const struct state line_states[] = {
    { "planned", "Planned", "waiting" },
    { "confirmed", "Confirmed", "going" },
    { "closed", "Closed", "done" },
    { NULL, NULL, NULL },
};

static const struct field line_fields[] = {
    { "title", FIELD_TEXT, "Budget line", NULL, .max = 160, .flags = FIELD_RELEASED },
    { "pilot_id", FIELD_RECORD, "Pilot", NULL, "pilot", .flags = FIELD_RELEASED },
    { "source", FIELD_CHOICE, "Source", NULL,
        "general=General fund|grant=Grant|philanthropy=Philanthropy|in_kind=In kind",
        .flags = FIELD_RELEASED },
    { "fiscal_fy", FIELD_COUNT, "Fiscal year", "The year in which it ends: 2027 ends in June 2027.",
        .max = 2200, .flags = FIELD_RELEASED },
    { "amount_cents", FIELD_MONEY, "Amount", NULL, .flags = FIELD_RELEASED },
    { "committed_cents", FIELD_MONEY, "Committed", "Promised by contract or order.",
        .flags = FIELD_RELEASED },
    { "spent_cents", FIELD_MONEY, "Spent", NULL, .flags = FIELD_RELEASED },
    { "account", FIELD_TEXT, "Account", "As in the City's finance system." },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

static int64_t cents(const struct act *a, const char *column)
{
    const struct value *v = act_now(a, column);
    return v->kind == V_MONEY ? v->money.minor : 0;
}

static enum err save_line(struct act *a)
{
    static const char *const columns[] = { "amount_cents", "committed_cents", "spent_cents" };
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        if (cents(a, columns[i]) < 0) {
            return act_invalid(a, columns[i], "Write an amount that isn't below zero.", NULL);
        }
    }
    // An overdraw is said before it happens; recording one that did happen needs its reason.
    int64_t most = cents(a, "committed_cents") > cents(a, "spent_cents")
                       ? cents(a, "committed_cents")
                       : cents(a, "spent_cents");
    if (most > cents(a, "amount_cents") && !a->reason) {
        return act_invalid(a,
            cents(a, "spent_cents") > cents(a, "amount_cents") ? "spent_cents" : "committed_cents",
            "This is more than the line has. Raise the amount, or give the reason.", NULL);
    }
    return act_save(a);
}

#define MAY_BUDGET (ROLES_OFFICE | ROLE_FINANCE)

static const struct command line_commands[] = {
    { "budget_line.plan", "Add a budget line", NEW, PLANNED, MAY_BUDGET,
        "pilot_id! title! source! fiscal_fy! amount_cents! committed_cents spent_cents account",
        NULL, save_line, COMMAND_PUBLIC, NULL },
    { "budget_line.edit", "Change the line", AT(PLANNED), SAME, MAY_BUDGET,
        "title! source! fiscal_fy! amount_cents! account", NULL, save_line, COMMAND_PUBLIC, NULL },
    { "budget_line.confirm", "Confirm the money is there", AT(PLANNED), CONFIRMED, ROLE_FINANCE,
        "account", NULL, NULL, COMMAND_PUBLIC, NULL },
    { "budget_line.record", "Record what is committed and spent", AT(PLANNED) | AT(CONFIRMED), SAME,
        MAY_BUDGET, "committed_cents spent_cents", NULL, save_line, COMMAND_PUBLIC, NULL },
    { "budget_line.close", "Close the line", AT(CONFIRMED), CLOSED, ROLE_FINANCE, "", NULL, NULL,
        COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind budget_line = {
    .name = "budget_line",
    .label = "Budget line",
    .plural = "Budget lines",
    .path = "/budget",
    .states = line_states,
    .fields = line_fields,
    .commands = line_commands,
    .scope = { SCOPE_OF_ANNOUNCED_PILOT, SCOPE_OF_ANNOUNCED_PILOT, "1 = 1" },
    .parent = "pilot_id",
    .parent_kind = "pilot",
    .list = "title state source fiscal_fy amount_cents spent_cents",
    .filters = "state source",
    .search = "title",
    .empty = "Budget lines say where a pilot's money comes from, and where it went.",
};

static const struct kind *const kinds[] = { &agreement, &deliverable, &budget_line, NULL };

static const struct need needs[] = {
    { "agreement.to_sign", ROLE_DIRECTOR | ROLE_PROCUREMENT, "agreement", "agreement.sign",
        "Get “{title}” signed", "the pilot's start" },
    { "agreement.insurance", MAY_DRAW_UP, "agreement", NULL, "Insurance for “{title}” runs out",
        NULL },
    { "deliverable.late", ROLES_OFFICE, "deliverable", NULL, "“{title}” is due", "a payment" },
    { "deliverable.to_accept", ROLES_OFFICE | ROLE_LIAISON, "deliverable", "deliverable.accept",
        "Accept or refuse “{title}”", "a payment" },
    { "deliverable.to_pay", ROLE_FINANCE, "deliverable", "deliverable.pay", "Pay for “{title}”",
        "the partner" },
    { NULL, 0, NULL, NULL, NULL, NULL },
};

const struct room agreements_room = { .name = "agreements", .kinds = kinds, .needs = needs };
