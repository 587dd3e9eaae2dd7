-- The same rows as before, asked for so that what is slow doesn't hang on what the planner guesses: just after a large file
-- PostgreSQL knows nothing of its rows yet, took the table for a small one and read all of it once for each batch.
-- NOT IN is never made a join of: batches that don't count are few, read once, and looked up beside each row.

CREATE INDEX batch_idle ON batch (city, id) WHERE state <> 'published';

DROP VIEW counted_reading;

-- What counts: of each unit and time, among published batches, the row of the one published last. All that reckons with
-- readings reads this. Most measures never had a row with a rev above 1; what the second condition knows once spares them a
-- look beside each row: of two batches that overlap the one uploaded later knows it (revs_n).
CREATE VIEW counted_reading AS
SELECT r.city, r.measure_id, r.unit_n, r.read_at, r.rev, r.value_num, r.reference_num, r.quality_n, r.batch_id
FROM reading r
WHERE (r.city, r.batch_id) NOT IN (SELECT b.city, b.id FROM batch b WHERE b.state <> 'published')
  AND ((r.city, r.measure_id) NOT IN (
        SELECT k.city, k.measure_id FROM batch k
        WHERE k.state = 'published' AND (k.revs_n IS NULL OR k.revs_n > 0))
    OR r.rev = (
        SELECT x.rev FROM reading x
        WHERE x.city = r.city AND x.measure_id = r.measure_id AND x.unit_n = r.unit_n AND x.read_at = r.read_at
          AND (x.city, x.batch_id) NOT IN (SELECT y.city, y.id FROM batch y WHERE y.state <> 'published')
        ORDER BY COALESCE((SELECT z.publish_n FROM batch z WHERE z.city = x.city AND z.id = x.batch_id), 0) DESC, x.rev DESC
        LIMIT 1));
