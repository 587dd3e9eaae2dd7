-- Whom a measure tells apart, and which of them each unit stands for.

ALTER TABLE measure ADD COLUMN groups @text;  -- one a line; NULL: nobody
ALTER TABLE reading_unit ADD COLUMN group_name @text;  -- one of them
