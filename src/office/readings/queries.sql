-- What the rest of the house asks. Only published batches, of these what was published last: the view counted_reading.
-- Callers ask for measures that they may see; each query looks at one measure.

-- name: readings.summary
SELECT COUNT(*) AS n, MIN(r.read_at) AS first_at, MAX(r.read_at) AS last_at, AVG(r.value_num) AS mean_num,
       MIN(r.value_num) AS min_num, MAX(r.value_num) AS max_num, SUM(r.value_num) AS sum_num,
       COUNT(DISTINCT r.unit_n) AS units_n
FROM counted_reading r WHERE r.city = :city AND r.measure_id = :measure_id

-- name: readings.by_unit_period
-- Each unit's mean before and after :split_at, between :from_at and :to_at (either may be NULL).
SELECT g.unit_n AS unit_n, u.code AS code, u.area_id AS area_id, u.is_comparison AS is_comparison, g.period AS period,
       COUNT(*) AS n, AVG(g.value_num) AS mean_num, SUM(g.value_num) AS sum_num
FROM (SELECT r.city, r.measure_id, r.unit_n, r.value_num,
             CASE WHEN r.read_at < :split_at THEN 'before' ELSE 'after' END AS period
      FROM counted_reading r
      WHERE r.city = :city AND r.measure_id = :measure_id AND (:from_at IS NULL OR r.read_at >= :from_at)
        AND (:to_at IS NULL OR r.read_at < :to_at)) g
JOIN reading_unit u ON u.city = g.city AND u.measure_id = g.measure_id AND u.unit_n = g.unit_n
GROUP BY g.unit_n, u.code, u.area_id, u.is_comparison, g.period
ORDER BY g.unit_n, g.period DESC LIMIT 200000

-- name: readings.series
-- Means of periods :step_n milliseconds long that begin at multiples of it after :origin_n.
SELECT g.start_n * :step_n + :origin_n AS start_at, COUNT(*) AS n, AVG(g.value_num) AS mean_num
FROM (SELECT r.value_num, (r.read_at - :origin_n - (((r.read_at - :origin_n) % :step_n + :step_n) % :step_n)) / :step_n AS start_n
      FROM counted_reading r WHERE r.city = :city AND r.measure_id = :measure_id) g
GROUP BY g.start_n ORDER BY g.start_n LIMIT 20000

-- name: readings.series_by_side
-- The same for units with the thing tried and units without it.
SELECT g.start_n * :step_n + :origin_n AS start_at, g.is_comparison AS is_comparison, COUNT(*) AS n,
       AVG(g.value_num) AS mean_num
FROM (SELECT r.value_num, u.is_comparison,
             (r.read_at - :origin_n - (((r.read_at - :origin_n) % :step_n + :step_n) % :step_n)) / :step_n AS start_n
      FROM counted_reading r
      JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
      WHERE r.city = :city AND r.measure_id = :measure_id) g
GROUP BY g.start_n, g.is_comparison ORDER BY g.start_n, g.is_comparison LIMIT 40000

-- name: readings.by_area
SELECT u.area_id AS area_id, a.title AS title, COUNT(*) AS n, COUNT(DISTINCT r.unit_n) AS units_n,
       AVG(r.value_num) AS mean_num, SUM(r.value_num) AS sum_num
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
LEFT JOIN area a ON a.city = u.city AND a.id = u.area_id
WHERE r.city = :city AND r.measure_id = :measure_id
GROUP BY u.area_id, a.title ORDER BY a.title, u.area_id LIMIT 2000

-- name: readings.groups
-- How many units stand for each group, each side by itself.
SELECT u.group_name AS group_name, u.is_comparison AS is_comparison, COUNT(*) AS units_n FROM reading_unit u
WHERE u.city = :city AND u.measure_id = :measure_id
GROUP BY u.group_name, u.is_comparison ORDER BY u.group_name, u.is_comparison LIMIT 200

