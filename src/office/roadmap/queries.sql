-- name: roadmap.strategies
SELECT t.id AS id, t.title AS title, t.summary AS summary, t.pages AS pages, t.state AS state, t.source_url AS source_url
FROM strategy t
WHERE t.city = :city AND @scope(strategy t) AND t.state <> 'retired'
ORDER BY t.position_n, t.id LIMIT 50

-- name: roadmap.activities
SELECT t.id AS id, t.strategy_id AS strategy_id, t.title AS title, t.state AS state, t.starts_on AS starts_on, t.ends_on AS ends_on,
       t.is_made_up AS is_made_up
FROM activity t
WHERE t.city = :city AND @scope(activity t)
ORDER BY t.starts_on, t.id LIMIT 500

-- name: roadmap.principles
SELECT t.id AS id, t.title AS title, t.criteria AS criteria, t.source_url AS source_url
FROM principle t
WHERE t.city = :city AND @scope(principle t) AND t.state = 'active'
ORDER BY t.position_n, t.id LIMIT 50

-- name: activity.late
SELECT t.id AS id, t.title AS title, t.ends_on AS due_on
FROM activity t
WHERE t.city = :city AND t.state = 'under_way' AND t.ends_on <= :utc_on
  AND (t.owner_id = :viewer_id OR t.lead_id = :viewer_id) AND @scope(activity t)
ORDER BY t.ends_on LIMIT 20
