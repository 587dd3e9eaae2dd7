-- name: gate.pilot
SELECT p.title AS title, p.owner_id AS owner_id FROM pilot p WHERE p.city = :city AND p.id = :pilot_id

-- name: gate.to_file
SELECT g.id AS id, g.title AS title FROM gate g JOIN pilot p ON p.city = g.city AND p.id = g.pilot_id
WHERE g.city = :city AND g.state IN ('open', 'reopened') AND p.owner_id = :viewer_id AND @scope(gate g)
ORDER BY g.id LIMIT 20

-- name: gate.to_take
SELECT g.id AS id, g.title AS title, g.due_on AS due_on FROM gate g
WHERE g.city = :city AND g.state = 'filed' AND @scope(gate g)
ORDER BY g.due_on, g.id LIMIT 20

-- name: gate.to_decide
SELECT g.id AS id, g.title AS title, g.due_on AS due_on FROM gate g
WHERE g.city = :city AND g.state = 'in_review' AND g.reviewer_id = :viewer_id AND @scope(gate g)
ORDER BY g.due_on, g.id LIMIT 20

-- name: condition.mine
SELECT k.id AS id, k.title AS title, k.due_on AS due_on FROM condition k
WHERE k.city = :city AND k.state = 'open' AND k.person_id = :viewer_id AND @scope(condition k)
ORDER BY k.due_on, k.id LIMIT 20
