-- name: task.mine
SELECT t.id AS id, t.title AS title, t.due_on AS due_on FROM task t
WHERE t.city = :city AND t.person_id = :viewer_id AND t.state = 'open' AND @scope(task t)
ORDER BY t.due_on, t.id LIMIT 20

-- name: today.counts
SELECT (SELECT COUNT(*) FROM pilot p WHERE p.city = :city AND p.state = 'running' AND @scope(pilot p)) AS running_n,
       (SELECT COUNT(*) FROM pilot p WHERE p.city = :city AND p.state = 'evaluating' AND p.is_backfill = 0 AND @scope(pilot p)) AS deciding_n,
       (SELECT COUNT(*) FROM pilot p WHERE p.city = :city AND p.state = 'running' AND p.is_backfill = 0
          AND p.ends_on <= :utc_on AND @scope(pilot p)) AS late_n

-- name: today.money
SELECT SUM(b.amount_cents - COALESCE(b.committed_cents, 0)) AS left_cents FROM budget_line b
WHERE b.city = :city AND b.state IN ('planned', 'confirmed') AND @scope(budget_line b)

-- name: today.portfolio
-- Those that move, newest change first; the whole list is at /pilots.
SELECT p.id AS id, p.title AS title, p.state AS state, p.ends_on AS ends_on, p.is_made_up AS is_made_up, o.title AS department,
       (SELECT SUM(b.amount_cents) FROM budget_line b WHERE b.city = p.city AND b.pilot_id = p.id) AS amount_cents,
       (SELECT SUM(b.committed_cents) FROM budget_line b WHERE b.city = p.city AND b.pilot_id = p.id) AS committed_cents,
       (SELECT SUM(b.spent_cents) FROM budget_line b WHERE b.city = p.city AND b.pilot_id = p.id) AS spent_cents,
       (SELECT COUNT(*) FROM gate g JOIN condition k ON k.city = g.city AND k.gate_id = g.id
        WHERE g.city = p.city AND g.pilot_id = p.id AND k.state = 'open') AS conditions_n,
       e.estimate_num AS estimate_num, e.low_num AS low_num, e.high_num AS high_num, m.worthwhile_num AS worthwhile_num
FROM pilot p
LEFT JOIN organisation o ON o.city = p.city AND o.id = p.department_id
LEFT JOIN evaluation e ON e.city = p.city AND e.id =
     (SELECT MAX(x.id) FROM evaluation x WHERE x.city = p.city AND x.pilot_id = p.id AND x.state <> 'superseded')
LEFT JOIN measure m ON m.city = e.city AND m.id = e.measure_id
-- These states, in this order, are what the index pilot_moving is of.
WHERE p.city = :city AND p.state IN ('planned', 'in_review', 'ready', 'running', 'paused', 'evaluating', 'decided') AND @scope(pilot p)
ORDER BY p.changed_at DESC, p.id DESC LIMIT 25

-- name: today.coming
-- The next two weeks: meetings, ends of calls and pilots, milestones.
-- A milestone has a day, which is the same in every zone: its beginning here is for the order alone.
SELECT x.what AS what, x.id AS id, x.title AS title, x.at AS happens_at, x.day_on AS day_on FROM (
    SELECT 'meeting' AS what, m.id AS id, m.title AS title, m.starts_at AS at, CAST(NULL AS BIGINT) AS day_on FROM meeting m
    WHERE m.city = :city AND m.state IN ('planned', 'noticed') AND @scope(meeting m)
    UNION ALL
    SELECT 'call', t.id, t.title, t.closes_at, NULL FROM call t
    WHERE t.city = :city AND t.state = 'published' AND @scope(call t)
    UNION ALL
    SELECT 'milestone', s.id, s.title, s.due_on * 86400000, s.due_on FROM milestone s
    WHERE s.city = :city AND s.state = 'planned' AND @scope(milestone s)
) x
WHERE x.at > :now_at AND x.at < :now_at + 1209600000
ORDER BY x.at LIMIT 12

-- name: monday.updates
SELECT u.text AS text, u.type AS type, p.title AS pilot FROM pilot_update u JOIN pilot p ON p.city = u.city AND p.id = u.pilot_id
WHERE u.city = :city AND u.created_at > :now_at - 604800000 AND @scope(pilot_update u)
ORDER BY u.id DESC LIMIT 12

-- name: monday.moved
SELECT p.id AS id, p.title AS title, p.state AS state, p.changed_at AS changed_at FROM pilot p
WHERE p.city = :city AND p.changed_at > :now_at - 604800000 AND @scope(pilot p)
ORDER BY p.changed_at DESC, p.id DESC LIMIT 15
