-- name: call.whole
-- For guards and apply functions, which judge by what is, not by what the viewer sees.
SELECT t.* FROM call t WHERE t.city = :city AND t.id = :call_id

-- name: call.challenge
SELECT state, department_id, title FROM challenge WHERE city = :city AND id = :challenge_id

-- name: call.challenges_whole
-- Its own first, then the further ones as they were added: their numbers for the pitches.
SELECT h.id AS id, h.title AS title, h.state AS state, 0 AS rank
FROM call t JOIN challenge h ON h.city = t.city AND h.id = t.challenge_id
WHERE t.city = :city AND t.id = :call_id
UNION ALL
SELECT h.id AS id, h.title AS title, h.state AS state, x.id AS rank
FROM further_challenge x JOIN challenge h ON h.city = x.city AND h.id = x.challenge_id
WHERE x.city = :city AND x.call_id = :call_id AND x.state = 'active'
ORDER BY rank LIMIT 8

-- name: call.challenges
-- As the viewer may read them.
SELECT h.id AS id, h.title AS title, h.problem AS problem, h.area_id AS area_id, h.is_made_up AS is_made_up, 0 AS rank
FROM call t JOIN challenge h ON h.city = t.city AND h.id = t.challenge_id AND @scope(challenge h)
WHERE t.city = :city AND t.id = :call_id
UNION ALL
SELECT h.id AS id, h.title AS title, h.problem AS problem, h.area_id AS area_id, h.is_made_up AS is_made_up, x.id AS rank
FROM further_challenge x JOIN challenge h ON h.city = x.city AND h.id = x.challenge_id AND @scope(challenge h)
WHERE x.city = :city AND x.call_id = :call_id AND x.state = 'active'
ORDER BY rank LIMIT 8

-- name: call.form_whole
SELECT t.number_n AS number_n, t.title AS title, t.help AS help, t.type AS type, t.choices AS choices,
       t.is_needed AS is_needed, t.is_identifying AS is_identifying, t.after_n AS after_n, t.after_value AS after_value
FROM form_item t WHERE t.city = :city AND t.call_id = :call_id AND t.state = 'active'
ORDER BY t.number_n LIMIT 20

-- name: call.form
-- As the viewer may read them.
SELECT t.id AS id, t.number_n AS number_n, t.title AS title, t.is_needed AS is_needed, t.is_identifying AS is_identifying,
       t.after_n AS after_n, t.after_value AS after_value
FROM form_item t WHERE t.city = :city AND t.call_id = :call_id AND t.state = 'active' AND @scope(form_item t)
ORDER BY t.number_n LIMIT 20

-- name: call.next_item
SELECT COALESCE(MAX(number_n), 0) + 1 AS n FROM form_item WHERE city = :city AND call_id = :call_id

-- name: call.form_last
SELECT COALESCE(MAX(number_n), 0) AS n FROM form_item WHERE city = :city AND call_id = :call_id

-- name: call.form_taken
-- All numbers ever given, dropped ones too.
SELECT number_n, title, state FROM form_item WHERE city = :city AND call_id = :call_id ORDER BY number_n, id LIMIT 100

-- name: call.weights
SELECT COUNT(*) AS n, CAST(COALESCE(SUM(weight_n), 0) AS BIGINT) AS total_n
FROM criterion WHERE city = :city AND call_id = :call_id AND state = 'active'

-- name: call.principles
SELECT title FROM principle WHERE city = :city AND state = 'active' ORDER BY position_n, id LIMIT 10

-- name: call.department_total
-- What the department's other calls of a time come to, as they stand now.
SELECT CAST(COALESCE(SUM(amount_cents), 0) AS BIGINT) AS total_n
FROM call
WHERE city = :city AND department_id = :department_id AND id <> :call_id
  AND state <> 'cancelled' AND published_at >= :from_at AND published_at < :to_at

-- name: call.addresses
-- Each address once, however it is written, and not that of somebody who is told as an applicant
-- (pitch.parties_of_call). Those who asked were promised the answer, and an addendum may change it.
-- sealed: follower_contact, question_contact, pitch_party, person_contact
SELECT MIN(address) AS address, MIN(language) AS language FROM (
    SELECT k.address AS address, k.language AS language
    FROM follower f JOIN follower_contact k ON k.city = f.city AND k.id = f.id
    WHERE f.city = :city AND f.call_id = :call_id AND f.state = 'confirmed' AND k.address IS NOT NULL
    UNION ALL
    SELECT k.address AS address, k.language AS language
    FROM question q JOIN question_contact k ON k.city = q.city AND k.id = q.id
    WHERE q.city = :city AND q.call_id = :call_id AND q.state <> 'declined' AND k.address IS NOT NULL
) both_lists
WHERE NOT EXISTS (
    SELECT 1 FROM person_contact k
    JOIN pitch_party y ON y.city = k.city AND y.person_id = k.id
    JOIN pitch t ON t.city = y.city AND t.id = y.pitch_id AND t.call_id = :call_id
      AND t.state NOT IN ('withdrawn', 'ineligible')
    WHERE k.city = :city AND k.email_key = LOWER(TRIM(both_lists.address)))
