-- name: challenge.to_screen
SELECT t.id AS id, t.title AS title, t.changed_at AS changed_at
FROM challenge t
WHERE t.city = :city AND t.state = 'draft' AND @scope(challenge t)
ORDER BY t.id LIMIT 20

-- name: challenge.to_commit
-- The viewer's own departments' challenges that wait for a signature.
SELECT t.id AS id, t.title AS title, t.changed_at AS changed_at
FROM challenge t
JOIN grant_role g ON g.city = t.city AND g.person_id = :viewer_id AND g.role = 'liaison'
     AND g.state = 'held'
     AND (g.scope_id IS NULL OR g.scope_id = t.department_id)
WHERE t.city = :city AND t.state = 'screened' AND @scope(challenge t)
ORDER BY t.id LIMIT 20
