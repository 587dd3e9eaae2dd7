-- What the room asks. Others' scores are read only by queries that ask for the locked state.

-- name: review.unlocked_count
-- While it isn't 0, names and prices stay closed and nothing is announced.
SELECT COUNT(*) AS n FROM review r JOIN pitch t ON t.city = r.city AND t.id = r.pitch_id
WHERE r.city = :city AND r.call_id = :call_id AND r.state IN ('assigned', 'scoring')
  AND t.state IN ('submitted', 'eligible')

-- name: review.round
SELECT c.id AS id, c.state AS state, c.title AS title, c.amount_cents AS amount_cents,
       c.challenge_id AS challenge_id, c.department_id AS department_id, c.is_made_up AS is_made_up,
       CASE WHEN COALESCE(c.is_blind, 1) = 1 AND c.unblinded_at IS NOT NULL THEN 1 ELSE 0 END AS names_open_n,
       (SELECT COUNT(*) FROM selection s WHERE s.city = c.city AND s.call_id = c.id AND s.state <> 'dropped') AS selections_n
FROM call c WHERE c.city = :city AND c.id = :call_id

-- name: review.prices_open
-- sealed: pitch_price
SELECT COUNT(*) AS n FROM pitch t JOIN pitch_price p ON p.city = t.city AND p.id = t.id
WHERE t.city = :city AND t.call_id = :call_id AND p.opened_at IS NOT NULL

-- name: review.pitch_head
SELECT t.id AS id, t.call_id AS call_id, t.label AS label, t.state AS state, t.is_made_up AS is_made_up
FROM pitch t WHERE t.city = :city AND t.id = :pitch_id

-- Whom to give what.

-- name: review.is_evaluator
SELECT COUNT(*) AS n FROM grant_role g
JOIN person p ON p.city = g.city AND p.id = g.person_id AND p.state = 'active'
WHERE g.city = :city AND g.person_id = :person_id AND g.role = 'evaluator' AND g.state = 'held'
  AND (g.until_on IS NULL OR g.until_on * 86400000 + 86400000 > :now_at)
  AND (g.scope_kind IS NULL OR (g.scope_kind = 'call' AND g.scope_id = :call_id))

-- name: review.evaluators
SELECT p.id AS id,
       (SELECT COUNT(*) FROM review r WHERE r.city = p.city AND r.person_id = p.id AND r.call_id = :call_id
          AND r.state IN ('assigned', 'scoring', 'locked')) AS load_n
FROM person p
WHERE p.city = :city AND p.state = 'active' AND EXISTS (
    SELECT 1 FROM grant_role g WHERE g.city = p.city AND g.person_id = p.id AND g.role = 'evaluator' AND g.state = 'held'
      AND (g.until_on IS NULL OR g.until_on * 86400000 + 86400000 > :now_at)
      AND (g.scope_kind IS NULL OR (g.scope_kind = 'call' AND g.scope_id = :call_id)))
ORDER BY p.id LIMIT 200

-- name: review.given
SELECT COUNT(*) AS n FROM review
WHERE city = :city AND pitch_id = :pitch_id AND person_id = :person_id AND state <> 'ended'

