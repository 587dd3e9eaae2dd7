-- Agreements with partners, what they deliver, and the money behind a pilot.

CREATE TABLE agreement (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    organisation_id @i64 NOT NULL,
    type @text NOT NULL,
    value_cents @i64,
    starts_on @i64,
    ends_on @i64,
    exit_terms @text,
    data_return @text,
    open_interfaces @text,
    insurance_expires_on @i64,
    signed_on @i64,
    signed_by @text,
    file_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX agreement_pilot ON agreement (city, pilot_id);

CREATE TABLE deliverable (
    @record,
    title @text NOT NULL,
    agreement_id @i64 NOT NULL,
    due_on @i64 NOT NULL,
    amount_cents @i64,
    what_is_accepted @text,
    delivered_on @i64,
    accepted_on @i64,
    accepted_by_id @i64,
    invoice @text,
    paid_on @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX deliverable_agreement ON deliverable (city, agreement_id);
CREATE INDEX deliverable_due ON deliverable (city, state, due_on);

CREATE TABLE budget_line (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    source @text NOT NULL,
    fiscal_fy @i64 NOT NULL,
    amount_cents @i64 NOT NULL,
    committed_cents @i64,
    spent_cents @i64,
    account @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX budget_line_pilot ON budget_line (city, pilot_id);
CREATE INDEX budget_line_year ON budget_line (city, fiscal_fy);
