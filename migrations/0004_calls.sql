-- Calls for pitches: the call, its criteria, questions and answers, addenda, and who follows it.
-- A call's open and closed follow from its times; they are not stored.

CREATE TABLE call (
    @record,
    challenge_id @i64 NOT NULL,
    department_id @i64, -- the challenge's, noted so that a year's calls can be added up
    title @text NOT NULL,
    text @text NOT NULL,
    amount_cents @i64,
    path @text, -- how it will be procured
    opens_at @i64,
    closes_at @i64, -- NULL: a rolling call
    questions_close_at @i64,
    pilot_starts_on @i64,
    pilot_ends_on @i64,
    eligibility @text,
    outputs @text,
    languages @text,
    document_id @i64,
    has_price @i64,
    is_funded @i64,
    grace_minutes_n @i64,
    intake @text, -- "here", "elsewhere"
    intake_url @text,
    is_blind @i64, -- NULL counts as yes
    unblinded_at @i64,
    price_key_id @i64, -- prices are sealed under this procurement_key
    published_at @i64,
    review_at @i64,
    decided_at @i64,
    cancel_reason @text,
    import_report @text, -- what the latest import took and refused: line numbers and reasons only
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX call_state ON call (city, state, closes_at);
CREATE INDEX call_challenge ON call (city, challenge_id);
CREATE INDEX call_department ON call (city, department_id, published_at);

CREATE TABLE criterion (
    @record,
    call_id @i64 NOT NULL,
    title @text NOT NULL,
    anchors @text, -- five lines: what 1, 2, 3, 4 and 5 mean
    weight_n @i64 NOT NULL,
    position_n @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX criterion_call ON criterion (city, call_id);

CREATE TABLE question (
    @record,
    call_id @i64 NOT NULL,
    text @text NOT NULL,
    answer @text,
    answered_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX question_call ON question (city, call_id);

-- Who asked is told the answer and known to nobody.
-- sealed: question_contact
CREATE TABLE question_contact (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    address @text,
    language @text,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE addendum (
    @record,
    call_id @i64 NOT NULL,
    title @text NOT NULL,
    text @text NOT NULL,
    new_closes_at @i64,
    new_questions_close_at @i64,
    new_amount_cents @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX addendum_call ON addendum (city, call_id);

CREATE TABLE follower (
    @record,
    call_id @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX follower_call ON follower (city, call_id);

-- sealed: follower_contact
CREATE TABLE follower_contact (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    address @text,
    language @text,
    token_hash @blob, -- of the secret in the links that confirm and end it
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX follower_contact_token ON follower_contact (city, token_hash);
