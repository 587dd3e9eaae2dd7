-- name: pitch.applicant_grant
SELECT id FROM grant_role
WHERE city = :city AND person_id = :person_id AND role = 'applicant' AND scope_kind IS NULL AND state = 'held'
LIMIT 1

-- name: pitch.person_by_email
-- sealed: person_contact
SELECT k.id AS id FROM person_contact k WHERE k.city = :city AND k.email_key = :email_key

-- name: pitch.own
-- sealed: pitch_party
SELECT pitch_id FROM pitch_party WHERE city = :city AND pitch_id = :pitch_id AND person_id = :viewer_id

-- name: pitch.own_identity
-- sealed: pitch_party, pitch_identity
SELECT i.organisation AS organisation, i.contact_name AS contact_name, i.co_applicants AS co_applicants,
       i.certifications AS certifications, i.is_first_time AS is_first_time,
       i.size AS size, i.website AS website, i.about_us AS about_us
FROM pitch_identity i
JOIN pitch_party y ON y.city = i.city AND y.pitch_id = i.id AND y.person_id = :viewer_id
WHERE i.city = :city AND i.id = :pitch_id

-- name: pitch.identity
-- Who pitches: for its applicant always; where names are open, for those who work on the round or watch it.
-- sealed: pitch_party, pitch_identity
SELECT i.organisation AS organisation, i.contact_name AS contact_name, i.co_applicants AS co_applicants,
       i.certifications AS certifications, i.is_first_time AS is_first_time,
       i.size AS size, i.website AS website, i.about_us AS about_us
FROM pitch t
JOIN call c ON c.city = t.city AND c.id = t.call_id
JOIN pitch_identity i ON i.city = t.city AND i.id = t.id
WHERE t.city = :city AND t.id = :pitch_id AND @scope(pitch t)
  AND ((c.is_blind = 0 OR c.unblinded_at IS NOT NULL) AND EXISTS (
           SELECT 1 FROM grant_role g WHERE g.city = t.city AND g.person_id = :viewer_id AND g.state = 'held'
             AND (g.until_on IS NULL OR g.until_on * 86400000 + 86400000 > :now_at)
             AND g.role IN ('director', 'staff', 'executive', 'procurement', 'counsel', 'auditor'))
       OR EXISTS (SELECT 1 FROM pitch_party o WHERE o.city = t.city AND o.pitch_id = t.id AND o.person_id = :viewer_id))

-- name: pitch.price_opened
-- sealed: pitch_price
SELECT p.opened_cents AS opened_cents, p.opened_at AS opened_at
FROM pitch t JOIN pitch_price p ON p.city = t.city AND p.id = t.id
WHERE t.city = :city AND t.id = :pitch_id AND p.opened_at IS NOT NULL AND @scope(pitch t)

-- name: pitch.parties
-- sealed: pitch_party
SELECT person_id FROM pitch_party WHERE city = :city AND pitch_id = :pitch_id ORDER BY person_id LIMIT 50

-- name: pitch.parties_of_call
-- sealed: pitch_party
SELECT DISTINCT y.person_id AS person_id
FROM pitch t JOIN pitch_party y ON y.city = t.city AND y.pitch_id = t.id
WHERE t.city = :city AND t.call_id = :call_id AND t.state NOT IN ('withdrawn', 'ineligible')
ORDER BY y.person_id LIMIT 20000

-- name: pitch.whole
SELECT t.* FROM pitch t WHERE t.city = :city AND t.id = :pitch_id

-- name: pitch.identity_whole
-- For the content's hash only; never shown.
-- sealed: pitch_identity
SELECT i.* FROM pitch_identity i WHERE i.city = :city AND i.id = :pitch_id

-- name: pitch.next_number
SELECT COALESCE(MAX(number_n), 0) + 1 AS n FROM pitch WHERE city = :city AND call_id = :call_id

-- name: pitch.recent
SELECT COUNT(*) AS n FROM pitch WHERE city = :city AND call_id = :call_id AND created_at >= :since_at

-- name: pitch.of_person
-- sealed: pitch_party
SELECT t.* FROM pitch t
JOIN pitch_party y ON y.city = t.city AND y.pitch_id = t.id AND y.person_id = :person_id
WHERE t.city = :city AND t.call_id = :call_id AND t.state <> 'withdrawn'
ORDER BY t.id DESC LIMIT 1

