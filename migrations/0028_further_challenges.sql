-- Several challenges in one call: the call's own is the first, these come after it in their order.
-- A pitch says which it answers, by number.

CREATE TABLE further_challenge (
    @record,
    call_id @i64 NOT NULL,
    challenge_id @i64 NOT NULL,
    title @text NOT NULL, -- the challenge's, as it was when it was added
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX further_challenge_call ON further_challenge (city, call_id, state);
CREATE INDEX further_challenge_of ON further_challenge (city, challenge_id);

ALTER TABLE pitch ADD COLUMN answers @text;