-- name: readings.areas
-- The same by area, under the names that groups have.
SELECT a.title AS group_name, u.is_comparison AS is_comparison, COUNT(*) AS units_n
FROM reading_unit u LEFT JOIN area a ON a.city = u.city AND a.id = u.area_id
WHERE u.city = :city AND u.measure_id = :measure_id
GROUP BY a.title, u.is_comparison ORDER BY a.title, u.is_comparison LIMIT 2000

-- name: readings.pairs
-- Values beside what a trusted method read at the same time.
SELECT r.unit_n AS unit_n, u.code AS code, r.read_at AS read_at, r.value_num AS value_num, r.reference_num AS reference_num
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND r.reference_num IS NOT NULL
ORDER BY r.unit_n, r.read_at LIMIT 200000

-- name: readings.after
-- All of them in the order of their key, a piece at a time.
SELECT r.unit_n AS unit_n, u.code AS code, u.is_comparison AS is_comparison, u.group_name AS group_name, r.read_at AS read_at,
       r.value_num AS value_num, r.reference_num AS reference_num, r.quality_n AS quality_n
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND (r.unit_n, r.read_at) > (:after_n, :after_at)
ORDER BY r.unit_n, r.read_at LIMIT 5000

-- name: readings.latest
-- The latest of each unit.
SELECT l.code AS code, l.is_comparison AS is_comparison, l.read_at AS read_at, r.value_num AS value_num,
       r.reference_num AS reference_num, r.quality_n AS quality_n
FROM (SELECT u.city, u.measure_id, u.unit_n, u.code, u.is_comparison,
             (SELECT z.read_at FROM counted_reading z
              WHERE z.city = u.city AND z.measure_id = u.measure_id AND z.unit_n = u.unit_n
              ORDER BY z.read_at DESC LIMIT 1) AS read_at
      FROM reading_unit u WHERE u.city = :city AND u.measure_id = :measure_id ORDER BY u.unit_n LIMIT 2000) l
JOIN counted_reading r ON r.city = l.city AND r.measure_id = l.measure_id AND r.unit_n = l.unit_n AND r.read_at = l.read_at
ORDER BY l.read_at DESC, l.code LIMIT 20

-- Measures.

-- name: measure.pilot
SELECT p.id AS id, p.title AS title, p.state AS state, p.owner_id AS owner_id, p.locked_at AS locked_at, p.starts_on AS starts_on,
       p.announced_at AS announced_at, p.released_at AS released_at
FROM pilot p WHERE p.city = :city AND p.id = :pilot_id

-- name: measure.has_readings
SELECT 1 AS n FROM counted_reading r WHERE r.city = :city AND r.measure_id = :measure_id LIMIT 1

-- name: measure.batches
SELECT b.id AS id, b.title AS title, b.state AS state, b.source AS source, b.good_n AS good_n, b.bad_n AS bad_n,
       b.corrects_n AS corrects_n, b.from_at AS from_at, b.to_at AS to_at, b.created_at AS created_at,
       b.is_made_up AS is_made_up
FROM batch b WHERE b.city = :city AND b.measure_id = :measure_id AND b.state <> 'dropped' AND @scope(batch b)
ORDER BY b.id DESC LIMIT 20

-- name: measure.units
SELECT u.unit_n AS unit_n, u.code AS code, u.title AS title, u.area_id AS area_id, a.title AS area,
       u.is_comparison AS is_comparison, u.group_name AS group_name
FROM reading_unit u LEFT JOIN area a ON a.city = u.city AND a.id = u.area_id
WHERE u.city = :city AND u.measure_id = :measure_id ORDER BY u.is_comparison, u.code LIMIT 200

-- name: measure.units_n
SELECT COUNT(*) AS n FROM reading_unit u WHERE u.city = :city AND u.measure_id = :measure_id

-- name: measure.unit_by_code
SELECT u.unit_n AS unit_n, u.is_comparison AS is_comparison, u.group_name AS group_name FROM reading_unit u
WHERE u.city = :city AND u.measure_id = :measure_id AND u.code = :code

-- name: measure.last_unit
SELECT MAX(u.unit_n) AS n FROM reading_unit u WHERE u.city = :city AND u.measure_id = :measure_id