-- name: review.conflict
-- How many signs there are that the evaluator is tied to who pitches; never which, nor who. Names
-- are compared both ways, within longer ones and without what companies put after theirs: better
-- one suspicion too many.
-- sealed: pitch_identity, pitch_party
SELECT COUNT(*) AS n FROM (
    SELECT 1 AS hit FROM pitch_party y
    WHERE y.city = :city AND y.pitch_id = :pitch_id AND y.person_id = :person_id
    UNION ALL
    SELECT 1 AS hit FROM pitch_party y JOIN person a ON a.city = y.city AND a.id = y.person_id
    WHERE y.city = :city AND y.pitch_id = :pitch_id AND a.organisation_id IN (
        SELECT p.organisation_id FROM person p WHERE p.city = :city AND p.id = :person_id
        UNION SELECT i.organisation_id FROM interest i
        WHERE i.city = :city AND i.person_id = :person_id AND i.state = 'standing')
    UNION ALL
    SELECT 1 AS hit FROM (
        SELECT LOWER(COALESCE(i.organisation, '') || ' ' || COALESCE(i.co_applicants, '')) AS all_names,
               TRIM(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(LOWER(i.organisation) || ' ',
                   ',', ' '), '.', ' '), ' inc ', ' '), ' llc ', ' '), ' ltd ', ' '), ' corp ', ' ')) AS name
        FROM pitch_identity i WHERE i.city = :city AND i.id = :pitch_id) d
    JOIN (
        SELECT LOWER(TRIM(o.title)) AS title FROM person p JOIN organisation o ON o.city = p.city AND o.id = p.organisation_id
        WHERE p.city = :city AND p.id = :person_id
        UNION SELECT LOWER(TRIM(o.title)) AS title FROM interest i JOIN organisation o ON o.city = i.city AND o.id = i.organisation_id
        WHERE i.city = :city AND i.person_id = :person_id AND i.state = 'standing'
        UNION SELECT LOWER(TRIM(i.text)) AS title FROM interest i
        WHERE i.city = :city AND i.person_id = :person_id AND i.state = 'standing') e
    ON (LENGTH(e.title) >= 3 AND REPLACE(d.all_names, e.title, '') <> d.all_names)
        OR (LENGTH(d.name) >= 3 AND REPLACE(e.title, d.name, '') <> e.title)
    UNION ALL
    SELECT 1 AS hit FROM pitch_identity d JOIN person p ON p.city = d.city AND p.id = :person_id
    WHERE d.city = :city AND d.id = :pitch_id AND LOWER(TRIM(d.contact_name)) = LOWER(TRIM(p.name))
) signs

-- name: review.to_match
-- What somebody was given in rounds that aren't decided.
SELECT r.id AS id, r.pitch_id AS pitch_id
FROM review r JOIN call c ON c.city = r.city AND c.id = r.call_id
WHERE r.city = :city AND r.person_id = :person_id AND r.state IN ('assigned', 'scoring', 'locked') AND c.state = 'in_review'
ORDER BY r.id LIMIT 1000

-- name: review.pitches_to_give
SELECT t.id AS id, t.label AS label,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id
          AND r.state IN ('assigned', 'scoring', 'locked')) AS n
FROM pitch t WHERE t.city = :city AND t.call_id = :call_id AND t.state = 'eligible'
ORDER BY t.number_n, t.id LIMIT 500

-- One's own review.

-- name: review.criteria
SELECT k.id AS id, k.title AS title, k.weight_n AS weight_n, k.anchors AS anchors
FROM criterion k WHERE k.city = :city AND k.call_id = :call_id AND k.state = 'active'
ORDER BY k.position_n, k.id LIMIT 20

-- name: review.my_scores
-- sealed: score
SELECT s.criterion_id AS criterion_id, s.value_n AS value_n, s.comment AS comment
FROM score s JOIN review r ON r.city = s.city AND r.id = s.review_id AND r.person_id = :viewer_id
WHERE s.city = :city AND s.review_id = :review_id LIMIT 20

-- name: review.put_score
-- sealed: score
INSERT INTO score (city, review_id, criterion_id, value_n, comment)
VALUES (:city, :review_id, :criterion_id, :value_n, :comment)
ON CONFLICT (city, review_id, criterion_id) DO UPDATE SET value_n = excluded.value_n, comment = excluded.comment

-- name: review.left_to_score
-- sealed: score
SELECT COUNT(*) AS n FROM review r
JOIN criterion k ON k.city = r.city AND k.call_id = r.call_id AND k.state = 'active'
LEFT JOIN score s ON s.city = r.city AND s.review_id = r.id AND s.criterion_id = k.id
WHERE r.city = :city AND r.id = :review_id AND r.person_id = :viewer_id AND s.value_n IS NULL

-- name: review.pitch_to_judge
-- What a pitch says, for the one to whom it was given; nothing of a pitch in conflict.
SELECT t.label AS label, t.title AS title, t.summary AS summary, t.approach AS approach, t.evidence AS evidence,
       t.access_plan AS access_plan, t.privacy_plan AS privacy_plan, t.risks AS risks, t.trade_secrets AS trade_secrets,
       t.answers AS answers, t.call_id AS call_id
FROM review r JOIN pitch t ON t.city = r.city AND t.id = r.pitch_id
WHERE r.city = :city AND r.id = :review_id AND r.person_id = :viewer_id AND r.state IN ('assigned', 'scoring', 'locked')

