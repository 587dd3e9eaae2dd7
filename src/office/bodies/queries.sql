-- name: meeting.items
SELECT COUNT(*) AS n FROM agenda_item i WHERE i.city = :city AND i.meeting_id = :meeting_id AND i.state = 'listed'

-- name: meeting.notice_hours
SELECT b.notice_hours_n AS n FROM meeting m JOIN body b ON b.city = m.city AND b.id = m.body_id
WHERE m.city = :city AND m.id = :meeting_id

-- name: meeting.open_motions
SELECT COUNT(*) AS n FROM motion o WHERE o.city = :city AND o.meeting_id = :meeting_id AND o.state = 'open'

-- name: meeting.state
SELECT m.state AS state FROM meeting m WHERE m.city = :city AND m.id = :meeting_id

-- name: meeting.seats_of
SELECT COUNT(*) AS n FROM meeting m JOIN seat s ON s.city = m.city AND s.body_id = m.body_id
WHERE m.city = :city AND m.id = :meeting_id AND s.person_id = :person_id AND s.state = 'held'

-- name: motion.item
SELECT i.meeting_id AS meeting_id, i.is_late AS is_late, m.state AS meeting_state,
       CASE WHEN b.open_meetings_law IS NULL THEN 0 ELSE 1 END AS is_covered
FROM agenda_item i JOIN meeting m ON m.city = i.city AND m.id = i.meeting_id
JOIN body b ON b.city = m.city AND b.id = m.body_id
WHERE i.city = :city AND i.id = :agenda_item_id

-- name: motion.count
-- Votes of those who aren't present any more don't count; nor do votes without a voting seat.
SELECT b.quorum_n AS quorum_n, b.majority AS majority,
       (SELECT COUNT(DISTINCT s.person_id) FROM seat s WHERE s.city = b.city AND s.body_id = b.id AND s.state = 'held' AND s.is_voting = 1) AS held_n,
       (SELECT COUNT(DISTINCT s.person_id) FROM seat s JOIN attendance t ON t.city = s.city AND t.person_id = s.person_id
        WHERE s.city = b.city AND s.body_id = b.id AND s.state = 'held' AND s.is_voting = 1
          AND t.meeting_id = m.id AND t.state = 'present') AS present_n,
       (SELECT COUNT(*) FROM vote v WHERE v.city = o.city AND v.motion_id = o.id AND v.choice = 'yes') AS yes_n,
       (SELECT COUNT(*) FROM vote v WHERE v.city = o.city AND v.motion_id = o.id AND v.choice = 'no') AS no_n,
       (SELECT COUNT(*) FROM vote v WHERE v.city = o.city AND v.motion_id = o.id AND v.choice = 'abstain') AS abstain_n,
       (SELECT COUNT(*) FROM vote v WHERE v.city = o.city AND v.motion_id = o.id AND v.choice = 'recused') AS recused_n
FROM motion o JOIN meeting m ON m.city = o.city AND m.id = o.meeting_id
JOIN body b ON b.city = m.city AND b.id = m.body_id
WHERE o.city = :city AND o.id = :motion_id

-- name: vote.entitled
SELECT o.state AS motion_state,
       (SELECT COUNT(*) FROM seat s WHERE s.city = o.city AND s.body_id = m.body_id AND s.person_id = :person_id AND s.state = 'held' AND s.is_voting = 1) AS seats_n,
       (SELECT COUNT(*) FROM attendance t WHERE t.city = o.city AND t.meeting_id = m.id AND t.person_id = :person_id AND t.state = 'present') AS present_n
FROM motion o JOIN meeting m ON m.city = o.city AND m.id = o.meeting_id
WHERE o.city = :city AND o.id = :motion_id

-- name: vote.of
SELECT p.name AS name FROM vote v JOIN person p ON p.city = v.city AND p.id = v.person_id
WHERE v.city = :city AND v.motion_id = :motion_id AND v.person_id = :person_id

-- name: attendance.of
SELECT p.name AS name, t.state AS state
FROM attendance t JOIN person p ON p.city = t.city AND p.id = t.person_id
WHERE t.city = :city AND t.meeting_id = :meeting_id AND t.person_id = :person_id

-- What the meeting's page shows.

