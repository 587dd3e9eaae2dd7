-- Mail and notices.

-- name: mail.due
-- sealed: mail
SELECT 1 AS n FROM mail
WHERE city = :city AND state = 'waiting' AND next_at <= :now_at LIMIT 1

-- name: mail.claim
-- sealed: mail
UPDATE mail SET next_at = :lease_at, attempts_n = attempts_n + 1
WHERE city = :city AND id = (
    SELECT m.id FROM mail m
    WHERE m.city = :city AND m.state = 'waiting' AND m.next_at <= :now_at
    ORDER BY m.next_at, m.id LIMIT 1 @skip_locked)
RETURNING id, person_id, sender_id, kind, record_id, address, subject, body, message_text,
    attempts_n,
    (SELECT p.name FROM person p WHERE p.city = mail.city AND p.id = mail.person_id) AS name

-- name: mail.settle
-- sealed: mail
-- Address and text are no longer needed, so they are no longer kept.
UPDATE mail SET state = :state, error = :error, sent_at = :sent_at, address = NULL, body = ''
WHERE city = :city AND id = :id AND state = 'waiting'

-- name: mail.later
-- sealed: mail
UPDATE mail SET next_at = :next_at, error = :error
WHERE city = :city AND id = :id AND state = 'waiting'

-- name: mail.faults
-- sealed: mail
SELECT m.id AS id, m.person_id AS person_id, p.name AS name, m.subject AS subject,
       m.state AS state, m.error AS error, m.attempts_n AS attempts_n
FROM mail m LEFT JOIN person p ON p.city = m.city AND p.id = m.person_id
WHERE m.city = :city AND m.state IN ('bounced', 'failed') ORDER BY m.id DESC LIMIT 100

-- name: mail.faults_of
-- sealed: mail
SELECT m.id AS id, m.person_id AS person_id, p.name AS name, m.subject AS subject,
       m.state AS state, m.error AS error, m.attempts_n AS attempts_n
FROM mail m JOIN person p ON p.city = m.city AND p.id = m.person_id
WHERE m.city = :city AND m.person_id = :person_id AND m.state IN ('bounced', 'failed')
ORDER BY m.id DESC LIMIT 10

-- name: mail.count_waiting
-- sealed: mail
SELECT COUNT(*) AS n FROM mail WHERE city = :city AND state = 'waiting'

-- name: mail.waiting_why
-- sealed: mail
-- What the latest try of a mail that still waits ran into.
SELECT m.error AS error, m.next_at AS next_at
FROM mail m WHERE m.city = :city AND m.state = 'waiting' AND m.error IS NOT NULL
ORDER BY m.next_at DESC LIMIT 1

-- name: mail.sweep
-- sealed: mail
DELETE FROM mail WHERE city = :city AND state <> 'waiting' AND id < :before_id

-- name: notice.recipient
-- sealed: person_contact
SELECT p.id AS id, p.name AS name, p.language AS language, k.email AS email
FROM person p LEFT JOIN person_contact k ON k.city = p.city AND k.id = p.id
WHERE p.city = :city AND p.id = :person_id AND p.state = 'active'

-- name: notice.name
SELECT p.name AS name FROM person p WHERE p.city = :city AND p.id = :person_id

-- name: notice.holders
SELECT DISTINCT g.person_id AS person_id
FROM grant_role g JOIN person p ON p.city = g.city AND p.id = g.person_id AND p.state = 'active'
WHERE g.city = :city AND g.role = :role AND g.state = 'held'
      AND (g.until_on IS NULL OR g.until_on >= :today_on)
ORDER BY person_id LIMIT 1000

-- name: notice.holders_in
-- Those who hold the role in the scope, or everywhere.
SELECT DISTINCT g.person_id AS person_id
FROM grant_role g JOIN person p ON p.city = g.city AND p.id = g.person_id AND p.state = 'active'
WHERE g.city = :city AND g.role = :role AND g.state = 'held'
      AND (g.until_on IS NULL OR g.until_on >= :today_on)
      AND (g.scope_kind IS NULL OR (g.scope_kind = :scope_kind AND g.scope_id = :scope_id))
ORDER BY person_id LIMIT 1000

-- name: notice.of_person
SELECT n.id AS id, n.text_key AS text_key, n.args AS args, n.kind AS kind,
       n.record_id AS record_id, n.read_at AS read_at
FROM notice n
WHERE n.city = :city AND n.person_id = :person_id AND n.id < :before_id
ORDER BY n.id DESC LIMIT :limit_n

-- name: notice.count_unread
SELECT COUNT(*) AS n FROM notice
WHERE city = :city AND person_id = :person_id AND read_at IS NULL

-- name: notice.read_all
UPDATE notice SET read_at = :now_at
WHERE city = :city AND person_id = :person_id AND read_at IS NULL AND id <= :last_id

-- name: notice.waiting_people
SELECT n.person_id AS person_id, COUNT(*) AS n
FROM notice n JOIN person p ON p.city = n.city AND p.id = n.person_id AND p.state = 'active'
WHERE n.city = :city AND n.digested_at IS NULL AND n.read_at IS NULL AND n.person_id > :after_id
GROUP BY n.person_id ORDER BY n.person_id LIMIT 200

-- name: notice.to_digest
SELECT n.id AS id, n.text_key AS text_key, n.args AS args, n.kind AS kind,
       n.record_id AS record_id, n.read_at AS read_at
FROM notice n
WHERE n.city = :city AND n.person_id = :person_id AND n.digested_at IS NULL
      AND n.read_at IS NULL
ORDER BY n.id LIMIT 1000

-- name: notice.digested
UPDATE notice SET digested_at = :now_at
WHERE city = :city AND person_id = :person_id AND digested_at IS NULL AND id <= :last_id

-- name: notice.sweep
DELETE FROM notice WHERE city = :city AND id < :before_id
