-- name: organisation.of_name
SELECT COUNT(*) AS n FROM organisation o
WHERE o.city = :city AND LOWER(o.title) = :title AND o.state = 'active' AND o.id <> :id

-- name: organisation.people
SELECT COUNT(*) AS n FROM person p
WHERE p.city = :city AND p.state = 'active' AND (p.organisation_id = :id OR p.department_id = :id)
