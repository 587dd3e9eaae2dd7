-- Queries of pages and files.

-- name: public_version.all
-- One number for all cities of the office: it grows when any of them does.
SELECT sum(n) AS n FROM public_version

-- name: file.get
SELECT id, record_id, kind, name, type, size_n, owner_id, is_sealed
FROM file WHERE city = :city AND id = :id

-- name: file.chunk
SELECT data_blob FROM file_chunk WHERE city = :city AND id = :id AND seq = :seq

-- name: file.drop_orphan_chunks
DELETE FROM file_chunk WHERE city = :city AND id IN
    (SELECT id FROM file WHERE city = :city AND record_id = 0 AND created_at < :before_at)

-- name: file.drop_orphans
DELETE FROM file WHERE city = :city AND record_id = 0 AND created_at < :before_at
