-- Readings are summed up by the store: one row a unit.

-- name: evaluation.basis
SELECT p.id AS pilot_id, p.title AS pilot, p.state AS state, p.type AS type, p.design AS design, p.starts_on AS starts_on,
       p.ends_on AS ends_on, p.locked_at AS locked_at, p.plan_hash_text AS plan_hash_text, m.id AS measure_id,
       m.title AS title, m.unit AS unit, m.type AS measure_type, m.direction AS direction, m.role AS role,
       m.target_num AS target_num, m.worthwhile_num AS worthwhile_num, p.analysis AS analysis, p.step AS step, p.sure AS sure,
       p.looks_n AS looks_n, p.most_missing_num AS most_missing_num, p.effect_value_cents AS effect_value_cents,
       p.place_cost_cents AS place_cost_cents, p.population_n AS population_n, p.extension_n AS extension_n,
       p.extension_cost_cents AS extension_cost_cents
FROM measure m JOIN pilot p ON p.city = m.city AND p.id = m.pilot_id
WHERE m.city = :city AND m.id = :measure_id AND m.pilot_id = :pilot_id AND m.state = 'active'

-- name: evaluation.recorded
-- The measure's plan as it was sealed last.
SELECT s.plan_text AS plan_text, s.plan_hash_text AS plan_hash_text, s.analysis AS analysis, s.starts_on AS starts_on,
       s.ends_on AS ends_on, s.sealed_at AS sealed_at, s.why AS why, s.version_n AS version_n
FROM measure_plan s WHERE s.city = :city AND s.measure_id = :measure_id ORDER BY s.version_n DESC LIMIT 1

-- name: evaluation.to_seal
SELECT m.id AS id, m.role AS role, m.title AS title, m.type AS type, m.direction AS direction, m.target_num AS target_num,
       m.worthwhile_num AS worthwhile_num, m.unit AS unit, m.baseline_num AS baseline_num, m.spread_num AS spread_num,
       m.steady_num AS steady_num, m.each_n AS each_n,
       e.mean_num AS earlier_mean_num, e.spread_num AS earlier_spread_num, e.steady_num AS earlier_steady_num,
       (SELECT COUNT(*) FROM reading_unit u WHERE u.city = m.city AND u.measure_id = m.id AND u.is_comparison = 0) AS known_units_n,
       (SELECT COUNT(*) FROM reading_unit u WHERE u.city = m.city AND u.measure_id = m.id AND u.is_comparison = 1) AS known_compared_n,
       (SELECT COALESCE(MAX(s.version_n), 0) FROM measure_plan s WHERE s.city = m.city AND s.measure_id = m.id) AS version_n
FROM measure m LEFT JOIN measure_earlier e ON e.city = m.city AND e.measure_id = m.id
WHERE m.city = :city AND m.pilot_id = :pilot_id AND m.state = 'active'
ORDER BY CASE m.role WHEN 'primary' THEN 0 WHEN 'guardrail' THEN 2 ELSE 1 END, m.id LIMIT 200

-- name: evaluation.plan_now
SELECT p.type AS type, p.design AS design, p.starts_on AS starts_on, p.ends_on AS ends_on, p.analysis AS analysis, p.step AS step,
       p.sure AS sure, p.looks_n AS looks_n, p.most_missing_num AS most_missing_num, p.effect_value_cents AS effect_value_cents,
       p.place_cost_cents AS place_cost_cents, p.population_n AS population_n, p.extension_n AS extension_n,
       p.extension_cost_cents AS extension_cost_cents, p.question AS question, p.locked_at AS locked_at, p.units_n AS units_n,
       p.compared_n AS compared_n, p.weak_reason AS weak_reason,
       (SELECT COUNT(*) FROM site s WHERE s.city = p.city AND s.pilot_id = p.id AND s.state = 'active' AND COALESCE(s.is_comparison, 0) = 0) AS sites_n,
       (SELECT COUNT(*) FROM site s WHERE s.city = p.city AND s.pilot_id = p.id AND s.state = 'active' AND s.is_comparison = 1) AS compared_sites_n
FROM pilot p WHERE p.city = :city AND p.id = :pilot_id

-- name: evaluation.keep_plan
INSERT INTO measure_plan (city, measure_id, version_n, pilot_id, sealed_at, analysis, starts_on, ends_on, plan_text, plan_hash_text, why,
                          forecast_text)