-- name: pitch.recent_links
-- sealed: mail_link
SELECT COUNT(*) AS n FROM mail_link WHERE city = :city AND person_id = :person_id AND ends_at > :after_at

-- name: pitch.by_reference
SELECT COUNT(*) AS n FROM pitch WHERE city = :city AND call_id = :call_id AND reference = :reference

-- name: pitch.last_version
-- sealed: pitch_version
SELECT n, content_sha FROM pitch_version WHERE city = :city AND pitch_id = :pitch_id ORDER BY n DESC LIMIT 1

-- name: pitch.own_versions
-- sealed: pitch_version, pitch_party
SELECT v.n AS n, v.saved_at AS saved_at, v.content_sha AS content_sha
FROM pitch_version v
JOIN pitch_party y ON y.city = v.city AND y.pitch_id = v.pitch_id AND y.person_id = :viewer_id
WHERE v.city = :city AND v.pitch_id = :pitch_id
ORDER BY v.n DESC LIMIT 50

-- name: pitch.own_content
-- Exactly the text whose hash the receipt is.
-- sealed: pitch_version, pitch_party
SELECT v.content AS content
FROM pitch t
JOIN pitch_party y ON y.city = t.city AND y.pitch_id = t.id AND y.person_id = :viewer_id
JOIN pitch_version v ON v.city = t.city AND v.pitch_id = t.id AND v.content_sha = t.receipt
WHERE t.city = :city AND t.id = :pitch_id
ORDER BY v.n DESC LIMIT 1

-- name: pitch.price_box
-- sealed: pitch_price
SELECT sealed_blob FROM pitch_price WHERE city = :city AND id = :pitch_id

-- name: pitch.put_price
-- sealed: pitch_price
INSERT INTO pitch_price (city, id, key_id, sealed_blob) VALUES (:city, :pitch_id, :key_id, :sealed_blob)
ON CONFLICT (city, id) DO UPDATE SET key_id = excluded.key_id, sealed_blob = excluded.sealed_blob

-- name: pitch.boxes_of_call
-- sealed: pitch_price
SELECT p.id AS id, p.sealed_blob AS sealed_blob
FROM pitch t JOIN pitch_price p ON p.city = t.city AND p.id = t.id
WHERE t.city = :city AND t.call_id = :call_id AND t.state IN ('eligible', 'selected', 'declined') AND p.opened_at IS NULL
ORDER BY p.id LIMIT 5000

-- name: pitch.open_price
-- sealed: pitch_price
UPDATE pitch_price SET opened_cents = :opened_cents, opened_at = :now_at WHERE city = :city AND id = :pitch_id

-- name: procurement_key.newest
SELECT id, public_key FROM procurement_key WHERE city = :city AND state = 'active' ORDER BY id DESC LIMIT 1

-- name: procurement_key.public
SELECT public_key FROM procurement_key WHERE city = :city AND id = :key_id

-- name: procurement_key.secret
-- sealed: procurement_secret
SELECT salt_blob, nonce_blob, box_blob, ops_n, memory_n FROM procurement_secret WHERE city = :city AND id = :key_id

-- name: pitch.of_call
SELECT t.id AS id, t.label AS label, t.title AS title, t.state AS state, t.submitted_at AS submitted_at
FROM pitch t WHERE t.city = :city AND t.call_id = :call_id AND @scope(pitch t)
ORDER BY t.number_n LIMIT 500

