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
WHERE g.city = :city AND g.person_id = :person_id AND g.state = 'held' AND @scope(grant_role g)
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

-- name: person.erase_profile_salts
-- sealed: act_personal
DELETE FROM act_personal
WHERE city = :city
      AND id IN (SELECT a.id FROM act a JOIN profile p ON p.city = a.city AND p.id = a.record_id
                 WHERE a.city = :city AND p.person_id = :id)

-- name: person.erase_profile
-- sealed: profile_identity
DELETE FROM profile_identity
WHERE city = :city AND id IN (SELECT p.id FROM profile p WHERE p.city = :city AND p.person_id = :id)

-- name: person.erase_notices
DELETE FROM notice WHERE city = :city AND person_id = :id

-- name: person.erase_mail
-- sealed: mail
UPDATE mail SET address = NULL, subject = '', body = '',
       state = CASE WHEN state = 'waiting' THEN 'failed' ELSE state END
WHERE city = :city AND person_id = :id

-- name: person.erase_from_mail
-- sealed: mail
UPDATE mail SET subject = replace(subject, :name, :erased), body = replace(body, :name, :erased)
WHERE city = :city AND :name <> ''
      AND (sender_id = :id OR (kind = 'person' AND record_id = :id))

-- name: person.erase_from_faults
UPDATE notice SET args = replace(args, :quoted, :erased)
WHERE city = :city AND :quoted <> '' AND text_key LIKE 'Mail to {who} didn%'

-- name: person.doubles
SELECT p.id AS id FROM person p
WHERE p.city = :city AND p.merged_into_id = :id AND p.state = 'merged' ORDER BY p.id LIMIT 100

-- Merging a double.

-- name: person.conflicts
-- sealed: pitch_party
-- What one person can't be twice: each row a reason.
SELECT 'review' AS what FROM review x JOIN review y ON y.city = x.city AND y.pitch_id = x.pitch_id
WHERE x.city = :city AND x.person_id = :id AND y.person_id = :to_id
UNION
SELECT 'own' AS what FROM review x JOIN pitch_party t ON t.city = x.city AND t.pitch_id = x.pitch_id
WHERE x.city = :city AND x.state NOT IN ('conflicted', 'ended')
      AND ((x.person_id = :id AND t.person_id = :to_id) OR (x.person_id = :to_id AND t.person_id = :id))
UNION
SELECT 'seat' AS what FROM seat x JOIN seat y ON y.city = x.city AND y.body_id = x.body_id
WHERE x.city = :city AND x.person_id = :id AND y.person_id = :to_id
      AND x.state = 'held' AND y.state = 'held'
UNION
SELECT 'vote' AS what FROM vote x JOIN vote y ON y.city = x.city AND y.motion_id = x.motion_id
WHERE x.city = :city AND x.person_id = :id AND y.person_id = :to_id
UNION
SELECT 'presence' AS what FROM attendance x
JOIN attendance y ON y.city = x.city AND y.meeting_id = x.meeting_id
WHERE x.city = :city AND x.person_id = :id AND y.person_id = :to_id

-- name: person.move_contact
-- sealed: person_contact
UPDATE person_contact SET id = :to_id
WHERE city = :city AND id = :id AND NOT EXISTS (
    SELECT 1 FROM person_contact k WHERE k.city = :city AND k.id = :to_id)

-- name: person.move_pitches
-- sealed: pitch_party
INSERT INTO pitch_party (city, pitch_id, person_id)
SELECT t.city, t.pitch_id, :to_id FROM pitch_party t
WHERE t.city = :city AND t.person_id = :id AND NOT EXISTS (
    SELECT 1 FROM pitch_party o
    WHERE o.city = t.city AND o.pitch_id = t.pitch_id AND o.person_id = :to_id)

-- name: person.drop_pitches
-- sealed: pitch_party
DELETE FROM pitch_party WHERE city = :city AND person_id = :id

-- name: person.move_notices
UPDATE notice SET person_id = :to_id WHERE city = :city AND person_id = :id

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

-- name: grant_role.lent_by
SELECT g.id AS id, g.role AS role, g.scope_kind AS scope_kind, g.scope_id AS scope_id
FROM grant_role g
WHERE g.city = :city AND g.acting_for_id = :person_id AND g.state = 'held'
ORDER BY g.id LIMIT 200

-- name: grant_role.same
SELECT COUNT(*) AS n FROM grant_role g
WHERE g.city = :city AND g.person_id = :person_id AND g.role = :role AND g.state = 'held'
      AND COALESCE(g.scope_kind, '') = :scope_kind AND COALESCE(g.scope_id, 0) = :scope_id
      AND COALESCE(g.acting_for_id, 0) = :for_id
