-- Remarks: the evaluators' discussion of a pitch, once every review of it is locked.

CREATE TABLE remark (
    @record,
    label @text NOT NULL, -- the pitch's
    review_id @i64 NOT NULL, -- through which its author takes part
    call_id @i64 NOT NULL,
    pitch_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    text @text, -- NULL once struck
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX remark_pitch ON remark (city, pitch_id, id);