VALUES (:city, :measure_id, :version_n, :pilot_id, :sealed_at, :analysis, :starts_on, :ends_on, :plan_text, :plan_hash_text, :why,
        :forecast_text)

-- What a plan can tell.

-- name: evaluation.forecast
SELECT f.result_text AS result_text FROM plan_forecast f WHERE f.city = :city AND f.key_text = :key_text

-- name: evaluation.keep_forecast
INSERT INTO plan_forecast (city, key_text, made_at, result_text) VALUES (:city, :key_text, :made_at, :result_text)
ON CONFLICT (city, key_text) DO NOTHING

-- name: evaluation.kept_forecast
-- As it was kept when the plan was locked.
SELECT s.forecast_text AS forecast_text FROM measure_plan s
WHERE s.city = :city AND s.measure_id = :measure_id AND s.forecast_text IS NOT NULL ORDER BY s.version_n DESC LIMIT 1

-- name: evaluation.forecast_wanted
SELECT COUNT(*) AS n FROM pilot p
WHERE p.city = :city AND p.id = :pilot_id AND p.locked_at IS NULL AND p.design IS NOT NULL AND p.is_backfill = 0

-- name: evaluation.ask_forecast
INSERT INTO forecast_ask (city, pilot_id, asked_at) VALUES (:city, :pilot_id, :asked_at)
ON CONFLICT (city, pilot_id) DO UPDATE SET asked_at = excluded.asked_at, done_at = NULL

-- name: evaluation.forecast_ask
SELECT k.asked_at AS asked_at, k.done_at AS done_at FROM forecast_ask k WHERE k.city = :city AND k.pilot_id = :pilot_id

-- name: evaluation.forecast_done
-- What was asked for since is still to be done.
UPDATE forecast_ask SET done_at = :done_at WHERE city = :city AND pilot_id = :pilot_id AND asked_at <= :asked_at

-- name: evaluation.earlier_extent
SELECT COUNT(*) AS n, MIN(r.read_at) AS first_at, MAX(r.read_at) AS last_at FROM counted_reading r
WHERE r.city = :city AND r.measure_id = :measure_id AND r.read_at < :until_at

-- name: evaluation.earlier_units
-- Each unit's mean before the start, and those of the two halves of that time; of differences from what is trusted if :differs_n.
SELECT r.unit_n AS unit_n, COUNT(*) AS n, AVG(CASE WHEN :differs_n = 1 THEN r.value_num - r.reference_num ELSE r.value_num END) AS mean_num,
       AVG(CASE WHEN :differs_n = 1 THEN (r.value_num - r.reference_num) * (r.value_num - r.reference_num)
                ELSE r.value_num * r.value_num END) AS square_num,
       AVG(CASE WHEN r.read_at < :middle_at THEN r.value_num END) AS first_num,
       AVG(CASE WHEN r.read_at >= :middle_at THEN r.value_num END) AS second_num
FROM counted_reading r
WHERE r.city = :city AND r.measure_id = :measure_id AND r.read_at < :until_at
  AND (:differs_n = 0 OR r.reference_num IS NOT NULL)
GROUP BY r.unit_n ORDER BY r.unit_n LIMIT 20000

-- name: evaluation.keep_earlier
INSERT INTO measure_earlier (city, measure_id, known_at, mean_num, spread_num, steady_num)
VALUES (:city, :measure_id, :known_at, :mean_num, :spread_num, :steady_num)
ON CONFLICT (city, measure_id) DO UPDATE
SET known_at = excluded.known_at, mean_num = excluded.mean_num, spread_num = excluded.spread_num, steady_num = excluded.steady_num

-- name: evaluation.keep_run
INSERT INTO evaluation_run (city, evaluation_id, plan_text, plan_hash_text, options, result_text, pictures_text)
VALUES (:city, :evaluation_id, :plan_text, :plan_hash_text, :options, :result_text, :pictures_text)

-- name: evaluation.run_kept
SELECT r.plan_text AS plan_text, r.plan_hash_text AS plan_hash_text, r.options AS options, r.result_text AS result_text
FROM evaluation_run r JOIN evaluation e ON e.city = r.city AND e.id = r.evaluation_id
WHERE r.city = :city AND r.evaluation_id = :evaluation_id AND @scope(evaluation e)

-- name: evaluation.panel
-- Each unit's mean in each period of :step_n milliseconds before and from the start on, which is period 1.
SELECT u.code AS code, k.title AS area, u.group_name AS group_name, u.is_comparison AS is_comparison, g.period_n AS period_n,
       g.n AS n, g.mean_num AS mean_num