-- name: measure.unit_add
INSERT INTO reading_unit (city, measure_id, unit_n, code) VALUES (:city, :measure_id, :unit_n, :code)

-- name: measure.unit_set
UPDATE reading_unit SET title = COALESCE(:title, title), area_id = COALESCE(:area_id, area_id),
       is_comparison = COALESCE(:is_comparison, is_comparison), group_name = COALESCE(:group_name, group_name)
WHERE city = :city AND measure_id = :measure_id AND code = :code

-- name: measure.late
-- Readings that their cadence says should be here: the responsible person's, and after a further period the office's.
SELECT d.id AS id, d.title AS title, d.pilot AS pilot, d.due_at AS due_at
FROM (SELECT m.id, m.city, m.title, p.title AS pilot, m.responsible_id, p.owner_id AS pilot_owner_id,
             COALESCE((SELECT MAX(b.to_at) FROM batch b WHERE b.city = m.city AND b.measure_id = m.id AND b.state = 'published'),
                      p.starts_on * 86400000) +
             CASE m.cadence WHEN 'hourly' THEN 3600000 WHEN 'daily' THEN 86400000 WHEN 'weekly' THEN 604800000
                  WHEN 'monthly' THEN 2678400000 ELSE 7948800000 END AS due_at,
             CASE m.cadence WHEN 'hourly' THEN 3600000 WHEN 'daily' THEN 86400000 WHEN 'weekly' THEN 604800000
                  WHEN 'monthly' THEN 2678400000 ELSE 7948800000 END AS step_n
      FROM measure m JOIN pilot p ON p.city = m.city AND p.id = m.pilot_id
      WHERE m.city = :city AND m.state = 'active' AND p.state = 'running'
        AND m.cadence IN ('hourly', 'daily', 'weekly', 'monthly', 'quarterly') AND @scope(measure m)) d
WHERE d.due_at < :now_at
  AND (d.responsible_id = :viewer_id OR (d.pilot_owner_id = :viewer_id AND
                                         (d.responsible_id IS NULL OR d.due_at + d.step_n < :now_at)))
ORDER BY d.due_at, d.id LIMIT 20

-- name: measure.to_ask
-- Late measures whose responsible person wasn't asked since the reading was due; for the clock.
SELECT d.id AS id
FROM (SELECT m.id, m.asked_at,
             COALESCE((SELECT MAX(b.to_at) FROM batch b WHERE b.city = m.city AND b.measure_id = m.id AND b.state = 'published'),
                      p.starts_on * 86400000) +
             CASE m.cadence WHEN 'hourly' THEN 3600000 WHEN 'daily' THEN 86400000 WHEN 'weekly' THEN 604800000
                  WHEN 'monthly' THEN 2678400000 ELSE 7948800000 END AS due_at
      FROM measure m JOIN pilot p ON p.city = m.city AND p.id = m.pilot_id
      WHERE m.city = :city AND m.state = 'active' AND p.state = 'running' AND m.responsible_id IS NOT NULL
        AND m.cadence IN ('hourly', 'daily', 'weekly', 'monthly', 'quarterly')) d
WHERE d.due_at < :now_at AND (d.asked_at IS NULL OR d.asked_at < d.due_at)
ORDER BY d.id LIMIT 100

-- name: measure.staged
-- Batches that wait for somebody to look at them and publish them.
SELECT b.id AS id, b.title AS title, b.good_n AS good_n FROM batch b
WHERE b.city = :city AND b.state = 'staged' AND b.owner_id = :viewer_id AND @scope(batch b) ORDER BY b.id LIMIT 20

-- Batches.

-- name: batch.measure
SELECT m.id AS id, m.title AS title, m.unit AS unit, m.type AS type, m.cadence AS cadence, m.state AS state, m.groups AS groups, m.pilot_id AS pilot_id,
       m.is_people AS is_people,
       m.responsible_id AS responsible_id, p.state AS pilot_state, p.announced_at AS announced_at, p.released_at AS released_at
