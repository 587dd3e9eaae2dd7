-- What a guard asks: numbers that must be zero, or not.

-- name: pilot.primary_measures
SELECT COUNT(*) AS n FROM measure m
WHERE m.city = :city AND m.pilot_id = :pilot_id AND m.role = 'primary' AND m.state = 'active'

-- name: pilot.measures_without_baseline
SELECT COUNT(*) AS n FROM measure m JOIN pilot p ON p.city = m.city AND p.id = m.pilot_id
WHERE m.city = :city AND m.pilot_id = :pilot_id AND m.role = 'primary' AND m.state = 'active'
  AND m.baseline_num IS NULL AND p.type = 'effect'

-- name: pilot.readings
SELECT 1 AS n FROM measure m JOIN reading r ON r.city = m.city AND r.measure_id = m.id
WHERE m.city = :city AND m.pilot_id = :pilot_id LIMIT 1

-- name: pilot.open_gates
SELECT COUNT(*) AS n FROM gate g
WHERE g.city = :city AND g.pilot_id = :pilot_id AND g.state IN ('open', 'filed', 'in_review', 'reopened')

-- name: pilot.refused_gates
SELECT COUNT(*) AS n FROM gate g WHERE g.city = :city AND g.pilot_id = :pilot_id AND g.state = 'refused'

-- name: pilot.decided_gates
SELECT g.id AS id FROM gate g
WHERE g.city = :city AND g.pilot_id = :pilot_id AND g.state IN ('certified', 'approved', 'conditional')
ORDER BY g.id LIMIT 20

-- name: pilot.gates_of_type
SELECT COUNT(*) AS n FROM gate g WHERE g.city = :city AND g.pilot_id = :pilot_id AND g.type = :type

-- name: pilot.open_conditions
SELECT COUNT(*) AS n FROM condition k JOIN gate g ON g.city = k.city AND g.id = k.gate_id
WHERE k.city = :city AND g.pilot_id = :pilot_id AND k.state = 'open'

-- name: pilot.signed_agreements
SELECT COUNT(*) AS n FROM agreement t
WHERE t.city = :city AND t.pilot_id = :pilot_id AND t.state = 'signed'

-- name: pilot.reviews_needed
SELECT t.reviews_needed AS reviews_needed FROM pilot p
JOIN challenge t ON t.city = p.city AND t.id = p.challenge_id
WHERE p.city = :city AND p.id = :pilot_id

-- The plan.

-- name: plan.pilot
SELECT p.id AS id, p.title AS title, p.question AS question, p.type AS type, p.hypothesis AS hypothesis,
       p.learning_questions AS learning_questions, p.starts_on AS starts_on, p.ends_on AS ends_on,
       p.design AS design, p.stop_rule AS stop_rule, p.decision_rule AS decision_rule, p.analysis AS analysis, p.step AS step,
       p.sure AS sure, p.looks_n AS looks_n, p.most_missing_num AS most_missing_num, p.effect_value_cents AS effect_value_cents,
       p.place_cost_cents AS place_cost_cents, p.population_n AS population_n, p.extension_n AS extension_n,
       p.extension_cost_cents AS extension_cost_cents, p.units_n AS units_n, p.compared_n AS compared_n
FROM pilot p WHERE p.city = :city AND p.id = :pilot_id

-- name: plan.measures
SELECT m.id AS id, m.title AS title, m.definition AS definition, m.unit AS unit, m.type AS type,
       m.direction AS direction, m.role AS role, m.method AS method, m.baseline_num AS baseline_num,
       m.target_num AS target_num, m.worthwhile_num AS worthwhile_num, m.groups AS groups
FROM measure m WHERE m.city = :city AND m.pilot_id = :pilot_id AND m.state = 'active'
ORDER BY m.id LIMIT 200

-- name: plan.sites
SELECT s.id AS id, s.title AS title, s.is_comparison AS is_comparison
FROM site s WHERE s.city = :city AND s.pilot_id = :pilot_id AND s.state = 'active'
ORDER BY s.id LIMIT 2000

-- What the pilot's page shows.