FROM (SELECT r.unit_n AS unit_n,
             (r.read_at - :split_at - (((r.read_at - :split_at) % :step_n + :step_n) % :step_n)) / :step_n + 1 AS period_n,
             COUNT(*) AS n, AVG(r.value_num) AS mean_num
      FROM counted_reading r
      WHERE r.city = :city AND r.measure_id = :measure_id AND r.read_at < :to_at
      GROUP BY r.unit_n, (r.read_at - :split_at - (((r.read_at - :split_at) % :step_n + :step_n) % :step_n)) / :step_n + 1) g
JOIN reading_unit u ON u.city = :city AND u.measure_id = :measure_id AND u.unit_n = g.unit_n
LEFT JOIN area k ON k.city = u.city AND k.id = u.area_id
ORDER BY u.code, g.period_n LIMIT 20001

-- name: evaluation.version
-- What changes whenever the plan, what is measured, its readings, or what was found of the guardrails does: numbers that
-- only rise. A batch's rev rises with each act on it, and none that ever counted is deleted.
SELECT p.rev AS pilot_n, m.rev AS measure_n,
       (SELECT COALESCE(MAX(t.id), 0) FROM amendment t WHERE t.city = p.city AND t.pilot_id = p.id) AS amendment_n,
       (SELECT CAST(COALESCE(SUM(e.rev), 0) AS BIGINT) FROM evaluation e WHERE e.city = p.city AND e.pilot_id = p.id) AS evaluations_n,
       (SELECT CAST(COALESCE(SUM(b.rev), 0) AS BIGINT) FROM batch b
        WHERE b.city = m.city AND b.measure_id = m.id AND b.state IN ('published', 'undone')) AS readings_rev_n
FROM measure m JOIN pilot p ON p.city = m.city AND p.id = m.pilot_id
WHERE m.city = :city AND m.id = :measure_id AND m.pilot_id = :pilot_id

-- name: evaluation.readings_rev
SELECT CAST(COALESCE(SUM(b.rev), 0) AS BIGINT) AS n FROM batch b
WHERE b.city = :city AND b.measure_id = :measure_id AND b.state IN ('published', 'undone')

-- name: evaluation.extent
-- How many count, how many came after the planned end, whether all are 0 or 1.
SELECT COUNT(*) AS n, SUM(CASE WHEN r.read_at >= :to_at THEN 1 ELSE 0 END) AS late_n,
       MIN(r.read_at) AS first_at, MAX(r.read_at) AS last_at,
       MIN(CASE WHEN r.read_at >= :split_at THEN r.read_at END) AS first_after_at,
       SUM(CASE WHEN r.value_num = 0 OR r.value_num = 1 THEN 0 ELSE 1 END) AS not_yes_no_n,
       SUM(CASE WHEN r.reference_num IS NULL OR r.reference_num = 0 OR r.reference_num = 1 THEN 0 ELSE 1 END) AS reference_not_yes_no_n
FROM counted_reading r
WHERE r.city = :city AND r.measure_id = :measure_id

-- name: evaluation.units
SELECT u.unit_n AS unit_n, u.code AS code, u.is_comparison AS is_comparison, k.title AS area, u.group_name AS group_name,
       SUM(CASE WHEN r.read_at < :split_at THEN 1 ELSE 0 END) AS before_n,
       AVG(CASE WHEN r.read_at < :split_at THEN r.value_num END) AS before_num,
       SUM(CASE WHEN r.read_at < :split_at THEN 0 ELSE 1 END) AS after_n,
       AVG(CASE WHEN r.read_at < :split_at THEN NULL ELSE r.value_num END) AS after_num,
       SUM(CASE WHEN r.read_at < :split_at THEN 0 ELSE r.value_num END) AS after_sum_num
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
LEFT JOIN area k ON k.city = u.city AND k.id = u.area_id
WHERE r.city = :city AND r.measure_id = :measure_id AND r.read_at < :to_at
GROUP BY u.unit_n, u.code, u.is_comparison, k.title, u.group_name
ORDER BY u.code LIMIT 20001

-- name: evaluation.firsts
-- Each unit's first reading since the start, in the order in which they were read.
SELECT u.code AS code, u.is_comparison AS is_comparison, k.title AS area, u.group_name AS group_name, r.value_num AS value_num
FROM (SELECT f.unit_n AS unit_n, MIN(f.read_at) AS read_at FROM counted_reading f
      WHERE f.city = :city AND f.measure_id = :measure_id AND f.read_at >= :split_at AND f.read_at < :to_at
      GROUP BY f.unit_n) g
