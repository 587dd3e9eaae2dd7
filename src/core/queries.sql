-- The core's queries.

-- name: person.grants
-- The person's name with each role that holds today; one row with no role when there are none.
SELECT p.name AS name, g.role AS role, g.scope_kind AS scope_kind, g.scope_id AS scope_id,
       g.acting_for_id AS acting_for_id
FROM person p
LEFT JOIN grant_role g ON g.city = p.city AND g.person_id = p.id
     AND (g.until_on IS NULL OR g.until_on >= :today_on)
WHERE p.city = :city AND p.id = :person_id AND p.state = 'active'

-- name: city.all
SELECT id, slug, name, office_name, zone, currency, host, is_demo, id_key_blob
FROM city ORDER BY id

-- name: public_version.get
SELECT n FROM public_version WHERE city = :city

-- name: public_version.raise
UPDATE public_version SET n = n + 1 WHERE city = :city

-- name: idempotency.find
SELECT record_id, act_id, command FROM idempotency
WHERE city = :city AND person_id = :person_id AND key = :key

-- name: act.history
SELECT a.id AS id, a.happened_at AS happened_at, a.command AS command, a.canonical AS canonical,
       a.actor_id AS actor_id, p.name AS who, l.seq AS seq
FROM act a
LEFT JOIN person p ON p.city = a.city AND p.id = a.actor_id
LEFT JOIN leaf l ON l.city = a.city AND l.act_id = a.id
WHERE a.city = :city AND a.record_id = :record_id
ORDER BY a.id DESC LIMIT :limit_n

-- name: file.claim
-- A file stored just now becomes the record's own.
UPDATE file SET record_id = :record_id, kind = :kind
WHERE city = :city AND id = :id AND record_id = 0

-- name: act.of_record
-- Oldest first: what the ledger says of one record.
SELECT a.id AS id, a.canonical AS canonical, a.happened_at AS happened_at, p.name AS who
FROM act a
LEFT JOIN person p ON p.city = a.city AND p.id = a.actor_id
WHERE a.city = :city AND a.record_id = :record_id
ORDER BY a.id
