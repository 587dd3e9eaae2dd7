-- name: portal.running
SELECT p.id AS id, p.title AS title, p.question AS question, p.state AS state, p.ends_on AS ends_on, p.is_made_up AS is_made_up,
       (SELECT MIN(a.title) FROM site s JOIN area a ON a.city = s.city AND a.id = s.area_id
        WHERE s.city = p.city AND s.pilot_id = p.id AND s.is_comparison = 0) AS place
FROM pilot p
WHERE p.city = :city AND p.state IN ('running', 'paused', 'evaluating') AND @scope(pilot p)
ORDER BY p.announced_at DESC, p.id DESC LIMIT 12

-- name: portal.figures
SELECT (SELECT COUNT(*) FROM pilot p WHERE p.city = :city AND p.state IN ('running', 'paused', 'evaluating') AND @scope(pilot p)) AS running_n,
       (SELECT COUNT(*) FROM pilot p WHERE p.city = :city AND p.state IN ('decided', 'adopted', 'closed')
          AND (p.released_at IS NOT NULL OR p.is_backfill = 1) AND @scope(pilot p)) AS finished_n,
       (SELECT COUNT(*) FROM call t WHERE t.city = :city AND t.state = 'published' AND t.closes_at > :now_at AND @scope(call t)) AS open_n

-- name: portal.finished
SELECT p.id AS id, p.title AS title, COALESCE(p.outcome_text, p.question) AS outcome_text, p.state AS state, p.is_made_up AS is_made_up
FROM pilot p
WHERE p.city = :city AND p.state IN ('decided', 'adopted', 'closed') AND (p.released_at IS NOT NULL OR p.is_backfill = 1)
  AND @scope(pilot p)
ORDER BY p.changed_at DESC, p.id DESC LIMIT 12

-- name: portal.calls
SELECT t.id AS id, t.title AS title, h.problem AS problem, t.state AS state, t.closes_at AS closes_at, t.is_made_up AS is_made_up
FROM call t LEFT JOIN challenge h ON h.city = t.city AND h.id = t.challenge_id AND @scope(challenge h)
WHERE t.city = :city AND t.state = 'published' AND t.closes_at > :now_at AND @scope(call t)
ORDER BY t.closes_at, t.id LIMIT 6

-- name: portal.meetings
SELECT m.id AS id, m.title AS title, m.place AS place, m.state AS state, m.starts_at AS starts_at, m.is_made_up AS is_made_up
FROM meeting m
WHERE m.city = :city AND m.starts_at > :now_at - 7200000 AND m.state IN ('noticed', 'in_session') AND @scope(meeting m)
ORDER BY m.starts_at, m.id LIMIT 6

-- name: portal.overdue
-- Decided or closed sixty days ago and not released: said in public, after the office was told for as long. Never past work.
SELECT p.title AS title FROM pilot p
WHERE p.city = :city AND p.state IN ('decided', 'closed') AND p.is_backfill = 0 AND p.released_at IS NULL
  AND p.changed_at < :now_at - 5184000000 AND @scope(pilot p)
ORDER BY p.changed_at LIMIT 20

-- name: portal.districts
SELECT a.title AS title, a.geojson AS geojson FROM area a
WHERE a.city = :city AND a.layer = 'district' ORDER BY a.code LIMIT 50

-- name: portal.sites
SELECT s.title AS title, s.lat_num AS lat_num, s.lon_num AS lon_num, p.id AS pilot_id, p.title AS pilot
FROM site s JOIN pilot p ON p.city = s.city AND p.id = s.pilot_id
WHERE s.city = :city AND s.state = 'active' AND s.is_comparison = 0 AND s.lat_num IS NOT NULL AND s.lon_num IS NOT NULL
  AND p.state IN ('running', 'paused', 'evaluating', 'decided', 'adopted') AND @scope(site s)
ORDER BY s.id DESC LIMIT 120