JOIN counted_reading r ON r.city = :city AND r.measure_id = :measure_id AND r.unit_n = g.unit_n AND r.read_at = g.read_at
JOIN reading_unit u ON u.city = :city AND u.measure_id = :measure_id AND u.unit_n = g.unit_n
LEFT JOIN area k ON k.city = u.city AND k.id = u.area_id
ORDER BY g.read_at, u.code LIMIT 20001

-- name: evaluation.monitor
SELECT m.plan_hash_text AS plan_hash_text, m.looks_n AS looks_n, m.rows_n AS rows_n, m.rows_hash_text AS rows_hash_text,
       m.state_text AS state_text,
       (SELECT MAX(k.day_n) FROM measure_look k WHERE k.city = m.city AND k.measure_id = m.measure_id) AS day_n
FROM measure_monitor m WHERE m.city = :city AND m.measure_id = :measure_id

-- name: evaluation.keep_monitor
-- Nothing where somebody else looked meanwhile.
INSERT INTO measure_monitor (city, measure_id, plan_hash_text, looks_n, rows_n, rows_hash_text, state_text)
VALUES (:city, :measure_id, :plan_hash_text, :looks_n, :rows_n, :rows_hash_text, :state_text)
ON CONFLICT (city, measure_id) DO UPDATE SET plan_hash_text = excluded.plan_hash_text, looks_n = excluded.looks_n,
  rows_n = excluded.rows_n, rows_hash_text = excluded.rows_hash_text, state_text = excluded.state_text
WHERE measure_monitor.looks_n = excluded.looks_n - 1

-- name: evaluation.keep_look
INSERT INTO measure_look (city, measure_id, look_n, looked_at, day_n, compared_n, tried_n, compared_num, tried_num, estimate_num,
                          low_num, high_num, level_num, log_e_num, is_replayed)
VALUES (:city, :measure_id, :look_n, :looked_at, :day_n, :compared_n, :tried_n, :compared_num, :tried_num, :estimate_num,
        :low_num, :high_num, :level_num, :log_e_num, :is_replayed)

-- name: evaluation.looks
-- Up to the evaluation.
SELECT k.look_n AS look_n, k.looked_at AS looked_at, k.day_n AS day_n, k.compared_n AS compared_n, k.tried_n AS tried_n,
       k.compared_num AS compared_num, k.tried_num AS tried_num, k.estimate_num AS estimate_num, k.low_num AS low_num,
       k.high_num AS high_num, k.level_num AS level_num, k.log_e_num AS log_e_num, k.is_replayed AS is_replayed
FROM measure_look k JOIN evaluation e ON e.city = k.city AND e.measure_id = k.measure_id
WHERE k.city = :city AND e.id = :evaluation_id AND k.looked_at <= e.computed_at AND @scope(evaluation e)
ORDER BY k.look_n LIMIT 400

-- name: evaluation.looks_due
-- Running pilots whose plan names looks: the days of the plan, and of the last look.
SELECT p.id AS pilot_id, m.id AS measure_id, s.starts_on AS starts_on, s.ends_on AS ends_on, p.looks_n AS looks_n,
       (SELECT MAX(k.day_n) FROM measure_look k WHERE k.city = m.city AND k.measure_id = m.id) AS day_n
FROM pilot p JOIN measure m ON m.city = p.city AND m.pilot_id = p.id AND m.role = 'primary' AND m.state = 'active'
JOIN measure_plan s ON s.city = m.city AND s.measure_id = m.id AND s.analysis = 'after' AND s.plan_text IS NOT NULL
WHERE p.city = :city AND p.state = 'running' AND p.looks_n > 0 AND s.starts_on IS NOT NULL AND s.ends_on IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM measure_plan n WHERE n.city = s.city AND n.measure_id = s.measure_id AND n.version_n > s.version_n)
  AND EXISTS (SELECT 1 FROM batch b WHERE b.city = m.city AND b.measure_id = m.id AND b.state = 'published')
ORDER BY p.id, m.id LIMIT 1000

-- name: evaluation.rows
-- The readings themselves, where there is one unit.
SELECT u.code AS code, r.read_at AS read_at, CASE WHEN r.read_at < :split_at THEN 0 ELSE 1 END AS after_n,
       r.value_num AS value_num, r.reference_num AS reference_num
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND u.is_comparison = 0 AND r.read_at < :to_at
ORDER BY r.read_at, u.code LIMIT 20001

