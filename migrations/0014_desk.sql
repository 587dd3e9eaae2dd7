-- The publication desk: what is let out, after whose check, and what is held back by whom until when.

CREATE TABLE release (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    outcome_text @text NOT NULL,
    evidence_level_n @i64,
    factcheck_due_on @i64,
    hold_reason @text,
    hold_owner_id @i64,
    hold_until_on @i64,
    released_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX release_pilot ON release (city, pilot_id);
CREATE INDEX release_state ON release (city, state, factcheck_due_on);

CREATE TABLE factcheck (
    @record,
    title @text NOT NULL,
    release_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    answer @text,
    text @text,
    due_on @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX factcheck_release ON factcheck (city, release_id);
CREATE INDEX factcheck_person ON factcheck (city, person_id, state);
