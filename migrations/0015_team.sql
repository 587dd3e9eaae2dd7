-- The team's own tasks.

CREATE TABLE task (
    @record,
    title @text NOT NULL,
    person_id @i64 NOT NULL,
    pilot_id @i64,
    due_on @i64,
    note @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX task_person ON task (city, person_id, state);