-- name: pilot.chain
-- The records around a pilot that the viewer may see, for the trail at its head. The place is the problem's, else where it is tried.
SELECT (SELECT h.id FROM challenge h WHERE h.city = p.city AND h.id = p.challenge_id AND @scope(challenge h)) AS challenge_id,
       (SELECT l.id FROM call l WHERE l.city = p.city AND l.id = p.call_id AND @scope(call l)) AS call_id,
       (SELECT l.id FROM call l WHERE l.city = p.city AND l.id = p.call_id AND l.state = 'decided' AND p.pitch_id IS NOT NULL
          AND @scope(call l)) AS decided_call_id,
       (SELECT i.id FROM pitch i WHERE i.city = p.city AND i.id = p.pitch_id AND @scope(pitch i)) AS pitch_id,
       (SELECT MAX(n.id) FROM selection n WHERE n.city = p.city AND n.call_id = p.call_id AND @scope(selection n)) AS selection_id,
       (SELECT MAX(g.id) FROM gate g WHERE g.city = p.city AND g.pilot_id = p.id AND @scope(gate g)) AS gate_id,
       (SELECT MAX(t.id) FROM technology t WHERE t.city = p.city AND t.pilot_id = p.id AND @scope(technology t)) AS technology_id,
       (SELECT MAX(t.id) FROM agreement t WHERE t.city = p.city AND t.pilot_id = p.id AND @scope(agreement t)) AS agreement_id,
       (SELECT MAX(e.id) FROM evaluation e JOIN measure m ON m.city = e.city AND m.id = e.measure_id AND m.role = 'primary'
        WHERE e.city = p.city AND e.pilot_id = p.id AND e.state <> 'superseded' AND @scope(evaluation e)) AS evaluation_id,
       (SELECT MAX(v.id) FROM advice v WHERE v.city = p.city AND v.pilot_id = p.id AND @scope(advice v)) AS advice_id,
       (SELECT MAX(d.id) FROM decision d WHERE d.city = p.city AND d.pilot_id = p.id AND @scope(decision d)) AS decision_id,
       (SELECT MAX(o.id) FROM adoption o WHERE o.city = p.city AND o.pilot_id = p.id AND @scope(adoption o)) AS adoption_id,
       COALESCE((SELECT h.area_id FROM challenge h WHERE h.city = p.city AND h.id = p.challenge_id AND @scope(challenge h)),
                (SELECT MIN(s.area_id) FROM site s WHERE s.city = p.city AND s.pilot_id = p.id AND s.is_comparison = 0
                   AND s.state = 'active' AND @scope(site s))) AS area_id
FROM pilot p WHERE p.city = :city AND p.id = :pilot_id AND @scope(pilot p)

-- name: pilot.adoptions
SELECT o.id AS id, o.title AS title, o.state AS state, w.name AS who, o.budget_cents AS budget_cents,
       CAST(o.fiscal_fy AS TEXT) AS fiscal_year
FROM adoption o LEFT JOIN person w ON w.city = o.city AND w.id = o.person_id
WHERE o.city = :city AND o.pilot_id = :pilot_id AND @scope(adoption o) ORDER BY o.id LIMIT 5

-- name: pilot.measures
SELECT m.id AS id, m.title AS title, m.role AS role, m.unit AS unit, m.baseline_num AS baseline_num,
       m.target_num AS target_num, m.worthwhile_num AS worthwhile_num
FROM measure m WHERE m.city = :city AND m.pilot_id = :pilot_id AND m.state = 'active' AND @scope(measure m)
ORDER BY CASE m.role WHEN 'primary' THEN 0 WHEN 'guardrail' THEN 2 ELSE 1 END, m.id LIMIT 50

-- name: pilot.sites
SELECT s.id AS id, s.title AS title, s.address AS address, s.area_id AS area_id, a.title AS area, s.state AS state,
       s.is_comparison AS is_comparison, s.lat_num AS lat_num, s.lon_num AS lon_num
FROM site s LEFT JOIN area a ON a.city = s.city AND a.id = s.area_id
WHERE s.city = :city AND s.pilot_id = :pilot_id AND @scope(site s)
ORDER BY s.is_comparison, s.id LIMIT 200

-- name: pilot.gates
SELECT g.id AS id, g.title AS title, g.type AS type, g.state AS state, g.due_on AS due_on
FROM gate g WHERE g.city = :city AND g.pilot_id = :pilot_id AND @scope(gate g) ORDER BY g.id LIMIT 20

-- name: pilot.conditions
SELECT k.id AS id, k.title AS title, k.state AS state, k.due_on AS due_on, p.name AS who
FROM condition k JOIN gate g ON g.city = k.city AND g.id = k.gate_id
LEFT JOIN person p ON p.city = k.city AND p.id = k.person_id
WHERE k.city = :city AND g.pilot_id = :pilot_id AND @scope(condition k)
ORDER BY k.due_on, k.id LIMIT 50

-- name: pilot.agreements
SELECT t.id AS id, t.title AS title, t.state AS state, t.value_cents AS value_cents, t.ends_on AS ends_on
FROM agreement t WHERE t.city = :city AND t.pilot_id = :pilot_id AND @scope(agreement t) ORDER BY t.id LIMIT 20