-- name: pitch.figures
SELECT COUNT(*) AS started_n,
       CAST(COALESCE(SUM(CASE WHEN submitted_at IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS submitted_n,
       CAST(COALESCE(SUM(CASE WHEN state IN ('eligible', 'selected', 'declined') THEN 1 ELSE 0 END), 0) AS BIGINT) AS eligible_n,
       CAST(COALESCE(SUM(CASE WHEN state = 'selected' THEN 1 ELSE 0 END), 0) AS BIGINT) AS selected_n,
       CAST(COALESCE(SUM(CASE WHEN state = 'withdrawn' THEN 1 ELSE 0 END), 0) AS BIGINT) AS withdrawn_n
FROM pitch WHERE city = :city AND call_id = :call_id

-- name: pitch.identity_figures
-- sealed: pitch_identity
SELECT CAST(COALESCE(SUM(i.is_first_time), 0) AS BIGINT) AS first_n,
       CAST(COALESCE(SUM(CASE WHEN i.certifications LIKE '%minority%' OR i.certifications LIKE '%women%'
                              OR i.certifications LIKE '%disabled%' THEN 1 ELSE 0 END), 0) AS BIGINT) AS certified_n
FROM pitch t JOIN pitch_identity i ON i.city = t.city AND i.id = t.id
WHERE t.city = :city AND t.call_id = :call_id AND t.submitted_at IS NOT NULL

-- name: pitch.handed_in
SELECT t.id AS id FROM pitch t
WHERE t.city = :city AND t.call_id = :call_id AND t.submitted_at IS NOT NULL ORDER BY t.id LIMIT 20000

-- name: pitch.to_screen
SELECT t.id AS id, c.title AS title, t.label AS label, t.submitted_at AS changed_at
FROM pitch t JOIN call c ON c.city = t.city AND c.id = t.call_id
WHERE t.city = :city AND t.state = 'submitted' AND @scope(pitch t)
ORDER BY t.id LIMIT 20

-- name: pitch.to_finish
SELECT t.id AS id, c.title AS title, c.closes_at AS due_at
FROM pitch t JOIN call c ON c.city = t.city AND c.id = t.call_id
WHERE t.city = :city AND t.state = 'draft' AND c.state = 'published' AND @scope(pitch t)
ORDER BY c.closes_at LIMIT 20

-- name: profile.whole
SELECT t.* FROM profile t WHERE t.city = :city AND t.person_id = :person_id ORDER BY t.id LIMIT 1

-- name: profile.of_person
-- For that person's own pages and pitches.
-- sealed: profile_identity
SELECT t.id AS id, i.organisation AS organisation, i.contact_name AS contact_name, i.certifications AS certifications,
       i.size AS size, i.website AS website, i.about_us AS about_us
FROM profile t JOIN profile_identity i ON i.city = t.city AND i.id = t.id
WHERE t.city = :city AND t.person_id = :person_id AND t.state = 'kept'

-- Answers to the call's own questions.

-- name: pitch.answers_whole
-- For what is asked next, and the content's hash.
-- sealed: pitch_answer
SELECT number_n, label, is_identifying, value FROM pitch_answer
WHERE city = :city AND pitch_id = :pitch_id ORDER BY number_n LIMIT 20

-- name: pitch.put_answer
-- sealed: pitch_answer
INSERT INTO pitch_answer (city, pitch_id, number_n, label, is_identifying, value)
VALUES (:city, :pitch_id, :number_n, :label, :is_identifying, :value)
ON CONFLICT (city, pitch_id, number_n) DO UPDATE
SET label = excluded.label, is_identifying = excluded.is_identifying, value = excluded.value

-- name: pitch.drop_answer
-- sealed: pitch_answer
DELETE FROM pitch_answer WHERE city = :city AND pitch_id = :pitch_id AND number_n = :number_n

-- name: pitch.answers
-- For those who see the pitch; what tells who pitches, for its applicant, and where names are open for
-- those who work on the round or watch it.
-- sealed: pitch_answer, pitch_party
SELECT w.label AS label, w.value AS value, w.number_n AS number_n
FROM pitch t JOIN call c ON c.city = t.city AND c.id = t.call_id
JOIN pitch_answer w ON w.city = t.city AND w.pitch_id = t.id
WHERE t.city = :city AND t.id = :pitch_id AND @scope(pitch t)
  AND (w.is_identifying = 0
       OR ((c.is_blind = 0 OR c.unblinded_at IS NOT NULL) AND EXISTS (
           SELECT 1 FROM grant_role g WHERE g.city = t.city AND g.person_id = :viewer_id AND g.state = 'held'
             AND (g.until_on IS NULL OR g.until_on * 86400000 + 86400000 > :now_at)
             AND g.role IN ('director', 'staff', 'executive', 'procurement', 'counsel', 'auditor')))
       OR EXISTS (SELECT 1 FROM pitch_party o WHERE o.city = t.city AND o.pitch_id = t.id AND o.person_id = :viewer_id))
ORDER BY w.number_n LIMIT 20