GROUP BY LOWER(TRIM(address)) ORDER BY MIN(address) LIMIT 20000

-- name: question.contact
-- sealed: question_contact
SELECT address, language FROM question_contact
WHERE city = :city AND id = :question_id AND address IS NOT NULL

-- name: question.recent
SELECT COUNT(*) AS n FROM question WHERE city = :city AND call_id = :call_id AND created_at >= :since_at

-- name: follower.recent
SELECT COUNT(*) AS n FROM follower WHERE city = :city AND call_id = :call_id AND created_at >= :since_at

-- name: follower.by_token
-- sealed: follower_contact
SELECT f.* FROM follower f
JOIN follower_contact k ON k.city = f.city AND k.id = f.id
WHERE f.city = :city AND k.token_hash = :token_hash

-- name: call.shown
-- The list: open first, soonest to close before the others; then the newest.
SELECT t.id AS id, t.title AS title, t.state AS state, t.text AS text, t.amount_cents AS amount_cents, t.opens_at AS opens_at,
       t.closes_at AS closes_at, t.grace_minutes_n AS grace_minutes_n, t.is_made_up AS is_made_up, t.published_at AS published_at
FROM call t
WHERE t.city = :city AND @scope(call t)
ORDER BY CASE WHEN t.state = 'published' AND (t.closes_at IS NULL OR t.closes_at > :now_at) THEN 0 ELSE 1 END,
         CASE WHEN t.state = 'published' AND t.closes_at > :now_at THEN t.closes_at END, t.id DESC
LIMIT 200

-- name: call.criteria
SELECT t.id AS id, t.title AS title, t.weight_n AS weight_n, t.anchors AS anchors
FROM criterion t
WHERE t.city = :city AND t.call_id = :call_id AND t.state = 'active' AND @scope(criterion t)
ORDER BY t.position_n, t.id LIMIT 50

-- name: call.answers
SELECT t.id AS id, t.text AS text, t.answer AS answer, t.answered_at AS answered_at
FROM question t
WHERE t.city = :city AND t.call_id = :call_id AND t.state = 'answered' AND @scope(question t)
ORDER BY t.answered_at, t.id LIMIT 500

-- name: call.selected
-- What a decided call led to. Pitches stay closed: their pilots tell of them.
SELECT p.id AS id, p.title AS title, p.state AS state, o.title AS organisation
FROM pilot p LEFT JOIN organisation o ON o.city = p.city AND o.id = p.organisation_id
WHERE p.city = :city AND p.call_id = :call_id AND p.pitch_id IS NOT NULL AND @scope(pilot p)
  AND EXISTS (SELECT 1 FROM call t WHERE t.city = p.city AND t.id = p.call_id AND t.state = 'decided')
ORDER BY p.id LIMIT 50

-- name: call.open_questions
SELECT t.id AS id, t.text AS text, t.created_at AS created_at
FROM question t
WHERE t.city = :city AND t.call_id = :call_id AND t.state = 'asked' AND @scope(question t)
ORDER BY t.id LIMIT 500

-- name: call.addenda
SELECT t.id AS id, t.title AS title, t.text AS text, t.new_closes_at AS new_closes_at, t.created_at AS created_at
FROM addendum t
WHERE t.city = :city AND t.call_id = :call_id AND @scope(addendum t)
ORDER BY t.id LIMIT 100

-- name: call.questions_waiting
SELECT q.id AS id, t.title AS title, q.created_at AS changed_at, t.closes_at AS due_at
FROM question q JOIN call t ON t.city = q.city AND t.id = q.call_id
WHERE q.city = :city AND q.state = 'asked' AND @scope(call t) AND @scope(question q)
ORDER BY t.closes_at, q.id LIMIT 20

-- name: call.to_publish
SELECT t.id AS id, t.title AS title, t.closes_at AS due_at
FROM call t WHERE t.city = :city AND t.state = 'draft' AND @scope(call t)
ORDER BY t.id LIMIT 20

-- name: call.to_review
SELECT t.id AS id, t.title AS title, t.closes_at AS due_at
FROM call t WHERE t.city = :city AND t.state = 'published' AND t.closes_at < :now_at AND @scope(call t)
ORDER BY t.closes_at LIMIT 20