-- name: review.answers_to_judge
-- To the call's own questions; what tells who pitches is left out, names open or not.
-- sealed: pitch_answer
SELECT w.label AS label, w.value AS value, w.number_n AS number_n
FROM review r JOIN pitch_answer w ON w.city = r.city AND w.pitch_id = r.pitch_id AND w.is_identifying = 0
WHERE r.city = :city AND r.id = :review_id AND r.person_id = :viewer_id AND r.state IN ('scoring', 'locked')
ORDER BY w.number_n LIMIT 20

-- name: review.inbox
SELECT r.id AS id, r.label AS label, r.state AS state, r.due_on AS due_on, c.title AS call, r.call_id AS call_id
FROM review r JOIN call c ON c.city = r.city AND c.id = r.call_id
WHERE r.city = :city AND r.person_id = :viewer_id AND r.state <> 'ended' AND @scope(review r)
ORDER BY CASE r.state WHEN 'assigned' THEN 0 WHEN 'scoring' THEN 0 ELSE 1 END, r.due_on, r.id DESC LIMIT 300

-- name: review.next
-- The next that waits, after this one.
SELECT r.id AS id, r.label AS label FROM review r
WHERE r.city = :city AND r.person_id = :viewer_id AND r.state IN ('assigned', 'scoring') AND r.id <> :review_id
ORDER BY CASE WHEN r.id > :review_id THEN 0 ELSE 1 END, r.id LIMIT 1

-- What others may read.

-- name: review.locked_scores
-- Of one locked review, to those who run the round; not to somebody whose own of this pitch is open.
-- sealed: score
SELECT k.title AS title, s.value_n AS value_n, s.comment AS comment
FROM review r JOIN score s ON s.city = r.city AND s.review_id = r.id
JOIN criterion k ON k.city = s.city AND k.id = s.criterion_id
WHERE r.city = :city AND r.id = :review_id AND r.state = 'locked' AND @scope(review r) AND NOT EXISTS (
    SELECT 1 FROM review m WHERE m.city = r.city AND m.pitch_id = r.pitch_id AND m.person_id = :viewer_id
      AND m.state IN ('assigned', 'scoring', 'conflicted'))
ORDER BY k.position_n, k.id LIMIT 20

-- name: review.conflict_note
-- One's own always; others' once the names are open.
-- sealed: review_note
SELECT n.conflict_note AS conflict_note FROM review r
JOIN review_note n ON n.city = r.city AND n.id = r.id
JOIN call c ON c.city = r.city AND c.id = r.call_id
WHERE r.city = :city AND r.id = :review_id AND @scope(review r)
  AND (r.person_id = :viewer_id OR c.is_blind = 0 OR c.unblinded_at IS NOT NULL)

-- name: review.own_scores
-- An applicant's own: the mean each criterion got, once it is decided. Nothing of who gave what.
-- sealed: score, pitch_party
SELECT k.title AS criterion, CAST(AVG(s.value_n) AS DOUBLE PRECISION) AS value_num
FROM pitch t JOIN pitch_party y ON y.city = t.city AND y.pitch_id = t.id AND y.person_id = :viewer_id
JOIN review r ON r.city = t.city AND r.pitch_id = t.id AND r.state = 'locked'
JOIN score s ON s.city = r.city AND s.review_id = r.id
JOIN criterion k ON k.city = s.city AND k.id = s.criterion_id
WHERE t.city = :city AND t.id = :pitch_id AND t.state IN ('selected', 'declined')
GROUP BY k.id, k.title, k.position_n ORDER BY k.position_n, k.id LIMIT 20

-- The discussion.

-- name: discussion.review
SELECT r.pitch_id AS pitch_id, r.call_id AS call_id, r.label AS label, r.is_made_up AS is_made_up
FROM review r WHERE r.city = :city AND r.id = :review_id

-- name: discussion.seat
-- How a pitch's reviews stand, and what the viewer has to do with it.
-- sealed: pitch_party
SELECT t.label AS label, t.title AS title, c.state AS call_state,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.state IN ('assigned', 'scoring')) AS open_n,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.state = 'locked') AS locked_n,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.state = 'locked'
          AND r.person_id = :viewer_id) AS mine_n,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.person_id = :viewer_id
          AND r.state IN ('assigned', 'scoring', 'conflicted')) AS barred_n,
       (SELECT COUNT(*) FROM pitch_party y WHERE y.city = t.city AND y.pitch_id = t.id AND y.person_id = :viewer_id) AS own_n,
       (SELECT COUNT(*) FROM remark k WHERE k.city = t.city AND k.pitch_id = t.id) AS remarks_n
