-- name: agreement.to_sign
SELECT t.id AS id, t.title AS title, t.starts_on AS due_on FROM agreement t
WHERE t.city = :city AND t.state = 'draft' AND t.exit_terms IS NOT NULL AND @scope(agreement t)
ORDER BY t.starts_on, t.id LIMIT 20

-- name: agreement.insurance
SELECT t.id AS id, t.title AS title, t.insurance_expires_on AS due_on FROM agreement t
WHERE t.city = :city AND t.state = 'signed' AND t.insurance_expires_on <= :utc_on + 30
  AND @scope(agreement t)
ORDER BY t.insurance_expires_on LIMIT 20

-- name: deliverable.late
SELECT t.id AS id, t.title AS title, t.due_on AS due_on FROM deliverable t
WHERE t.city = :city AND t.state = 'due' AND t.due_on <= :utc_on AND @scope(deliverable t)
ORDER BY t.due_on LIMIT 20

-- name: deliverable.to_accept
SELECT t.id AS id, t.title AS title, t.delivered_on AS due_on FROM deliverable t
WHERE t.city = :city AND t.state = 'delivered' AND @scope(deliverable t)
ORDER BY t.delivered_on LIMIT 20

-- name: deliverable.to_pay
SELECT t.id AS id, t.title AS title, t.accepted_on AS due_on FROM deliverable t
WHERE t.city = :city AND t.state = 'accepted' AND @scope(deliverable t)
ORDER BY t.accepted_on LIMIT 20
