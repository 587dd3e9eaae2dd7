-- A double's account says whose it is.
ALTER TABLE person ADD COLUMN merged_into_id @i64;