FROM pitch t JOIN call c ON c.city = t.city AND c.id = t.call_id
WHERE t.city = :city AND t.id = :pitch_id

-- name: discussion.others
SELECT r.person_id AS person_id FROM review r
WHERE r.city = :city AND r.pitch_id = :pitch_id AND r.state = 'locked' AND r.person_id <> :viewer_id
UNION SELECT k.person_id AS person_id FROM remark k
WHERE k.city = :city AND k.pitch_id = :pitch_id AND k.person_id <> :viewer_id AND NOT EXISTS (
    SELECT 1 FROM review m WHERE m.city = k.city AND m.pitch_id = k.pitch_id AND m.person_id = k.person_id
      AND m.state IN ('assigned', 'scoring', 'conflicted'))
ORDER BY person_id LIMIT 100

-- name: discussion.door
-- Through which review the viewer comes to the discussion of a remark: their own, if they have one.
SELECT COALESCE((SELECT MAX(r.id) FROM review r WHERE r.city = k.city AND r.pitch_id = k.pitch_id AND r.state = 'locked'
                   AND r.person_id = :viewer_id), k.review_id) AS review_id
FROM remark k WHERE k.city = :city AND k.id = :id

-- name: discussion.remarks
SELECT k.id AS id, p.name AS name, k.text AS text, k.created_at AS created_at
FROM remark k JOIN person p ON p.city = k.city AND p.id = k.person_id
WHERE k.city = :city AND k.pitch_id = :pitch_id AND @scope(remark k) ORDER BY k.id LIMIT 500

-- name: discussion.spread
-- Only where no review of the pitch is open, to those who take part.
-- sealed: score
SELECT k.title AS title, MIN(s.value_n) AS low_n, MAX(s.value_n) AS high_n,
       CAST(ROUND(CAST(AVG(s.value_n) AS NUMERIC), 1) AS DOUBLE PRECISION) AS mean_num
FROM review r JOIN score s ON s.city = r.city AND s.review_id = r.id AND s.value_n IS NOT NULL
JOIN criterion k ON k.city = s.city AND k.id = s.criterion_id AND k.state = 'active'
WHERE r.city = :city AND r.pitch_id = :pitch_id AND r.state = 'locked' AND NOT EXISTS (
    SELECT 1 FROM review m WHERE m.city = r.city AND m.pitch_id = r.pitch_id AND m.state IN ('assigned', 'scoring'))
GROUP BY k.id, k.title, k.position_n ORDER BY k.position_n, k.id LIMIT 20

-- What needs somebody.

-- name: review.to_declare
SELECT r.id AS id, r.label AS label, c.title AS title, r.due_on AS due_on
FROM review r JOIN call c ON c.city = r.city AND c.id = r.call_id
WHERE r.city = :city AND r.person_id = :viewer_id AND r.state = 'assigned' AND c.state = 'in_review'
ORDER BY r.due_on, r.id LIMIT 20

-- name: review.to_score
SELECT r.id AS id, r.label AS label, c.title AS title, r.due_on AS due_on
FROM review r JOIN call c ON c.city = r.city AND c.id = r.call_id
WHERE r.city = :city AND r.person_id = :viewer_id AND r.state = 'scoring' AND c.state = 'in_review'
ORDER BY r.due_on, r.id LIMIT 20

-- name: review.to_replace
SELECT r.id AS id, r.label AS label, c.title AS title, r.due_on AS due_on
FROM review r JOIN call c ON c.city = r.city AND c.id = r.call_id
WHERE r.city = :city AND r.state = 'conflicted' AND r.replaced_at IS NULL AND c.state = 'in_review' AND @scope(review r)
ORDER BY r.due_on, r.id LIMIT 20

-- name: review.to_give
SELECT c.id AS id, c.title AS title, c.review_at AS due_at FROM call c
WHERE c.city = :city AND c.state = 'in_review' AND @scope(call c)
  AND EXISTS (SELECT 1 FROM pitch t WHERE t.city = c.city AND t.call_id = c.id AND t.state = 'eligible')
  AND NOT EXISTS (SELECT 1 FROM review r WHERE r.city = c.city AND r.call_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM selection s WHERE s.city = c.city AND s.call_id = c.id)
