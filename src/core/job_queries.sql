-- Jobs and leases.

-- name: job.due
SELECT 1 AS n FROM job WHERE city = :city AND run_at <= :now_at AND failed_at IS NULL LIMIT 1

-- name: job.claim
-- One job for one process: as long as the lease lasts, nobody else finds it due.
UPDATE job SET run_at = :lease_at, leased_until_at = :lease_at, attempts_n = attempts_n + 1
WHERE city = :city AND id = (
    SELECT j.id FROM job j
    WHERE j.city = :city AND j.run_at <= :now_at AND j.failed_at IS NULL
    ORDER BY j.run_at, j.id LIMIT 1 @skip_locked)
RETURNING id, name, payload, attempts_n

-- name: job.keep
UPDATE job SET run_at = :lease_at, leased_until_at = :lease_at
WHERE city = :city AND id = :id AND attempts_n = :attempts_n AND leased_until_at IS NOT NULL

-- name: job.done
-- Only by whom its last attempt was made.
DELETE FROM job WHERE city = :city AND id = :id AND attempts_n = :attempts_n

-- name: job.later
UPDATE job SET run_at = :run_at, leased_until_at = NULL, error = :error
WHERE city = :city AND id = :id AND attempts_n = :attempts_n

-- name: job.give_up
UPDATE job SET failed_at = :now_at, leased_until_at = NULL, error = :error
WHERE city = :city AND id = :id AND attempts_n = :attempts_n

-- name: job.given_up
-- For the administrator, the latest first.
SELECT id, name, failed_at, attempts_n, error FROM job
WHERE city = :city AND failed_at IS NOT NULL ORDER BY id DESC LIMIT 100

-- name: job.try_again
UPDATE job SET failed_at = NULL, run_at = :now_at, attempts_n = 0
WHERE city = :city AND id = :id AND failed_at IS NOT NULL

-- name: job.drop
DELETE FROM job WHERE city = :city AND id = :id AND failed_at IS NOT NULL

-- name: turn.take
INSERT INTO lease (city, name, holder, until_at) VALUES (:city, :name, :holder, :until_at)
ON CONFLICT (city, name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
WHERE lease.until_at <= :now_at

-- name: turn.end
-- The task is done until its next time.
UPDATE lease SET until_at = :until_at
WHERE city = :city AND name = :name AND holder = :holder

-- name: turn.until
SELECT until_at FROM lease WHERE city = :city AND name = :name
