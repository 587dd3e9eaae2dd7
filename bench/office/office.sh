# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the benchmarks of pages share; sourced by what sets program, seconds and database (a SQLite file or postgresql://…). An office is made by SQL, not by acts: what is measured is reading.

: "${program:?}" "${seconds:?}" "${database=}"

# make_office PILOTS ENTRIES: makes and fills the database, and leaves the token of a director's session in $token.
make_office() {
    local pilots=$1 entries=$2 hash now blob bytes sql role=
    "$program" init --db "$database" --keys keys --name 'City of Bench' --quiet
    "$program" user add --db "$database" --keys keys bench@example.org --name 'Bench Director' --role director </dev/null >/dev/null
    token=$(head -c 32 /dev/urandom | basenc --base64url | tr -d '=\n')
    hash=$(printf %s "$token" | sha256sum | cut -d' ' -f 1)
    now=$(date +%s)000
    if [[ $database == postgresql://* ]]; then
        # ANALYZE would name every table of the server's own that it may not look at
        sql=(env PGOPTIONS='-c client_min_messages=error' psql -q -v ON_ERROR_STOP=1 "$database") blob="'\\x00'" bytes="'\\x$hash'"
        local name=${database##*/}
        role="SET ROLE ${name%%\?*}_sealed;" # it owns all tables
    else
        sql=(sqlite3 -bail "$database") blob="x'00'" bytes="x'$hash'"
    fi
    "${sql[@]}" >/dev/null <<SQL
$role
CREATE TEMP TABLE me AS SELECT p.city, p.id FROM person p LIMIT 1;
INSERT INTO organisation (city, id, rev, state, created_at, changed_at, title, type)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
SELECT city, 1000 + i, 1, 'active', 0, 0, 'Department ' || i, 'department' FROM n, me;
INSERT INTO pilot (city, id, rev, state, owner_id, created_at, changed_at, title, question, origin, department_id, ends_on)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $pilots)
SELECT city, 1000000 + i, 1, CASE WHEN i % 100 < 3 THEN 'running' WHEN i % 100 = 3 THEN 'evaluating'
       WHEN i % 100 = 4 THEN 'planned' WHEN i % 100 < 20 THEN 'adopted' ELSE 'closed' END,
       CASE i % 200 WHEN 0 THEN me.id ELSE 5000 + i % 200 END, 1700000000000 + i, 1700000000000 + i * 7,
       'Pilot number ' || i, 'Does it work?', 'department', 1001 + i % 30, 20000 + i % 900 FROM n, me;
INSERT INTO budget_line (city, id, rev, state, created_at, changed_at, title, pilot_id, source, fiscal_fy, amount_cents,
    committed_cents)
SELECT city, id + 100000000, 1, 'planned', 0, 0, 'Line', id, 'general', 2027, 3400000, 1000000 FROM pilot;
INSERT INTO act (city, id, record_id, kind, command, actor_id, happened_at, canonical, salt_blob, leaf_hash)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $entries)
SELECT city, 10 + i, 1000001 + i % $pilots, 'pilot', 'pilot.edit', me.id, 1700000000000 + i, '{"schema":1,"fields":{}}',
       $blob, $blob FROM n, me;
INSERT INTO session (city, id, token_hash, person_id, csrf, purpose, created_at, seen_at, ends_at)
SELECT city, 77, $bytes, id, 'csrf', 'password', $now, $now, $now + 86400000 FROM me;
ANALYZE;
SQL
}

# serve_office: on a free port of core 0; wrk is for core 1, as is PostgreSQL.
serve_office() {
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    taskset -c 0 "$program" serve --db "$database" --keys keys --listen "127.0.0.1:$port" --workers 2 --quiet 2>/dev/null &
    server=$!
    for _ in $(seq 100); do
        curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && return
        sleep 0.1
    done
    echo "the server did not start" >&2
    return 1
}

stop_office() {
    if [ -n "${server:-}" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}

memory() {
    awk '/VmRSS/ {print int($2 / 1024) " MB"}' "/proc/$server/status"
}

# rate PATH CONNECTIONS: requests a second and the median, of a page that a director sees.
rate() {
    local status
    status=$(curl -s -o page -w '%{http_code}' -H "Cookie: ph=$token" "http://127.0.0.1:$port$1")
    grep -q 'Bench Director' page || { echo "$1: not signed in ($status)" >&2; return 1; }
    taskset -c 1 wrk -t1 -c"$2" -d"$seconds" --latency -H "Cookie: ph=$token" "http://127.0.0.1:$port$1" |
        awk '/Requests\/sec/ {r = $2} /50%/ {m = $2} /99%/ {p = $2} END {print r, m, p}'
}
