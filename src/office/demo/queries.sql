-- Who can sign in to the demonstration office. Its people are invented, so their addresses are too.

-- name: demo.accounts
-- sealed: person_contact, account
SELECT k.email AS email, p.name AS name, p.title AS title,
       (SELECT COUNT(*) FROM grant_role g WHERE g.city = p.city AND g.person_id = p.id AND g.state = 'held') AS roles_n,
       (SELECT MIN(g.role) FROM grant_role g WHERE g.city = p.city AND g.person_id = p.id AND g.state = 'held') AS role
FROM person p JOIN person_contact k ON k.city = p.city AND k.id = p.id
JOIN account t ON t.city = p.city AND t.id = p.id
WHERE p.city = :city AND p.state = 'active' AND p.is_made_up = 1
ORDER BY p.id LIMIT 100

-- What one act made inside another, for the script's next step.

-- name: demo.gate
SELECT g.id AS id FROM gate g
WHERE g.city = :city AND g.pilot_id = :pilot_id AND g.type = :type ORDER BY g.id DESC LIMIT 1

-- name: demo.factcheck
SELECT f.id AS id FROM factcheck f
WHERE f.city = :city AND f.release_id = :release_id AND f.person_id = :person_id ORDER BY f.id DESC LIMIT 1

-- name: demo.pilot_of_pitch
SELECT p.id AS id FROM pilot p WHERE p.city = :city AND p.pitch_id = :pitch_id ORDER BY p.id LIMIT 1

-- name: demo.places
SELECT a.id AS id, a.layer AS layer, a.code AS code FROM area a
WHERE a.city = :city AND a.layer IN ('district', 'neighbourhood') ORDER BY a.id LIMIT 1000

-- name: demo.review
SELECT r.id AS id FROM review r
WHERE r.city = :city AND r.pitch_id = :pitch_id AND r.person_id = :person_id ORDER BY r.id DESC LIMIT 1

-- name: demo.choice
SELECT h.id AS id FROM choice h
WHERE h.city = :city AND h.selection_id = :selection_id AND h.pitch_id = :pitch_id ORDER BY h.id DESC LIMIT 1

-- name: demo.organisation_of_pilot
SELECT p.organisation_id AS id FROM pilot p WHERE p.city = :city AND p.id = :pilot_id
