-- A vote's count in numbers and a code, so that each reader gets it in words of their own language.
-- Motions counted before have result_why alone, as it was written then.

ALTER TABLE motion ADD COLUMN counted @text; -- "no_quorum", "nobody", "carried", "failed"
ALTER TABLE motion ADD COLUMN quorum_n @i64;
ALTER TABLE motion ADD COLUMN needed_n @i64;
