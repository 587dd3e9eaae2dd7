#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Signed-in pages of a large office on SQLite: Today and the list of pilots, uncached, the server pinned to core 0,
# wrk to core 1. The office is made by SQL, not by acts: what is measured is reading.
#   bench/office/pages.sh [pilothouse] [pilots] [acts] [seconds a run]
set -euo pipefail
program=$(realpath "${1:-build/pilothouse}") pilots=${2:-10000} acts=${3:-1000000} seconds=${4:-8}
work=$(mktemp -d); server=
trap 'if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait; fi; rm -rf "$work"' EXIT
cd "$work"
"$program" init --name 'City of Bench' --quiet
"$program" user add bench@example.org --name 'Bench Director' --role director </dev/null >/dev/null
token=$(head -c 32 /dev/urandom | basenc --base64url | tr -d '=\n')
hash=$(printf %s "$token" | sha256sum | cut -d' ' -f 1)
sqlite3 var/pilothouse.db >/dev/null <<SQL
PRAGMA synchronous = OFF;
CREATE TEMP TABLE me AS SELECT p.city, p.id FROM person p LIMIT 1;
INSERT INTO organisation (city, id, rev, state, created_at, changed_at, title, type)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
SELECT city, 1000 + i, 1, 'active', 0, 0, 'Department ' || i, 'department' FROM n, me;
INSERT INTO pilot (city, id, rev, state, owner_id, created_at, changed_at, title, question, origin, department_id, ends_on)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $pilots)
SELECT city, 1000000 + i, 1, CASE WHEN i % 100 < 3 THEN 'running' WHEN i % 100 = 3 THEN 'evaluating' WHEN i % 100 = 4 THEN 'planned' WHEN i % 100 < 20 THEN 'adopted' ELSE 'closed' END,
       CASE i % 200 WHEN 0 THEN me.id ELSE 5000 + i % 200 END, 1700000000000 + i, 1700000000000 + i * 7, 'Pilot number ' || i, 'Does it work?', 'department', 1001 + i % 30, 20000 + i % 900 FROM n, me;
INSERT INTO budget_line (city, id, rev, state, created_at, changed_at, title, pilot_id, source, fiscal_fy, amount_cents, committed_cents)
SELECT city, id + 100000000, 1, 'planned', 0, 0, 'Line', id, 'general', 2027, 3400000, 1000000 FROM pilot;
INSERT INTO act (city, id, record_id, kind, command, actor_id, happened_at, canonical, salt_blob, leaf_hash)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $acts)
SELECT city, 10 + i, 1000001 + i % $pilots, 'pilot', 'pilot.edit', me.id, 1700000000000 + i, '{"schema":1,"fields":{}}', zeroblob(32), zeroblob(32) FROM n, me;
INSERT INTO session (city, id, token_hash, person_id, csrf, purpose, created_at, seen_at, ends_at)
SELECT city, 77, X'$hash', id, 'csrf', 'password', strftime('%s','now') * 1000, strftime('%s','now') * 1000, (strftime('%s','now') + 86400) * 1000 FROM me;
ANALYZE;
SQL
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
taskset -c 0 "$program" serve --listen "127.0.0.1:$port" --workers 2 --quiet 2>/dev/null &
server=$!
for _ in $(seq 50); do curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && break; sleep 0.1; done
echo "idle memory: $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$server/status") MB"
for path in / /pilots '/pilots?state=running&sort=title'; do
  status=$(curl -s -o page -w '%{http_code}' -H "Cookie: ph=$token" "http://127.0.0.1:$port$path")
  grep -q 'Bench Director' page || { echo "$path: not signed in ($status)"; exit 1; }
  rate=$(taskset -c 1 wrk -t1 -c16 -d"$seconds" --latency -H "Cookie: ph=$token" "http://127.0.0.1:$port$path" |
    awk '/Requests\/sec/ {r = $2} /99%/ {p = $2} END {print r " requests/s, p99 " p}')
  echo "$path ($status, $(stat -c %s page) bytes): $rate"
done
echo "memory after: $(awk '/VmRSS/ {print int($2 / 1024)}' "/proc/$server/status") MB"
