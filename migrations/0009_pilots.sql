-- Pilots: what is tried, where, under which plan; its milestones and what happened.

CREATE TABLE pilot (
    @record,
    title @text NOT NULL,
    question @text NOT NULL,
    origin @text NOT NULL,
    origin_reason @text,
    call_id @i64,
    pitch_id @i64,
    challenge_id @i64,
    department_id @i64 NOT NULL,
    organisation_id @i64,
    type @text,
    hypothesis @text,
    learning_questions @text,
    starts_on @i64,
    ends_on @i64,
    design @text,
    premortem @text,
    stop_rule @text,
    decision_rule @text,
    winddown @text,
    principles @text,
    locked_at @i64,
    plan_hash_text @text,
    announced_at @i64,  -- residents see that it runs, and what it asks
    released_at @i64,   -- the publication desk let the outcome out
    outcome_text @text,
    evidence_level_n @i64,
    is_backfill @i64 NOT NULL DEFAULT 0,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX pilot_state ON pilot (city, state, id);
CREATE INDEX pilot_department ON pilot (city, department_id);
CREATE INDEX pilot_call ON pilot (city, call_id);
CREATE INDEX pilot_title ON pilot (city, title, id);
CREATE INDEX pilot_changed ON pilot (city, changed_at, id);
CREATE INDEX pilot_ends ON pilot (city, ends_on, id);

CREATE TABLE site (
    @record,
    pilot_id @i64 NOT NULL,
    title @text NOT NULL,
    area_id @i64,
    lat_num @f64,
    lon_num @f64,
    address @text,
    is_comparison @i64 NOT NULL DEFAULT 0,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX site_pilot ON site (city, pilot_id);

CREATE TABLE milestone (
    @record,
    pilot_id @i64 NOT NULL,
    title @text NOT NULL,
    due_on @i64 NOT NULL,
    reached_on @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX milestone_pilot ON milestone (city, pilot_id);
CREATE INDEX milestone_due ON milestone (city, state, due_on);

CREATE TABLE pilot_update (
    @record,
    pilot_id @i64 NOT NULL,
    type @text NOT NULL,
    text @text NOT NULL,
    file_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX pilot_update_pilot ON pilot_update (city, pilot_id, id);

-- A change of a locked plan; made after data exist, it lowers what the outcome may claim.
CREATE TABLE amendment (
    @record,
    pilot_id @i64 NOT NULL,
    text @text NOT NULL,
    is_after_data @i64 NOT NULL,
    plan_hash_text @text NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX amendment_pilot ON amendment (city, pilot_id, id);