-- name: pilot.money
SELECT b.id AS id, b.title AS title, b.source AS source, CAST(b.fiscal_fy AS TEXT) AS fiscal_year, b.amount_cents AS amount_cents,
       b.committed_cents AS committed_cents, b.spent_cents AS spent_cents
FROM budget_line b WHERE b.city = :city AND b.pilot_id = :pilot_id AND @scope(budget_line b)
ORDER BY b.fiscal_fy, b.id LIMIT 100

-- name: pilot.milestones
SELECT t.id AS id, t.title AS title, t.state AS state, t.due_on AS due_on, t.reached_on AS reached_on
FROM milestone t WHERE t.city = :city AND t.pilot_id = :pilot_id AND @scope(milestone t)
ORDER BY t.due_on, t.id LIMIT 50

-- name: pilot.updates
SELECT t.id AS id, t.type AS type, t.text AS text, t.created_at AS created_at, t.is_made_up AS is_made_up, p.name AS who
FROM pilot_update t LEFT JOIN person p ON p.city = t.city AND p.id = t.owner_id
WHERE t.city = :city AND t.pilot_id = :pilot_id AND @scope(pilot_update t)
ORDER BY t.id DESC LIMIT 20

-- name: pilot.amendments
SELECT t.id AS id, t.text AS text, t.is_after_data AS is_after_data, t.created_at AS created_at
FROM amendment t WHERE t.city = :city AND t.pilot_id = :pilot_id AND @scope(amendment t) ORDER BY t.id LIMIT 50

-- What needs somebody.

-- name: pilot.to_plan
SELECT p.id AS id, p.title AS title FROM pilot p
WHERE p.city = :city AND p.state = 'proposed' AND p.is_backfill = 0 AND p.owner_id = :viewer_id AND @scope(pilot p)
ORDER BY p.id LIMIT 20

-- name: pilot.to_submit
SELECT p.id AS id, p.title AS title, p.starts_on AS due_on FROM pilot p
WHERE p.city = :city AND p.state = 'planned' AND p.is_backfill = 0 AND p.owner_id = :viewer_id AND @scope(pilot p)
ORDER BY p.starts_on, p.id LIMIT 20

-- name: pilot.to_start
SELECT p.id AS id, p.title AS title, p.starts_on AS due_on FROM pilot p
WHERE p.city = :city AND p.state = 'ready' AND p.owner_id = :viewer_id AND p.starts_on <= :utc_on AND @scope(pilot p)
ORDER BY p.starts_on, p.id LIMIT 20

-- name: pilot.past_end
SELECT p.id AS id, p.title AS title, p.ends_on AS due_on FROM pilot p
WHERE p.city = :city AND p.state IN ('running', 'paused') AND p.is_backfill = 0 AND p.owner_id = :viewer_id
  AND p.ends_on <= :utc_on AND @scope(pilot p)
-- COALESCE keeps the planner on the index of owners: a few rows are looked at, not all by their end.
ORDER BY COALESCE(p.ends_on, 0), p.id LIMIT 20

-- name: milestone.late
SELECT t.id AS id, t.title AS title, t.due_on AS due_on FROM milestone t
JOIN pilot p ON p.city = t.city AND p.id = t.pilot_id
WHERE t.city = :city AND t.state = 'planned' AND t.due_on <= :utc_on AND p.owner_id = :viewer_id
  AND p.state IN ('ready', 'running', 'paused') AND @scope(milestone t)
ORDER BY t.due_on LIMIT 20

-- name: pilot.map_areas
SELECT a.title AS title, a.geojson AS geojson FROM area a
WHERE a.city = :city AND a.layer = 'district' ORDER BY a.code LIMIT 50

-- name: pilot.decisions
SELECT d.id AS id, d.choice AS choice, d.reasons AS reasons, d.differs_why AS differs_why, d.decided_at AS decided_at,
       d.review_on AS review_on, p.name AS decided_by, p.title AS decided_by_title
FROM decision d LEFT JOIN person p ON p.city = d.city AND p.id = d.decided_by_id
WHERE d.city = :city AND d.pilot_id = :pilot_id AND d.state = 'decided' AND @scope(decision d)
ORDER BY d.id DESC LIMIT 5

-- name: pilot.advice
SELECT v.id AS id, v.recommendation AS recommendation, v.given_on AS given_on, b.title AS body, v.motion_id AS motion_id
FROM advice v JOIN body b ON b.city = v.city AND b.id = v.body_id
WHERE v.city = :city AND v.pilot_id = :pilot_id AND @scope(advice v)
ORDER BY v.id DESC LIMIT 10

-- Filling in past work.

-- name: pilot.of_title
SELECT p.id AS id FROM pilot p
WHERE p.city = :city AND p.title = :title AND p.department_id = :department_id AND @scope(pilot p)
ORDER BY p.id LIMIT 1
