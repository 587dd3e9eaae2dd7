-- name: release.pilot
SELECT p.title AS title, p.state AS state FROM pilot p WHERE p.city = :city AND p.id = :pilot_id

-- name: release.open_checks
SELECT COUNT(*) AS n FROM factcheck f WHERE f.city = :city AND f.release_id = :release_id AND f.state = 'asked'

-- name: release.objections
SELECT COUNT(*) AS n FROM factcheck f WHERE f.city = :city AND f.release_id = :release_id AND f.state = 'objected'

-- name: release.holds_over
SELECT t.id AS id FROM release t WHERE t.city = :city AND t.state = 'held' AND t.hold_until_on < :today_on
ORDER BY t.id LIMIT 100

-- name: release.to_draft
SELECT p.id AS id, p.title AS title, p.changed_at AS due_at FROM pilot p
WHERE p.city = :city AND p.state IN ('decided', 'closed') AND p.is_backfill = 0 AND p.released_at IS NULL AND @scope(pilot p)
  AND NOT EXISTS (SELECT 1 FROM release r WHERE r.city = p.city AND r.pilot_id = p.id)
ORDER BY p.id LIMIT 20

-- name: release.to_go_on
SELECT t.id AS id, t.title AS title, t.factcheck_due_on AS due_on FROM release t
WHERE t.city = :city AND t.state IN ('fact_check', 'counsel') AND t.factcheck_due_on <= :utc_on AND @scope(release t)
ORDER BY t.factcheck_due_on LIMIT 20

-- name: factcheck.mine
SELECT f.id AS id, f.title AS title, f.due_on AS due_on FROM factcheck f
WHERE f.city = :city AND f.person_id = :viewer_id AND f.state = 'asked' AND @scope(factcheck f)
ORDER BY f.due_on LIMIT 20