FROM measure m JOIN pilot p ON p.city = m.city AND p.id = m.pilot_id
WHERE m.city = :city AND m.id = :measure_id AND @scope(measure m)

-- name: batch.last_rev
SELECT MAX(r.rev) AS n FROM reading r
WHERE r.city = :city AND r.measure_id = :measure_id AND r.unit_n = :unit_n AND r.read_at = :read_at

-- name: batch.add_reading
INSERT INTO reading (city, measure_id, unit_n, read_at, rev, value_num, reference_num, quality_n, batch_id)
VALUES (:city, :measure_id, :unit_n, :read_at, :rev, :value_num, :reference_num, :quality_n, :batch_id)

-- name: batch.drop_file
DELETE FROM reading_file WHERE city = :city AND batch_id = :batch_id

-- name: batch.unit_count
SELECT COUNT(*) AS n FROM reading r WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id

-- What the clock tidies up.

-- name: batch.stuck
-- Loads that ended in the middle: their process died. None of their rows counts.
SELECT b.id AS id FROM batch b WHERE b.city = :city AND b.state = 'loading' AND b.changed_at < :before_at LIMIT 100

-- name: batch.any
SELECT b.id AS id, b.measure_id AS measure_id, b.state AS state FROM batch b WHERE b.city = :city AND b.id = :batch_id

-- name: batch.sweep_to
-- The key some thousand rows on, or nothing when fewer are left.
SELECT r.unit_n AS unit_n, r.read_at AS read_at FROM reading r
WHERE r.city = :city AND r.measure_id = :measure_id AND (r.unit_n, r.read_at) >= (:from_n, :from_at)
ORDER BY r.unit_n, r.read_at LIMIT 1 OFFSET 10000

-- name: batch.sweep
DELETE FROM reading
WHERE city = :city AND measure_id = :measure_id AND batch_id = :batch_id
  AND (unit_n, read_at) >= (:from_n, :from_at) AND (unit_n, read_at) <= (:to_n, :to_at)

-- name: batch.sweep_rejects
DELETE FROM reading_reject WHERE city = :city AND batch_id = :batch_id

-- name: batch.series
-- The batch's own readings beside those that count, over the batch's time and as much before and after.
SELECT g.start_n * :step_n + :origin_n AS start_at, g.is_new AS is_new, COUNT(*) AS n, AVG(g.value_num) AS mean_num
FROM (SELECT r.value_num, CASE WHEN r.batch_id = :batch_id THEN 1 ELSE 0 END AS is_new,
             (r.read_at - :origin_n - (((r.read_at - :origin_n) % :step_n + :step_n) % :step_n)) / :step_n AS start_n
      FROM reading r JOIN batch b ON b.city = r.city AND b.id = r.batch_id
      WHERE r.city = :city AND r.measure_id = :measure_id AND (b.state = 'published' OR b.id = :batch_id)) g
GROUP BY g.start_n, g.is_new ORDER BY g.start_n, g.is_new LIMIT 8000

-- The import.

-- name: import.units
-- The measure's units with the first and the last reading there is of each, counted or not.
SELECT u.unit_n AS unit_n, u.code AS code, u.group_name AS group_name,
       (SELECT r.read_at FROM reading r WHERE r.city = u.city AND r.measure_id = u.measure_id AND r.unit_n = u.unit_n
        ORDER BY r.read_at LIMIT 1) AS first_at,
       (SELECT r.read_at FROM reading r WHERE r.city = u.city AND r.measure_id = u.measure_id AND r.unit_n = u.unit_n
        ORDER BY r.read_at DESC LIMIT 1) AS last_at
FROM reading_unit u WHERE u.city = :city AND u.measure_id = :measure_id ORDER BY u.unit_n

-- name: import.there
SELECT r.read_at AS read_at, r.rev AS rev, r.value_num AS value_num, r.reference_num AS reference_num, r.batch_id AS batch_id,
       CASE WHEN b.state = 'published' THEN 1 ELSE 0 END AS is_published
