-- What a search index holds changes with the program now and then. A migration that makes it so says
--     UPDATE city SET is_search_due = 1;
-- and `pilothouse migrate` puts every record into the indexes anew, at its next run where this one is ended.
ALTER TABLE city ADD COLUMN is_search_due @i64 NOT NULL DEFAULT 0;

-- Offices from before: earlier versions changed what is looked for without saying so.
UPDATE city SET is_search_due = 1;
