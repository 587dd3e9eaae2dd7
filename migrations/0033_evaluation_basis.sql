-- What an evaluation was worked out from, so that nobody takes for today's what later readings have overtaken.

ALTER TABLE evaluation ADD COLUMN readings_rev_n @i64;  -- the sum of the revs of the measure's batches that ever counted
ALTER TABLE evaluation ADD COLUMN plan_run_hash_text @text;  -- of the plan as it was evaluated

-- That sum without a look at the batches themselves.
CREATE INDEX batch_counted ON batch (city, measure_id, state, rev);
