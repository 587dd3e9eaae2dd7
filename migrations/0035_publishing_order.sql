-- Of two batches that have a reading of the same unit and time the one published later counts, whichever was uploaded first.

ALTER TABLE batch ADD COLUMN publish_n @i64;  -- the measure's publishings in their order; NULL: before they were numbered
CREATE INDEX batch_publish ON batch (city, measure_id, publish_n);

DROP VIEW counted_reading;

-- What counts: of each unit and time, among published batches, the row of the one published last. All that reckons with
-- readings reads this. Most measures never had a row with a rev above 1; what the first condition knows once spares them a
-- look beside each row: of two batches that overlap the one uploaded later knows it (revs_n).
CREATE VIEW counted_reading AS
SELECT r.city, r.measure_id, r.unit_n, r.read_at, r.rev, r.value_num, r.reference_num, r.quality_n, r.batch_id
FROM reading r JOIN batch b ON b.city = r.city AND b.id = r.batch_id
WHERE b.state = 'published' AND (
    (r.city, r.measure_id) NOT IN (
        SELECT k.city, k.measure_id FROM batch k
        WHERE k.state = 'published' AND (k.revs_n IS NULL OR k.revs_n > 0))
    OR r.rev = (
        SELECT x.rev FROM reading x JOIN batch y ON y.city = x.city AND y.id = x.batch_id
        WHERE x.city = r.city AND x.measure_id = r.measure_id AND x.unit_n = r.unit_n AND x.read_at = r.read_at
          AND y.state = 'published'
        ORDER BY COALESCE(y.publish_n, 0) DESC, x.rev DESC LIMIT 1));