-- name: meeting.head
SELECT b.title AS body, b.quorum_n AS quorum_n, b.majority AS majority, b.type AS type, b.id AS body_id,
       (SELECT COUNT(DISTINCT s.person_id) FROM seat s WHERE s.city = b.city AND s.body_id = b.id AND s.state = 'held' AND s.is_voting = 1) AS held_n,
       (SELECT COUNT(DISTINCT s.person_id) FROM seat s JOIN attendance t ON t.city = s.city AND t.person_id = s.person_id
        WHERE s.city = b.city AND s.body_id = b.id AND s.state = 'held' AND s.is_voting = 1
          AND t.meeting_id = m.id AND t.state = 'present') AS present_n
FROM meeting m JOIN body b ON b.city = m.city AND b.id = m.body_id
WHERE m.city = :city AND m.id = :meeting_id AND @scope(meeting m)

-- name: meeting.agenda
SELECT i.id AS id, i.title AS title, i.summary AS summary, i.position_n AS position_n, i.state AS state,
       i.is_late AS is_late, i.discussion AS discussion, i.pilot_id AS pilot_id, p.title AS pilot
FROM agenda_item i LEFT JOIN pilot p ON p.city = i.city AND p.id = i.pilot_id AND @scope(pilot p)
WHERE i.city = :city AND i.meeting_id = :meeting_id AND @scope(agenda_item i)
ORDER BY i.position_n, i.id LIMIT 200

-- name: meeting.motions
SELECT o.id AS id, o.title AS title, o.state AS state, o.agenda_item_id AS agenda_item_id, o.result_why AS result_why,
       o.counted AS counted, o.yes_n AS yes_n, o.no_n AS no_n, o.present_n AS present_n, o.quorum_n AS quorum_n,
       o.needed_n AS needed_n, x.name AS moved_by, y.name AS seconded_by
FROM motion o LEFT JOIN person x ON x.city = o.city AND x.id = o.moved_by_id
LEFT JOIN person y ON y.city = o.city AND y.id = o.seconded_by_id
WHERE o.city = :city AND o.meeting_id = :meeting_id AND @scope(motion o)
ORDER BY o.id LIMIT 200

-- name: meeting.votes
SELECT v.motion_id AS motion_id, v.choice AS choice, v.why AS why, p.name AS name, s.title AS seat
FROM vote v JOIN motion o ON o.city = v.city AND o.id = v.motion_id
JOIN meeting m ON m.city = o.city AND m.id = o.meeting_id
JOIN person p ON p.city = v.city AND p.id = v.person_id
LEFT JOIN seat s ON s.city = v.city AND s.body_id = m.body_id AND s.person_id = v.person_id AND s.state = 'held'
WHERE v.city = :city AND o.meeting_id = :meeting_id AND @scope(vote v)
ORDER BY v.motion_id, p.name LIMIT 2000

-- name: meeting.presence
SELECT t.id AS id, p.name AS name, t.state AS state, t.came_at AS came_at, t.left_at AS left_at
FROM attendance t JOIN person p ON p.city = t.city AND p.id = t.person_id
WHERE t.city = :city AND t.meeting_id = :meeting_id AND @scope(attendance t)
ORDER BY p.name LIMIT 200

-- name: meeting.comments
SELECT k.id AS id, k.name AS name, k.text AS text, k.created_at AS created_at
FROM public_comment k
WHERE k.city = :city AND k.meeting_id = :meeting_id AND k.state = 'read' AND @scope(public_comment k)
ORDER BY k.id LIMIT 200

-- What needs somebody.

-- name: meeting.to_notice
-- From a week before the notice is due.
SELECT m.id AS id, m.title AS title, m.starts_at - b.notice_hours_n * 3600000 AS due_at
FROM meeting m JOIN body b ON b.city = m.city AND b.id = m.body_id
WHERE m.city = :city AND m.state = 'planned' AND m.starts_at > :now_at
  AND m.starts_at < :now_at + 604800000 + b.notice_hours_n * 3600000 AND @scope(meeting m)
ORDER BY m.starts_at LIMIT 20

-- name: meeting.mine
SELECT m.id AS id, m.title AS title, m.starts_at AS due_at
FROM meeting m JOIN seat s ON s.city = m.city AND s.body_id = m.body_id AND s.state = 'held'
WHERE m.city = :city AND s.person_id = :viewer_id AND m.state IN ('noticed', 'in_session')
  AND m.starts_at > :now_at - 86400000 AND m.starts_at < :now_at + 1209600000 AND @scope(meeting m)
ORDER BY m.starts_at LIMIT 20

-- name: meeting.to_write_up
SELECT m.id AS id, m.title AS title, m.ended_at AS due_at
FROM meeting m
WHERE m.city = :city AND m.state = 'ended' AND m.minutes IS NULL AND @scope(meeting m)
ORDER BY m.starts_at LIMIT 20
