-- Accounts: people, their roles, how they sign in.

-- name: person.reach
-- sealed: person_contact
-- How to reach somebody, for themselves and for administrators.
SELECT k.email AS email, k.phone AS phone
FROM person_contact k WHERE k.city = :city AND k.id = :id

-- name: person.of_address
-- sealed: person_contact
SELECT k.id AS id FROM person_contact k WHERE k.city = :city AND k.email_key = :email_key

-- name: person.other_admins
SELECT COUNT(*) AS n
FROM grant_role g
JOIN person p ON p.city = g.city AND p.id = g.person_id AND p.state = 'active'
WHERE g.city = :city AND g.role = 'admin' AND g.scope_kind IS NULL AND g.state = 'held'
      AND (g.until_on IS NULL OR g.until_on >= :today_on) AND g.person_id <> :person_id

-- name: person.roles
SELECT g.id AS id, g.title AS title, g.role AS role, g.state AS state, g.scope_kind AS scope_kind,
       g.scope_id AS scope_id, g.until_on AS until_on, g.acting_for_id AS acting_for_id,
       f.name AS acting_for
FROM grant_role g
LEFT JOIN person f ON f.city = g.city AND f.id = g.acting_for_id
WHERE g.city = :city AND g.person_id = :person_id AND g.state = 'held'
ORDER BY g.id LIMIT 100

-- name: person.erase_contact
-- sealed: person_contact
DELETE FROM person_contact WHERE city = :city AND id = :id

-- name: person.erase_account
-- sealed: account
DELETE FROM account WHERE city = :city AND id = :id

-- name: person.erase_salts
-- sealed: act_personal
-- The ledger keeps its proofs; what was sealed in it can no longer be told by anybody.
DELETE FROM act_personal
WHERE city = :city
      AND id IN (SELECT a.id FROM act a WHERE a.city = :city AND a.record_id = :id)

-- name: person.erase_notices
DELETE FROM notice WHERE city = :city AND person_id = :id

-- name: person.erase_mail
-- sealed: mail
UPDATE mail SET address = NULL, subject = '', body = '',
       state = CASE WHEN state = 'waiting' THEN 'failed' ELSE state END
WHERE city = :city AND person_id = :id

-- name: account.get
-- sealed: account
SELECT password_hash_text FROM account WHERE city = :city AND id = :id

-- name: account.put
-- sealed: account
INSERT INTO account (city, id, password_hash_text, changed_at)
VALUES (:city, :id, :password_hash_text, :now_at)
ON CONFLICT (city, id) DO UPDATE
SET password_hash_text = excluded.password_hash_text, changed_at = excluded.changed_at

-- name: grant_role.over
-- Held past their last day.
SELECT g.id AS id FROM grant_role g
WHERE g.city = :city AND g.state = 'held' AND g.until_on < :today_on
ORDER BY g.id LIMIT 500

-- name: grant_role.same
SELECT COUNT(*) AS n FROM grant_role g
WHERE g.city = :city AND g.person_id = :person_id AND g.role = :role AND g.state = 'held'
      AND COALESCE(g.scope_kind, '') = :scope_kind AND COALESCE(g.scope_id, 0) = :scope_id
      AND COALESCE(g.acting_for_id, 0) = :for_id
