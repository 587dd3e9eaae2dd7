-- Reviews that block a pilot, their conditions, and the public register of technologies.

CREATE TABLE gate (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    type @text NOT NULL,
    route @text,
    -- self-certification: what low risk means
    has_personal_data @i64,
    has_ai @i64,
    has_sharing @i64,
    has_enforcement_use @i64,
    -- the full file
    data_elements @text,
    purpose @text,
    collection @text,
    retention @text,
    sharing @text,
    legal_basis @text,
    ai_facts @text,
    equity @text,
    reviewer_id @i64,
    due_on @i64,
    filed_at @i64,
    determination @text,
    decided_at @i64,
    decided_by_id @i64,
    expires_on @i64,
    is_sampled @i64 NOT NULL DEFAULT 0,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX gate_pilot ON gate (city, pilot_id);
CREATE INDEX gate_state ON gate (city, state, due_on);

CREATE TABLE condition (
    @record,
    gate_id @i64 NOT NULL,
    title @text NOT NULL,
    person_id @i64 NOT NULL,
    due_on @i64 NOT NULL,
    met_note @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX condition_gate ON condition (city, gate_id);
CREATE INDEX condition_person ON condition (city, person_id, state);

CREATE TABLE technology (
    @record,
    title @text NOT NULL,
    pilot_id @i64,
    department_id @i64 NOT NULL,
    purpose @text NOT NULL,
    what_it_collects @text NOT NULL,
    who_gets_it @text NOT NULL,
    what_it_costs @text NOT NULL,
    retention @text,
    legal_basis @text,
    is_ai @i64 NOT NULL DEFAULT 0,
    ai_facts @text,
    contact @text,
    published_at @i64,
    PRIMARY KEY (city, id)
) @strict;
