-- Reviews: who judges which pitch, what interests they have, and the selection that follows. Scores
-- and what was said of a conflict stand apart, sealed.

CREATE TABLE interest (
    @record,
    person_id @i64 NOT NULL,
    text @text NOT NULL,
    organisation_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX interest_person ON interest (city, person_id, state);

CREATE TABLE assignment (
    @record,
    title @text NOT NULL,
    call_id @i64 NOT NULL,
    per_pitch_n @i64 NOT NULL,
    due_on @i64 NOT NULL,
    made_n @i64,
    report @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX assignment_call ON assignment (city, call_id);

CREATE TABLE review (
    @record,
    label @text NOT NULL, -- the pitch's
    call_id @i64 NOT NULL,
    pitch_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    due_on @i64,
    declared_at @i64,
    saved_at @i64,
    locked_at @i64,
    replaced_at @i64, -- a conflicted one: somebody else has it, or it was decided to do without
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX review_call ON review (city, call_id, state);
CREATE INDEX review_pitch ON review (city, pitch_id, person_id);
CREATE INDEX review_person ON review (city, person_id, state);

-- What a person says of a conflict could tell who the applicant is.
-- sealed: review_note
CREATE TABLE review_note (
    city @i64 NOT NULL,
    id @i64 NOT NULL, -- the review's
    conflict_note @text,
    PRIMARY KEY (city, id)
) @strict;

-- sealed: score
CREATE TABLE score (
    city @i64 NOT NULL,
    review_id @i64 NOT NULL,
    criterion_id @i64 NOT NULL,
    value_n @i64,
    comment @text,
    PRIMARY KEY (city, review_id, criterion_id)
) @strict;

CREATE TABLE selection (
    @record,
    title @text NOT NULL,
    call_id @i64 NOT NULL,
    budget_cents @i64,
    reasons @text,
    announced_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX selection_call ON selection (city, call_id, state);

CREATE TABLE choice (
    @record,
    label @text NOT NULL, -- the pitch's
    selection_id @i64 NOT NULL,
    call_id @i64 NOT NULL,
    pitch_id @i64 NOT NULL,
    amount_cents @i64,
    reason @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX choice_selection ON choice (city, selection_id);
