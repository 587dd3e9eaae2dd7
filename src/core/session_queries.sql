-- Sessions, mail links, throttling: the house's own tables.

-- name: session.load
-- sealed: session
-- Who it is, with each role that holds today: all that a signed-in request asks before its page.
SELECT s.id AS id, s.person_id AS person_id, s.csrf AS csrf, s.purpose AS purpose,
       s.seen_at AS seen_at, p.name AS name, p.language AS language,
       g.role AS role, g.scope_kind AS scope_kind, g.scope_id AS scope_id,
       g.acting_for_id AS acting_for_id
FROM session s
JOIN person p ON p.city = s.city AND p.id = s.person_id AND p.state = 'active'
LEFT JOIN grant_role g ON g.city = s.city AND g.person_id = s.person_id AND g.state = 'held'
     AND (g.until_on IS NULL OR g.until_on >= :today_on)
WHERE s.city = :city AND s.token_hash = :token_hash AND s.ends_at > :now_at
      AND (s.seen_at > :idle_at OR s.purpose = 'token')

-- name: session.seen
-- sealed: session
UPDATE session SET seen_at = :seen_at
WHERE city = :city AND id = :id AND seen_at < :seen_at

-- name: session.drop_token
-- sealed: session
DELETE FROM session WHERE city = :city AND token_hash = :token_hash

-- name: session.of_person
-- sealed: session
SELECT s.id AS id, s.purpose AS purpose, s.label AS label, s.created_at AS created_at,
       s.seen_at AS seen_at, s.ends_at AS ends_at
FROM session s
WHERE s.city = :city AND s.person_id = :person_id AND s.ends_at > :now_at
      AND (s.seen_at > :idle_at OR s.purpose = 'token')
ORDER BY s.seen_at DESC, s.id DESC LIMIT 100

-- name: session.end
-- sealed: session
DELETE FROM session WHERE city = :city AND id = :id AND person_id = :person_id

-- name: session.end_others
-- sealed: session
DELETE FROM session WHERE city = :city AND person_id = :person_id AND id <> :kept_id

-- name: session.sweep
-- sealed: session
DELETE FROM session
WHERE city = :city AND (ends_at <= :now_at OR (seen_at <= :idle_at AND purpose <> 'token'))

-- name: account.by_email
-- sealed: person_contact, account
SELECT p.id AS id, p.name AS name, p.state AS state, p.language AS language,
       a.password_hash_text AS password_text
FROM person_contact k
JOIN person p ON p.city = k.city AND p.id = k.id
LEFT JOIN account a ON a.city = k.city AND a.id = k.id
WHERE k.city = :city AND k.email_key = :email_key

-- name: mail_link.find
-- sealed: mail_link
SELECT l.id AS id, l.person_id AS person_id, l.path AS path, l.ends_at AS ends_at,
       l.used_at AS used_at, p.language AS language
FROM mail_link l
JOIN person p ON p.city = l.city AND p.id = l.person_id AND p.state = 'active'
WHERE l.city = :city AND l.token_hash = :token_hash

-- name: mail_link.use
-- sealed: mail_link
UPDATE mail_link SET used_at = :now_at
WHERE city = :city AND id = :id AND used_at IS NULL AND ends_at > :now_at

-- name: mail_link.drop_of_person
-- sealed: mail_link
DELETE FROM mail_link WHERE city = :city AND person_id = :person_id

-- name: mail_link.sweep
-- sealed: mail_link
DELETE FROM mail_link WHERE city = :city AND ends_at <= :before_at

-- name: throttle.count
SELECT n FROM throttle WHERE city = :city AND key_hash = :key_hash AND window_at = :window_at

-- name: throttle.add
INSERT INTO throttle (city, key_hash, window_at, n)
VALUES (:city, :key_hash, :window_at, :n)
ON CONFLICT (city, key_hash, window_at) DO UPDATE SET n = throttle.n + excluded.n
RETURNING n

-- name: throttle.is_known
SELECT COUNT(*) AS n FROM throttle
WHERE city = :city AND key_hash = :key_hash AND window_at > :now_at

-- name: throttle.sweep
DELETE FROM throttle WHERE city = :city AND window_at <= :now_at

-- name: idempotency.sweep
DELETE FROM idempotency WHERE city = :city AND made_at <= :before_at
