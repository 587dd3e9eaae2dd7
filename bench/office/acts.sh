#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench/office/acts.sh [SECONDS [ROUNDS]]: whole acts a second (bench/office/acts.c) on SQLite beside bare one-row
# transactions of SQLite, and on a PostgreSQL that syncs beside pgbench's one-row insert, sixteen clients each, in
# turns on one disk.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-5} rounds=${2:-3}
build=${BUILD:-build}
ninja -C "$build" bench/office/bench_office_acts >/dev/null
if [ "${3:-}" != inside ]; then
    home=$(mktemp -d)
    trap 'rm -rf "$home"' EXIT
    echo 'SQLite'
    "$build/bench/office/bench_office_acts" "$home/office.db" "$seconds" "$rounds"
    PILOTHOUSE_PG_SYNCED=1 script/with-postgres "$0" "$seconds" "$rounds" inside
    exit
fi
pgbench=$(ls /usr/lib/postgresql/*/bin/pgbench | tail -1)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
echo "INSERT INTO bare_act (note) VALUES ('a short note about what was done');" >"$home/insert.sql"
psql -q "$PILOTHOUSE_TEST_PG_FRESH" -c 'CREATE TABLE bare_act (id BIGSERIAL PRIMARY KEY, note TEXT)'
echo 'PostgreSQL'
for turn in $(seq "$rounds"); do
    psql -q "$PILOTHOUSE_TEST_PG" -c "CREATE DATABASE acts_$turn"
    "$pgbench" -n -M prepared -c 16 -j 2 -T "$seconds" -f "$home/insert.sql" "$PILOTHOUSE_TEST_PG_FRESH" |
        awk '/^tps/ {printf "pgbench     %7.0f rows/s\n", $3}'
    "$build/bench/office/bench_office_acts" "${PILOTHOUSE_TEST_PG%/*}/acts_$turn" "$seconds" 1
done