FROM reading r JOIN batch b ON b.city = r.city AND b.id = r.batch_id
WHERE r.city = :city AND r.measure_id = :measure_id AND r.unit_n = :unit_n AND r.read_at BETWEEN :from_at AND :to_at
ORDER BY r.read_at, r.rev

-- name: batch.rejects
-- Rows left out, in the file's order, a piece at a time; line 0 is the heading.
SELECT j.line_n AS line_n, j.cell AS cell, j.reason AS reason, j.row_text AS row_text FROM reading_reject j
WHERE j.city = :city AND j.batch_id = :batch_id AND j.line_n > :after_n ORDER BY j.line_n LIMIT 1000

-- name: batch.rejects_shown
SELECT j.line_n AS line_n, j.cell AS cell, j.reason AS reason, j.row_text AS row_text FROM reading_reject j
WHERE j.city = :city AND j.batch_id = :batch_id AND j.line_n > 0 ORDER BY j.line_n LIMIT 50

-- name: batch.heading
SELECT j.row_text AS row_text FROM reading_reject j
WHERE j.city = :city AND j.batch_id = :batch_id AND j.line_n = 0

-- name: batch.has_file
SELECT COUNT(*) AS n FROM reading_file f WHERE f.city = :city AND f.batch_id = :batch_id

-- name: batch.file_piece
SELECT f.data_blob AS data_blob FROM reading_file f
WHERE f.city = :city AND f.batch_id = :batch_id AND f.seq = :seq

-- name: batch.added
SELECT COUNT(*) AS n, SUM(r.value_num) AS sum_num FROM reading r
WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id

-- name: batch.last_publish
SELECT MAX(b.publish_n) AS n FROM batch b WHERE b.city = :city AND b.measure_id = :measure_id

-- name: batch.replaced
-- What counts now and would give way to the batch. A row with rev 1 can meet another only in a batch uploaded later.
SELECT COUNT(*) AS n, SUM(k.value_num) AS sum_num
FROM reading r JOIN counted_reading k ON k.city = r.city AND k.measure_id = r.measure_id AND k.unit_n = r.unit_n
                                     AND k.read_at = r.read_at
WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id AND k.batch_id <> r.batch_id
  AND (r.rev > 1 OR EXISTS (SELECT 1 FROM batch y WHERE y.city = :city AND y.measure_id = :measure_id
                              AND y.state = 'published' AND (y.revs_n IS NULL OR y.revs_n > 0)))

-- name: batch.would_correct
SELECT u.code AS code, r.read_at AS read_at, k.value_num AS old_num, r.value_num AS value_num
FROM reading r JOIN counted_reading k ON k.city = r.city AND k.measure_id = r.measure_id AND k.unit_n = r.unit_n
                                     AND k.read_at = r.read_at
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id AND k.batch_id <> r.batch_id
  AND (r.rev > 1 OR EXISTS (SELECT 1 FROM batch y WHERE y.city = :city AND y.measure_id = :measure_id
                              AND y.state = 'published' AND (y.revs_n IS NULL OR y.revs_n > 0)))
ORDER BY r.unit_n, r.read_at LIMIT 50

-- name: batch.corrections
SELECT u.code AS code, r.read_at AS read_at, k.value_num AS old_num, r.value_num AS value_num
FROM reading r JOIN reading k ON k.city = r.city AND k.measure_id = r.measure_id AND k.unit_n = r.unit_n
                             AND k.read_at = r.read_at AND k.rev = r.rev - 1
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id AND r.rev > 1
ORDER BY r.unit_n, r.read_at LIMIT 50

-- name: batch.flagged
SELECT u.code AS code, r.read_at AS read_at, r.value_num AS value_num, r.quality_n AS quality_n
FROM reading r JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id AND r.quality_n > 0
ORDER BY r.quality_n, r.unit_n, r.read_at LIMIT 50

-- name: batch.first
SELECT u.code AS code, r.read_at AS read_at, r.value_num AS value_num, r.reference_num AS reference_num
FROM reading r JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND r.batch_id = :batch_id
ORDER BY r.unit_n, r.read_at LIMIT 10