ORDER BY c.review_at, c.id LIMIT 20

-- name: selection.to_draft
SELECT c.id AS id, c.title AS title, c.review_at AS due_at FROM call c
WHERE c.city = :city AND c.state = 'in_review' AND @scope(call c)
  AND EXISTS (SELECT 1 FROM review r WHERE r.city = c.city AND r.call_id = c.id AND r.state = 'locked')
  AND NOT EXISTS (SELECT 1 FROM review r JOIN pitch t ON t.city = r.city AND t.id = r.pitch_id
                  WHERE r.city = c.city AND r.call_id = c.id AND r.state IN ('assigned', 'scoring')
                    AND t.state IN ('submitted', 'eligible'))
  AND NOT EXISTS (SELECT 1 FROM selection s WHERE s.city = c.city AND s.call_id = c.id AND s.state <> 'dropped')
ORDER BY c.review_at, c.id LIMIT 20

-- name: selection.to_announce
SELECT s.id AS id, s.title AS title, s.created_at AS due_at FROM selection s
WHERE s.city = :city AND s.state = 'drafted' AND @scope(selection s) ORDER BY s.id LIMIT 20

-- The selection.

-- name: selection.whole
SELECT s.id AS id, s.state AS state, s.call_id AS call_id FROM selection s WHERE s.city = :city AND s.id = :selection_id

-- name: selection.unscreened
SELECT COUNT(*) AS n FROM pitch WHERE city = :city AND call_id = :call_id AND state = 'submitted'

-- name: selection.price
-- sealed: pitch_price
SELECT p.opened_cents AS opened_cents FROM pitch_price p
WHERE p.city = :city AND p.id = :pitch_id AND p.opened_at IS NOT NULL

-- name: selection.sums
-- A choice of a pitch that is out of the round meanwhile needs no deciding.
SELECT CAST(COALESCE(SUM(CASE WHEN k.state = 'undecided' AND t.state = 'eligible' THEN 1 ELSE 0 END), 0) AS BIGINT) AS undecided_n,
       CAST(COALESCE(SUM(CASE WHEN k.state = 'chosen' AND t.state NOT IN ('eligible', 'selected') THEN 1 ELSE 0 END), 0) AS BIGINT) AS gone_n,
       CAST(COALESCE(SUM(CASE WHEN k.state = 'chosen' THEN 1 ELSE 0 END), 0) AS BIGINT) AS chosen_n,
       CAST(COALESCE(SUM(CASE WHEN k.state = 'chosen' THEN k.amount_cents ELSE 0 END), 0) AS BIGINT) AS chosen_cents,
       (SELECT COUNT(*) FROM pitch p WHERE p.city = :city AND p.call_id = :call_id AND p.state IN ('submitted', 'eligible')
          AND NOT EXISTS (SELECT 1 FROM choice o WHERE o.city = p.city AND o.selection_id = :selection_id AND o.pitch_id = p.id)) AS missing_n
FROM choice k JOIN pitch t ON t.city = k.city AND t.id = k.pitch_id
WHERE k.city = :city AND k.selection_id = :selection_id

-- name: selection.to_settle
SELECT k.id AS id, k.state AS state, k.pitch_id AS pitch_id, k.reason AS reason, t.title AS title, t.answers AS answers
FROM choice k JOIN pitch t ON t.city = k.city AND t.id = k.pitch_id
WHERE k.city = :city AND k.selection_id = :selection_id AND t.state = 'eligible' ORDER BY t.number_n, t.id LIMIT 1000

-- name: selection.mean_scores
-- For the applicant's mail, in the act that decides.
-- sealed: score
SELECT k.title AS criterion, CAST(AVG(s.value_n) AS DOUBLE PRECISION) AS value_num
FROM review r JOIN score s ON s.city = r.city AND s.review_id = r.id
JOIN criterion k ON k.city = s.city AND k.id = s.criterion_id
WHERE r.city = :city AND r.pitch_id = :pitch_id AND r.state = 'locked'
GROUP BY k.id, k.title, k.position_n ORDER BY k.position_n, k.id LIMIT 20

-- name: selection.winner
-- Of a pitch that is being chosen.
-- sealed: pitch_identity
SELECT TRIM(d.organisation) AS organisation,
       (SELECT MIN(o.id) FROM organisation o WHERE o.city = d.city AND LOWER(TRIM(o.title)) = LOWER(TRIM(d.organisation))) AS organisation_id
