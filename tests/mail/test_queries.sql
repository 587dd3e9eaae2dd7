-- What only the mail tests ask.

-- name: test.mails
-- sealed: mail
SELECT id, person_id, address, subject, body, message_text, state, attempts_n, next_at, error
FROM mail WHERE city = :city ORDER BY id

-- name: test.jobs
SELECT id, name, run_at, leased_until_at, attempts_n, failed_at, error
FROM job WHERE city = :city ORDER BY id