-- name: evaluation.pairs
-- Each unit's mean beside the mean of what the reference read.
SELECT u.code AS code, k.title AS area, u.group_name AS group_name, COUNT(*) AS n, AVG(r.value_num) AS value_num, AVG(r.reference_num) AS reference_num
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
LEFT JOIN area k ON k.city = u.city AND k.id = u.area_id
WHERE r.city = :city AND r.measure_id = :measure_id AND r.reference_num IS NOT NULL AND r.read_at >= :split_at
  AND r.read_at < :to_at
GROUP BY u.unit_n, u.code, k.title, u.group_name
ORDER BY u.code LIMIT 20001

-- name: evaluation.yes_no
SELECT r.value_num AS value_num, r.reference_num AS reference_num, COUNT(*) AS n
FROM counted_reading r
WHERE r.city = :city AND r.measure_id = :measure_id AND r.reference_num IS NOT NULL AND r.read_at >= :split_at
  AND r.read_at < :to_at
GROUP BY r.value_num, r.reference_num ORDER BY r.value_num, r.reference_num LIMIT 5

-- name: evaluation.agreeing
-- Each unit's share of readings that agree with the reference.
SELECT u.group_name AS group_name, COUNT(*) AS n,
       AVG(CASE WHEN r.value_num = r.reference_num THEN 1.0 ELSE 0.0 END) AS value_num
FROM counted_reading r
JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
WHERE r.city = :city AND r.measure_id = :measure_id AND r.reference_num IS NOT NULL AND r.read_at >= :split_at
  AND r.read_at < :to_at AND EXISTS (SELECT 1 FROM measure m WHERE m.city = r.city AND m.id = r.measure_id AND m.groups IS NOT NULL)
GROUP BY u.unit_n, u.group_name
ORDER BY u.unit_n LIMIT 20001

-- name: evaluation.series
-- Means of periods :step_n milliseconds long that begin at multiples of it before and after :origin_n.
SELECT g.start_n * :step_n + :origin_n AS start_at, g.is_comparison AS is_comparison, COUNT(*) AS n,
       AVG(g.value_num) AS mean_num
FROM (SELECT r.value_num AS value_num, u.is_comparison AS is_comparison,
             (r.read_at - :origin_n - (((r.read_at - :origin_n) % :step_n + :step_n) % :step_n)) / :step_n AS start_n
      FROM counted_reading r
      JOIN reading_unit u ON u.city = r.city AND u.measure_id = r.measure_id AND u.unit_n = r.unit_n
      WHERE r.city = :city AND r.measure_id = :measure_id AND r.read_at < :to_at) g
GROUP BY g.start_n, g.is_comparison ORDER BY g.start_n, g.is_comparison LIMIT 400

-- The plan against what was done.

-- name: evaluation.plan_act
-- The last act by which the plan was locked or amended.
SELECT a.canonical AS canonical FROM act a
WHERE a.city = :city AND a.record_id = :pilot_id AND a.command IN ('pilot.lock', 'pilot.amend')
ORDER BY a.id DESC LIMIT 1

-- name: evaluation.amendments
SELECT t.id AS id, t.text AS text, t.is_after_data AS is_after_data, t.plan_hash_text AS plan_hash_text, t.created_at AS created_at
FROM amendment t WHERE t.city = :city AND t.pilot_id = :pilot_id ORDER BY t.id LIMIT 200

-- name: evaluation.guardrails
-- What was found of the pilot's guardrails: the interval of each change and the harm that is borne.
SELECT m.direction AS direction, m.worthwhile_num AS margin_num, e.low_num AS low_num, e.high_num AS high_num
FROM evaluation e JOIN measure m ON m.city = e.city AND m.id = e.measure_id
WHERE e.city = :city AND e.pilot_id = :pilot_id AND e.state <> 'superseded' AND m.role = 'guardrail' AND m.state = 'active'
  AND m.worthwhile_num IS NOT NULL AND e.low_num IS NOT NULL AND e.method IN ('before_after', 'changes', 'after')
ORDER BY e.id LIMIT 20

-- name: evaluation.earlier
SELECT e.id AS id FROM evaluation e
WHERE e.city = :city AND e.measure_id = :measure_id AND e.state <> 'superseded' ORDER BY e.id LIMIT 100

