-- A call's own questions in the form of its pitches; some are asked only after a certain answer.

CREATE TABLE form_item (
    @record,
    call_id @i64 NOT NULL,
    number_n @i64 NOT NULL, -- given once, kept when others go
    title @text NOT NULL,
    help @text,
    type @text NOT NULL, -- "line", "prose", "choice", "yes_no"
    choices @text,
    is_needed @i64,
    is_identifying @i64,
    after_n @i64, -- the number of an earlier question; NULL: always asked
    after_value @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX form_item_call ON form_item (city, call_id, number_n);

-- Answers, with the question as it was asked. Sealed, since drafts and what identifies are among them.
-- sealed: pitch_answer
CREATE TABLE pitch_answer (
    city @i64 NOT NULL,
    pitch_id @i64 NOT NULL,
    number_n @i64 NOT NULL,
    label @text NOT NULL,
    is_identifying @i64 NOT NULL,
    value @text NOT NULL,
    PRIMARY KEY (city, pitch_id, number_n)
) @strict;
