-- The core's queries.

-- name: person.grants
-- The person's name with each role that holds today; one row with no role when there are none.
SELECT p.name AS name, g.role AS role, g.scope_kind AS scope_kind, g.scope_id AS scope_id,
       g.acting_for_id AS acting_for_id
FROM person p
LEFT JOIN grant_role g ON g.city = p.city AND g.person_id = p.id AND g.state = 'held'
     AND (g.until_on IS NULL OR g.until_on >= :today_on)
WHERE p.city = :city AND p.id = :person_id AND p.state = 'active'

-- name: city.all
SELECT id, slug, name, office_name, zone, currency, host, is_demo, id_key_blob
FROM city ORDER BY id

-- name: person.official
SELECT p.name AS name FROM person p WHERE p.city = :city AND p.id = :person_id

-- name: city.search_due
SELECT is_search_due AS n FROM city WHERE id = :city

-- name: city.search_is_done
UPDATE city SET is_search_due = 0 WHERE id = :city

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
      AND (:is_system = 1 OR owner_id IS NULL OR owner_id = :viewer_id)

-- name: file.content
SELECT content_hash FROM file WHERE city = :city AND id = :id AND record_id = :record_id

-- name: file.of_office
-- Files that records own, in steps.
SELECT id, record_id, kind, name, size_n, content_hash
FROM file WHERE city = :city AND id > :after_id AND record_id <> 0 ORDER BY id LIMIT 200

-- name: file.chunks
SELECT seq, data_blob FROM file_chunk WHERE city = :city AND id = :id ORDER BY seq

-- name: act.of_record
-- Oldest first: what the ledger says of one record.
SELECT a.id AS id, a.canonical AS canonical, a.happened_at AS happened_at, p.name AS who
FROM act a
LEFT JOIN person p ON p.city = a.city AND p.id = a.actor_id
WHERE a.city = :city AND a.record_id = :record_id
ORDER BY a.id

-- name: lease.take
-- Taken when it is free, ran out, or is one's own.
INSERT INTO lease (city, name, holder, until_at) VALUES (:city, :name, :holder, :until_at)
ON CONFLICT (city, name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
WHERE lease.until_at < :now_at OR lease.holder = excluded.holder

-- name: lease.leave
UPDATE lease SET until_at = 0 WHERE city = :city AND name = :name AND holder = :holder

-- name: leaf_waiting.any
SELECT 1 AS n FROM leaf_waiting WHERE city = :city LIMIT 1

-- name: leaf_waiting.oldest
SELECT id, leaf_hash FROM leaf_waiting WHERE city = :city ORDER BY id LIMIT :limit_n

-- name: leaf_waiting.drop
DELETE FROM leaf_waiting WHERE city = :city AND id <= :last_id

-- name: tile.get
SELECT hashes_blob FROM tile WHERE city = :city AND level_n = :level_n AND tile_n = :tile_n

-- name: tile.put
INSERT INTO tile (city, level_n, tile_n, hashes_blob) VALUES (:city, :level_n, :tile_n, :hashes_blob)
ON CONFLICT (city, level_n, tile_n) DO UPDATE SET hashes_blob = excluded.hashes_blob

-- name: checkpoint.newest
SELECT size_n, signed_at, frontier_blob, note FROM checkpoint WHERE city = :city ORDER BY size_n DESC LIMIT 1

-- name: checkpoint.all
SELECT size_n, note FROM checkpoint WHERE city = :city ORDER BY size_n

-- name: leaf.entries
-- The tree's order, each leaf with the entry that it commits to, if that is still there.
SELECT l.seq AS seq, l.act_id AS act_id, l.leaf_hash AS leaf_hash, a.id AS entry_id,
       a.canonical AS canonical, a.salt_blob AS salt_blob, a.kind AS kind, a.record_id AS record_id
FROM leaf l LEFT JOIN act a ON a.city = l.city AND a.id = l.act_id
WHERE l.city = :city ORDER BY l.seq

-- name: leaf.range
SELECT seq, leaf_hash FROM leaf WHERE city = :city AND seq >= :from_n AND seq < :to_n ORDER BY seq

-- name: leaf.count
SELECT COUNT(*) AS n FROM leaf WHERE city = :city

-- name: act.unsequenced
-- Entries that are neither in the tree nor waiting for it.
SELECT a.id AS id, a.kind AS kind, a.record_id AS record_id
FROM act a
LEFT JOIN leaf l ON l.city = a.city AND l.act_id = a.id
LEFT JOIN leaf_waiting w ON w.city = a.city AND w.id = a.id
WHERE a.city = :city AND l.act_id IS NULL AND w.id IS NULL
LIMIT 100

-- name: act.count
SELECT COUNT(*) AS n FROM act WHERE city = :city

-- name: act.erased
-- Entries whose personal part was forgotten: sealed values without their salt.
-- sealed: act_personal
SELECT COUNT(*) AS n FROM act a LEFT JOIN act_personal p ON p.city = a.city AND p.id = a.id
WHERE a.city = :city AND a.canonical LIKE '%"sealed":%' AND p.id IS NULL

-- name: city.add
INSERT INTO city (id, slug, name, office_name, zone, currency, host, is_demo, id_key_blob, created_at)
VALUES (:city, :slug, :name, :office_name, :zone, :currency, :host, :is_demo, :id_key_blob, :now_at)

-- name: person.by_email
-- sealed: person_contact
SELECT p.id AS id FROM person p JOIN person_contact k ON k.city = p.city AND k.id = p.id
WHERE p.city = :city AND k.email_key = :email_key AND p.state = 'active'

-- name: setting.on
SELECT value, source, confirmed_by, from_on FROM setting
WHERE city = :city AND name = :name AND from_on <= :day_on ORDER BY from_on DESC LIMIT 1

-- name: setting.put
INSERT INTO setting (city, name, from_on, value, source, confirmed_by)
VALUES (:city, :name, :from_on, :value, :source, :confirmed_by)
ON CONFLICT (city, name, from_on) DO UPDATE SET value = excluded.value, source = excluded.source,
    confirmed_by = excluded.confirmed_by

-- name: person.list_accounts
-- Everybody with each role, for the shell.
-- sealed: person_contact
SELECT p.id AS id, p.name AS name, k.email AS email, g.role AS role
FROM person p LEFT JOIN person_contact k ON k.city = p.city AND k.id = p.id
LEFT JOIN grant_role g ON g.city = p.city AND g.person_id = p.id AND g.state = 'held'
WHERE p.city = :city AND p.state = 'active' ORDER BY p.id