-- name: evaluation.keep_data
INSERT INTO evaluation_data (city, evaluation_id, csv) VALUES (:city, :evaluation_id, :csv)

-- What needs somebody.

-- name: evaluation.to_run
SELECT p.id AS id, p.title AS title, p.ends_on AS due_on FROM pilot p
WHERE p.city = :city AND p.is_backfill = 0 AND @scope(pilot p)
  AND p.state IN ('evaluating', 'running', 'paused') AND (p.state = 'evaluating' OR p.ends_on <= :utc_on)
  AND EXISTS (SELECT 1 FROM measure m WHERE m.city = p.city AND m.pilot_id = p.id AND m.role = 'primary' AND m.state = 'active')
  AND NOT EXISTS (SELECT 1 FROM evaluation e WHERE e.city = p.city AND e.pilot_id = p.id AND e.state <> 'superseded')
-- COALESCE keeps the planner on the index of states: few rows, not all by their end.
ORDER BY COALESCE(p.ends_on, 0), p.id LIMIT 20

-- name: evaluation.to_check
SELECT e.id AS id, e.title AS title, e.computed_at AS due_at FROM evaluation e
WHERE e.city = :city AND e.state = 'computed' AND (e.owner_id IS NULL OR e.owner_id <> :viewer_id) AND @scope(evaluation e)
ORDER BY e.id LIMIT 20

-- Pages.

-- name: evaluation.page
SELECT e.id AS id, e.title AS title, e.state AS state, e.pilot_id AS pilot_id, e.measure_id AS measure_id, e.method AS method,
       e.plan_hash_text AS plan_hash_text, e.result_text AS result_text, e.estimate_num AS estimate_num, e.low_num AS low_num,
       e.high_num AS high_num, e.n AS n, e.dropped_n AS dropped_n, e.grade AS grade, e.evidence_level_n AS evidence_level_n,
       e.verdict AS verdict, e.reason_code AS reason_code, e.is_exploratory AS is_exploratory,
       e.input_hash_text AS input_hash_text, e.computed_at AS computed_at, e.readings_rev_n AS readings_rev_n,
       e.plan_run_hash_text AS plan_run_hash_text, p.locked_at AS locked_at, r.pictures_text AS pictures_text,
       m.is_people AS is_people
FROM evaluation e JOIN pilot p ON p.city = e.city AND p.id = e.pilot_id
JOIN measure m ON m.city = e.city AND m.id = e.measure_id
LEFT JOIN evaluation_run r ON r.city = e.city AND r.evaluation_id = e.id
WHERE e.city = :city AND e.id = :evaluation_id AND @scope(evaluation e)

-- name: evaluation.of_pilot
-- The newest of each measure that the viewer may see.
SELECT e.id AS id, e.method AS method, e.result_text AS result_text, e.grade AS grade, e.evidence_level_n AS evidence_level_n,
       e.verdict AS verdict, e.reason_code AS reason_code, e.is_exploratory AS is_exploratory, e.is_made_up AS is_made_up,
       e.measure_id AS measure_id, e.readings_rev_n AS readings_rev_n, m.is_people AS is_people, m.title AS measure, r.pictures_text AS pictures_text
FROM evaluation e JOIN measure m ON m.city = e.city AND m.id = e.measure_id
LEFT JOIN evaluation_run r ON r.city = e.city AND r.evaluation_id = e.id
WHERE e.city = :city AND e.pilot_id = :pilot_id AND @scope(evaluation e)
  AND NOT EXISTS (SELECT 1 FROM evaluation f WHERE f.city = e.city AND f.measure_id = e.measure_id AND f.id > e.id
                    AND @scope(evaluation f))
ORDER BY CASE m.role WHEN 'primary' THEN 0 WHEN 'guardrail' THEN 2 ELSE 1 END, e.id LIMIT 20

-- name: evaluation.newer
SELECT MAX(f.id) AS id FROM evaluation f
WHERE f.city = :city AND f.measure_id = :measure_id AND f.id > :evaluation_id AND @scope(evaluation f)

-- name: evaluation.data
SELECT d.csv AS csv, m.is_people AS is_people
FROM evaluation_data d JOIN evaluation e ON e.city = d.city AND e.id = d.evaluation_id
JOIN measure m ON m.city = e.city AND m.id = e.measure_id
WHERE d.city = :city AND d.evaluation_id = :evaluation_id AND @scope(evaluation e)