FROM pitch t JOIN pitch_identity d ON d.city = t.city AND d.id = t.id
WHERE t.city = :city AND t.id = :pitch_id AND t.state = 'selected'

-- name: selection.choices
SELECT k.id AS id, k.label AS label, t.title AS title, k.state AS state, k.amount_cents AS amount_cents, k.reason AS reason
FROM choice k JOIN pitch t ON t.city = k.city AND t.id = k.pitch_id
WHERE k.city = :city AND k.selection_id = :selection_id AND @scope(choice k) AND @scope(pitch t)
ORDER BY CASE k.state WHEN 'chosen' THEN 0 WHEN 'undecided' THEN 1 ELSE 2 END, t.number_n LIMIT 1000

-- The board.

-- name: board.selection
SELECT s.id AS id, s.state AS state, s.budget_cents AS budget_cents FROM selection s
WHERE s.city = :city AND s.call_id = :call_id AND s.state <> 'dropped' AND @scope(selection s) ORDER BY s.id DESC LIMIT 1

-- name: board.pitches
SELECT t.id AS id, t.label AS label, t.title AS title, t.number_n AS number_n, t.is_made_up AS is_made_up,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.state IN ('assigned', 'scoring', 'locked')) AS asked_n,
       (SELECT COUNT(*) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.state = 'locked') AS locked_n,
       (SELECT MIN(r.id) FROM review r WHERE r.city = t.city AND r.pitch_id = t.id AND r.state = 'locked' AND NOT EXISTS (
          SELECT 1 FROM review m WHERE m.city = t.city AND m.pitch_id = t.id AND (m.state IN ('assigned', 'scoring')
            OR (m.state = 'conflicted' AND m.person_id = :viewer_id)))) AS review_id,
       k.id AS choice_id, k.state AS choice_state, k.amount_cents AS amount_cents
FROM pitch t LEFT JOIN choice k ON k.city = t.city AND k.pitch_id = t.id AND k.selection_id = :selection_id
WHERE t.city = :city AND t.call_id = :call_id AND t.state IN ('eligible', 'selected', 'declined') AND @scope(pitch t)
ORDER BY t.number_n, t.id LIMIT 500

-- name: board.totals
-- Each locked review's weighted mean; not to somebody whose own of the pitch is open or in conflict.
-- sealed: score
SELECT r.pitch_id AS pitch_id,
       CAST(SUM(k.weight_n * s.value_n) AS DOUBLE PRECISION) / CAST(SUM(k.weight_n) AS DOUBLE PRECISION) AS total_num
FROM review r JOIN score s ON s.city = r.city AND s.review_id = r.id AND s.value_n IS NOT NULL
JOIN criterion k ON k.city = s.city AND k.id = s.criterion_id AND k.state = 'active' AND k.weight_n > 0
WHERE r.city = :city AND r.call_id = :call_id AND r.state = 'locked' AND @scope(review r) AND NOT EXISTS (
    SELECT 1 FROM review m WHERE m.city = r.city AND m.pitch_id = r.pitch_id AND m.person_id = :viewer_id
      AND m.state IN ('assigned', 'scoring', 'conflicted'))
GROUP BY r.pitch_id, r.id LIMIT 10000

-- name: board.prices
-- sealed: pitch_price
SELECT t.id AS id, p.opened_cents AS opened_cents FROM pitch t JOIN pitch_price p ON p.city = t.city AND p.id = t.id
WHERE t.city = :city AND t.call_id = :call_id AND p.opened_at IS NOT NULL AND @scope(pitch t) LIMIT 500

-- name: board.progress
SELECT p.name AS name, COUNT(*) AS given_n,
       CAST(SUM(CASE WHEN r.state = 'locked' THEN 1 ELSE 0 END) AS BIGINT) AS locked_n,
       CAST(SUM(CASE WHEN r.state <> 'locked' AND r.due_on * 86400000 + 86400000 < :now_at THEN 1 ELSE 0 END) AS BIGINT) AS late_n
FROM review r JOIN person p ON p.city = r.city AND p.id = r.person_id
WHERE r.city = :city AND r.call_id = :call_id AND r.state IN ('assigned', 'scoring', 'locked') AND @scope(review r)
GROUP BY p.id, p.name ORDER BY p.name, p.id LIMIT 200
