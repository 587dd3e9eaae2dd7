-- A measure whose units are people: nothing of them is published by row.
ALTER TABLE measure ADD COLUMN is_people @i64;  -- NULL: no
