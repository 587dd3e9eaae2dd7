-- name: advice.motion
SELECT o.title AS title, o.state AS state, o.recommendation AS recommendation, i.pilot_id AS pilot_id,
       b.id AS body_id, b.title AS body
FROM motion o JOIN agenda_item i ON i.city = o.city AND i.id = o.agenda_item_id
JOIN meeting m ON m.city = o.city AND m.id = o.meeting_id
JOIN body b ON b.city = m.city AND b.id = m.body_id
WHERE o.city = :city AND o.id = :motion_id

-- name: decision.basis
-- What the newest evaluation of the primary measure says, and what was advised last.
SELECT p.title AS title, p.state AS state,
       (SELECT e.verdict FROM evaluation e JOIN measure m ON m.city = e.city AND m.id = e.measure_id
        WHERE e.city = p.city AND e.pilot_id = p.id AND m.role = 'primary' AND e.state <> 'superseded'
        ORDER BY e.id DESC LIMIT 1) AS verdict,
       (SELECT v.recommendation FROM advice v WHERE v.city = p.city AND v.pilot_id = p.id
        ORDER BY v.id DESC LIMIT 1) AS advised
FROM pilot p WHERE p.city = :city AND p.id = :pilot_id

-- name: decision.evaluations
SELECT COUNT(*) AS n FROM evaluation e WHERE e.city = :city AND e.pilot_id = :pilot_id AND e.state <> 'superseded'

-- name: adoption.decision
SELECT d.title AS title, d.state AS state, d.choice AS choice, d.pilot_id AS pilot_id
FROM decision d WHERE d.city = :city AND d.id = :decision_id

-- name: decision.to_propose
SELECT p.id AS id, p.title AS title, p.ends_on AS due_on FROM pilot p
WHERE p.city = :city AND p.state = 'evaluating' AND p.is_backfill = 0 AND @scope(pilot p)
  AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.city = p.city AND d.pilot_id = p.id)
ORDER BY p.ends_on, p.id LIMIT 20

-- name: decision.to_decide
-- It is waited for since the pilot's end.
SELECT d.id AS id, d.title AS title, p.ends_on AS due_on
FROM decision d LEFT JOIN pilot p ON p.city = d.city AND p.id = d.pilot_id
WHERE d.city = :city AND d.state = 'proposed' AND @scope(decision d)
ORDER BY d.id LIMIT 20

-- name: decision.to_review
SELECT d.id AS id, d.title AS title, d.review_on AS due_on FROM decision d
WHERE d.city = :city AND d.state = 'decided' AND d.review_on <= :utc_on AND @scope(decision d)
ORDER BY d.review_on LIMIT 20

-- name: adoption.late
SELECT t.id AS id, t.title AS title, t.request_due_on AS due_on FROM adoption t
WHERE t.city = :city AND t.state = 'requested' AND t.request_due_on <= :utc_on + 30
  AND @scope(adoption t)
ORDER BY t.request_due_on LIMIT 20
