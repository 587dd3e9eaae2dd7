-- Advice, decision, adoption: three acts by three kinds of people.

CREATE TABLE advice (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    motion_id @i64,
    body_id @i64 NOT NULL,
    recommendation @text NOT NULL,
    text @text,
    given_on @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX advice_pilot ON advice (city, pilot_id);

CREATE TABLE decision (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    choice @text NOT NULL,
    recommended @text,
    advised @text,
    reasons @text NOT NULL,
    differs_why @text,
    decided_by_id @i64,
    decided_at @i64,
    review_on @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX decision_pilot ON decision (city, pilot_id);

CREATE TABLE adoption (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    decision_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    department_id @i64 NOT NULL,
    budget_cents @i64,
    fiscal_fy @i64,
    budget_class @text,
    request_due_on @i64,
    procurement_path @text,
    monitoring @text,
    handover @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX adoption_pilot ON adoption (city, pilot_id);
CREATE INDEX adoption_due ON adoption (city, state, request_due_on);
